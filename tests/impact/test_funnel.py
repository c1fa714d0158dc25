"""The funnel: rates only where one provider counted both stages alike, and nothing forced to a hundred."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.impact.funnel import build_funnel
from bot.model import Interval
from bot.model.aims import Funnel, Tally
from bot.model.measure import MEASURES, STAGES
from bot.model.observation import METRICS
from bot.rates import wilson
from bot.words import FUNNEL_STAGES

START = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW = Interval(START, START + timedelta(days=28))


def tally(
    metric: str, value: float | None, provider: str = "analytics", of: str = "whole", basis: str = "measured",
    days: int = 28,
) -> Tally:  # fmt: skip
    return Tally(metric, metric, provider, "m", of, basis, value, days=days)


def funnel(*found: Tally) -> Funnel:
    return build_funnel(WINDOW, tuple(STAGES), found, (40, 50))


def rate_of(*found: Tally, stage: str = "visit"):
    return next(one.rate for one in funnel(*found).stages if one.name == stage)


def test_a_rate_of_one_provider_comes_with_its_interval() -> None:
    rate = rate_of(tally("clicks", 200), tally("visits", 100))
    assert rate is not None
    assert (rate.value, rate.low, rate.high) == wilson(100, 200)


@pytest.mark.parametrize(
    ("clicks", "visits"),
    [
        (tally("clicks", 200, "shortener"), tally("visits", 100)),
        (tally("clicks", 200), tally("visits", 100, basis="estimated")),
        (tally("clicks", 200), tally("visits", 100, of="campaign:spring")),
        (tally("clicks", 100), tally("visits", 200)),
        (tally("clicks", 0), tally("visits", 0)),
        (tally("clicks", None), tally("visits", 100)),
        (tally("clicks", 200, days=28), tally("visits", 100, days=14)),
        (tally("clicks", 200.5), tally("visits", 100)),
    ],
)
def test_what_is_not_alike_stands_side_by_side_without_a_rate(clicks: Tally, visits: Tally) -> None:
    rate = rate_of(clicks, visits)
    assert rate is not None
    assert rate.value is None
    assert rate.why


def test_another_pair_that_is_alike_is_taken() -> None:
    rate = rate_of(tally("clicks", 400, "shortener"), tally("clicks", 200), tally("visits", 50))
    assert rate is not None
    assert rate.value == 0.25


def test_attributions_stand_apart_and_come_to_whatever_they_come_to() -> None:
    parts = [tally("leads", number, "crm", f"attribution:{name}") for name, number in (("direct", 8), ("assisted", 7))]
    stage = next(one for one in funnel(tally("leads", 10, "crm"), *parts).stages if one.name == "lead")
    assert [one.value for one in stage.tallies] == [10]
    assert sum(one.value or 0 for one in stage.attributed) == 15


def test_a_stage_that_nobody_counts_is_empty_and_not_nought() -> None:
    assert all(stage.tallies == () for stage in funnel().stages)


def test_own_posts_without_any_have_no_share() -> None:
    assert funnel().cta.value == 0.8
    none = build_funnel(WINDOW, tuple(STAGES), (), (0, 0)).cta
    assert (none.value, none.why) == (None, "there was no own post")


@pytest.mark.parametrize(
    ("own", "why"), [(1, "only 1 own post, 20 are needed"), (19, "only 19 own posts, 20 are needed"), (20, "")]
)
def test_of_few_own_posts_no_share_is_told(own: int, why: str) -> None:
    cta = build_funnel(WINDOW, tuple(STAGES), (), (1, own)).cta
    assert (cta.value is None, cta.why) == (bool(why), why)


def test_a_rate_of_a_handful_is_too_few_to_say() -> None:
    few, enough = (rate_of(tally("clicks", number), tally("visits", 1)) for number in (19, 20))
    assert few is not None
    assert enough is not None
    assert (few.value, few.why) == (None, "too few to say, 20 are needed")
    assert enough.value == 0.05


def test_every_stage_has_a_word_and_metrics_that_can_be_added() -> None:
    assert FUNNEL_STAGES.keys() == STAGES.keys()
    for metrics in STAGES.values():
        for name in metrics:
            assert MEASURES[name].additive if name in MEASURES else METRICS[name].additive


def test_nothing_that_can_be_measured_is_money() -> None:
    for word in ("eur", "usd", "money", "value", "price", "ave", "worth"):
        assert not [name for name in MEASURES if word in name.split("_")]
