"""The ledger's events as rows, and back; everything that was put in comes out equal."""

from __future__ import annotations

from decimal import Decimal

from bot.model import Door, EventKind, IssuedCode, OfferEvent, Reason
from bot.store.rows import Values
from bot.store.session import Row
from bot.store.values import moment_of, moment_or_none, stamp, stamp_or_none, writable_or_none

STEPS = {EventKind.REDEEMED: 1, EventKind.ROLLED_BACK: -1}
"""What an event adds to what is used of its offer and its code."""


def event_values(event: OfferEvent) -> Values:
    """An event's columns; it is told when it happens unless it says otherwise."""
    return {
        "id": event.id,
        "offer": event.offer,
        "kind": event.kind.value,
        "at": stamp(event.at),
        "code": event.code,
        "placement": event.placement,
        "customer": event.customer,
        "key": event.key,
        "reason": None if event.reason is None else event.reason.value,
        "refers_to": writable_or_none(event.refers_to),
        "told_at": stamp(event.told_at or event.at),
        "order_id": event.order,
        "value": None if event.value is None else format(event.value, "f"),
        "currency": event.currency,
        "new_customer": event.new_customer,
        "door": None if event.door is None else event.door.value,
        "actor": event.actor,
        "expires_at": stamp_or_none(event.expires_at),
        "request": event.request,
        "step": STEPS.get(event.kind),
    }


def event_of(row: Row) -> OfferEvent:
    """An event's row."""
    return OfferEvent(
        id=row["id"],
        offer=row["offer"],
        kind=EventKind(row["kind"]),
        at=moment_of(row["at"]),
        code=row["code"],
        placement=row["placement"],
        customer=row["customer"],
        key=row["key"],
        reason=None if row["reason"] is None else Reason(row["reason"]),
        refers_to=row["refers_to"],
        told_at=moment_or_none(row["told_at"]),
        order=row["order_id"],
        value=None if row["value"] is None else Decimal(row["value"]),
        currency=row["currency"],
        new_customer=None if row["new_customer"] is None else bool(row["new_customer"]),
        door=None if row["door"] is None else Door(row["door"]),
        actor=row["actor"],
        expires_at=moment_or_none(row["expires_at"]),
        request=row["request"],
    )


def issued_of(row: Row) -> IssuedCode:
    """An issued code with its use."""
    return IssuedCode(row["code"], row["placement"], row["uses"] > 0, row["printed"])
