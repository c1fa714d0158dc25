from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.score.corrected import Layer, Part, Unit, corrected_mean, estimate, layers_of, rare_rate
from bot.score.rates import Z, exact_share


def labelled(model: float, human: float, layer: int = 0) -> Unit:
    return Unit(model, human, layer=layer)


def test_with_one_layer_the_formulas_are_those_of_the_specification() -> None:
    random = np.random.default_rng(3)
    y = random.integers(-1, 2, 600).astype(float)
    f = np.clip(y + random.integers(-1, 2, 600), -1, 1).astype(float)
    rest, model, human = f[100:], f[:100], y[:100]
    found = estimate((Layer(rest, model, human, np.ones(100)),))
    assert found is not None
    power = np.cov(human, model)[0, 1] / ((1 + 100 / 500) * f.var(ddof=1))
    assert 0 < power < 1
    value = power * rest.mean() + (human - power * model).mean()
    error = Z * math.sqrt(power**2 * rest.var(ddof=1) / 500 + (human - power * model).var(ddof=1) / 100)
    assert found[:3] == pytest.approx((value, value - error, value + error))
    assert (found.labels, found.power) == (100, pytest.approx(power))


def test_a_model_that_is_useless_is_not_trusted_and_one_that_runs_against_people_neither() -> None:
    people = [1.0, -1.0] * 20
    for model in ([0.0] * 40, [-value for value in people]):
        units = [labelled(f, y) for f, y in zip(model, people, strict=True)] + [Unit(f) for f in model]
        found = corrected_mean(units, least=-1, most=1)
        assert found is not None
        assert (found.power, found.value) == (0, 0)


def test_a_model_that_is_always_right_is_as_good_as_labels_of_everything() -> None:
    people = [1.0, 0.0] * 20
    units = [labelled(y, y) for y in people] + [Unit(y) for y in [1.0, 0.0, 0.0, 0.0] * 100]
    found = corrected_mean(units, least=0, most=1)
    assert found is not None
    assert found.power > 0.85
    assert 0.25 <= found.value < 0.3


def test_where_everything_is_labelled_people_alone_decide() -> None:
    found = corrected_mean([labelled(1, 0), labelled(1, 0), labelled(0, 1), labelled(0, 1)] * 6, least=0, most=1)
    assert found is not None
    assert (found.value, found.power) == (0.5, 0)


def test_what_is_not_about_the_subject_counts_against_nothing() -> None:
    told = [labelled(1, 1)] * 10 + [labelled(0, 0)] * 10
    refused = [Unit(1, relevant=False)] * 20
    found = corrected_mean([*told, *refused], least=0, most=1)
    assert found is not None
    assert (found.value, found.labels) == (0.5, 40)
    assert corrected_mean(refused, least=0, most=1) is None


def test_layers_are_weighed_by_their_size_not_by_their_labels() -> None:
    small = [labelled(0, 1, 0)] * 50
    large = [labelled(0, 0, 1)] * 10 + [Unit(0, layer=1)] * 140
    found = corrected_mean([*small, *large], least=0, most=1)
    assert found is not None
    assert found.value == pytest.approx(0.25)


def test_a_layer_with_few_labels_joins_its_neighbour() -> None:
    units = [Unit(0, layer=-1)] * 5 + [labelled(0, 0, 0)] * 12 + [labelled(0, 0, 1)] * 3
    assert [layer.size for layer in layers_of(units)] == [20]
    assert [layer.size for layer in layers_of(units + [labelled(0, 1, 2)] * 10)] == [17, 13]


@pytest.mark.parametrize("units", [[], [Unit(1.0)] * 5, [labelled(1, 1)], [labelled(1, 1), Unit(0)]])
def test_too_few_labels_give_no_estimate(units: list[Unit]) -> None:
    assert corrected_mean(units, least=0, most=1) is None


@given(
    st.lists(
        st.builds(
            Unit,
            st.sampled_from((-1.0, 0.0, 1.0)),
            st.none() | st.sampled_from((-1.0, 0.0, 0.5, 1.0)),
            st.booleans(),
            st.integers(-1, 3),
        ),
        max_size=60,
    )
)
def test_whatever_comes_the_estimate_lies_in_its_interval_and_its_range(units: list[Unit]) -> None:
    found = corrected_mean(units, least=-1, most=1)
    if found is not None:
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert 0 <= found.power <= 1


def test_a_census_has_no_width_and_the_rest_the_exact_one() -> None:
    found = rare_rate(Part(10, 10, 7), Part(190, 95, 0))
    assert found is not None
    high = exact_share(0, 95).high
    assert found[:3] == pytest.approx((7 / 200, 7 / 200, 7 / 200 + 190 / 200 * high))
    assert found.labels == 105


def test_a_census_that_is_not_done_widens_the_interval() -> None:
    done, half = rare_rate(Part(10, 10, 6), Part(90, 45, 1)), rare_rate(Part(10, 5, 3), Part(90, 45, 1))
    assert done is not None
    assert half is not None
    assert half.low < done.low < done.high < half.high


@pytest.mark.parametrize(("flagged", "rest"), [(Part(3, 0, 0), Part(90, 45, 1)), (Part(3, 3, 1), Part(90, 0, 0)),
                                               (Part(0, 0, 0), Part(0, 0, 0))])  # fmt: skip
def test_a_part_that_nobody_looked_at_allows_no_rate(flagged: Part, rest: Part) -> None:
    assert rare_rate(flagged, rest) is None


def test_the_interval_of_a_rare_rate_covers_it() -> None:
    """2,000 stories, 2 % against, a model that finds half of them and as many wrong ones; 100 random labels."""
    random = np.random.default_rng(5)
    hits = repeats = 300
    for _ in range(repeats):
        truth = random.random(2000) < 0.02
        flag = np.where(truth, random.random(2000) < 0.5, random.random(2000) < 0.01)
        rest = truth[~flag]
        found = rare_rate(
            Part(int(flag.sum()), int(flag.sum()), int(truth[flag].sum())), Part(len(rest), 100, int(rest[:100].sum()))
        )
        assert found is not None
        hits -= not found.low <= truth.mean() <= found.high
    assert hits / repeats >= 0.94


def test_labels_that_all_say_the_same_still_leave_room_for_others() -> None:
    none = corrected_mean([labelled(1, 0)] * 40 + [Unit(1)] * 60, least=0, most=1)
    assert none is not None
    assert none[:3] == pytest.approx(exact_share(0, 40))
    grim = corrected_mean([labelled(0, -1)] * 40 + [Unit(0)] * 60, least=-1, most=1)
    assert grim is not None
    assert (grim.value, grim.low) == (-1, -1)
    assert grim.high == pytest.approx(-1 + 2 * exact_share(0, 40).high)


def test_a_handful_of_ones_has_the_exact_interval_of_the_labels() -> None:
    found = corrected_mean([labelled(0, 1)] * 3 + [labelled(0, 0)] * 97 + [Unit(0)] * 900, least=0, most=1)
    assert found is not None
    assert found[:3] == pytest.approx(exact_share(3, 100))
