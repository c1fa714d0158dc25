"""The verdict: a subject line of at most 90 characters and one or two plain sentences, bad news first. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.digest import wording
from bot.digest.content.health import Coverage
from bot.digest.content.messages import headliner, label
from bot.digest.content.objectives import tally_text
from bot.digest.content.redemptions import busiest, doubt, redeemed_sentence, totals
from bot.digest.figures import count, dollars, percent
from bot.digest.plain import shorten
from bot.model import Audience, OfferCount, Period
from bot.phrases import joined, plural

SUBJECT_LENGTH = 90
_BRAND = 32
_OFFER = 28
_QUIET = {Period.DAY: "a quiet day", Period.WEEK: "a quiet week", Period.MONTH: "a quiet month"}
_SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of the subject line, in full and brief."""

    full: str
    brief: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What a digest found, ready to be judged. ``before`` names the period before.

    Own mentions: ``told`` are the period's, ``late`` those of earlier days, ``unscored`` were found and are told once
    they are scored. ``objectives`` and ``sources`` are the rows of both, ``cost`` what looking cost. ``asides`` are
    sentences that must not be overlooked; empty ones are left out.
    """

    brand: str
    audience: Audience
    period: Period
    told: int
    tone: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    offers: Sequence[OfferCount]
    answers: int
    coverage: Coverage
    before: str
    unscored: int = 0
    late: int = 0
    objectives: Sequence[Mapping[str, Any]] = ()
    sources: Sequence[Mapping[str, Any]] = ()
    cost: Mapping[str, Any] = field(default_factory=dict)
    asides: Sequence[str] = ()


def subject_line(found: Findings) -> str:
    """``Velvet Crumb: ‘single-origin’ contradicted 1×, carried 6/19 · Reddit blocked · 23 redeemed``.

    Each part has a full and a brief form. As many parts as fit are taken in order of weight; then, in the same order,
    each gets its full form while there is room. The first always stands, shortened if it must be.
    """
    start = f"{shorten(found.brand, _BRAND)}: "
    taken: list[Phrase] = []
    chosen: list[str] = []
    for part in _subject_parts(found):
        if not taken or len(start + _SEPARATOR.join([*chosen, part.brief])) <= SUBJECT_LENGTH:
            taken.append(part)
            chosen.append(part.brief)
    for place, part in enumerate(taken):
        longer = [*chosen[:place], part.full, *chosen[place + 1 :]]
        if len(start + _SEPARATOR.join(longer)) <= SUBJECT_LENGTH:
            chosen = longer
    return shorten(start + _SEPARATOR.join(chosen), SUBJECT_LENGTH)


def verdict(found: Findings) -> tuple[str, ...]:
    """Sentences: what was heard, then what stands in the way or how the offer does; last what waits and what is amiss.

    Operations read how looking went; executives first how the objectives stand, community first what wants an answer.
    """
    return tuple(filter(None, _sentences(found)))


def _sentences(found: Findings) -> list[str]:
    if found.audience is Audience.OPERATIONS:
        return _operations(found)
    waiting = f"{_not_scored_yet(found)}." if found.told and found.unscored else ""
    redeemed = redeemed_sentence(found.offers, found.before)
    if not found.told:
        late = f"{plural(found.late, 'mention')} from before came late." if found.late else ""
        objectives = _aims(found) if found.audience is Audience.EXECUTIVE else ""
        return [objectives, _silence(found), late, redeemed, *found.asides]
    heard = _heard(found)
    trouble = _trouble_sentence(found.coverage)
    if found.audience is Audience.EXECUTIVE and found.objectives:
        return [_aims(found), heard, trouble or redeemed, waiting, *found.asides]
    if found.audience is Audience.COMMUNITY:
        wanting = f"{plural(found.answers, 'mention wants', 'mentions want')} an answer."
        first = [wanting, redeemed or heard] if found.answers else [redeemed, heard]
        return [*first, trouble, waiting, *found.asides]
    return [heard, trouble or redeemed, waiting, *found.asides]


def _subject_parts(found: Findings) -> list[Phrase]:
    """Contradicted, then what we could not read, carried (or the tone), redeemed; community hears first what waits."""
    if found.audience is Audience.OPERATIONS:
        return _operations_parts(found)
    redeemed = _redeemed_part(found.offers)
    troubles = [Phrase(found.coverage.troubles[0], found.coverage.brief[0])] if found.coverage.troubles else []
    if found.audience is Audience.EXECUTIVE and found.objectives:
        aims, row = tally_text(found.objectives), headliner(found.messages)
        against = [_message_part(row)] if row and (row["contrary"] or row["misframed"]) else []
        return [Phrase(aims, aims), *against, *troubles, *redeemed]
    if not found.told:
        late = [Phrase(f"{count(found.late)} from before came late", f"{count(found.late)} late")] if found.late else []
        return [_silent_part(found), *late, *redeemed, *troubles]
    row = headliner(found.messages)
    message = [_message_part(row) if row else _tone_part(found.tone)]
    if found.audience is Audience.COMMUNITY:
        waiting = f"{count(found.answers)} to answer"
        answers = [Phrase(waiting, waiting)] if found.answers else []
        return [*answers, *redeemed, *troubles, *message]
    if row and (row["contrary"] or row["misframed"]):
        return [*message, *troubles, *redeemed]
    return [*troubles, *message, *redeemed]


def _aims(found: Findings) -> str:
    """How the objectives stand, as a sentence."""
    told = tally_text(found.objectives)
    return f"{told}." if told else ""


def _operations_parts(found: Findings) -> list[Phrase]:
    """What is not read, then how much was, then the money."""
    coverage = found.coverage
    troubles = [Phrase(full, brief) for full, brief in zip(coverage.troubles, coverage.brief, strict=True)]
    well = [] if troubles else [Phrase(_sources_words(found), _sources_words(found))]
    looked = f"{percent(coverage.share)} covered"
    spent = dollars(found.cost["usd"]) if found.cost.get("usd") else ""
    money = [Phrase(f"at most {spent} spent", spent)] if spent else []
    return [*troubles[:1], *well, Phrase(looked, looked), *money, *troubles[1:]]


def _operations(found: Findings) -> list[str]:
    """How looking went, and what waits."""
    waiting = f"{_not_scored_yet(found)}." if found.unscored else ""
    return [f"{_sources_words(found)}.", found.coverage.text, waiting, *found.asides]


def _sources_words(found: Findings) -> str:
    """``2 of 3 sources are well``; ``all 3 sources are well``."""
    total, well = len(found.sources), sum(not row["trouble"] for row in found.sources)
    if not total:
        return "No source is set up"
    if total == well:
        return "The one source is well" if total == 1 else f"All {count(total)} sources are well"
    return f"{count(well)} of {plural(total, 'source')} {'is' if well == 1 else 'are'} well"


def _message_part(row: Mapping[str, Any]) -> Phrase:
    against = [(word, row[key]) for word, key in (("contradicted", "contrary"), ("misframed", "misframed")) if row[key]]
    carried, relevant = count(row["full"]), count(row["relevant"])
    full = [*(f"{word} by {count(number)}" for word, number in against), f"carried by {carried} of {relevant}"]
    brief = [*(f"{word} {count(number)}×" for word, number in against), f"carried {carried}/{relevant}"]
    return Phrase(f"{label(row)} {', '.join(full)}", f"{label(row)} {', '.join(brief)}")


def _redeemed_part(offers: Sequence[OfferCount]) -> list[Phrase]:
    offer = busiest(offers)
    if offer is None:
        return []
    rows = totals(offers)
    beside, beside_all = (f" ({word})" if (word := doubt(some)) else "" for some in ([offer], rows))
    full = f"{shorten(offer.name, _OFFER)} redeemed {count(offer.in_window)}×{beside}"
    return [Phrase(full, f"{count(sum(row.in_window for row in rows))} redeemed{beside_all}")]


def _tone_part(tone: Mapping[str, Any]) -> Phrase:
    leading = "negative" if tone["negative"] > tone["positive"] else "positive"
    if not tone["earned"]:
        return Phrase(f"only our own text, in {plural(tone['own_text'], 'place')}", "only our own text")
    if not tone[leading]:
        total = plural(tone["earned"], "mention")
        return Phrase(total, total)
    number = count(tone[leading])
    return Phrase(f"{number} of {plural(tone['earned'], 'mention')} {leading}", f"{number} {leading}")


def _silent_part(found: Findings) -> Phrase:
    if found.unscored:
        return Phrase(_not_scored_yet(found), f"{count(found.unscored)} not scored yet")
    if found.coverage.allows_quiet:
        return Phrase(f"{_QUIET[found.period]}, nothing was said", _QUIET[found.period])
    words = "we could not look" if found.coverage.share <= wording.BLIND else "we could not look everywhere"
    return Phrase(f"{words} ({percent(found.coverage.share)} covered)", words)


def _silence(found: Findings) -> str:
    """An empty window: quiet only where we looked, and had read what we found."""
    if found.unscored:
        return f"{_not_scored_yet(found)}: a later digest tells them."
    if found.coverage.allows_quiet:
        return f"Nothing was said about {found.brand}: {_lower(found.coverage.text)}"
    reason = joined(found.coverage.troubles) or _lower(found.coverage.text).rstrip(".")
    if found.coverage.share <= wording.BLIND:
        return f"We could not look: {reason}."
    return f"We could not look everywhere: {reason}. Nothing was found where we looked, which proves little."


def _not_scored_yet(found: Findings) -> str:
    return f"{plural(found.unscored, 'mention is', 'mentions are')} not scored yet"


def _heard(found: Findings) -> str:
    row = headliner(found.messages)
    if row is None:
        return str(found.tone["text"])
    relevant = plural(row["relevant"], "story", "stories")
    name = f"“{row['statement']}”"
    against = [f"contradicted {wording.times(row['contrary'])}"] if row["contrary"] else []
    against += [f"misframed {wording.times(row['misframed'])}"] if row["misframed"] else []
    if against:
        told = joined([*against, f"carried by {count(row['full'])} of {relevant}"])
        return f"{name} was {told}."
    if row["full"] or row["partial"]:
        partly = f", partly by {count(row['partial'])}" if row["partial"] else ""
        return f"{name} was carried by {count(row['full'])} of {relevant}{partly}; nobody contradicted it."
    return f"No key message came through in {relevant}. {found.tone['text']}"


def _trouble_sentence(coverage: Coverage) -> str:
    if not coverage.troubles:
        return ""
    return f"{joined(coverage.troubles[:2])}, so the counts may be too low."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
