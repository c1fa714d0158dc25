"""The desk: how each offer stands today, this week and in all, and everything behind it on a page of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Request, Response

from bot.charts.curve import Curve, Day, draw_curve
from bot.charts.marks import Mark
from bot.charts.picture import to_svg
from bot.charts.theme import theme_of
from bot.errors import ConfigError
from bot.model import Door, EventKind, OfferEvent, OfferKind
from bot.model.access import Caller, Role, Scope
from bot.offers.ledger.codes import tidy
from bot.phrases import plural
from bot.web.entry import NOT_YOURS, csrf, heard_of, signed_in
from bot.web.problems import Problem
from bot.web.rendering import go_on, render
from bot.wiring.offers.showing import OfferView
from bot.words import CAME_BY, DIFFERS, HAPPENED, KEEP, WHY

router = APIRouter(include_in_schema=False)

Reader = Annotated[Caller, Depends(signed_in(Scope.READ))]
TENDERS = frozenset({Role.COMMUNITY, Role.ADMIN})
"""The roles that look after offers: they issue codes, switch offers off and take the ledger home."""
MOST_CODES = 10_000
"""Codes that a page issues at once; ``heard offers issue`` makes any number."""
LATEST = 10


def tends_offers(caller: Reader) -> Caller:
    """A dependency: somebody who looks after offers."""
    if caller.role not in TENDERS:
        raise Problem(403, NOT_YOURS)
    return caller


Tender = Annotated[Caller, Depends(tends_offers)]
READS, TENDS = Depends(signed_in(Scope.READ)), Depends(tends_offers)


@router.get("/desk", dependencies=[READS])
def show_desk(request: Request) -> Response:
    """Every offer at a glance, and what happened last."""
    showing = heard_of(request).showing
    return render(
        request,
        "desk.html.j2",
        cards=showing.cards(),
        rows=event_rows(request, showing.latest(LATEST)),
        keep_words=KEEP,
        printed=tidy,
        now=heard_of(request).clock.now(),
    )


@router.get("/desk/offers/{offer}")
def show_offer(request: Request, caller: Reader, offer: str) -> Response:
    """All about one offer."""
    view = offer_view(request, offer)
    return render(
        request,
        "desk-offer.html.j2",
        view=view,
        offer=view.card.offer,
        rows=event_rows(request, view.events),
        alt=_told_curve(view),
        why=WHY,
        differs=DIFFERS,
        keep_words=KEEP,
        tends=caller.role in TENDERS,
        unique=view.card.offer.kind is OfferKind.UNIQUE_CODES,
        most_codes=MOST_CODES,
        printed=tidy,
        now=heard_of(request).clock.now(),
    )


@router.get("/desk/offers/{offer}/curve.svg", dependencies=[READS])
def show_curve(request: Request, offer: str, theme: str = "light", narrow: bool = False) -> Response:
    """The curve as a picture, for light or dark pages, wide or narrow."""
    showing = heard_of(request).showing
    try:
        days = showing.days(offer)
    except ConfigError as error:
        raise Problem(404, str(error)) from error
    if not days:
        raise Problem(404, "There is no day to draw yet.")
    drawn = tuple(Day(day.day, day.redeemed, day.leaked) for day in days)
    is_open = days[-1].day == showing.today
    cap, leaked_on = showing.offer_of(offer).cap, showing.leaked_on(offer)
    curve = Curve(drawn, cap, leaked_on, open_last=is_open, marks=_activities(request))
    return Response(_picture(curve, theme, narrow), media_type="image/svg+xml")


@router.post("/desk/offers/{offer}/issue", dependencies=[Depends(csrf), TENDS])
def issue_codes(
    request: Request,
    offer: str,
    count: Annotated[str, Form(max_length=20)] = "",
    placement: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Issues new codes of an offer with unique codes."""
    number = int(count) if count.isascii() and count.isdigit() else 0
    if not 1 <= number <= MOST_CODES:
        return go_on(request, f"/desk/offers/{offer}", f"No code was issued: say how many, from 1 to {MOST_CODES}.")
    try:
        issued = heard_of(request).counting.issue(offer, number, placement or None)
    except ConfigError as error:
        return go_on(request, f"/desk/offers/{offer}", f"No code was issued: {error}.")
    words = "1 code was issued." if len(issued) == 1 else f"{len(issued):,} codes were issued."
    return go_on(request, f"/desk/offers/{offer}", f"{words} The file of codes below has them.")


@router.post("/desk/offers/{offer}/switch", dependencies=[Depends(csrf)])
def switch_offer(request: Request, caller: Tender, offer: str, on: Annotated[str, Form(max_length=3)] = "") -> Response:
    """Switches an offer off, or on again."""
    counting = heard_of(request).counting
    switch = counting.enable if on == "yes" else counting.disable
    try:
        switch(offer, door=Door.PAGE, actor=caller.id)
    except ConfigError as error:
        raise Problem(404, str(error)) from error
    says = "The offer is on again." if on == "yes" else "The offer is off: nothing is redeemed until it is on again."
    return go_on(request, f"/desk/offers/{offer}", says)


def offer_view(request: Request, offer: str) -> OfferView:
    """All about an offer. Raises Problem 404 for one that is not configured."""
    try:
        return heard_of(request).showing.offer(offer)
    except ConfigError as error:
        raise Problem(404, str(error)) from error


def event_rows(request: Request, events: tuple[OfferEvent, ...]) -> list[dict[str, Any]]:
    """Events in words, newest first; a redemption with a leaked code, and one that is given back later, is marked."""
    heard = heard_of(request)
    zone = ZoneInfo(heard.settings.timezone)
    names = {offer.id: offer.name for offer in heard.settings.offers}
    listed = heard.access.keys()
    keys = {f"key:{key.id}": key.name for key in listed}
    returned = {event.refers_to for event in events if event.kind is EventKind.ROLLED_BACK}
    leaked = heard.showing.after_leak()
    return [
        {
            "at": event.at,
            "local": f"{event.at.astimezone(zone):%a %d %b %H:%M:%S}",
            "kind": str(event.kind),
            "happened": HAPPENED[event.kind],
            "why": WHY[event.reason] if event.kind is EventKind.REFUSED and event.reason else "",
            "offer": event.offer,
            "name": names.get(event.offer, event.offer),
            "code": tidy(event.code),
            "place": event.placement or "",
            "door": CAME_BY[event.door] if event.door else "",
            "who": keys.get(event.actor or "") or _who(event.actor),
            "returned": event.id in returned,
            "leaked": leaked(event),
        }
        for event in events
    ]


def _activities(request: Request) -> tuple[Mark, ...]:
    """What was done on purpose, by local days."""
    settings = heard_of(request).settings
    zone = ZoneInfo(settings.timezone)
    return tuple(Mark(one.starts.astimezone(zone).date(), one.name, one.kind) for one in settings.activities)


@lru_cache(maxsize=64)
def _picture(curve: Curve, theme: str, narrow: bool) -> str:
    return to_svg(draw_curve(curve, theme_of(theme, narrow=narrow)))


def _told_curve(view: OfferView) -> str:
    """The curve in words, for who does not see it."""
    days = view.days
    if not days:
        return ""
    total, best = sum(day.redeemed for day in days), max(days, key=lambda day: day.redeemed)
    words = [f"Redemptions from {days[0].day:%-d %b %Y} to {days[-1].day:%-d %b %Y}: {total} in all."]
    if best.redeemed:
        words.append(f"The most on one day were {best.redeemed}, on {best.day:%-d %b}.")
    leaked = sum(day.leaked for day in days)
    if leaked:
        words.append(f"{leaked} came after the code had leaked.")
    gaps = sum(day.gap for day in days)
    if gaps:
        words.append(f"Of {plural(gaps, 'day')} not all was told.")
    return " ".join(words)


def _who(actor: str | None) -> str:
    """An account by its name; a key without a name by its id."""
    kind, _, name = (actor or "").partition(":")
    return name if kind == "user" else f"key {name}" if kind == "key" else actor or ""
