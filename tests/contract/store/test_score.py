"""What scoring may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import UNKNOWN_REACH, Page, ScoredMention, ScoringContext, ToneReading
from bot.ports import Store
from bot.store.sqlite import open_store
from tests.support.counts import examples
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_mention, a_score, an_item


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS], NOON)


def save(store: Store, *items, trainable=False, now=NOON):
    mentions = [a_mention(item, collected_at=now) for item in items]
    store.save_page(BLOGS, Page(items=items), mentions, now, now + HOUR, trainable=trainable)
    return mentions


def test_a_score_is_read_back_to_the_last_digit(store: Store):
    (mention,) = save(store, an_item())
    score = a_score(mention)
    store.save_scores([score], NOON)
    assert store.mention(mention.id) == ScoredMention(mention, score)


def test_a_score_of_unknowns_is_read_back_as_unknowns(store: Store):
    (mention,) = save(store, an_item())
    tone = ToneReading(None, None, None, (), "language not supported")
    score = a_score(mention, tone=tone, reach=UNKNOWN_REACH, score=None, language=None, alignments=(), flags=())
    store.save_scores([score], NOON)
    assert store.mention(mention.id) == ScoredMention(mention, score)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=6, max_size=6), st.text(max_size=20))
def test_any_figures_survive_the_round_trip(figures, text):
    store = open_store(":memory:")
    store.add_targets([BLOGS], NOON)
    (mention,) = save(store, an_item(text=f"Moon {text}"))
    a, b, c, d, e, f = figures
    score = a_score(mention, prominence=a, advocacy=b, weight=c, quality=d, score=e)
    score = replace(score, tone=replace(score.tone, tone=f), formula=text, factors=())
    store.save_scores([score], NOON)
    assert store.mention(mention.id) == ScoredMention(mention, score)
    store.close()


def test_mentions_wait_oldest_first_until_scored_by_these_rules(store: Store):
    mentions = save(store, an_item(1), an_item(2, published_at=NOON - DAY), an_item(3, published_at=None))
    first, second, third = mentions
    assert store.unscored("1", 2) == (second, first)
    store.save_scores([a_score(m) for m in mentions], NOON)
    assert store.unscored("1", 9) == ()
    assert store.unscored("2", 9) == (second, first, third)
    store.save_scores([a_score(first, rules_version="2")], NOON)
    assert store.unscored("2", 9) == (second, third)


def test_the_newest_score_replaces_the_one_before(store: Store):
    (mention,) = save(store, an_item())
    store.save_scores([a_score(mention)], NOON)
    newer = a_score(mention, rules_version="2", alignments=())
    store.save_scores([newer], NOON)
    assert list(store.mentions()) == [ScoredMention(mention, newer)]
    assert list(store.mentions(message="hand-made")) == []


def test_a_score_of_words_that_changed_meanwhile_is_dropped(store: Store):
    (read,) = save(store, an_item())
    (newer,) = save(store, an_item(text="Moon closed"))
    store.save_scores([a_score(read)], NOON, of=[read])
    assert store.unscored("1", 9) == (newer,)
    store.save_scores([a_score(newer)], NOON, of=[newer])
    assert store.unscored("1", 9) == ()


def test_a_score_of_a_mention_that_is_gone_is_dropped(store: Store):
    (read,) = save(store, an_item())
    store.save_page(BLOGS, Page(items=(an_item(text="nothing"),)), (), NOON, NOON)
    store.save_scores([a_score(read)], NOON)
    assert list(store.mentions()) == []


def test_the_first_context_of_an_id_is_frozen(store: Store):
    context = ScoringContext("2026-03", 12, {"moon": 0.1 + 0.2, "é": 3.0}, {"x": 1 / 3})
    assert store.context("2026-03") is None
    assert store.save_context(context) == context
    assert store.save_context(replace(context, documents=99)) == context
    assert store.context("2026-03") == context


def test_a_context_goes_with_the_last_score_that_was_made_in_it(store: Store):
    one, two = save(store, an_item(1), an_item(2))
    for name in ("old", "new", "not yet used"):
        store.save_context(ScoringContext(name, 1, {}, {}))
    store.save_scores([a_score(one, context_id="old"), a_score(two, context_id="old")], NOON)
    store.save_scores([a_score(one, context_id="new")], NOON)
    assert store.context("old") is not None
    store.save_scores([a_score(two, context_id="new"), a_score(one, context_id="new")], NOON)
    assert [name for name in ("old", "new", "not yet used") if store.context(name)] == ["new", "not yet used"]


def test_only_trainable_texts_are_in_the_pool(store: Store):
    save(store, an_item(1, text="Moon a"), trainable=True, now=NOON)
    save(store, an_item(2, text="Moon b"), trainable=False, now=NOON)
    save(store, an_item(3, text="Moon c"), trainable=True, now=NOON + HOUR)
    assert list(store.pool_texts(NOON, NOON + DAY, 9)) == ["Moon a", "Moon c"]
    assert list(store.pool_texts(NOON, NOON + HOUR, 9)) == ["Moon a"]
    assert list(store.pool_texts(NOON, NOON + DAY, 1)) == ["Moon a"]
    save(store, an_item(1, text="Moon a"), trainable=False)
    assert list(store.pool_texts(NOON, NOON + DAY, 9)) == ["Moon c"]


def test_a_long_pool_is_read_whole(store: Store):
    save(store, *(an_item(n, text=f"Moon {n}") for n in range(1203)), trainable=True)
    assert list(store.pool_texts(NOON, NOON + DAY, 5000)) == [f"Moon {n}" for n in range(1203)]
    assert len(list(store.pool_texts(NOON, NOON + DAY, 1000))) == 1000


def test_reach_weights_are_by_channel_and_leave_unknown_reach_out(store: Store):
    one, two = an_item(1), an_item(2, key="x:2")
    mentions = save(store, one, two, an_item(3))
    both = a_mention(one, "sun")
    store.save_page(BLOGS, Page(items=(one,)), [both], NOON, NOON)
    weights = (0.25, 0.5, 0.75)
    scores = [a_score(m, weight=w) for m, w in zip(mentions, weights, strict=True)] + [a_score(both, weight=0.25)]
    scores[2] = replace(scores[2], reach=UNKNOWN_REACH)
    store.save_scores(scores, NOON)
    assert store.reach_weights(NOON, NOON + HOUR) == {"rss": [0.25], "x": [0.5]}
    assert store.reach_weights(NOON + HOUR, NOON + DAY) == {}
