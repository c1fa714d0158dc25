"""What reads without words may rely on, whatever the database: they are the full reads but for the words."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.model import (
    OWNED,
    Alignment,
    Author,
    Counted,
    ItemKind,
    Label,
    LabelKind,
    Mention,
    Outcome,
    Page,
    Relevance,
    RelevanceBasis,
    ScoredMention,
    ToneLabel,
    ToneReading,
    mention_of,
)
from bot.ports import Store
from bot.ports.voice_store import ToldStory
from bot.score.labelled import as_labelled
from bot.score.summary import earned_stories, strongest
from bot.store.briefs import PAGE
from tests.support.counts import FULL
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_mention, a_score, an_item

TONES = (
    ToneReading(-0.5, ToneLabel.NEGATIVE, 0.5, why="by words"),
    ToneReading(0.5, ToneLabel.POSITIVE, 0.5),
    ToneReading(None, None, None, why="abstains"),
)
SUBJECTS = ("moon", "sun")


def wordless(found: ScoredMention | Mention) -> ScoredMention | Mention:
    """A full read without what a brief one leaves out."""
    if isinstance(found, Mention):
        item, author = found.item, found.item.author
        bare = replace(
            item, url=None, title="", text="", links=(), metrics={}, refers_to=None, language=None,
            author=Author(author.name, author.handle, author.id),
        )  # fmt: skip
        return replace(found, item=bare, matched=(), relevance=replace(found.relevance, reason=""))
    score = found.score
    mention = wordless(found.mention)
    assert isinstance(mention, Mention)
    return ScoredMention(
        mention,
        replace(
            score,
            tone=replace(score.tone, spans=(), why=""),
            alignments=tuple(Alignment(one.message, one.outcome, one.confidence) for one in score.alignments),
        ),
    )


def same(brief: ScoredMention | Mention, full: ScoredMention | Mention, *, labelled: bool) -> bool:
    """Whether a brief read is the full one: its factors are there where somebody labelled the mention."""
    bare = wordless(full)
    if isinstance(bare, ScoredMention) and not labelled:
        bare = replace(bare, score=replace(bare.score, factors=()))
    return brief == bare


def fill(store: Store, seed: int, number: int) -> set[str]:
    """Mentions of every fate: removed, refused, unscored, labelled, told late, joined into stories; the labelled ones."""
    rng = random.Random(seed)
    store.add_targets([BLOGS], NOON)
    labelled: set[str] = set()
    for n in range(number):
        at = NOON - rng.randrange(96) * HOUR
        item = an_item(
            n,
            published_at=rng.choice((at, None)),
            author=rng.choice((Author("Ada", None, f"a{n % 3}"), Author("Ada", f"a{n % 3}"))),
            kind=rng.choice((ItemKind.ARTICLE, ItemKind.ARTICLE, ItemKind.REPOST)),
        )
        mentions = [
            a_mention(item, one, at, story=rng.choice(("", f"s{rng.randrange(number // 2)}")))
            for one in rng.sample(SUBJECTS, 1 + n % 2)
        ]
        store.save_page(BLOGS, Page(items=(item,)), mentions, at, at + HOUR)
        for one in mentions:
            if rng.random() < 0.8:
                outcomes = [Alignment(f"m{place}", rng.choice(list(Outcome)), rng.random(), "Moon", 0, 4, "said")
                            for place in range(rng.randrange(3))]  # fmt: skip
                flags = rng.choice(((), (OWNED,), ("default-reach", "mixed")))
                tone = rng.choice(TONES)
                score = None if tone.tone is None else rng.random()
                made = a_score(one, tone=tone, alignments=tuple(outcomes), flags=flags, score=score)
                store.save_scores([made], at)
            words = (
                (LabelKind.MESSAGE, "m1", "contrary"),
                (LabelKind.MESSAGE, "m1", "none"),
                (LabelKind.MESSAGE, "m0", "full"),
            )
            for kind, about, value in ((LabelKind.TONE, None, "neutral"), *words):
                if rng.random() < 0.2:
                    labelled.add(one.id)
                    store.add_label(Label(one.id, kind, value, "ada", "review", at, about), None)
            judged = rng.choice((None, True, False))
            if judged is not None:
                verdict = Relevance(judged, RelevanceBasis.RULE, "a reason", "v1")
                store.save_relevance([(one, verdict)])
        if rng.random() < 0.1:
            store.save_page(BLOGS, Page(items=(replace(item, removed=True),)), [], at, at + 2 * HOUR)
    store.join_stories([("s2", "s1")])
    return labelled


@pytest.mark.parametrize("seed", range(16 if FULL else 3))
def test_brief_reads_are_the_full_reads_but_for_the_words(store: Store, seed: int) -> None:
    labelled = fill(store, seed, 40)
    for since, until in ((NOON - 9 * DAY, NOON + DAY), (NOON - 2 * DAY, NOON - DAY)):
        full = [one for one in store.mentions(since=since, until=until) if isinstance(one, ScoredMention)]
        for subjects in (SUBJECTS, ("sun",), ()):
            wanted = [one for one in full if one.mention.subject in subjects]
            briefs = store.briefly(subjects, since, until)
            assert len(briefs) == len(wanted)
            for brief, found in zip(briefs, wanted, strict=True):
                assert same(brief, found, labelled=found.mention.id in labelled)


@pytest.mark.parametrize("seed", range(10 if FULL else 2))
def test_brief_listings_are_the_full_ones_whatever_is_asked_for(store: Store, seed: int) -> None:
    labelled = fill(store, seed, 40)
    some = {one.mention.id if isinstance(one, ScoredMention) else one.id for one in store.mentions(limit=7)}
    asked: tuple[dict[str, Any], ...] = (
        {}, {"subject": "moon"}, {"tone": "neutral"}, {"tone": "negative"}, {"message": "m1"}, {"story": "s1"},
        {"source": "blogs", "since": NOON - DAY}, {"until": NOON - DAY},
    )  # fmt: skip
    for filters in asked:
        full, briefs = list(store.mentions(**filters)), list(store.listed_briefly(**filters))
        names = [(one.mention if isinstance(one, ScoredMention) else one).id for one in full]
        assert len(briefs) == len(full)
        assert all(
            same(one, found, labelled=name in labelled) for one, found, name in zip(briefs, full, names, strict=True)
        )
        among = [
            (one.mention if isinstance(one, ScoredMention) else one).id
            for one in store.listed_briefly(**filters, among=some)
        ]
        assert among == [name for name in names if name in some]


def test_a_labelled_mention_counts_the_same_without_its_words(store: Store) -> None:
    fill(store, 7, 60)
    words = store.peoples_words({one.mention.id for one in store.briefly(SUBJECTS, NOON - 9 * DAY)})
    assert words
    for brief in store.briefly(SUBJECTS, NOON - 9 * DAY):
        name = brief.mention.id
        full = store.mention(name)
        assert isinstance(full, ScoredMention)
        told, bare = as_labelled(full, words.get(name, ())).score, as_labelled(brief, words.get(name, ())).score
        assert (bare.score, bare.quality, bare.tone.label, bare.flags) == (
            told.score, told.quality, told.tone.label, told.flags
        )  # fmt: skip
        assert [(one.message, one.outcome, one.confidence) for one in bare.alignments] == [
            (one.message, one.outcome, one.confidence) for one in told.alignments
        ]


@pytest.mark.parametrize("seed", range(10 if FULL else 2))
def test_what_waits_for_its_score_is_counted_as_it_is_listed(store: Store, seed: int) -> None:
    fill(store, seed, 40)
    for since, until in ((NOON - 9 * DAY, NOON + DAY), (NOON - 2 * DAY, NOON - DAY)):
        listed = [one for one in store.mentions(since=since, until=until) if isinstance(one, Mention)]
        for subjects in (SUBJECTS, ("sun",), ()):
            waiting = [one for one in listed if one.subject in subjects and not one.item.removed]
            assert store.count_without_score(subjects, since, until) == len(waiting)


@pytest.mark.parametrize("seed", range(10 if FULL else 2))
def test_stories_that_one_mention_alone_tells_are_left_out_of_ones_own_where_that_is_asked_for(
    store: Store, seed: int
) -> None:
    fill(store, seed, 40)
    told = [mention_of(one) for one in store.mentions(counted=Counted.ALL)]
    tellings = Counter(one.story for one in told)
    stories = set(tellings)
    several = {story for story, number in tellings.items() if number > 1}
    full = store.own_stories(stories)
    assert any(full.values())
    assert store.own_stories(stories, shared=True) == {
        subject: own & several for subject, own in full.items() if own & several
    }
    assert store.owned_stories(SUBJECTS, stories, shared=True) == store.owned_stories(SUBJECTS, stories) & several


def test_a_brief_listing_longer_than_a_page_comes_whole_and_in_order(store: Store) -> None:
    store.add_targets([BLOGS], NOON)
    items = tuple(an_item(number, published_at=NOON - number % 7 * HOUR) for number in range(PAGE + 10))
    store.save_page(BLOGS, Page(items=items), [a_mention(item) for item in items], NOON, NOON + HOUR)
    full = [one.id for one in store.mentions() if isinstance(one, Mention)]
    briefs = [one.id for one in store.listed_briefly() if isinstance(one, Mention)]
    assert len(full) == PAGE + 10
    assert briefs == full


@pytest.mark.parametrize("seed", range(16 if FULL else 3))
def test_what_the_database_counts_is_what_the_full_reads_come_to(store: Store, seed: int) -> None:
    fill(store, seed, 40)
    for since, until in ((NOON - 9 * DAY, NOON + DAY), (NOON - 2 * DAY, NOON - DAY)):
        full = [one for one in store.mentions(since=since, until=until) if isinstance(one, ScoredMention)]
        words = store.peoples_words({one.mention.id for one in full})
        for subjects in (("moon",), SUBJECTS, ()):
            said = [as_labelled(one, words.get(one.mention.id, ())) for one in full if one.mention.subject in subjects]
            own = store.owned_stories(subjects)
            coded = [pair for story in earned_stories(said, own) for pair in strongest(story).items()]
            counted = Counter((message, alignment.outcome) for message, (_, alignment) in coded)
            found = store.outcome_counts(subjects, since, until)
            assert {(message, one): number for message, by in found.items() for one, number in by.items()} == counted
            assert list(store.told_stories(subjects, since, until)) == told_by_others(said)


def told_by_others(said: Sequence[ScoredMention]) -> list[ToldStory]:
    """Each story of a subject at a source, where it was first told."""
    first: dict[tuple[str, str, str], datetime] = {}
    for scored in said:
        one = scored.mention
        if not (scored.owned or one.item.removed):
            told = one.subject, one.story or one.id, one.source
            first[told] = min(one.told_at, first.get(told, one.told_at))
    return [ToldStory(*told, at) for at, told in sorted((at, told) for told, at in first.items())]
