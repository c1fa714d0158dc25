"""Composes a digest's body, the JSON that every form is rendered from. Pure: values in, one mapping out.

The body holds the figures and, beside them, the words that people read (``text``, ``why``, ``facts``), so that text,
HTML and terminal can only say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.digest import wording
from bot.digest.answers import to_answer
from bot.digest.health import Looked, cost_of, coverage_of, health_rows, stamp
from bot.digest.messages import message_rows
from bot.digest.plain import shorten
from bot.digest.redemptions import redemption_rows
from bot.digest.stories import TOLD, StoryReach, earned, own, ranked, told
from bot.digest.tone import tone_counts
from bot.digest.verdict import Findings, subject_line, verdict
from bot.errors import ConfigError
from bot.model import (
    Audience,
    Gap,
    Interval,
    MessageStanding,
    OfferCount,
    Report,
    ScoredMention,
    Subject,
    Target,
    TargetState,
    Window,
)

SECTIONS = ("stories", "messages", "tone", "redemptions", "answer", "health", "cost")
"""The names that ``sections`` of a configured digest may take."""

DEFAULT_SECTIONS: Mapping[Audience, tuple[str, ...]] = {
    Audience.PR: ("stories", "messages", "tone", "redemptions", "health", "cost"),
    Audience.COMMUNITY: ("redemptions", "answer", "stories", "messages", "tone", "health", "cost"),
    Audience.OPERATIONS: ("health", "cost", "redemptions", "stories"),
    Audience.EXECUTIVE: ("messages", "redemptions", "stories", "tone", "health"),
}
"""What each audience reads, in order, unless its digest says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestInput:
    """Everything that a digest is made of.

    ``mentions`` are the scored mentions to tell, late ones flagged; ``previous`` those of the window before;
    ``messages`` and ``messages_before`` the standings of both. ``offers`` are counted for ``window``. ``targets``,
    ``covered``, ``gaps`` and ``polls`` say whether we looked (``polls`` per source: polls, failed, billable reads, US
    dollars). ``connectors`` maps source ids to connector names. ``story_reach`` gives a story's reach from its mentions.
    ``now`` (aware UTC) only dates the words. ``quiet_coverage`` is the least share of the window that every source must
    have covered before silence may be called quiet.
    """

    report: Report
    window: Window
    previous_window: Window
    now: datetime
    subjects: Sequence[Subject]
    mentions: Sequence[ScoredMention]
    story_reach: StoryReach
    previous: Sequence[ScoredMention] = ()
    messages: Sequence[MessageStanding] = ()
    messages_before: Sequence[MessageStanding] = ()
    offers: Sequence[OfferCount] = ()
    targets: Sequence[TargetState] = ()
    covered: Mapping[Target, tuple[Interval, ...]] = field(default_factory=dict)
    gaps: Mapping[Target, tuple[Gap, ...]] = field(default_factory=dict)
    polls: Mapping[str, tuple[int, int, int, float]] = field(default_factory=dict)
    connectors: Mapping[str, str] = field(default_factory=dict)
    quiet_coverage: float = 0.9


def sections_of(report: Report) -> tuple[str, ...]:
    """The sections that a digest has, in order. Raises ConfigError for a name that is not in :data:`SECTIONS`."""
    for name in report.sections:
        if name not in SECTIONS:
            allowed = ", ".join(SECTIONS)
            raise ConfigError(f"[[digest]] '{report.id}': unknown section '{name}'. Allowed: {allowed}")
    return report.sections or DEFAULT_SECTIONS[report.audience]


def compose(given: DigestInput) -> Mapping[str, Any]:
    """The body of a digest: stable keys, floats rounded to their intervals, unknown as None.

    A section that the report leaves out stays empty, so that every form of the digest holds the same.
    """
    subjects = {subject.id: subject for subject in given.subjects}
    shown = sections_of(given.report)
    before = wording.span_label(given.previous_window, given.report.period)
    ours = own(given.mentions, subjects)
    stories = ranked(given.mentions, subjects)
    tone = tone_counts(given.mentions, given.previous, subjects, before)
    health = health_rows(
        Looked(given.targets, given.covered, given.gaps, given.connectors, given.window, given.now),
    )
    coverage = coverage_of(health, given.quiet_coverage)
    messages = message_rows(given.messages, given.messages_before, earned(given.mentions, subjects), given.window)
    answers, wanting = to_answer(given.mentions, subjects)
    brand = _brand(given.subjects)
    found = Findings(
        brand,
        given.report.audience,
        given.report.period,
        len(ours),
        tone,
        messages,
        given.offers,
        wanting,
        coverage,
        before,
    )
    late = sum(scored.late for scored in ours)
    parts: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "stories": lambda: [told(story, given.story_reach) for story in stories[:TOLD]],
        "messages": lambda: messages,
        "redemptions": lambda: redemption_rows(given.offers),
        "answer": lambda: answers,
        "health": lambda: health,
    }
    return {
        "digest": given.report.id,
        "audience": given.report.audience.value,
        "title": wording.title(given.report),
        "brand": brand,
        "period": _period(given, before),
        "subject_line": subject_line(found),
        "verdict": verdict(found),
        "sections": list(shown),
        **{name: part() if name in shown else [] for name, part in parts.items()},
        "more": _more(len(stories) - TOLD, "story", "stories") if "stories" in shown else "",
        "more_to_answer": _more(wanting - len(answers), "mention") if "answer" in shown else "",
        "tone": tone if "tone" in shown else None,
        "coverage": {"text": coverage.text, "share": round(coverage.share, 4), "quiet": coverage.allows_quiet},
        "cost": cost_of(given.polls, given.connectors),
        "mentions": len(ours),
        "late": late,
        "not_scored": sum(scored.score.score is None for scored in ours),
        "late_text": _late_text(late),
        "method": _method(given, ours),
    }


def _brand(subjects: Sequence[Subject]) -> str:
    names = [shorten(subject.name, 60) for subject in subjects if subject.own]
    return names[0] if names else "Heard"


def _period(given: DigestInput, before: str) -> dict[str, Any]:
    return {
        "start": stamp(given.window.start),
        "end": stamp(given.window.end),
        "timezone": given.window.timezone,
        "name": given.report.period.value,
        "text": wording.span_in_full(given.window),
        "label": wording.span_label(given.window, given.report.period),
        "before": before,
    }


def _more(number: int, one: str, many: str | None = None) -> str:
    return f"and {wording.plural(number, f'more {one}', f'more {many or one + chr(115)}')}" if number > 0 else ""


def _late_text(late: int) -> str:
    if not late:
        return ""
    return f"{wording.plural(late, 'mention')} came in late: told now, though said before this period."


def _method(given: DigestInput, ours: Sequence[ScoredMention]) -> str:
    """How the figures were made, for those who ask: what kinds of reach, which rules, whose counts."""
    rules = sorted({scored.score.rules_version for scored in ours})
    contexts = sorted({scored.score.context_id for scored in ours if scored.score.context_id})
    bases: dict[str, int] = {}
    for scored in ours:
        basis = scored.score.reach.basis.value.replace("_", " ")
        bases[basis] = bases.get(basis, 0) + 1
    parts = []
    if ours:
        parts.append("Reach: " + ", ".join(f"{basis} {number}" for basis, number in sorted(bases.items())) + ".")
        parts.append("Tone and messages: model counts, not corrected by people's labels.")
        # One context a day of collecting: the first and the last name them all.
        context = f", contexts {contexts[0]} to {contexts[-1]}" if contexts[1:] else f", context {contexts[0]}"
        parts.append(f"Scores by rules {wording.joined(rules)}{context}; ‘heard explain ID’ shows every factor.")
    if not given.offers:
        parts.append("Nothing here measures an outcome: no offer is set up.")
    parts.append("Ranges are 95 % intervals; those of reach are the estimate's own band.")
    return " ".join(parts)
