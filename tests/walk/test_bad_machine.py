"""A configuration with a typo, a database of a newer Heard, a full disk: each is named, and nothing stored is harmed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ManualClock
from bot.errors import StoreError
from bot.listen.collect import LEASE
from bot.model import PollReport
from bot.wiring import App
from config.settings import load_settings
from tests.support.feedserver import FeedServer
from tests.walk.desk import Desk, feed_of, feeds, good

TYPOS: tuple[tuple[str, str, str], ...] = (
    ("[[source]]\nid = 'blog'\nconnector = 'rss'\nfeds = ['https://a.example']", "feds", "feeds"),
    ("[[source]]\nid = 'blog'\nconnector = 'rss'\nfeeds = ['https://a.example']\nevry = '1h'", "evry", "every"),
    ("[[sorce]]\nid = 'blog'", "sorce", "source"),
    ("[[digest]]\nid = 'pr'\naudiense = 'pr'", "audiense", "audience"),
    ("[[channel]]\nid = 'out'\nkind = 'file'\nfoldr = 'here'\n[[digest]]\nid = 'pr'\naudience = 'pr'\nchannels = ['out']", "foldr", "folder"),
    ("[heard]\ntimezon = 'UTC'", "timezon", "timezone"),
    ("[source.budget]\nreads_per_day = 1", "source", ""),
    ("[[source]]\nid = 'x'\nconnector = 'twiter'", "twiter", "twitter"),
    ("[[source]]\nid = 'x'\nconnector = 'twitter'\nbearer_token_env = 'HEARD_NOT_SET'", "HEARD_NOT_SET", "bearer_token_env"),
    ("[[source]]\nid = 'blog'\nconnector = 'rss'\nfeeds = ['file:///etc/passwd']", "file:///etc/passwd", "https://"),
    ("[[source]]\nid = 'blog'\nconnector = 'rss'\nfeeds = ['https://a.example']\nevery = 'hourly'", "hourly", "15m"),
    ("[[digest]]\nid = 'pr'\naudience = 'press'", "press", "community"),
    ("[heard\n", "TOML", "line"),
)  # fmt: skip


@pytest.mark.parametrize(("table", "wrong", "right"), TYPOS, ids=[wrong for _, wrong, _ in TYPOS])
def test_a_typo_in_the_configuration_is_named_with_what_was_meant(
    desk: Desk, table: str, wrong: str, right: str
) -> None:
    desk.configure(table)
    for command in ("check", "run"):
        ended = desk.heard(command)
        said = ended.out + ended.err
        assert ended.code == 2, said
        assert str(desk.config) in said
        assert wrong in said
        assert right in said
        assert "Traceback" not in said


def test_a_database_of_a_newer_heard_is_refused_and_left_as_it_was(desk: Desk) -> None:
    with FeedServer() as server:
        desk.configure(feeds(server.add("/blog", feed_of(good()))))
        assert desk.heard("collect").code == 0
        database = desk.folder / "heard.db"
        with closing(sqlite3.connect(database)) as db:
            # as the migrations of a later release would leave it
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
                "SELECT migration_set, '9000_from_the_future', applied_at FROM _sqlite_migrations LIMIT 1"
            )
            db.commit()
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = database.read_bytes()
        for command in (["collect"], ["mentions"], ["db", "upgrade"], ["run"]):
            ended = desk.heard(*command)
            assert ended.code == 1
            assert "9000_from_the_future" in ended.err
            assert "newer" in ended.err
            assert "Traceback" not in ended.err
        assert database.read_bytes() == before


def test_a_full_disk_is_named_and_nothing_is_lost_or_doubled(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock(datetime(2026, 9, 7, 12, tzinfo=UTC))
    with FeedServer() as server:
        small = server.add("/small", feed_of(good(0)))
        large = server.add("/large", feed_of(*(good(number, text=_words(number)) for number in range(1, 251))))
        desk.configure(feeds(small, large))
        app = App(load_settings(desk.config), clock)
        try:
            [first] = app.listening.collect([target for target in app.listening.due() if "small" in target.feed])
            assert first.new == 1
            database = app.store._connections.database()
            (pages,) = database.execute("PRAGMA page_count").fetchone()
            database.execute(f"PRAGMA max_page_count = {pages + 100}")
            with pytest.raises(StoreError, match=r"heard\.db is full; nothing of this step was saved"):
                _collect(app)
            assert "bug" not in caplog.text, "the source is not to blame"
            kept = app.store.counts()["mentions"] - 1
            assert kept in {0, 100, 200}, "a page is kept whole or not at all"
            assert app.store.integrity_check() == ()
            assert app.store.mentions(search="shop 0"), "what was stored is still there"
            database.execute("PRAGMA max_page_count = 1000000")
            clock.set(clock.now() + LEASE + timedelta(seconds=1))
            [report] = _collect(app)
            assert (report.state, report.fetched, report.new) == ("ok", 250, 250 - kept)
            assert app.listening.score() == 251
        finally:
            app.close()


def _collect(app: App) -> list[PollReport]:
    return list(app.listening.collect(app.listening.due()))


def _words(number: int, words: int = 200) -> str:
    """Text that is like no other, so that it neither packs nor groups."""
    return " ".join(f"acme{number * 7919 % 104729 + place}" for place in range(words))


def test_a_disk_that_takes_no_more_ends_the_command_with_a_sentence(desk: Desk) -> None:
    """The operating system's own limit on a file's size stands in for a disk without room."""
    with FeedServer() as server:
        large = server.add("/large", feed_of(*(good(number, text=_words(number, 800)) for number in range(1, 101))))
        desk.configure(feeds(server.add("/small", feed_of(good(0))), name="small"), feeds(large, name="large"))
        assert desk.heard("collect", "small").code == 0
        before = desk.mentions()
        room = (desk.folder / "heard.db").stat().st_size + 50_000
        ended = _with_room(room, "--config", str(desk.config), "collect")
        assert ended.returncode == 1
        assert "heard.db failed to read or write; nothing of this step was saved" in ended.stderr
        assert "Traceback" not in ended.stderr, ended.stderr
        assert desk.mentions() == before
        assert desk.heard("db", "check").code == 0
        assert "1 of 1 not polled" in desk.heard("collect").err, "not a word would look like all is well"


def _with_room(room: int, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs ``heard`` in a process whose files may not grow beyond ``room`` bytes."""
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2);"
        "from bot.cli import main; main(sys.argv[2:])"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(room), *args], capture_output=True, text=True, check=False, timeout=60
    )
