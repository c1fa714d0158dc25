"""Alerts on made-up series with a weekday cycle: false alarms, events found, and how fast; budgets on the year after.

``python -m tests.accuracy.alerts`` runs the full counts and writes the table into docs/measurement.md; the tests run the
same functions on fewer series.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from bot.model.alert import SENSITIVITIES, AlertKind, AlertRule, AtMost, DayNumbers, Judged
from bot.watch.backtest import firings, is_alarm, threshold_of
from bot.watch.baseline import REACH, Floats
from bot.watch.judging import judge
from tests.support.budgets import days_over

MEANS, SHAPES = (1, 5, 20, 100), (2, 3, 5, 10)
DAYS = 330
SERIES = 60
EVENTS = ("spike", "silence", "negative-surge")
BUDGETS = (AtMost(2, 7, "2/week"), AtMost(1, 7, "1/week"), AtMost(1, 30, "1/month"), AtMost(1, 91, "1/quarter"))
YEAR = 365
NEGATIVE = 0.15
"""The usual share of negative stories."""
_CYCLE = np.array([1.10, 1.15, 1.15, 1.10, 1.05, 0.75, 0.70])
_FIRST = date(2025, 1, 6)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """What was measured for one mean and shape. Rates are alarms a series-year, shares are of planted events."""

    mean: float
    shape: float
    false: dict[str, float]
    silences: dict[str, float]
    surges: float
    found3: float
    found5: float


@dataclass(frozen=True, slots=True)
class Delay:
    """How long planted events took: the share called on the day itself, within three days, and ever; of ``number``."""

    event: str
    mean: float
    same_day: float
    three_days: float
    ever: float
    number: int


def usual(mean: float, days: int) -> Floats:
    """The mean of each day: a week's cycle."""
    expected: Floats = mean * (_CYCLE / _CYCLE.mean())[np.arange(days) % 7]
    return expected


def drawn(rng: np.random.Generator, mean: Floats, shape: float) -> Floats:
    """Negative binomial counts."""
    counts: Floats = rng.negative_binomial(shape, shape / (shape + mean)).astype(float)
    return counts


def days_of(counts: Floats, of: Floats | None = None) -> tuple[DayNumbers, ...]:
    """Counts as the alerts read them; NaN is missing."""
    return tuple(
        DayNumbers(
            _FIRST + place * _DAY,
            None if np.isnan(count) else int(count),
            None if of is None else int(of[place]),
        )
        for place, count in enumerate(counts)
    )


@cache
def measure(mean: float, shape: float, number: int, seed: int = 6) -> Cell:
    """One cell of the grid, from ``number`` series of :data:`DAYS` judged days each."""
    rng = np.random.default_rng([seed, int(mean * 10), int(shape * 10)])
    years = number * DAYS / YEAR
    false, silent = dict.fromkeys(SENSITIVITIES, 0), dict.fromkeys(SENSITIVITIES, 0)
    surges = found3 = found5 = 0
    for _ in range(number):
        expected = usual(mean, REACH + DAYS)
        counts = drawn(rng, expected, shape)
        much, little = _judged(AlertKind.SPIKE, counts), _judged(AlertKind.SILENCE, counts)
        for word, p in SENSITIVITIES.items():
            false[word] += len(firings(much, p, _DAY))
            silent[word] += len(firings(little, p, _DAY))
        negative = rng.binomial(counts.astype(int), NEGATIVE).astype(float)
        surges += len(firings(_judged(AlertKind.NEGATIVE_SURGE, negative, counts), 0.005, _DAY))
        places = rng.choice(np.arange(REACH, REACH + DAYS), 6, replace=False)
        found3 += sum(_found(rng, counts, expected, int(place), 3) for place in places[:3])
        found5 += sum(_found(rng, counts, expected, int(place), 5) for place in places[3:])
    per_year = {word: found / years for word, found in false.items()}
    silences = {word: found / years for word, found in silent.items()}
    return Cell(mean, shape, per_year, silences, surges / years, found3 / (3 * number), found5 / (3 * number))


def delay(event: str, mean: float, shape: float, number: int, seed: int = 7) -> Delay:
    """How soon a planted event is called at the balanced sensitivity: ``spike`` (thrice as much for a week), ``silence``
    (nothing any more), ``negative-surge`` (half of all is negative, of as many stories as ever).
    """
    rng = np.random.default_rng([seed, int(mean * 10)])
    begins, lasts = REACH + 60, 14 if event == "silence" else 7
    waits: list[int] = []
    for _ in range(number):
        expected = usual(mean, begins + lasts)
        counts = drawn(rng, expected, shape)
        planted = slice(begins, begins + lasts)
        of: Floats | None = None
        if event == "spike":
            counts[planted] += rng.poisson(2 * expected[planted])
        elif event == "silence":
            counts[planted] = 0
        else:
            of, counts = counts, rng.binomial(counts.astype(int), NEGATIVE).astype(float)
            counts[planted] = rng.binomial(of[planted].astype(int), 0.5)
        judged = judge(AlertKind(event), days_of(counts, of))[planted]
        waits += (
            [next(place for place, one in enumerate(judged) if is_alarm(one, 0.005))]
            if any(is_alarm(one, 0.005) for one in judged)
            else []
        )
    at_once, soon, ever = (sum(wait <= most for wait in waits) / number for most in (0, 2, lasts))
    return Delay(event, mean, at_once, soon, ever, number)


def held_out(budget: AtMost, number: int, seed: int = 8) -> tuple[float, float, float]:
    """A budget chosen from a year and held against the next, over bursty series that no model of ours has made.

    The alarms a stretch of the budget's length, how many more than the budget, and the mean threshold.
    """
    rng = np.random.default_rng(seed)
    fired = over = 0
    thresholds: list[float] = []
    rule = AlertRule("budget", AlertKind.SPIKE, p=SENSITIVITIES["more"], at_most=budget)
    for place in range(number):
        counts = bursty(rng, MEANS[place % len(MEANS)], REACH + 2 * YEAR)
        judged = judge(AlertKind.SPIKE, days_of(counts))
        threshold = threshold_of(rule, judged[: REACH + YEAR])
        later = [one.day for one in firings(judged[REACH + YEAR :], threshold, _DAY)]
        fired, over = fired + len(later), over + days_over(later, budget)
        thresholds.append(threshold)
    stretches = number * YEAR / budget.days
    return fired / stretches, over / stretches, float(np.mean(thresholds))


def bursty(rng: np.random.Generator, mean: float, days: int) -> Floats:
    """Counts with a slow drift and bursts that ebb away over days: what real talk looks like, and no model of ours."""
    drift = np.exp(np.cumsum(rng.normal(0, 0.02, days)) - 0.0002 * np.arange(days))
    bursts = np.zeros(days)
    for begins in np.flatnonzero(rng.random(days) < 1 / 20).tolist():
        length = min(days - begins, 6)
        bursts[begins : begins + length] += rng.exponential(3) * 0.6 ** np.arange(length)
    return drawn(rng, usual(mean, days) * drift * (1 + bursts), 5)


def table() -> Iterator[str]:
    """The tables of docs/measurement.md."""
    yield (
        f"{SERIES} series of {DAYS} days each; alarms a series-year where nothing happens, and the share of days with "
        "three and five times the usual that are called on the day (p < .005).\n\n"
        "| mean a day, k | fewer, p < .001 | balanced, p < .005 | more, p < .02 | silence, p < .005 | negatives, p < .005 "
        "| ×3 found | ×5 found |\n|---|---|---|---|---|---|---|---|"
    )
    cells = [measure(mean, shape, SERIES) for mean in MEANS for shape in SHAPES]
    for cell in cells:
        rates = (*cell.false.values(), cell.silences["balanced"], cell.surges)
        words = " | ".join(f"{rate:.1f}" for rate in rates)
        yield f"| {cell.mean:g}, {cell.shape:g} | {words} | {cell.found3:.2f} | {cell.found5:.2f} |"
    yield "\n| sensitivity | false alarms a month, mean of the grid | the most |\n|---|---|---|"
    for word, p in SENSITIVITIES.items():
        rates = tuple(cell.false[word] / 12 for cell in cells)
        yield f"| {word}, p < {p:g} | {sum(rates) / len(rates):.2f} | {max(rates):.2f} |"
    yield (
        f"\nPlanted events, {SERIES} series each, k = 5, balanced: a spike is three times the usual for a week, a silence is "
        "nothing for a fortnight, a surge is half of all negative where .15 is usual, for a week.\n\n"
        "| event | mean a day | called on its first day | by the third | at all |\n|---|---|---|---|---|"
    )
    for event in EVENTS:
        for mean in MEANS:
            found = delay(event, mean, 5, SERIES)
            yield f"| {event} | {mean} | {found.same_day:.2f} | {found.three_days:.2f} | {found.ever:.2f} |"
    yield (
        f"\nBudgets: the threshold is chosen from one year and held against the next, {SERIES} series with drift and with "
        "bursts that ebb away over days.\n\n| at_most | alarms in such a stretch | of those over budget | mean threshold |\n"
        "|---|---|---|---|"
    )
    for budget in BUDGETS:
        fired, over, threshold = held_out(budget, SERIES)
        yield f"| {budget.words} | {fired:.2f} | {over:.2f} | p < {threshold:.2g} |"


def write(page: Path) -> None:
    """Puts the tables between their marks on the page."""
    rows = "\n".join(table())
    text = page.read_text(encoding="utf-8")
    begin, end = "<!-- simulated alerts -->", "<!-- end of simulated alerts -->"
    head, rest = text.split(begin)
    page.write_text(f"{head}{begin}\n\n{rows}\n\n{end}{rest.split(end)[1]}", encoding="utf-8")


def _judged(kind: AlertKind, counts: Floats, of: Floats | None = None) -> Sequence[Judged | None]:
    return judge(kind, days_of(counts, of))[REACH:]


def _found(rng: np.random.Generator, counts: Floats, expected: Floats, place: int, times: int) -> bool:
    """Whether one more day's worth, ``times`` as much in all, is called on its day."""
    planted = counts[: place + 1].copy()
    planted[-1] += rng.poisson((times - 1) * expected[place])
    return is_alarm(judge(AlertKind.SPIKE, days_of(planted[-REACH - 8 :]))[-1], 0.005)


if __name__ == "__main__":
    write(Path(__file__).parents[2] / "docs" / "measurement.md")
