"""What the review may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.model import (
    NO,
    Interval,
    Page,
    Relevance,
    RelevanceBasis,
    ReviewSample,
    ScoredMention,
    Stratum,
    mention_of,
)
from bot.ports import Store
from tests.support.samples import BLOGS, HOUR, NOON, a_mention, a_score, an_item

WEEK = Interval(NOON - timedelta(days=7), NOON)
NEXT = Interval(NOON, NOON + timedelta(days=7))


def sample(mention: str = "m1", place: int = 0, **changes: object) -> ReviewSample:
    return replace(ReviewSample(WEEK, mention, "moon", Stratum.RANDOM, place, 0.4, NOON), **changes)


def test_a_random_sample_is_drawn_once_and_never_changes(store: Store) -> None:
    first = [sample("m2", 0), sample("m1", 1)]
    assert store.draw_sample(WEEK, first)
    assert not store.draw_sample(WEEK, [sample("m3")])
    assert store.review_samples(WEEK.start, WEEK.end) == tuple(first)
    assert store.draw_sample(NEXT, [sample("m3", period=NEXT)])


def test_other_strata_grow_and_do_not_stand_in_the_way_of_the_draw(store: Store) -> None:
    against = sample("m1", stratum=Stratum.FLAGGED, probability=1.0)
    near = sample("m1", stratum=Stratum.UNCERTAIN, probability=None)
    store.add_samples([against, near])
    store.add_samples([replace(against, place=9)])
    assert store.draw_sample(WEEK, [sample("m1")])
    assert store.review_samples(WEEK.start, WEEK.end) == (against, sample("m1"), near)


def test_samples_of_periods_that_only_touch_are_left_out(store: Store) -> None:
    store.draw_sample(WEEK, [sample()])
    assert store.review_samples(WEEK.end, WEEK.end + HOUR) == ()
    assert len(store.review_samples(WEEK.end - HOUR, WEEK.end)) == 1


def test_picked_mentions_are_read_though_people_refused_them(store: Store) -> None:
    store.add_targets([BLOGS], NOON)
    refused = Relevance(False, RelevanceBasis.LABEL, NO)
    mentions = [a_mention(an_item(1)), replace(a_mention(an_item(2)), relevance=refused), a_mention(an_item(3))]
    store.save_page(BLOGS, Page(items=tuple(one.item for one in mentions)), mentions, NOON, NOON + HOUR)
    store.save_scores([a_score(one) for one in mentions[:2]], NOON)
    store.draw_sample(WEEK, [sample(one.id, place) for place, one in enumerate(mentions[:2])])
    found = list(store.review_mentions(WEEK.start, WEEK.end))
    assert {mention_of(one).id for one in found} == {one.id for one in mentions[:2]}
    assert all(isinstance(one, ScoredMention) for one in found)
    assert list(store.review_mentions(NEXT.start + HOUR, NEXT.end)) == []
