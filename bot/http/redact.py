"""Masks secrets in addresses and texts before a person, a log or a database sees them."""

from __future__ import annotations

import hashlib
import logging
import re
from urllib.parse import urlsplit

MASK = "***"

_STRONG = r"[\w.-]*(?:token|secret|passw(?:or)?d|signature|api_?key|credential)[\w.-]*"
"""Names that mean a secret wherever they stand before an equals sign."""
_WEAK = r"key|feed|user|username|auth|authkey|sig|sid|session|pwd|pass|code|hash|hmac|jwt|access|client_id"
"""Names that mean a secret as a query parameter, but are plain words elsewhere."""

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s?#]*@"), rf"\1{MASK}@"),
    (re.compile(rf"(?i)([?&;#](?:{_WEAK})(?:=|%3D))[^&#;\s\"'<>\])]+"), rf"\1{MASK}"),
    (re.compile(rf"(?i)(?<![\w.-])({_STRONG}(?:=|%3D))[^&#;\s\"'<>\])]+"), rf"\1{MASK}"),
    (re.compile(rf"(?i)([\"']{_STRONG}[\"']\s*:\s*[\"'])[^\"']+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?(?:[a-z]+\s+)?)[^\s\"',;]+"), rf"\1{MASK}"),
    (re.compile(r"(\bBearer(?:\s+|%20))[^\s\"',;]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(\bbearer\s+)[\w.~+/%-]{16,}=*"), rf"\1{MASK}"),
    # Heard's own keys: the id stays readable, so that somebody who finds one in a log knows which to revoke.
    (re.compile(r"(?<![0-9A-Za-z])(heard_[0-9a-z]{10}_)[0-9A-Za-z]{16,}"), rf"\1{MASK}"),
    # The private part of a Google Alerts feed, and path segments that are announced as private.
    (re.compile(r"(?i)(/alerts/feeds/)[\w-]+/[\w-]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(/(?:private|secret|token)s?/)[^/\s?#\"'<>]+"), rf"\1{MASK}"),
)


def redact(text_or_url: str) -> str:
    """The same text with every secret that it shows replaced by ``***``; host and path stay readable."""
    for pattern, replacement in _RULES:
        text_or_url = pattern.sub(replacement, text_or_url)
    return text_or_url


def public_address(url: str) -> str:
    """An address under which a private one can be shown and kept: masked, and told apart by six hex digits of its hash.

    An address without secrets is returned as it is.
    """
    shown = redact(url)
    if shown == url:
        return url
    return f"{shown}#{hashlib.sha256(url.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"


def private_address(url: str) -> str:
    """An address that is a secret as a whole, as it may be shown and kept: its host, and six hex digits of its hash."""
    digest = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    try:
        parts = urlsplit(url)
    except ValueError:  # a broken IPv6 address
        return f"{MASK}#{digest}"
    return f"{parts.scheme}://{parts.hostname or ''}/{MASK}#{digest}"


def quiet_loggers() -> None:
    """Pins the loggers of libraries that would print headers, bodies or whole addresses.

    tweepy, oauthlib and prawcore do it at DEBUG; urllib3 prints paths with their query at DEBUG and at WARNING.
    """
    for name in ("tweepy", "prawcore", "praw", "oauthlib", "requests_oauthlib"):
        _at_least(logging.getLogger(name), logging.INFO)
    for name in ("urllib3", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
        _at_least(logging.getLogger(name), logging.ERROR)


def _at_least(logger: logging.Logger, level: int) -> None:
    logger.setLevel(max(logger.level, level))
