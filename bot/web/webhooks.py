"""``POST /webhooks/…``: what shops send, verified over its raw bytes before anything of it is read."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from bot.errors import BadDelivery, ConfigError, SourceError, StoreError
from bot.model import ShopKind
from bot.web.problems import Problem
from bot.wiring import App

LARGEST = 2**20
"""Bytes of a delivery that are read; an order with hundreds of lines has a tenth of it."""
RETRY_SECONDS = 60

log = logging.getLogger("heard.web")
router = APIRouter(prefix="/webhooks", include_in_schema=False)  # the platforms say what is sent here, not we


async def raw_body(request: Request) -> bytes:
    """The body as it came. Raises Problem 413 as soon as it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise Problem(413, f"A delivery has at most {LARGEST} bytes.", headers={"Connection": "close"})
    return bytes(body)


Body = Annotated[bytes, Depends(raw_body)]
ShopName = Annotated[str | None, Query()]


@router.post("/shopify")
def from_shopify(request: Request, body: Body, shop: ShopName = None) -> dict[str, str]:
    """Orders and refunds of a Shopify shop."""
    return _received(request, ShopKind.SHOPIFY, body, shop)


@router.post("/woocommerce")
def from_woocommerce(request: Request, body: Body, shop: ShopName = None) -> dict[str, str]:
    """Orders of a WooCommerce shop."""
    return _received(request, ShopKind.WOOCOMMERCE, body, shop)


@router.post("/square")
def from_square(request: Request, body: Body, shop: ShopName = None) -> dict[str, str]:
    """Payments, orders and refunds of a Square seller."""
    return _received(request, ShopKind.SQUARE, body, shop)


def _received(request: Request, kind: ShopKind, body: bytes, name: str | None) -> dict[str, str]:
    """The answer to a delivery; 5xx asks the shop to send it again."""
    heard: App = request.app.state.heard
    try:
        if not heard.shops.of(kind, name):
            raise Problem(404, "No such shop is set up here.")
        outcome = heard.shops.receive(kind, request.headers, body, name)
    except BadDelivery as error:
        log.warning("a signed delivery for %s was refused: %s", kind, error)
        raise Problem(400, f"This delivery is not taken: {error}.") from error
    except (ConfigError, SourceError, StoreError) as error:
        log.error("a delivery for %s could not be taken just now: %s", kind, error)  # noqa: TRY400 no bug: no traceback
        retry = {"Retry-After": str(RETRY_SECONDS)}
        raise Problem(503, "It cannot be taken just now; send it again. It counts once.", headers=retry) from error
    if outcome is None:
        raise Problem(401, "The signature fits no secret of ours.")
    return {"outcome": str(outcome)}
