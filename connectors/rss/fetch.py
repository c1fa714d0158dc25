"""One conditional GET of a feed, and what each kind of answer means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise

import requests
from requests.exceptions import (
    ConnectTimeout,
    ContentDecodingError,
    InvalidSchema,
    InvalidURL,
    MissingSchema,
    ReadTimeout,
    RequestException,
    SSLError,
    Timeout,
    TooManyRedirects,
)

from bot.errors import AccessDenied, BadResponse, RateLimited, SourceError, Unauthorised, Unavailable, Unreachable
from bot.http import AddressRefused, BodyTooLarge, redact, retry_after
from bot.ports import SessionFactory

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
)
_PATHS = re.compile(r"/[^\s/'\"][^\s'\"]*")
_PERMANENT = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
_UNNAMED_WAIT = timedelta(minutes=30)
_REFUSALS = {
    HTTPStatus.UNAUTHORIZED: "it wants a sign-in; if you have a private feed address, give that by feeds_env",
    HTTPStatus.PAYMENT_REQUIRED: "it wants to be paid; ask the publisher, or remove the feed",
    HTTPStatus.FORBIDDEN: "it does not let us in; open the address in a browser, and ask the publisher if it works there",
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: "it is blocked for legal reasons where this runs; remove it",
}


_FAULTS: tuple[tuple[type[Exception], type[BadResponse | Unavailable], str], ...] = (
    # A captive portal or a faulty name server leads any name to a private address for a while: it may pass.
    (AddressRefused, Unavailable, "was not asked: {}"),
    (BodyTooLarge, BadResponse, "is too long for a feed: {}"),
    (TooManyRedirects, BadResponse, "redirects in a circle; check the address in a browser"),
    (InvalidURL, BadResponse, "leads to an address that cannot be used: {}"),
    (InvalidSchema, BadResponse, "leads to an address that cannot be used: {}"),
    (MissingSchema, BadResponse, "leads to an address that cannot be used: {}"),
    (ContentDecodingError, BadResponse, "sent a body that cannot be unpacked"),
    (SSLError, Unavailable, "has no valid certificate: {}"),
    (ConnectTimeout, Unreachable, "did not answer in time: {}"),
    (ReadTimeout, Unreachable, "did not answer in time: {}"),
    (Timeout, Unavailable, "did not answer in time: {}"),
)


class NotFound(Unavailable):
    """A 404: a passing fault at first, a wrong address when it lasts."""


class Gone(AccessDenied):
    """A 410: removed for good."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A usable answer: 200 with a body, or not modified. Header names are in lower case.

    ``address`` is where it came from after redirects; ``moved_to`` where permanent ones lead, if the first was one.
    ``secure`` is whether it was asked for under TLS.
    """

    address: str
    headers: Mapping[str, str]
    body: bytes
    not_modified: bool = False
    moved_to: str | None = None
    secure: bool = False


def get(
    session: SessionFactory,
    address: str,
    shown: str,
    validators: Mapping[str, str],
    now: datetime,
    *,
    accept: str = ACCEPT,
) -> Answer:
    """Asks for the feed. Raises ``SourceError`` kinds for every answer that is not a body or a 304."""
    try:
        with session() as door:
            response = door.get(address, headers={"Accept": accept, **validators})
    except (
        RequestException,
        OSError,
        ValueError,
    ) as error:  # ValueError: urllib3 on headers and addresses it cannot read
        raise _transport(error, address, shown) from error
    headers = {name.lower(): value for name, value in response.headers.items()}
    unchanged = response.status_code == HTTPStatus.NOT_MODIFIED and bool(validators)
    if response.status_code != HTTPStatus.OK and not unchanged:
        raise _refusal(response.status_code, headers, shown, now)
    return Answer(
        response.url,
        headers,
        b"" if unchanged else response.content,
        not_modified=unchanged,
        moved_to=_moved(response),
        secure=address.lower().startswith("https:"),
    )


def _moved(response: requests.Response) -> str | None:
    """Where the unbroken run of permanent redirects at the beginning leads."""
    stops = [*response.history, response]
    target = None
    for hop, stop in pairwise(stops):
        if hop.status_code not in _PERMANENT:
            break
        target = stop.url
    return target


def _transport(error: Exception, address: str, shown: str) -> SourceError:
    said = redact(str(error))
    if shown != address:
        said = _PATHS.sub("/***", said)  # where the address is a secret, so may be any path that it leads to
    for kind, becomes, text in _FAULTS:
        if isinstance(error, kind):
            return becomes(f"{shown} {text.format(said)}")
    return Unavailable(f"{shown} could not be reached: {said}")


def _refusal(status: int, headers: Mapping[str, str], shown: str, now: datetime) -> SourceError:  # noqa: PLR0911 a table
    named = retry_after(headers.get("retry-after", ""), now)
    if status in _REFUSALS:
        refused = Unauthorised if status == HTTPStatus.UNAUTHORIZED else AccessDenied
        return refused(f"{shown} answered {status}: {_REFUSALS[HTTPStatus(status)]}")
    if status == HTTPStatus.GONE:
        return Gone(f"{shown} answered 410: the feed is gone for good; remove it or give its new address")
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(f"{shown} answered 404 (not found); check the address", retry_at=named)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{shown} asks us to come less often", retry_at=named or now + _UNNAMED_WAIT)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and named:
        return RateLimited(f"{shown} asks us to come later", retry_at=named)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}:
        return Unavailable(f"{shown} answered {status}: its server has a fault", retry_at=named)
    return BadResponse(f"{shown} answered {status} instead of a feed; check the address")
