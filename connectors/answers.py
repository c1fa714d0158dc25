"""What the answers of services that need no key mean, as our errors. One table for the connectors that read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from requests.exceptions import (
    ConnectTimeout,
    ContentDecodingError,
    InvalidSchema,
    InvalidURL,
    ReadTimeout,
    TooManyRedirects,
)

from bot.errors import AccessDenied, BadResponse, RateLimited, SourceError, Unauthorised, Unavailable, Unreachable
from bot.http import AddressRefused, BodyTooLarge, redact, retry_after

_UNNAMED_WAIT = timedelta(minutes=10)
_REFUSALS: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "does not let us in",
    HTTPStatus.NOT_FOUND: "has nothing there",
    HTTPStatus.GONE: "has nothing there any more",
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: "is blocked for legal reasons where this runs",
}
_SENSELESS = (BodyTooLarge, ContentDecodingError, InvalidSchema, InvalidURL, TooManyRedirects)


def from_wire(error: Exception, who: str) -> SourceError:
    """An error below the answer: nothing came, too late, too much, or ``who`` may not be asked."""
    match error:
        case AddressRefused():
            # A captive portal or a faulty name server leads any name to a private address for a while: it may pass.
            return Unavailable(f"{who} was not asked: {error}")
        case ConnectTimeout() | ReadTimeout():
            return Unreachable(f"{who} did not answer in time")
        case OSError() if not isinstance(error, _SENSELESS):  # requests' errors are of this family
            return Unavailable(f"{who} could not be read: {redact(str(error))}")
        case _:
            # ValueError among them: urllib3 on headers and addresses that it cannot read.
            return BadResponse(f"the answer of {who} cannot be used: {redact(str(error))}")


def from_answer(status: int, headers: Mapping[str, str], sample: str, who: str, now: datetime) -> SourceError:
    """An answer that is not what was asked for. ``headers`` with names in lower case; ``now`` is aware UTC."""
    named = retry_after(headers.get("retry-after", ""), now)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{who} asks us to come less often (429)", retry_at=named or now + _UNNAMED_WAIT)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}:
        return Unavailable(f"{who} is not available ({status})", retry_at=named)
    if status == HTTPStatus.UNAUTHORIZED:
        return Unauthorised(f"{who} wants a sign-in (401); check the source's address")
    if status in _REFUSALS or HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        why = _REFUSALS.get(status, "sends us elsewhere, which is not followed")
        return AccessDenied(f"{who} {why} ({status}); check the source's address")
    return BadResponse(f"{who} answered with something else than was asked for ({status})", sample=redact(sample))
