"""Stories as rows of an export: mentions are gathered as they come, and of each story only its figures are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bot.digest.plain import shorten
from bot.export.table import Column, Kind, Row
from bot.model import OUTCOME_VALUE, KeyMessage, Mention, Outcome, Reach, ScoredMention, ToneLabel, mention_of
from bot.wiring.export.terms import Texts

StoryReach = Callable[[Iterable[tuple[str, Reach]]], tuple[Reach, int]]

HEADLINE = 110

_T, _N, _I = Kind.TEXT, Kind.NUMBER, Kind.INTEGER

COLUMNS = (
    Column("story", _T, "The story's id; its mentions carry it too.", 16),
    Column("subject", _T, "Id of the subject that is named."),
    Column("headline", _T, "Headline, or first words, of the mention that scores strongest; not given out of posts on X.", 60),
    Column("first_said_at", Kind.TIME, "When it was said first, in the time asked for.", 17),
    Column("last_said_at", Kind.TIME, "When it was said last, in the time asked for.", 17),
    Column("items", _I, "How many pieces it is.", 8),
    Column("voices", _I, "How many speak; each counts once.", 8),
    Column("score", _N, "The strongest score, index points -10 … 10.", 9),
    Column("negative", _I, "Mentions of negative tone.", 9),
    Column("neutral", _I, "Mentions of neutral tone.", 9),
    Column("positive", _I, "Mentions of positive tone.", 9),
    Column("tone_unknown", _I, "Mentions whose tone is not known.", 9),
    Column("reach", _N, "People that the story reached: the middle of a bracket in which each voice counts once.", 12),
    Column("reach_low", _N, "The low end of the reach.", 12),
    Column("reach_high", _N, "The high end of the reach.", 12),
    Column("reach_basis", _T, "Where the reach comes from.", 16),
    Column("voices_known", _I, "Voices whose reach is known.", 9),
    Column("own_text", Kind.FLAG, "Whether it is the subject's own text, wherever it runs.", 10),
    Column("address", Kind.ADDRESS, "Where the strongest mention can be read.", 40),
    Column("lead", _T, "Id of the strongest mention.", 16),
)  # fmt: skip


def story_columns(messages: Iterable[KeyMessage]) -> tuple[Column, ...]:
    """The columns, with one for each key message: its strongest outcome in the story."""
    coded = (
        Column(f"outcome_{message.id}", _T, f"The strongest outcome of “{message.statement}” in the story.", 16)
        for message in messages
    )
    return (*COLUMNS, *coded)


@dataclass(slots=True)
class _Story:
    """What is kept of a story while its mentions go by."""

    first: datetime
    last: datetime
    items: set[int] = field(default_factory=set)
    voices: set[int] = field(default_factory=set)
    tones: Counter[ToneLabel | None] = field(default_factory=Counter)
    placements: list[tuple[str, Reach]] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    lead: tuple[float, str, float | None, str, str | None] | None = None
    """Strength, mention, score, headline, address."""


def story_rows(
    found: Iterable[ScoredMention | Mention],
    messages: tuple[KeyMessage, ...],
    texts: Texts,
    own_stories: frozenset[str],
    story_reach: StoryReach,
) -> Iterator[Row]:
    """A row for each story, the one last heard of first; needs memory for the figures of all, not for their texts."""
    stories: dict[tuple[str, str], _Story] = {}
    for one in found:
        mention = mention_of(one)
        key = (mention.story or mention.id, mention.subject)
        story = stories.setdefault(key, _Story(mention.told_at, mention.told_at))
        _add(story, mention, None if isinstance(one, Mention) else one, texts)
    for (name, subject), story in sorted(stories.items(), key=lambda pair: (pair[1].last, pair[0]), reverse=True):
        reach, known = story_reach(story.placements)
        lead = story.lead or (0.0, "", None, "", None)
        tones = (story.tones[label] for label in (*ToneLabel, None))
        yield (
            name, subject, lead[3], story.first, story.last, len(story.items), len(story.voices), lead[2], *tones,
            reach.value, reach.low, reach.high, str(reach.basis), known, name in own_stories, lead[4], lead[1],
            *(str(story.outcomes[one.id]) if one.id in story.outcomes else None for one in messages),
        )  # fmt: skip


def _add(story: _Story, mention: Mention, scored: ScoredMention | None, texts: Texts) -> None:
    item = mention.item
    story.first, story.last = min(story.first, mention.told_at), max(story.last, mention.told_at)
    story.items.add(hash(item.key))
    story.voices.add(hash(item.voice))
    score = scored.score if scored else None
    story.tones[score.tone.label if score else None] += 1
    if score is not None:
        story.placements.append((item.voice, score.reach))
        for alignment in score.alignments:
            held = story.outcomes.get(alignment.message)
            if held is None or _strength(alignment.outcome) > _strength(held):
                story.outcomes[alignment.message] = alignment.outcome
    value = score.score if score else None
    strength = -1.0 if value is None else abs(value)
    if story.lead is None or (strength, mention.id) > story.lead[:2]:
        given = texts.why_withheld(mention) is None
        headline = shorten(item.title or item.text, HEADLINE) if given else ""
        story.lead = (strength, mention.id, value, headline, item.url)


def _strength(outcome: Outcome) -> tuple[float, bool]:
    """A stronger outcome first, a contradiction at a tie."""
    value = OUTCOME_VALUE[outcome]
    return abs(value), value < 0
