"""An archive that grows by copies of one day: collected from a feed on loopback, matched and scored for real.

The copies go to the days before it, so that each archive has the same last month and differs in its age alone. It is the
same on SQLite and on PostgreSQL: what differs between the two is how a day is counted back.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from pathlib import Path

from bot.clock import ManualClock
from bot.store.session import Session
from bot.store.verbs import HeardStore
from bot.wiring import App
from config.settings import load_settings
from tests.support.feedserver import FeedServer, Reply, entry, rss

A_DAY = 250
OWN = 20
"""Every so many-th post is one's own."""
REPORTS = ("pr", "community", "executive")
POSTGRES = "postgresql://"
SAID = (
    "Velvet Crumb is lovely: every truffle is rolled by hand each morning.",
    "The queue at Velvet Crumb was awful and slow, and the shop was closed early.",
    "Has anybody tried Velvet Crumb yet? Is the new bar any good?",
    "Thanks to Velvet Crumb for the free truffle, it made my day.",
    "Cocoa Lantern opens a second shop in Tidewick next month.",
    "I hear that the truffles of Velvet Crumb are made by a machine.",
)
CONFIG = """
[heard]
database = "{database}"
[web]
listen = "127.0.0.1:{port}"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
domains = ["velvetcrumb.example"]
[[subject]]
id = "lantern"
name = "Cocoa Lantern"
own = false
query = '"cocoa lantern"'
[[source]]
id = "blogs"
connector = "rss"
feeds = ["{feed}"]
max_items = 10000
[[message]]
id = "hand-rolled"
statement = "Every truffle is rolled by hand each morning."
counter = ["The truffles are made by a machine."]
[[digest]]
id = "pr"
audience = "pr"
[[digest]]
id = "community"
audience = "community"
[http]
allow_networks = ["127.0.0.0/8"]
"""
AIMS = """
[[objective]]
id = "rolled"
statement = "People know that every truffle is rolled by hand"
measure = {{ metric = "penetration", message = "hand-rolled", period = "7d" }}
target = 0.15
[[activity]]
id = "letter"
name = "Spring letter"
kind = "mailing"
at = {sent}
weeks = 4
[[digest]]
id = "executive"
audience = "executive"
[[alert]]
id = "loud"
kind = "spike"
[[alert]]
id = "quiet"
kind = "silence"
[[alert]]
id = "angry"
kind = "negative-surge"
[[alert]]
id = "against-us"
kind = "contrary-message"
"""
_APART = 10_000
"""Between the numbers of two days' items: room for what is collected meanwhile."""
_BATCH = 100
"""Days that SQLite takes in one transaction, so that its log stays small."""
_KEYED = {
    "items": ("id", "key", "url", "published_at", "collected_at", "changed_at"),
    "mentions": ("id", "item", "story", "told_at", "collected_at"),
    "scores": ("mention",),
    "alignments": ("mention",),
}


class Archive:
    """A desk that has collected and scored ``last_day`` at ``folder``, and whose archive can be made to grow.

    ``plain`` is without aims, ``aiming`` with them.
    """

    def __init__(
        self, folder: Path, feeds: FeedServer, last_day: date, database: str = "", port: int = 8080, a_day: int = A_DAY
    ) -> None:
        self.start = datetime.combine(last_day, time(), UTC)
        self.clock = ManualClock(self.start + timedelta(days=1, hours=8))
        self.database = database or f"sqlite:///{folder / 'heard.db'}"
        self._feeds = feeds
        self._a_day = a_day
        self._days = 1
        self._told = 0
        self.config = folder / "aims.toml"
        address = feeds.add("/feed.xml", Reply(body=rss(*posts(self.start, a_day))))
        written = CONFIG.format(feed=address, database=self.database, port=port)
        aims = AIMS.format(sent=(self.start - timedelta(days=29)).date())
        for name, text in (("heard.toml", written), ("aims.toml", written + aims)):
            Path(folder, name).write_text(text, encoding="utf-8")
        self.plain, self.aiming = (
            App(load_settings(folder / name), self.clock) for name in ("heard.toml", "aims.toml")
        )
        list(self.plain.listening.collect(self.plain.listening.due()))
        self.plain.listening.score()

    def desk(self, report: str) -> App:
        """Who writes that report."""
        return self.aiming if report == "executive" else self.plain

    def publish(self, number: int) -> None:
        """So many new posts in the feed, none of which was there before."""
        self._told += 1
        at = self.clock.now() - timedelta(hours=1)
        self._feeds.add("/feed.xml", Reply(body=rss(*posts(at, number, seed=self._told, span=timedelta(minutes=30)))))

    def grow(self, size: int, *, searched: bool = False) -> None:
        """Copies the last day to the days before it, until there are ``size`` mentions, or some more.

        ``searched``: the full-text index has the copies too. PostgreSQL's always has.
        """
        days = size // self._a_day
        if days > self._days:
            _copied(self.plain.store, self._a_day, (self._days, days), searched=searched)
            self._days = days

    def close(self) -> None:
        """Closes both desks."""
        self.aiming.close()
        self.plain.close()


@contextmanager
def archive(
    folder: Path, last_day: date, database: str = "", port: int = 8080, a_day: int = A_DAY
) -> Iterator[Archive]:
    """An archive of one day, with the feed that it reads."""
    with FeedServer() as feeds:
        made = Archive(folder, feeds, last_day, database, port, a_day)
        yield made
        made.close()


def posts(start: datetime, number: int, seed: int = 0, span: timedelta = timedelta(days=1)) -> Iterator[str]:
    """Posts of one day, each in words of its own."""
    rng = random.Random(7 + seed)
    name = f"new-{seed}" if seed else "part"
    for n in range(number):
        at = start + span * n / number
        text = f"{rng.choice(SAID)} Letter {rng.getrandbits(64):x} about chocolate number {rng.getrandbits(64):x}."
        host = "velvetcrumb.example" if n % OWN == 0 else "blog.example"
        yield entry(f"Part {n}: {rng.getrandbits(64):x}", guid=f"{name}-{n}", link=f"https://{host}/{name}-{n}",
                    text=text, date=format_datetime(at))  # fmt: skip


def _copied(store: HeardStore, items: int, days: tuple[int, int], *, searched: bool) -> None:
    if store.path.startswith(POSTGRES):
        with store._write() as session:
            _bare_on_postgres(session, lambda: _copy(session, items, days, postgres=True))
            session.execute("SELECT setval(pg_get_serial_sequence('items', 'id'), (SELECT MAX(id) FROM items))")
            session.execute("ANALYZE")  # as its autovacuum does within a minute of such a load
        return
    db = sqlite3.connect(store.path, isolation_level=None)  # a connection of its own, to write as fast as can be
    try:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -400000")
        plain = _Plain(db)
        names = ", ".join(f"'{name}'" for name in _KEYED)
        laid_off = db.execute(
            f"SELECT type, name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ({names}) AND sql NOT NULL"  # noqa: S608 names of our own
            " UNION ALL SELECT type, name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'items'"
        ).fetchall()
        for kind, name, _ in laid_off:
            db.execute(f'DROP {kind} "{name}"')
        for first in range(*days, _BATCH):
            db.execute("BEGIN")
            _copy(plain, items, (first, min(first + _BATCH, days[1])))
            db.execute("COMMIT")
        for _, _, sql in laid_off:
            db.execute(sql)
        if searched:
            db.execute("INSERT INTO items_fts (items_fts) VALUES ('rebuild')")
    finally:
        db.close()


class _Plain:
    """SQLite's connection as a session."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.execute = db.execute


def _bare_on_postgres(db: Session, work: Callable[[], object]) -> None:
    """Does ``work`` on tables without keys and indexes, which are made again after it: the quickest way to fill them."""
    db.execute("SET LOCAL maintenance_work_mem = '512MB'")
    tables = {"tables": list(_KEYED)}
    constraints = db.execute(
        "SELECT CAST(CAST(conrelid AS regclass) AS text), conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype IN ('f', 'p') AND connamespace = CAST(current_schema() AS regnamespace) AND "
        "(CAST(CAST(conrelid AS regclass) AS text) = ANY(:tables) OR CAST(CAST(confrelid AS regclass) AS text) = ANY(:tables)) "
        "ORDER BY contype",
        tables,
    ).fetchall()
    indexes = db.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = ANY(:tables) "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE contype = 'p')",
        tables,
    ).fetchall()
    for table, name, _ in constraints:
        db.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        db.execute(f'DROP INDEX "{name}"')
    work()
    for _, definition in indexes:
        db.execute(definition)
    for table, name, definition in reversed(constraints):
        db.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def _copy(db: Session | _Plain, items: int, days: tuple[int, int], *, postgres: bool = False) -> None:
    for table, keyed in _KEYED.items():
        names = _columns(db, table, postgres=postgres)
        values = ", ".join(_shifted(name, table, postgres=postgres) if name in keyed else f'"{name}"' for name in names)
        of_mentions = f"mention IN (SELECT id FROM mentions WHERE item <= {items})"  # noqa: S608 names of our own
        where = {"items": f"id <= {items}", "mentions": f"item <= {items}"}.get(table, of_mentions)
        back = f"back(days) AS (SELECT {days[0]} UNION ALL SELECT days + 1 FROM back WHERE days + 1 < {days[1]})"  # noqa: S608 the same
        listed = ", ".join(f'"{name}"' for name in names)
        db.execute(f"CREATE TEMPORARY TABLE day_{table} AS SELECT * FROM {table} WHERE {where}")  # noqa: S608 the same
        copied = f"INSERT INTO {table} ({listed}) SELECT {values} FROM back CROSS JOIN day_{table}"  # noqa: S608 the same
        db.execute(f"WITH RECURSIVE {back} {copied}")
        db.execute(f"DROP TABLE day_{table}")
    db.execute("UPDATE coverage SET start_at = '2000-01-01T00:00:00.000000Z'")


def _columns(db: Session | _Plain, table: str, *, postgres: bool) -> list[str]:
    if postgres:
        asked = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = :table"
        return [str(row[0]) for row in db.execute(asked, {"table": table}).fetchall()]
    return [str(row[1]) for row in db.execute(f"PRAGMA table_info({table})").fetchall()]


def _shifted(name: str, table: str, *, postgres: bool) -> str:
    """The value of a column, ``days`` days before."""
    if name.endswith("_at"):
        if postgres:
            return f"to_char(CAST(substr({name}, 1, 10) AS date) - days, 'YYYY-MM-DD') || substr({name}, 11)"
        return f"date(substr({name}, 1, 10), '-' || days || ' days') || substr({name}, 11)"
    if name == "item" or (name == "id" and table == "items"):
        return f"{name} + days * {_APART}"
    return f"{name} || '~' || days"
