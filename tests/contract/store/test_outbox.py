"""What digests and deliveries may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Outdated
from bot.model import LATE_WITHIN, DeliveryState, Page
from bot.ports import Store
from tests.support.counts import examples
from tests.support.database import store_in_memory
from tests.support.samples import (
    BLOGS,
    DAY,
    HOUR,
    NOON,
    a_delivery,
    a_digest,
    a_mention,
    a_score,
    a_window,
    an_item,
)

STALE = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS], NOON)


def hear(store: Store, number: int, published_at, collected_at):
    """A scored mention, told at one time and collected at another."""
    item = an_item(number, published_at=published_at)
    mention = a_mention(item, collected_at=collected_at)
    store.save_page(BLOGS, Page(items=(item,)), [mention], collected_at, collected_at)
    store.save_scores([a_score(mention)], collected_at)
    return mention


def untold(store: Store, day: int, report: str = "pr", *, again: bool = False) -> list[tuple[str, bool]]:
    return [(found.mention.item.key, found.late) for found in store.untold(report, a_window(day), again=again)]


def publish_all(store: Store, day: int):
    told = tuple(found.mention.id for found in store.untold("pr", a_window(day)))
    return store.publish(a_digest(a_window(day), told), ())


def test_a_digest_is_kept_whole_with_what_it_told_and_its_deliveries(store: Store):
    mentions = [hear(store, n, NOON, NOON) for n in (1, 2, 3)]
    digest = a_digest(a_window(), tuple(m.id for m in reversed(mentions)))
    delivery = a_delivery(digest)
    assert store.digest_for("pr", a_window()) is None
    assert store.publish(digest, [delivery]) == digest
    assert store.digest_for("pr", a_window()) == store.digest(digest.id) == store.last_digest("pr") == digest
    assert store.digests(9) == ((digest, (delivery,)),)
    assert (store.digest_for("community", a_window()), store.last_digest("community"), store.digest("?")) == (
        None, None, None,
    )  # fmt: skip


def test_the_first_digest_of_a_window_wins(store: Store):
    mention = hear(store, 1, NOON, NOON)
    first = a_digest(a_window(), (mention.id,))
    store.publish(first, [a_delivery(first)])
    second = replace(first, id="another", subject_line="Not so quiet")
    assert store.publish(second, [a_delivery(second, "else@example.org")]) == first
    assert store.digests(9) == ((first, (a_delivery(first),)),)


def test_digests_are_listed_newest_first(store: Store):
    for day in (1, 0, 2):
        store.publish(a_digest(a_window(day)), ())
    assert [digest.window for digest, _ in store.digests(2)] == [a_window(2), a_window(1)]
    assert store.last_digest("pr").window == a_window(2)


def test_only_scored_mentions_of_the_window_are_told_first(store: Store):
    hear(store, 1, NOON, NOON)
    hear(store, 2, NOON + DAY, NOON)
    hear(store, 3, NOON - 300 * DAY, NOON)
    unscored = an_item(4)
    store.save_page(BLOGS, Page(items=(unscored,)), [a_mention(unscored)], NOON, NOON)
    assert untold(store, 0) == [("rss:1", False)]


def test_the_window_is_half_open(store: Store):
    hear(store, 1, a_window().start, NOON)
    hear(store, 2, a_window().end, NOON)
    assert untold(store, 0) == [("rss:1", False)]
    assert untold(store, 1) == [("rss:2", False)]


def test_what_comes_after_its_digest_is_late_in_the_next(store: Store):
    hear(store, 1, NOON, NOON)
    hear(store, 2, NOON - 300 * DAY, NOON)
    digest = publish_all(store, 0)
    hear(store, 3, NOON, digest.created_at + HOUR)
    hear(store, 4, NOON - 9 * DAY, digest.created_at + HOUR)
    hear(store, 5, NOON + DAY, digest.created_at + HOUR)
    assert untold(store, 1) == [("rss:5", False), ("rss:3", True), ("rss:4", True)]
    publish_all(store, 1)
    assert untold(store, 2) == []


def test_a_day_is_looked_at_again_as_if_it_and_later_ones_had_not_been_told(store: Store):
    hear(store, 1, NOON - DAY, NOON - DAY)
    publish_all(store, -1)
    hear(store, 2, NOON, NOON)
    digest = publish_all(store, 0)
    hear(store, 3, NOON + HOUR, digest.created_at + HOUR)
    hear(store, 4, NOON + DAY, digest.created_at + HOUR)
    publish_all(store, 1)
    assert untold(store, 0) == []
    assert untold(store, 0, again=True) == [("rss:3", False), ("rss:2", False)]
    assert untold(store, 1, again=True) == [("rss:4", False), ("rss:3", True)]
    assert untold(store, 0, "community", again=True) == untold(store, 0, "community")


def test_the_first_days_second_look_has_nothing_late(store: Store):
    """Its own digest is no digest before it, so that nothing could have come too late for one."""
    hear(store, 1, NOON - DAY, NOON - DAY)
    digest = publish_all(store, 0)
    hear(store, 2, NOON - 2 * DAY, digest.created_at + HOUR)
    assert untold(store, 0, again=True) == []


def test_the_last_digest_before_a_moment_is_one_that_had_ended(store: Store):
    for day in (0, 1, 2):
        publish_all(store, day)
    last = store.last_digest("pr", a_window(1).end)
    assert last is not None
    assert last.window == a_window(1)
    assert store.last_digest("pr", a_window(0).start) is None


def test_an_archive_that_is_found_later_is_not_late_but_old(store: Store):
    digest = publish_all(store, 0)
    start = a_window(1).start
    hear(store, 1, start - LATE_WITHIN, digest.created_at + HOUR)
    hear(store, 2, start - LATE_WITHIN - HOUR, digest.created_at + HOUR)
    assert untold(store, 1) == [("rss:1", True)]


def test_a_mention_scored_only_after_its_digest_is_not_lost(store: Store):
    item = an_item(1, published_at=NOON)
    mention = a_mention(item)
    store.save_page(BLOGS, Page(items=(item,)), [mention], NOON, NOON)
    publish_all(store, 0)
    store.save_scores([a_score(mention)], NOON + 2 * DAY)
    assert untold(store, 1) == [("rss:1", True)]


def test_each_report_tells_for_itself(store: Store):
    hear(store, 1, NOON, NOON)
    publish_all(store, 0)
    assert untold(store, 0) == []
    assert untold(store, 0, "community") == [("rss:1", False)]


def test_a_digest_of_what_another_told_meanwhile_is_outdated_and_leaves_nothing(store: Store):
    mention = hear(store, 1, NOON, NOON)
    store.publish(a_digest(a_window(0), (mention.id,)), ())
    late = a_digest(a_window(1), (mention.id,))
    with pytest.raises(Outdated, match=mention.id):
        store.publish(late, [a_delivery(late)])
    with pytest.raises(Outdated):
        store.publish(a_digest(a_window(2), ("gone",)), ())
    assert len(store.digests(9)) == 1
    assert store.claim_deliveries(NOON + 9 * DAY, 9, NOON) == ()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("hear"), st.integers(0, 4)),
        st.tuples(st.just("compose"), st.integers(0, 4)),
        st.tuples(st.just("publish"), st.integers(0, 3)),
    ),
    max_size=25,
)


@settings(max_examples=examples(40), deadline=None)
@given(STEPS)
def test_every_mention_is_in_exactly_one_digest_whatever_the_interleaving(steps):
    """Several workers compose, and publish in any order what they composed; then every day's digest is made."""
    store = store_in_memory()
    store.add_targets([BLOGS], NOON)
    store.publish(a_digest(a_window(-1)), ())
    composed, heard, clock = [], [], NOON
    for step, number in steps:
        clock += HOUR
        if step == "hear":
            heard.append(hear(store, len(heard), NOON + number * DAY, clock).id)
        elif step == "compose":
            told = tuple(found.mention.id for found in store.untold("pr", a_window(number)))
            composed.append(a_digest(a_window(number), told, f"d{clock}"))
        elif composed:
            digest = composed.pop(number % len(composed))
            try:
                store.publish(digest, ())
            except Outdated:
                composed.append(a_digest(digest.window, tuple(f.mention.id for f in store.untold("pr", digest.window)), f"r{clock}"))  # fmt: skip
    for day in range(6):
        publish_all(store, day)
    told = [mention for digest, _ in store.digests(99) for mention in digest.mentions]
    assert sorted(told) == sorted(heard)
    store.close()


def claimed(store: Store, now, limit: int = 9) -> list[tuple[str, DeliveryState]]:
    return [(d.recipient, d.state) for d in store.claim_deliveries(now, limit, now - STALE)]


def test_a_delivery_is_claimed_once_and_settled(store: Store):
    digest = a_digest(a_window())
    store.publish(digest, [a_delivery(digest, "a"), a_delivery(digest, "b")])
    assert claimed(store, NOON, 1) == [("a", DeliveryState.SENDING)]
    assert claimed(store, NOON) == [("b", DeliveryState.SENDING)]
    assert claimed(store, NOON) == []
    sent = replace(a_delivery(digest, "a"), state=DeliveryState.SENT, attempts=1, sent_at=NOON)
    store.settle_delivery(sent)
    failed = replace(a_delivery(digest, "b"), state=DeliveryState.FAILED, attempts=3, error="550 no such user")
    store.settle_delivery(failed)
    assert store.digests(1)[0][1] == (sent, failed)
    assert claimed(store, NOON + DAY) == []


def test_a_delivery_to_be_tried_again_waits_for_its_time(store: Store):
    digest = a_digest(a_window())
    store.publish(digest, [a_delivery(digest)])
    (delivery,) = store.claim_deliveries(NOON, 9, NOON - STALE)
    store.settle_delivery(
        replace(delivery, state=DeliveryState.PENDING, attempts=1, next_attempt_at=NOON + HOUR, error="451")
    )
    assert claimed(store, NOON + HOUR - STALE) == []
    assert claimed(store, NOON + HOUR) == [("pr@example.org", DeliveryState.SENDING)]


def test_a_delivery_whose_sender_died_comes_back_in_doubt_with_the_same_key(store: Store):
    digest = a_digest(a_window())
    store.publish(digest, [a_delivery(digest)])
    (first,) = store.claim_deliveries(NOON, 9, NOON - STALE)
    assert claimed(store, NOON + STALE) == []
    (again,) = store.claim_deliveries(NOON + 2 * STALE, 9, NOON + STALE)
    assert again == replace(first, state=DeliveryState.IN_DOUBT, attempts=1), "what the dead one did counts"
    assert claimed(store, NOON + 2 * STALE) == []
    assert claimed(store, NOON + 4 * STALE) == [("pr@example.org", DeliveryState.IN_DOUBT)]


def test_a_delivery_settled_in_doubt_is_sent_once_more(store: Store):
    digest = a_digest(a_window())
    store.publish(digest, [a_delivery(digest)])
    (delivery,) = store.claim_deliveries(NOON, 9, NOON - STALE)
    store.settle_delivery(replace(delivery, state=DeliveryState.IN_DOUBT, attempts=1))
    assert claimed(store, NOON) == [("pr@example.org", DeliveryState.IN_DOUBT)]
    assert claimed(store, NOON) == []


def test_two_senders_never_claim_the_same_delivery(store: Store, open_again):
    digest = a_digest(a_window())
    store.publish(digest, [a_delivery(digest, f"r{n:02}") for n in range(20)])
    other = open_again()
    mine = claimed(store, NOON, 7) + claimed(other, NOON, 7) + claimed(store, NOON, 7)
    other.close()
    assert sorted(recipient for recipient, _ in mine) == [f"r{n:02}" for n in range(20)]
