from __future__ import annotations

import pytest

from bot.model import Agreement, Coding, LabelKind, Outcome, Strength, ToneLabel
from bot.score.agreement import agreements, alpha, nominal, ordinal

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example C: four coders, twelve units, some missing.
PUBLISHED = [
    [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
]  # fmt: skip


def test_the_published_example_comes_out() -> None:
    assert alpha(PUBLISHED, nominal) == pytest.approx(0.743, abs=5e-4)
    assert alpha(PUBLISHED, ordinal, (1, 2, 3, 4, 5)) == pytest.approx(0.815, abs=5e-4)


def test_perfect_agreement_is_one_and_without_pairs_or_variation_it_is_not_defined() -> None:
    assert alpha([["a", "a"], ["b", "b"]], nominal) == 1
    assert alpha([["a", "b"], ["b", "a"]], nominal) == pytest.approx(-0.5)
    assert alpha([["a"], ["b"]], nominal) is None
    assert alpha([["a", "a"], ["a", "a"]], nominal) is None
    assert alpha([], nominal) is None


def test_of_ordered_answers_neighbours_disagree_less() -> None:
    order = tuple(ToneLabel)
    near = [[ToneLabel.NEGATIVE, ToneLabel.NEUTRAL], *([one, one] for one in order * 3)]
    far = [[ToneLabel.NEGATIVE, ToneLabel.POSITIVE], *([one, one] for one in order * 3)]
    first, second = alpha(near, ordinal, order), alpha(far, ordinal, order)
    assert first is not None
    assert second is not None
    assert first > second


@pytest.mark.parametrize(
    ("units", "value", "strength"),
    [(20, 0.80, Strength.FIRM), (20, 0.79, Strength.TENTATIVE), (20, 0.67, Strength.TENTATIVE),
     (20, 0.66, Strength.WEAK), (19, 0.1, Strength.UNKNOWN), (40, None, Strength.UNKNOWN)],
)  # fmt: skip
def test_what_an_alpha_allows(units: int, value: float | None, strength: Strength) -> None:
    assert Agreement(units, 2, value).strength is strength


def test_texts_that_one_coder_refused_are_no_pair_for_tone() -> None:
    codings = {
        "m1": {"ada": Coding(True, ToneLabel.POSITIVE, {"fair": Outcome.FULL}), "ben": Coding(False)},
        "m2": {"ada": Coding(True, ToneLabel.POSITIVE, {"fair": Outcome.FULL, "free": Outcome.NONE}),
               "ben": Coding(True, ToneLabel.NEGATIVE, {"fair": Outcome.NONE})},
        "m3": {"ada": Coding(True, ToneLabel.NEUTRAL)},
    }  # fmt: skip
    found = agreements(codings)
    assert {kind: one.units for kind, one in found.items()} == {
        LabelKind.RELEVANT: 2,
        LabelKind.TONE: 1,
        LabelKind.MESSAGE: 1,
    }
    assert found[LabelKind.TONE].coders == 2
