"""Providers beside each other: each as it counts, the record first, and never a sum over two of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.impact.providers import LEAST_PAIRED, panels, tallies
from bot.model import Interval, Observation, ReachBasis
from bot.model.observation import METRICS, Incomparable, sum_of

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = Interval(START, START + 28 * DAY)
RECORD = {"clicks": "analytics"}


def seen(
    provider: str, day: int, value: float | None, *, metric: str = "clicks", of: str = "whole", days: int = 1,
    method: str = "m",
) -> Observation:  # fmt: skip
    start = START + day * DAY
    basis = ReachBasis.UNKNOWN if value is None else ReachBasis.MEASURED
    return Observation(
        metric, of, provider, method, "1", METRICS[metric].unit, start, start + days * DAY, "UTC", value, value, value,
        basis, START + 40 * DAY,
    )  # fmt: skip


def month(provider: str, factor: float = 1.0, days: range = range(28)) -> list[Observation]:
    chance = random.Random(5)
    return [seen(provider, day, round(factor * chance.randint(40, 90))) for day in days]


def test_like_figures_are_summed_and_those_of_others_stand_beside() -> None:
    found = tallies([*month("analytics"), *month("shortener", 2)], WINDOW, RECORD)
    assert [(one.provider, one.record, one.days) for one in found] == [
        ("analytics", True, 28),
        ("shortener", False, 28),
    ]
    assert found[1].value == 2 * (found[0].value or 0)


def test_nothing_adds_two_providers() -> None:
    with pytest.raises(Incomparable):
        sum_of([seen("analytics", 1, 5), seen("shortener", 2, 5)])


def test_a_month_told_beside_its_own_days_is_not_counted_twice() -> None:
    (found,) = tallies([*month("analytics"), seen("analytics", 0, 2000, days=28)], WINDOW, RECORD)
    assert found.value is None
    assert "overlap" in found.why


def test_people_are_not_added_over_days() -> None:
    (found,) = tallies([seen("analytics", day, 9, metric="visitors") for day in (1, 2)], WINDOW, {})
    assert found.value is None
    assert "not added" in found.why


def test_an_unknown_day_makes_the_sum_unknown() -> None:
    (found,) = tallies([seen("analytics", 0, 5), seen("analytics", 1, None)], WINDOW, RECORD)
    assert found.value is None
    assert found.why


def test_what_reaches_out_of_the_window_is_not_in_it() -> None:
    assert tallies([seen("analytics", -1, 5, days=2), seen("analytics", 27, 5, days=2)], WINDOW, RECORD) == ()


def test_the_ratio_to_the_record_with_its_usual_range() -> None:
    (panel,) = panels([*month("analytics"), *month("shortener", 2)], WINDOW, RECORD)
    record, other = panel.rows
    assert (record.tally.provider, record.ratio) == ("analytics", None)
    assert other.ratio == pytest.approx(2)
    assert (other.pairs, other.alert) == (28, "")
    assert any("robots" in cause for cause in panel.causes)


def test_without_a_record_no_ratio_is_made_up() -> None:
    (panel,) = panels([*month("analytics"), *month("shortener", 2)], WINDOW, {})
    assert all(row.ratio is None for row in panel.rows)
    assert "[impact] record" in panel.why


def test_few_days_in_common_say_nothing() -> None:
    few = range(LEAST_PAIRED - 1)
    (panel,) = panels([*month("analytics"), *month("shortener", 2, few)], WINDOW, RECORD)
    assert panel.rows[1].ratio is None
    assert panel.rows[1].pairs == len(few)


def test_days_of_nought_have_no_ratio() -> None:
    zeros = [seen("shortener", day, 0) for day in range(28)]
    (panel,) = panels([*month("analytics"), *zeros], WINDOW, RECORD)
    assert panel.rows[1].pairs == 0


@pytest.mark.parametrize(("days", "told"), [(2, False), (3, True)])
def test_three_days_outside_of_what_is_usual_are_told(days: int, told: bool) -> None:
    chance = random.Random(1)
    other = [
        seen("shortener", day, round((one.value or 0) * (6 if day >= 28 - days else chance.uniform(1.5, 2.5))))
        for day, one in enumerate(month("analytics"))
    ]
    (panel,) = panels([*month("analytics"), *other], WINDOW, RECORD)
    assert bool(panel.rows[1].alert) is told


def beside(ratios: Mapping[int, float]) -> list[Observation]:
    """A shortener that counts about twice as much as analytics, but on these days so many times as much."""
    chance = random.Random(1)
    return [
        seen("shortener", day, (one.value or 0) * ratios.get(day, chance.uniform(1.5, 2.5)))
        for day, one in enumerate(month("analytics"))
    ]


def alert_of(*others: Observation, record: Iterable[Observation] = ()) -> str:
    (panel,) = panels([*(record or month("analytics")), *others], WINDOW, RECORD)
    return panel.rows[1].alert


def test_a_counter_that_breaks_and_says_nought_is_told_while_it_does() -> None:
    (panel,) = panels([*month("analytics"), *beside({25: 0, 26: 0, 27: 0})], WINDOW, RECORD)
    row = panel.rows[1]
    assert row.alert.startswith("shortener counts nothing of what analytics counts, and has been outside of its usual")
    assert "for 3 days" in row.alert
    assert (row.pairs, row.today) == (25, 0)
    assert row.ratio == pytest.approx(2, abs=0.3)
    assert alert_of(*beside({26: 0, 27: 0})) == ""
    assert "for 8 days" in alert_of(*beside(dict.fromkeys(range(20, 28), 0.0)))
    assert alert_of(*beside({25: 0, 26: 0.1, 27: 0.1})) != ""


def test_nothing_of_nothing_is_no_broken_counter() -> None:
    quiet = [*month("analytics", days=range(25)), *(seen("analytics", day, 0) for day in (25, 26, 27))]
    assert alert_of(*beside({25: 0, 26: 0, 27: 0}), record=quiet) == ""


def test_where_days_of_nought_are_usual_three_of_them_are_none() -> None:
    one_of_them = dict.fromkeys((7, 25, 26, 27), 0.0)
    assert alert_of(*beside(one_of_them)) != ""
    assert alert_of(*beside({**one_of_them, 2: 0.0, 12: 0.0, 17: 0.0})) == ""


@pytest.mark.parametrize(("missing", "told"), [((), True), ((26,), False), ((27,), False), ((5, 6), True)])
def test_the_days_outside_adjoin_and_reach_up_to_the_end(missing: tuple[int, ...], told: bool) -> None:
    other = beside(dict.fromkeys(range(24, 28), 6.0))
    assert bool(alert_of(*(one for day, one in enumerate(other) if day not in missing))) is told


def test_days_that_begin_at_another_hour_reach_up_to_the_end_too() -> None:
    hours = timedelta(hours=-5)
    moved = [
        replace(one, window_start=one.window_start + hours, window_end=one.window_end + hours)
        for one in (*month("analytics"), *beside(dict.fromkeys(range(25, 28), 6.0)))
    ]
    (panel,) = panels(moved, WINDOW, RECORD)
    assert panel.rows[1].alert != ""


def test_days_high_and_low_in_turn_are_no_alert() -> None:
    chance = random.Random(2)
    wild = {25: 9.0, 26: 0.1, 27: 9.0}
    other = [
        seen("shortener", day, round((one.value or 0) * wild.get(day, chance.uniform(1.5, 2.5))))
        for day, one in enumerate(month("analytics"))
    ]
    (panel,) = panels([*month("analytics"), *other], WINDOW, RECORD)
    assert panel.rows[1].alert == ""


def test_the_record_may_be_one_method_of_a_provider() -> None:
    both = [seen("analytics", 0, 5, method="events"), seen("analytics", 0, 9, method="sessions")]
    found = tallies(both, WINDOW, {"clicks": "analytics/sessions"})
    assert [one.record for one in found] == [False, True]
