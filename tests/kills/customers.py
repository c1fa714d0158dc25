"""Customers at the till and a shop's webhooks: what they ask in which round, and what they were answered.

Like any client they ask again, under the same key, until they have an answer; each answer is written down in a file that
outlives the process which is killed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.errors import RedemptionRefused
from bot.model import Claim, ShopKind
from bot.wiring import App
from tests.kills.world import PHRASE, START
from tests.offers.payloads import body
from tests.support.shops import signature

HELD = "auld lang syne"
BASKET = "one more please"
AT_ONCE = 24
"""What one round asks at most: what piled up while it was killed is not all asked in the next."""

Told = Mapping[str, str | None]
"""By key: the id of the redemption or reservation, or None for a refusal."""


@dataclass(frozen=True)
class Asked:
    """One thing that a customer asks, under its key."""

    key: str
    what: str
    about: str | None = None
    """The key of what was asked before, that this is about."""


def asked_until(number: int) -> Iterator[Asked]:
    """Everything that was asked up to that round."""
    for one in range(number + 1):
        yield Asked(f"{one}-phrase", "redeem")
        yield Asked(f"{one}-card", "card")
        yield Asked(f"{one}-card-again", "card")
        yield Asked(f"{one}-hold", "reserve")
        yield Asked(f"{one}-held", "redeem_held", f"{one}-hold")
        yield Asked(f"{one}-order", "order")
        if one % 3 == 2:
            yield Asked(f"{one}-back", "give_back", f"{one - 1}-phrase")
            yield Asked(f"{one}-held-back", "give_back", f"{one - 1}-held")
            yield Asked(f"{one - 2}-refund", "refund")


def told_in(file: Path) -> list[tuple[str, str | None]]:
    """The answers that customers had, in order: the key, and what it came to. A line that was cut off was no answer."""
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return [(key, answer) for key, answer in (json.loads(line) for line in lines if line.endswith("\n"))]


class Customers:
    """Asks what is still to be answered."""

    def __init__(self, app: App, file: Path, number: int, codes: tuple[str, ...]) -> None:
        self._app, self._file, self._number, self._codes = app, file, number, codes
        self._ways: Mapping[str, Callable[[Asked], str | None]] = {
            "redeem": lambda one: app.counting.redeem(Claim(PHRASE, key=one.key, placement="counter")).redemption,
            "card": lambda one: app.counting.redeem(Claim(self._card(one), key=one.key)).redemption,
            "reserve": lambda one: app.counting.reserve(Claim(HELD, key=one.key)).reservation,
            "redeem_held": self._redeem_held,
            "give_back": self._give_back,
            "order": lambda one: self._shop("shopify_order", one),
            "refund": lambda one: self._shop("shopify_refund", one),
        }
        self._told: dict[str, str | None] = {}

    def ask(self) -> None:
        """Asks what nobody was answered yet, and writes every answer down."""
        self._told = {key: answer for file in self._file.parent.glob("*.answers") for key, answer in told_in(file)}
        left = [one for one in asked_until(self._number) if one.key not in self._told]
        answers = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            for one in left[:AT_ONCE]:
                self._told[one.key] = self._ways[one.what](one)
                os.write(answers, (json.dumps([one.key, self._told[one.key]]) + "\n").encode())
        finally:
            os.close(answers)

    def _card(self, one: Asked) -> str:
        return self._codes[int(one.key.partition("-")[0])]

    def _redeem_held(self, one: Asked) -> str | None:
        held = self._told[one.about or ""]
        if held is None:
            return None
        return self._app.counting.redeem_reserved(held, Claim("", key=one.key)).redemption

    def _give_back(self, one: Asked) -> str | None:
        redemption = self._told[one.about or ""]
        if redemption is None:
            return None
        try:
            return self._app.counting.roll_back(redemption, key=one.key)[0].id
        except RedemptionRefused:
            return None

    def _shop(self, name: str, one: Asked) -> str:
        """A delivery of the shop's, the same however often it is sent."""
        number = int(one.key.partition("-")[0])
        order, at = 5000 + number, (START + timedelta(minutes=number)).isoformat()
        if name == "shopify_order":
            codes = [{"code": BASKET, "amount": "4.50", "type": "fixed_amount"}]
            raw = body(
                name,
                id=order,
                discount_codes=codes,
                discount_applications=[],
                created_at=at,
                processed_at=at,
                updated_at=at,
            )
        else:
            paid_back = [{"kind": "refund", "status": "success", "amount": "19.50"}]
            raw = body(name, id=90_000 + order, order_id=order, transactions=paid_back, created_at=at)
        outcome = self._app.shops.receive(ShopKind.SHOPIFY, signature(ShopKind.SHOPIFY, raw), raw)
        assert outcome is not None
        return str(outcome)
