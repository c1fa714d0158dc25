"""Exports of a desk that holds posts on X, on Reddit and in blogs: what goes out, and what stays."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.export.write import Format
from bot.model import Alignment, Author, Item, Outcome, Page, Target
from bot.wiring import App
from bot.wiring.export.exporting import Wanted, What
from bot.wiring.export.terms import X_POSTS_A_DAY
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.samples import a_mention, a_score, an_item

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BLOG = Target("blogs", "http://127.0.0.1:9/feed.xml")
CONFIG = """
[heard]
timezone = "Europe/Berlin"
[[subject]]
id = "moon"
name = "Marzipan & Moon"
query = '"marzipan & moon"'
[[source]]
id = "blogs"
connector = "rss"
feeds = ["http://127.0.0.1:9/feed.xml"]
[[source]]
id = "x"
connector = "twitter"
bearer_token_env = "HEARD_TEST_X_TOKEN"
[[message]]
id = "fresh"
statement = "Every truffle is made fresh."
"""
SECRET = "=the words of a post on X"
QUOTE = "made fresh each morning"


def never(_number: int) -> None:
    """Nobody wants to know how far it is."""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setenv("HEARD_TEST_X_TOKEN", "t0ken")
    empty_database(tmp_path)
    (tmp_path / "heard.toml").write_text(CONFIG, encoding="utf-8")
    made = App(load_settings(tmp_path / "heard.toml"), ManualClock(NOW))
    with_posts(made, 3)
    yield made
    made.close()


def with_posts(app: App, posts: int) -> None:
    """One article, one thing that was removed, one on Reddit, and some posts on X; all scored."""
    blog = an_item(1, f"The truffles are {QUOTE}.", published_at=NOW - DAY)
    gone = an_item(2, "Its author took this back.", published_at=NOW - DAY)
    reddit = replace(
        an_item(3, f"Reddit says: {QUOTE}.", published_at=NOW - DAY), key="reddit:t3_a", outlet="r/chocolate"
    )
    posted = [
        replace(an_item(10 + number, f"{SECRET} {number}: {QUOTE}", published_at=NOW - DAY), key=f"x:{number}",
                url=f"https://x.com/i/{number}", outlet="x.com", author=Author(handle="@secret"))
        for number in range(posts)
    ]  # fmt: skip
    for source, items, trainable in (("blogs", [blog, gone], True), ("blogs", [reddit], False), ("x", posted, True)):
        save(app, source, items, trainable=trainable)
    app.store.save_page(BLOG, Page(removed=(gone.key,)), [], NOW, NOW)


def save(app: App, source: str, items: list[Item], *, trainable: bool) -> None:
    target = BLOG if source == "blogs" else Target(source, "")
    app.store.add_targets([target], NOW)
    mentions = [replace(a_mention(item, story=f"s-{item.key}"), source=source) for item in items]
    app.store.save_page(target, Page(items=tuple(items)), mentions, NOW, NOW, trainable=trainable)
    scores = [
        a_score(mention, alignments=(Alignment("fresh", Outcome.FULL, 0.9, QUOTE, *span(mention.item.text)),))
        for mention in mentions
    ]
    app.store.save_scores(scores, NOW)


def span(text: str) -> tuple[int, int]:
    start = max(0, text.find(QUOTE))
    return start, start + len(QUOTE)


def exported(
    app: App, folder: Path, what: What = What.MENTIONS, wanted: Wanted | None = None, account: str | None = None
):
    file = folder / "out.jsonl"
    app.exporting.write(what, wanted or Wanted(), Format.JSONL, file, account=account, tell=never)
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


def test_a_post_on_x_goes_out_as_id_address_and_score(app: App, tmp_path: Path) -> None:
    rows = [row for row in exported(app, tmp_path) if row["source"] == "x"]
    assert sorted(row["address"] for row in rows) == [f"https://x.com/i/{number}" for number in range(3)]
    for row in rows:
        assert (row["withheld"], row["tone_label"], row["outcome_fresh"]) == (
            "the platform's terms",
            "positive",
            "full",
        )
        assert {row[name] for name in ("author", "title", "text", "quote_fresh")} == {None}
        assert row["id"]
        assert row["score"] is not None


def test_no_byte_of_a_post_on_x_is_in_any_export_by_machine(app: App, tmp_path: Path) -> None:
    for what, form in product((What.MENTIONS, What.STORIES, What.MESSAGES, What.DIGESTS), Format):
        file = tmp_path / f"out.{form}"
        app.exporting.write(what, Wanted(), form, file, tell=never)
        content = _read(file).decode("utf-8", "replace")
        assert "words of a post" not in content, (what, form)
        assert "@secret" not in content, (what, form)


def _read(file: Path) -> bytes:
    """All that the file says, unpacked."""
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as parts:
            return b"\n".join(map(parts.read, parts.namelist()))
    if file.suffix == ".parquet":
        return str(pq.read_table(file).to_pylist()).encode()
    return file.read_bytes()


def test_a_person_may_take_the_texts_home_and_they_are_counted(app: App, tmp_path: Path) -> None:
    rows = exported(app, tmp_path, account="ada")
    assert len([row for row in rows if SECRET in (row["text"] or "")]) == 3
    today = NOW.date()
    assert app.store.take_posts("ada", today, 0, X_POSTS_A_DAY) == 3
    exported(app, tmp_path, What.STORIES, account="ada")
    assert app.store.take_posts("ada", today, 0, X_POSTS_A_DAY) == 6
    assert app.store.take_posts("bob", today, 0, X_POSTS_A_DAY) == 0


def test_more_than_a_days_posts_are_refused_and_nothing_is_written(app: App, tmp_path: Path) -> None:
    app.store.take_posts("ada", NOW.date(), X_POSTS_A_DAY - 2, X_POSTS_A_DAY)
    with pytest.raises(ConfigError, match="3 posts on X, and 498 were taken home"):
        exported(app, tmp_path, account="ada")
    assert not (tmp_path / "out.jsonl").exists()
    assert app.store.take_posts("ada", NOW.date(), 0, X_POSTS_A_DAY) == X_POSTS_A_DAY - 2
    assert len(exported(app, tmp_path, wanted=Wanted(source="blogs"), account="ada")) == 3


def test_a_new_day_begins_at_midnight_of_the_configured_zone(app: App, tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 3, 10, 22, 30, tzinfo=UTC))
    app.exporting._clock = clock  # type: ignore[assignment]
    exported(app, tmp_path, account="ada")
    clock.set(datetime(2026, 3, 10, 23, 30, tzinfo=UTC))
    exported(app, tmp_path, account="ada")
    days = [app.store.take_posts("ada", day, 0, 500) for day in (NOW.date(), NOW.date() + DAY)]
    assert days == [3, 3]


def test_what_was_removed_goes_out_without_its_text_and_reddit_not_for_training(app: App, tmp_path: Path) -> None:
    rows = {row["address"]: row for row in exported(app, tmp_path, account="ada") if row["source"] == "blogs"}
    removed = [row for row in rows.values() if row["withheld"] == "removed at its source"]
    assert [(row["text"], row["title"], row["author"], row["quote_fresh"]) for row in removed] == [(None,) * 4]
    reddit = [row for row in rows.values() if row["outlet"] == "r/chocolate"]
    assert [(row["may_train"], QUOTE in row["text"]) for row in reddit] == [(False, True)]


def test_the_filters_of_mentions_hold(app: App, tmp_path: Path) -> None:
    assert len(exported(app, tmp_path)) == 6
    assert len(exported(app, tmp_path, wanted=Wanted(source="x"))) == 3
    assert len(exported(app, tmp_path, wanted=Wanted(since=NOW))) == 0
    assert len(exported(app, tmp_path, wanted=Wanted(tone="unknown"))) == 1, "what was removed has no score any more"
    assert len(exported(app, tmp_path, wanted=Wanted(search="reddit"))) == 1
    assert app.exporting.total(What.MENTIONS, Wanted(source="x")) == 3


def test_a_story_has_its_voices_and_strongest_outcome(app: App, tmp_path: Path) -> None:
    rows = exported(app, tmp_path, What.STORIES)
    [blog] = [row for row in rows if (row["headline"] or "").startswith("The truffles")]
    assert (blog["items"], blog["voices"], blog["positive"], blog["outcome_fresh"]) == (1, 1, 1, "full")


def test_the_workbook_has_its_sheets_and_says_what_it_holds_back(app: App, tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    rows = app.exporting.write(What.WORKBOOK, Wanted(), Format.XLSX, file, tell=never)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Summary", "Stories", "Mentions", "Messages", "Redemptions", "Method"]
    summary = {row[0].value: row[1].value for row in book["Summary"].iter_rows()}
    assert (summary["Mentions"], summary["of them, without their text"], summary["of them, tone positive"]) == (6, 4, 5)
    assert summary["From"] == datetime.fromisoformat("2026-02-08T13:00:00")
    assert summary["Every truffle is made fresh."]
    assert rows == sum(book[name].max_row - 1 for name in book.sheetnames[1:5])
    method = [row[0].value for row in book["Method"].iter_rows()]
    assert {"Advertising value", "Tone confidence", "Reach basis"} <= set(method)


def test_a_workbook_in_another_form_is_refused(app: App, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="written as xlsx"):
        app.exporting.write(What.WORKBOOK, Wanted(), Format.CSV, tmp_path / "a.csv", tell=never)
    with pytest.raises(ConfigError, match="since must lie before until"):
        app.exporting.write(What.WORKBOOK, Wanted(since=NOW, until=NOW), Format.XLSX, tmp_path / "a.xlsx", tell=never)


def test_a_csv_of_strangers_words_opens_as_words(app: App, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    app.exporting.write(What.MENTIONS, Wanted(source="x"), Format.CSV, file, account="ada", tell=never)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        texts = [row["text"] for row in csv.DictReader(lines)]
    assert all(text.startswith("'=") for text in texts)


def test_progress_is_told_of_as_mentions_are_read(app: App, tmp_path: Path) -> None:
    told: list[int] = []
    app.exporting.write(What.WORKBOOK, Wanted(), Format.XLSX, tmp_path / "a.xlsx", tell=told.append)
    assert told == list(range(1, app.exporting.total(What.WORKBOOK, Wanted()) + 1))
