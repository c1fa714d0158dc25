"""Offers as programs read them: counts, the ledger's events, one redemption."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import JSONResponse

from bot.model import OfferEvent
from bot.model.access import Scope
from bot.offers.ledger.shapes import event_shape
from bot.shapes import Shape, offer_shape, time_shape
from bot.web.api.cursor import Cursor, Limit, not_ours, page, read_cursor, write_cursor
from bot.web.api.document import listed
from bot.web.api.shapes import EVENTS, OFFERS, REDEEMED
from bot.web.entry import bearer
from bot.web.problems import Problem
from bot.wiring import App

router = APIRouter(prefix="/api/v1", tags=["offers"], dependencies=[Depends(bearer(Scope.READ))])

Id = Annotated[str, Path(min_length=1, max_length=200)]
LARGEST = 2**63 - 1


@router.get("/offers", responses=listed(OFFERS), summary="Counts of every offer")
def offers(request: Request) -> Response:
    """A row for each offer as a whole (`placement` null), and one for each of its placements."""
    heard: App = request.app.state.heard
    return page([offer_shape(count) for count in heard.reconciling.counts()])


@router.get("/offers/{offer}", responses=listed(OFFERS, 404), summary="Counts of one offer")
def offer(request: Request, offer: Id) -> Response:
    """The rows of one offer."""
    heard: App = request.app.state.heard
    _expect(heard, offer)
    return page([offer_shape(count) for count in heard.reconciling.counts(offer)])


@router.get("/offers/{offer}/events", responses=listed(EVENTS, 404), summary="The ledger of one offer")
def events(request: Request, offer: Id, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """Every event but issued codes, in the order in which they were written down.

    Keep the last page's `cursor` and come back with it: what was written since comes next, and nothing twice.
    """
    heard: App = request.app.state.heard
    _expect(heard, offer)
    (after,) = read_cursor(cursor, int) or [0]
    if not 0 <= after <= LARGEST:
        raise not_ours()
    found = heard.store.ledger_page(offer, after, limit + 1)
    shown = found[:limit]
    following = write_cursor(shown[-1][0]) if len(found) > limit else None
    here = write_cursor(shown[-1][0]) if shown else cursor
    return page([event_shape(event) for _, event in shown], following, cursor=here)


@router.get("/redemptions/{redemption}", responses=listed(REDEEMED, 404), summary="One redemption")
def redemption(request: Request, redemption: Id) -> Response:
    """As it was answered first; `rolled_back_at` is null unless it was given back."""
    heard: App = request.app.state.heard
    found = heard.store.redemption(redemption)
    if found is None:
        raise Problem(404, "There is no redemption with that id.")
    event, undone = found
    body = redeemed_body(event) | {"rolled_back_at": time_shape(undone.told_at or undone.at) if undone else None}
    return JSONResponse(body)


def redeemed_body(event: OfferEvent) -> Shape:
    """A redemption as it is told over HTTP."""
    return {
        "result": "redeemed",
        "redemption": event.id,
        "offer": event.offer,
        "placement": event.placement,
        "code": event.code,
        "redeemed_at": time_shape(event.at),
    }


def _expect(heard: App, wanted: str) -> None:
    if wanted not in {offer.id for offer in heard.settings.offers}:
        raise Problem(404, "There is no offer with that id.")
