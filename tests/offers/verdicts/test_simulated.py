"""The promises of verdicts, on simulated campaigns: measurement §8.3 and §8.4, whose tables these reproduce."""

from __future__ import annotations

import pytest

from tests.accuracy.verdicts import (
    ALIKE,
    PROGRAMMES_OF,
    UNLIKE,
    Setting,
    looked_at_daily,
    programme,
    promised_and_found,
    ratio_covers,
    sequence_misses,
)
from tests.support.counts import FULL

CAMPAIGNS = 2000 if FULL else 300
PROGRAMMES = 2000 if FULL else 80
TARGET_MISS = 0.005
"""A figure this close to its target counts as met; in the short run its interval must reach the target."""


def at_most(rate, most: float) -> bool:
    return (rate.value if FULL else rate.low) <= most + TARGET_MISS


def at_least(rate, least: float) -> bool:
    return (rate.value if FULL else rate.high) >= least - TARGET_MISS


@pytest.mark.parametrize("setting", ALIKE, ids=lambda setting: setting.name)
def test_offers_that_work_alike_are_told_apart_at_most_as_often_as_is_said(setting: Setting) -> None:
    assert at_most(looked_at_daily(setting, CAMPAIGNS).share, 0.04)


@pytest.mark.parametrize(
    ("setting", "share", "median"),
    list(zip(UNLIKE, (1.0, 1.0, 1.0, 0.84, 0.38, 0.99), (29, 45, 12, 84, None, 54), strict=True)),
    ids=lambda value: getattr(value, "name", None),
)
def test_differences_are_found_as_often_and_as_soon_as_is_said(setting: Setting, share: float, median) -> None:
    found = looked_at_daily(setting, CAMPAIGNS)
    assert abs(found.share.value - share) <= (0.03 if FULL else 0.1)
    assert median is None or abs(found.median - median) <= max(2, 0.05 * median) * (1 if FULL else 2.5)


@pytest.mark.parametrize("setting", [*ALIKE[:3], *UNLIKE[:4]], ids=lambda setting: setting.name)
def test_the_interval_of_the_difference_holds_on_every_day_at_once(setting: Setting) -> None:
    assert at_most(sequence_misses(setting, CAMPAIGNS), 0.05)


@pytest.mark.parametrize("setting", [*ALIKE[:2], *UNLIKE[:4]], ids=lambda setting: setting.name)
def test_the_ratio_at_the_planned_end_covers_the_truth(setting: Setting) -> None:
    assert at_least(ratio_covers(setting, CAMPAIGNS), 0.93)


@pytest.mark.parametrize(
    ("rate", "size", "days"), [(2, None, 74), (2, None, 30), (10, None, 20), (10, 5, 60), (5, 2, 90)]
)
def test_what_the_planner_promises_is_found(rate: float, size: float | None, days: int) -> None:
    promised, found = promised_and_found(rate, size, days, CAMPAIGNS)
    assert found.low <= promised.high
    assert found.high >= promised.low


@pytest.mark.parametrize(
    ("name", "never", "net"),
    list(zip(PROGRAMMES_OF, (287, 232, 7, -254, -125), (287, 227, 8, -55, -17), strict=True)),
)
def test_the_rule_keeps_what_pays_and_stops_what_does_not(name: str, never: float, net: float) -> None:
    found = programme(name, PROGRAMMES, draws=1000 if FULL else 400)
    near = 8 if FULL else 30
    assert abs(found.net_never - never) <= near + 3
    assert abs(found.net - net) <= near
    if name.startswith("good"):
        assert at_most(found.stopped, 0.0)
    if name.startswith("slow"):
        assert at_most(found.stopped, 0.05)
    if name.startswith("bad"):
        assert found.by_42 >= (0.70 if FULL else 0.6)
        assert found.by_70 >= (0.90 if FULL else 0.85)
    if name.startswith("decaying"):
        assert found.stopped.value > 0.97
