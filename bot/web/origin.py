"""How a request came: over TLS or not, under which name, from where; and which of that is good enough.

A page of somebody else's can reach a server on this machine or this network under a name of its own (DNS rebinding). An
address in figures cannot be rebound, and so any of those is taken; names must be known.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from config.settings import Settings

COOKIE, PLAIN_COOKIE = "__Host-heard", "heard"
"""Browsers take the first only over TLS, for this host alone, and let no other host or page overwrite it."""
FORM_COOKIE, PLAIN_FORM_COOKIE = "__Host-heard-form", "heard-form"
"""The same for the forms of somebody who is not signed in."""
SAYS_COOKIE = "heard-says"
FETCHED_BY_US = {"same-origin", "none"}
"""``Sec-Fetch-Site`` of requests that our own pages make, or that a person types."""
DEFAULT_PORTS = {"http": 80, "https": 443}
FORWARDED = frozenset({"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"})
"""Headers that a proxy adds, beside all that begin with ``x-forwarded-``."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The way a request came."""

    scheme: str
    host: str
    secure: bool
    private: bool
    """Nobody on the way can read along: TLS, or this very machine, or somebody said that plain HTTP will do."""

    @property
    def cookie(self) -> str:
        """The name of the session's cookie."""
        return COOKIE if self.secure else PLAIN_COOKIE

    @property
    def form_cookie(self) -> str:
        """The name of the cookie that forms before signing in belong to."""
        return FORM_COOKIE if self.secure else PLAIN_FORM_COOKIE


def origin_of(request: HTTPConnection, settings: Settings) -> Origin:
    """How this request came. Where ``public_url`` is https, what comes under its name came over TLS to the proxy."""
    host = request.headers.get("host", "")
    public = _end(settings.public_url or "")
    proxied = public is not None and public[0] == "https" and public == _end(f"https://{host}")
    over_tls = request.url.scheme == "https" or proxied
    scheme = "https" if over_tls else "http"
    private = over_tls or settings.web.insecure or (_loopback(host) and not _plain_before(request, public))
    return Origin(scheme, host, over_tls, private)


def from_this_machine(request: HTTPConnection, settings: Settings) -> bool:
    """Whether whoever asks sits at this very machine, and not behind a proxy on it.

    A proxy shows itself by a header, or by the name that it passes on. One that does neither looks like this machine:
    where people come by a ``public_url``, this machine is believed only if ``trusted_proxies`` names it, by which
    somebody said that the proxy here adds ``X-Forwarded-For``.
    """
    peer = request.client.host if request.client else ""
    if not _is_here(peer) or not _loopback(request.headers.get("host", "")) or _forwarded(request):
        return False
    public = urlsplit(settings.public_url or "").netloc
    return not public or _loopback(public) or _is_trusted(peer, settings)


def host_is_ours(host: str, settings: Settings) -> bool:
    """Whether this installation answers under the name in a ``Host`` header."""
    name = host_name(host)
    if name is None:
        return False
    return _in_figures(name) or _loopback(host) or name in known_names(settings)


def known_names(settings: Settings) -> frozenset[str]:
    """The names of this installation: of ``public_url``, of ``[web] listen`` and ``[web] hosts``."""
    names = (urlsplit(settings.public_url or "").netloc, settings.web.listen, *settings.web.hosts)
    return frozenset(name for given in names if (name := host_name(given)))


def comes_from_us(request: HTTPConnection, origin: Origin, settings: Settings) -> bool:
    """Whether a browser says that a form was sent from a page of ours, as far as it says anything.

    Ours is what has the name that the request came under, or ``public_url``, if a proxy in front changed the name.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in FETCHED_BY_US:
        return False
    sender = request.headers.get("origin")
    if sender is None:
        return True
    ours = {_end(f"{origin.scheme}://{origin.host}"), _end(settings.public_url or "")} - {None}
    return _end(sender) in ours


def own_path(wanted: str | None, fallback: str = "/") -> str:
    """A path of ours to go on to, or ``fallback``: never another site, however it is written."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return fallback
    if not wanted.isprintable() or "\\" in wanted or not wanted.isascii():
        return fallback
    try:
        parts = urlsplit(wanted)
    except ValueError:  # what looks like a broken IPv6 address
        return fallback
    return fallback if parts.scheme or parts.netloc else wanted


def host_name(host: str) -> str | None:
    """The name in ``name:port``, in lower case; None for what is no host."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return None
    plain = host.rpartition("@")[0] == "" and not any(char in host for char in "/?#\\")
    return name.rstrip(".") if name and plain else None


def _end(address: str) -> tuple[str, str, int] | None:
    """Scheme, name and port of an origin, as they are compared; None for what is none (``null`` is one of those)."""
    try:
        parts = urlsplit(address)
        name, port = parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return None if name is None or port is None else (parts.scheme, name, port)


def _forwarded(request: HTTPConnection) -> bool:
    return any(name in FORWARDED or name.startswith("x-forwarded-") for name in request.headers)


def _plain_before(request: HTTPConnection, public: tuple[str, str, int] | None) -> bool:
    """Whether a request under this machine's own name came over a network first, which nobody said is TLS.

    Under an https ``public_url`` a proxy may change the name: browsers then say that the form is from https.
    """
    if public is not None and public[0] == "https":
        return False
    sender = _end(request.headers.get("origin", ""))
    return _forwarded(request) or (sender is not None and not _is_here(sender[1]))


def _is_trusted(address: str, settings: Settings) -> bool:
    return any(ip_address(address) in ip_network(one) for one in settings.web.trusted_proxies)


def _loopback(host: str) -> bool:
    return _is_here(host_name(host) or "")


def _is_here(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost") or (_in_figures(name) and ip_address(name).is_loopback)


def _in_figures(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
