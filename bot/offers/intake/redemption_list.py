"""Redemptions from a list: what each line claims, and the key under which it counts once however often it comes;
pure.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo

from bot.model import BadLine, Claim, Door
from bot.offers.intake.table import Table
from bot.offers.ledger.codes import code_key

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "discount_code", "coupon_code", "coupon", "promo_code", "voucher", "gutscheincode"),
    "redeemed_at": ("redeemed_at", "paid_at", "created_at", "at", "date", "time", "datetime", "timestamp", "datum"),
    "offer": ("offer", "offer_id"),
    "placement": ("placement",),
    "customer": ("customer", "customer_id", "email"),
    "order_id": ("order_id", "order", "order_number", "order_no", "id"),
    "order_value": ("order_value", "value", "total", "amount"),
    "currency": ("currency",),
    "new_customer": ("new_customer", "first_order"),
    "status": ("order_status", "financial_status"),
    "key": ("key", "idempotency_key"),
}
"""What a list's columns may be called; where a file has several names of one, the first here is meant."""
KNOWN = frozenset(name for names in COLUMNS.values() for name in names)
NEEDED = {column: COLUMNS[column] for column in ("code", "redeemed_at")}

_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)|\s*(?:UTC|GMT)$")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{1,2}:\d{2}(?::\d{2})?))?")
_AMOUNT = re.compile(r"(-?\d{1,12})(?:[.,](\d{1,2}))?")
_PAID = {"", "paid", "partially_refunded", "processing", "completed"}
_NOT_PAID = {
    "pending",
    "authorized",
    "partially_paid",
    "on-hold",
    "refunded",
    "voided",
    "expired",
    "cancelled",
    "canceled",
    "failed",
}
_YES, _NO = {"yes", "true", "1", "y", "ja"}, {"no", "false", "0", "n", "nein"}


class PassedOver(StrEnum):
    """Why a line claims nothing, as many of a shop's list of all its orders do."""

    WITHOUT_CODE = "without_code"
    NOT_PAID = "not_paid"


@dataclass(frozen=True, slots=True)
class ListedClaim:
    """What a line claims."""

    line: int
    claim: Claim


Listed = ListedClaim | BadLine | PassedOver
"""What a line of a list is."""


def columns_used(table: Table) -> Mapping[str, str]:
    """Which of the table's columns each of ours is read from."""
    found = {ours: next((name for name in names if name in table.columns), None) for ours, names in COLUMNS.items()}
    return {ours: name for ours, name in found.items() if name is not None}


def read_claims(table: Table, zone: str, salt: bytes, *, shop: str | None = None) -> Iterator[Listed]:
    """What each record claims, why it claims nothing, or why it cannot be used.

    The key is the one given; else order and code; else a keyed hash of what the line says and how many before it said
    the very same, so that two equal lines are two redemptions, and a file that has grown counts only what is new. With
    ``shop``, order numbers are that shop's, and what its webhooks told is known.
    """
    used, seen = columns_used(table), Counter[tuple[str, ...]]()
    for line, record in table.records():
        if isinstance(record, BadLine):
            yield record
            continue
        said = {ours: record.get(name, "") for ours, name in used.items()}
        if not said["code"]:
            yield PassedOver.WITHOUT_CODE
            continue
        status = said.pop("status", "").casefold()
        if status in _NOT_PAID:
            yield PassedOver.NOT_PAID
            continue
        content = tuple(said.get(ours, "") for ours in COLUMNS)
        seen[content] += 1
        try:
            _require_paid(status)
            yield ListedClaim(line, _claim(said, zone, shop, partial(_content_key, content, seen[content], salt)))
        except ValueError as error:
            yield BadLine(line, str(error))


def _claim(said: Mapping[str, str], zone: str, shop: str | None, content_key: Callable[[], str]) -> Claim:
    order = said.get("order_id", "")
    key = said.get("key") or (f"order:{shop or ''}:{order}:{code_key(said['code'])}" if order else content_key())
    return Claim(
        code=said["code"],
        offer=said.get("offer") or None,
        placement=said.get("placement") or None,
        customer=said.get("customer") or None,
        order=(f"{shop}:{order}" if shop else order) if order else None,
        value=_amount(said.get("order_value", "")),
        currency=said.get("currency") or None,
        new_customer=_yes_or_no(said.get("new_customer", "")),
        at=_moment(said["redeemed_at"], zone),
        key=f"file:{key}",
        door=Door.FILE,
    )


def _require_paid(status: str) -> None:
    if status not in _PAID:
        raise ValueError(f"nobody knows whether '{status[:40]}' means paid; write paid, or leave that column out")


def _content_key(content: tuple[str, ...], occurrence: int, salt: bytes) -> str:
    """A keyed hash, so that nobody reads a customer out of the ledger's keys."""
    told = "\0".join((*content, str(occurrence))).encode("utf-8", "surrogatepass")
    return hmac.new(salt, told, hashlib.sha256).hexdigest()[:32]


def _moment(text: str, zone: str) -> datetime:
    """A time; one without an offset is meant in ``zone``."""
    if not text:
        raise ValueError("it does not say when the code was redeemed")
    written = _OFFSET.sub(lambda found: "" if found[0].isspace() else "+00:00", text)
    if day := _GERMAN.fullmatch(text):
        written = f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}" + (f"T{day[4]:0>5}" if day[4] else "")
    try:
        found = datetime.fromisoformat(written)
        return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        hint = "; with slashes nobody knows day from month" if "/" in text else ""
        raise ValueError(f"'{text[:40]}' is no time: write 2026-03-01T08:00 or 2026-03-01{hint}") from None


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text[:40]}' is no amount: write 1234.50, without a currency's sign or thousands' marks")
    return Decimal(f"{found[1]}.{found[2] or 0}")


def _yes_or_no(text: str) -> bool | None:
    said = text.casefold()
    if said and said not in _YES | _NO:
        raise ValueError(f"'{text[:40]}' does not say whether the customer is new: write yes or no, or leave it empty")
    return said in _YES if said else None
