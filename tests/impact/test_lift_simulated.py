"""Lifts and shares of voice on simulated series: what their intervals cover; long counts with HEARD_FULL."""

from __future__ import annotations

import pytest

from bot.rates import Rate
from tests.accuracy import lift, voice
from tests.support.counts import FULL

SERIES = 1500 if FULL else 30
FITTED = 200 if FULL else 5
TRIED = 200 if FULL else 5
WINDOWS = 300 if FULL else 8
LEAST, MOST = 0.93, 0.98
MISS = 0.005


def _reaches(rate: Rate, least: float) -> bool:
    """In the full run the figure itself, in a sample the end of its interval."""
    return (rate.value if FULL else rate.high) >= least - MISS


def _keeps_under(rate: Rate, most: float) -> bool:
    return (rate.value if FULL else rate.low) <= most + MISS


@pytest.mark.parametrize("setting", lift.SETTINGS if FULL else lift.SETTINGS[1::3], ids=lambda one: one.name)
@pytest.mark.parametrize("planted", [1.0, lift.PLANTED])
def test_the_interval_against_a_control_holds_the_truth_as_often_as_it_says(
    setting: lift.Setting, planted: float
) -> None:
    found = lift.judged(setting, SERIES, planted)
    assert found.judged == SERIES
    assert _reaches(found.covered, LEAST)
    assert _keeps_under(found.covered, MOST)


@pytest.mark.parametrize("setting", [lift.SETTINGS[1], lift.SETTINGS[-1]][: 2 if FULL else 1], ids=lambda one: one.name)
def test_a_lift_of_three_tenths_is_mostly_found_and_none_seldom(setting: lift.Setting) -> None:
    assert _reaches(lift.judged(setting, SERIES, lift.PLANTED).told, 0.6)
    assert _keeps_under(lift.judged(setting, SERIES).told, 0.07)


@pytest.mark.parametrize("setting", lift.SETTINGS if FULL else lift.SETTINGS[-1:], ids=lambda one: one.name)
def test_placebo_dates_seldom_show_a_lift(setting: lift.Setting) -> None:
    share, _ = lift.placebos(setting, TRIED)
    assert share <= (0.07 if FULL else 0.15)


@pytest.mark.parametrize("setting", lift.SETTINGS if FULL else lift.SETTINGS[1:2], ids=lambda one: one.name)
def test_without_a_control_the_interval_is_wide_enough(setting: lift.Setting) -> None:
    found = lift.judged(setting, FITTED, controlled=False)
    assert found.judged >= 0.9 * FITTED
    assert _reaches(found.covered, 0.9)


@pytest.mark.parametrize("setting", voice.SETTINGS if FULL else voice.SETTINGS[2:3], ids=lambda one: one.name)
def test_shares_hold_the_truth_when_stories_come_in_bursts(setting: voice.Setting) -> None:
    shares, change, _ = voice.covered(setting, WINDOWS, 7)
    assert shares is not None
    assert change is not None
    assert _reaches(shares, LEAST)
    assert _reaches(change, LEAST)
