"""An installation as old as Heard itself, and what becomes of it: a year of work, a restore, and a move to PostgreSQL."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.clock import ManualClock
from bot.errors import RedemptionRefused
from bot.model import Claim, EventKind, Mention, ScoredMention
from bot.scheduler import Runner
from bot.store.migrations import APPLICATION_ID, STEPS, TABLES, migrations
from bot.store.moving.copies import copying
from bot.wiring import App
from config.settings import load_settings
from tests.store.test_upgrade import filled
from tests.support import postgres
from tests.support.counts import FULL
from tests.support.feedserver import FeedServer, Reply

START = datetime(2026, 4, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEXT, NUMBERS = 10, 25
LOOKS = 3 if FULL else 2
DAYS = 12 if FULL else 4
PHRASE = "the moon is made of ganache"
CONFIG = f"""
[heard]
timezone = "Europe/Berlin"
database = "{{database}}"
[retention]
text = "{TEXT}d"
rollups = "{NUMBERS}d"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
[[source]]
id = "blog"
connector = "rss"
every = "6h"
feeds = ["{{feed}}"]
[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "{PHRASE}"
placements = ["counter"]
cap = {{cap}}
[[offer]]
id = "cards"
name = "Gift cards"
kind = "unique-codes"
[[channel]]
id = "folder"
kind = "file"
folder = "digests"
[[digest]]
id = "pr"
audience = "pr"
at = "00:00"
channels = ["folder"]
[[digest]]
id = "week"
audience = "operations"
period = "week"
at = "00:00"
channels = ["folder"]
[[alert]]
id = "loud"
kind = "spike"
channels = ["folder"]
[http]
allow_networks = ["127.0.0.0/8"]
"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<title>A paper</title><id>urn:paper</id>{entries}</feed>"""
ENTRY = """<entry><id>urn:letter:{number}</id><title>Letter {number}</title><link href="https://paper.example/{number}"/>
<published>{at}</published><updated>{at}</updated><author><name>Writer {number}</name></author>
<summary>Velvet Crumb is {word}, writes number {number}: {mark}.</summary></entry>"""
DELETED = '<at:deleted-entry ref="urn:letter:{number}" when="{at}"/>'


@dataclass
class Truth:
    """What happened, kept apart from the program."""

    said: dict[int, datetime] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    redeemed: Counter[str] = field(default_factory=Counter)
    given_back: Counter[str] = field(default_factory=Counter)
    days: int = 0


def aged(folder: Path) -> Path:
    """A database of the first schema with rows in it, brought up step by step as the versions came."""
    filled(folder / "new.db")
    path = folder / "heard.db"
    db = Database(path, execute_plugins=False)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrations.apply(db, stop_before=STEPS[1])
    db.execute("ATTACH ? AS new", [str(folder / "new.db")])
    for name in TABLES:
        if db.table(name).exists():
            columns = ", ".join(f'"{column.name}"' for column in db.table(name).columns)
            db.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM new.{name}")  # noqa: S608 names of our own
    db.conn.commit()
    db.execute("DETACH new")
    for step in STEPS[2:]:
        migrations.apply(db, stop_before=step)
    migrations.apply(db)
    db.close()
    (folder / "new.db").unlink()
    return path


class Life:
    """The bot at work day by day, people who talk and redeem, and a book of what they did."""

    def __init__(self, folder: Path, server: FeedServer, seed: int, days: int) -> None:
        self.folder, self.chance, self.truth = folder, random.Random(seed), Truth()
        self.days = days
        self.clock = ManualClock(START)
        self._feed_address = server.add("/life.xml", lambda _request: self._feed())
        self._configure(f"sqlite:///{aged(folder)}")
        self.open()
        self.before = {_mention(one).id for one in self.app.store.mentions()}
        self.codes = [one.code for one in self.app.counting.codes("cards")]
        self.codes += self.app.counting.issue("cards", days)
        self.seen: list[tuple[int, int]] = []

    def open(self) -> None:
        self.app = App(load_settings(self.folder / "heard.toml"), self.clock)
        self.app.backs_up = False
        self.runner = Runner(self.app, workers=2)

    def day(self) -> None:
        """A few looks at every job, with talk and business between them."""
        for _ in range(LOOKS):
            self._talk()
            self._trade()
            self.clock.advance(DAY / LOOKS)
            for name, job in self.runner._jobs().items():
                self.runner._guarded(name, job)
        self.truth.days += 1
        self.seen.append((len(list(Path("/proc/self/fd").iterdir())), threading.active_count()))

    def move_to(self, database: str) -> None:
        """Copies everything to the other database, and works there from then on."""
        source = self.app.settings.database.removeprefix("sqlite:///")
        self.app.close()
        with copying(source, database) as work:
            work.carry(lambda _done: None)
            work.compare(lambda _done: None)
            work.finish()
        self._configure(database)
        self.open()

    def restore_after(self, days: int) -> None:
        """A backup, days of work, and the backup in the database's place: the books go back, and the talk does not."""
        backup = self.app.backups.back_up().file
        kept = deepcopy(self.truth)
        for _ in range(days):
            self.day()
        self.app.close()
        self.app.backups.restore(backup)
        self.open()
        self.truth.redeemed, self.truth.given_back = kept.redeemed, kept.given_back
        self.app.telling.release_held("pr")
        self.app.telling.release_held("week")

    def _configure(self, database: str) -> None:
        text = CONFIG.format(database=database, feed=self._feed_address, cap=2 * self.days)
        (self.folder / "heard.toml").write_text(text, encoding="utf-8")

    def _talk(self) -> None:
        now, truth, chance = self.clock.now(), self.truth, self.chance
        for _ in range(chance.randint(0, 2)):
            truth.said[len(truth.said)] = now + timedelta(minutes=chance.randint(1, 300))
        recent = [one for one, at in truth.said.items() if now - 5 * DAY < at < now - DAY and one not in truth.gone]
        if recent and chance.random() < 0.1:
            truth.gone.add(chance.choice(recent))

    def _trade(self) -> None:
        chance, counting = self.chance, self.app.counting
        done: list[tuple[str, str]] = []
        for offer, code in (("truffle", PHRASE), ("cards", chance.choice(self.codes))):
            try:
                redeemed = counting.redeem(Claim(code, placement="counter" if offer == "truffle" else None))
            except RedemptionRefused:
                continue
            if redeemed.redeemed:
                self.truth.redeemed[offer] += 1
                done.append((offer, str(redeemed.redemption)))
        if done and chance.random() < 0.2:
            offer, redemption = done[0]
            counting.roll_back(redemption)
            self.truth.given_back[offer] += 1

    def _feed(self) -> Reply:
        now = self.clock.now()
        shown = [one for one, at in self.truth.said.items() if now - 6 * DAY < at <= now]
        entries = "".join(
            ENTRY.format(number=one, at=self.truth.said[one].isoformat(), word="lovely" if one % 3 else "awful",
                         mark=random.Random(one).getrandbits(80))
            if one not in self.truth.gone else DELETED.format(number=one, at=now.isoformat())
            for one in shown
        )  # fmt: skip
        return Reply(headers={"content-type": "application/atom+xml"}, body=ATOM.format(entries=entries))

    def wrong(self) -> list[str]:
        """Where the program's totals differ from the book."""
        store, truth, now = self.app.store, self.truth, self.clock.now()
        wrong = []
        events = Counter((event.offer, event.kind) for event in store.offer_events())
        for offer in ("truffle", "cards"):
            counted = events[offer, EventKind.REDEEMED], events[offer, EventKind.ROLLED_BACK]
            if counted != (truth.redeemed[offer], truth.given_back[offer]):
                wrong.append(f"{offer}: {counted}")
        digests = [digest for digest, _ in store.digests(10**5) if digest.report == "pr"]
        first, last = min(one.window.start for one in digests), max(one.window.end for one in digests)
        stood = sum(first <= at < last and number not in truth.gone for number, at in truth.said.items())
        told = sum(digest.body["mentions"] for digest in digests)
        if not stood <= told <= len(truth.said):
            wrong.append(f"digests told {told} of {len(truth.said)}, of which {stood} stood in their days")
        found = [_mention(one) for one in store.mentions(limit=10**6)]
        kept = {one.told_at: one for one in found if one.id not in self.before}
        for number, at in truth.said.items():
            age, one = now - at, kept.get(at)
            if one is None and DAY < age < (NUMBERS - 1) * DAY and number not in truth.gone:
                wrong.append(f"{number} of {at} was not heard")
            if (
                one
                and abs(age - TEXT * DAY) > 2 * DAY
                and one.item.removed != (number in truth.gone or age > TEXT * DAY)
            ):
                wrong.append(f"{number} of {at}: removed={one.item.removed}")
            if one and age > (NUMBERS + 2) * DAY:
                wrong.append(f"{number} of {at} is kept too long")
        return wrong


def _mention(found: ScoredMention | Mention) -> Mention:
    return found.mention if isinstance(found, ScoredMention) else found


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def lived(folder: Path, server: FeedServer, days: int, seed: int, moves_to: str | None) -> Life:
    """A life with a restore after a third of it, and after two a move to that database."""
    life = Life(folder, server, seed, days)
    while life.truth.days < days // 3:
        life.day()
    life.restore_after(1)
    while life.truth.days < days * 2 // 3:
        life.day()
    if moves_to is not None:
        life.move_to(moves_to)
    while life.truth.days < days:
        life.day()
    return life


@pytest.mark.parametrize("moves", [pytest.param(True, marks=pytest.mark.postgres) if FULL else False])
def test_an_old_database_lives_on_through_a_restore_and_a_move_and_its_totals_are_right(
    tmp_path: Path, server: FeedServer, caplog: pytest.LogCaptureFixture, *, moves: bool
) -> None:
    seed, other = random.getrandbits(32), postgres.blank_database() if moves else None
    life = lived(tmp_path, server, DAYS, seed, other)
    try:
        assert life.wrong() == [], f"seed {seed}"
        assert life.app.store.integrity_check() == ()
        (files, threads), (files_then, threads_then) = life.seen[-1], life.seen[1]
        assert files <= files_then + 12, "a connection or two more, for the other database"
        assert threads <= threads_then + 4
        assert not [one for one in caplog.records if one.levelname == "ERROR"], caplog.text
    finally:
        life.app.close()
        if other is not None:
            postgres.drop(other)
