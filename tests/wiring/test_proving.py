"""What a digest is given beside what was said: the days and weeks before, objectives, and only what its sections want."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.feedserver import FeedServer, Reply, entry, rss

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)
CONFIG = """
[heard]
timezone = "UTC"
public_url = "https://heard.example"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
[[source]]
id = "blog"
connector = "rss"
every = "1h"
feeds = ["{feed}"]
[[objective]]
id = "spoken-of"
statement = "Somebody speaks of us each day"
measure = {{ metric = "stories" }}
target = 1
by = 2026-06-01
[[activity]]
id = "release"
name = "Kitchen opens"
kind = "press release"
at = 2026-03-09T09:00:00
[http]
allow_networks = ["127.0.0.0/8"]
""" + "".join(
    f'[[digest]]\nid = "{audience}"\naudience = "{audience}"\n'
    for audience in ("pr", "community", "operations", "executive")
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A desk that has read a feed with a story of Monday and one of Tuesday, on Wednesday morning."""
    told = [
        entry(f"Velvet Crumb is lovely {number}", guid=f"g{number}", link=f"https://blog.example/{number}",
              text=f"Velvet Crumb is lovely, says part {number}.", date=format_datetime(MONDAY + number * DAY + DAY / 2))
        for number in range(2)
    ]  # fmt: skip
    empty_database(tmp_path)
    with FeedServer() as feeds:
        config = tmp_path / "heard.toml"
        config.write_text(CONFIG.format(feed=feeds.add("/feed.xml", Reply(body=rss(*told)))), encoding="utf-8")
        made = App(load_settings(config), ManualClock(MONDAY + 2 * DAY + DAY / 3))
        list(made.listening.collect(made.listening.due()))
        made.listening.score()
        yield made
        made.close()


def body(app: App, audience: str) -> dict[str, object]:
    return dict(app.telling.compose(*app.telling.window(audience, date(2026, 3, 10))))


def test_the_days_are_counted_and_those_that_nobody_looked_at_are_no_noughts(app: App) -> None:
    volume = body(app, "pr")["volume"]
    assert isinstance(volume, dict)
    assert volume["stories"] == volume["previous"]["stories"] == 1
    assert volume["weekdays"] == {"stories": [], "median": None, "asked": 4}
    assert "too few to say, 0 of the last 4 were looked at throughout" in volume["weekdays_text"]
    assert "Kitchen opens (press release, Mon 9 Mar)" in volume["done_text"]


def test_the_executives_digest_holds_the_objectives_and_their_charts_lead_to_their_pages(app: App) -> None:
    found = body(app, "executive")
    objectives = found["objectives"]
    assert isinstance(objectives, list)
    assert [(row["objective"], row["evidence"]) for row in objectives] == [
        ("spoken-of", "https://heard.example/impact/spoken-of")
    ]
    assert str(found["verdict"]).startswith("1 objective: ")


@pytest.mark.parametrize("audience", ["pr", "community", "operations", "executive"])
def test_only_what_the_sections_want_is_looked_up(app: App, audience: str) -> None:
    found = body(app, audience)
    sections = found["sections"]
    assert isinstance(sections, list)
    assert bool(found["objectives"]) == ("objectives" in sections)
    assert (found["volume"] is not None) == ("volume" in sections)
    assert found["share_of_voice"] is None  # nobody is compared with
