"""What scoring may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import UNKNOWN_REACH, Author, Page, RulesVersion, ScoredMention, ScoringContext, ToneReading, brief_of
from bot.ports import Store
from tests.contract.store.test_figures import views
from tests.support.counts import examples
from tests.support.database import store_in_memory
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


HELD = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
"""What a database holds in a text as it is."""


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=6, max_size=6), st.text(HELD, max_size=20))
def test_any_figures_survive_the_round_trip(figures, text):
    store = store_in_memory()
    store.add_targets([BLOGS], NOON)
    (mention,) = save(store, an_item(text=f"Moon {text}"))
    a, b, c, d, e, f = figures
    score = a_score(mention, prominence=a, advocacy=b, weight=c, quality=d, score=e)
    score = replace(score, tone=replace(score.tone, tone=f), formula=text, factors=())
    store.save_scores([score], NOON)
    assert store.mention(mention.id) == ScoredMention(mention, score)
    store.close()


def test_mentions_wait_oldest_first_until_they_are_scored_by_whatever_rules(store: Store):
    mentions = save(store, an_item(1), an_item(2, published_at=NOON - DAY), an_item(3, published_at=None))
    first, second, _third = mentions
    assert store.unscored(2) == (second, first)
    store.save_scores([a_score(m) for m in mentions], NOON)
    assert store.unscored(9) == ()


def test_what_was_scored_by_other_rules_is_found_newest_first_and_counted(store: Store):
    mentions = save(store, an_item(1), an_item(2, published_at=NOON - DAY), an_item(3, published_at=None), an_item(4))
    first, second, third, unscored = mentions
    old = [ScoredMention(one, a_score(one)) for one in (third, first, second)]
    store.save_scores([found.score for found in old], NOON)
    assert list(store.outdated("2")) == old
    assert list(store.outdated("2", NOON - HOUR)) == old[:2]
    assert list(store.outdated("2", None, NOON - HOUR)) == old[2:]
    assert (store.count_outdated("2"), store.count_outdated("2", NOON - HOUR), store.count_outdated("1")) == (3, 2, 0)
    assert store.outdated_versions("2") == ("1",)
    store.save_scores([a_score(first, rules_version="2")], NOON)
    assert list(store.outdated("2")) == [old[0], old[2]]
    assert store.outdated_versions("3") == ("1", "2")
    assert store.unscored(9) == (unscored,)


def test_what_a_rescoring_replaced_is_kept_until_the_mention_is_scored_otherwise(store: Store):
    first, second = save(store, an_item(1), an_item(2))
    old = {one.id: brief_of(a_score(one)) for one in (first, second)}
    store.save_scores([a_score(first), a_score(second)], NOON)
    newer = [a_score(first, rules_version="2"), a_score(second, rules_version="2", score=None)]
    store.save_scores(newer, NOON, of=[first, second], before=old)
    found = {one.mention.id: (one.score, before) for one, before in store.rescored("2")}
    assert found == {first.id: (newer[0], old[first.id]), second.id: (newer[1], old[second.id])}
    assert list(store.rescored("2", NOON)) == list(store.rescored("1")) == []
    store.save_scores([newer[0]], NOON)
    assert [one.mention.id for one, _ in store.rescored("2")] == [second.id]
    store.save_page(BLOGS, Page(items=(an_item(2, text="nothing"),)), (), NOON, NOON)
    assert list(store.rescored("2")) == []


def test_rules_are_written_down_once_in_the_order_of_their_first_use(store: Store):
    later = RulesVersion("a", {"engine": ["vader", "3"], "weights": {"tone": 0.1 + 0.2}, "é": None}, NOON)
    assert store.rules_versions() == ()
    store.note_rules(later)
    store.note_rules(replace(later, told={"other": 1}, first_used_at=NOON + DAY))
    earlier = RulesVersion("b", {}, NOON - DAY)
    store.note_rules(earlier)
    assert store.rules_versions() == (earlier, later)
    store.note_rules(replace(earlier, told={"now": "known"}, first_used_at=NOON))
    assert store.rules_versions()[0] == replace(earlier, told={"now": "known"})


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
    assert store.unscored(9) == (newer,)
    store.save_scores([a_score(newer)], NOON, of=[newer])
    assert store.unscored(9) == ()


def test_a_score_that_another_process_was_faster_with_stands(store: Store):
    (read,) = save(store, an_item())
    theirs, ours = a_score(read, rules_version="2"), a_score(read)
    store.save_scores([theirs], NOON, of=[read])
    store.save_scores([ours], NOON, of=[read])
    assert list(store.mentions()) == [ScoredMention(read, theirs)]


def test_a_rescoring_leaves_what_has_come_to_wait_for_a_score(store: Store):
    (read,) = save(store, an_item())
    store.save_scores([a_score(read)], NOON, of=[read])
    store.add_observations([views(500.0, subject=read.item.key)])
    newer = a_score(read, rules_version="2")
    store.save_scores([newer], NOON, of=[read], before={read.id: brief_of(a_score(read))})
    assert [found.score for found in store.mentions() if isinstance(found, ScoredMention)] == [a_score(read)]
    assert store.unscored(9) == (read,)


def test_a_score_of_a_mention_that_is_gone_is_dropped(store: Store):
    (read,) = save(store, an_item())
    store.save_page(BLOGS, Page(items=(an_item(text="nothing"),)), (), NOON, NOON)
    store.save_scores([a_score(read)], NOON)
    assert list(store.mentions()) == []


def test_the_first_context_of_an_id_is_frozen(store: Store):
    context = ScoringContext("2026-03", 12, {"moon": 0.1 + 0.2, "é": 3.0}, {"x": 1 / 3}, centre=(0.25, -1 / 3))
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


def test_one_author_and_one_story_do_not_fill_the_pool(store: Store):
    loud = Author("Loud", "loud", "l1")
    items = [an_item(n, text=f"Moon {n}", author=loud) for n in range(600)] + [
        an_item(n, text=f"Moon {n}", author=Author(), key=f"x:{n}") for n in range(600, 604)
    ]
    mentions = [a_mention(item, story=f"s{min(number, 602)}") for number, item in enumerate(items)]
    store.save_page(BLOGS, Page(items=tuple(items)), mentions, NOON, NOON + HOUR, trainable=True)
    taken = list(store.pool_texts(NOON, NOON + DAY, 9_999, by_author=3))
    assert taken == ["Moon 0", "Moon 1", "Moon 2", "Moon 600", "Moon 601", "Moon 602"]
    assert list(store.pool_texts(NOON, NOON + DAY, 4, by_author=3)) == taken[:4]


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
