"""The formulas themselves, against published figures and against definitions written out."""

from __future__ import annotations

import math
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from bot.errors import ConfigError
from bot.offers.verdicts.confidence import FROM, half_widths, sequence
from bot.offers.verdicts.endplan import dispersion, rate_ratio, report, share_difference
from bot.offers.verdicts.eprocess import BETS, log_evidence, settled_at, threshold
from bot.offers.verdicts.netting import Money, forecast
from bot.offers.verdicts.power import plan
from bot.offers.verdicts.trend import fit


def test_the_evidence_is_the_mean_over_both_sides_of_every_bet() -> None:
    differences = np.array([3.0, -1, 0, 2, 5, -2])
    expected = [
        np.mean([np.prod(np.exp(bet * differences[:n]) / np.cosh(bet * differences[:n]))
                 for bet in (*BETS, *(-bet for bet in BETS))])
        for n in range(1, 7)
    ]  # fmt: skip
    assert np.exp(log_evidence(differences)) == pytest.approx(expected)


@given(st.lists(st.integers(-10_000_000, 10_000_000), min_size=1, max_size=60))
def test_evidence_is_a_number_whatever_came_and_the_same_for_either_side(daily: list[int]) -> None:
    differences = np.array(daily, dtype=float)
    evidence = log_evidence(differences)
    assert np.isfinite(evidence).all()
    assert evidence == pytest.approx(log_evidence(-differences))


def test_days_without_a_difference_are_no_evidence() -> None:
    assert log_evidence(np.zeros(400)) == pytest.approx(0.0)
    assert settled_at(np.zeros(400)) == 0


def test_more_pairs_need_more_evidence() -> None:
    differences = np.full(60, 2.0)
    assert [threshold(pairs) for pairs in (1, 3)] == [20, 60]
    assert 0 < settled_at(differences, 1) < settled_at(differences, 45)


def test_the_interval_of_the_difference_has_the_published_widths() -> None:
    rng = np.random.default_rng(1)
    widths = half_widths((rng.poisson(3, (500, 180)) - rng.poisson(2, (500, 180))).astype(float)).mean(axis=0)
    assert (widths[59], widths[179]) == (pytest.approx(0.87, abs=0.02), pytest.approx(0.51, abs=0.02))


@pytest.mark.parametrize("offset", [0, 1e8])
def test_the_interval_of_the_difference_is_the_formulas_however_large_the_difference(offset: float) -> None:
    days = [3, -1, 4, 1, -5, 9, 2, -6, 5, 3, 5, -8, 9, 7]
    t, rho = 14, (-2 * math.log(0.05) + math.log(1 - 2 * math.log(0.05))) / 90
    half = stdev(days) * math.sqrt(2 * (t * rho + 1) / (t**2 * rho) * math.log(math.sqrt(t * rho + 1) / 0.05))
    found = sequence(np.array(days) + offset)
    assert found is not None
    assert (found.value - offset, found.high - offset) == pytest.approx((fmean(days), fmean(days) + half), abs=1e-5)


def test_there_is_no_interval_before_day_14_nor_where_nothing_varies() -> None:
    rng = np.random.default_rng(1)
    assert sequence(rng.normal(size=FROM - 1)) is None
    assert sequence(np.ones(50)) is None
    found = sequence(rng.normal(size=FROM), days_in_block=2)
    assert found is not None
    assert found.low < found.value < found.high


def test_61_against_41_in_30_days_is_suggestive() -> None:
    daily = np.full(30, 0.0)
    a, b = daily + 2, daily + 1
    a[0], b[:11] = 3, 2
    found = report(a, b, (22, 61), (9, 41))
    assert (found.a, found.b, found.days) == (61, 41, 30)
    assert found.ratio is not None
    assert (round(found.ratio.value, 2), round(found.ratio.low, 3), round(found.ratio.high, 2)) == (1.49, 1.004, 2.20)
    assert found.e_test == pytest.approx(0.048, abs=0.0005)
    assert found.exact == pytest.approx(0.059, abs=0.0005)
    assert found.new_share is not None
    assert [round(100 * end) for end in (found.new_share.value, found.new_share.low, found.new_share.high)] == [
        14,
        -4,
        30,
    ]


def test_one_report_has_no_tests_where_days_vary_more_than_chance() -> None:
    a, b = np.array([0.0, 9, 0, 9, 1, 8] * 5), np.array([0.0, 4, 1, 6, 0, 3] * 5)
    found = report(a, b, (0, 0), (0, 0))
    plain = rate_ratio(found.a, 30, found.b, 30)
    assert found.dispersion > 1.2
    assert (found.e_test, found.exact, found.new_share) == (None, None, None)
    assert found.ratio is not None
    assert plain is not None
    grown = math.log(found.ratio.high / found.ratio.low) / math.log(plain.high / plain.low)
    assert grown == pytest.approx(math.sqrt(found.dispersion), rel=0.05)


def test_a_ratio_without_any_redemption_is_unknown_and_over_none_has_no_upper_end() -> None:
    assert rate_ratio(0, 30, 0, 30) is None
    over_none, none_over = rate_ratio(5, 30, 0, 30), rate_ratio(0, 30, 5, 30)
    assert over_none is not None
    assert none_over is not None
    assert (over_none.value, over_none.high) == (math.inf, math.inf)
    assert (none_over.value, none_over.low) == (0, 0)
    assert none_over.high == pytest.approx(1 / over_none.low)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(1, 400), st.floats(1, 400))
def test_a_ratio_turned_around_has_its_interval_turned_around(a: int, b: int, days: float, others: float) -> None:
    one, other = rate_ratio(a, days, b, others), rate_ratio(b, others, a, days)
    assert (one is None) == (other is None)
    if one and other:
        assert one.low <= one.value <= one.high
        if a and b:
            assert (one.low, one.high) == (pytest.approx(1 / other.high), pytest.approx(1 / other.low))


@pytest.mark.parametrize(("mean_a", "mean_b"), [(5, 5), (20, 10), (60, 60)])
def test_the_ratio_covers_in_exact_arithmetic(mean_a: float, mean_b: float) -> None:
    counts = [
        np.arange(int(poisson.ppf(1e-4, mean)), int(poisson.ppf(1 - 1e-4, mean)) + 1) for mean in (mean_a, mean_b)
    ]
    chances = np.outer(*(poisson.pmf(count, mean) for count, mean in zip(counts, (mean_a, mean_b), strict=True)))
    found = [[rate_ratio(int(a), 30, int(b), 30) for b in counts[1]] for a in counts[0]]
    holds = [[one is None or one.low <= mean_a / mean_b <= one.high for one in row] for row in found]
    assert 0.93 <= float((chances * np.array(holds)).sum()) <= 0.975


def test_shares_differ_by_newcombes_interval() -> None:
    found = share_difference((56, 70), (48, 80))  # Newcombe 1998, example (a), method 10
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)


def test_dispersion_is_one_where_nothing_is_known() -> None:
    assert dispersion(np.zeros(30), np.array([])) == 1
    assert dispersion(np.array([3.0])) == 1
    rng = np.random.default_rng(4)
    assert dispersion(rng.poisson(4, 2000).astype(float)) == pytest.approx(1, abs=0.1)


def test_a_plan_is_always_the_same_and_more_time_finds_more() -> None:
    few, many = (plan(rate=2, lift=1.5, days=days, runs=150) for days in (20, 120))
    assert few == plan(rate=2, lift=1.5, days=20, runs=150)
    assert few.found.value < many.found.value
    assert few.days_needed == many.days_needed
    assert few.detectable is not None
    assert many.detectable is not None
    assert few.detectable > 1.5 > many.detectable


def test_a_plan_with_more_offers_or_more_spread_takes_longer() -> None:
    usual, several, spread = (
        plan(rate=3, lift=1.5, runs=150, **more).days_needed or 999 for more in ({}, {"arms": 5}, {"dispersion": 1.0})
    )
    assert usual < several
    assert usual < spread


def test_a_plan_says_where_no_time_is_enough() -> None:
    found = plan(rate=0.05, lift=1.1, days=10, runs=200)
    assert (found.days_needed, found.detectable) == (None, None)
    assert any("not even ten times" in line for line in found.sentences)
    assert any("is not reached within 365 days" in line for line in found.sentences)


def test_a_smaller_offer_can_be_planned_for_too() -> None:
    assert (plan(rate=4, lift=0.5, runs=200).days_needed or 0) < 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": 0}, {"rate": -1}, {"rate": math.nan}, {"rate": math.inf}, {"rate": 1e9}, {"lift": 1}, {"lift": 0},
        {"lift": math.nan}, {"lift": 11}, {"days": 0}, {"days": 10**9}, {"power": 0}, {"power": 1}, {"power": math.nan},
        {"dispersion": 0}, {"dispersion": math.nan}, {"arms": 1}, {"arms": 10**6},
    ],
)  # fmt: skip
def test_a_plan_without_sense_is_refused(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        plan(**{"rate": 2, "lift": 1.5} | wrong)


@given(st.lists(st.integers(0, 5000), min_size=3, max_size=200))
def test_a_trend_is_finite_whatever_came(counts: list[int]) -> None:
    trend = fit(np.array(counts, dtype=float), np.arange(len(counts), dtype=float))
    totals = trend.draw_totals(len(counts), 100, 50, np.random.default_rng(1))
    assert np.isfinite([trend.level, trend.slope, trend.level_variance, trend.slope_variance]).all()
    assert (totals >= 0).all()
    assert 0 <= trend.falling() <= 1


def test_a_trend_finds_its_slope_with_days_missing() -> None:
    rng = np.random.default_rng(2)
    day = np.array([number for number in range(120) if number % 7], dtype=float)
    trend = fit(rng.poisson(5 * np.exp(-0.01 * day)).astype(float), day)
    assert float(trend.slope) == pytest.approx(-0.01, abs=3 * math.sqrt(float(trend.slope_variance)))
    assert trend.falling() > 0.99


@pytest.mark.parametrize(("attached", "share"), [(0, 1 / 304), (75, 76 / 304), (300, 301 / 304)])
def test_the_forecast_is_what_rate_share_and_prices_make(attached: int, share: float) -> None:
    trend = fit(np.full(60, 5.0), np.arange(60.0))
    prices = Money(margin=6.0, unit_cost=0.8, fixed_cost_per_day=1.0)
    net = forecast(trend, np.array(attached), np.array(300), prices, (60, 28), np.random.default_rng(1))
    redeemed = 28 * 5.0
    assert np.median(net) == pytest.approx(6 * share * redeemed - 0.8 * redeemed - 28, abs=0.03 * redeemed)
