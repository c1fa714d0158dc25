"""Keeping, wired: files that channels wrote, the job, and what a reader of the database has to do with it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.model import DeliveryState
from bot.model.keeping import Cause, Forgotten, Wanted
from bot.store.failures import BUSY_SECONDS
from bot.wiring import App
from config.settings import load_settings
from tests.support.desk import Desk, feeds_config, yesterday
from tests.support.feedserver import FeedServer, Reply, entry, rss
from tests.support.leftovers import leftovers


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


TITLE = "Velvet Crumb truffles taste of burnt cardboard"


@pytest.fixture
def desk(server: FeedServer, tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    author = "<dc:creator>Zuleika Quillfeather</dc:creator>"
    feed = rss(
        entry(TITLE, guid="1", link=server.url("/zq-cardboard"), date=yesterday(), text="Never again.", extra=author),
        entry("Velvet Crumb opens a kitchen", guid="2", link=server.url("/kitchen"), date=yesterday(), text="Lovely."),
    )
    desk.write(feeds_config(server.add("/keeping.xml", Reply(body=feed))))
    assert desk.heard("collect").code == 0
    return desk


@pytest.fixture
def said(desk: Desk, server: FeedServer) -> str:
    """The address of what stands in a digest that was written into a folder."""
    assert desk.heard("digest", "send", "pr-daily").code == 0
    assert set(leftovers(desk.folder / "digests", WORDS[:2])) == set(WORDS[:2]), "the digest tells it"
    return server.url("/zq-cardboard")


WORDS = (TITLE, "zq-cardboard", "Zuleika Quillfeather", "Never again.")


def test_forget_shows_first_then_erases_and_reaches_the_files_that_a_channel_wrote(desk: Desk, said: str):
    tried = desk.heard("forget", "--url", said, "--dry-run")
    assert tried.code == 0
    assert "1 item would be erased" in tried.out
    assert TITLE not in tried.out, "what is to be forgotten is not printed once more"
    assert set(leftovers(desk.folder, WORDS)) == set(WORDS)
    assert desk.heard("forget", "--url", said, answers="n\n").code != 0
    assert set(leftovers(desk.folder, WORDS)) == set(WORDS)
    (done,) = desk.heard("forget", "--url", said, "--yes", "--json").rows
    assert (done["items"], done["digests"] > 0) == (1, True)
    assert leftovers(desk.folder, WORDS) == {}
    texts = [path.read_text("utf-8") for path in (desk.folder / "digests").iterdir()]
    assert all("removed on request" in text for text in texts)
    assert desk.heard("collect").code == 0
    assert leftovers(desk.folder, WORDS) == {}, "its source still shows it, and it does not come back"


def test_the_log_and_the_statement_say_what_went_and_that_they_are_whole(desk: Desk, said: str):
    assert desk.heard("forget", "--url", said, "--yes").code == 0
    (line,) = desk.heard("audit", "--json").rows
    assert (line["cause"], line["items"], line["source"]) == ("request", 1, "blogs")
    (report,) = desk.heard("compliance", "report", "--verify", "--json").rows
    assert report["audit_seal"] == line["seal"]
    assert [(row["cause"], row["items"]) for row in report["erased"]] == [("request", 1)]
    assert sum(row["items"] - row["with_words"] for row in report["held"]) == 1
    assert line["seal"] in desk.heard("compliance", "report").out
    assert desk.heard("audit", "--seal", line["seal"].upper()).code == 0
    for seal, code, told in (("zz", 2, "'zz' is no seal"), ("0" * 64, 1, "is of no line here")):
        asked = desk.heard("audit", "--seal", seal)
        assert (asked.code, told in asked.err) == (code, True), asked.err
    with closing(sqlite3.connect(desk.folder / "heard.db")) as db:
        with pytest.raises(sqlite3.DatabaseError, match="append-only"):
            db.execute("UPDATE erasures SET items = 0")
        db.execute("DROP TRIGGER erasures_no_update")
        db.execute("UPDATE erasures SET items = 0")
        db.commit()
    assert desk.heard("audit").code == 1
    assert "line 1 was changed" in desk.heard("compliance", "report", "--verify").err


def test_forget_wants_to_be_told_what(desk: Desk):
    assert desk.heard("forget").code == 2
    assert "Nothing that is kept" in desk.heard("forget", "--author", "@nobody").out
    assert desk.heard("forget", "--before", "2000-01-01", "--source", "nowhere").code != 0


def test_a_reader_that_holds_the_log_is_waited_for_and_the_next_look_settles(desk: Desk, said: str):
    app = App(load_settings(desk.config), ManualClock(datetime(2026, 12, 1, 12, tzinfo=UTC)))
    try:
        app.store.forget_items(keys_at(app, said), cause=Cause.UPSTREAM,
                               noticed_at=app.clock.now(), now=app.clock.now())  # fmt: skip
        with closing(sqlite3.connect(desk.folder / "heard.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT COUNT(*) FROM items").fetchone()
            app.store.set_paused("blogs", paused=True, now=app.clock.now())
            began = time.monotonic()
            assert app.keeping.settle() is False
            assert time.monotonic() - began < BUSY_SECONDS / 2, (
                "nobody writes while it waits, and others wait no longer"
            )
        assert app.keeping.settle() is True
        assert (desk.folder / "heard.db-wal").stat().st_size == 0
    finally:
        app.close()


def keys_at(app: App, url: str) -> list[str]:
    return [sample.key for sample in app.keeping.asked_for(Wanted(url=url))]


def test_the_job_erases_what_is_due_and_rewrites_the_file_in_the_quiet_hour(desk: Desk):
    desk.write(desk.config.read_text("utf-8") + '\n[retention]\ntext = "30d"\n')
    clock = ManualClock(datetime.now(UTC))
    app = App(load_settings(desk.config), clock)
    try:
        assert app.keeping.look() == Forgotten()
        clock.advance(timedelta(days=31))
        assert app.keeping.look(lambda: True) == Forgotten(), "asked to stop, it does nothing"
        assert app.keeping.statement().overdue > 0
        assert app.keeping.look() == Forgotten(), "the clock has jumped, and may be wrong"
        clock.advance(timedelta(days=1))
        done = app.keeping.look()
        assert done.items > 0
        assert app.keeping.statement().overdue == 0
        assert app.keeping.look() == Forgotten()
    finally:
        app.close()
    assert "retention: words, links and authors are erased 30 days after" in desk.heard("check").out


def test_a_folder_that_cannot_be_written_is_told_of_once_and_tried_later_and_later(
    desk: Desk, said: str, caplog: pytest.LogCaptureFixture
):
    folder, clock = desk.folder / "digests", ManualClock(datetime(2026, 12, 1, 12, tzinfo=UTC))
    app = App(load_settings(desk.config), clock)
    try:
        app.store.forget_items(keys_at(app, said), cause=Cause.UPSTREAM, noticed_at=clock.now(), now=clock.now())
        folder.rename(folder.with_name("aside"))
        folder.write_text("in the way", "utf-8")
        for _minute in range(120):
            app.keeping.look()
            clock.advance(timedelta(minutes=1))
        assert [one for one in caplog.messages if "could not be written anew" in one] == [caplog.messages[-1]]
        folder.unlink()
        folder.with_name("aside").rename(folder)
        clock.advance(timedelta(hours=1))
        app.keeping.look()
        assert leftovers(desk.folder, WORDS) == {}
    finally:
        app.close()


def test_copies_of_what_was_changed_are_written_anew_whether_or_not_the_log_has_a_line(desk: Desk, said: str):
    app = App(load_settings(desk.config))
    try:
        with app.store._write() as db:
            db.execute("UPDATE digests SET stale = 1")
        copies = {file: file.read_bytes() for file in (desk.folder / "digests").iterdir()}
        for file in copies:
            file.write_bytes(b"as it was")
        assert app.keeping.settle() is True
        assert not [file for file in copies if file.read_bytes() == b"as it was"]
        assert app.store.stale() == ()
    finally:
        app.close()


def test_a_copy_that_is_written_while_its_words_go_is_written_anew_once_it_is_there(desk: Desk, said: str):
    clock = ManualClock(datetime(2026, 12, 1, 12, tzinfo=UTC))
    app = App(load_settings(desk.config), clock)
    try:
        copies = {file: file.read_bytes() for file in (desk.folder / "digests").iterdir()}
        ((_, (delivery, *_)),) = app.store.digests(1)
        app.store.settle_delivery(replace(delivery, state=DeliveryState.SENDING))
        app.store.forget_items(keys_at(app, said), cause=Cause.UPSTREAM, noticed_at=clock.now(), now=clock.now())
        app.keeping.look()
        for file, content in copies.items():
            file.write_bytes(content)  # who sends it had read it before
        app.store.settle_delivery(delivery)
        app.keeping.look()
        assert leftovers(desk.folder, WORDS) == {}
    finally:
        app.close()
