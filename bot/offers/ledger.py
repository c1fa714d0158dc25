"""The rules of the ledger: when a code may be redeemed, and where days and weeks begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from bot.model import Offer, OfferKind, Reason, Usage
from bot.ports import Since


def judge(
    offer: Offer,
    usage: Usage,
    *,
    placement: str | None,
    issued_for: str | None,
    customer: str | None,
    now: datetime,
) -> Reason | None:
    """Why this redemption is refused, or None when it is allowed.

    What lasts is named before what passes, so that nobody is told to come back tomorrow for an offer that is gone:
    disabled, expired, not started, wrong placement, code used up, offer's cap, customer's cap, week's cap, day's cap.
    The offer runs in ``[starts, ends)``. ``issued_for`` is the placement that a unique code was issued for. A unique
    code works once unless ``per_code`` says otherwise; ``per_customer`` limits customers that are known.
    """
    per_code = 1 if offer.per_code is None and offer.kind is OfferKind.UNIQUE_CODES else offer.per_code
    grounds = (
        (offer.disabled, Reason.DISABLED),
        (offer.ends is not None and now >= offer.ends, Reason.EXPIRED),
        (offer.starts is not None and now < offer.starts, Reason.NOT_STARTED),
        (_misplaced(offer, placement, issued_for), Reason.WRONG_PLACEMENT),
        (_reached(usage.code, per_code), Reason.USED_UP),
        (_reached(usage.offer, offer.cap), Reason.OFFER_CAP),
        (customer is not None and _reached(usage.customer, offer.per_customer), Reason.CUSTOMER_CAP),
        (_reached(usage.week, offer.per_week), Reason.WEEK_CAP),
        (_reached(usage.day, offer.per_day), Reason.DAY_CAP),
    )
    return next((reason for holds, reason in grounds if holds), None)


def resolve_placement(offer: Offer, placement: str | None, issued_for: str | None) -> str | None:
    """The placement that a redemption counts for: what was said, in the configured spelling; else what the code was
    issued for; else the offer's only one; else None, unknown.
    """
    said = (placement or "").strip()
    if said:
        known = {name.casefold(): name for name in (*offer.placements, *([issued_for] if issued_for else []))}
        return known.get(said.casefold(), said)
    if issued_for:
        return issued_for
    return offer.placements[0] if len(offer.placements) == 1 else None


def since_in_zone(now: datetime, zone: tzinfo) -> Since:
    """The starts of the local day and week (Monday) that ``now`` falls in, aware UTC; right over clock changes."""
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    monday = today - timedelta(days=today.weekday())  # wall-clock arithmetic: the zone gives each its own offset
    return Since(day=today.astimezone(UTC), week=monday.astimezone(UTC))


def _misplaced(offer: Offer, placement: str | None, issued_for: str | None) -> bool:
    if placement is None:
        return False
    if issued_for is not None:
        return placement != issued_for
    return bool(offer.placements) and placement not in offer.placements


def _reached(used: int, cap: int | None) -> bool:
    return cap is not None and used >= cap
