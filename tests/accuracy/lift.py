"""Lifts on simulated series: what their intervals cover, how often they are found where none is, and where one is.

``python -m tests.accuracy.lift`` runs the full counts and writes the table into docs/measurement.md; the tests run the
same functions on fewer series.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from bot.impact.lift import Case, Event, lift
from bot.impact.lift_series import Series
from bot.model.impact import Design, Lift
from bot.rates import Rate, wilson
from tests.accuracy.verdicts import WEEK
from tests.support.page import write_between
from tests.support.shared import ROOT

SEED = 20260301
BEFORE, AFTER = 16, 8
LONG = 78
SERIES, FITTED, TRIED = 4000, 400, 200
PLANTED = 1.3
FIRST = date(2024, 1, 1)
_MARKS = "<!-- simulated lifts -->", "<!-- end of simulated lifts -->"


@dataclass(frozen=True, slots=True)
class Setting:
    """Two daily series: ``size`` is the k of their negative binomial (None: Poisson), ``drift`` the autocorrelation and
    standard deviation, on the log scale, of a latent course that both share.
    """

    name: str
    size: float | None = 8
    drift: tuple[float, float] | None = None
    mean: float = 20.0


SETTINGS = (
    Setting("iid", size=None),
    Setting("over-dispersed"),
    Setting("AR .7 sd .2", drift=(0.7, 0.2)),
    Setting("AR .9 sd .3", drift=(0.9, 0.3)),
    Setting("AR .95 sd .4", drift=(0.95, 0.4)),
)
FEW = (
    Setting("2 a day, over-dispersed", mean=2),
    Setting("2 a day, AR .95 sd .4", drift=(0.95, 0.4), mean=2),
    Setting("5 a week, over-dispersed", mean=5 / 7),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Over many series: how often the interval held the truth, a lift was told, and the typical factor of the interval."""

    covered: Rate
    told: Rate
    factor: float
    judged: int


def pairs(setting: Setting, runs: int, planted: float, before: int = BEFORE) -> Iterator[tuple[Series, Series]]:
    """So many pairs of a series, which is ``planted`` times as high after, and its control."""
    rng = np.random.default_rng([SEED, sum(setting.name.encode()), round(planted * 100), before])
    days = (before + AFTER) * 7
    lifted = np.where(np.arange(days) >= before * 7, planted, 1.0)
    for _ in range(runs):
        course = (WEEK / WEEK.mean())[np.arange(days) % 7] * np.exp(_latent(rng, setting.drift, days))
        own, other = (_drawn(rng, setting.mean * course * part, setting.size) for part in (lifted, np.ones(days)))
        yield _series("stories", "stories about us", own), _series("stories:them", "stories about them", other)


def judged(
    setting: Setting, runs: int, planted: float = 1.0, *, controlled: bool = True, before: int = BEFORE
) -> Found:
    """How the product's own rule does on these series."""
    return _summed(
        [_judge(*pair, before, controlled=controlled) for pair in pairs(setting, runs, planted, before)], planted
    )


def placebos(setting: Setting, runs: int) -> tuple[float, Rate]:
    """With long histories: the share of placebo dates that show a lift, and how often a control is not good enough."""
    found = [_judge(*pair, LONG, controlled=True) for pair in pairs(setting, runs, 1.0, LONG)]
    tried = sum(one.placebo_dates for one in found)
    shown = sum(round((one.placebo or 0.0) * one.placebo_dates) for one in found)
    failed = sum(one.design is Design.NO_CONTROL for one in found)
    return shown / tried, wilson(failed, runs)


def looked_at_weekly(setting: Setting, runs: int) -> Rate:
    """How often a lift would be found where none is, by looking after 4, 5, 6, 7 and 8 weeks and stopping at the first."""
    found = 0
    for own, other in pairs(setting, runs, 1.0):
        found += any(_judge(own, other, BEFORE, controlled=True, weeks=weeks).found for weeks in range(4, AFTER + 1))
    return wilson(found, runs)


def table() -> Iterator[str]:
    """The table of docs/measurement.md."""
    yield (
        f"Seed {SEED}; {BEFORE} weeks before and {AFTER} after, 20 a day unless it says so, weekday cycle, a latent course "
        f"that series and control share; {SERIES:,} series a row with a control, {FITTED:,} without. Intervals are 95 % "
        "(Wilson); ×/÷ is the typical factor of a lift's own interval.\n"
    )
    yield f"| series | design | holds the truth, no lift | holds the truth, lift {PLANTED} | lift {PLANTED} is found | ×/÷ |"
    yield "|---|---|---|---|---|---|"
    for setting in (*SETTINGS, *FEW):
        yield _row(setting, "B", lambda one, planted: judged(one, SERIES, planted))
    for setting in SETTINGS:
        yield _row(setting, "C", lambda one, planted: judged(one, FITTED, planted, controlled=False))
    yield f"\n{TRIED:,} series with {LONG} weeks before and no lift:\n"
    yield "| series | placebo dates that show a lift | controls that fail the check | told by looking every week |"
    yield "|---|---|---|---|"
    for setting in SETTINGS:
        rate, failed = placebos(setting, TRIED)
        yield f"| {setting.name} | {rate:.3f} | {_share(failed)} | {_share(looked_at_weekly(setting, SERIES // 4))} |"


def _row(setting: Setting, design: str, judge: Callable[[Setting, float], Found]) -> str:
    none, planted = judge(setting, 1.0), judge(setting, PLANTED)
    shares = f"{_share(none.covered)} | {_share(planted.covered)} | {_share(planted.told)}"
    return f"| {setting.name} | {design} | {shares} | {planted.factor:.2f} |"


def _judge(own: Series, other: Series, before: int, *, controlled: bool, weeks: int = AFTER) -> Lift:
    event = Event("mailing", "Mailing", FIRST + timedelta(weeks=before), weeks)
    return lift(Case(event, own, other if controlled else None, (), own.end))


def _summed(found: list[Lift], planted: float) -> Found:
    known = [(1 + one.low, 1 + one.high) for one in found if one.low is not None and one.high is not None]
    return Found(
        covered=wilson(sum(low <= planted <= high for low, high in known), len(known)),
        told=wilson(sum(one.found for one in found), len(found)),
        factor=float(np.median([math.sqrt(high / low) for low, high in known])),
        judged=len(known),
    )


def _latent(rng: np.random.Generator, drift: tuple[float, float] | None, days: int) -> np.ndarray:
    if drift is None:
        return np.zeros(days)
    kept, deviation = drift
    course, steps = np.empty(days), rng.normal(0, deviation * math.sqrt(1 - kept**2), days)
    course[0] = rng.normal(0, deviation)
    for day in range(1, days):
        course[day] = kept * course[day - 1] + steps[day]
    return course


def _drawn(rng: np.random.Generator, mean: np.ndarray, size: float | None) -> np.ndarray:
    return rng.poisson(mean if size is None else mean * rng.gamma(size, 1 / size, mean.shape))


def _series(name: str, title: str, counts: np.ndarray) -> Series:
    return Series(name, title, "stories", FIRST, tuple(counts.astype(float).tolist()))


def _share(rate: Rate) -> str:
    return f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]"


if __name__ == "__main__":
    write_between(ROOT / "docs" / "measurement.md", *_MARKS, "\n".join(table()))
