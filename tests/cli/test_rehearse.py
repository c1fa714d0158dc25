"""``heard rehearse``: another configuration on stored history, which is only read."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store.sqlite import open_store
from tests.support.desk import CONFIG, Desk, feeds_config, serve_stories
from tests.support.feedserver import FeedServer

HEAVIER = '\n[score]\nweights_version = "2"\ntone = 0.9\nmessage = 0.05\nadvocacy = 0.05\n'


@pytest.fixture(scope="module")
def held(server: FeedServer, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk that has collected and scored; read only."""
    desk = Desk(tmp_path_factory.mktemp("held"))
    desk.write(feeds_config(serve_stories(server)))
    assert desk.heard("collect").code == 0
    return desk


def other(desk: Desk, *changes: tuple[str, str], more: str = "") -> str:
    """A file with another configuration."""
    text = desk.config.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = desk.folder / "other.toml"
    file.write_text(text + more, encoding="utf-8")
    return str(file)


def contents(folder: Path) -> dict[str, str]:
    """What is in the database and its log; the empty log that a reader of SQLite leaves holds nothing."""
    files = (folder / "heard.db", folder / "heard.db-wal")
    return {
        file.name: hashlib.sha256(data).hexdigest() for file in files if file.exists() and (data := file.read_bytes())
    }


def test_the_same_configuration_changes_nothing(held: Desk) -> None:
    said = held.heard("rehearse", other(held))
    assert said.code == 0
    assert "rules: as they are" in said.out
    assert "5 mentions compared, 0 changed" in said.out
    assert "no source is asked for anything else" in said.out


def test_nothing_is_written_whatever_is_tried(held: Desk) -> None:
    before = contents(held.folder)
    more = '\n[[message]]\nid = "new"\nstatement = "Velvet Crumb is the best shop."\n'
    file = other(held, ("'\"velvet crumb\"'", "'velvet -machine'"), more=more + HEAVIER)
    assert held.heard("rehearse", file, "--json").code == 0
    assert contents(held.folder) == before
    rows = held.heard("mentions", "--json").rows
    assert len({row["rules_version"] for row in rows}) == 1


def test_a_narrower_query_loses_mentions_and_names_them(held: Desk) -> None:
    *rows, summary = held.heard(
        "rehearse", other(held, ("'\"velvet crumb\"'", "'\"velvet crumb\" -machine'")), "--json"
    ).rows
    [crumb, lantern] = [row for row in rows if row["row"] == "subject"]
    lost = {row["id"] for row in held.heard("mentions", "--search", "machine", "--json").rows}
    assert (crumb["kept"], crumb["gained"], set(crumb["lost"])) == (3, [], lost)
    assert (lantern["query_change"], lantern["kept"]) == (None, 1)
    assert summary["mentions"] == 4


def test_a_wider_query_gains_from_what_is_stored_and_says_what_it_cannot_know(held: Desk) -> None:
    file = other(held, ("'\"cocoa lantern\"'", "'\"cocoa lantern\" OR machine'"))
    said = held.heard("rehearse", file)
    assert "subject lantern (another query): 1 mentions stay, 1 gained, 0 lost" in said.out
    assert "+ " in said.out
    assert "what was fetched and matched no query was not kept" in said.out
    [row] = [
        row
        for row in held.heard("rehearse", file, "--json").rows
        if row.get("subject") == "lantern" and row["row"] == "subject"
    ]
    assert len(row["gained"]) == 1


def test_subjects_that_are_new_or_gone_gain_and_lose_all(held: Desk) -> None:
    file = other(held, ('id = "lantern"', 'id = "lamp"'))
    rows = {row["subject"]: row for row in held.heard("rehearse", file, "--json").rows if row["row"] == "subject"}
    assert (rows["lamp"]["query_change"], len(rows["lamp"]["gained"])) == ("new", 1)
    assert (rows["lantern"]["query_change"], len(rows["lantern"]["lost"])) == ("gone", 1)


def test_what_rescoring_would_do_is_foretold_mention_by_mention(held: Desk, tmp_path: Path) -> None:
    foretold = [
        row for row in held.heard("rehearse", other(held, more=HEAVIER), "--json").rows if row["row"] == "mention"
    ]
    copy = Desk(tmp_path)
    shutil.copytree(held.folder, tmp_path, dirs_exist_ok=True)
    copy.write(copy.config.read_text(encoding="utf-8") + HEAVIER)
    done = [row for row in copy.heard("rescore", "--json").rows if row["row"] == "mention"]
    assert foretold == done


MESSAGES = """
[[message]]
id = "machines"
statement = "The truffles are made by a machine."
"""
ALERT = """
[[alert]]
id = "loud"
kind = "spike"
subject = "crumb"
"""


def test_what_messages_and_digests_would_be_is_what_they_are_when_it_is_applied(held: Desk, tmp_path: Path) -> None:
    more = MESSAGES + HEAVIER
    rows = held.heard("rehearse", other(held, more=more), "--json").rows
    turns = {row["message"]: row for row in rows if row["row"] == "message"}
    [lead] = [row for row in rows if row["row"] == "digest" and row["digest"] == "pr-daily"]
    copy = Desk(tmp_path)
    shutil.copytree(held.folder, tmp_path, dirs_exist_ok=True)
    copy.write(copy.config.read_text(encoding="utf-8") + more)
    assert copy.heard("rescore", "--json").code == 0
    applied = {
        (row["id"], alignment["outcome"], alignment["quote"])
        for row in copy.heard("mentions", "--json").rows
        for alignment in row["alignments"]
        if alignment["message"] == "machines" and alignment["outcome"] != "none"
    }
    new = turns["machines"]
    assert (new["message_change"], new["lost"], new["turned"]) == ("new", [], [])
    assert {(turn["mention"], turn["after"], turn["quote"]) for turn in new["gained"]} == applied
    assert applied
    assert turns["hand-rolled"]["message_change"] is None
    digest = json.loads(copy.heard("digest", "preview", "pr-daily", "--format", "json").out)
    assert [(one["story"], one["headline"]) for one in digest["stories"]] == [
        (one["story"], one["headline"]) for one in lead["after"]
    ]
    assert [one["score"] for one in digest["stories"]] == [
        None if one["score"] is None else pytest.approx(one["score"], abs=0.005) for one in lead["after"]
    ]


def test_a_message_that_is_taken_out_loses_its_quotes(held: Desk) -> None:
    text = held.config.read_text(encoding="utf-8")
    start, end = text.index("[[message]]"), text.index("[[offer]]")
    said = held.heard("rehearse", other(held, (text[start:end], "")))
    assert "message hand-rolled (gone): 0 gained, " in said.out
    assert "carried → not coded  “" in said.out


def test_a_message_that_is_put_otherwise_shows_what_it_wins_and_loses(held: Desk) -> None:
    said = held.heard(
        "rehearse", other(held, ("Every truffle is rolled by hand each morning.", "Nothing of the sort."))
    )
    assert "message hand-rolled (put otherwise): " in said.out


def test_alerts_that_differ_are_tried_on_the_days_that_are_stored(held: Desk, tmp_path: Path) -> None:
    file = other(held, more=ALERT)
    said = held.heard("rehearse", file)
    assert said.code == 0, said.err
    assert "alert loud of crumb, over the last 90 days: no such alert → " in said.out
    [row] = [row for row in held.heard("rehearse", file, "--json").rows if row["row"] == "alert"]
    copy = Desk(tmp_path)
    shutil.copytree(held.folder, tmp_path, dirs_exist_ok=True)
    copy.write(copy.config.read_text(encoding="utf-8") + ALERT)
    [tested] = copy.heard("alerts", "test", "loud", "--json").rows
    assert (row["before"], row["after"]) == (None, tested["fired"])
    assert "alert " not in copy.heard("rehearse", str(copy.config)).out, "what is the same is not tried"


def test_the_cost_of_a_source_that_is_gone_is_known_and_that_of_another_pace_is_told(held: Desk) -> None:
    said = held.heard("rehearse", other(held, ('every = "1h"', 'every = "4h"')))
    assert "cost: source blogs, every 4:00:00 instead of 1:00:00: it costs nothing, as before" in said.out
    summary = held.heard("rehearse", other(held, ('id = "blogs"', 'id = "papers"')), "--json").rows[-1]
    assert summary["usd_change"] is None, "what a new source costs nobody knows"


def test_another_context_judges_relevance_otherwise(held: Desk) -> None:
    file = other(held, ("query = '\"velvet crumb\"'", 'query = \'"velvet crumb"\'\ncontext = { none = ["machine"] }'))
    said = held.heard("rehearse", file)
    assert said.code == 0
    assert "relevance: " in said.out
    assert "relevant → irrelevant 1" in said.out


def test_stored_scores_by_older_rules_are_pointed_out(held: Desk, tmp_path: Path) -> None:
    copy = Desk(tmp_path)
    shutil.copytree(held.folder, tmp_path, dirs_exist_ok=True)
    file = other(copy)
    copy.write(copy.config.read_text(encoding="utf-8") + HEAVIER)
    assert "5 stored scores are by older rules" in copy.heard("rehearse", file).out


@pytest.mark.parametrize(
    ("text", "named"),
    [("[[subject", "not valid TOML"), (CONFIG.replace("{feeds}", '"https://a.example"').replace("'\"velvet crumb\"'", "'('"), "query")],
)  # fmt: skip
def test_a_configuration_that_is_wrong_is_named_and_nothing_is_tried(held: Desk, text: str, named: str) -> None:
    file = held.folder / "wrong.toml"
    file.write_text(text, encoding="utf-8")
    said = held.heard("rehearse", str(file))
    assert (said.code, said.out) == (2, "")
    assert named in said.err
    assert held.heard("rehearse", str(held.folder / "none.toml")).code == 2


def test_a_configuration_that_is_wrong_is_named_before_the_database_is_opened(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(feeds_config("https://a.example/feed.xml"))
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[[subject", encoding="utf-8")
    said = desk.heard("rehearse", str(wrong))
    assert (said.code, "not valid TOML" in said.err) == (2, True), said.err


def test_a_database_that_is_not_there_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write(feeds_config("https://a.example/feed.xml"))
    assert desk.heard("rehearse", str(desk.config)).code == 1
    assert list(tmp_path.glob("*.db*")) == []


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="heard-read-only-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_file_and_folder_that_cannot_be_written_can_be_rehearsed_on(held: Desk, open_folder: Path) -> None:
    copied = open_folder / "heard.db"
    source, copy = sqlite3.connect(held.folder / "heard.db"), sqlite3.connect(copied)
    source.backup(copy)
    for connection in (source, copy):
        connection.close()
    copied.chmod(0o444)
    open_folder.chmod(0o555)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    reader = context.Process(target=_read_as_nobody, args=(copied, answers))
    reader.start()
    assert answers.get(timeout=60) == (5, "StoreAway", ["heard.db"])
    reader.join()
    open_folder.chmod(0o755)


def _read_as_nobody(path: Path, answers: multiprocessing.Queue[object]) -> None:
    """Reads and tries to write, without any right to."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    store = open_store(path, read_only=True)
    found = len(list(store.mentions()))
    try:
        store.save_scores([], store.rules_versions()[0].first_used_at)
        store.note_rules(store.rules_versions()[0])
        refused = ""
    except StoreError as error:
        refused = type(error).__name__
    store.close()
    answers.put((found, refused, sorted(file.name for file in path.parent.iterdir())))
    sys.stdout.flush()


def test_a_store_that_is_only_read_refuses_whatever_writes_while_another_process_works_on_it(held: Desk) -> None:
    writer, reader = open_store(held.folder / "heard.db"), open_store(held.folder / "heard.db", read_only=True)
    try:
        with pytest.raises(StoreError, match="read-only"):
            reader.note_rules(reader.rules_versions()[0])
        assert len(list(reader.mentions())) == 5
    finally:
        reader.close()
        writer.close()
