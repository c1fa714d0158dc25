"""Which addresses may be reached, and connecting to the very address that was checked.

Feed addresses, redirects and links are written by strangers. A name is resolved once; each address it leads to is
judged; the socket is opened to an address that passed, so that a second answer of the name server (rebinding) cannot
lead elsewhere.
"""

from __future__ import annotations

import ipaddress
import math
import socket
import time
from collections.abc import Iterator, Sequence

from urllib3.exceptions import HTTPError

from bot.errors import ConfigError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NOT_PUBLIC_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
"""IANA's special-purpose registry, multicast and reserved space (the standard library's list changed over versions)."""

_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
"""Inside 2000::/3: Teredo and other protocol assignments, documentation, 6to4."""

_CARRIES_V4 = tuple(
    map(ipaddress.IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96", "::/96", "::ffff:0:0:0/96")),
)
"""IPv4-mapped, NAT64, IPv4-compatible, IPv4-translated: the last 32 bits are where the packets go."""


_MOST_TRIED = 8
_AT_ONCE = 0.001
"""Seconds to wait where none are left; 0 would mean not to wait for the answer at all."""


class Refused(HTTPError):
    """Raised inside urllib3, which passes its own family through untouched; the adapter makes it AddressRefused."""


class AddressGuard:
    """Judges addresses. ``allow_networks``: CIDRs that may be reached although they are not public.

    Raises ConfigError for a network that cannot be read.
    """

    def __init__(self, allow_networks: Sequence[str], allow_ports: Sequence[int]) -> None:
        try:
            self._allowed = tuple(ipaddress.ip_network(network, strict=False) for network in allow_networks)
        except ValueError as error:
            raise ConfigError(
                f"http.allow_networks: {error}; write networks like '127.0.0.0/8' or 'fd00::/8'"
            ) from error
        self._ports = frozenset(allow_ports)

    def objection(self, address: str, port: int) -> str | None:
        """Why this address and port may not be reached, in words; None when they may."""
        parsed = ipaddress.ip_address(address.partition("%")[0])
        target = _carried(parsed)
        if self._is_allowed(parsed) or self._is_allowed(target):
            return None
        if not is_public(target):
            return f"{address} is not a public address, and http.allow_networks does not name its network"
        if port not in self._ports:
            return f"port {port} is not among http.allow_ports ({', '.join(map(str, sorted(self._ports)))})"
        return None

    def _is_allowed(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self._allowed)

    def connect(
        self,
        host: str,
        port: int,
        timeout: float,
        options: Sequence[tuple[int, int, int | bytes]],
        until: float = math.inf,
    ) -> socket.socket:
        """A socket to the first allowed address of ``host`` that answers; a few are tried, ``timeout`` seconds each.

        None is tried after ``until``, by ``time.monotonic``: a name may have hundreds of addresses that swallow
        packets. Raises Refused when no address is allowed, else ``OSError`` (``gaierror``, ``TimeoutError``) as sockets
        do.
        """
        failure: OSError | None = None
        objections: list[str] = []
        tried = 0
        for family, sockaddr in _resolve(host, port):
            objection = self.objection(str(sockaddr[0]), port)
            if objection:
                objections.append(objection)
                continue
            left = until - time.monotonic()
            if tried and (tried == _MOST_TRIED or left <= 0):
                break
            tried += 1
            try:
                return _open(family, sockaddr, min(timeout, max(left, _AT_ONCE)), options)
            except OSError as error:
                failure = error
        if failure is not None:
            raise failure
        raise Refused(f"{host} may not be reached: {objections[0] if objections else 'it has no address'}")


def is_public(address: Address) -> bool:
    """Whether packets to this address leave for the public internet and no private network, by its number alone."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def _carried(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one that only carries it, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address) and any(address in network for network in _CARRIES_V4):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _resolve(host: str, port: int) -> Iterator[tuple[int, tuple[str, int] | tuple[str, int, int, int]]]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # idna: an empty or overlong label
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} is no host name") from error
    for family, _, _, _, sockaddr in found:
        yield family, sockaddr  # type: ignore[misc]  # typeshed allows bytes-only shapes that IP families never have


def _open(
    family: int,
    sockaddr: tuple[str, int] | tuple[str, int, int, int],
    timeout: float,
    options: Sequence[tuple[int, int, int | bytes]],
) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        for level, name, value in options:
            sock.setsockopt(level, name, value)
        sock.settimeout(timeout)
        sock.connect(sockaddr)
    except BaseException:  # whatever ends the attempt, the socket is not left open; it goes on upwards
        sock.close()
        raise
    return sock
