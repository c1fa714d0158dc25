"""What measurement §4 requires of every score, one test each, over whatever mentions hypothesis finds.

The equation's own properties (every channel alike, bounds, rising with tone, message and advocacy, the sign of Q) stand
in ``test_receipt.py``; here are those of whole scores and of how little an error in reach matters.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engines.vader import engine
from bot.errors import ConfigError
from bot.model import Author, ItemKind, Known, Score, ScoringContext, Weights
from bot.score.alignment import LexicalMatcher
from bot.score.prominence import ASIDE, BODY_OFTEN, BODY_ONCE, HEADLINE, LEAD, WHOLE_POST
from bot.score.receipt import check_weights, reach_weight
from bot.score.scoring import Figures, ScoringSettings, rules_version, score_mention
from tests.score.made import FAIR, ORGANIC, OWN, RIVAL, mention

TEXTS = st.sampled_from(
    [
        "Marzipan & Moon is lovely. All our cocoa is bought directly from farmers.",
        "Avoid Marzipan & Moon, it is awful",
        "I recommend Marzipan & Moon",
        "Marzipan & Moon",
        "Their cocoa comes from middlemen, says Marzipan & Moon",
    ]
)
FOLLOWERS = st.one_of(st.none(), st.integers(0, 10**9))
MEDIANS = st.dictionaries(st.sampled_from(["x", "rss", "reddit"]), st.floats(0, 1))


class English:
    version = "made up"

    def identify(self, text: str) -> str | None:
        return "en"


SETTINGS = ScoringSettings((OWN, RIVAL), (FAIR, ORGANIC), (), Weights(), engine({}), LexicalMatcher(), English())


def score(text: str, context: ScoringContext | None = None, **changes: Any) -> Score:
    return score_mention(mention(text, **changes), SETTINGS, context or ScoringContext("c"), rules_version(SETTINGS))


@given(TEXTS, FOLLOWERS, FOLLOWERS)
def test_a_pure_repost_changes_the_reach_only(text: str, followers: int | None, others: int | None) -> None:
    original = score(text, author=Author(handle="first", followers=followers))
    copy = score(text, key="x:2", kind=ItemKind.REPOST, author=Author(handle="second", followers=others))
    assert (copy.quality, copy.tone, copy.prominence, copy.advocacy) == (
        original.quality,
        original.tone,
        original.prominence,
        original.advocacy,
    )
    apart = {"reach", "reach_weight"}
    assert [one for one in copy.factors if one.name not in apart] == [
        one for one in original.factors if one.name not in apart
    ]


@given(TEXTS, MEDIANS)
def test_an_unknown_reach_weighs_the_channels_median_flagged_and_never_nothing(
    text: str, medians: dict[str, float]
) -> None:
    found = score(text, ScoringContext("c", median_weight=medians))
    assert found.reach.value is None
    assert found.weight == (medians.get("x") or Weights().default_reach_weight)
    assert found.weight > 0
    assert "reach_unknown" in found.flags
    assert ("no_channel_median" in found.flags) == (not medians.get("x"))


@given(TEXTS, FOLLOWERS, MEDIANS)
def test_scoring_again_by_the_same_rules_gives_the_same_to_the_last_digit(
    text: str, followers: int | None, medians: dict[str, float]
) -> None:
    context = ScoringContext("c", median_weight=medians)
    author = Author(handle="someone", followers=followers)
    first, again = score(text, context, author=author), score(text, context, author=author)
    assert first == again
    figures = Figures(Known(mention(text, author=author).item))
    assert score_mention(mention(text, author=author), SETTINGS, context, first.rules_version, figures) == first


@given(TEXTS, st.sampled_from(["x.com", "mastodon.example", "blog.example", "r/chocolate"]), st.integers(1, 10**7))
def test_where_it_was_said_changes_nothing_but_how_its_reach_is_told(text: str, outlet: str, readers: int) -> None:
    on_x = score(text, metrics={"impression_count": float(readers)})
    elsewhere = score(text, key="other:1", outlet=outlet, url=None)
    assert on_x.quality == elsewhere.quality
    reach = replace(on_x.reach)
    assert reach_weight(reach.value or 0) == on_x.weight


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1))
def test_weights_that_do_not_add_up_to_one_are_refused(tone: float, message: float, advocacy: float) -> None:
    weights = Weights(tone=tone, message=message, advocacy=advocacy)
    if math.isclose(abs(tone) + abs(message) + abs(advocacy), 1, abs_tol=1e-9):
        assert check_weights(weights) is weights
    else:
        with pytest.raises(ConfigError, match="add up to 1"):
            check_weights(weights)


@given(st.floats(1, 1e9), st.floats(0.1, 10))
def test_an_error_in_reach_up_to_tenfold_moves_the_weight_by_a_sixth_at_most(reach: float, error: float) -> None:
    assert abs(reach_weight(reach * error) - reach_weight(reach)) <= 1 / 6 + 1e-12


@given(st.floats(1, 1e9))
def test_an_error_by_a_factor_of_three_moves_the_weight_by_eight_hundredths_at_most(reach: float) -> None:
    assert reach_weight(3 * reach) - reach_weight(reach) <= 0.08


def test_weighed_linearly_one_item_of_the_example_would_hold_nine_tenths_of_all_weight() -> None:
    reaches = (180_000, 4_200, 1_900, 15_000)
    assert max(reaches) / sum(reaches) == pytest.approx(0.90, abs=0.01)
    weights = [reach_weight(reach) for reach in reaches]
    assert max(weights) / sum(weights) < 0.33


def test_the_levels_of_prominence_are_those_of_the_specification() -> None:
    assert (HEADLINE, WHOLE_POST, LEAD, BODY_OFTEN, BODY_ONCE, ASIDE) == (1.0, 1.0, 0.8, 0.5, 0.3, 0.15)
