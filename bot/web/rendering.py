"""Pages out of templates: escaped, with the shell around them.

``render(request, "till.html.j2", **values)`` gives a page that extends ``base.html.j2``. Templates also see ``caller``
(or None), ``places`` (where this caller may go), ``version``, ``says`` (what the page before had to say), and may call
``form_field()`` in every form, ``static("heard.css")`` and ``local(moment)``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.web.entry import (
    FORM_FIELD,
    drop_cookie,
    form_token_for,
    heard_of,
    session_of,
    set_cookie,
    token_of,
    where_from,
)
from bot.web.origin import SAYS_COOKIE
from bot.web.places import places_of

SAYS_LONGEST = 300


@cache
def environment() -> Environment:
    """The templates; everything that a page shows is escaped, and a name that a page was not given is an error."""
    made = Environment(
        loader=PackageLoader("bot.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"static": static, "version": version("heard")}
    return made


def render(
    request: Request,
    template: str,
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page. Cookies that its forms need are set, and what the page before had to say is said once."""
    session = session_of(request)
    caller = None if session is None else session.caller
    says = _said(request)
    given = {
        "caller": caller,
        "places": places_of(caller, request.url.path),
        "says": says,
        "form_field": lambda: form_field(request),
        "local": heard_of(request).local,
    }
    body = environment().get_template(template).render(given | values)
    response = HTMLResponse(body, status, headers=dict(headers or {}))
    fresh = getattr(request.state, "form_cookie", None)
    if fresh is not None:
        set_cookie(request, response, where_from(request).form_cookie, fresh, None)
    if request.cookies.get(SAYS_COOKIE):
        drop_cookie(request, response, SAYS_COOKIE)
    return response


def form_field(request: Request) -> Markup:
    """The hidden field that every form of a page carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, form_token_for(request))


def go_on(request: Request, path: str, says: str = "", *, token: str | None = None) -> RedirectResponse:
    """To another page after a form was taken in (303), which ``says`` a sentence once.

    ``token`` is the session's, where it has just changed.
    """
    response = RedirectResponse(path, 303)
    token = token or token_of(request)
    if says and token:
        text = base64.urlsafe_b64encode(says[:SAYS_LONGEST].encode()).decode()
        set_cookie(request, response, SAYS_COOKIE, f"{text}.{_seal(request, token, says[:SAYS_LONGEST])}", 60)
    return response


def _said(request: Request) -> str:
    """What the page before had to say, if it was ours: nobody else puts words into a page."""
    text, _, seal = request.cookies.get(SAYS_COOKIE, "").partition(".")
    token = token_of(request)
    if not (text and token):
        return ""
    try:
        said = base64.urlsafe_b64decode(text.encode()).decode()
    except (binascii.Error, ValueError):
        return ""
    return said if heard_of(request).access.form_is_ours(seal, f"{token} {said}") else ""


def _seal(request: Request, token: str, said: str) -> str:
    return heard_of(request).access.form_token(f"{token} {said}")


@cache
def static(name: str) -> str:
    """The address of a file under ``static/``, which changes with its content, so that browsers may keep it."""
    content = files("bot.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"
