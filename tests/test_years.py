"""Years of the unattended bot under a clock that is set by hand: every day has its digest, whatever clocks do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock
from bot.model import DeliveryState, Digest, Mention, ScoredMention
from bot.scheduler import Runner
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.feedserver import FeedServer, Reply, entry, rss

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUARTER = 15 * MINUTE
CONFIG = """
[heard]
timezone = "{zone}"
[retention]
text = "30d"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
[[source]]
id = "blog"
connector = "rss"
every = "6h"
feeds = ["{feed}"]
[[channel]]
id = "folder"
kind = "file"
folder = "digests"
[http]
allow_networks = ["127.0.0.0/8"]
"""
DIGEST = """
[[digest]]
id = "{period}-{at:%H%M}"
audience = "community"
period = "{period}"
at = "{at:%H:%M}"
channels = ["folder"]
sections = ["health"]
"""
HOURS = [time(0), time(1, 30), time(2), time(2, 30), time(3), time(23, 59)]
PLANS = [*(("day", at) for at in HOURS), ("week", time(2, 30)), ("month", time(2, 30))]
# Half an hour of summer time, a day that was skipped, summer time but in Ramadan, midnights that never come or come twice.
CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "America/Sao_Paulo": (date(2018, 11, 4), date(2019, 2, 17)),
    "Asia/Kathmandu": (date(2026, 1, 1),),
    "UTC": (date(2028, 2, 29),),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
    "Pacific/Apia": (date(2011, 12, 30), date(2011, 4, 2)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
}
CHANGES_LIVED = 5 if FULL else 1
LIVES = 2 if FULL else 1
WEEKS = 4 if FULL else 1


class World:
    """What was truly said and when, and a bot whose clock may stand elsewhere."""

    def __init__(self, folder: Path, server: FeedServer, zone: str, start: datetime, plans: Sequence[tuple[str, time]]):
        self.clock = ManualClock(start)
        self.true = start
        self.skew = timedelta(0)
        self.said: list[datetime] = []
        self.zone = ZoneInfo(zone)
        self._config = folder / "heard.toml"
        feed = server.add("/years.xml", lambda _request: self._feed())
        digests = "".join(DIGEST.format(period=period, at=at) for period, at in plans)
        self._config.write_text(CONFIG.format(zone=zone, feed=feed) + digests, encoding="utf-8")
        empty_database(folder)
        self.start()

    def start(self) -> None:
        """Another process with the same configuration and database."""
        self.app = App(load_settings(self._config), self.clock)
        self.runner = Runner(self.app)

    def restart(self) -> None:
        self.app.close()
        self.start()

    def look(self, moment: datetime, *jobs: str) -> None:
        """The runner's look at each of its jobs, or at these, at that time."""
        self.true = moment
        self.clock.set(moment + self.skew)
        for name, job in self.runner._jobs().items():
            if not jobs or name in jobs:
                job()

    def unattended(self, moment: datetime) -> None:
        """The same, with the clock wherever it stands; what fails is logged, as in ``heard run``."""
        self.true = moment
        self.clock.set(moment + self.skew)
        for name, job in self.runner._jobs().items():
            self.runner._guarded(name, job)

    def digests(self, report: str | None = None) -> list[Digest]:
        """Those of a report, or all, by window."""
        found = [one for one, _ in self.app.store.digests(100_000) if report in (None, one.report)]
        return sorted(found, key=lambda one: (one.report, one.window.start))

    def _feed(self) -> Reply:
        entries = [
            entry(f"Letter {number}", guid=str(number), link=f"https://paper.example/{number}",
                  date=format_datetime(moment), text=f"Velvet Crumb is lovely, says letter {number} {'x' * number}.")
            for number, moment in enumerate(self.said)
            if self.true - 10 * DAY <= moment <= self.true
        ]  # fmt: skip
        body = rss(*entries, channel="<title>A paper</title><language>en</language>")
        return Reply(headers={"content-type": "application/rss+xml"}, body=body)


@dataclass(frozen=True)
class Due:
    """A digest that there must be."""

    report: str
    start: datetime
    end: datetime
    at: datetime


def first_instants(zone: ZoneInfo, start: datetime, end: datetime) -> dict[date, datetime]:
    """Every local day that there is, by looking at the clock on the wall four times an hour."""
    found: dict[date, datetime] = {}
    moment = start
    while moment < end:
        found.setdefault(moment.astimezone(zone).date(), moment)
        moment += QUARTER
    del found[min(found)]
    return found


def first_showing(at: time, day: datetime, zone: ZoneInfo) -> datetime:
    """When the clock on the wall first shows ``at`` that day; where it leaps over that, when it would have without."""
    before = moment = day
    while (shown := moment.astimezone(zone)).time() < at and shown.date() == day.astimezone(zone).date():
        before, moment = moment, moment + MINUTE
    if shown.time() == at or moment == day:
        return moment
    last = before.astimezone(zone)
    return before + (datetime.combine(last, at) - last.replace(tzinfo=None))


def expected(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Due]:
    """Every digest that is due in ``[start, end)``: worked out from a wall calendar, apart from the program's rules."""
    days = first_instants(zone, start - 40 * DAY, end + 2 * DAY)
    for period, at in PLANS:
        bounds = [
            moment
            for day, moment in sorted(days.items())
            if period == "day" or (day.weekday() == 0 if period == "week" else day.day == 1)
        ]
        for first, last in pairwise(bounds):
            due = first_showing(at, last, zone)
            if start <= due < end:
                yield Due(f"{period}-{at:%H%M}", first, last, due)


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def live_through(folder: Path, server: FeedServer, zone: str, start: datetime, end: datetime) -> int:
    """The bot at work from ``start`` to ``end``; every digest is there once, of its days, at its minute. How many."""
    world = World(folder, server, zone, start - 2 * DAY, PLANS)
    try:
        world.look(start - 2 * DAY, "collect")
        for report in world.app.settings.reports:  # whoever has told before owes every digest from then on
            window = world.app.telling.window(report.id, None)[1]
            world.app.telling.publish(report, window)
        known = {one.id for one in world.digests()}
        wanted = sorted(expected(world.zone, start, end), key=lambda one: one.at)
        world.look(start - MINUTE, "collect", "tell")
        known |= {one.id for one in world.digests()}
        for due in sorted({one.at for one in wanted}):
            world.look(due - MINUTE, "tell")
            world.look(due, "collect", "tell")
        world.look(end - MINUTE, "collect", "tell", "deliver", "keep")
        told = [one for one in world.digests() if one.id not in known]
        assert sorted((one.report, one.window.start, one.window.end, one.created_at) for one in told) == sorted(
            (one.report, one.start, one.end, one.at) for one in wanted
        )
        return len(told)
    finally:
        world.app.close()


def test_every_local_day_has_one_digest_at_its_minute_though_the_clock_changes(
    tmp_path: Path, server: FeedServer
) -> None:
    changes = [(zone, change) for zone, days in CHANGES.items() for change in days]
    for zone, change in random.sample(changes, CHANGES_LIVED):
        middle = datetime.combine(change, time(0), UTC)
        folder = tmp_path / f"{middle:%Y%m%d}-{zone.replace('/', '-')}"
        folder.mkdir()
        assert live_through(folder, server, zone, middle - DAY, middle + DAY * 1.5) > 0, zone


class Turbulence:
    """Weeks in which the machine sleeps, its clock is corrected, set wrongly and put right; what was said goes on."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world, self._chance = world, chance

    def live(self, until: datetime) -> None:
        world, chance = self._world, self._chance
        while world.true < until:
            match chance.choices(("work", "sleep", "restart", "correct", "wrong"), (60, 4, 2, 8, 3))[0]:
                case "work":
                    self.work(timedelta(minutes=chance.randint(30, 12 * 60)))
                case "sleep":
                    self._pass(chance.choice((3 * HOUR, 2 * DAY, 9 * DAY)) * chance.random())
                    self.work(HOUR)
                case "restart":
                    world.restart()
                case "correct":
                    before = world.skew
                    world.skew = chance.choice((timedelta(seconds=1), MINUTE, HOUR)) * chance.uniform(-2, 2)
                    self.work(HOUR)
                    world.skew = before
                case "wrong":
                    year = chance.choice((1970, 2000, 2031, 2099, None))
                    if year is None:
                        world.skew = DAY * chance.uniform(-1, 40)
                    else:
                        world.skew = datetime(year, 1, 1, tzinfo=UTC) - world.true
                    self.work(chance.choice((MINUTE, HOUR, 20 * HOUR)))
                    world.skew = timedelta(0)
                    self.work(HOUR)

    def work(self, span: timedelta) -> None:
        """Unattended work at a pace of some hours."""
        end = self._world.true + span
        while self._world.true < end:
            self._pass(min(MINUTE * self._chance.randint(30, 360), end - self._world.true))
            self._world.unattended(self._world.true)

    def _pass(self, span: timedelta) -> None:
        """Time in which people go on talking."""
        world, end = self._world, self._world.true + span
        said = world.said[-1] if world.said else world.true
        while (said := said + self._chance.uniform(0.1, 1.5) * DAY) <= end:
            if said > world.true:
                world.said.append(said.replace(microsecond=0))
        world.true = end


@pytest.mark.parametrize("life", range(LIVES))
def test_whatever_the_clock_did_all_is_told_once_and_nothing_goes_too_early(
    life: int, tmp_path: Path, server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What keeps a digest away is that nobody was there when it was due; the next one tells what it would have told."""
    seed = random.getrandbits(32) + life
    assert lived(tmp_path, server, seed) == [], f"seed {seed}"
    assert not [one for one in caplog.records if one.exc_info], f"seed {seed}: {caplog.text}"


def lived(folder: Path, server: FeedServer, seed: int) -> list[str]:
    """What went wrong in a turbulent life that ended with a week and a half of calm."""
    chance = random.Random(seed)
    plans = [("day", chance.choice(HOURS)), ("week", time(2, 30))]
    world = World(folder, server, chance.choice(list(CHANGES)), datetime(2026, 2, 20, tzinfo=UTC), plans)
    try:
        turbulence = Turbulence(world, chance)
        turbulence.work(3 * DAY)
        turbulence.live(world.true + WEEKS * 7 * DAY)
        world.restart()
        turbulence.work(9 * DAY)
        for _ in range(2):  # what a look did is written down by the next one's beat
            world.unattended(world.true + MINUTE)
        return told_wrongly(world) + [f"{task} has not run" for task in world.app.vitals.late()]
    finally:
        world.app.close()


def told_wrongly(world: World) -> list[str]:
    """What was not told once, erased too early or kept too long, windows that overlap, and letters that did not go out."""
    wrong: list[str] = []
    mentions = {one.id: one for one in map(_mention, world.app.store.mentions(limit=100_000))}
    heard = {one.told_at for one in mentions.values()}
    wrong += [f"{said} was not heard" for said in world.said if said < world.true - 8 * HOUR and said not in heard]
    for report in world.app.settings.reports:
        digests = world.digests(report.id)
        wrong += [f"{one.window} overlaps" for one, after in pairwise(digests) if one.window.end > after.window.start]
        told = Counter(mentions[name].told_at for one in digests for name in one.mentions)
        # Of a week that was told while the clock ran ahead, the rest is told with the next.
        until = [digests[0].window.start, *(one.window.start for one in digests if one.window.end <= world.true)][-1]
        for said in world.said:
            if told[said] > 1 or (not told[said] and digests[0].window.start <= said < until):
                wrong.append(f"{report.id} told {said} {told[said]} times")
    for one in mentions.values():
        if one.item.removed and world.true - one.told_at < 28 * DAY:  # the clock may have been two hours or a day wrong
            wrong.append(f"{one.told_at} went too early")
        if not one.item.removed and world.true - one.collected_at > 34 * DAY:  # a nap is doubted for a day
            wrong.append(f"{one.told_at} is kept for too long")
    for digest, deliveries in world.app.store.digests(100_000):
        if [one.state for one in deliveries] != [DeliveryState.SENT] or deliveries[0].attempts != 1:
            wrong.append(f"{digest.id}: {deliveries}")
    return wrong


def _mention(found: ScoredMention | Mention) -> Mention:
    return found.mention if isinstance(found, ScoredMention) else found
