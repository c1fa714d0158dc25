"""Whatever praw, prawcore or the wire raises, as one of our errors.

The answer's status decides where there is an answer: prawcore's own classes miss some cases (a date in ``retry-after``
or a fraction in ``x-ratelimit-used`` crashes it with ValueError, a 401 without a reason with KeyError).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from praw.exceptions import RedditAPIException
from prawcore import Session as CoreSession
from prawcore.exceptions import OAuthException, RequestException
from requests import Response
from requests.exceptions import ContentDecodingError
from requests.exceptions import RequestException as WireError

from bot.errors import AccessDenied, BadResponse, RateLimited, SourceError, Unauthorised, Unavailable
from bot.foreign import read_foreign_json
from bot.http import AddressRefused, BodyTooLarge, redact, retry_after

WINDOW = timedelta(minutes=10)
"""Reddit averages its limit over ten minutes; how long to wait when it does not say."""
LONGEST = timedelta(days=1)
_SERVER_ERRORS = 500
_WEB = {"", "http", "https"}
_REFUSALS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Reddit refuses the credentials; check client id and secret, or the feed's token",
    HTTPStatus.NOT_FOUND: "not there; banned, deleted or mistyped",
    HTTPStatus.GONE: "gone for good",
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: "withheld for legal reasons",
}


def from_exception(error: Exception, last: Response | None, what: str, now: datetime) -> SourceError:
    """``error`` of praw or prawcore as ours. ``last`` is the last answer of the call; ``what`` says what was asked."""
    match error:
        case SourceError():
            return error
        case RequestException():
            return from_wire(error.original_exception, what)
        case OAuthException():
            return Unauthorised(f"Reddit gives no access token ({error.error}): check client id and secret")
        case RedditAPIException():
            return _api_error(error, what, now)
    response = getattr(error, "response", None)
    answer = response if isinstance(response, Response) else last
    if answer is not None and answer.status_code not in CoreSession.SUCCESS_STATUSES:
        return from_answer(answer, what, now)
    return no_listing(answer, what, type(error).__name__)


def no_listing(answer: Response | None, what: str, why: str = "no listing") -> BadResponse:
    """A success that does not hold what was asked for."""
    return BadResponse(f"Reddit's answer for {what} makes no sense ({why})", sample=_sample(answer))


def from_wire(error: Exception, what: str) -> SourceError:
    """An error below HTTP as ours: nothing came, too late, too much, or it may not be asked."""
    match error:
        case SourceError():
            return error
        case AddressRefused():
            # A captive portal or a faulty name server leads any name to a private address for a while: it may pass.
            return Unavailable(f"{what}: {redact(str(error))}; [http] allow_networks decides")
        case BodyTooLarge():
            return BadResponse(f"{what}: {redact(str(error))}")
        case ContentDecodingError():
            return BadResponse(f"Reddit's answer for {what} cannot be unpacked")
        case WireError():
            return Unavailable(f"Reddit did not answer for {what}: {type(error).__name__}: {redact(str(error))}")
        case _:
            # requests lets ValueError through, for a location that is no address.
            return BadResponse(f"Reddit's answer for {what} makes no sense ({type(error).__name__})")


def from_answer(answer: Response, what: str, now: datetime) -> SourceError:
    """An answer that is not a success as ours, by its status."""
    status = answer.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"Reddit asks to wait ({what})", retry_at=retry_at(answer, now) or now + WINDOW)
    if status >= _SERVER_ERRORS or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unavailable(f"Reddit is down for {what} (HTTP {status})", retry_at=retry_at(answer, now))
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _redirect(answer, what)
    if status == HTTPStatus.FORBIDDEN:
        return AccessDenied(_forbidden(answer, what))
    if status in _REFUSALS:
        refused = Unauthorised if status == HTTPStatus.UNAUTHORIZED else AccessDenied
        return refused(f"{what}: {_REFUSALS[status]} (HTTP {status})")
    return BadResponse(f"Reddit did not take the request for {what} (HTTP {status})", sample=_sample(answer))


def retry_at(answer: Response, now: datetime) -> datetime | None:
    """When the answer says to come again: ``retry-after`` as seconds or a date, else ``x-ratelimit-reset``."""
    named = retry_after(answer.headers.get("retry-after", ""), now, soonest=timedelta(seconds=1), latest=LONGEST)
    reset = number(answer.headers.get("x-ratelimit-reset"))
    if named is not None or reset is None:
        return named
    return now + timedelta(seconds=min(max(reset, 1.0), LONGEST.total_seconds()))


def number(value: str | None) -> float | None:
    """A header's number, or None when there is none that makes sense."""
    try:
        found = float(value or "")
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None


def _sample(answer: Response | None) -> str:
    return redact(answer.text[:1000]) if answer is not None else ""


def _redirect(answer: Response, what: str) -> SourceError:
    """Reddit's own redirects say that there is nothing to be had; any other is a captive portal's, and may pass."""
    try:
        location = urlsplit(answer.headers.get("location", ""))
        host = location.hostname or urlsplit(answer.url).hostname or ""
        own = location.scheme in _WEB and (host == urlsplit(answer.url).hostname or f".{host}".endswith(".reddit.com"))
    except ValueError:
        return BadResponse(f"Reddit sends {what} to an address that cannot be used")
    path = location.path
    if own and path.startswith("/subreddits/search"):
        return AccessDenied(f"{what}: this subreddit does not exist")
    said = f"Reddit sends {what} elsewhere ({redact(path)[:80] or 'without saying where'}); check the address"
    return AccessDenied(said) if own and path else BadResponse(said)


def _forbidden(answer: Response, what: str) -> str:
    if "html" in answer.headers.get("content-type", "").lower() or answer.text.lstrip().startswith("<"):
        return f"Reddit has blocked this app or this machine: it answered {what} with its block page"
    try:
        reason = read_foreign_json(answer.text).get("reason")
    except (ValueError, AttributeError):
        reason = None
    known = reason if reason in {"private", "quarantined", "gold_only", "banned"} else "forbidden"
    return f"{what} may not be read: Reddit says {known} (HTTP 403)"


def _api_error(error: RedditAPIException, what: str, now: datetime) -> SourceError:
    kinds = [item.error_type for item in error.items]
    if "RATELIMIT" in kinds:
        return RateLimited(f"Reddit asks to wait ({what})", retry_at=now + WINDOW)
    return BadResponse(f"Reddit did not take the request for {what}: {', '.join(map(str, kinds))[:80]}")
