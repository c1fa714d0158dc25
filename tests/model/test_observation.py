"""Figures that know what they are: like may be added to like, and nothing else."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import AGES, SEVERAL, Incomparable, Observation, ReachBasis, age_reached, sum_of

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def clicks(day: int = 0, value: float | None = 10.0, **changes: object) -> Observation:
    start = MONDAY + day * DAY
    made = Observation(
        metric_id="clicks",
        subject_id="campaign",
        provider="shortener",
        method_id="redirects",
        method_version="1",
        unit="clicks",
        window_start=start,
        window_end=start + DAY,
        tz="UTC",
        value=value,
        low=value,
        high=value,
        basis=ReachBasis.UNKNOWN if value is None else ReachBasis.MEASURED,
        collected_at=start + DAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_like_figures_of_two_days_are_added_with_the_ends_of_their_bands() -> None:
    both = clicks(0, 10.0, low=8.0, high=13.0) + clicks(1, 5.0, low=5.0, high=6.0)
    assert (both.value, both.low, both.high) == (15, 13, 19)
    assert (both.window_start, both.window_end, both.subject_id) == (MONDAY, MONDAY + 2 * DAY, "campaign")


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("metric_id", "views"),
        ("provider", "analytics"),
        ("method_id", "script"),
        ("method_version", "2"),
        ("unit", "people"),
    ],
)
def test_unlike_figures_are_refused_by_the_name_of_what_differs(key: str, other: str) -> None:
    with pytest.raises(Incomparable, match=rf"{key} differs.*{other}") as refused:
        clicks(0) + clicks(1, **{key: other})
    assert refused.value.key == key


def test_measured_impressions_and_potential_followers_are_refused() -> None:
    impressions = clicks(0, metric_id="impressions", unit="impressions")
    followers = clicks(1, metric_id="followers", unit="people", basis=ReachBasis.POTENTIAL)
    with pytest.raises(Incomparable):
        impressions + followers
    with pytest.raises(Incomparable) as refused:
        impressions + replace(impressions, subject_id="other", basis=ReachBasis.ESTIMATED)
    assert refused.value.key == "basis"


def test_the_same_day_is_not_added_twice_but_two_subjects_of_a_day_are() -> None:
    with pytest.raises(Incomparable, match="overlap") as refused:
        clicks(0) + clicks(0)
    assert refused.value.key == "window"
    both = clicks(0) + clicks(0, subject_id="other")
    assert (both.value, both.subject_id) == (20, SEVERAL)
    with pytest.raises(Incomparable):
        both + clicks(0)
    assert (both + clicks(1)).value == 30


def test_a_day_that_lies_in_the_hole_of_a_sum_may_be_added() -> None:
    assert ((clicks(0) + clicks(2)) + clicks(1)).value == 30


@pytest.mark.parametrize("metric", ["reach", "followers", "rank", "nobody registered this"])
def test_people_ranks_and_what_is_not_registered_are_never_added(metric: str) -> None:
    with pytest.raises(Incomparable, match="additive") as refused:
        clicks(0, metric_id=metric) + clicks(1, metric_id=metric)
    assert refused.value.key == "metric_id"


def test_a_sum_with_an_unknown_is_unknown_and_not_less() -> None:
    both = clicks(0) + clicks(1, None)
    assert (both.value, both.low, both.basis) == (None, None, ReachBasis.UNKNOWN)
    assert (both + clicks(2)).value is None


def test_a_moment_counts_once_and_thousands_are_added_in_no_time() -> None:
    moment = clicks(0, window_end=MONDAY)
    with pytest.raises(Incomparable):
        moment + moment
    assert sum_of(clicks(day) for day in range(5_000)).value == 50_000


def test_three_figures_of_which_the_first_is_unknown_must_be_alike_all_the_same() -> None:
    with pytest.raises(Incomparable):
        sum_of([clicks(0, None), clicks(1), clicks(2, basis=ReachBasis.POTENTIAL)])


def test_the_sum_of_none_is_no_figure() -> None:
    with pytest.raises(ValueError, match="nothing"):
        sum_of([])
    with pytest.raises(TypeError):
        sum([clicks(0), clicks(1)])


@given(st.lists(st.integers(0, 40), min_size=1, max_size=7, unique=True), st.randoms())
def test_days_are_added_in_any_order(days: list[int], random) -> None:
    shuffled = random.sample(days, len(days))
    one, other = sum_of(map(clicks, days)), sum_of(map(clicks, shuffled))
    assert (one.value, one.window_start, one.window_end) == (other.value, other.window_start, other.window_end)
    assert one.value == 10 * len(days)
    with pytest.raises(Incomparable):
        one + clicks(days[0])


@pytest.mark.parametrize(
    "broken",
    [
        {"value": 0.0, "basis": ReachBasis.UNKNOWN},
        {"value": None, "basis": ReachBasis.MEASURED},
        {"value": math.nan},
        {"high": math.inf},
        {"low": 11.0},
        {"high": 9.0},
        {"window_end": MONDAY - DAY},
    ],
)
def test_a_figure_outside_its_band_or_an_unknown_with_a_value_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"unknown|band|window|finite"):
        clicks(0, **broken)


def test_an_age_is_reached_to_the_second_and_none_without_a_date() -> None:
    assert age_reached(None, MONDAY) is None
    assert age_reached(MONDAY, MONDAY - DAY) is None
    for name, age in AGES.items():
        assert age_reached(MONDAY, MONDAY + age) == name
        assert age_reached(MONDAY, MONDAY + age - timedelta(seconds=1)) != name
    assert age_reached(MONDAY, MONDAY + 400 * DAY) == "14d"
