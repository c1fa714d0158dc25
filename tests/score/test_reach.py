from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import UNKNOWN_REACH, Author, ItemKind, Outlet, Reach, ReachBasis
from bot.score.reach import estimate, story_reach
from tests.score.made import mention


def known(value: float, basis: ReachBasis = ReachBasis.ESTIMATED) -> Reach:
    return Reach(value, value / 3, value * 3, basis, "x.fol.taper")


def reach_of(outlets: tuple[Outlet, ...] = (), **changes: object) -> Reach:
    return estimate(mention("text", **changes).item, outlets)  # type: ignore[arg-type]


def test_impressions_are_what_the_platform_reports() -> None:
    reach = reach_of(metrics={"impression_count": 1900.0})
    assert (reach.value, reach.basis, reach.method) == (1900, ReachBasis.PLATFORM_REPORTED, "x.impr")


def test_views_of_a_video_are_what_the_platform_reports() -> None:
    reach = reach_of(outlet="youtube.com", metrics={"views": 3400.0, "ratings": 12.0})
    assert reach == Reach(3400, 3400, 3400, ReachBasis.PLATFORM_REPORTED, "yt.views")


@pytest.mark.parametrize(
    "changes",
    [
        {"outlet": "youtube.com", "metrics": {"views": 0.0}},
        {"outlet": "youtube.com", "metrics": {"ratings": 12.0}},
        {"outlet": "blog.example", "metrics": {"views": 3400.0}},
    ],
)
def test_no_views_and_views_that_others_claim_are_unknown(changes: dict[str, object]) -> None:
    assert reach_of(**changes) == UNKNOWN_REACH


def test_no_impressions_mean_not_counted_and_followers_are_asked() -> None:
    reach = reach_of(metrics={"impression_count": 0.0}, author=Author(followers=1900))
    assert (reach.value, reach.method) == (285, "x.fol.taper")


@pytest.mark.parametrize(
    ("followers", "reach"), [(1900, 285), (50_000, 7_500), (1_000_000, 141_818), (20_000_000, 1_200_000)]
)
def test_followers_are_tapered_with_a_threefold_band(followers: int, reach: float) -> None:
    found = reach_of(author=Author(followers=followers))
    assert found.value == pytest.approx(reach, abs=0.5)
    assert (found.low, found.high) == pytest.approx((reach / 3, reach * 3), rel=1e-5)
    assert found.basis is ReachBasis.ESTIMATED


def test_nothing_known_is_unknown_and_never_zero() -> None:
    assert reach_of() == UNKNOWN_REACH
    assert reach_of(outlet="r/chocolate") == UNKNOWN_REACH
    assert reach_of(outlet="blog.example", metrics={"score": 400.0}) == UNKNOWN_REACH
    assert UNKNOWN_REACH.value is None


def test_votes_tell_views() -> None:
    reach = reach_of(outlet="r/chocolate", metrics={"score": 412.0, "upvote_ratio": 0.91})
    assert reach.value == pytest.approx(16_700, rel=0.01)
    assert reach.low == pytest.approx(5_000, rel=0.01)
    assert reach.high == pytest.approx(50_000, rel=0.01)
    assert reach.method == "rd.votes"


@pytest.mark.parametrize("metrics", [{"score": 412.0, "upvote_ratio": 0.54}, {"score": 1.0, "upvote_ratio": 1.0}, {}])
def test_votes_that_cannot_be_told_leave_the_comments_or_nothing(metrics: dict[str, float]) -> None:
    assert reach_of(outlet="r/chocolate", metrics=metrics) == UNKNOWN_REACH
    assert reach_of(outlet="r/chocolate", metrics=metrics | {"num_comments": 10.0}).value == pytest.approx(2_000)


def test_subscribers_are_potential_and_only_asked_last() -> None:
    assert reach_of(outlet="r/c", metrics={"subreddit_subscribers": 9000.0}).basis is ReachBasis.POTENTIAL
    both = {"subreddit_subscribers": 9000.0, "num_comments": 1.0}
    assert reach_of(outlet="r/c", metrics=both).basis is ReachBasis.ESTIMATED


def test_a_comment_has_a_share_of_its_thread_only_where_that_is_known() -> None:
    top = {"outlet": "r/c", "kind": ItemKind.COMMENT, "refers_to": "reddit:t3_a", "metrics": {"score": 50.0}}
    assert reach_of(**top) == UNKNOWN_REACH  # type: ignore[arg-type]
    read = top | {"metrics": {"num_comments": 5.0}}
    assert reach_of(**read).value == pytest.approx(300)  # type: ignore[arg-type]
    assert reach_of(**read | {"refers_to": "reddit:t1_b"}).value == pytest.approx(100)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "basis", "value"),
    [
        ("measured", ReachBasis.MEASURED, 1000),
        ("bl.own", ReachBasis.MEASURED, 1000),
        ("estimated", ReachBasis.ESTIMATED, 1000),
        ("bl.feedly", ReachBasis.ESTIMATED, 300),
        ("monthly visits", ReachBasis.POTENTIAL, 1000),
        (None, ReachBasis.POTENTIAL, 1000),
    ],
)
def test_an_outlets_audience_is_what_its_method_says(method: str | None, basis: ReachBasis, value: float) -> None:
    outlet = Outlet("paper.example", audience=1000, provider="Counter", method=method)
    reach = reach_of((outlet,), outlet="www.paper.example")
    assert (reach.basis, reach.value) == (basis, value)
    assert "Counter" in reach.method


def test_outlets_match_hosts_subdomains_handles_and_subreddits_but_no_lookalikes() -> None:
    outlets = (Outlet("paper.example", audience=1), Outlet("@critic", audience=2), Outlet("r/chocolate", audience=3))
    assert reach_of(outlets, outlet="blog.paper.example").value == 1
    assert reach_of(outlets, outlet="notpaper.example") == UNKNOWN_REACH
    assert reach_of(outlets, author=Author(handle="Critic")).value == 2
    assert reach_of(outlets, outlet="r/Chocolate").value == 3


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
