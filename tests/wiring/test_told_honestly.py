"""What a digest counts as said by others, in its own days: own texts, late finds and archives kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.model import Item, ItemKind, Mention, Page, Target, mention_id, with_headline
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database

FEED = "https://paper.example/feed.xml"
TUESDAY = datetime(2026, 3, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONFIG = f"""
[heard]
timezone = "UTC"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
domains = ["velvetcrumb.example"]
[[source]]
id = "papers"
connector = "rss"
feeds = ["{FEED}"]
[[message]]
id = "by-hand"
statement = "Every truffle is rolled by hand each morning."
[[digest]]
id = "pr"
audience = "pr"
"""
RELEASE = "Velvet Crumb opens a kitchen. Every truffle is rolled by hand each morning."


class Desk:
    """The application over a real database; what is found is put there as a collector would put it."""

    def __init__(self, folder: Path) -> None:
        (folder / "heard.toml").write_text(CONFIG, encoding="utf-8")
        self.clock = ManualClock(TUESDAY)
        empty_database(folder)
        self.app = App(load_settings(folder / "heard.toml"), self.clock)
        self.app.listening.add_targets()
        self._numbers = count()

    def find(self, said: datetime, found: datetime, text: str, outlet: str = "paper.example", story: str = "") -> None:
        """An article that was said at one time and found at another."""
        key = f"rss:{next(self._numbers)}"
        title, whole = with_headline("Velvet Crumb", text)
        item = Item(key, ItemKind.ARTICLE, f"https://{outlet}/{key}", title, whole, said, outlet, language="en")
        mention = Mention(mention_id(key, "crumb"), "crumb", item, (), "papers", found, story or f"s-{key}")
        self.app.store.save_page(Target("papers", FEED), Page(items=(item,)), [mention], found, found)
        self.app.listening.score()

    def publish(self, day: datetime) -> Mapping[str, Any]:
        """The digest of the day before, as it is told at eight."""
        self.clock.set(day + 8 * HOUR)
        return self.app.telling.publish(*self.app.telling.window("pr", None)).body


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.app.close()


@pytest.mark.parametrize("hours", [-30, 30])
def test_reprints_of_ones_own_release_are_never_earned_on_whatever_day_they_run(desk: Desk, hours: int) -> None:
    noon = TUESDAY + 12 * HOUR
    desk.find(noon + hours * HOUR, noon, RELEASE, "velvetcrumb.example", story="release")
    for paper in ("one", "two", "three"):
        desk.find(noon, noon, RELEASE, f"{paper}.example", story="release")
    desk.find(noon, noon, "Velvet Crumb was wonderful.")
    body = desk.publish(TUESDAY + DAY)
    assert (body["tone"]["earned"], body["tone"]["own_text"]) == (1, 3)
    assert [(story["items"], story["own_text"]) for story in body["stories"]] == [(1, False), (3, True)]
    assert (body["messages"][0]["relevant"], body["messages"][0]["full"]) == (1, 0)
    (standing,) = desk.app.telling.standings(TUESDAY, TUESDAY + DAY)
    assert (standing.relevant, standing.full) == (1, 0)


def test_what_comes_late_is_told_once_and_counted_once(desk: Desk) -> None:
    desk.publish(TUESDAY)
    desk.find(TUESDAY - 4 * HOUR, TUESDAY + 12 * HOUR, "Velvet Crumb was terrible and awful.")
    body = desk.publish(TUESDAY + DAY)
    assert (body["tone"]["negative"], body["tone"]["previous"]["negative"]) == (0, 1)
    assert (body["messages"][0]["relevant"], body["messages"][0]["previous"]["relevant"]) == (0, 1)
    assert (body["mentions"], body["late"]) == (0, 1)
    assert body["late_text"].startswith("1 more mention came late, from Mon 9 Mar")
    assert [story["facts"].rpartition(" · ")[2] for story in body["stories"]] == ["came late"]


def test_a_new_feeds_archive_is_neither_told_nor_counted(desk: Desk) -> None:
    desk.publish(TUESDAY)
    for year in range(5):
        desk.find(TUESDAY - (300 + 365 * year) * DAY, TUESDAY + 12 * HOUR, f"Velvet Crumb disaster {year}, terrible.")
    body = desk.publish(TUESDAY + DAY)
    assert (body["mentions"], body["late"], body["stories"], body["late_text"]) == (0, 0, [], "")


def test_after_a_week_off_the_digest_names_the_days_that_none_covered(desk: Desk) -> None:
    desk.publish(TUESDAY)
    for day in range(8):
        desk.find(TUESDAY + day * DAY, TUESDAY + 8 * DAY, f"Velvet Crumb was lovely on day {day}.")
    body = desk.publish(TUESDAY + 8 * DAY)
    assert body["missed"]["text"] == "No digest covered 10–16 Mar."
    assert body["verdict"].endswith("No digest covered 10–16 Mar.")
    assert (body["mentions"], body["late"]) == (1, 7)
    assert desk.publish(TUESDAY + 9 * DAY)["missed"] is None
