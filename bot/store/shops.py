"""Shops' deliveries and orders: what is wanted is written with the delivery that says so, and done afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from bot.model import DeliveryOutcome, Door, KnownOrder, OrderCode, OrderPlan, OrderState
from bot.store.connection import Base
from bot.store.rows import Values
from bot.store.session import Row
from bot.store.sql import shops as sql
from bot.store.values import moment_of, moment_or_none, stamp, stamp_or_none


class Shops(Base):
    """The verbs of :class:`~bot.ports.ShopStore`; what is written here survives a power cut."""

    def has_delivery(self, shop: str, delivery: str) -> bool:
        """Whether this delivery was taken before."""
        with self._read() as db:
            return db.execute(sql.DELIVERY, {"shop": shop, "delivery": delivery}).fetchone() is not None

    def take_delivery(
        self,
        shop: str,
        delivery: str,
        order: str,
        plan: Callable[[KnownOrder], OrderPlan],
        now: datetime,
        forget: datetime,
    ) -> DeliveryOutcome:
        """Writes the delivery and what ``plan`` makes of its order, in one transaction."""
        at, named = stamp(now), {"shop": shop, "order_id": order}
        with self._write(durable=True) as db:
            if not db.execute(sql.ADD_DELIVERY, {"shop": shop, "delivery": delivery, "at": at}).rowcount:
                return DeliveryOutcome.SEEN
            rows = db.execute(sql.CODES, named).fetchall()
            planned = plan(_order_of(db.execute(sql.ORDER, named).fetchone(), rows))
            if planned.order is not None:
                ours = bool(rows or planned.codes)
                db.execute(sql.PUT_ORDER, named | _order_values(planned.order) | {"seen_at": at, "ours": ours})
            for code in planned.codes:
                db.execute(sql.PUT_CODE, _code_values(code))
            db.execute(sql.FORGET_DELIVERIES, {"forget": stamp(forget)})
            db.execute(sql.FORGET_ORDERS, {"forget": stamp(forget)})
        return planned.outcome

    def unsettled(self, limit: int) -> tuple[OrderCode, ...]:
        """Codes of orders of which the ledger does not say yet what is wanted; oldest first."""
        with self._read() as db:
            return tuple(map(_code_of, db.execute(sql.UNSETTLED, {"limit": limit}).fetchall()))

    def note_settled(self, code: OrderCode) -> None:
        """The ledger says what ``code.wanted`` says."""
        with self._write(durable=True) as db:
            db.execute(sql.SETTLE, _code_values(code))


def _order_of(row: Row | None, codes: list[Row]) -> KnownOrder:
    if row is None:
        return KnownOrder()
    return KnownOrder(
        state=OrderState(row["state"]),
        changed_at=moment_or_none(row["changed_at"]),
        total=_decimal(row["total"]),
        refunded=Decimal(row["refunded"]),
        codes=tuple(map(_code_of, codes)),
    )


def _order_values(order: KnownOrder) -> Values:
    return {
        "state": order.state.value,
        "changed_at": stamp_or_none(order.changed_at),
        "total": _digits(order.total),
        "refunded": _digits(order.refunded),
    }


def _code_of(row: Row) -> OrderCode:
    return OrderCode(
        shop=row["shop"],
        order=row["order_id"],
        code=row["code"],
        turn=row["turn"],
        door=Door(row["door"]),
        at=moment_of(row["at"]),
        wanted=bool(row["wanted"]),
        placement=row["placement"],
        value=_decimal(row["value"]),
        currency=row["currency"],
        customer=row["customer"],
        new_customer=None if row["new_customer"] is None else bool(row["new_customer"]),
        answered=bool(row["answered"]),
        redemption=row["redemption"],
    )


def _code_values(code: OrderCode) -> Values:
    return {
        "shop": code.shop,
        "order_id": code.order,
        "code": code.code,
        "turn": code.turn,
        "door": code.door.value,
        "at": stamp(code.at),
        "wanted": code.wanted,
        "placement": code.placement,
        "value": _digits(code.value),
        "currency": code.currency,
        "customer": code.customer,
        "new_customer": code.new_customer,
        "redemption": code.redemption,
    }


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _digits(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")
