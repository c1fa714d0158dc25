"""What own posts teach: how far a method is off, and how wide its band must be."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Author, Known, Observation, ReachBasis
from bot.score.calibration import ENOUGH_POSTS, Pair, calibrations, pairs_of
from tests.score.made import NOW, mention
from tests.support.counts import examples


def posts(errors: list[float], alpha: float, method: str = "x.fol.taper") -> list[Pair]:
    return [Pair(method, 1_000.0, 1_000 * math.exp(alpha + error)) for error in errors]


def test_under_thirty_posts_the_placeholders_stand() -> None:
    assert calibrations(posts([0.1] * (ENOUGH_POSTS - 1), 0.0)) == {}
    assert calibrations([]) == {}


def test_thirty_posts_replace_them_and_one_method_teaches_nothing_of_another() -> None:
    fits = calibrations([*posts([-0.1, 0.0, 0.1] * 10, math.log(2)), *posts([0.0] * 29, 3.0, "bl.rank")])
    assert list(fits) == ["x.fol.taper"]
    fit = fits["x.fol.taper"]
    assert fit.n == 30
    assert fit.factor == pytest.approx(2)
    assert (fit.low, fit.high) == pytest.approx((2 * math.exp(-0.1), 2 * math.exp(0.1)))


def test_the_same_posts_make_the_same_fit_under_the_same_id_and_others_another() -> None:
    errors = [random.Random(place).gauss(0, 1) for place in range(40)]
    one, again = calibrations(posts(errors, 0.3)), calibrations(posts(errors[::-1], 0.3))
    assert one == again
    assert one["x.fol.taper"].id != calibrations(posts(errors[1:], 0.3))["x.fol.taper"].id


def test_a_post_gone_viral_does_not_move_the_fit() -> None:
    calm = [0.1 * (place % 3 - 1) for place in range(39)]
    assert calibrations(posts([*calm, 12.0], 0.0))["x.fol.taper"].factor == pytest.approx(1.0, abs=0.11)


@given(st.lists(st.floats(-8, 8), min_size=30, max_size=60), st.floats(-3, 3))
def test_the_figure_lies_in_its_band_and_nothing_but_the_ratios_matters(errors: list[float], alpha: float) -> None:
    fit = calibrations(posts(errors, alpha))["x.fol.taper"]
    assert 0 < fit.low <= fit.factor * (1 + 1e-12)
    assert fit.factor <= fit.high * (1 + 1e-12)


def measured(followers: int, views: float | None) -> Known:
    item = mention("text", author=Author(followers=followers), metrics={"impression_count": 77.0}).item
    if views is None:
        return Known(item)
    parts = ("views", "x:1", "X", "own", "1", "views", NOW, NOW, "UTC", views, views, views)
    return Known(item, measured=Observation(*parts, ReachBasis.MEASURED, NOW))


def test_pairs_are_the_estimates_of_posts_whose_views_were_measured_impressions_being_none() -> None:
    known = [measured(1_000, 450.0), measured(1_000, None), measured(1_000, 0.0), measured(0, 450.0)]
    assert pairs_of(known) == (Pair("x.fol.taper", 150.0, 450.0),)
    nothing = replace(known[0], item=replace(known[0].item, outlet="blog.example", author=Author()))
    assert pairs_of([nothing]) == ()


@pytest.mark.parametrize("shape", ["normal", "skewed", "heavy"])
@pytest.mark.parametrize("taught", [30, 120])
def test_the_band_covers_about_eight_in_ten_of_the_posts_that_were_held_out(shape: str, taught: int) -> None:
    """Measurement §3: the 80 % band covers 72 to 88 % of held-out own posts; mean over simulated desks."""
    source = random.Random(f"{shape}{taught}")

    def error() -> float:
        if shape == "normal":
            return source.gauss(0, 1.0)
        if shape == "skewed":
            return source.expovariate(1.0) - 0.7
        return source.gauss(0, 0.5) * (4 if source.random() < 0.1 else 1)

    inside = held_out = 0
    for _ in range(examples(120)):
        alpha = source.uniform(-2, 2)
        fit = calibrations(posts([error() for _ in range(taught)], alpha))["x.fol.taper"]
        new = [math.exp(alpha + error()) for _ in range(30)]
        inside += sum(fit.low <= ratio <= fit.high for ratio in new)
        held_out += len(new)
    assert 0.72 <= inside / held_out <= 0.88
