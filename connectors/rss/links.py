"""Links in feeds: made absolute, unwrapped, only http(s), and normalised to tell whether two are one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from bot.http import redact

PLAIN_ADDRESS = re.compile(
    r"https?://(?!(?i:(?:www\.)?google\.))[A-Za-z0-9][A-Za-z0-9.:-]*"
    r"(?:/[!$-:<=>@-Z\\^-~]*)?(?:\?[!$-Z\\^-~]+)?(?:#[!-Z\\^-~]+)?"
)
"""An absolute address without anything that resolving, splitting or unwrapping could change: most there are."""

_LONGEST = 2048
_MOST = 50
_HREF = re.compile(r"<a\s[^<>]*?\bhref\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE)
_UNWANTED = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TRACKING = frozenset(
    (
        "fbclid",
        "gclid",
        "dclid",
        "msclkid",
        "yclid",
        "igshid",
        "mc_cid",
        "mc_eid",
        "_hsenc",
        "_hsmi",
        "ref_src",
        "cmpid",
    )
)
_PORTS = {"http": 80, "https": 443}


def web_link(base: str, raw: str | None) -> str | None:
    """``raw`` as an absolute http(s) address, seen from ``base``; None for all else (``javascript:``, ``data:`` …).

    A link wrapped by Google (alerts, search) is unwrapped.
    """
    if raw and len(raw) <= _LONGEST and PLAIN_ADDRESS.fullmatch(raw):
        return raw  # what the rest would come to, at a tenth of the time
    raw = _UNWANTED.sub("", raw or "")
    if not raw or len(raw) > _LONGEST:
        return None
    try:
        if not raw.startswith(("http://", "https://")):
            raw = urljoin(base, raw)
        parts = urlsplit(raw)
        if parts.scheme not in _PORTS or not parts.hostname:
            return None
        if parts.path == "/url" and parts.hostname.removeprefix("www.").startswith("google."):
            return web_link("", _unwrapped(parts.query)) or raw
    except ValueError:
        return None
    return raw


def is_web_address(address: str) -> bool:
    """Whether a feed may be asked for at this address: absolute, http(s), with a host and a port that there is."""
    try:
        parts = urlsplit(address)
        return parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0 and not _UNPRINTED.search(address)
    except ValueError:
        return False


def public_base(address: str) -> str:
    """An address to read relative links from: without login and secrets, which links would carry on."""
    parts = urlsplit(address)
    return redact(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))


def _unwrapped(query: str) -> str | None:
    inside = dict(parse_qsl(query))
    target = inside.get("url") or inside.get("q") or ""
    return target if target.startswith(("http://", "https://")) else None


def links_in(base: str, markup: str) -> Iterator[str]:
    """The http(s) targets of the links in a piece of markup, each once, the first fifty."""
    seen: set[str] = set()
    for found in _HREF.finditer(markup):
        link = web_link(base, html.unescape(found[1] or found[2] or ""))
        if link and link not in seen:
            seen.add(link)
            yield link
            if len(seen) == _MOST:
                return


def normalised(link: str) -> str:
    """The link without what does not tell two pages apart: scheme, default port, tracking, fragment, last slash."""
    try:
        parts = urlsplit(link)
        port = parts.port
    except ValueError:
        return link
    host = (parts.hostname or "").lower()
    if port and port != _PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if not _is_tracking(pair[0].lower())])
    return urlunsplit(("https", host, parts.path.rstrip("/"), query, ""))


def _is_tracking(name: str) -> bool:
    return name.startswith("utm_") or name in _TRACKING


@lru_cache(maxsize=256)  # of an entry's link it is asked twice in a row, of a feed's for every entry
def outlet(link: str | None) -> str:
    """The host where a link leads, without ``www.``; empty when there is none."""
    try:
        return (urlsplit(link or "").hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""
