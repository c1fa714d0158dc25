"""An installation with weeks of history behind it, for tests of alerts: what is said is put there as a collector would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import ManualClock
from bot.model import (
    OWNED,
    Alignment,
    Author,
    Delivery,
    Interval,
    Item,
    ItemKind,
    Mention,
    Outcome,
    Page,
    PollReport,
    State,
    Target,
    TargetState,
    ToneLabel,
    ToneReading,
    mention_id,
    with_headline,
)
from bot.model.notice import Notice
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.samples import a_score

FEED = "https://paper.example/feed.xml"
PAPERS = Target("papers", FEED)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = date(2026, 3, 12)  # a Thursday
CONFIG = """
[heard]
timezone = "{zone}"
{heard}
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
[[source]]
id = "papers"
connector = "rss"
feeds = ["{feed}"]
[[message]]
id = "by-hand"
statement = "Every truffle is rolled by hand."
[[channel]]
id = "team"
kind = "file"
folder = "team"
[[channel]]
id = "boss"
kind = "file"
folder = "boss"
{tables}
"""
SPIKE = """
[[alert]]
id = "spike"
kind = "spike"
channels = ["team"]
"""


class Watchroom:
    """The application over a real database; ``today`` is at noon in ``zone`` unless the clock is moved."""

    def __init__(self, folder: Path, tables: str = SPIKE, *, zone: str = "UTC", heard: str = "") -> None:
        self.folder, self.zone = folder, ZoneInfo(zone)
        self.path = folder / "heard.toml"
        self.path.write_text(CONFIG.format(zone=zone, heard=heard, feed=FEED, tables=tables), encoding="utf-8")
        empty_database(folder)
        self.clock = ManualClock(self.at(TODAY))
        self.app = App(load_settings(self.path), self.clock)
        self.app.listening.add_targets()
        self._numbers = count()

    def again(self) -> App:
        """The same installation in another process."""
        return App(load_settings(self.path), self.clock)

    def at(self, day: date, hour: int = 12) -> datetime:
        """A local hour of a day."""
        return datetime.combine(day, time(hour), self.zone).astimezone(UTC)

    def live(self, days: int, each: Sequence[int] = (3, 5, 4, 6, 5, 2, 2), *, until: date = TODAY) -> None:
        """So many covered days before ``until``, with so many stories on each, over and over."""
        said = [(until - back * DAY, each[back % len(each)]) for back in range(days, 0, -1)]
        self.find([self._item(self.at(day, 10), "Velvet Crumb is in the news") for day, n in said for _ in range(n)])
        self.cover(until - days * DAY, until)

    def cover(self, first: date, until: date) -> None:
        """The source was looked at on all of these days."""
        if self._first is None:
            self._start(self.at(first, 0))
        end = self.at(until, 0)
        self.app.store.save_page(PAPERS, Page(covered=Interval(self.at(first, 0), end)), [], end, end)

    def say(self, day: date, number: int, text: str = "Velvet Crumb is in the news", **more: Any) -> list[str]:
        """So many stories on a day; their mentions' ids."""
        return self.find([self._item(self.at(day, 10), text, **more) for _ in range(number)], **more)

    def find(self, items: Sequence[Item], *, tone: ToneLabel = ToneLabel.NEUTRAL, story: str = "",
             contrary: float | None = None, own: bool = False, **_: Any) -> list[str]:  # fmt: skip
        """Pieces that came in when they were said."""
        mentions = []
        for item in items:
            at = item.published_at or self.clock.now()
            mentions.append(
                Mention(mention_id(item.key, "crumb"), "crumb", item, (), "papers", at, story or f"s-{item.key}")
            )
        if items:
            now = mentions[-1].collected_at
            self.app.store.save_page(PAPERS, Page(items=tuple(items)), mentions, now, now)
        words = () if contrary is None else (Alignment("by-hand", Outcome.CONTRARY, contrary, "by a machine", 0, 12),)
        reading = ToneReading(0.0, tone, 0.9, (), "made")
        scores = [a_score(one, tone=reading, alignments=words, flags=(OWNED,) if own else ()) for one in mentions]
        self.app.store.save_scores(scores, self.clock.now())
        return [one.id for one in mentions]

    def look(self, app: App | None = None) -> tuple[Notice, ...]:
        """One look of the alarm."""
        return (app or self.app).alarms.look()

    def told(self) -> list[tuple[Notice, tuple[Delivery, ...]]]:
        """The notices, newest first, with their deliveries."""
        return list(self.app.store.notices(99))

    def letters(self, channel: str = "team") -> list[str]:
        """What came out of a channel, as text, after everything due was delivered."""
        self.app.telling.deliver()
        return [path.read_text("utf-8") for path in sorted((self.folder / channel).rglob("*.txt"))]

    @property
    def _first(self) -> datetime | None:
        states = {state.target: state for state in self.app.store.target_states()}
        return states[PAPERS].first_polled if PAPERS in states else None

    def _start(self, at: datetime) -> None:
        state = TargetState(PAPERS, State.OK, at, first_polled=at)
        self.app.store.finish_poll(PollReport(PAPERS, at, State.OK), state, ())

    def _item(self, said: datetime, text: str, *, outlet: str = "paper.example", author: Author | None = None,
              title: str = "", **_: Any) -> Item:  # fmt: skip
        key = f"rss:{next(self._numbers)}"
        headline, whole = with_headline(title, text)
        made = Item(key, ItemKind.ARTICLE, f"https://{outlet}/{key[4:]}", headline, whole, said, outlet, language="en")
        return made if author is None else replace(made, author=author)
