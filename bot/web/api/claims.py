"""Redemptions and reservations: what changes the ledger over HTTP.

Bodies are made of the ledger's first event alone, so that a replay gives the same bytes, also from another process,
after a crash, years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Request, Response
from fastapi.responses import JSONResponse

from bot.errors import StoreError
from bot.model import Door, OfferEvent, Reason, RedemptionResult
from bot.model.access import Caller, Scope
from bot.offers.ledger.guessing import Allowance
from bot.shapes import time_shape
from bot.web.api.document import CLAIM, HELD, RELEASED, ROLLED_BACK
from bot.web.api.fields import Key, Redemption, Reservation, Sale
from bot.web.api.offers import redeemed_body
from bot.web.entry import bearer
from bot.web.problems import refusal
from bot.wiring import App

router = APIRouter(prefix="/api/v1", tags=["redemptions"])

Redeemer = Annotated[Caller, Depends(bearer(Scope.REDEEM))]
Id = Annotated[str, Path(min_length=1, max_length=64, description="The id that the first answer gave.")]
REPLAYED = {"Idempotent-Replayed": "true"}
NO_SALE = Sale()


@router.post("/redemptions", status_code=201, responses=CLAIM, summary="Redeem a code")
def redeem(request: Request, asked: Redemption, caller: Redeemer, key: Key = None) -> Response:
    """Redeems a code once, or says why not. A code that there is not and one that cannot be are answered alike."""
    heard: App = request.app.state.heard
    left = heard.guessing.allowance(caller.id)
    claim = asked.claim(caller, key, code=asked.code, offer=asked.offer, placement=asked.placement)
    return _claimed(request, heard.counting.redeem(claim), left)


@router.post("/redemptions/{redemption}/rollback", responses=ROLLED_BACK, summary="Give a redemption back")
def roll_back(request: Request, redemption: Id, caller: Redeemer, key: Key = None) -> Response:
    """Gives the use back; both events stay in the history."""
    heard: App = request.app.state.heard
    event, replayed = heard.counting.roll_back(redemption, key=key, door=Door.API, actor=caller.id)
    body = {
        "result": "rolled_back",
        "redemption": event.refers_to,
        "rollback": event.id,
        "offer": event.offer,
        "placement": event.placement,
        "rolled_back_at": time_shape(event.told_at or event.at),
    }
    return JSONResponse(body, headers=REPLAYED if replayed else None)


@router.post("/reservations", status_code=201, responses=HELD, summary="Hold a code during a checkout")
def reserve(request: Request, asked: Reservation, caller: Redeemer, key: Key = None) -> Response:
    """Occupies a use of every cap until it is redeemed, released, or its time has run out."""
    heard: App = request.app.state.heard
    left = heard.guessing.allowance(caller.id)
    hold = None if asked.hold_seconds is None else timedelta(seconds=asked.hold_seconds)
    held = heard.counting.reserve(asked.claim(caller, key), hold=hold)
    if held.reason is not None:
        return _refused(held.reason, left, replayed=held.replayed)
    event = _first(heard, held.reservation)
    body = {
        "result": "reserved",
        "reservation": event.id,
        "offer": event.offer,
        "placement": event.placement,
        "code": event.code,
        "reserved_at": time_shape(event.at),
        "expires_at": time_shape(event.expires_at),
    }
    return _made(body, _pace(left), replayed=held.replayed)


@router.post("/reservations/{reservation}/redeem", status_code=201, responses=CLAIM, summary="Redeem what is held")
def redeem_reserved(
    request: Request,
    reservation: Id,
    caller: Redeemer,
    asked: Annotated[Sale, Body()] = NO_SALE,
    key: Key = None,
) -> Response:
    """Redeems the code that a reservation holds. The body may be left out."""
    heard: App = request.app.state.heard
    left = heard.guessing.allowance(caller.id)
    return _claimed(request, heard.counting.redeem_reserved(reservation, asked.claim(caller, key)), left)


@router.delete("/reservations/{reservation}", status_code=204, responses=RELEASED, summary="Let a reservation go")
def release(request: Request, reservation: Id, caller: Redeemer, key: Key = None) -> Response:
    """Gives the held use back before its time has run out."""
    heard: App = request.app.state.heard
    _, replayed = heard.counting.release(reservation, key=key, door=Door.API, actor=caller.id)
    return Response(status_code=204, headers=REPLAYED if replayed else None)


def _claimed(request: Request, result: RedemptionResult, left: Allowance) -> Response:
    request.app.state.metrics.claimed(result, Door.API)
    if result.reason is not None:
        return _refused(result.reason, left, replayed=result.replayed)
    event = _first(request.app.state.heard, result.redemption)
    headers = _pace(left) | {"Location": f"/api/v1/redemptions/{event.id}"}
    return _made(redeemed_body(event), headers, replayed=result.replayed)


def _made(body: Mapping[str, Any], headers: Mapping[str, str], *, replayed: bool) -> Response:
    return JSONResponse(body, 200 if replayed else 201, {**headers, **(REPLAYED if replayed else {})})


def _first(heard: App, event_id: str | None) -> OfferEvent:
    """The event that was answered with: the body is made of it, not of how the code was typed this time."""
    event = heard.store.offer_event(event_id or "")
    if event is None:
        raise StoreError(f"the event '{event_id}' is not in the ledger that has just answered with it")
    return event


def _refused(reason: Reason, left: Allowance, *, replayed: bool) -> Response:
    wrong = reason is Reason.UNKNOWN_CODE and not replayed
    headers = _pace(left.less_one() if wrong else left) | (REPLAYED if replayed else {})
    return refusal(reason, headers=headers).response()


def _pace(left: Allowance) -> dict[str, str]:
    """How many wrong codes are left; codes that there are cost nothing."""
    return {
        "RateLimit-Limit": str(left.limit),
        "RateLimit-Remaining": str(left.remaining),
        "RateLimit-Reset": str(left.reset),
    }
