"""The rules of the ledger: when a code may be redeemed, and where days and weeks begin."""

from __future__ import annotations

from dataclasses import replace
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
    at: datetime,
) -> Reason | None:
    """Why this redemption is refused, or None when it is allowed.

    What lasts is named before what passes, so that nobody is told to come back tomorrow for an offer that is gone:
    disabled, expired, not started, wrong placement, code used up, offer's cap, customer's cap, week's cap, day's cap,
    reserved. ``at`` is when it happens; the offer runs in ``[starts, ends)``. ``issued_for`` is the placement that a
    unique code was issued for. A unique code works once unless ``per_code`` says otherwise; ``per_customer`` limits
    customers that are known. ``reserved``: live reservations hold what is left, and may yet give it back.
    """
    limits = _limits(offer, usage, customer)
    grounds = (
        (offer.disabled or usage.disabled, Reason.DISABLED),
        (offer.ends is not None and at >= offer.ends, Reason.EXPIRED),
        (offer.starts is not None and at < offer.starts, Reason.NOT_STARTED),
        (_misplaced(offer, placement, issued_for), Reason.WRONG_PLACEMENT),
        *((cap is not None and used >= cap, reason) for used, _, cap, reason in limits),
        (any(cap is not None and used + held >= cap for used, held, cap, _ in limits), Reason.RESERVED),
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
    """The local day and week (from Monday) that ``now`` falls in, aware UTC; right over clock changes.

    On the calendar's last day there is no next one.
    """
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    monday = today - timedelta(days=today.weekday())  # wall-clock arithmetic: the zone gives each its own offset
    return Since(
        day=today.astimezone(UTC),
        week=monday.astimezone(UTC),
        next_day=_later(today, days=1),
        next_week=_later(monday, days=7),
    )


def counted_since(offer: Offer, at: datetime, zone: tzinfo) -> Since:
    """The day and week of ``at``, as far as a cap of this offer counts by them."""
    since = since_in_zone(at, zone)
    return replace(
        since,
        day=since.day if offer.per_day is not None else since.next_day or since.day,
        week=since.week if offer.per_week is not None else since.next_week or since.week,
    )


def _later(midnight: datetime, *, days: int) -> datetime | None:
    try:
        return (midnight + timedelta(days=days)).astimezone(UTC)
    except OverflowError:
        return None


def _limits(offer: Offer, usage: Usage, customer: str | None) -> tuple[tuple[int, int, int | None, Reason], ...]:
    """Used, held by reservations, the cap, and the reason when it is reached."""
    held = usage.held or Usage()
    per_code = 1 if offer.per_code is None and offer.kind is OfferKind.UNIQUE_CODES else offer.per_code
    per_customer = None if customer is None else offer.per_customer
    return (
        (usage.code, held.code, per_code, Reason.USED_UP),
        (usage.offer, held.offer, offer.cap, Reason.OFFER_CAP),
        (usage.customer, held.customer, per_customer, Reason.CUSTOMER_CAP),
        (usage.week, held.week, offer.per_week, Reason.WEEK_CAP),
        (usage.day, held.day, offer.per_day, Reason.DAY_CAP),
    )


def _misplaced(offer: Offer, placement: str | None, issued_for: str | None) -> bool:
    if placement is None:
        return False
    if issued_for is not None:
        return placement != issued_for
    return bool(offer.placements) and placement not in offer.placements
