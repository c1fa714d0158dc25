"""The shared transport: one guarded pool for all sessions, and the thin door by which each session reaches it."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ConnectionError, RequestException, Timeout  # noqa: A004 requests' own name
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from bot.http.connection import deadline, guarded_pools, whole
from bot.http.guard import AddressGuard, Refused
from bot.http.limits import AddressRefused, BodyTooLarge, HttpLimits, TooSlow
from bot.http.redact import redact
from bot.waits import Unsent

Origin = tuple[str, str, int]
Count = Callable[[str, int, int, int], None]
"""``count(host, requests, bytes, errors)``"""

_PORTS = {"http": 80, "https": 443}
_POOLS = 64
_WRAPPING = re.compile(r"^\w+\(host=[^)]*\): ")


class Body:
    """A response's body, counted while it is decoded; stands where requests expects urllib3's response."""

    _original_response = None
    """Where requests looks for cookies to keep; there are none to be had here."""

    def __init__(self, raw: Any, host: str, until: float, limits: HttpLimits, count: Count) -> None:
        self._raw = raw
        self._host = host
        self._until = until
        self._limits = limits
        self._count = count
        self._seen = 0

    def stream(self, amt: int = 2**16, decode_content: bool | None = None) -> Iterator[bytes]:
        """Decoded chunks. Raises BodyTooLarge beyond the cap and TooSlow beyond the deadline."""
        try:
            for chunk in self._raw.stream(amt, decode_content=decode_content):
                self._take(len(chunk))
                yield chunk
        except ReadTimeoutError as error:
            raise self._slow(error) from error

    def read(self, amt: int | None = None, decode_content: bool | None = None, **_: Any) -> bytes:
        """Like :meth:`stream`, in one piece or at most ``amt`` bytes."""
        if amt is None:
            return b"".join(self.stream(decode_content=decode_content))
        try:
            chunk: bytes = self._raw.read(amt, decode_content=decode_content)
        except ReadTimeoutError as error:
            raise self._slow(error) from error
        self._take(len(chunk))
        return chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def _take(self, size: int) -> None:
        self._seen += size
        self._count(self._host, 0, size, 0)
        if self._seen > self._limits.max_body:
            self._raw.close()
            self._count(self._host, 0, 0, 1)
            raise BodyTooLarge(f"{self._host} sent more than {self._limits.max_body} bytes; reading stopped there")

    def _slow(self, error: ReadTimeoutError) -> Exception:
        self._raw.close()
        self._count(self._host, 0, 0, 1)
        if time.monotonic() < self._until:
            return error
        return TooSlow(f"{self._host} took longer than {self._limits.total_timeout:g} s for one answer")


class GuardedAdapter(HTTPAdapter):
    """One pool for all sessions, with the limits that hold for every request."""

    def __init__(self, limits: HttpLimits, count: Count) -> None:
        self._limits = limits
        self._count = count
        self._guard = AddressGuard(limits.allow_networks, limits.allow_ports)
        super().__init__(pool_connections=_POOLS)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        """Called by the base class: pools of guarded connections."""
        self.poolmanager = guarded_pools(
            self._guard, num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs
        )

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Sends directly (proxies are ignored: one would hide the address from the guard).

        Raises requests' exceptions, whose texts show no secrets, and the three of :mod:`bot.http.limits`.
        """
        host = urlsplit(request.url or "").hostname or ""
        kwargs["proxies"] = None
        kwargs["timeout"] = kwargs.get("timeout") or (self._limits.connect_timeout, self._limits.read_timeout)
        until = min(time.monotonic() + self._limits.total_timeout, whole.get(math.inf))
        token = deadline.set(until)
        self._count(host, 1, 0, 0)
        try:
            response = super().send(request, *args, **kwargs)
        except (RequestException, HTTPError) as error:
            self._count(host, 0, 0, 1)
            # without the cause: urllib3's texts repeat the whole address
            raise self._clean(error, host, request, until) from None
        finally:
            deadline.reset(token)
        if response.status_code >= 400:  # noqa: PLR2004 where HTTP's errors begin
            self._count(host, 0, 0, 1)
        response.raw = Body(response.raw, host, until, self._limits, self._count)
        return response

    def _clean(self, error: Exception, host: str, request: PreparedRequest, until: float) -> RequestException:
        if isinstance(error, Refused):
            return AddressRefused(redact(str(error)), request=request)
        late = time.monotonic() >= until
        if late and isinstance(error, Timeout | ConnectionError | ChunkedEncodingError | ReadTimeoutError):
            text = f"{host} took longer than {self._limits.total_timeout:g} s for one answer"
            return TooSlow(text, request=request)
        if isinstance(_inner(error), NewConnectionError):
            return Unsent(redact(_reason(error)), request=request)
        kind = type(error) if isinstance(error, RequestException) else ConnectionError
        return kind(redact(_reason(error)), request=request)


class Door(BaseAdapter):
    """A session's way to the shared adapter; sends requests for rebased origins to where they now live."""

    def __init__(self, shared: GuardedAdapter, rebase: Mapping[str, str]) -> None:
        super().__init__()
        self._shared = shared
        self._rebase = {origin(source): target.rstrip("/") for source, target in rebase.items()}

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Sends ``request``, or its rebased copy, over the shared adapter."""
        base = self._rebase.get(origin(request.url or ""))
        if base is not None:
            request = request.copy()
            request.url = base + request.path_url
        return self._shared.send(request, *args, **kwargs)

    def close(self) -> None:
        """Closes nothing: the connections are everybody's."""


def _reason(error: Exception) -> str:
    """What went wrong, without the names of the classes that urllib3 wraps around it."""
    return _WRAPPING.sub("", str(_inner(error) or error))


def _inner(error: Exception) -> Exception | None:
    """What urllib3 gave up for, where it says so."""
    wrapped = error.args[0] if error.args else error
    reason: Exception | None = getattr(wrapped, "reason", None)
    return reason


def origin(url: str) -> Origin:
    """Scheme, host and port of an address, with the scheme's own port where none is given."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
