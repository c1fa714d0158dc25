"""Who may come in, as dependencies of FastAPI handlers.

``bearer(scope)`` for the API: the caller behind ``Authorization: Bearer heard_…``; 401 and 403 as problem+json.
``signed_in(scope)`` for pages: the caller behind the session's cookie; whoever is not signed in goes to sign in first,
whoever may not is told so (403).
``csrf`` for every POST of a page: refuses (403) a form that no page of ours gave to this very session. The form carries
``{{ form_field() }}``; a script sends the same token as ``X-Heard-Form``.

A page's POST therefore reads::

    @router.post("/till", dependencies=[Depends(csrf)])
    def redeem(request: Request, caller: Annotated[Caller, Depends(signed_in(Scope.REDEEM))], code: Annotated[str, Form()] = "")
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot.access.tokens import new_token
from bot.errors import SignInRefused
from bot.model.access import Caller, Scope, Session
from bot.web.origin import Origin, comes_from_us, origin_of
from bot.web.problems import Problem
from bot.wiring import App

FORM_FIELD = "form_token"
FORM_HEADER = "x-heard-form"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Heard"'}
KEY, LINK = "key", "link"
"""What is guessed at: keys of programs and tills, and links in digests; each is counted by itself."""
TOO_MANY_KEYS = "Too many wrong keys came from this address. Wait, then try again; the right key works at any time."
NOT_YOURS = "Your account may not do this. Somebody with the role admin can change that."
STALE = "This page is too old, or it was opened in another session. Go back, load it again and send it once more."

_bearer = HTTPBearer(auto_error=False, description="A key of `heard keys create`.")


class SignInNeeded(Exception):
    """A page was asked for by somebody who is not signed in."""


def heard_of(request: Request) -> App:
    """The application that answers."""
    heard: App = request.app.state.heard
    return heard


def where_from(request: Request) -> Origin:
    """How the request came."""
    return origin_of(request, heard_of(request).settings)


def bearer(scope: Scope) -> Callable[..., Caller]:
    """A dependency: the program that calls, with a key that may do this."""

    def caller(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None
    ) -> Caller:
        if credentials is None:
            raise Problem(401, "Send a key: Authorization: Bearer heard_…", headers=CHALLENGE)
        found = heard_of(request).access.key_caller(credentials.credentials)
        if found is None:
            if (wait := guessed(request, KEY)) is not None:
                raise Problem(429, TOO_MANY_KEYS, headers={"Retry-After": str(wait)})
            refused = {"WWW-Authenticate": f'{CHALLENGE["WWW-Authenticate"]}, error="invalid_token"'}
            raise Problem(401, "This key is unknown, has run out or was revoked.", headers=refused)
        if not found.may(scope):
            lacking = {
                "WWW-Authenticate": f'{CHALLENGE["WWW-Authenticate"]}, error="insufficient_scope", scope="{scope}"'
            }
            raise Problem(403, f"This key has not the scope '{scope}'.", headers=lacking)
        request.state.caller = found
        return found

    return caller


def guessed(request: Request, what: str) -> int | None:
    """Counts a wrong key or link for the address that it came from; the seconds to wait, once there were many."""
    heard = heard_of(request)
    try:
        heard.access.count_guess(what, address_of(request))
    except SignInRefused as refused:
        return None if refused.retry_at is None else seconds_until(request, refused.retry_at)
    return None


def address_of(request: Request) -> str:
    """Where a request comes from, for counting tries."""
    return request.client.host if request.client else ""


def seconds_until(request: Request, moment: datetime) -> int:
    """Whole seconds from now on, one at least."""
    return max(1, math.ceil((moment - heard_of(request).clock.now()).total_seconds()))


def session_of(request: Request) -> Session | None:
    """The session that the request's cookie opens, looked up once a request."""
    if not hasattr(request.state, "session"):
        token = token_of(request)
        request.state.session = None if token is None else heard_of(request).access.session(token)
    found: Session | None = request.state.session
    return found


def token_of(request: Request) -> str | None:
    """The token in the session's cookie, whatever it is worth."""
    return request.cookies.get(where_from(request).cookie) or None


def signed_in(scope: Scope | None = None) -> Callable[[Request], Caller]:
    """A dependency: the person, or the till, that is signed in and may do this (None: anything at all)."""

    def caller(request: Request) -> Caller:
        session = session_of(request)
        if session is None:
            raise SignInNeeded
        found = session.caller
        request.state.caller = found
        if scope is not None and not found.may(scope):
            raise Problem(403, NOT_YOURS)
        return found

    return caller


def csrf(request: Request, form_token: Annotated[str, Form()] = "") -> None:
    """A dependency: the form was made for this session (before signing in: this browser), and our page sent it."""
    given, bound_to = request.headers.get(FORM_HEADER, form_token), _bound_to(request)
    right = bound_to is not None and heard_of(request).access.form_is_ours(given, bound_to)
    if right and comes_from_us(request, where_from(request), heard_of(request).settings):
        return
    if token_of(request) is not None and session_of(request) is None:
        raise SignInNeeded  # it was the session that ended, not the page
    raise Problem(403, STALE)


def form_token_for(request: Request) -> str:
    """The token that forms on this answer carry; somebody without a session gets a cookie that it belongs to."""
    bound_to = _bound_to(request) or getattr(request.state, "form_cookie", None)
    if bound_to is None:
        bound_to = request.state.form_cookie = new_token()
    return heard_of(request).access.form_token(bound_to)


def _bound_to(request: Request) -> str | None:
    """What forms are bound to: the session where there is one, else the cookie that the sign-in page gave."""
    if session_of(request) is not None:
        return token_of(request)
    return request.cookies.get(where_from(request).form_cookie) or None


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None) -> None:
    """Sets one of our cookies: for this host, for no script, not sent along when another site posts."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=where_from(request).secure, httponly=True, samesite="lax"
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Takes one of our cookies back."""
    response.delete_cookie(name, path="/", secure=where_from(request).secure, httponly=True, samesite="lax")


def add_entry(app: FastAPI) -> None:
    """Sends whoever is not signed in to do that; a page that they asked for is where they come out."""

    @app.exception_handler(SignInNeeded)
    def first_sign_in(request: Request, _error: SignInNeeded) -> Response:
        if "text/html" not in request.headers.get("accept", "text/html"):
            return Problem(401, "You are signed out. Sign in again.").response()
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        onwards = f"?next={quote(wanted, safe='/')}" if request.method == "GET" and wanted != "/" else ""
        return RedirectResponse(f"/sign-in{onwards}", 303)
