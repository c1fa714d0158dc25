"""urllib3 connections that open guarded sockets and keep one deadline over all waits of an exchange.

A read timeout bounds each wait only: a server that drips a byte every few seconds would hold a worker for ever. So the
time that is left of the whole exchange is set as the limit of every single wait.
"""

from __future__ import annotations

import io
import socket
import sys
import time
from contextvars import ContextVar
from functools import partial
from http.client import HTTPResponse
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from bot.http.guard import AddressGuard

deadline: ContextVar[float] = ContextVar("deadline")
"""When the exchange in hand must be over, by ``time.monotonic``; set by the adapter for each request."""


whole: ContextVar[float] = ContextVar("whole")
"""When a request with all its redirects must be over; set by the session, so that no chain of them lasts longer."""


def time_left() -> float:
    """Seconds until the deadline, at least a millisecond, so that a wait ends at once instead of never."""
    return max(0.001, deadline.get() - time.monotonic())


class _TimedReader(io.RawIOBase):
    """A socket's bytes, where each wait gets the smaller of the read timeout and the time that is left."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until: float) -> None:
        self._raw = raw
        self._sock = sock
        self._each = sock.gettimeout()
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole exchange took too long")
        self._sock.settimeout(left if self._each is None else min(self._each, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    """``http.client``'s response, reading through a timed reader: status line, headers and body alike."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        buffered: Any = self.fp
        self.fp = io.BufferedReader(_TimedReader(buffered.detach(), sock, deadline.get()))


class _Guarded(HTTPConnection):
    """Opens its socket through the guard; host name, ``Host`` header and SNI stay as they were asked for."""

    response_class = _TimedResponse

    def __init__(self, *args: Any, guard: AddressGuard, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard = guard

    def _new_conn(self) -> socket.socket:
        left = time_left()
        wait = min(self.timeout, left) if isinstance(self.timeout, int | float) else left
        try:
            sock = self._guard.connect(self._dns_host, self.port, wait, self.socket_options or (), deadline.get())
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"Connecting to {self.host} took longer than {wait:.1f} s") from error
        except OSError as error:
            raise NewConnectionError(self, f"Connecting to {self.host} failed: {error}") from error
        sys.audit("http.client.connect", self, self.host, self.port)
        return sock


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same under TLS. The handshake as a whole has the socket's timeout (Python 3.5 on), so it cannot drip."""


def guarded_pools(guard: AddressGuard, **pool_options: Any) -> PoolManager:
    """A pool manager whose connections, plain and TLS, all go through ``guard``."""
    manager = PoolManager(**pool_options)

    class GuardedPool(HTTPConnectionPool):
        ConnectionCls = partial(_Guarded, guard=guard)  # type: ignore[assignment]  # urllib3 only ever calls it

    class GuardedTlsPool(HTTPSConnectionPool):
        ConnectionCls = partial(_GuardedTls, guard=guard)  # type: ignore[assignment]  # the same

    manager.pool_classes_by_scheme = {"http": GuardedPool, "https": GuardedTlsPool}
    return manager
