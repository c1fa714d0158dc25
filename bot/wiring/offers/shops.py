"""The shops, wired: whose delivery it is, what it tells, and what the ledger makes of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any

import requests

from bot.errors import BadDelivery, ConfigError, Unauthorised, Unavailable
from bot.model import DeliveryOutcome, OrderAsked, Shop, ShopDelivery, ShopKind, ShopOrder
from bot.offers.intake.shops import reading, shopify, square, woocommerce
from bot.offers.intake.shops.states import check_counts
from bot.offers.intake.take_order import refuse_out_of_window, settle, take_order
from bot.ports import Clock, Deps
from bot.store.verbs import HeardStore
from bot.wiring.offers.own_codes import OwnCodes
from config.secrets import read_secret, read_secrets
from config.settings import Settings

if TYPE_CHECKING:
    from bot.wiring.offers.counting import Counting

PLATFORMS: Mapping[ShopKind, ModuleType] = {
    ShopKind.SHOPIFY: shopify,
    ShopKind.WOOCOMMERCE: woocommerce,
    ShopKind.SQUARE: square,
}
SQUARE_VERSION = "2025-01-23"
NOT_FOUND = 404
REFUSED = (401, 403)

log = logging.getLogger("heard.shops")


class Shops:
    """The webhooks of one configuration's shops."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, deps: Deps, counting: Counting) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._deps = deps
        self._counting = counting
        self._secrets: dict[str, tuple[str, ...]] = {}

    def of(self, kind: ShopKind, name: str | None = None) -> tuple[Shop, ...]:
        """The configured shops of a platform, or the one of that name; empty when there is none."""
        return tuple(shop for shop in self._settings.shops if shop.kind is kind and name in {None, shop.id})

    def receive(
        self, kind: ShopKind, headers: Mapping[str, str], body: bytes, name: str | None = None
    ) -> DeliveryOutcome | None:
        """Takes a delivery of the shop whose secret signed it; None, and nothing was read, when none of them did.

        What it wants is on the disk when this returns, and done if the ledger could be asked. ``headers`` have small
        names. Raises BadDelivery; StoreError (the shop should send it again), SourceError when an order that was only
        named could not be asked for, and ConfigError when a secret cannot be read.
        """
        if kind is ShopKind.WOOCOMMERCE and woocommerce.is_ping(headers, body):
            return DeliveryOutcome.IGNORED
        shop = self._signer(kind, headers, body, name)
        if shop is None:
            log.warning("a delivery for %s had no signature of ours; %d bytes were thrown away", kind, len(body))
            return None
        platform, now = PLATFORMS[kind], self._clock.now()
        delivery: ShopDelivery = platform.read(shop, body)
        refuse_out_of_window(shop, delivery.at, now)
        if self._store.has_delivery(shop.id, delivery.id):
            outcome = DeliveryOutcome.SEEN
        else:
            delivery = self._complete(shop, delivery)
            salt = self._store.salt()
            outcome = take_order(self._store, shop, delivery, self._codes.has, now=now, salt=salt)
        self.settle()
        return outcome

    def settle(self) -> int:
        """Does what deliveries want and the ledger does not say yet; how many codes. Harmless whenever it is called."""
        return settle(self._store, self._counting)

    def check(self, shop: Shop) -> str:
        """What a shop is set up for, in words. Raises ConfigError for what cannot work."""
        check_counts(shop, PLATFORMS[shop.kind].WORDS)
        secrets = _secrets(shop)
        if shop.kind is ShopKind.SQUARE and shop.url is None:
            raise ConfigError("Square signs with its address: give notification_url, or [heard] public_url")
        offers = self._settings.offers
        places = {place for offer in offers for place in offer.placements}
        everywhere = any(not offer.placements for offer in offers)
        if shop.placement is not None and offers and not everywhere and shop.placement not in places:
            raise ConfigError(f"placement '{shop.placement}' is none of the offers' ({', '.join(sorted(places))})")
        if shop.retrieves:
            read_secret(shop.options, "token")
        counted = ", ".join(shop.counts) or PLATFORMS[shop.kind].WORDS.usual
        many = f"{len(secrets)} secrets" if len(secrets) > 1 else "1 secret"
        reads = "; orders are asked for" if shop.retrieves else ""
        return f"{shop.kind}, {many}, counts for {shop.placement or 'no placement'} when {counted}{reads}"

    def _signer(self, kind: ShopKind, headers: Mapping[str, str], body: bytes, name: str | None) -> Shop | None:
        """The shop whose secret signed this. One whose secret cannot be read keeps no other from being heard."""
        signers, unread = [], None
        for shop in self.of(kind, name):
            try:
                secrets = self._secrets_of(shop)
            except ConfigError as error:
                unread = error
                continue
            if PLATFORMS[kind].is_signed(shop, headers, body, secrets):
                signers.append(shop)
        if len(signers) > 1:
            raise BadDelivery("several shops share this secret: end the address with ?shop=ID")
        if unread is not None and not signers:
            raise unread
        return signers[0] if signers else None

    def _secrets_of(self, shop: Shop) -> tuple[str, ...]:
        if shop.id not in self._secrets:
            self._secrets[shop.id] = _secrets(shop)
        return self._secrets[shop.id]

    @cached_property
    def _codes(self) -> OwnCodes:
        return OwnCodes(self._settings, self._store)

    def _complete(self, shop: Shop, delivery: ShopDelivery) -> ShopDelivery:
        """The delivery with its order, where it only names one."""
        if not isinstance(delivery.told, OrderAsked):
            return delivery
        told = self._ask(shop, delivery.told.order)
        source = square.source_order(told)
        told = self._ask(shop, source) if source else told
        order: ShopOrder | None = square.read_order(shop, told) if told else None
        return ShopDelivery(delivery.id, delivery.at, order)

    def _ask(self, shop: Shop, order: str) -> Mapping[str, Any]:
        """An order of Square's, as it is now; empty when there is none. Raises Unavailable and Unauthorised."""
        headers = {
            "Authorization": f"Bearer {read_secret(shop.options, 'token')}",
            "Square-Version": SQUARE_VERSION,
            "Accept": "application/json",
        }
        try:
            with self._deps.session() as session:
                answer = session.get(f"{shop.options['api']}/v2/orders/{order}", headers=headers, allow_redirects=False)
                status, body = answer.status_code, answer.content
        except requests.RequestException as error:
            raise Unavailable(f"Square did not answer for an order: {type(error).__name__}") from error
        if status == NOT_FOUND:
            return {}
        if status in REFUSED:
            raise Unauthorised(f"Square refused the token of shop '{shop.id}' ({status})")
        if status != requests.codes.ok:
            raise Unavailable(f"Square could not give an order ({status})")
        try:
            return reading.part(reading.read_json(body), "order")
        except BadDelivery as error:
            raise Unavailable(f"Square's answer makes no sense: {error}") from error


def _secrets(shop: Shop) -> tuple[str, ...]:
    """Every secret that the shop may sign with: the present one and, while they change, the next."""
    return read_secrets(shop.options, "secret", f"[[shop]] '{shop.id}'")
