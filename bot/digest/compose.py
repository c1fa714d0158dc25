"""Composes a digest's body, the JSON that every form is rendered from. Pure: values in, one mapping out.

The body holds the figures and, beside them, the words that people read (``text``, ``why``, ``facts``), so that text,
HTML and terminal can only say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.digest import wording
from bot.digest.content.advice import advice_rows
from bot.digest.content.answers import ANY, ToAnswer, to_answer
from bot.digest.content.aside import aside_line
from bot.digest.content.funnel import funnel_row
from bot.digest.content.health import Coverage, Looked, cost_of, coverage_of, health_rows, stamp
from bot.digest.content.late import late_harm, late_line, missed
from bot.digest.content.links import Links
from bot.digest.content.messages import KEYS, message_rows
from bot.digest.content.method import method_of
from bot.digest.content.numbers import numbers_of
from bot.digest.content.objectives import objective_rows, pictured
from bot.digest.content.offer_news import offer_news
from bot.digest.content.period import period_row
from bot.digest.content.raised import alert_rows
from bot.digest.content.redemptions import late_lines, redemption_rows
from bot.digest.content.series import SeriesBreak, series_break
from bot.digest.content.stories import TOLD, Story, earned, own, ranked, told
from bot.digest.content.tone import net_tone, tone_counts
from bot.digest.content.value import value_row
from bot.digest.content.verdict import Findings, subject_line, verdict
from bot.digest.content.voices import lift_rows, lift_text, voice_row
from bot.digest.content.volume import volume_chart, volume_row
from bot.digest.given import DigestInput
from bot.digest.plain import shorten
from bot.digest.sections import DEFAULT_SECTIONS, SECTIONS, sections_of
from bot.model import ScoredMention, Subject
from bot.phrases import plural

__all__ = ["DEFAULT_SECTIONS", "SECTIONS", "DigestInput", "compose", "sections_of"]

_FEEDBACK = 1_000
NOTHING_DUE = "None is scheduled."


def compose(given: DigestInput) -> Mapping[str, Any]:
    """The body of a digest: stable keys, floats rounded to their intervals, unknown as None.

    A section that the report leaves out stays empty, so that every form of the digest holds the same.
    """
    before = wording.span_label(given.previous_window, given.report.period)
    said = _sort(given)
    health = health_rows(_looked(given))
    answers = to_answer(said.earned)
    late = [scored for scored in said.own if scored.late]
    gap = missed(given.told_until, given.window)
    broken = _series_break(given, said)
    if broken is not None:
        given = replace(given, messages_before=(), score_before=None, score_change=None)
    cost, coverage = cost_of(given.polls, given.connectors), coverage_of(health, given.quiet_coverage)
    unlooked = wording.unlooked(coverage.share)
    given = _without_blind_shares(given) if unlooked else given
    found = Findings(
        brand=_brand(given.subjects),
        audience=given.report.audience,
        period=given.report.period,
        told=len(said.own) - len(late),
        late=len(late),
        tone=_tone(given, said, before, broken, unlooked),
        messages=message_rows(given.messages, given.messages_before, said.earned_on_time, given.window, unlooked),
        offers=given.offers,
        answers=sum(answers.counts.values()),
        coverage=coverage,
        before=before,
        unscored=given.unscored,
        objectives=objective_rows(given.objectives, given.window.timezone, given.links),
        sources=health,
        cost=cost,
        asides=(gap["text"] if gap else "", late_harm([scored for scored in said.earned if scored.late])),
    )
    return {
        **_head(given, found),
        **_sections(given, found, said.stories, answers),
        "coverage": _coverage_shape(coverage, given),
        "cost": cost,
        "ledger": given.ledger,
        **_numbers(found, said.own),
        **_not_counted(given, said),
        "late_text": late_line(late, given.window.timezone),
        "missed": gap,
        "series_break": None if broken is None else broken.shape(),
        "method": method_of(given, said.own),
    }


def _without_blind_shares(given: DigestInput) -> DigestInput:
    """Of a time that nobody looked at, without a share of voice of no story: that nobody spoke is not known."""
    told = given.voices is not None and any(one.stories for one in given.voices.shares)
    return given if told else replace(given, voices=None)


def _numbers(found: Findings, own: Sequence[ScoredMention]) -> dict[str, Any]:
    """How many mentions are told, of how many items, stories and voices, and how many of them came late."""
    return {"mentions": found.told, "counts": asdict(numbers_of(own)), "late": found.late}


def _coverage_shape(coverage: Coverage, given: DigestInput) -> dict[str, Any]:
    """Nothing is called quiet while something was not read."""
    quiet = coverage.allows_quiet and not given.unscored
    looked = {
        "looked": not wording.unlooked(coverage.share),
        "looked_before": not wording.unlooked(given.coverage_before),
    }
    return {"text": coverage.text, "share": round(coverage.share, 4), "quiet": quiet, **looked}


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


def _tone(given: DigestInput, said: _Said, before: str, broken: SeriesBreak | None, unlooked: str) -> dict[str, Any]:
    """The counts by tone; over a series break without those of the period before."""
    counted = tone_counts(
        said.on_time, given.previous, said.subjects, given.own_stories, before,
        unlooked=unlooked, unlooked_before=wording.unlooked(given.coverage_before),
    )  # fmt: skip
    counted |= net_tone(given.tone, given.drifts)
    if broken is None:
        return counted
    text = " ".join(filter(None, (counted["text"], broken.mixed)))
    return counted | {"previous": None, "text": text, "before": broken.text}


def _head(given: DigestInput, found: Findings) -> dict[str, Any]:
    """What the digest is, and what it says first."""
    told = verdict(found)
    return {
        "digest": given.report.id,
        "audience": given.report.audience.value,
        "title": wording.title(given.report),
        "brand": found.brand,
        "period": _period(given, found.before),
        "subject_line": subject_line(found),
        "verdict": " ".join(told),
        "verdict_first": told[0],
    }


def _not_counted(given: DigestInput, said: _Said) -> dict[str, Any]:
    """How much was not scored, was set aside, or could not be judged."""
    on_time = [scored for scored in said.own if not scored.late]
    doubtful = sum(map(_is_doubtful, on_time))
    return {
        "not_scored": given.unscored + sum(scored.score.score is None for scored in on_time),
        "set_aside": given.set_aside,
        "not_judged": doubtful,
        "aside_text": aside_line(given.set_aside, doubtful),
    }


def _looked(given: DigestInput) -> Looked:
    return Looked(
        given.targets, given.covered, given.gaps, given.connectors, given.window, given.now, given.money, given.polls
    )


def _sections(given: DigestInput, found: Findings, stories: Sequence[Story], answers: ToAnswer) -> dict[str, Any]:
    """The sections that the report has, in full; the others empty."""
    shown, zone, links = sections_of(given.report), given.window.timezone, given.links
    more = _more(len(stories) - TOLD, "story", "stories")
    lists: dict[str, tuple[str, Callable[[], Sequence[Mapping[str, Any]]]]] = {
        "objectives": ("objectives", lambda: found.objectives),
        "advice": ("advice", lambda: _advice(given, found)),
        "stories": ("stories", lambda: [_story(story, given) for story in stories[:TOLD]]),
        "alerts": ("alerts", lambda: alert_rows(given.alerts, _names(given), zone, links)),
        "messages": ("messages", lambda: [_linked(row, given) for row in found.messages]),
        "lifts": ("lift", lambda: lift_rows(given.lifts, links)),
        "redemptions": ("redemptions", lambda: [_offer(row, links) for row in redemption_rows(given.offers)]),
        "redemptions_late": ("redemptions", lambda: late_lines(given.late_redemptions, given.offers)),
        "offer_news": ("redemptions", lambda: offer_news(given.chains, given.keeps, zone)),
        "answer": ("answer", lambda: answers.rows),
        "health": ("health", lambda: found.sources),
        "charts": ("charts", lambda: _charts(given, found, shown)),
    }
    ones: dict[str, tuple[str, Callable[[], Mapping[str, Any] | None]]] = {
        "tone": ("tone", lambda: _told_tone(given, found, shown)),
        "period_score": ("score", lambda: _period_score(given, found)),
        "share_of_voice": ("share", lambda: voice_row(given.voices, given.window, given.connectors, links)),
        "volume": ("volume", lambda: _volume(given, found)),
        "funnel": ("funnel", lambda: funnel_row(given.funnel, links)),
        "value": ("value", lambda: value_row(given.value, links)),
        "feedback": ("feedback", lambda: _feedback(given)),
        "due": ("due", lambda: {"text": " ".join(given.due) or NOTHING_DUE}),
    }
    return {
        "sections": list(shown),
        **{name: part() if section in (*shown, "charts") else [] for name, (section, part) in lists.items()},
        **{name: part() if section in shown else None for name, (section, part) in ones.items()},
        "more": more if "stories" in shown else "",
        "lifts_refused": lift_text(given.lifts) if "lift" in shown else "",
        "more_evidence": links.mentions(given.window) if more and "stories" in shown else None,
        "more_to_answer": answers.more if "answer" in shown else "",
        "answer_evidence": links.mentions(given.window, answer=ANY) if answers.rows and "answer" in shown else None,
    }


def _volume(given: DigestInput, found: Findings) -> dict[str, Any] | None:
    return volume_row(
        given.history, given.report, given.window, found.before, given.activities, given.links,
        unlooked=wording.unlooked(found.coverage.share), unlooked_before=wording.unlooked(given.coverage_before),
    )  # fmt: skip


def _advice(given: DigestInput, found: Findings) -> list[dict[str, Any]]:
    messages = [_linked(row, given) for row in found.messages]
    return advice_rows(found.objectives, messages, given.keeps, given.lifts, found.sources, given.links)


def _charts(given: DigestInput, found: Findings, shown: Collection[str]) -> list[dict[str, Any]]:
    """The charts of the sections that are shown, as data: that of the days, and the course of one objective at most."""
    charts: list[Mapping[str, Any] | None] = []
    if "volume" in shown:
        charts.append(volume_chart(given.history, given.activities, given.window.timezone))
    if "objectives" in shown:
        drawn = f"objective-{pictured(found.objectives)}"
        charts += [chart for chart in given.charts if chart["name"] == drawn]
    return [dict(chart) for chart in charts if chart]


def _told_tone(given: DigestInput, found: Findings, shown: Collection[str]) -> dict[str, Any]:
    """The tone; competitors are not counted twice where their share of voice is told."""
    beside = "" if "share" in shown and given.voices and given.voices.shares else found.tone["competitors_text"]
    evidence = given.links.mentions(given.window, by="others")
    return {**found.tone, "competitors_text": beside, "evidence": evidence}


def _story(story: Story, given: DigestInput) -> dict[str, Any]:
    return told(story, given.story_reach) | {"evidence": given.links.mentions(None, story=story.id)}


def _linked(row: Mapping[str, Any], given: DigestInput) -> dict[str, Any]:
    """A message's row with the address of each of its counts."""
    asked = {"relevant": "", **{key: outcome.value for outcome, key in KEYS.items()}}
    addresses = {
        key: given.links.mentions(given.window, message=row["message"], outcome=value) for key, value in asked.items()
    }
    return {**row, "addresses": addresses}


def _offer(row: Mapping[str, Any], links: Links) -> dict[str, Any]:
    return {**row, "evidence": links.offer(row["offer"])}


def _feedback(given: DigestInput) -> dict[str, Any] | None:
    """What readers set right, in figures and in words; None where nobody said anything."""
    changes = given.feedback
    if changes is None or not changes.text:
        return None
    tones = {tone.value: number for tone, number in (changes.tones or {}).items()}
    return {**asdict(changes), "tones": tones, "text": shorten(changes.text, _FEEDBACK)}


def _names(given: DigestInput) -> dict[str, str]:
    """What subjects and offers are called."""
    offers = {row.offer: row.name for row in given.offers}
    return offers | {subject.id: subject.name for subject in given.subjects}


def _period_score(given: DigestInput, found: Findings) -> dict[str, Any] | None:
    row = period_row(given.score, given.score_before, given.score_change, found.before)
    return None if row is None else {**row, "evidence": given.links.mentions(given.window, by="others")}


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
    return f"and {plural(number, f'more {one}', f'more {many or one + chr(115)}')}" if number > 0 else ""
