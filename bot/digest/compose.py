"""Composes a digest's body, the JSON that every form is rendered from. Pure: values in, one mapping out.

The body holds the figures and, beside them, the words that people read (``text``, ``why``, ``facts``), so that text,
HTML and terminal can only say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.digest import wording
from bot.digest.answers import to_answer
from bot.digest.aside import aside_line
from bot.digest.health import Coverage, Looked, cost_of, coverage_of, health_rows, stamp
from bot.digest.late import late_harm, late_line, missed
from bot.digest.messages import message_rows
from bot.digest.numbers import numbers_of
from bot.digest.period import period_row
from bot.digest.plain import shorten
from bot.digest.redemptions import redemption_rows
from bot.digest.series import SeriesBreak, series_break
from bot.digest.stories import TOLD, Story, StoryReach, earned, own, ranked, told
from bot.digest.tone import net_tone, tone_counts
from bot.digest.verdict import Findings, subject_line, verdict
from bot.errors import ConfigError
from bot.model import (
    Audience,
    Gap,
    Interval,
    MessageStanding,
    OfferCount,
    PeriodChange,
    PeriodScore,
    Report,
    RulesVersion,
    ScoredMention,
    Subject,
    Target,
    TargetState,
    ToneStanding,
    Window,
)

SECTIONS = ("stories", "messages", "tone", "score", "redemptions", "answer", "health", "cost")
"""The names that ``sections`` of a configured digest may take."""

DEFAULT_SECTIONS: Mapping[Audience, tuple[str, ...]] = {
    Audience.PR: ("stories", "messages", "tone", "score", "redemptions", "health", "cost"),
    Audience.COMMUNITY: ("redemptions", "answer", "stories", "messages", "tone", "health", "cost"),
    Audience.OPERATIONS: ("health", "cost", "redemptions", "stories"),
    Audience.EXECUTIVE: ("messages", "redemptions", "stories", "tone", "health"),
}
"""What each audience reads, in order, unless its digest says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestInput:
    """Everything that a digest is made of.

    ``mentions`` are the scored mentions to tell, late ones flagged; ``set_aside`` counts own ones of the window that were
    judged irrelevant; ``unscored`` counts own ones of the window that have
    no score yet, and are told when they do; ``previous`` those of the window before;
    ``messages`` and ``messages_before`` the standings of both, without late ones; ``tone`` the net tone of the window, and
    ``drifts`` what must be said of a model that does otherwise than before. ``own_stories`` are the ids of the
    stories that hold a text of one's own. ``told_until`` is where this report's last digest ended. ``rules`` are the sets of rules that scores were made by. ``score``,
    ``score_before`` and ``score_change`` are what the scores of others' mentions come to in both windows. ``offers`` are counted for ``window``. ``targets``,
    ``covered``, ``gaps`` and ``polls`` say whether we looked (``polls`` per source: polls, failed, billable reads, US
    dollars). ``connectors`` maps source ids to connector names, ``money`` to what want of money left out, in words. ``story_reach`` gives a story's reach from its mentions.
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
    unscored: int = 0
    set_aside: int = 0
    previous: Sequence[ScoredMention] = ()
    own_stories: Collection[str] = ()
    told_until: datetime | None = None
    messages: Sequence[MessageStanding] = ()
    messages_before: Sequence[MessageStanding] = ()
    tone: ToneStanding | None = None
    drifts: Sequence[str] = ()
    rules: Sequence[RulesVersion] = ()
    score: PeriodScore | None = None
    score_before: PeriodScore | None = None
    score_change: PeriodChange | None = None
    offers: Sequence[OfferCount] = ()
    targets: Sequence[TargetState] = ()
    covered: Mapping[Target, tuple[Interval, ...]] = field(default_factory=dict)
    gaps: Mapping[Target, tuple[Gap, ...]] = field(default_factory=dict)
    polls: Mapping[str, tuple[int, int, int, float]] = field(default_factory=dict)
    connectors: Mapping[str, str] = field(default_factory=dict)
    money: Mapping[str, str] = field(default_factory=dict)
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
    before = wording.span_label(given.previous_window, given.report.period)
    said = _sort(given)
    health = health_rows(
        Looked(given.targets, given.covered, given.gaps, given.connectors, given.window, given.now, given.money),
    )
    answers, wanting = to_answer(said.earned)
    late = [scored for scored in said.own if scored.late]
    doubtful = sum(_is_doubtful(scored) for scored in said.own if not scored.late)
    gap = missed(given.told_until, given.window)
    broken = _series_break(given, said)
    if broken is not None:
        given = replace(given, messages_before=(), score_before=None, score_change=None)
    found = Findings(
        brand=_brand(given.subjects),
        audience=given.report.audience,
        period=given.report.period,
        told=len(said.own) - len(late),
        late=len(late),
        tone=_tone(given, said, before, broken),
        messages=message_rows(given.messages, given.messages_before, said.earned_on_time, given.window),
        offers=given.offers,
        answers=wanting,
        coverage=coverage_of(health, given.quiet_coverage),
        before=before,
        unscored=given.unscored,
        asides=(gap["text"] if gap else "", late_harm([scored for scored in said.earned if scored.late])),
    )
    return {
        **_head(given, found),
        **_sections(given, found, said.stories, answers, health),
        "coverage": _coverage_shape(found.coverage, given.unscored),
        "cost": cost_of(given.polls, given.connectors),
        "mentions": found.told,
        "counts": asdict(numbers_of(said.own)),
        "late": found.late,
        "not_scored": given.unscored + sum(scored.score.score is None for scored in said.own if not scored.late),
        "set_aside": given.set_aside,
        "not_judged": doubtful,
        "aside_text": aside_line(given.set_aside, doubtful),
        "late_text": late_line(late, given.window.timezone),
        "missed": gap,
        "series_break": None if broken is None else broken.shape(),
        "method": _method(given, said.own),
    }


def _coverage_shape(coverage: Coverage, unscored: int) -> dict[str, Any]:
    """Nothing is called quiet while something was not read."""
    quiet = coverage.allows_quiet and not unscored
    return {"text": coverage.text, "share": round(coverage.share, 4), "quiet": quiet}


@dataclass(frozen=True, slots=True)
class _Said:
    """The mentions, sorted: ``own`` are of one's own subjects, ``earned`` those of them that others say."""

    subjects: Mapping[str, Subject]
    on_time: tuple[ScoredMention, ...]
    own: tuple[ScoredMention, ...]
    earned: tuple[ScoredMention, ...]
    earned_on_time: tuple[ScoredMention, ...]
    stories: tuple[Story, ...]


def _sort(given: DigestInput) -> _Said:
    subjects = {subject.id: subject for subject in given.subjects}
    heard = earned(given.mentions, subjects, given.own_stories)
    return _Said(
        subjects=subjects,
        on_time=tuple(scored for scored in given.mentions if not scored.late),
        own=own(given.mentions, subjects),
        earned=heard,
        earned_on_time=tuple(scored for scored in heard if not scored.late),
        stories=ranked(given.mentions, subjects, given.own_stories),
    )


def _series_break(given: DigestInput, said: _Said) -> SeriesBreak | None:
    """Whether the scores of this period and the one before came about by different rules."""
    ours = [scored for scored in said.own if not scored.late]
    return series_break(ours, own(given.previous, said.subjects), given.rules, given.window.timezone)


def _tone(given: DigestInput, said: _Said, before: str, broken: SeriesBreak | None) -> dict[str, Any]:
    """The counts by tone; over a series break without those of the period before."""
    counted = tone_counts(said.on_time, given.previous, said.subjects, given.own_stories, before)
    counted |= net_tone(given.tone, given.drifts)
    if broken is None:
        return counted
    text = " ".join(filter(None, (counted["text"], broken.mixed)))
    return counted | {"previous": None, "text": text, "before": broken.text}


def _head(given: DigestInput, found: Findings) -> dict[str, Any]:
    """What the digest is, and what it says first."""
    return {
        "digest": given.report.id,
        "audience": given.report.audience.value,
        "title": wording.title(given.report),
        "brand": found.brand,
        "period": _period(given, found.before),
        "subject_line": subject_line(found),
        "verdict": verdict(found),
    }


def _sections(
    given: DigestInput,
    found: Findings,
    stories: Sequence[Story],
    answers: list[dict[str, Any]],
    health: list[dict[str, Any]],
) -> dict[str, Any]:
    """The sections that the report has, in full; the others empty."""
    shown = sections_of(given.report)
    parts: dict[str, Callable[[], Sequence[Mapping[str, Any]]]] = {
        "stories": lambda: [told(story, given.story_reach) for story in stories[:TOLD]],
        "messages": lambda: found.messages,
        "redemptions": lambda: redemption_rows(given.offers),
        "answer": lambda: answers,
        "health": lambda: health,
    }
    return {
        "sections": list(shown),
        **{name: part() if name in shown else [] for name, part in parts.items()},
        "more": _more(len(stories) - TOLD, "story", "stories") if "stories" in shown else "",
        "more_to_answer": _more(found.answers - len(answers), "mention") if "answer" in shown else "",
        "tone": found.tone if "tone" in shown else None,
        "period_score": _period_score(given, found) if "score" in shown else None,
    }


def _period_score(given: DigestInput, found: Findings) -> dict[str, Any] | None:
    return period_row(given.score, given.score_before, given.score_change, found.before)


def _is_doubtful(scored: ScoredMention) -> bool:
    """Whether it was judged and nothing could tell if it is about the subject."""
    relevance = scored.mention.relevance
    return relevance.relevant is None and bool(relevance.by)


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


def _labelled(given: DigestInput) -> str:
    """What of tone and messages people's labels have corrected."""
    corrected = [bool(given.tone and given.tone.corrected), *(one.corrected for one in given.messages)]
    if not any(corrected):
        return "Tone and messages: model counts, not corrected by people's labels."
    rest = "" if all(corrected) else "; where it does not say so, they are model counts"
    return f"Net tone and shares: corrected by people's labels of a random sample (PPI++){rest}."


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
        parts.append(f"Counted: {numbers_of(ours).text}.")
        parts.append("Reach: " + ", ".join(f"{basis} {number}" for basis, number in sorted(bases.items())) + ".")
        parts.append(_labelled(given))
        # One context a day of collecting: the first and the last name them all.
        context = f", contexts {contexts[0]} to {contexts[-1]}" if contexts[1:] else f", context {contexts[0]}"
        parts.append(f"Scores by rules {wording.joined(rules)}{context}; ‘heard explain ID’ shows every factor.")
    if not given.offers:
        parts.append("Nothing here measures an outcome: no offer is set up.")
    parts.append("Ranges are 95 % intervals; those of reach are the estimate's own band.")
    return " ".join(parts)
