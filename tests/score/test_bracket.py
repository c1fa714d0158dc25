"""The reach of a story: a bracket, never a plain sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import UNKNOWN_REACH, Reach, ReachBasis
from bot.score.bracket import story_reach


def known(value: float, basis: ReachBasis = ReachBasis.ESTIMATED) -> Reach:
    return Reach(value, value / 3, value * 3, basis, "x.fol.taper")


def test_a_storys_reach_is_a_bracket() -> None:
    placements = [(str(number), known(value)) for number, value in enumerate([18_000, 4_200, 1_900, 15_000])]
    reach, voices = story_reach(placements, 60_000)
    assert (reach.low, round(reach.high or 0), round(reach.value or 0)) == (18_000, 31_633, 23_862)
    assert (reach.basis, reach.method) == (ReachBasis.ESTIMATED, "story.bracket")
    assert voices == 4
    assert story_reach(placements)[0].high == 39_100


def test_a_voice_counts_once_in_a_story_with_its_largest_placement() -> None:
    assert story_reach([("a", known(100)), ("a", known(400)), ("b", UNKNOWN_REACH)]) == (known(400), 1)


def test_potential_is_left_out_where_better_stands_and_kept_for_what_it_is_else() -> None:
    potential = known(90_000, ReachBasis.POTENTIAL)
    assert story_reach([("a", potential), ("b", known(10))]) == (known(10), 1)
    assert story_reach([("a", potential), ("b", potential)])[0].basis is ReachBasis.POTENTIAL


@pytest.mark.parametrize("basis", [ReachBasis.MEASURED, ReachBasis.PLATFORM_REPORTED])
def test_a_story_with_unknown_voices_is_not_called_measured(basis: ReachBasis) -> None:
    measured = known(1200, basis)
    assert story_reach([("a", measured), ("a", UNKNOWN_REACH)]) == (measured, 1)
    reach, voices = story_reach([("a", measured), *((f"v{place}", UNKNOWN_REACH) for place in range(39))])
    assert (reach.value, reach.basis, voices) == (1200, ReachBasis.ESTIMATED, 1)


def test_a_story_of_unknowns_is_unknown() -> None:
    assert story_reach([]) == (UNKNOWN_REACH, 0)
    assert story_reach([("a", UNKNOWN_REACH)]) == (UNKNOWN_REACH, 0)


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.floats(0, 1e7)), min_size=1, max_size=8),
    st.one_of(st.none(), st.floats(1, 1e7)),
)
def test_a_storys_reach_lies_in_its_bracket(values: list[tuple[str, float]], universe: float | None) -> None:
    reach, voices = story_reach([(voice, known(value)) for voice, value in values], universe)
    assert reach.value is not None
    assert voices == len({voice for voice, _ in values})
    assert (reach.low or 0) * (1 - 1e-9) <= reach.value <= (reach.high or 0) * (1 + 1e-9)
    assert reach.value <= sum(value for _, value in values) * (1 + 1e-9)
