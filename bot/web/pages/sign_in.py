"""Coming in and going out: the sign-in page, the key link of a till, the front page."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.errors import SignInRefused
from bot.model.access import Caller
from bot.web.entry import (
    KEY,
    address_of,
    csrf,
    drop_cookie,
    guessed,
    heard_of,
    seconds_until,
    session_of,
    set_cookie,
    signed_in,
    token_of,
    where_from,
)
from bot.web.origin import SAYS_COOKIE, own_path
from bot.web.rendering import render

router = APIRouter(include_in_schema=False)

WRONG = "The name or the password is not right."
NO_TILL = "This link does not open the till. It may have run out or been withdrawn; ask for a new one."
SIGNED_OUT = "out"
TILL = "/till"
TILL_COOKIE = timedelta(days=400)
"""As long as browsers keep one; the session behind it ends with its key."""

Anybody = Annotated[Caller, Depends(signed_in())]
Text = Annotated[str, Form()]


@router.get("/")
def front(request: Request, caller: Anybody) -> Response:
    """The front page: where each may go on to; a till goes to its one page."""
    if caller.role is None:
        return RedirectResponse(TILL, 303)
    return render(request, "front.html.j2")


@router.get("/sign-in")
def ask(request: Request, next: str = "/", said: str = "") -> Response:  # noqa: A002 the public name of the parameter
    """The sign-in page; who is signed in already goes on."""
    if session_of(request) is not None:
        return RedirectResponse(own_path(next), 303)
    return _sign_in_page(request, next, says="You are signed out." if said == SIGNED_OUT else "")


@router.post("/sign-in", dependencies=[Depends(csrf)])
def sign_in(request: Request, name: Text = "", password: Text = "", next: Text = "/") -> Response:  # noqa: A002 as above
    """Signs in under a fresh session, and goes on to where they wanted to go."""
    if not where_from(request).private:
        return _sign_in_page(request, next, status=403)
    access, before = heard_of(request).access, token_of(request)
    try:
        token = access.sign_in(name, password, address_of(request), instead=before)
    except SignInRefused as refused:
        wait = wait_of(request, refused)
        return _sign_in_page(request, next, wrong=wait or WRONG, name=name, status=429 if wait else 403)
    response = RedirectResponse(own_path(next), 303)
    hours = heard_of(request).settings.web.session_hours
    keep_session(request, response, token, timedelta(hours=hours))
    return response


@router.post("/sign-out", dependencies=[Depends(csrf)])
def sign_out(request: Request) -> Response:
    """Ends the session."""
    token = token_of(request)
    if token is not None:
        heard_of(request).access.sign_out(token)
    response = RedirectResponse(f"/sign-in?said={SIGNED_OUT}", 303)
    for name in (where_from(request).cookie, SAYS_COOKIE):
        drop_cookie(request, response, name)
    return response


@router.get("/till/enter")
def ask_to_open(request: Request) -> Response:
    """What a key link opens. The key stands behind a ``#``, which browsers send to nobody, and only a press of the
    button signs in: a preview of the link does not.
    """
    return render(request, "till_enter.html.j2", wrong="", private=where_from(request).private)


@router.post("/till/enter", dependencies=[Depends(csrf)])
def open_till(request: Request, key: Text = "") -> Response:
    """Opens the till on this phone, until the key ends."""
    origin = where_from(request)
    if not origin.private:
        return render(request, "till_enter.html.j2", status=403, wrong="", private=False)
    try:
        token, _ = heard_of(request).access.enter_till(key.strip(), instead=token_of(request))
    except SignInRefused:
        wait = guessed(request, KEY)
        wrong, status = (
            (NO_TILL, 403) if wait is None else (f"Too many wrong links. Wait {_span(wait)}, then try again.", 429)
        )
        return render(request, "till_enter.html.j2", status=status, wrong=wrong, private=True)
    response = RedirectResponse(TILL, 303)
    keep_session(request, response, token, TILL_COOKIE)
    return response


def keep_session(request: Request, response: Response, token: str, lasts: timedelta) -> None:
    """Gives the browser a fresh session, in place of what it had before."""
    origin = where_from(request)
    set_cookie(request, response, origin.cookie, token, int(lasts.total_seconds()))
    drop_cookie(request, response, origin.form_cookie)


def wait_of(request: Request, refused: SignInRefused) -> str:
    """How long to wait before the next try, in words; empty when it was no wait that refused."""
    if refused.retry_at is None:
        return ""
    return f"Too many tries. Wait {_span(seconds_until(request, refused.retry_at))}, then try again; the right password will work."


def _span(seconds: int) -> str:
    """So many seconds in words."""
    if seconds == 1:
        return "a second"
    return f"{seconds} seconds" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"  # noqa: PLR2004 two minutes


def _sign_in_page(
    request: Request, wanted: str, *, wrong: str = "", name: str = "", says: str = "", status: int = 200
) -> Response:
    return render(
        request,
        "sign_in.html.j2",
        status=status,
        private=where_from(request).private,
        next=own_path(wanted),
        wrong=wrong,
        name=name[:64],
        says=says,
    )
