"""Reading what shops send: JSON that may be hostile, times, money; pure.

Signed does not mean sane: what stands in an order was typed by strangers at a checkout.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import BadDelivery
from bot.foreign import read_foreign_json
from bot.model.currency import CURRENCIES

LONGEST_ID = 64
"""Characters of an order's number; the platforms' own are shorter."""
MOST_CODES = 50
"""Codes of one order that are looked at."""

_ID = re.compile(r"[A-Za-z0-9_-]+")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")


def read_json(body: bytes) -> Mapping[str, Any]:
    """The object that a body holds. Raises BadDelivery for anything else, and for what JSON leaves open: keys that come
    twice, NaN and infinities, numbers of thousands of digits, nesting that no order has.
    """
    try:
        value = read_foreign_json(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=Decimal
        )
    except ValueError as error:
        raise BadDelivery(f"the body cannot be read as JSON in UTF-8 ({type(error).__name__})") from error
    if not isinstance(value, dict):
        raise BadDelivery("the body is no JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def part(value: object, *keys: str) -> Mapping[str, Any]:
    """The object that lies under these keys; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def parts(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a list; empty for anything else."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A text with something in it; None for anything else."""
    return value.strip() or None if isinstance(value, str) else None


def identifier(value: object) -> str | None:
    """An order's or customer's number as the platform writes it, digits or letters; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value < 10**LONGEST_ID else None
    if isinstance(value, str) and len(value) <= LONGEST_ID and _ID.fullmatch(value):
        return value
    return None


def codes(values: Sequence[object]) -> tuple[str, ...]:
    """The texts among ``values``, each once."""
    return tuple(dict.fromkeys(filter(None, map(text, values))))[:MOST_CODES]


def moment(value: object, zone: str = "UTC") -> datetime | None:
    """A time, aware UTC; one without an offset is meant in ``zone``. None for anything else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= LONGEST_ID else None
        if found is None:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def needed_moment(value: object, what: str) -> datetime:
    """The same for a time that nothing can be done without. Raises BadDelivery."""
    found = moment(value)
    if found is None:
        raise BadDelivery(f"it has no time in '{what}'")
    return found


def amount(value: object) -> Decimal | None:
    """An amount of money, from 0 to under a thousand million; None for what makes no sense as one."""
    written = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    return Decimal(written) if _AMOUNT.fullmatch(written) else None


def currency(value: object) -> str | None:
    """A currency's three capitals as ISO 4217 has them; None for anything else."""
    return value if isinstance(value, str) and value in CURRENCIES else None
