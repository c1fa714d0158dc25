"""Figures of objectives over a real database: what was not looked at is not known, and is never taken for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.digest.content.health import coverage_of, health_rows
from bot.model import Interval, Window
from bot.model.impact import ObjectiveStanding, ObjectiveVerdict
from bot.wiring.impact.measuring import Measuring
from bot.wiring.listen.listening import QUIET_COVERAGE
from tests.wiring.test_voices import ALERTS, DAY, NOW, PRESS, WEEK, Town

AIMS = """
[[objective]]
id = "heard-of"
statement = "Two stories a day"
measure = { metric = "stories", period = "14d" }
target = 2

[[objective]]
id = "peace"
statement = "Little is said"
measure = { metric = "stories", period = "14d" }
direction = "down"
target = 2.5

[[objective]]
id = "share"
statement = "Most of what is said is of us"
measure = { metric = "share_of_voice", period = "14d" }
target = 0.5

[[objective]]
id = "posts"
statement = "Posts lead somewhere"
measure = { metric = "cta_coverage", period = "14d" }
target = 0.8

[[objective]]
id = "looked"
statement = "We look"
measure = { metric = "coverage", period = "14d" }
target = 0.8
"""
DARK = 5
"""Days of the last fortnight in which nothing was looked at."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Four stories a day about the one shop and one about the other, but for the days on which nobody looked."""
    town = Town(tmp_path_factory.mktemp("measuring"), AIMS)
    town.app.listening.add_targets()
    midnight = NOW.replace(hour=0, minute=0)
    town.looked(midnight - 4 * WEEK, midnight - DARK * DAY)
    for back in range(DARK + 1, 29):
        day = midnight - back * DAY
        town.say("crumb", [day + place * timedelta(hours=4) for place in range(1, 5)])
        town.say("lantern", [day + timedelta(hours=5)])
    yield town
    town.app.close()


def standing(town: Town, name: str) -> ObjectiveStanding:
    return town.app.impact.standing(name)


def test_days_that_nobody_looked_at_do_not_lower_a_rate(town: Town) -> None:
    found = standing(town, "heard-of").measured
    assert (found.value, found.n) == (4.0, 4 * (14 - DARK))
    assert found.why == f"only {14 - DARK} of 14 days were looked at throughout"
    assert standing(town, "heard-of").verdict is ObjectiveVerdict.MET


def test_not_looking_never_meets_an_objective_that_wants_less(town: Town) -> None:
    assert standing(town, "peace").verdict is not ObjectiveVerdict.MET
    assert (standing(town, "peace").measured.low or 0) > 2.5


def test_the_funnel_counts_what_was_found_and_says_how_much_was_looked_at(town: Town) -> None:
    midnight = NOW.replace(hour=0, minute=0)
    exposure = town.app.impact.funnel(Interval(midnight - 14 * DAY, midnight)).stages[0].tallies[0]
    assert (exposure.value, exposure.why) == (4 * (14 - DARK), "looked at 64 % of the time")
    blind = town.app.impact.funnel(Interval(midnight - DARK * DAY, midnight)).stages[0].tallies[0]
    assert (blind.value, blind.why) == (None, "nothing was looked at")


def test_what_was_looked_at_is_the_same_number_as_in_the_digest(town: Town) -> None:
    """Each source counts alike, however many feeds it has."""
    start, end = NOW - 30 * WEEK, NOW - 29 * WEEK
    town.looked(start, end, PRESS, ALERTS)
    window = Window(start, end, "UTC")
    told = coverage_of(health_rows(town.app.listening.looked(window, NOW)), QUIET_COVERAGE)
    assert told.share == pytest.approx(0.75), "one of two feeds of the press, and all of the alerts"
    measuring = Measuring(town.app.settings, town.app.store, town.app.listening, town.app.gathering, town.app.voices)
    assert measuring.looked(window.interval) == pytest.approx(told.share)


def test_coverage_is_counted_and_comes_without_a_range(town: Town) -> None:
    assert standing(town, "looked").text.startswith("Cannot tell yet: 64 %; target at least 80 %")


def test_few_own_posts_have_no_share(town: Town) -> None:
    found = standing(town, "posts")
    assert (found.measured.value, found.verdict) == (None, ObjectiveVerdict.CANNOT_TELL)
    assert "there was no own post" in found.text


def test_a_share_of_voice_counts_all_the_stories_that_it_is_a_share_of(town: Town) -> None:
    found = standing(town, "share").measured
    assert found.value == pytest.approx(0.8)
    assert found.n == 5 * (14 - DARK)
