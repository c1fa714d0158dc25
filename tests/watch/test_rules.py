"""The rules of alerts as pure functions: what is usual, tails, quiet hours, routes, budgets, words that stand out."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.alert import AlertKind, AlertRule, AtMost, DayNumbers, QuietHours, Route, Severity, Tail
from bot.watch.backtest import backtest, by_chance
from bot.watch.baseline import BASELINE, GUARD, REACH, forecasts
from bot.watch.judging import judge
from bot.watch.many import largest_discovery
from bot.watch.quiet import held_until
from bot.watch.routes import channels_for
from bot.watch.tails import bounds, lower, upper
from bot.watch.terms import telling_terms
from tests.support.budgets import days_over
from tests.support.counts import examples

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 1, 5)
DAY = timedelta(days=1)
NIGHT = QuietHours(time(22), time(7))


def days(counts: list[int | None], *, last_whole: bool = True) -> tuple[DayNumbers, ...]:
    return tuple(
        DayNumbers(FIRST + place * DAY, count, whole=last_whole or place < len(counts) - 1)
        for place, count in enumerate(counts)
    )


def test_the_forecast_of_a_steady_week_is_that_week() -> None:
    week = [10.0, 12, 11, 9, 8, 3, 2]
    counts = np.array(week * 20)
    found = forecasts(counts)
    for place in range(REACH, len(counts)):
        assert found.dispersion[place] == 1
        drawn = week[place % 7] * 8 / 12 + np.mean(week) * 4 / 12  # eight days of it, four as if usual
        assert found.mean[place] == pytest.approx(drawn, rel=0.1)


def test_the_three_days_before_and_the_day_itself_do_not_hide_a_spike() -> None:
    quiet = np.full(BASELINE + 20, 6.0)
    loud = quiet.copy()
    loud[-1 - GUARD :] = 900
    assert forecasts(loud).mean[-1] == forecasts(quiet).mean[-1]


def test_an_old_spike_is_weighed_down() -> None:
    counts = np.array([5.0, 6, 4, 5, 7, 5, 4] * 10)
    once = counts.copy()
    once[30] = 500
    assert forecasts(once).mean[-1] < 3 * forecasts(counts).mean[-1]


def test_missing_days_are_missing_and_never_zero() -> None:
    counts: list[int | None] = [6, 5, 7, 6, 5, 6, 7] * 10
    holes = [None if place % 3 == 0 and place < 66 else count for place, count in enumerate(counts)]
    found, full = judge(AlertKind.SPIKE, days(holes))[-1], judge(AlertKind.SPIKE, days(counts))[-1]
    assert found is not None
    assert full is not None
    assert found.expected == pytest.approx(full.expected, rel=0.1)
    assert judge(AlertKind.SILENCE, days([*counts, None]))[-1] is None


def test_fewer_than_28_covered_days_are_not_judged() -> None:
    learning: list[int | None] = [5] * (28 + GUARD)
    assert judge(AlertKind.SPIKE, days([*learning[:-1], 99]))[-1] is None
    assert judge(AlertKind.SPIKE, days([*learning, 99]))[-1] is not None


def test_a_day_that_is_not_over_is_no_silence() -> None:
    counts: list[int | None] = [20] * 70
    assert judge(AlertKind.SILENCE, days([*counts, 0], last_whole=False))[-1] is None
    whole = judge(AlertKind.SILENCE, days([*counts, 0]))[-1]
    assert whole is not None
    assert (whole.p or 1) < 1e-6


def test_less_than_five_is_never_too_much_and_a_week_of_few_is() -> None:
    counts: list[int | None] = [0] * 70
    four = judge(AlertKind.SPIKE, days([*counts, 4]))[-1]
    assert four is not None
    assert four.p == 1
    slow = judge(AlertKind.SPIKE, days([*counts, 3, 0, 2, 2, 0, 3, 3]))[-1]
    assert slow is not None
    assert (slow.tail, slow.count, slow.days) == (Tail.WEEK, 13, 7)
    assert (slow.p or 1) < 0.005


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 10**6)), max_size=150), st.sampled_from(list(AlertKind)[:3]))
def test_every_series_is_judged_with_probabilities(counts: list[int | None], kind: AlertKind) -> None:
    judged = judge(kind, days(counts))
    assert len(judged) == len(counts)
    for day, one in zip(days(counts), judged, strict=True):
        if one is not None:
            assert day.count is not None
            assert 0 <= (one.p if one.p is not None else -1) <= 1


@settings(max_examples=examples(100), deadline=None)
@given(st.floats(0.01, 1e4), st.floats(1, 50), st.integers(0, 30_000))
def test_the_two_tails_share_the_count_itself(mean: float, scatter: float, count: int) -> None:
    one, m, v = np.array([float(count)]), np.array([mean]), np.array([mean * scatter])
    assert 1 - 1e-6 <= upper(one, m, v)[0] + lower(one, m, v)[0] <= 2
    low, high = bounds(mean, mean * scatter)
    assert 0 <= low <= high


def test_the_more_a_running_count_grows_the_less_probable_it_is() -> None:
    history: list[int | None] = [5, 6, 4, 7, 5, 6, 5] * 10
    found = [judge(AlertKind.SPIKE, days([*history, count], last_whole=False))[-1] for count in range(5, 40, 5)]
    chances = [one.p for one in found if one is not None and one.p is not None]
    assert chances == sorted(chances, reverse=True)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-12T22:00", "2026-03-13T07:00"),
        ("2026-03-12T21:59", None),
        ("2026-03-13T06:59", "2026-03-13T07:00"),
        ("2026-03-13T07:00", None),
        ("2026-03-28T23:30", "2026-03-29T07:00"),  # the night that lacks an hour
        ("2026-10-24T23:30", "2026-10-25T07:00"),  # the night that has one twice
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(now: str, until: str | None) -> None:
    found = held_until(datetime.fromisoformat(now).replace(tzinfo=BERLIN).astimezone(UTC), NIGHT, BERLIN)
    assert (found and f"{found.astimezone(BERLIN):%Y-%m-%dT%H:%M}") == until


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_once() -> None:
    night = QuietHours(time(22), time(2, 30))
    first, second = datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert held_until(first, night, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert held_until(second, night, BERLIN) is None


def test_quiet_hours_that_end_in_the_hour_that_is_skipped_end_after_it() -> None:
    found = held_until(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), QuietHours(time(22), time(2, 30)), BERLIN)
    assert found == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(0, 365 * 24 * 60), st.times(), st.times())
def test_a_delivery_is_never_held_for_a_day_and_an_hour(minutes: int, start: time, end: time) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    held = held_until(moment, QuietHours(start, end), BERLIN)
    assert held is None or moment < held <= moment + timedelta(hours=25)


def test_the_first_route_decides_even_when_it_names_nobody() -> None:
    rule = AlertRule("a", AlertKind.SPIKE, channels=("own",))
    routes = (
        Route((), subject="rival"),
        Route(("boss",), kind=AlertKind.SPIKE, min_severity=Severity.HIGH),
        Route(("other",), alert="b"),
    )
    assert channels_for(rule, "rival", Severity.HIGH, routes) == ()
    assert channels_for(rule, "crumb", Severity.HIGH, routes) == ("boss",)
    assert channels_for(rule, "crumb", Severity.MEDIUM, routes) == ("own",)


def test_of_many_series_only_what_holds_among_all_is_an_alarm() -> None:
    assert largest_discovery([0.004]) == 0.004
    assert largest_discovery([0.004, *[0.5] * 49]) == 0
    assert largest_discovery([0.0005, 0.0019, *[0.5] * 48]) == 0.0019
    assert largest_discovery([]) == 0


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_by_its_own_history_a_budget_is_kept_in_every_stretch(times: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts: list[int | None] = [int(count) for count in rng.negative_binomial(1, 1 / 6, 250)]
    rule = AlertRule("a", AlertKind.SPIKE, p=0.02, at_most=AtMost(times, 30, f"{times}/month"))
    found = backtest(rule, days(counts))
    assert days_over(found.fired, AtMost(times, 30, "")) == 0
    assert found.p <= 0.02


def test_what_chance_gives_grows_with_the_threshold() -> None:
    assert by_chance(0.005) == pytest.approx(3.7)
    assert by_chance(0.0001) < by_chance(0.001) < by_chance(0.003) < by_chance(0.02) < by_chance(0.05)


def test_the_words_that_stand_out_are_those_that_are_new() -> None:
    usual = ["the shop has truffles and a queue", "truffles are the best", "the queue in the shop"] * 20
    now = ["the shop is closing on sunday", "closing sunday, the shop says", "no truffles: closing", "moonlight"] * 2
    assert telling_terms(now, usual, ["Velvet Crumb"], 3) == ("closing", "sunday")
    assert telling_terms([], usual, [], 3) == ()
    assert telling_terms(["one two three"] * 3, [], ["two"], 9) == ()


def test_texts_that_are_all_different_words_take_no_longer_than_others() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    flood = [" ".join(f"{one}{two}{three}" for two in letters for three in letters) for one in letters[:20]] * 2
    began = process_time()
    telling_terms(flood, [], [], 5)
    assert process_time() - began < 1  # with the square of the words it was 4, and 400 of ten times the words
