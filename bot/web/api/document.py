"""The OpenAPI document: every answer of every call, with its headers, and examples of a made-up chocolate shop."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from bot.model import Reason
from bot.web.api.shapes import PROBLEM, REDEEMED, RESERVED, ROLLBACK, page_of
from bot.web.problems import MEANING, MEDIA_TYPE

Answers = dict[int | str, dict[str, Any]]

TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 0}
PACE = {
    "RateLimit-Limit": {"description": "Wrong codes allowed in the window that is tightest now.", "schema": NUMBER},
    "RateLimit-Remaining": {"description": "Wrong codes left in it.", "schema": NUMBER},
    "RateLimit-Reset": {"description": "Seconds until one more is allowed.", "schema": NUMBER},
}
REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true`: this key was used before, and this is the first answer again.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
RETRY = {"Retry-After": {"description": "Seconds to wait before the next try.", "schema": NUMBER}}
CHALLENGE = {"WWW-Authenticate": {"description": "`Bearer`, and what is wrong with the key.", "schema": TEXT}}
LOCATION = {"Location": {"description": "Where it is found from now on.", "schema": TEXT}}

WHY: Mapping[int, str] = {
    400: "The body is not JSON in UTF-8.",
    401: "No key, or one that does not hold.",
    403: "The key has not the scope that this needs.",
    404: "There is nothing by that id.",
    409: "It is used up or was given back before: see `reason`.",
    410: "The offer has not started, has ended, or is switched off: see `reason`.",
    413: "The body is longer than 64 kB.",
    415: "The body is not `application/json`.",
    422: "The request has not the right shape, or its Idempotency-Key was used for another request.",
    429: "Too many codes, or too many keys, were tried that there are not; nothing was counted.",
    500: "A bug; `incident` is the number that the log knows it by.",
    503: "The database is busy or cannot be used; the same request with the same key may be sent again.",
}
HEADERS: Mapping[int, Mapping[str, Any]] = {401: CHALLENGE, 403: CHALLENGE, 429: RETRY | PACE, 503: RETRY}


def _example(status: int) -> dict[str, Any]:
    reason = {404: Reason.UNKNOWN_CODE, 409: Reason.OFFER_CAP, 410: Reason.EXPIRED}.get(status)
    told: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    told["detail"] = MEANING[reason] if reason else WHY[status]
    return told | ({"reason": str(reason)} if reason else {})


def problems(*statuses: int, headers: Mapping[str, Any] | None = None) -> Answers:
    """The errors that a call may answer with; those that any may are in it."""
    return {
        status: {
            "description": WHY[status],
            "headers": {**HEADERS.get(status, {}), **(headers if headers and status in {404, 409, 410} else {})},
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(status)}},
        }
        for status in sorted({401, 403, 422, 429, 500, 503, *statuses})
    }


def answers(status: int, what: str, schema: Mapping[str, Any], headers: Mapping[str, Any] | None = None) -> Answers:
    """One good answer in JSON."""
    return {
        status: {"description": what, "headers": dict(headers or {}), "content": {"application/json": dict(schema)}}
    }


def listed(schema: Mapping[str, Any], *more: int) -> Answers:
    """What a call that reads answers with."""
    return answers(200, "What was asked for.", schema) | problems(*more)


BODY_PROBLEMS = (400, 413, 415)
CLAIM = (
    answers(201, "Redeemed.", REDEEMED, PACE | LOCATION)
    | answers(200, "Redeemed before, under this key: the first answer again.", REDEEMED, PACE | LOCATION | REPLAYED)
    | problems(404, 409, 410, 429, *BODY_PROBLEMS, headers=PACE | REPLAYED)
)
HELD = (
    answers(201, "Held.", RESERVED, PACE)
    | answers(200, "Held before, under this key: the first answer again.", RESERVED, PACE | REPLAYED)
    | problems(404, 409, 410, 429, *BODY_PROBLEMS, headers=PACE | REPLAYED)
)
ROLLED_BACK = answers(200, "Given back.", ROLLBACK, REPLAYED) | problems(404, 409, *BODY_PROBLEMS)
LET_GO: Answers = {204: {"description": "Let go.", "headers": REPLAYED}}
RELEASED = LET_GO | problems(404, 409, *BODY_PROBLEMS)


ABOUT = """\
What programs ask of Heard. Every call takes a bearer key (`Authorization: Bearer …`, made by `heard keys create`);
errors are `application/problem+json`, refusals with a `reason` that programs can rely on.

**Idempotency.** Send an `Idempotency-Key` of your own with every request that changes something, and send the request
again when no answer came: it counts once. A code that there is not and one that cannot be are answered alike, and only
`wrong codes` are limited (`RateLimit-*`).
"""


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of the calls under ``/api/v1``; pages are not in it."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        document["paths"] = {path: row for path, row in document["paths"].items() if path.startswith("/api/v1/")}
        parts = document.setdefault("components", {})
        parts.setdefault("schemas", {})["Problem"] = PROBLEM
        for unused in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(unused, None)
        parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "description": "A key of yours."}}
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["security"] = [{"bearer": []}]
        app.openapi_schema = document
    return app.openapi_schema


__all__ = ["CLAIM", "HELD", "RELEASED", "ROLLED_BACK", "answers", "describe", "listed", "page_of", "problems"]
