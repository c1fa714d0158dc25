from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.model import (
    UNKNOWN_REACH,
    Alignment,
    Factor,
    Outcome,
    Reach,
    ReachBasis,
    ScoringContext,
    ToneLabel,
    ToneReading,
    Weights,
)
from bot.score.receipt import Parts, Receipt, check_weights, make_receipt, message_value, reach_weight, recompute

CONTEXT = ScoringContext("2026-03-02/1", median_weight={"x": 0.3})


def parts(t: float | None, m: float, p: float, a: float, r: float | None, channel: str = "x") -> Parts:
    reach = UNKNOWN_REACH if r is None else Reach(r, r, r, ReachBasis.ESTIMATED, "x.fol.taper")
    tone = ToneReading(t, None if t is None else ToneLabel.NEUTRAL, None)
    return Parts(tone, "vader 3", m, "", p, "", a, "", reach, channel)


def receipt(*values: float | None, channel: str = "x") -> Receipt:
    return make_receipt(parts(*values, channel=channel), Weights(), CONTEXT)  # type: ignore[arg-type]


EXAMPLES = {
    # name: (t, m, p, a, R), then Q, w, S, S at R/10, S at R*10: measurement §4's table
    "press feature": ((0.6, 1, 1.0, 0, 180_000), "7.00 0.876 6.13 4.96 7.00"),
    "blog review": ((0.5, 0.5, 0.8, 1, 4_200), "4.40 0.604 2.66 1.92 3.39"),
    "X post": ((-0.7, 0, 1.0, -1, 1_900), "-4.50 0.546 -2.46 -1.71 -3.21"),
    "Reddit post": ((0.1, -1, 0.5, 0, 15_000), "-1.75 0.696 -1.22 -0.93 -1.51"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_worked_example_comes_out_to_the_printed_digits(name: str) -> None:
    (*judged, reach), printed = EXAMPLES[name]
    made, least, most = receipt(*judged, reach), receipt(*judged, reach / 10), receipt(*judged, reach * 10)
    shown = f"{made.quality:.2f} {made.weight:.3f} {made.score:.2f} {least.score:.2f} {most.score:.2f}"
    assert shown == printed


def test_the_period_sum_of_the_example_is_5_11() -> None:
    scores = [receipt(*values).score for values, _ in EXAMPLES.values()]
    assert f"{sum(score or 0 for score in scores):.2f}" == "5.11"


UNIT = st.floats(-1, 1)
MESSAGE = st.sampled_from([1.0, 0.5, 0.0, -0.5, -1.0])
PROMINENCE = st.sampled_from([1.0, 0.8, 0.5, 0.3, 0.15])
ADVICE = st.sampled_from([-1.0, 0.0, 1.0])
REACH = st.floats(0, 1e9)


@given(UNIT, MESSAGE, PROMINENCE, ADVICE, REACH)
def test_a_score_keeps_its_bounds_and_recomputes_to_the_same_digits_through_json(
    t: float, m: float, p: float, a: float, r: float
) -> None:
    made = receipt(t, m, p, a, r)
    assert made.score is not None
    assert -10 <= made.score <= 10
    assert 0 <= made.weight <= 1
    stored = [Factor(**row) for row in json.loads(json.dumps([asdict(factor) for factor in made.factors]))]
    assert recompute(stored) == made.score
    assert receipt(t, m, p, a, r) == made


@given(UNIT, MESSAGE, PROMINENCE, ADVICE, REACH)
def test_every_channel_scores_alike(t: float, m: float, p: float, a: float, r: float) -> None:
    assert receipt(t, m, p, a, r, channel="rss").score == receipt(t, m, p, a, r, channel="x").score


@given(UNIT, UNIT, MESSAGE, PROMINENCE, ADVICE, REACH)
def test_a_score_rises_with_tone_message_and_advocacy(
    t: float, other: float, m: float, p: float, a: float, r: float
) -> None:
    low, high = sorted((t, other))
    assert (receipt(low, m, p, a, r).score or 0) <= (receipt(high, m, p, a, r).score or 0) + 1e-12
    assert (receipt(t, -1, p, a, r).score or 0) <= (receipt(t, m, p, a, r).score or 0) + 1e-12
    assert (receipt(t, m, p, -1, r).score or 0) <= (receipt(t, m, p, a, r).score or 0) + 1e-12


@given(UNIT, MESSAGE, PROMINENCE, ADVICE, REACH, REACH)
def test_reach_enlarges_a_score_without_turning_it(t: float, m: float, p: float, a: float, r: float, s: float) -> None:
    low, high = sorted((r, s))
    small, large = receipt(t, m, p, a, low), receipt(t, m, p, a, high)
    assert abs(small.score or 0) <= abs(large.score or 0)
    assert small.quality == large.quality
    assert (small.score or 0) * (large.score or 0) >= 0


def test_an_unknown_reach_takes_the_channels_median_and_says_so() -> None:
    made = receipt(0.5, 0, 1.0, 0, None)
    assert made.weight == 0.3
    assert made.flags == ("reach_unknown",)
    assert recompute(made.factors) == made.score


def test_an_unknown_reach_in_an_unknown_channel_takes_the_configured_default_and_says_so() -> None:
    made = receipt(0.5, 0, 1.0, 0, None, channel="rss")
    assert made.weight == Weights().default_reach_weight
    assert made.flags == ("reach_unknown", "no_channel_median")
    assert recompute(made.factors) == made.score


def test_an_unknown_tone_makes_no_score() -> None:
    made = receipt(None, 1, 1.0, 1, 100)
    assert (made.quality, made.score, recompute(made.factors)) == (None, None, None)


def test_a_changed_factor_changes_what_is_recomputed() -> None:
    made = receipt(0.5, 0, 1.0, 0, 100)
    bent = [replace(factor, value=0.6) if factor.name == "tone" else factor for factor in made.factors]
    assert recompute(bent) != made.score


def outcomes(*found: Outcome) -> list[Alignment]:
    return [Alignment(str(number), outcome, 1.0) for number, outcome in enumerate(found)]


@pytest.mark.parametrize(
    ("found", "value", "mixed"),
    [
        ((), 0, False),
        ((Outcome.NONE,), 0, False),
        ((Outcome.PARTIAL, Outcome.FULL, Outcome.NONE), 1, False),
        ((Outcome.MISFRAMED, Outcome.CONTRARY), -1, False),
        ((Outcome.FULL, Outcome.CONTRARY), 0, True),
        ((Outcome.FULL, Outcome.MISFRAMED), 0.25, True),
    ],
)
def test_the_strongest_message_counts_and_mixed_ones_their_mean(
    found: tuple[Outcome, ...], value: float, mixed: bool
) -> None:
    assert message_value(outcomes(*found)) == (value, mixed)


@pytest.mark.parametrize("weights", [Weights(tone=0.6), Weights(default_reach_weight=1.2)])
def test_weights_that_break_the_bounds_are_refused(weights: Weights) -> None:
    with pytest.raises(ConfigError, match="\\[score\\]"):
        check_weights(weights)


def test_a_million_people_weigh_one_and_nobody_nothing() -> None:
    assert reach_weight(1e6) == 1.0
    assert reach_weight(0) == 0.0
