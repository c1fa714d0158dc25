"""What counts of stories by tone may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import OWNED, Interval, Label, LabelKind, Page, Relevance, ToneLabel, ToneReading
from bot.model.digest import ToneCount
from bot.ports import Store
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_mention, a_score, an_item

TODAY = Interval(NOON - 12 * HOUR, NOON + 12 * HOUR)
YESTERDAY = Interval(TODAY.start - DAY, TODAY.start)
TONES = {
    "negative": ToneReading(-0.5, ToneLabel.NEGATIVE, 0.5),
    "neutral": ToneReading(0.0, ToneLabel.NEUTRAL, 0.5),
    "positive": ToneReading(0.5, ToneLabel.POSITIVE, 0.5),
    "unknown": ToneReading(None, None, None),
}


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS], NOON)


def hear(
    store: Store, number: int, tone: str, *, story="", at=NOON, subject="moon", removed=False, scored=True, flags=()
):
    item = replace(an_item(number, published_at=at), removed=removed)
    mention = replace(a_mention(item, subject), story=story or f"s{number}")
    store.save_page(BLOGS, Page(items=(item,)), [mention], at, at + HOUR)
    if scored:
        score = None if tone == "unknown" else 1.0
        store.save_scores([a_score(mention, tone=TONES[tone], score=score, flags=flags)], at)
    return mention


def counts(store: Store, *stretches: Interval):
    found = store.tone_counts(["moon"], stretches or [TODAY])
    return [(one.negative, one.neutral, one.positive, one.unknown) for one in found]


def test_stories_are_counted_by_tone_in_each_stretch(store: Store):
    for number, tone in enumerate(("negative", "negative", "neutral", "positive", "unknown")):
        hear(store, number, tone)
    hear(store, 9, "positive", at=NOON - DAY)
    assert counts(store, TODAY, YESTERDAY, Interval(YESTERDAY.start, TODAY.end)) == [
        (2, 1, 1, 1), (0, 0, 1, 0), (2, 1, 2, 1),
    ]  # fmt: skip


def test_copies_are_one_story_of_the_tone_of_the_first(store: Store):
    hear(store, 1, "positive", story="same", at=NOON + HOUR)
    hear(store, 2, "negative", story="same", at=NOON)
    hear(store, 3, "neutral", story="same", at=NOON + 2 * HOUR)
    assert counts(store) == [(1, 0, 0, 0)]


def test_what_a_person_said_of_the_tone_stands_before_the_score(store: Store):
    mention = hear(store, 1, "positive")
    for value in ("neutral", "negative"):
        store.add_label(Label(mention.id, LabelKind.TONE, value, "ann", "review", NOON), None)
    assert counts(store) == [(1, 0, 0, 0)]


def test_only_what_others_say_of_these_subjects_and_what_stands_is_counted(store: Store):
    hear(store, 1, "positive", flags=(OWNED,))
    hear(store, 2, "positive", subject="sun")
    hear(store, 3, "positive", removed=True)
    hear(store, 4, "positive", scored=False)
    hear(store, 5, "positive", story="release")
    irrelevant = hear(store, 6, "positive")
    store.add_label(
        Label(irrelevant.id, LabelKind.RELEVANT, "no", "ann", "review", NOON), Relevance(relevant=False, by="label")
    )
    assert counts(store) == [(0, 0, 1, 0)]
    hear(store, 7, "positive", story="release", subject="sun", flags=(OWNED,))
    assert counts(store) == [(0, 0, 1, 0)], "what another subject says itself is told by others"
    hear(store, 8, "positive", story="release", at=NOON - 300 * DAY, flags=(OWNED,))
    assert counts(store) == [(0, 0, 0, 0)]


def test_bounds_are_half_open_and_no_stretch_gives_no_count(store: Store):
    hear(store, 1, "positive", at=TODAY.start)
    hear(store, 2, "positive", at=TODAY.end)
    assert counts(store) == [(0, 0, 1, 0)]
    assert store.tone_counts(["moon"], []) == ()
    assert store.tone_counts([], [TODAY]) == (ToneCount(TODAY),)
