"""A shop beside an installation: it signs its deliveries as the platform does, and what the ledger made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.clock import ManualClock
from bot.errors import HeardError
from bot.model import DeliveryOutcome, EventKind, OfferEvent, ShopKind
from bot.store.sqlite import open_store
from bot.wiring import App
from config.settings import load_settings
from tests.offers.payloads import body, mac

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET, NEXT_SECRET = "hush-now-4711", "hush-later-4712"
PHRASE = "the moon is made of ganache"
SQUARE_URL = "https://heard.example.org/webhooks/square"
CONFIG = """
[heard]
timezone = "Europe/London"
public_url = "https://heard.example.org"
[http]
allow_networks = ["127.0.0.0/8"]
[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
placements = ["counter", "web"]
{caps}
[[offer]]
id = "second"
name = "Second truffle"
kind = "code-phrase"
code = "one more please"
[[shop]]
id = "crumbs"
kind = "{kind}"
placement = "web"
secret_file = ["secret.txt", "next.txt"]
{more}
"""
HEADERS = {
    ShopKind.SHOPIFY: "x-shopify-hmac-sha256",
    ShopKind.WOOCOMMERCE: "x-wc-webhook-signature",
    ShopKind.SQUARE: "x-square-hmacsha256-signature",
}


def signature(kind: ShopKind, raw: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header that the platform signs with."""
    message = SQUARE_URL.encode() + raw if kind is ShopKind.SQUARE else raw
    return {HEADERS[kind]: mac(message, secret)}


def iso(minutes: float) -> str:
    """The time so many minutes after noon, as all three platforms can write it."""
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


@dataclass
class Beside:
    """An installation with one shop."""

    app: App
    kind: ShopKind

    @property
    def clock(self) -> ManualClock:
        """The installation's clock, set by hand."""
        clock = self.app.clock
        assert isinstance(clock, ManualClock)
        return clock

    def send(self, raw: bytes, headers: Mapping[str, str] | None = None) -> DeliveryOutcome | None:
        """Delivers a body; signed with the shop's secret unless other headers are given."""
        return self.app.shops.receive(self.kind, signature(self.kind, raw) if headers is None else headers, raw)

    def events(self, *kinds: EventKind) -> list[OfferEvent]:
        """The ledger as it was written."""
        return list(reversed(self.app.store.latest_events(10_000, kinds=kinds)))

    def live(self) -> int:
        """Redemptions that count."""
        kinds = [event.kind for event in self.events()]
        return kinds.count(EventKind.REDEEMED) - kinds.count(EventKind.ROLLED_BACK)

    def told(self) -> list[str]:
        """What the ledger says, a word an event."""
        return [f"{event.kind}:{event.reason}" if event.reason else str(event.kind) for event in self.events()]


def shop_beside(
    folder: Path, kind: ShopKind, *, more: str = "", caps: str = "", rebase: Mapping[str, str] | None = None
) -> Beside:
    """A new installation in ``folder`` with a shop of this kind."""
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    (folder / "next.txt").write_text(NEXT_SECRET, encoding="utf-8")
    (folder / "heard.db").write_bytes(_new_database())
    path = folder / "heard.toml"
    path.write_text(CONFIG.format(kind=kind, more=more, caps=caps), encoding="utf-8")
    return Beside(App(load_settings(path), ManualClock(NOON), rebase=rebase), kind)


@cache
def _new_database() -> bytes:
    """A database as a new installation has it; made once, because its steps take longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "heard.db")
        open_store(path).close()
        return path.read_bytes()


def shopify(minutes: float = -4, **changed: Any) -> bytes:
    """A Shopify order as it is so many minutes after noon."""
    return body("shopify_order", updated_at=iso(minutes), **changed)


def refund(amount: str, minutes: float = -2, **changed: Any) -> bytes:
    """A refund of the Shopify order."""
    transaction = {"kind": "refund", "status": "success", "amount": amount}
    return body("shopify_refund", transactions=[transaction], created_at=iso(minutes), **changed)


def woo(status: str, minutes: float = -4, code: str = PHRASE, **changed: Any) -> bytes:
    """A WooCommerce order in a status since so many minutes after noon."""
    lines = [{"id": 318, "code": code}] if code else []
    at = iso(minutes).removesuffix("+00:00")
    return body("woocommerce_order", status=status, date_modified_gmt=at, coupon_lines=lines, **changed)


def refused(beside: Beside, raw: bytes) -> str:
    """Why a signed delivery is not taken."""
    try:
        beside.send(raw)
    except HeardError as error:
        return f"{type(error).__name__}: {error}"
    return ""
