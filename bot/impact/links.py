"""Tagged links: an address that says which activity, source and medium its visitors came from. Pure.

The address itself stays as it is: what it asks for already, and its fragment, are kept to the letter.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from bot.errors import ConfigError
from bot.model.aims import TrackedLink

LONGEST = 2_000
"""Characters that every browser, mail program and chat service takes."""
LONGEST_TAG = 100
_TAGS = ("utm_source", "utm_medium", "utm_campaign", "utm_content")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*")
"""A name, in letters that no page and no shell takes for anything else, or an IPv6 address."""
_KEPT = "!$&'()*+,;=:@/?%~-._"
"""What may stand in a path, a query or a fragment as it is; ``%`` is of an escape that is there already."""


def tagged(
    url: str, *, campaign: str, source: str, medium: str, made_at: datetime, content: str | None = None,
    activity: str | None = None,
) -> TrackedLink:  # fmt: skip
    """The link of that address; the same tags on the same address always make the same link.

    Tags that the address carries already are replaced. Raises ConfigError, in words, for what is no web address.
    """
    tags = {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign} | (
        {"utm_content": content} if content is not None else {}
    )
    tags = {name: _tag(name, value) for name, value in tags.items()}
    target = _address(url)
    parts = urlsplit(target)
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0].lower() not in _TAGS]
    added = [f"{name}={quote(value, safe='')}" for name, value in tags.items()]
    link = urlunsplit(parts._replace(query="&".join(kept + added)))
    if len(link) > LONGEST:
        raise ConfigError(f"the link would be {len(link):,} characters long; {LONGEST:,} are taken everywhere")
    name = hashlib.sha256(link.encode()).hexdigest()[:12]
    return TrackedLink(
        name, link, target, tags["utm_campaign"], tags["utm_source"], tags["utm_medium"], made_at,
        tags.get("utm_content"), activity,
    )  # fmt: skip


def campaign_of(url: str) -> str | None:
    """The campaign that an address names, None where it names none or is no address."""
    try:
        named = parse_qs(urlsplit(url).query).get("utm_campaign")
    except ValueError:
        return None
    return named[0] if named else None


def _address(url: str) -> str:
    """The address in ASCII. Raises ConfigError for one that no browser should be sent to."""
    given = url.strip()
    if any(not char.isprintable() or char.isspace() for char in given) or "\\" in given:
        raise ConfigError("an address has no spaces, line breaks, backslashes or control characters in it")
    try:
        parts = urlsplit(given)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError as error:  # among them UnicodeError
        raise ConfigError(f"'{given[:80]}' is no web address: {error}") from error
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        raise ConfigError(f"'{given[:80]}' is no web address: write it whole, such as https://shop.example/truffles")
    if parts.username is not None or parts.password is not None:
        raise ConfigError("an address that is passed on carries no user name and no password")
    shown = f"[{host}]" if ":" in host else host
    place = shown if port is None else f"{shown}:{port}"
    path, query, fragment = (quote(part, safe=_KEPT) for part in (parts.path or "/", parts.query, parts.fragment))
    return urlunsplit((parts.scheme, place, path, query, fragment))


def _tag(name: str, value: str) -> str:
    tidy = value.strip()
    if not tidy or len(tidy) > LONGEST_TAG or not tidy.isprintable():
        raise ConfigError(f"{name} is 1 to {LONGEST_TAG} letters, digits and signs that can be printed")
    return tidy
