"""The till: one code, one big answer. All of it works as plain page loads; ``till.js`` makes it quick."""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request, Response

from bot.model import Claim, Door, EventKind, OfferEvent
from bot.model.access import Caller, Scope
from bot.offers.ledger.codes import tidy
from bot.web.entry import csrf, heard_of, set_cookie, signed_in
from bot.web.pages.answers import Answer, answer_of
from bot.web.rendering import go_on, render
from bot.wiring.offers.serving import GIVE_BACK_WITHIN, Served
from bot.words import HAPPENED, WHY

router = APIRouter(include_in_schema=False)

Staff = Annotated[Caller, Depends(signed_in(Scope.REDEEM))]
PLACE_COOKIE = "heard-till-place"
NOWHERE = "-"
"""The cookie of a till that stands at none of the placements."""
YEAR = int(timedelta(days=365).total_seconds())
_SIGNS = str.maketrans("", "", " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'’")
_DECIMALS = 2
NEW_CUSTOMER = {"yes": True, "no": False}


@router.get("/till")
def show_till(request: Request, caller: Staff, code: str = "", choose: bool = False) -> Response:
    """The form for a code; before that, once on each device, where this till stands."""
    till = heard_of(request).serving.till(caller.id)
    place = _place(request, caller, till.placements)
    if not caller.placement and till.placements and (choose or place is None):
        return render(request, "till-place.html.j2", placements=till.placements, place=place)
    return _form(request, caller, code=code[:64])


@router.post("/till", dependencies=[Depends(csrf)])
def redeem(
    request: Request,
    caller: Staff,
    code: Annotated[str, Form(max_length=20_000)] = "",
    key: Annotated[str, Form(max_length=200)] = "",
    new_customer: Annotated[str, Form(max_length=10)] = "",
    value: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Redeems a code, or says why not."""
    till = heard_of(request).serving.till(caller.id, 0)
    if not code.strip():
        return _form(request, caller, error="Type a code first.")
    try:
        worth = _amount(value)
    except InvalidOperation:
        error = f"“{value}” is not an amount. Nothing was redeemed yet."
        return _form(request, caller, code=code, error=error, new_customer=new_customer, value=value)
    claim = Claim(
        code=code,
        placement=_place(request, caller, till.placements) or None,
        value=worth,
        currency=till.currency if worth is not None else None,
        new_customer=NEW_CUSTOMER.get(new_customer),
        key=key or None,
        door=Door.TILL,
        actor=caller.id,
    )
    served = heard_of(request).serving.serve(claim)
    if served.result is not None:
        request.app.state.metrics.claimed(served.result, Door.TILL)
    return _answer(request, caller, served, code=code, new_customer=new_customer, value=value)


@router.post("/till/give-back", dependencies=[Depends(csrf)])
def give_back(
    request: Request,
    caller: Staff,
    redemption: Annotated[str, Form(max_length=64)] = "",
    key: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Gives back what this till redeemed in the last minutes."""
    served = heard_of(request).serving.give_back(redemption, key=key or None, actor=caller.id)
    return _answer(request, caller, served)


@router.post("/till/place", dependencies=[Depends(csrf)])
def choose_place(request: Request, caller: Staff, place: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Remembers on this device where the till stands."""
    placements = heard_of(request).serving.till(caller.id, 0).placements
    response = go_on(request, "/till")
    set_cookie(request, response, PLACE_COOKIE, _mark(place) if place in placements else NOWHERE, YEAR)
    return response


def _form(
    request: Request, caller: Caller, *, code: str = "", error: str = "", new_customer: str = "", value: str = ""
) -> Response:
    till = heard_of(request).serving.till(caller.id)
    return render(
        request,
        "till.html.j2",
        key=_new_key(),
        currency=till.currency,
        recent=_rows(request, till.recent),
        code=code,
        error=error,
        new_customer=new_customer,
        value=value,
        **_where(request, caller, till.placements),
    )


def _answer(request: Request, caller: Caller, served: Served, **typed: str) -> Response:
    heard = heard_of(request)
    till = heard.serving.till(caller.id)
    answer: Answer = answer_of(served, ZoneInfo(heard.settings.timezone))
    return render(
        request,
        "till-answer.html.j2",
        answer=answer,
        key=_new_key(),
        recent=_rows(request, till.recent),
        minutes=int(GIVE_BACK_WITHIN.total_seconds() // 60),
        typed={"code": "", "new_customer": "", "value": ""} | typed,
        **_where(request, caller, till.placements),
    )


def _where(request: Request, caller: Caller, placements: tuple[str, ...]) -> dict[str, Any]:
    return {"place": _place(request, caller, placements), "may_move": bool(placements) and not caller.placement}


def _place(request: Request, caller: Caller, placements: tuple[str, ...]) -> str | None:
    """Where this till stands: by its key link, as chosen on this device, else the only placement; "" is nowhere."""
    if caller.placement:
        return caller.placement
    chosen = request.cookies.get(PLACE_COOKIE, "")
    if chosen == NOWHERE or not placements:
        return ""
    if len(placements) == 1:
        return placements[0]
    return next((name for name in placements if _mark(name) == chosen), None)


def _mark(placement: str) -> str:
    """A placement as a cookie can hold it: in ASCII."""
    return placement.encode("utf-8", "surrogatepass").hex()[:200]


def _new_key() -> str:
    return f"till-{secrets.token_hex(16)}"


def _amount(text: str) -> Decimal | None:
    """An amount as it is typed, with a comma or a point. Raises InvalidOperation."""
    plain = text.translate(_SIGNS)
    if not plain:
        return None
    worth = Decimal(plain.replace(",", "."))
    if not worth.is_finite() or len(plain.replace(",", ".").partition(".")[2]) > _DECIMALS:
        raise InvalidOperation  # 1,234 is a thousand to one and little more than one to another
    return worth


def _rows(request: Request, events: tuple[OfferEvent, ...]) -> list[dict[str, str]]:
    """The last things at this till, in words."""
    heard = heard_of(request)
    zone = ZoneInfo(heard.settings.timezone)
    names = {offer.id: offer.name for offer in heard.settings.offers}
    return [
        {
            "clock": f"{(event.told_at or event.at).astimezone(zone):%H:%M}",
            "tone": str(event.kind),
            "happened": WHY[event.reason] if event.kind is EventKind.REFUSED and event.reason else HAPPENED[event.kind],
            "what": names.get(event.offer, ""),
            "code": tidy(event.code),
        }
        for event in events
    ]
