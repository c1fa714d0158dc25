"""Figures that come later: the reach is taken anew and nothing else; what own posts taught is frozen by the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.engines.vader import engine
from bot.model import (
    UNKNOWN_REACH,
    Author,
    ItemKind,
    Mention,
    Observation,
    Outlet,
    Page,
    ReachBasis,
    ScoredMention,
    Target,
    Weights,
)
from bot.ports import Store
from bot.score.alignment import LexicalMatcher
from bot.score.context import context_id
from bot.score.receipt import recompute
from bot.score.score_mentions import ScoringSettings, Work, rules_version, score_mentions
from bot.store.sqlite import open_store
from tests.score.made import FAIR, NOW, OWN, RIVAL, mention
from tests.support.samples import a_digest, a_window

X = Target("x", "search")
DAY = timedelta(days=1)
TEXT = "Marzipan & Moon is lovely. All our cocoa is bought directly from farmers."


class English:
    version = "made up"

    def identify(self, text: str) -> str | None:
        return "en"


def settings(**changes: Any) -> ScoringSettings:
    given: dict[str, Any] = {
        "subjects": (OWN, RIVAL),
        "messages": (FAIR,),
        "outlets": (),
        "weights": Weights(),
        "engine": engine({}),
        "matcher": LexicalMatcher(),
        "identifier": English(),
    }
    return ScoringSettings(**(given | changes))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "heard.db")
    opened.add_targets([X], NOW)
    yield opened
    opened.close()


def read(store: Store, at: datetime = NOW, *, trainable: bool = True, text: str = TEXT, **changes: Any) -> Mention:
    """A mention as it is read at some time; its own words stay what they were."""
    found = replace(mention(text, **changes), collected_at=at)
    page = Page(items=(found.item,))
    store.save_page(X, page, [found], at, at + DAY, trainable=trainable)
    return found


def scored(store: Store, found: Mention) -> ScoredMention:
    one = store.mention(found.id)
    assert isinstance(one, ScoredMention)
    return one


def views(item: str, value: float, at: datetime) -> Observation:
    parts = ("views", item, "X", "own", "1", "views", NOW, at, "UTC", value, value, value)
    return Observation(*parts, ReachBasis.MEASURED, at)


def test_later_figures_change_the_reach_and_nothing_else_until_they_have_settled(store: Store) -> None:
    found = read(store, metrics={"impression_count": 1_900.0})
    score_mentions(store, settings(), NOW)
    first = scored(store, found).score
    assert "immature" in first.flags
    for days, impressions, expected in ((1, 5_000.0, 5_000), (7, 9_000.0, 9_000), (9, 40_000.0, 9_000)):
        read(store, NOW + days * DAY, metrics={"impression_count": impressions})
        score_mentions(store, settings(), NOW + days * DAY)
        now = scored(store, found).score
        assert now.reach.value == expected
        assert ("immature" in now.flags) == (days < 7)
        assert recompute(now.factors) == now.score
        changed = {"reach", "reach_weight"}
        kept = [factor for factor in first.factors if factor.name not in changed]
        assert [factor for factor in now.factors if factor.name not in changed] == kept
        same = {"reach": first.reach, "weight": first.weight, "score": first.score}
        assert replace(now, **same, factors=first.factors, flags=first.flags) == first


def test_a_reach_taken_anew_is_what_scoring_from_the_start_gives(store: Store) -> None:
    found = read(store, metrics={"impression_count": 1_900.0})
    score_mentions(store, settings(), NOW)
    newer = read(store, NOW + DAY, metrics={"impression_count": 70_000.0})
    score_mentions(store, settings(), NOW + DAY)
    work = Work(store, settings(), NOW, keep=False)
    assert work.one(replace(newer, collected_at=NOW)) == scored(store, found).score


def test_figures_alone_bring_no_other_rules_to_an_old_score(store: Store) -> None:
    found = read(store, metrics={"impression_count": 1_900.0})
    score_mentions(store, settings(), NOW)
    before = scored(store, found).score
    others = settings(weights=Weights("2", 0.2, 0.7, 0.1))
    assert rules_version(others) != before.rules_version
    read(store, NOW + DAY, metrics={"impression_count": 70_000.0})
    score_mentions(store, others, NOW + DAY)
    after = scored(store, found).score
    assert (after.rules_version, after.quality) == (before.rules_version, before.quality)
    assert after.reach.value == 70_000


def test_a_digest_that_has_told_is_not_rewritten(store: Store) -> None:
    found = read(store, metrics={"impression_count": 1_900.0})
    score_mentions(store, settings(), NOW)
    digest = a_digest(a_window(), (found.id,))
    store.publish(digest, [])
    read(store, NOW + 8 * DAY, metrics={"impression_count": 70_000.0})
    score_mentions(store, settings(), NOW + 8 * DAY)
    assert scored(store, found).score.reach.value == 70_000
    assert store.digest_for(digest.report, digest.window) == digest


def test_a_comment_is_weighed_by_the_post_that_it_stands_under(store: Store) -> None:
    post = read(store, key="reddit:t3_a", outlet="r/c", metrics={"score": 412.0, "upvote_ratio": 0.91})
    found = read(store, key="reddit:t1_b", outlet="r/c", kind=ItemKind.COMMENT, refers_to=post.item.key)
    alone = read(store, key="reddit:t1_c", outlet="r/c", kind=ItemKind.COMMENT, refers_to="reddit:t3_gone")
    score_mentions(store, settings(), NOW)
    assert round(scored(store, found).score.reach.value or 0) == 5_024
    assert scored(store, alone).score.reach == UNKNOWN_REACH


def test_what_was_measured_becomes_the_reach(store: Store) -> None:
    found = read(store, author=Author(handle="someone", followers=1_900))
    score_mentions(store, settings(), NOW)
    assert scored(store, found).score.reach.method == "x.fol.taper"
    store.add_observations([views(found.item.key, 4_321.0, NOW + DAY)])
    score_mentions(store, settings(), NOW + DAY)
    reach = scored(store, found).score.reach
    assert (reach.value, reach.basis, reach.method) == (4_321, ReachBasis.MEASURED, "own (X)")


def own_posts(store: Store, number: int = 30, *, handle: str = "marzipanmoon", trainable: bool = True) -> None:
    author = Author(handle=handle, followers=1_000)
    for place in range(number):
        read(store, key=f"x:9{place}", author=author, trainable=trainable)
    store.add_observations([views(f"x:9{place}", 300.0 + place, NOW) for place in range(number)])


def taper_of(store: Store, at: datetime) -> tuple[float | None, str]:
    found = read(store, at, key=f"x:{at:%d%H}", author=Author(handle="someone", followers=1_000), published_at=at)
    score_mentions(store, settings(), at)
    score = scored(store, found).score
    told = next(factor.method for factor in score.factors if factor.name == "reach")
    return score.reach.value, told


def test_thirty_own_posts_calibrate_the_days_that_follow_and_no_day_that_was_frozen(store: Store) -> None:
    own_posts(store)
    value, told = taper_of(store, NOW + timedelta(hours=1))
    assert (value, "not calibrated" in told) == (150, True)
    value, told = taper_of(store, NOW + DAY)
    assert value == pytest.approx(314.5, rel=1e-5)
    assert "x.fol.taper@" in told
    assert told.endswith("calibrated on own posts")
    frozen = store.context(context_id(NOW + DAY))
    assert frozen
    assert frozen.calibration["x.fol.taper"].n == 30
    store.add_observations([views(f"x:9{place}", 9_000.0, NOW + timedelta(hours=30)) for place in range(30)])
    assert taper_of(store, NOW + DAY + timedelta(hours=2))[0] == pytest.approx(314.5, rel=1e-5), "frozen for the day"


@pytest.mark.parametrize("changes", [{"number": 29}, {"handle": "somebody"}, {"trainable": False}])
def test_too_few_posts_or_others_or_what_may_not_be_learnt_from_calibrate_nothing(
    store: Store, changes: dict[str, Any]
) -> None:
    own_posts(store, **changes)
    value, told = taper_of(store, NOW + DAY)
    assert (value, "not calibrated" in told) == (150, True)


def test_other_weights_outlets_or_ranks_are_other_rules() -> None:
    from bot.score.reach import Ranks

    versions = [
        rules_version(settings(**changes))
        for changes in (
            {},
            {"weights": Weights("1", 0.4, 0.5, 0.1)},
            {"weights": Weights("2")},
            {"weights": Weights(default_reach_weight=0.3)},
            {"outlets": (Outlet("a.example", audience=9),)},
            {"ranks": Ranks({"a.example": 1}, "one")},
            {"ranks": Ranks({"a.example": 1}, "two")},
        )
    ]
    assert len(set(versions)) == len(versions)
    assert rules_version(settings()) == versions[0]
