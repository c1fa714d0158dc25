"""Reads a list of what a shop counted: a number a day, or the orders of a day one a line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from bot.model import BadLine, Offer, ShopCount
from bot.offers.counting.daily import local_day
from bot.offers.counting.reconcile import order_key
from bot.offers.counting.shopcounts import DEFAULT_METHOD
from bot.offers.intake.table import read_table
from bot.offers.ledger.codes import code_key

COLUMNS = frozenset({"offer", "day", "provider", "count", "order_id", "placement", "code", "method"})
"""The columns that are understood."""
NEEDED = {"offer": ("offer",), "day": ("day",), "provider": ("provider",), "count": ("count", "order_id")}
"""What a list must have: a figure is a count, or one order a line."""

_LONGEST = 64
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """The counts of a list, each with its method, and the lines that could not be used."""

    good: tuple[tuple[ShopCount, str], ...]
    bad: tuple[BadLine, ...]


@dataclass(frozen=True, slots=True)
class _Reader:
    """What a line is read with."""

    offers: Mapping[str, Offer]
    zone: tzinfo
    now: datetime

    def count(self, row: Mapping[str, str]) -> ShopCount:
        """One line as a count of a number, or of one order. Raises ValueError, in words."""
        offer = self.offers.get(row["offer"])
        if offer is None:
            raise ValueError(f"'{row['offer'][:_LONGEST]}' is no offer; configured: {', '.join(self.offers) or 'none'}")
        if not 0 < len(row["provider"]) <= _LONGEST:
            raise ValueError(f"a count needs its provider, the shop that counted, in at most {_LONGEST} characters")
        if row["count"] and row["order_id"]:
            raise ValueError("a line gives a count or one order, not both")
        day = local_day(self._day(row["day"]), self.zone)
        return ShopCount(
            offer=offer.id,
            provider=row["provider"],
            day=day.day,
            start=day.start,
            end=day.end,
            count=1 if row["order_id"] else _number(row["count"]),
            placement=_placement(offer, row["placement"]),
            code=_code(offer, row["code"]),
            orders=(_order(row["order_id"], row["provider"]),) if row["order_id"] else None,
            at=self.now,
        )

    def _day(self, text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ValueError(f"'{text[:_LONGEST]}' is no day: write 2026-03-01") from None
        if day > self.now.astimezone(self.zone).date():
            raise ValueError(f"{day} is yet to come")
        return day


def read_counts(body: bytes, offers: Mapping[str, Offer], zone: tzinfo, now: datetime) -> ReadCounts:
    """What a CSV list says; orders of one shop and day are one count. Raises ConfigError when it is no such list."""
    reader = _Reader(offers, zone, now)
    found: dict[tuple[object, ...], tuple[ShopCount, str]] = {}
    bad: list[BadLine] = []
    for line, record in read_table(body, COLUMNS, NEEDED).records():
        if isinstance(record, BadLine):
            bad.append(record)
            continue
        row = {column: record.get(column, "") for column in COLUMNS}
        try:
            count, method = reader.count(row), row["method"][:_LONGEST] or DEFAULT_METHOD
            scope = (count.offer, count.provider, count.placement, count.code, count.day, method)
            found[scope] = (_joined(found[scope][0], count) if scope in found else count), method
        except ValueError as error:
            bad.append(BadLine(line, str(error)))
    return ReadCounts(tuple(found.values()), tuple(bad))


def _joined(before: ShopCount, count: ShopCount) -> ShopCount:
    """Two lines of one shop and day: two orders make one list. Raises ValueError for what contradicts itself."""
    if before.orders is None or count.orders is None:
        if before.orders == count.orders and before.count == count.count:
            return before
        raise ValueError("an earlier line says something else of the same shop and day")
    shop = count.provider
    if order_key(count.orders[0], shop) in {order_key(order, shop) for order in before.orders}:
        raise ValueError(f"order {count.orders[0]} is listed twice; it is counted once")
    orders = (*before.orders, *count.orders)
    return replace(before, count=len(orders), orders=orders)


def _number(text: str) -> int | None:
    """A count; None for an empty cell, which says that the shop has no figure for the day."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:_LONGEST]) > _MOST:
        raise ValueError(f"'{text[:_LONGEST]}' is no count; write a whole number such as 12, up to {_MOST}")
    return int(text)


def _order(text: str, shop: str) -> str:
    if len(text) > _LONGEST or not order_key(text, shop):
        raise ValueError(f"'{text[:_LONGEST]}' is no order's number")
    return text


def _placement(offer: Offer, text: str) -> str | None:
    """A placement in its configured spelling; None where none is given."""
    if not text:
        return None
    known = {name.casefold(): name for name in offer.placements}
    if text.casefold() not in known:
        raise ValueError(
            f"'{text[:_LONGEST]}' is no placement of '{offer.id}'; configured: {', '.join(offer.placements) or 'none'}"
        )
    return known[text.casefold()]


def _code(offer: Offer, text: str) -> str | None:
    """A unique code as the ledger keeps it; None where none is given, or the phrase, which is the whole offer's."""
    key = code_key(text)
    if text and not key:
        raise ValueError(f"'{text[:_LONGEST]}' is no code")
    return None if not key or (offer.code and key == code_key(offer.code)) else key
