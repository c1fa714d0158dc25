"""How many an item reached: a test for each formula of the specification's table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import (
    UNKNOWN_REACH,
    Author,
    Calibration,
    ItemKind,
    Known,
    Observation,
    Outlet,
    Reach,
    ReachBasis,
    Snapshot,
)
from bot.score.methods import METHODS, method_id, method_words
from bot.score.reach import Places, Ranks, estimate, has_settled, thread_of
from tests.score.made import NOW, mention


def reach_of(outlets: tuple[Outlet, ...] = (), **changes: object) -> Reach:
    return estimate(Known(mention("text", **changes).item), Places(outlets))  # type: ignore[arg-type]


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


POST = mention("text", key="reddit:t3_a", outlet="r/c", metrics={"score": 412.0, "upvote_ratio": 0.91}).item
COMMENT = {"outlet": "r/c", "kind": ItemKind.COMMENT, "metrics": {"score": 50.0}, "key": "reddit:t1_x"}


def comment(thread: Known | None, refers_to: str = "reddit:t3_a") -> Reach:
    return estimate(Known(mention("text", refers_to=refers_to, **COMMENT).item), thread=thread)  # type: ignore[arg-type]


def test_a_comment_has_a_share_of_the_reach_of_its_post_and_one_deeper_down_a_smaller() -> None:
    top, nested = comment(Known(POST)), comment(Known(POST), "reddit:t1_b")
    assert (round(top.value or 0), top.method, top.basis) == (5_024, "rd.cmt", ReachBasis.ESTIMATED)
    assert (round(top.low or 0), round(top.high or 0)) == (1_675, 15_073)
    assert round(nested.value or 0) == 1_675


def test_a_comment_has_no_reach_where_its_post_is_not_kept_or_has_none_but_a_potential_one() -> None:
    assert comment(None) == UNKNOWN_REACH
    assert comment(Known(replace(POST, metrics={}))) == UNKNOWN_REACH
    assert comment(Known(replace(POST, metrics={"subreddit_subscribers": 9_000.0}))) == UNKNOWN_REACH


@pytest.mark.parametrize(
    ("changes", "thread"),
    [
        ({"refers_to": "reddit:t3_abc"}, "reddit:t3_abc"),
        ({"refers_to": "reddit:t1_z", "url": "https://www.reddit.com/r/c/comments/1AbC/a_title/x/"}, "reddit:t3_1abc"),
        ({"refers_to": "reddit:t1_z", "url": "https://old.reddit.com/r/c/comments/1abc"}, "reddit:t3_1abc"),
        ({"refers_to": "reddit:t1_z", "url": "https://www.reddit.com/r/c/"}, None),
        ({"refers_to": None, "url": None}, None),
        ({"refers_to": "reddit:t3_abc", "kind": ItemKind.POST}, None),
        ({"refers_to": "reddit:t3_abc", "outlet": "news.ycombinator.com"}, None),
    ],
)
def test_the_post_of_a_comment_is_found_by_its_reference_or_its_address(
    changes: dict[str, object], thread: str | None
) -> None:
    assert thread_of(mention("text", **(COMMENT | changes)).item) == thread  # type: ignore[arg-type]


RANKS = Ranks({"top.example": 900, "edge.example": 1_000, "news.example": 5_000, "old.example": 1_000_001}, "list")


@pytest.mark.parametrize(
    ("outlet", "readers"),
    [
        ("top.example", 30_000),
        ("www.edge.example", 30_000),
        ("news.example", 6_000),
        ("old.example", 40),
        ("blog.news.example", 40),
        ("nobody.example", 40),
    ],
)
def test_an_article_has_what_one_on_a_site_of_its_rank_has_with_a_fivefold_band(outlet: str, readers: float) -> None:
    item = mention("text", outlet=outlet, kind=ItemKind.ARTICLE, key="rss:1").item
    assert estimate(Known(item)) == UNKNOWN_REACH
    reach = estimate(Known(item), Places(ranks=RANKS))
    assert reach == Reach(readers, readers / 5, readers * 5, ReachBasis.ESTIMATED, "bl.rank")


def test_what_an_outlet_says_stands_before_its_rank() -> None:
    item = mention("text", outlet="top.example", kind=ItemKind.ARTICLE).item
    outlet = Outlet("top.example", audience=1_000, provider="P", method="measured")
    assert estimate(Known(item), Places((outlet,), RANKS)).value == 1_000


def test_followers_on_another_network_are_potential_and_nothing_for_an_article() -> None:
    author = Author(followers=700)
    reach = reach_of(outlet="mastodon.example", author=author)
    assert reach == Reach(700, None, 700, ReachBasis.POTENTIAL, "net.fol")
    assert reach_of(outlet="blog.example", author=author, kind=ItemKind.ARTICLE) == UNKNOWN_REACH
    assert reach_of(outlet="r/chocolate", author=author) == UNKNOWN_REACH
    assert reach_of(outlet="bsky.app", author=Author(followers=0)) == UNKNOWN_REACH
    assert reach_of(outlet="news.ycombinator.com", metrics={"points": 90.0, "num_comments": 40.0}) == UNKNOWN_REACH


def snapshot(age: str, followers: int, **metrics: float) -> Snapshot:
    return Snapshot(age, metrics, followers, NOW)


def test_the_score_uses_the_figures_of_seven_days_else_the_latest() -> None:
    item = mention("text", author=Author(followers=100), metrics={"impression_count": 999.0}).item
    early, week, later = (snapshot(age, 1, impression_count=n) for age, n in (("24h", 10), ("7d", 500), ("14d", 800)))
    assert estimate(Known(item, (early, week, later))).value == 500
    assert estimate(Known(item, (early, later))).value == 999
    assert [has_settled(Known(item, (one,))) for one in (early, week, later)] == [False, True, True]


def test_what_was_measured_stands_before_every_estimate() -> None:
    item = mention("text", metrics={"impression_count": 999.0}).item
    assert estimate(Known(item, measured=views(1234.0))) == Reach(
        1234, 1234, 1234, ReachBasis.MEASURED, "bl.own (Matomo)"
    )


def views(value: float) -> Observation:
    parts = ("views", "x:1", "Matomo", "bl.own", "1", "views", NOW, NOW, "UTC", value, value, value)
    return Observation(*parts, ReachBasis.MEASURED, NOW)


def test_every_method_that_an_estimator_names_stands_in_the_table_with_its_formula_and_source() -> None:
    cases = [
        reach_of(metrics={"impression_count": 5.0}),
        reach_of(author=Author(followers=5)),
        reach_of(outlet="youtube.com", metrics={"views": 5.0}),
        reach_of(outlet="r/c", metrics={"score": 9.0, "upvote_ratio": 0.9}),
        reach_of(outlet="r/c", metrics={"num_comments": 9.0}),
        reach_of(outlet="r/c", metrics={"subreddit_subscribers": 9.0}),
        comment(Known(POST)),
        *(
            reach_of((Outlet("a.example", audience=9, provider="P", method=method),), outlet="a.example")
            for method in ("bl.own", "bl.feedly", "bl.rank", "fo.site", "measured", "estimated", "monthly visits")
        ),
    ]
    for reach in cases:
        method = METHODS[method_id(reach.method)]
        assert reach.basis is method.basis
        assert method.formula in method_words(reach)
        assert method.source
        if method.band:
            assert (reach.low, reach.high) == pytest.approx(tuple((reach.value or 0) * end for end in method.band))


def test_a_reach_is_told_in_words_with_its_band_and_that_nobody_calibrated_it() -> None:
    told = method_words(reach_of(author=Author(followers=1900)))
    assert told.startswith("x.fol.taper: followers × 0.15")
    assert told.endswith("from 95 to 855 (÷3 … ×3); not calibrated")
    assert method_words(UNKNOWN_REACH) == "no method applies"


def test_a_calibrated_method_gives_the_fitted_figure_and_band_and_says_so() -> None:
    fit = Calibration("ab12", 34, 1.5, 0.75, 6.0)
    known = Known(mention("text", author=Author(followers=1900)).item)
    reach = estimate(known, calibration={"x.fol.taper": fit, "rd.votes": fit})
    assert reach == Reach(427.5, 213.75, 1710.0, ReachBasis.ESTIMATED, "x.fol.taper@ab12")
    assert method_words(reach).endswith("from 214 to 1,710; calibrated on own posts")
    told = Known(mention("text", metrics={"impression_count": 9.0}).item)
    assert estimate(told, calibration={"x.impr": fit}).value == 9


@pytest.mark.parametrize(
    ("method", "basis", "value"),
    [
        ("measured", ReachBasis.MEASURED, 1000),
        ("bl.own", ReachBasis.MEASURED, 1000),
        ("estimated", ReachBasis.ESTIMATED, 1000),
        ("bl.feedly", ReachBasis.ESTIMATED, 300),
        ("bl.rank", ReachBasis.ESTIMATED, 1000),
        ("fo.site", ReachBasis.POTENTIAL, 1),
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
