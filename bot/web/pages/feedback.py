"""The page that a link in a digest leads to: it shows what is to be set right, and only its button does so.

Whatever fetches the address (a mail scanner, a preview, a browser that guesses ahead) changes nothing: an answer is a
POST of a form that this very browser was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.web.entry import LINK, csrf, guessed, heard_of
from bot.web.pages.texts import excerpt
from bot.web.rendering import render
from bot.wiring.tell.feedback import PATH, Asked, LinkState

router = APIRouter(include_in_schema=False)

STATUS: Mapping[LinkState, int] = {
    LinkState.OPEN: 200,
    LinkState.USED: 200,
    LinkState.EXPIRED: 410,
    LinkState.GONE: 410,
    LinkState.UNKNOWN: 404,
}
HEADERS = {"X-Robots-Tag": "noindex, nofollow, noarchive"}
"""With the shell's ``Referrer-Policy: same-origin`` no other site learns the address; a stricter one would make
browsers say ``Origin: null`` of our own form.
"""
NOT_OFFERED = "Choose one of the answers first."


@router.get(f"{PATH}{{token}}")
def ask(request: Request, token: str) -> Response:
    """What the link asks; nothing is changed by looking."""
    return _page(request, token, heard_of(request).feedback.look(token))


@router.post(f"{PATH}{{token}}", dependencies=[Depends(csrf)])
def take(request: Request, token: str, answer: Annotated[str, Form(max_length=300)] = "") -> Response:
    """Takes the answer, once, and shows it."""
    value, _, about = answer.partition(":")
    feedback = heard_of(request).feedback
    try:
        asked = feedback.answer(token, value, about or None)
    except ValueError:
        return _page(request, token, feedback.look(token), wrong=NOT_OFFERED, status=422)
    if asked.state is LinkState.OPEN:
        return RedirectResponse(f"{PATH}{token}", 303, headers=HEADERS)
    return _page(request, token, asked, status=409 if asked.state is LinkState.USED else None)


def _page(request: Request, token: str, asked: Asked, *, wrong: str = "", status: int | None = None) -> Response:
    wait = guessed(request, LINK) if asked.state is LinkState.UNKNOWN else None
    headers = HEADERS | ({} if wait is None else {"Retry-After": str(wait)})
    if wait is not None:
        status = 429
    return render(
        request,
        "feedback.html.j2",
        status=status or STATUS[asked.state],
        headers=headers,
        asked=asked,
        state="wait" if wait is not None else asked.state.value,
        token=token,
        wrong=wrong,
        shown=None if asked.mention is None else excerpt(asked.mention),
        answered=_answered(asked),
        days=heard_of(request).settings.web.feedback_days,
    )


def _answered(asked: Asked) -> str:
    """The answer that was given by this link, in the words of its choice."""
    if asked.said is None or asked.question is None:
        return ""
    choice = asked.question.choice(asked.said.value, asked.said.message or asked.said.other)
    return choice.words if choice else asked.said.value
