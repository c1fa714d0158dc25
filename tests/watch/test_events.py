"""From alarms to alerts, number by number: what is one event, how grave it is, when it is told, and what a back-test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from bot.model.alert import Alert, AlertKind, AlertRule, AtMost, DayNumbers, Judged, Severity, Tail
from bot.watch.backtest import backtest, by_chance, firings, is_alarm, threshold_of
from bot.watch.baseline import REACH
from bot.watch.events import alert_id, first_day, has_grown, severity_of, size_of, to_tell
from bot.watch.judging import judge
from bot.watch.tails import bounds, lower, upper
from tests.support.budgets import days_over
from tests.support.counts import FULL

DAY = timedelta(days=1)
FIRST = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
RULE = AlertRule("loud", AlertKind.SPIKE)


def alarm(
    place: int, p: float = 1e-3, count: int = 20, expected: float = 10.0, tail: Tail = Tail.UPPER, days: int = 1
) -> Judged:
    return Judged(FIRST + place * DAY, tail, count, expected, p=p, days=days)


def alert(first: int, last: int | None = None, size: int = 20, **more: object) -> Alert:
    day = FIRST + first * DAY
    found = Alert(
        alert_id("loud", "crumb", day.isoformat()), "loud", AlertKind.SPIKE, "crumb", day.isoformat(), day,
        day if last is None else FIRST + last * DAY, Severity.LOW, size, size, NOON, NOON,
    )  # fmt: skip
    return replace(found, **more)  # type: ignore[arg-type]


def series(counts: Sequence[int | None]) -> tuple[DayNumbers, ...]:
    return tuple(DayNumbers(FIRST + place * DAY, count) for place, count in enumerate(counts))


def test_tails_are_those_of_the_textbook() -> None:
    count, mean = np.array([12.0]), np.array([5.0])
    assert upper(count, mean, mean)[0] == pytest.approx(poisson.pmf(np.arange(12, 200), 5).sum())
    assert lower(count, mean, mean)[0] == pytest.approx(poisson.pmf(np.arange(13), 5).sum())
    size = 5**2 / (15 - 5)  # variance = mean + mean² / size
    chances = nbinom.pmf(np.arange(400), size, size / (size + 5))
    assert upper(count, mean, np.array([15.0]))[0] == pytest.approx(chances[12:].sum())
    assert lower(count, mean, np.array([15.0]))[0] == pytest.approx(chances[:13].sum())
    low, high = bounds(5, 15)
    assert chances[: low + 1].sum() >= 0.025 > chances[:low].sum()
    assert chances[: high + 1].sum() >= 0.975 > chances[:high].sum()


def test_what_is_not_known_has_no_tail() -> None:
    unknown, known = np.array([np.nan, 3.0]), np.array([4.0, np.nan])
    assert np.isnan(upper(unknown, known, known)).all()
    assert np.isnan(lower(unknown, known, known)).all()


@pytest.mark.parametrize(
    ("day", "first"), [(4, 3), (3, 3), (2, 3), (6, 3), (7, 7), (1, 1)], ids=lambda place: f"day {place}"
)
def test_an_alarm_next_to_an_event_belongs_to_it(day: int, first: int) -> None:
    assert first_day(alarm(day), [alert(3, 5)]) == FIRST + first * DAY


def test_a_silence_begins_where_its_days_do_and_its_size_is_days() -> None:
    gap = alarm(6, tail=Tail.GAP, days=4, count=0)
    assert first_day(gap, []) == FIRST + 3 * DAY
    assert size_of(gap, FIRST + 3 * DAY) == 4
    assert size_of(alarm(6, tail=Tail.LOWER, count=1), FIRST + 6 * DAY) == 1
    assert size_of(alarm(6, count=33), FIRST) == 33


@pytest.mark.parametrize(
    ("p", "ratio", "severity"),
    [
        (9e-7, 3.0, Severity.HIGH),
        (9e-7, 2.9, Severity.MEDIUM),
        (1e-6, 3.0, Severity.MEDIUM),
        (9e-5, 5.0, Severity.HIGH),
        (9e-5, 4.9, Severity.MEDIUM),
        (1e-4, 5.0, Severity.MEDIUM),
        (1e-4, 3.0, Severity.MEDIUM),
        (1e-4, 2.9, Severity.LOW),
    ],
)
def test_how_grave_it_is_takes_both_the_chance_and_the_size(p: float, ratio: float, severity: Severity) -> None:
    assert severity_of(alarm(0, p, int(ratio * 10), 10.0)) is severity


@pytest.mark.parametrize(
    ("p", "days", "severity"),
    [(9e-7, 1, Severity.HIGH), (1e-6, 2, Severity.MEDIUM), (1e-4, 2, Severity.LOW), (1e-4, 3, Severity.HIGH)],
)
def test_how_grave_a_silence_is_takes_the_chance_or_its_length(p: float, days: int, severity: Severity) -> None:
    assert severity_of(alarm(0, p, 0, 6.0, Tail.GAP, days)) is severity


def test_what_expects_nothing_has_no_ratio_to_it() -> None:
    assert severity_of(alarm(0, 1e-3, 9, 0.0)) is Severity.LOW
    assert severity_of(replace(alarm(0), p=None)) is Severity.LOW


@pytest.mark.parametrize(
    ("kind", "told", "size", "again"),
    [
        (AlertKind.SPIKE, 10, 14, False),
        (AlertKind.SPIKE, 10, 15, True),
        (AlertKind.SPIKE, 8, 12, False),
        (AlertKind.SPIKE, 8, 13, True),
        (AlertKind.SILENCE, 1, 2, False),
        (AlertKind.SILENCE, 1, 3, True),
        (AlertKind.SILENCE, 4, 7, False),
        (AlertKind.SILENCE, 4, 8, True),
        (AlertKind.CODE_LEAK, 1, 1, False),
        (AlertKind.CODE_LEAK, 1, 2, True),
    ],
)
def test_an_event_is_told_again_when_it_has_grown_a_great_deal(
    kind: AlertKind, told: int, size: int, *, again: bool
) -> None:
    assert has_grown(alert(0, size=size, kind=kind, told_size=told)) is again
    assert has_grown(alert(0, size=size, kind=kind))


def test_nothing_is_told_within_the_cooldown_of_what_was_told() -> None:
    new = [alert(0)]
    assert to_tell(new, RULE, NOON, None) == tuple(new)
    assert to_tell(new, RULE, NOON, NOON) == ()
    assert to_tell(new, RULE, NOON + DAY - timedelta(seconds=1), NOON) == ()
    assert to_tell(new, RULE, NOON + DAY, NOON) == tuple(new)
    assert to_tell(new, RULE, NOON, NOON + DAY) == tuple(new), "a clock that was put back"


@pytest.mark.parametrize(
    ("alarms", "cooldown", "fired"),
    [
        ([0, 1, 2, 5], 1, [0, 5]),
        ([0, 2, 4], 2, [0, 2, 4]),
        ([0, 2, 4], 3, [0, 4]),
        ([0, 2, 3, 4], 3, [0]),
        ([], 1, []),
    ],
)
def test_a_run_of_alarms_fires_once_and_not_within_the_cooldown(
    alarms: list[int], cooldown: int, fired: list[int]
) -> None:
    judged = [alarm(place, 0.004 if place in alarms else 0.005) for place in range(7)]
    assert [(one.day - FIRST).days for one in firings(judged, 0.005, cooldown * DAY)] == fired


def test_each_day_that_has_a_leak_or_a_contradiction_fires_though_it_follows_another() -> None:
    judged = judge(AlertKind.CONTRARY_MESSAGE, series([1, 2, 0, 1, None]))
    assert [(one.day - FIRST).days for one in firings(judged, 0.005, DAY)] == [0, 1, 3]
    assert not is_alarm(None, 0.5)
    assert not is_alarm(alarm(0, 0.005), 0.005), "as probable as the threshold is not less"


def test_a_budget_takes_the_largest_threshold_that_keeps_it() -> None:
    judged = [None if place % 3 else alarm(place, 0.001 * (1 + place // 3)) for place in range(12)]
    budget = replace(RULE, p=0.02, at_most=AtMost(2, 7, "2/week"))
    threshold = threshold_of(budget, judged)
    assert threshold == 0.003, "three of the four came within a week of each other"
    fired = [one.day for one in firings(judged, threshold, DAY)]
    assert days_over(fired, AtMost(2, 7, "")) == 0
    assert len(fired) == 2
    assert threshold_of(replace(budget, at_most=AtMost(3, 7, "3/week")), judged) == 0.02, "the rule's own is enough"
    assert days_over([FIRST, FIRST + 6 * DAY], AtMost(1, 7, "")) == 1
    assert days_over([FIRST, FIRST + 7 * DAY], AtMost(1, 7, "")) == 0
    week_apart = [alarm(place, 0.001 if place in (0, 7) else 0.5) for place in range(8)]
    assert threshold_of(replace(budget, at_most=AtMost(1, 7, "1/week")), week_apart) == 0.02, "a week apart is kept"


def test_what_chance_gives_is_what_was_measured_and_in_proportion_beyond() -> None:
    assert [by_chance(p) for p in (0.001, 0.005, 0.02)] == pytest.approx([1.1, 3.7, 10.5])
    assert by_chance(0.04) == pytest.approx(21.0)
    assert by_chance(0.0001) == pytest.approx(0.11)
    assert by_chance((0.001 * 0.005) ** 0.5) == pytest.approx((1.1 * 3.7) ** 0.5)


def test_the_days_of_a_back_test_are_told_of_and_those_before_only_held_against() -> None:
    counts: list[int | None] = [*[6, 5, 7, 6, 5, 6, 7] * 20]
    counts[20], counts[-5], counts[-9] = 500, 60, None
    found = backtest(RULE, series(counts), last=30)
    assert (found.first, found.last) == (FIRST + 110 * DAY, FIRST + 139 * DAY)
    assert (found.judged, found.missing, found.learning) == (29, 1, False)
    assert found.fired == (FIRST + 135 * DAY,)
    assert (found.by_chance, found.p) == (round(3.7 * 29 / 365, 1), 0.005)
    young = backtest(RULE, series(counts[:30]))
    assert (young.judged, young.by_chance, young.learning) == (0, None, True)


@pytest.mark.parametrize("seed", range(4 if FULL else 1))
def test_a_back_test_fires_on_the_days_on_which_people_would_have_been_told(seed: int) -> None:
    """Lived through day by day: judged when it was over, kept as an event, told when it was new."""
    rng = np.random.default_rng(seed)
    counts: list[int | None] = [int(one) for one in rng.negative_binomial(2, 0.2, 200)]
    for place in rng.choice(np.arange(70, 200), 12, replace=False):
        counts[place] = int(rng.integers(30, 90))
    for place in rng.choice(200, 15, replace=False):
        counts[place] = None
    kept: dict[date, Alert] = {}
    told: list[date] = []
    for today in range(REACH, len(counts)):
        found = judge(RULE.kind, series(counts[: today + 1]))[-1]
        if found is None or not is_alarm(found, RULE.p):
            continue
        first = first_day(found, list(kept.values()))
        if first not in kept:
            told.append(first)
        kept[first] = alert((first - FIRST).days, today)
    assert told
    assert backtest(RULE, series(counts)).fired == tuple(told)
