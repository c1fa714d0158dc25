"""The redemption table: what was redeemed today, in the window, before and in all, by placement. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.digest import wording
from bot.digest.figures import count, to_interval
from bot.digest.plain import shorten
from bot.model import OfferCount

_NAME = 48
_VERDICT = 120


def redemption_rows(offers: Sequence[OfferCount]) -> list[dict[str, Any]]:
    """One row an offer (placement None) followed by one a placement, in the order given, offers kept together."""
    order = {offer.offer: place for place, offer in reversed(list(enumerate(offers)))}
    rows = sorted(offers, key=lambda offer: (order[offer.offer], offer.placement is not None))
    return [_row(offer) for offer in rows]


def totals(offers: Sequence[OfferCount]) -> list[OfferCount]:
    """The rows that stand for a whole offer."""
    return [offer for offer in offers if offer.placement is None]


def busiest(offers: Sequence[OfferCount]) -> OfferCount | None:
    """The offer that was redeemed most in the window; the first of equals."""
    return max(totals(offers), key=lambda offer: offer.in_window, default=None)


def redeemed_sentence(offers: Sequence[OfferCount], before: str) -> str:
    """How much was redeemed, in one sentence; empty without offers."""
    rows = totals(offers)
    if not rows:
        return ""
    if len(rows) == 1:
        name = shorten(rows[0].name, _NAME)
        return f"{name} was redeemed {wording.times(rows[0].in_window)} ({before}: {count(rows[0].previous_window)})."
    now, then = sum(row.in_window for row in rows), sum(row.previous_window for row in rows)
    return f"{wording.plural(len(rows), 'offer')} were redeemed {wording.times(now)} in all ({before}: {count(then)})."


def _row(offer: OfferCount) -> dict[str, Any]:
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
        "status": offer.status,
        "days_live": offer.days_live,
        "per_day": to_interval(offer.per_day, offer.low, offer.high),
        "low": to_interval(offer.low, offer.low, offer.high),
        "high": to_interval(offer.high, offer.low, offer.high),
        "verdict": shorten(offer.verdict, _VERDICT),
        "text": _facts(offer),
    }


def _facts(offer: OfferCount) -> str:
    """Status, pace in the offer desk's words (with its interval), what is left, what was refused or given back."""
    facts = [offer.status, shorten(offer.verdict, _VERDICT)]
    if offer.cap_remaining is not None:
        facts.append(f"{count(offer.cap_remaining)} left")
    if offer.refused:
        facts.append(f"{count(offer.refused)} refused")
    if offer.rolled_back:
        facts.append(f"{count(offer.rolled_back)} given back")
    return " · ".join(filter(None, facts))
