"""Addresses as identities: the addresses of one page get one canonical form.

The form is for comparing, not for fetching: it always says https, and leaves out what does not change the page.
Escapes, punycode, dot segments and the order of the query are w3lib's work; what is known of the web is here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urlsplit

from w3lib.url import canonicalize_url

_MAX_ROUNDS = 10
"""Redirects inside redirects are followed this deep; a form that is at rest ends it sooner."""

_MAX_LENGTH = 8_000
"""No browser or server takes longer addresses; what is longer is an attack or a slip."""

_WEB = frozenset({"http", "https"})
_DEFAULT_PORTS = frozenset({None, 80, 443})
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.\-]*[a-z0-9_])?|[0-9a-f]*:[0-9a-f:.]+")

_TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|at)_.+|_?_hs.+|hsctatracking"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id"
    r"|mc_[ce]id|mkt_tok|vero_id|oly_(?:anon|enc)_id|wt_zmc|s_cid|cmpid|ref_src|ref_url|amp|outputtype",
    re.IGNORECASE,
)
_TRACKING_ON_HOST = {
    "x.com": frozenset({"s", "t"}),
    "youtube.com": frozenset({"si", "feature", "pp"}),
    "reddit.com": frozenset({"share_id", "rdt"}),
}

_SAME_HOST = {
    "twitter.com": "x.com",
    "old.reddit.com": "reddit.com",
    "new.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
}
_VARIANT = re.compile(r"^(?:www|m|mobile|amp)\.|(?<=\.)m\.(?=wiki[a-z]+\.org$)")
_NOBODYS_HOST = re.compile(r"[^.]+|(?:ac|co|com|edu|gov|net|ne|or|org)\.[a-z]{2}")
"""A bare top-level domain, and the likes of ``co.uk``: in ``m.co.uk`` the ``m`` is the name."""

_PLAIN = re.compile(
    r"https?://(?P<host>(?!-|xn--|[^/]*\.xn--|[^/]*google\.|[^/]*ampproject\.)[a-z0-9\-]+(?:\.[a-z0-9\-]+)+)(?<!-)(?P<path>(?:/[A-Za-z0-9_\-][A-Za-z0-9_.\-]*)+)"
)
"""Addresses in which nothing is escaped, empty, relative or asked for: nearly all that posts and articles have.
Hosts in punycode and those whose addresses carry others are left to the long way."""

_LOOSE_ENDS = ("/", ".amp", ".amp.html", "/amp")

_GOOGLE = re.compile(r"google\.(?:com?\.)?[a-z]{2,3}")
_GOOGLE_AMP = re.compile(r"/amp/s/(?P<page>.+)")
_AMP_CACHE = re.compile(r"/[a-z]/s/(?P<page>.+)")


def canonical_url(url: str) -> str | None:
    """The one form of a web address, or None when it is none; applying it twice changes nothing.

    https for http; the host in lower case and punycode, without default port, user, ``www.`` or mobile prefix; no
    fragment; no tracking parameters, the others sorted; no trailing slash; AMP copies and Google's redirects
    (as Google Alerts writes them) lead to the page itself.
    """
    plain = _PLAIN.fullmatch(url) if len(url) <= _MAX_LENGTH else None
    if plain:  # a tenth of the work, and the same answer
        return f"https://{_plain_host(plain['host'])}{_plain_path(plain['path'])}"
    return _at_rest(url)


def _at_rest(url: str) -> str | None:
    """The form that does not change any more, through whatever wraps it."""
    canonical = _canonical(url) if len(url) <= _MAX_LENGTH else None
    for _ in range(_MAX_ROUNDS):
        if canonical is None:
            return None
        page = _canonical(_wrapped_address(urlsplit(canonical)) or canonical)
        if page is None or page == canonical:
            break
        canonical = page
    return canonical


def host_of(url: str) -> str | None:
    """The host of a web address in lower case and punycode, without port; None when it is no web address."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        host = (host if host.isascii() else host.encode("idna").decode("ascii")).strip(".").lower()
    except ValueError:  # among them UnicodeError
        return None
    return host if parts.scheme.lower() in _WEB and _HOST.fullmatch(host) else None


def _canonical(url: str) -> str | None:
    try:
        parts = urlsplit(canonicalize_url(url))
        port = parts.port
    except ValueError:  # among them UnicodeError: half surrogates, broken punycode, broken IPv6, wild ports
        return None
    host = (parts.hostname or "").strip(".")
    if parts.scheme not in _WEB or not _HOST.fullmatch(host):
        return None
    host = _plain_host(host)
    shown = f"[{host}]" if ":" in host else host
    place = shown if port in _DEFAULT_PORTS else f"{shown}:{port}"
    query = _without_tracking(host, parts.query)
    return f"https://{place}{_plain_path(parts.path)}{'?' if query else ''}{query}"


@lru_cache(maxsize=4096)
def _plain_host(host: str) -> str:
    while True:
        shorter = _SAME_HOST.get(host) or _VARIANT.sub("", host, count=1)
        if shorter == host or _NOBODYS_HOST.fullmatch(shorter):
            return host
        host = shorter


def _plain_path(path: str) -> str:
    if not path.endswith(_LOOSE_ENDS):
        return path or "/"
    while True:
        shorter = path.rstrip("/")
        for suffix, page in ((".amp", ""), (".amp.html", ".html")):
            if shorter.endswith(suffix):
                shorter = shorter.removesuffix(suffix) + page
        folder, _, last = shorter.rpartition("/")
        if last == "amp" and _looks_like_slug(folder.rpartition("/")[2]):
            shorter = folder
        if shorter == path:
            return path or "/"
        path = shorter


def _looks_like_slug(name: str) -> bool:
    """Whether an article may be named so: ``/free-truffle/amp`` is a copy of it, ``/products/amp`` sells amplifiers."""
    return any(character == "-" or character.isdigit() for character in name)


def _without_tracking(host: str, query: str) -> str:
    own = _TRACKING_ON_HOST.get(host, frozenset())
    kept = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        # feeds of some publishing platforms mark each link with the feed it came from
        from_feed = name == "source" and value.startswith("rss")
        if pair and not (from_feed or name in own or _TRACKING.fullmatch(name)):
            kept.append(pair)
    return "&".join(kept)


def _wrapped_address(parts: SplitResult) -> str | None:
    """The address that a redirect or an AMP viewer carries inside its own."""
    host = parts.hostname or ""
    tail = f"?{parts.query}" if parts.query else ""
    if _GOOGLE.fullmatch(host):
        if parts.path == "/url":
            carried = dict(reversed(parse_qsl(parts.query)))
            return carried.get("url") or carried.get("q")
        viewer = _GOOGLE_AMP.fullmatch(parts.path)
        return f"https://{viewer['page']}{tail}" if viewer else None
    cache = _AMP_CACHE.fullmatch(parts.path) if host.endswith(".cdn.ampproject.org") else None
    return f"https://{cache['page']}{tail}" if cache else None
