"""Which stories matter: copies are one story, and three of them are told, each with its why in one line. Pure.

The order is plain: stories that others tell come before one's own text; then by weight, the strongest score of the
story (absolute), half as much again when it hurts (negative, contradicted or misframed), and more for many voices.
Which stories hold a text of one's own is given (``own_stories``): the mentions in hand cannot tell, for the release
that they reprint may be of another day.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.digest import wording
from bot.digest.figures import count, signed, to_interval
from bot.digest.plain import clean, excerpt, safe_url, shorten
from bot.model import HURTS, Alignment, ItemKind, Outcome, Reach, ReachBasis, ScoredMention, Subject, ToneLabel
from bot.phrases import joined, plural

StoryReach = Callable[[Sequence[ScoredMention]], tuple[Reach, int]]
"""The reach of a story from its mentions, each voice once (measurement §2.4), and of how many voices it is made; the
scoring stage has it."""

TOLD = 3

_HEADLINE = 110
_QUOTE = 150
_NAME = 40
_PLACES = 3
_WEIGHT_OF_HARM = 1.5
_RANK = (*HURTS, Outcome.FULL, Outcome.PARTIAL)


@dataclass(frozen=True, slots=True)
class Story:
    """Copies of one piece, oldest first. ``lead`` is the mention that scores strongest and stands for the others.

    ``own_text``: the subject wrote it, so that every reprint of a press release is the release.
    """

    id: str
    mentions: tuple[ScoredMention, ...]
    lead: ScoredMention
    own_text: bool
    weight: float

    @property
    def voices(self) -> int:
        """How many speak, each once."""
        return len({scored.mention.item.voice for scored in self.mentions})

    @property
    def items(self) -> int:
        """Distinct items; an item that names two subjects is one."""
        return len({scored.mention.item.key for scored in self.mentions})


def ranked(
    mentions: Sequence[ScoredMention], subjects: Mapping[str, Subject], own_stories: Collection[str]
) -> tuple[Story, ...]:
    """The stories about one's own subjects, the one that matters most first."""
    groups: dict[str, list[ScoredMention]] = {}
    for scored in sorted(own(mentions, subjects), key=lambda one: (one.mention.told_at, one.mention.id)):
        groups.setdefault(scored.mention.story or scored.mention.id, []).append(scored)
    stories = [_story(story, group, own_stories) for story, group in groups.items()]
    return tuple(sorted(stories, key=lambda story: (story.own_text, -story.weight, story.id)))


def own(mentions: Sequence[ScoredMention], subjects: Mapping[str, Subject]) -> tuple[ScoredMention, ...]:
    """Mentions of one's own subjects that still stand."""
    return tuple(
        scored
        for scored in mentions
        if (subject := subjects.get(scored.mention.subject)) and subject.own and not scored.mention.item.removed
    )


def earned(
    mentions: Sequence[ScoredMention], subjects: Mapping[str, Subject], own_stories: Collection[str]
) -> tuple[ScoredMention, ...]:
    """What others say about one's own subjects: without own texts, and without copies of them wherever they run."""
    return tuple(
        scored
        for scored in own(mentions, subjects)
        if not scored.owned and (scored.mention.story or scored.mention.id) not in own_stories
    )


def told(story: Story, story_reach: StoryReach) -> dict[str, Any]:
    """One story as the digest's body has it."""
    reach, known_voices = story_reach(story.mentions)
    known = reach.basis is not ReachBasis.UNKNOWN
    score = story.lead.score.score
    alignment = None if story.own_text else strongest_alignment(story.mentions)
    late = sum(scored.late for scored in story.mentions)
    facts = [plural(story.items, "item"), plural(story.voices, "voice")]
    facts.append("not scored" if score is None else f"score {signed(score)}")
    if late:
        facts.append("came late" if late == len(story.mentions) else f"{late} came late")
    return {
        "story": story.id,
        "headline": headline(story.lead),
        "brief": _brief(story, alignment[1] if alignment else None),
        "why": _why(story, reach, known_voices, alignment[1] if alignment else None),
        "score": None if score is None else round(score, 2),
        "reach": to_interval(reach.value, reach.low, reach.high) if known else None,
        "reach_low": to_interval(reach.low, reach.low, reach.high) if known else None,
        "reach_high": to_interval(reach.high, reach.low, reach.high) if known else None,
        "reach_basis": reach.basis.value,
        "items": story.items,
        "voices": story.voices,
        "voices_known": known_voices,
        "url": safe_url(story.lead.mention.item.url),
        "lead": story.lead.mention.id,
        "own_text": story.own_text,
        "facts": " · ".join(facts),
        "quote": _quote(*alignment) if alignment else None,
    }


def headline(scored: ScoredMention) -> str:
    """The title, else the beginning of the text, on one line; a post without a title is not told whole."""
    item = scored.mention.item
    told = shorten(item.title, _HEADLINE) if item.title else excerpt(item.text, _HEADLINE)
    return told or "(no text)"


def where(scored: ScoredMention) -> str:
    """Where it ran, as a name."""
    outlet = shorten(scored.mention.item.outlet, _NAME)
    return "X" if outlet.casefold() in ("x.com", "twitter.com") else outlet or "an unnamed place"


def strongest_alignment(mentions: Sequence[ScoredMention]) -> tuple[ScoredMention, Alignment] | None:
    """The alignment that people should see first: contradicted, misframed, carried, then partly carried."""
    found = [
        (_RANK.index(alignment.outcome), -alignment.confidence, place, scored, alignment)
        for place, scored in enumerate(mentions)
        for alignment in scored.score.alignments
        if alignment.outcome in _RANK
    ]
    return min(found, key=lambda entry: entry[:3])[3:] if found else None


def _story(story: str, group: Sequence[ScoredMention], own_stories: Collection[str]) -> Story:
    lead = min(group, key=_lead_order)
    harm = any(
        scored.score.tone.label is ToneLabel.NEGATIVE
        or any(entry.outcome in HURTS for entry in scored.score.alignments)
        for scored in group
    )
    voices = len({scored.mention.item.voice for scored in group})
    weight = abs(lead.score.score or 0.0) * (1 + math.log10(voices)) * (_WEIGHT_OF_HARM if harm else 1.0)
    own_text = story in own_stories or all(scored.owned for scored in group)
    return Story(story, tuple(group), lead, own_text, weight)


def _lead_order(scored: ScoredMention) -> tuple[float, bool, bool, str]:
    """Strongest first; on a tie the article before the post and the original before its copy."""
    item = scored.mention.item
    return (
        -abs(scored.score.score or 0.0),
        item.kind is ItemKind.REPOST,
        item.kind is not ItemKind.ARTICLE,
        scored.mention.id,
    )


def _why(story: Story, reach: Reach, known_voices: int, alignment: Alignment | None) -> str:
    """Tone, reach, where, message: the line that says why the story is here."""
    reached = wording.reach_words(reach) + _reservation(story, known_voices)
    return "; ".join([_sounds(story), reached, f"on {_places(story)}", *_does(alignment)]) + "."


def _brief(story: Story, alignment: Alignment | None) -> str:
    """The same in a few words: ``Negative, on X; contradicts ‘direct-cacao’.``"""
    return "; ".join([f"{_sounds(story)}, on {_places(story, 1)}", *_does(alignment)]) + "."


def _sounds(story: Story) -> str:
    tone = wording.TONES[story.lead.score.tone.label]
    return f"{tone[:1].upper()}{tone[1:]}" + (", our own text" if story.own_text else "")


def _does(alignment: Alignment | None) -> list[str]:
    """What the story does to a message."""
    if alignment is None:
        return []
    verb = {
        Outcome.CONTRARY: "contradicts",
        Outcome.MISFRAMED: "misframes",
        Outcome.FULL: "carries",
        Outcome.PARTIAL: "carries part of",
    }[alignment.outcome]
    return [f"{verb} ‘{shorten(alignment.message, _NAME)}’"]


def _reservation(story: Story, known_voices: int) -> str:
    """Of how many voices the reach is known, where it is not known of all."""
    if known_voices in (0, story.voices):
        return ""
    return f", known for {count(known_voices)} of {plural(story.voices, 'voice')}"


def _places(story: Story, most: int = _PLACES) -> str:
    outlets = Counter(where(scored) for scored in story.mentions)
    first = where(story.lead)
    names = [first, *(name for name, _ in outlets.most_common() if name != first)]
    if len(names) <= most:
        return joined(names)
    shown = names[: max(1, most - 1)]
    return joined([*shown, plural(len(names) - len(shown), "more place")])


def _quote(scored: ScoredMention, alignment: Alignment) -> dict[str, Any] | None:
    text = shorten(alignment.quote, _QUOTE)
    if not text:
        return None
    return {
        "text": text,
        "outcome": alignment.outcome.value,
        "message": clean(alignment.message),
        "mention": scored.mention.id,
        "where": where(scored),
        "url": safe_url(scored.mention.item.url),
    }
