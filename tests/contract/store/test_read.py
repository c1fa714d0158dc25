"""What listings may rely on, whatever the database."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.model import ItemKind, Label, LabelKind, Page, ScoredMention, Target, ToneLabel, ToneReading
from bot.ports import Store
from tests.support.counts import examples
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_mention, a_score, an_item


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS], NOON)


def save(store: Store, *items, subject="moon", source="blogs"):
    mentions = [replace(a_mention(item, subject), source=source) for item in items]
    store.save_page(BLOGS, Page(items=items), mentions, NOON, NOON + HOUR)
    return mentions


def ids(found) -> list[str]:
    return [m.mention.item.key if isinstance(m, ScoredMention) else m.item.key for m in found]


def test_mentions_come_newest_first_by_told_time(store: Store):
    save(store, an_item(1), an_item(2, published_at=NOON - DAY), an_item(3, published_at=None))
    assert ids(store.mentions()) == ["rss:3", "rss:1", "rss:2"]
    assert ids(store.mentions(limit=2)) == ["rss:3", "rss:1"]
    assert ids(store.mentions(limit=0)) == []


def test_since_and_until_are_half_open(store: Store):
    save(store, *(an_item(n, published_at=NOON + n * HOUR) for n in range(4)))
    assert ids(store.mentions(since=NOON + HOUR, until=NOON + 3 * HOUR)) == ["rss:2", "rss:1"]


def test_filters_narrow_and_combine(store: Store):
    first, second = save(store, an_item(1), an_item(2, published_at=NOON))
    (third,) = save(store, an_item(3), subject="sun", source="x")
    negative = ToneReading(-0.5, ToneLabel.NEGATIVE, 0.5)
    store.save_scores([a_score(first), a_score(second, tone=negative)], NOON)
    assert ids(store.mentions(subject="sun")) == ids(store.mentions(source="x")) == [third.item.key]
    assert ids(store.mentions(tone="negative")) == ["rss:2"]
    assert ids(store.mentions(message="hand-made", tone="positive")) == ["rss:1"]
    assert ids(store.mentions(message="free-truffle")) == []
    for kind, value, about in (
        (LabelKind.TONE, "negative", None),
        (LabelKind.TONE, "neutral", None),
        (LabelKind.MESSAGE, "none", "hand-made"),
        (LabelKind.MESSAGE, "contrary", "free-truffle"),
    ):
        store.add_label(Label(first.id, kind, value, "ada", "cli", NOON, about), None)
    assert ids(store.mentions(tone="positive")) == []
    assert ids(store.mentions(tone="neutral")) == ids(store.mentions(message="free-truffle")) == [first.item.key]
    assert ids(store.mentions(message="hand-made")) == [second.item.key]
    assert ids(store.mentions(subject="moon", source="x")) == []


def test_a_long_listing_is_whole_and_lets_others_write_while_it_is_read(store: Store, open_again):
    mentions = save(store, *(an_item(n, published_at=NOON + (n % 7) * HOUR) for n in range(450)))
    store.save_scores([a_score(m) for m in mentions[::2]], NOON)
    other = open_again()
    seen = []
    for count, found in enumerate(store.mentions()):
        seen.append(found)
        if count in {10, 260}:
            other.add_targets([Target("new", str(count))], NOON)
            store.add_targets([Target("own", str(count))], NOON)
    other.close()
    assert sorted(ids(seen)) == sorted(m.item.key for m in mentions)
    assert sum(isinstance(found, ScoredMention) and len(found.score.alignments) == 2 for found in seen) == 225


def test_a_story_is_owned_wherever_one_of_its_texts_is_the_subjects_own_and_no_repost(store: Store):
    repost = an_item(3, kind=ItemKind.REPOST)
    items = [an_item(1), an_item(2, published_at=NOON - 300 * DAY), repost, an_item(4)]
    stories = ("earned", "release", "passed-on", "release")
    for item, story, flags in zip(items, stories, ((), ("mixed", "owned"), ("owned",), ("owned-not",)), strict=True):
        mention = a_mention(item, story=story)
        store.save_page(BLOGS, Page(items=(item,)), [mention], NOON, NOON)
        store.save_scores([a_score(mention, flags=flags)], NOON)
    assert store.owned_stories({"moon", "sun"}) == {"release"}
    assert store.owned_stories({"sun"}) == store.owned_stories(()) == frozenset()
    assert store.owned_stories({"moon"}, ["earned", "release", "passed-on", "none"]) == {"release"}
    assert store.owned_stories({"moon"}, ["earned", ""]) == store.owned_stories({"moon"}, []) == frozenset()
    assert store.own_stories() == store.own_stories({"release"}) == {"moon": frozenset({"release"})}


def test_an_own_text_that_is_in_no_story_owns_nobody_elses(store: Store):
    mention = a_mention(an_item(1), story="")
    store.save_page(BLOGS, Page(items=(an_item(1),)), [mention], NOON, NOON)
    store.save_scores([a_score(mention, flags=("owned",))], NOON)
    assert store.owned_stories({"moon"}) == store.owned_stories({"moon"}, [""]) == frozenset()


def test_search_folds_case_and_accents_and_word_forms(store: Store):
    save(store, an_item(1, text="Die Crème brûlée was melting"), an_item(2, text="Moon pralines"))
    assert ids(store.mentions(search="creme BRULEE")) == ["rss:1"]
    assert ids(store.mentions(search="melted")) == ["rss:1"]
    assert ids(store.mentions(search='"moon praline"')) == ["rss:2"]
    assert ids(store.mentions(search="moon melted")) == []
    assert len(ids(store.mentions(search="  "))) == 2


@pytest.mark.parametrize("search", ['"', '""', "\0", ' "\0" ', "***", "-", "(", "\ud800", "🍫"])
def test_a_search_without_a_word_is_an_error_of_usage(store: Store, search: str):
    with pytest.raises(ConfigError, match="holds no word"):
        store.mentions(search=search)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from('"\0 a-*()\ud800:^')))
@example('"" a')
@example('a"')
@example('"\0"a')
def test_a_search_is_answered_or_refused_in_words(store: Store, text: str):
    with suppress(ConfigError):
        assert list(store.mentions(search=text)) == []


def test_search_follows_edited_words(store: Store):
    save(store, an_item(1, text="Moon of old"))
    save(store, an_item(1, text="Moon of late"))
    assert (ids(store.mentions(search="old")), ids(store.mentions(search="late"))) == ([], ["rss:1"])


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
@example('"')
@example("moon AND")
@example('0":\n')
@example('NEAR("a" b, 3) OR *')
@example("text:moon ^ - + ( ) { } \0 \ud800 '")
def test_no_search_is_an_error(store: Store, text: str):
    assert list(store.mentions(search=f"nowhere {text}")) == []
