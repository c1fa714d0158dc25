from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest import figures


@pytest.mark.parametrize(
    ("value", "low", "high", "rounded"),
    [(2.0333, 1.58, 2.61, 2.0), (0.28333, 0.21, 0.37, 0.28), (23862, 18000, 31633, 24000), (0.2041, None, None, 0.2)],
)
def test_a_figure_keeps_two_digits_of_its_intervals_width(
    value: float, low: float | None, high: float | None, rounded: float
) -> None:
    assert figures.to_interval(value, low, high) == rounded


def test_unknown_stays_unknown_and_zero_has_no_sign() -> None:
    assert figures.to_interval(None, 1, 2) is None
    assert str(figures.to_interval(-0.001, -0.5, 0.5)) == "0.0"


def test_an_interval_without_width_does_no_harm() -> None:
    assert figures.to_interval(1.239, 1.0, 1.0) == 1.24


def test_shares_are_never_rounded_up_to_all() -> None:
    assert figures.percent(0.9999) == "99 %"
    assert figures.percent(1.0) == "100 %"
    assert figures.percent(0.29) == "29 %"
    assert (figures.percent(0.004), figures.percent(0.0)) == ("under 1 %", "0 %")


def test_figures_read_as_people_write_them() -> None:
    assert figures.count(12345) == "12,345"
    assert figures.about(16_666.7) == "17,000"
    assert figures.about(0.4) == "under 1"
    assert figures.about(0) == "0"
    assert figures.signed(-3.94) == "−3.9"
    assert figures.signed(2.66) == "+2.7"
    assert figures.signed(-0.01) == "0.0"
    assert figures.dollars(0.004) == "under $0.01"
    assert figures.dollars(1234.5) == "$1,234.50"
    assert figures.percent_between(34 / 120, 0.21, 0.37) == "28 % [21, 37]"
    assert figures.duration(timedelta(minutes=200)) == "3 h 20 min"
    assert figures.duration(timedelta(days=2, hours=4, minutes=5)) == "2 d 4 h"
    assert figures.duration(timedelta(seconds=5)) == "1 min"


@given(st.floats(10, 1e12))
def test_about_is_within_five_percent(value: float) -> None:
    assert float(figures.about(value).replace(",", "")) == pytest.approx(value, rel=0.051)
