"""What went wrong at X, sorted into the error tree: by status, problem type and title, never by wording.

Texts are X's own, cut short, with the token masked; library exceptions stay behind as ``__cause__``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from requests.exceptions import ChunkedEncodingError, ContentDecodingError, RequestException, Timeout
from requests.exceptions import ConnectionError as NoConnection

from bot.errors import AccessDenied, BadResponse, BudgetSpent, RateLimited, SourceError, Unauthorised, Unavailable
from bot.foreign import read_foreign_json
from bot.http import redact, retry_after

WINDOW = timedelta(minutes=15)
"""X's rate limit window, for a 429 that does not say when it ends."""
_LONGEST_WAIT = timedelta(hours=25)
"""No reset that X can mean lies further ahead; a wrong header must not silence a source."""
_LIMITS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
_TRANSIENT = {408, 425}
_SERVER_ERRORS = 500


class RefusedParameter(SourceError):
    """X refused the request because of the parameters ``names``; the walk may know another way."""

    def __init__(self, message: str, names: frozenset[str]) -> None:
        super().__init__(message)
        self.names = names


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came: status, headers in lower case, and the text of the body."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def is_success(self) -> bool:
        """Whether the status is one of HTTP's successes."""
        return 200 <= self.status < 300  # noqa: PLR2004 HTTP's successes

    @property
    def problem(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            body = read_foreign_json(self.text)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}


def from_exception(error: Exception, answer: Answer | None, now: datetime) -> SourceError:
    """The kind for what was raised while asking; ``answer`` is what had come by then."""
    if isinstance(error, SourceError):
        return error
    if isinstance(error, Timeout | NoConnection | ChunkedEncodingError):
        return Unavailable(f"X could not be reached: {' '.join(redact(str(error)).split())[:240]}")
    if isinstance(error, ContentDecodingError):
        return BadResponse("the answer of X cannot be unpacked")
    if answer is not None and not answer.is_success:
        return from_answer(answer, now)
    sample = "" if answer is None else answer.text
    if isinstance(error, RequestException) and answer is None:
        return BadResponse(f"the answer of X could not be read: {type(error).__name__}")
    return BadResponse("X answered with something that is not its JSON", sample=sample)


def from_answer(answer: Answer, now: datetime) -> SourceError:
    """The kind for an answer that is not a success. ``now`` is aware UTC."""
    status, said = answer.status, _said(answer)
    error: SourceError
    match status:
        case 429:
            error = _too_many(answer, now)
        case 402:
            error = BudgetSpent(
                f"X's credits are used up or the spending limit is reached (402{said}). "
                "Buy credits or raise the limit in X's developer console."
            )
        case 401:
            error = Unauthorised(
                f"X refuses the bearer token (401{said}). Make a new one in X's developer console, put it where "
                "bearer_token_env or bearer_token_file points, and resume the source."
            )
        case 403:
            error = _forbidden(answer)
        case 400 if names := _refused_names(answer.problem):
            error = RefusedParameter(f"X refuses this search (400{said})", names)
        case 400 | 404 | 405 | 410 | 451:
            error = AccessDenied(f"X refuses this search ({status}{said})")
        case _ if status in _TRANSIENT or status >= _SERVER_ERRORS:
            error = Unavailable(f"X is not available ({status})", retry_at=_retry_after(answer.headers, now))
        case _:
            error = BadResponse(f"X answered with status {status}{said}", sample=answer.text)
    return error


def exhausted_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the limits that ``headers`` say are used up are filled again; None when there is something left."""
    ends = [
        end
        for name in _LIMITS
        if headers.get(f"{name}-remaining", "").strip() == "0" and (end := _reset(headers, name, now))
    ]
    return max(ends, default=None)


def _too_many(answer: Answer, now: datetime) -> SourceError:
    problem = answer.problem
    if _last_part(problem.get("type")) == "usage-capped" or problem.get("title") == "UsageCapExceeded":
        period = str(problem.get("period", "")).lower()
        period = period if period in {"daily", "monthly"} else "plan's"
        return BudgetSpent(
            f"X's {period} cap on posts is reached (429). It ends with the period, or with a larger plan."
        )
    retry_at = (
        exhausted_until(answer.headers, now)
        or _reset(answer.headers, "x-rate-limit", now)
        or _retry_after(answer.headers, now)
        or now + WINDOW
    )
    return RateLimited("X asks to wait: too many requests in its window (429)", retry_at=retry_at)


def _forbidden(answer: Answer) -> AccessDenied:
    if answer.problem.get("reason") == "client-not-enrolled":
        return Unauthorised(
            "The X app of this token is not attached to a project or package (403). Attach it in X's developer "
            "console, make a new bearer token there, and resume the source."
        )
    return AccessDenied(f"X does not allow this search (403{_said(answer)})")


def _refused_names(problem: Mapping[str, Any]) -> frozenset[str]:
    """The parameters that a 400 names, in the shapes of both API descriptions."""
    errors = [entry for entry in _list(problem.get("errors")) if isinstance(entry, dict)]
    names = {name for entry in errors if isinstance(entry.get("parameters"), dict) for name in entry["parameters"]}
    names.update(entry["parameter"] for entry in (*errors, problem) if isinstance(entry.get("parameter"), str))
    if not names:
        texts = " ".join(str(entry.get("message", "")) for entry in errors) + " " + str(problem.get("detail", ""))
        names = set(re.findall(r"['`\[]((?:[a-z]+\.)?[a-z]+(?:_[a-z]+)*)['`\]]", texts))
    return frozenset(names)


def _said(answer: Answer) -> str:
    """``: what X says``, short and on one line."""
    problem = answer.problem
    errors = [entry for entry in _list(problem.get("errors")) if isinstance(entry, dict)]
    texts = [
        *(entry.get("message") or entry.get("detail") for entry in errors),
        problem.get("detail"),
        problem.get("title"),
    ]
    text = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f": {text[:240]}" if text else ""


def _reset(headers: Mapping[str, str], name: str, now: datetime) -> datetime | None:
    try:
        end = datetime.fromtimestamp(int(headers[f"{name}-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return min(end, now + _LONGEST_WAIT) if end > now else None


def _retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """What it names; a moment that has passed says nothing."""
    end = retry_after(headers.get("retry-after", ""), now, soonest=timedelta(0), latest=_LONGEST_WAIT)
    return end if end is not None and end > now else None


def _last_part(address: object) -> str:
    """Old answers say api.twitter.com, new ones api.x.com: the last part of a problem's type is the same."""
    return str(address).rstrip("/").rsplit("/", 1)[-1]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
