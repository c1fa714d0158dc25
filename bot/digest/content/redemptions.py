"""The redemption table: what was redeemed today, in the window, before and in all, by placement. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from bot.digest import wording
from bot.digest.figures import count, to_interval
from bot.digest.plain import shorten
from bot.model import Audience, CountStatus, LateTally, OfferCount
from bot.phrases import joined, plural

IN_A_LINE = frozenset({Audience.PR, Audience.EXECUTIVE})
"""Who reads of an offer in a line, without its placements."""

_NAME = 48
_VERDICT = 120
_PLACE = 24
_DAYS = 3


def redemption_rows(offers: Sequence[OfferCount]) -> list[dict[str, Any]]:
    """One row an offer (placement None) followed by one a placement, in the order given, offers kept together."""
    order = {offer.offer: place for place, offer in reversed(list(enumerate(offers)))}
    rows = sorted(offers, key=lambda offer: (order[offer.offer], offer.placement is not None))
    return [_row(row, [one for one in rows if one.offer == row.offer and one.placement is not None]) for row in rows]


def late_lines(late: Sequence[LateTally], offers: Sequence[OfferCount]) -> list[dict[str, Any]]:
    """What became known of days told before: a line an offer, with how many were told late and how many given back."""
    lines = []
    for offer in totals(offers):
        own = [tally for tally in late if tally.offer == offer.offer]
        parts = [*_changed(own, "told", "told late"), *_changed(own, "given_back", "given back since")]
        if parts:
            lines.append(
                {
                    "offer": offer.offer,
                    "told": sum(tally.told for tally in own),
                    "given_back": sum(tally.given_back for tally in own),
                    "text": f"{shorten(offer.name, _NAME)}: {'; '.join(parts)}.",
                }
            )
    return lines


def totals(offers: Sequence[OfferCount]) -> list[OfferCount]:
    """The rows that stand for a whole offer."""
    return [offer for offer in offers if offer.placement is None]


def busiest(offers: Sequence[OfferCount]) -> OfferCount | None:
    """The offer that was redeemed most in the window; the first of equals."""
    return max(totals(offers), key=lambda offer: offer.in_window, default=None)


def word_of(status: str, mismatch: int | None) -> str:
    """The word that stands beside a count: ``final``, ``provisional``, ``mismatch 2``."""
    return f"{status} {count(mismatch)}" if status == CountStatus.MISMATCH and mismatch else str(status)


def doubt(offers: Sequence[OfferCount]) -> str:
    """The word that must stand beside what was redeemed in the window; empty where all of it is final."""
    found = {offer.window_status for offer in offers}
    return next((word.value for word in (CountStatus.MISMATCH, CountStatus.PROVISIONAL) if word in found), "")


def redeemed_sentence(offers: Sequence[OfferCount], before: str) -> str:
    """How much was redeemed, in one sentence; empty without offers."""
    rows = totals(offers)
    if not rows:
        return ""
    then = sum(row.previous_window for row in rows)
    beside = "; ".join(filter(None, (f"{before}: {count(then)}", doubt(rows))))
    now = sum(row.in_window for row in rows)
    if len(rows) == 1:
        done = f"was redeemed {wording.times(now)}" if now else "was not redeemed"
        return f"{shorten(rows[0].name, _NAME)} {done} ({beside})."
    if not now:
        return f"None of the {count(len(rows))} offers was redeemed ({beside})."
    return f"{count(len(rows))} offers were redeemed {wording.times(now)} in all ({beside})."


def _row(offer: OfferCount, places: Sequence[OfferCount]) -> dict[str, Any]:
    word = word_of(offer.status, offer.mismatch)
    return {
        "offer": offer.offer,
        "name": shorten(offer.name, _NAME),
        "placement": None if offer.placement is None else shorten(offer.placement, _NAME),
        "code_kind": offer.kind.value,
        "today": offer.today,
        "this_week": offer.this_week,
        "in_window": offer.in_window,
        "previous_window": offer.previous_window,
        "total": offer.total,
        "refused": offer.refused,
        "rolled_back": offer.rolled_back,
        "cap_remaining": offer.cap_remaining,
        "held": offer.held,
        "status": offer.status,
        "provisional": offer.provisional,
        "mismatch": offer.mismatch,
        "window_status": offer.window_status,
        "word": word,
        "days_live": offer.days_live,
        "gap_days": offer.gap_days,
        "per_day": to_interval(offer.per_day, offer.low, offer.high),
        "low": to_interval(offer.low, offer.low, offer.high),
        "high": to_interval(offer.high, offer.low, offer.high),
        "verdict": shorten(offer.verdict, _VERDICT),
        "text": _facts(offer, places) if offer.placement is None else word,
    }


def _facts(offer: OfferCount, places: Sequence[OfferCount]) -> str:
    """Status with its days, pace in the offer desk's words (with interval), what is left, held, refused, given back."""
    facts = [_standing(offer), _pace(offer)]
    if offer.cap_remaining is not None:
        facts.append(f"{count(offer.cap_remaining)} left")
    for key, word in (("held", "held"), ("refused", "refused"), ("rolled_back", "given back")):
        if getattr(offer, key):
            facts.append(f"{count(getattr(offer, key))} {word}{_where(places, key)}")
    return " · ".join(filter(None, facts))


def _pace(offer: OfferCount) -> str:
    """``4.1 a day [3.2, 5.4] over 14 days``: of the offer's whole life, whatever the digest's window is."""
    told = shorten(offer.verdict, _VERDICT)
    days = (offer.days_live or 0) - offer.gap_days
    return f"{told} over {plural(days, 'day')}" if offer.days_live and " a day [" in told else told


def _standing(offer: OfferCount) -> str:
    """``final``; ``2 provisional``; ``mismatch 2 (Sat 11 July)``: at which days a shop has counted otherwise;
    ``provisional (not all told of Sat 11 July)``: which days have a gap in reporting.
    """
    gaps = _days_named(day.day for day in offer.days if day.gap)
    untold = f" (not all told of {gaps})" if gaps else ""
    if offer.status == CountStatus.MISMATCH:
        shown = _days_named(day.day for day in offer.days if day.mismatch is not None)
        return word_of(offer.status, offer.mismatch) + (f" ({shown})" if shown else "") + untold
    if offer.status == CountStatus.PROVISIONAL and offer.provisional:
        return f"{count(offer.provisional)} provisional{untold}"
    return f"{offer.status}{untold}"


def _days_named(days: Iterable[date]) -> str:
    """``Sat 11 July and Sun 12 July``: the last three by name."""
    names = [wording.day_label(day) for day in days]
    return joined([*names[-_DAYS:], *([f"{len(names) - _DAYS} more"] if len(names) > _DAYS else [])])


def _where(places: Sequence[OfferCount], key: str) -> str:
    """`` (X 2, Shop window 1)``: at which placements, where there is a choice."""
    found = [(getattr(place, key), shorten(place.placement or "", _PLACE)) for place in places if getattr(place, key)]
    if not found or not places[1:]:
        return ""
    return f" ({', '.join(f'{name} {count(number)}' for number, name in found)})"


def _changed(late: Sequence[LateTally], key: str, words: str) -> list[str]:
    """``3 of Sat 11 July told late (X 2, Shop window 1)``, one part a day; many days are one part."""
    found = [tally for tally in late if getattr(tally, key)]
    days = sorted({tally.day for tally in found})
    if not days:
        return []
    total = sum(getattr(tally, key) for tally in found)
    if len(days) > _DAYS:
        return [f"{count(total)} of {wording.days_label(days[0], days[-1])} {words}"]
    parts = []
    for day in days:
        at = [(getattr(tally, key), tally.placement) for tally in found if tally.day == day]
        names = [f"{shorten(name, _PLACE)} {count(number)}" for number, name in at if name is not None]
        where = f" ({', '.join(names)})" if names else ""
        parts.append(f"{count(sum(number for number, _ in at))} of {wording.day_label(day)} {words}{where}")
    return parts
