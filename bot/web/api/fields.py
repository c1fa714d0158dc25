"""The shapes of what programs send: strict, so that a slip is answered and never guessed at."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Header
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from bot.model import Claim, Door
from bot.model.access import Caller

AMOUNT = r"^[0-9]{1,10}(\.[0-9]{1,4})?$"
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _amount(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("write an amount as a number or a string, like 4.80")  # noqa: TRY004 pydantic collects ValueErrors
    if isinstance(value, str) and not re.fullmatch(AMOUNT, value):
        raise ValueError("write an amount in digits with a point, like '4.80'")
    return str(value)


def _written(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("write a time as a string with its zone, like '2026-11-21T08:00:00Z'")  # noqa: TRY004 as above
    return value


def _plausible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("write a time of this millennium")
    return moment.astimezone(UTC)


def read_moment(text: str) -> datetime | None:
    """A time with its zone; None for any other text."""
    try:
        moment = datetime.fromisoformat(text)
        return _plausible(moment) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    Field(ge=0, max_digits=14, decimal_places=4),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 9999999999}, {"type": "string", "pattern": AMOUNT}]}
    ),
]
Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_plausible)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217, like EUR.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[ -~]+$",
        description="A name of your own for this request, 1 to 255 printable ASCII characters, never used for another. "
        "Sent again, the request counts once and is answered with the first answer, for ever.",
    ),
]


class Sale(BaseModel):
    """What is known of the sale that a code is used in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer: Name | None = Field(default=None, description="A reference of your own; only a keyed hash of it is kept.")
    order_id: Name | None = Field(default=None, description="The order's number in your system.")
    order_value: Amount | None = Field(default=None, description="What the order is worth, at most four decimals.")
    currency: Currency | None = None
    new_customer: Annotated[bool, Field(strict=True)] | None = Field(
        default=None, description="Null or left out: unknown."
    )
    redeemed_at: Moment | None = Field(default=None, description="When it happened, where that was before it is told.")

    def claim(self, caller: Caller, key: str | None, **which: str | None) -> Claim:
        """What is asked of the ledger."""
        return Claim(
            code=which.get("code") or "",
            offer=which.get("offer"),
            placement=which.get("placement") or caller.placement,
            customer=self.customer,
            order=self.order_id,
            value=self.order_value,
            currency=self.currency,
            new_customer=self.new_customer,
            at=self.redeemed_at,
            key=key,
            door=Door.API,
            actor=caller.id,
        )


class Redemption(Sale):
    """A code to be redeemed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"code": "the moon is made of ganache", "placement": "counter"},
                {
                    "code": "VC-7K3M-9QXT", "offer": "cards", "customer": "loyalty-2041", "order_id": "A-1007",
                    "order_value": "14.80", "currency": "EUR", "new_customer": True,
                    "redeemed_at": "2026-11-21T10:15:00Z",
                },
            ]
        }
    )  # fmt: skip

    code: str = Field(description="As it was typed: case, spaces, dashes and look-alikes are forgiven.")
    offer: Name | None = Field(default=None, description="The offer's id, where several could be meant.")
    placement: Name | None = Field(default=None, description="Where it was redeemed, or where the code was placed.")


class Reservation(BaseModel):
    """A code to be held while somebody pays."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"code": "VC-7K3M-9QXT", "order_id": "A-1007", "hold_seconds": 900}]},
    )

    code: str = Field(description="As it was typed.")
    offer: Name | None = None
    placement: Name | None = None
    customer: Name | None = None
    order_id: Name | None = None
    hold_seconds: Annotated[int, Field(ge=1, le=7 * 86400, strict=True)] | None = Field(
        default=None, description="How long to hold it; what the ledger holds by itself when left out."
    )

    def claim(self, caller: Caller, key: str | None) -> Claim:
        """What is asked of the ledger."""
        return Claim(
            code=self.code,
            offer=self.offer,
            placement=self.placement or caller.placement,
            customer=self.customer,
            order=self.order_id,
            key=key,
            door=Door.API,
            actor=caller.id,
        )
