"""Guarded lines for protocols that are not HTTP: the same judgement of addresses, one deadline and one cap for all.

A line goes to the very address that was checked; under TLS the certificate is checked for the name that was asked for.
"""

from __future__ import annotations

import socket
import ssl
import time
from functools import cached_property

from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, SSLError
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from bot.http.guard import AddressGuard, Refused
from bot.http.limits import AddressRefused, BodyTooLarge, HttpLimits, TooSlow
from bot.http.redact import redact

_CHUNK = 2**17


class SocketLine:
    """One open connection (:class:`bot.ports.Line`); used by one thread."""

    def __init__(self, sock: socket.socket, host: str, until: float, size: int) -> None:
        self._sock = sock
        self._host = host
        self._until = until
        self._left = size

    def send(self, data: bytes) -> None:
        """Sends all of it. Raises TooSlow at the deadline, requests' ConnectionError when the line is broken."""
        left = self._time_left()
        try:
            self._sock.settimeout(left)
            self._sock.sendall(data)
        except TimeoutError as error:
            raise self._too_slow() from error
        except OSError as error:
            raise self._broken(error) from error

    def receive(self, patience: float) -> bytes | None:
        """What has come, ``b""`` at the end, None when nothing came for ``patience`` seconds.

        Raises TooSlow at the deadline, BodyTooLarge beyond the cap, requests' ConnectionError when the line is broken.
        """
        wait = min(patience, self._time_left())
        try:
            self._sock.settimeout(wait)
            data = self._sock.recv(_CHUNK)
        except TimeoutError:
            self._time_left()
            return None
        except OSError as error:
            raise self._broken(error) from error
        self._left -= len(data)
        if self._left < 0:
            raise BodyTooLarge(f"{self._host} sent more than was to be taken at one time; reading stopped there")
        return data

    def close(self) -> None:
        """Ends the connection; harmless when repeated."""
        self._sock.close()

    def _time_left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise self._too_slow()
        return left

    def _too_slow(self) -> TooSlow:
        return TooSlow(f"the time for {self._host} is over")

    def _broken(self, error: OSError) -> RequestsConnectionError:
        return RequestsConnectionError(f"{self._host} broke off: {redact(str(error))}")


class Dialer:
    """Opens guarded lines; ``dial`` is the :class:`bot.ports.Dial` that connectors are given.

    ``authorities`` is the file of trusted certificates; None: those that requests brings, as for every HTTPS request.
    """

    def __init__(self, limits: HttpLimits, authorities: str | None = None) -> None:
        self._limits = limits
        self._guard = AddressGuard(limits.allow_networks, limits.allow_ports)
        self._authorities = authorities or DEFAULT_CA_BUNDLE_PATH

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._authorities)

    def dial(self, host: str, port: int, *, tls: bool, seconds: float, size: int) -> SocketLine:
        """A line to ``host`` that lives ``seconds`` at most, from now on, and takes ``size`` bytes at most.

        Raises AddressRefused, TooSlow, and requests' ConnectionError, ConnectTimeout or SSLError.
        """
        until = time.monotonic() + seconds
        wait = min(self._limits.connect_timeout, seconds)
        try:
            sock = self._guard.connect(host, port, wait, [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)], until)
        except Refused as error:
            raise AddressRefused(redact(str(error))) from error
        except TimeoutError as error:
            raise ConnectTimeout(f"connecting to {host} took longer than {wait:g} s") from error
        except OSError as error:
            raise RequestsConnectionError(f"connecting to {host} failed: {redact(str(error))}") from error
        return SocketLine(self._secured(sock, host, until) if tls else sock, host, until, size)

    def _secured(self, sock: socket.socket, host: str, until: float) -> ssl.SSLSocket:
        """The socket under TLS. The handshake as a whole has the socket's timeout, so it cannot drip."""
        try:
            host.encode("idna")  # a name that ssl cannot write would leave its socket open
            sock.settimeout(max(0.001, min(self._limits.read_timeout, until - time.monotonic())))
            return self._tls.wrap_socket(sock, server_hostname=host)
        except TimeoutError as error:
            sock.close()
            raise TooSlow(f"{host} took too long to agree on TLS") from error
        except (OSError, ValueError) as error:  # ValueError: a name that no certificate can be for
            sock.close()
            raise SSLError(f"no safe connection to {host}: {redact(str(error))}") from error
