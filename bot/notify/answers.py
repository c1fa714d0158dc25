"""What an HTTP answer, or none, means for a letter: the errors of all notifiers that speak HTTP."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import requests

from bot.errors import DeliveryError
from bot.foreign import read_foreign_json
from bot.notify.message import one_line
from bot.notify.retry import asked_for, outlook_of, worth_retrying_status

GONE, NO_PERMISSION, NOT_FOUND = 410, (401, 403), 404
_SAID = 120
_FOR_EVER = 1e9
_WORDS = ("error", "message", "description", "title", "detail")
_PASSING_WORDS = frozenset({"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"})
"""What Slack says with status 200 and does not mean for good."""
_PAGE = re.compile(rb"\s*(?:<!doctype|<html|<head|<\?xml)", re.IGNORECASE)
_OWN_WORDS = re.compile(r"[\w .,:;'/()-]+")
_WORD = re.compile(r"[\w-]{6,}")
_TOKEN = re.compile(r"(?=[A-Za-z_-]*\d)[\w-]{10,}")
_SUCCESS = range(200, 300)
_MOVED = range(300, 400)


def refusal(name: str, answer: requests.Response, now: datetime) -> DeliveryError:
    """``name`` answered, and did not take the letter; ``now`` is what a ``Retry-After`` in seconds counts from."""
    status = answer.status_code
    retry = worth_retrying_status(status)
    said = f"{name} answered {status}{_reason(answer)}{_advice(status)}"
    return DeliveryError(said, retry=retry, retry_at=asked_for(_come_back(answer), now) if retry else None)


def silence(name: str, error: requests.RequestException, *, safe_to_repeat: bool) -> DeliveryError:
    """``name`` did not answer; ``safe_to_repeat`` as in :func:`bot.notify.retry.outlook_of`."""
    outlook = outlook_of(error, safe_to_repeat=safe_to_repeat)
    why = one_line(str(error))[:_SAID] or type(error).__name__
    doubt = "; it may have arrived" if outlook.in_doubt else ""
    return DeliveryError(f"{name} gave no answer ({why}){doubt}", retry=outlook.retry, in_doubt=outlook.in_doubt)


def not_taken(name: str, answer: requests.Response) -> DeliveryError:
    """``name`` answered with a success, and yet did not say that it took the letter.

    It says no in its own words, for good or for now; else it is in doubt.
    """
    said = _json(answer).get("error")
    if not isinstance(said, str):
        what = f"{answer.status_code} and {len(answer.content)} bytes"
        return DeliveryError(f"{name} answered {what}, but did not say that it took it", retry=True, in_doubt=True)
    return DeliveryError(f"{name} did not take it{_reason(answer)}", retry=said in _PASSING_WORDS)


def is_page(content: bytes) -> bool:
    """Whether this is a page for people, as proxies and sign-in walls give it in place of a service's answer."""
    return _PAGE.match(content) is not None


def _reason(answer: requests.Response) -> str:
    """A service's own short word for it (``invalid_token``, ``channel_not_found``); nothing that may echo a letter."""
    try:
        content = answer.content
    except requests.RequestException:  # it broke off; its status stands
        return ""
    if is_page(content):
        return " with a page"
    words = (found[key] for found in [_json(answer)] for key in _WORDS if isinstance(found.get(key), str))
    said = next(words, content[: _SAID * 4].decode("utf-8", "replace"))
    short = one_line(said)[:_SAID]
    return f" ({short})" if short and _OWN_WORDS.fullmatch(short) and not _shows_token(said, answer) else ""


def _shows_token(said: str, answer: requests.Response) -> bool:
    """Whether this repeats a part of the address asked, which is the right to post there, or looks like one."""
    asked = unquote(answer.request.path_url)
    return _TOKEN.search(said) is not None or any(word in asked for word in _WORD.findall(said))


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        found = read_foreign_json(answer.content)
    except (ValueError, requests.RequestException):
        return {}
    return found if isinstance(found, dict) else {}


def _come_back(answer: requests.Response) -> str | None:
    """``Retry-After``, or what services write in its place: seconds (Discord, Telegram), milliseconds (Matrix)."""
    if header := answer.headers.get("Retry-After"):
        return header
    said = _json(answer)
    inner = said.get("parameters")
    seconds = said.get("retry_after", inner.get("retry_after") if isinstance(inner, dict) else None)
    milliseconds = said.get("retry_after_ms")
    if isinstance(milliseconds, int | float):
        seconds = milliseconds / 1000
    if not isinstance(seconds, int | float) or not 0 <= seconds < _FOR_EVER:
        return None
    return str(math.ceil(seconds))


def _advice(status: int) -> str:
    if status in NO_PERMISSION:
        return ": check the token or the secret"
    if status in (NOT_FOUND, GONE):
        return ": the address is not known there any more"
    return ": it points elsewhere; configure the new address" if status in _MOVED else ""
