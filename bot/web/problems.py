"""What a program is told when something is not done: ``application/problem+json`` (RFC 9457).

A body is a pure function of what is told (status, title, detail, reason), so that a refusal that is asked for again
under its idempotency key is the same byte for byte, and an unknown code reads as a malformed one does.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from bot.errors import BadClaim, GuessedTooOften, KeyReused, Overtaken, RedemptionRefused, StoreError
from bot.model import Reason

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
"""After how long a caller is asked to try again while the database is busy."""
MEANING: Mapping[Reason, str] = {
    Reason.UNKNOWN_CODE: "There is no such code.",
    Reason.NOT_STARTED: "The offer has not started yet.",
    Reason.EXPIRED: "The offer has ended.",
    Reason.DISABLED: "The offer or the code is switched off.",
    Reason.USED_UP: "This code has been used.",
    Reason.OFFER_CAP: "The offer is used up.",
    Reason.DAY_CAP: "Today's share of the offer is used up.",
    Reason.WEEK_CAP: "This week's share of the offer is used up.",
    Reason.CUSTOMER_CAP: "This customer has had their share.",
    Reason.WRONG_PLACEMENT: "This code is not valid at that placement.",
    Reason.RESERVED: "What is left of this code or its offer is held for somebody else just now.",
    Reason.RESERVATION_EXPIRED: "The reservation has run out.",
    Reason.ALREADY_ROLLED_BACK: "This was given back before.",
    Reason.ORDER_MISMATCH: "This belongs to another order.",
}
GONE = {Reason.NOT_STARTED, Reason.EXPIRED, Reason.DISABLED}

log = logging.getLogger("heard.web")


class Problem(Exception):
    """An answer that is an error, with the headers that go with it. ``reason`` is one of the public refusal reasons."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        reason: str | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.reason = reason
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def response(self) -> Response:
        """The answer itself."""
        body: dict[str, object] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.reason is not None:
            body["reason"] = self.reason
        # Half a surrogate pair, which a hostile key may hold, comes out as JSON's own escape for it.
        text = json.dumps(body | self.more, ensure_ascii=False).encode("utf-8", "backslashreplace")
        return Response(text, self.status, self.headers, MEDIA_TYPE)


def refusal(reason: Reason, *, headers: Mapping[str, str] | None = None) -> Problem:
    """A refused redemption, with the status that its reason has: 404 unknown, 410 not now, 409 what is used up."""
    status = 404 if reason is Reason.UNKNOWN_CODE else 410 if reason in GONE else 409
    return Problem(status, MEANING[reason], reason=str(reason), headers=headers)


def add_problems(app: FastAPI) -> None:
    """Turns whatever a handler raises into a problem; what nobody foresaw is left to the guard, which logs it."""

    @app.exception_handler(Problem)
    def told(_request: Request, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(RedemptionRefused)
    def refused(_request: Request, error: RedemptionRefused) -> Response:
        return refusal(Reason(error.reason)).response()

    @app.exception_handler(GuessedTooOften)
    def guessed(_request: Request, error: GuessedTooOften) -> Response:
        wait = str(error.retry_after)
        headers = {"Retry-After": wait, "RateLimit-Limit": str(error.limit)}
        headers |= {"RateLimit-Remaining": "0", "RateLimit-Reset": wait}
        detail = "Too many codes were tried that there are not. Nothing was counted; try again later."
        return Problem(429, detail, headers=headers).response()

    @app.exception_handler(KeyReused)
    def reused(_request: Request, _error: KeyReused) -> Response:
        return Problem(422, "This Idempotency-Key was used before, for another request; nothing was done.").response()

    @app.exception_handler(StoreError)
    def busy(request: Request, error: StoreError) -> Response:
        log.error("the database cannot be used: %s", error)
        if isinstance(error, Overtaken):
            request.app.state.overtaken(error)
        detail = "The database cannot be used just now. Try again with the same Idempotency-Key: it counts once."
        return Problem(503, detail, headers={"Retry-After": str(RETRY_SECONDS)}).response()

    @app.exception_handler(BadClaim)
    def impossible(_request: Request, error: BadClaim) -> Response:
        return Problem(422, f"{str(error)[:1].upper()}{str(error)[1:]}.").response()

    @app.exception_handler(RequestValidationError)
    def misshapen(_request: Request, error: RequestValidationError) -> Response:
        # Where and what is wrong, never the value itself: it may be a secret, or no text at all.
        problems = [
            {"at": ".".join(map(str, one["loc"])), "problem": str(one["msg"]).removeprefix("Value error, ")}
            for one in error.errors()
        ]
        return Problem(422, "The request has not the shape it should have.", more={"problems": problems}).response()

    @app.exception_handler(HTTPException)
    def other(_request: Request, error: HTTPException) -> Response:
        return Problem(error.status_code, _told(error), headers=error.headers).response()


def _told(error: HTTPException) -> str:
    match error.status_code:
        case 404:
            return "There is nothing at this address."
        case 405:
            return "This address does not take that method."
        case 400:
            return "The body cannot be read as JSON in UTF-8."
        case _:
            return str(error.detail)
