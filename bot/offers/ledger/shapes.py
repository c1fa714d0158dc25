"""The ledger's nouns as JSON objects; keys are stable, objects may grow."""

from __future__ import annotations

from bot.model import OfferEvent, ReservationResult
from bot.shapes import Shape, time_shape


def event_shape(event: OfferEvent) -> Shape:
    """One event of the ledger; of a customer nothing is told, not even the hash."""
    return {
        "id": event.id,
        "kind": str(event.kind),
        "offer": event.offer,
        "code": event.code,
        "placement": event.placement,
        "at": time_shape(event.at),
        "told_at": time_shape(event.told_at),
        "reason": str(event.reason) if event.reason else None,
        "refers_to": event.refers_to,
        "order_id": event.order,
        "order_value": None if event.value is None else str(event.value),
        "currency": event.currency,
        "new_customer": event.new_customer,
        "door": str(event.door) if event.door else None,
        "actor": event.actor,
        "expires_at": time_shape(event.expires_at),
    }


def reservation_shape(result: ReservationResult) -> Shape:
    """What ``heard offers reserve --json`` prints."""
    return {
        "result": "reserved" if result.reserved else "refused",
        "reservation": result.reservation,
        "offer": result.offer,
        "placement": result.placement,
        "code": result.code,
        "reason": str(result.reason) if result.reason else None,
        "expires_at": time_shape(result.expires_at),
        "replayed": result.replayed,
    }
