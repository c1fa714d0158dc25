"""Fresh sessions over the one guarded adapter, and what went through it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Self

import requests

from bot.http.adapter import Door, GuardedAdapter
from bot.http.connection import whole
from bot.http.limits import HttpLimits
from bot.http.redact import quiet_loggers


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went to and came from one host, or all: requests sent, decoded bytes read, failures (4xx and 5xx too)."""

    requests: int = 0
    bytes: int = 0
    errors: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.requests + other.requests, self.bytes + other.bytes, self.errors + other.errors)


class _Session(requests.Session):
    """One deadline over a request and all its redirects: a chain of slow ones would else hold a worker for minutes."""

    def __init__(self, total_timeout: float) -> None:
        super().__init__()
        self._total_timeout = total_timeout

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Sends; ``requests`` calls this again for each redirect."""
        if whole.get(None) is not None:
            return super().send(request, **kwargs)
        token = whole.set(time.monotonic() + self._total_timeout)
        try:
            return super().send(request, **kwargs)
        finally:
            whole.reset(token)


class Http:
    """Owner of the connections. ``session`` is the :class:`bot.ports.SessionFactory` that connectors are given."""

    def __init__(self, limits: HttpLimits | None = None) -> None:
        self.limits = limits or HttpLimits()
        self._traffic: dict[str, Traffic] = {}
        self._lock = threading.Lock()
        self._adapter = GuardedAdapter(self.limits, self._count)
        quiet_loggers()

    def session(self, *, rebase: Mapping[str, str] | None = None) -> requests.Session:
        """A new session without cookies, environment proxies or netrc. Closing it leaves the shared connections open.

        ``rebase`` sends requests for one origin (key) to another (value), path and query kept; the guard judges the
        new one.
        """
        session = _Session(self.limits.total_timeout)
        session.trust_env = False
        session.max_redirects = self.limits.max_redirects
        session.headers["User-Agent"] = self.limits.user_agent
        # Only what the standard library inflates in bounded steps, whatever else is installed.
        session.headers["Accept-Encoding"] = "gzip, deflate"
        session.adapters.clear()
        door = Door(self._adapter, rebase or {})
        session.mount("http://", door)
        session.mount("https://", door)
        return session

    @property
    def counters(self) -> Mapping[str, Traffic]:
        """What went over the wire so far, by host; a snapshot."""
        with self._lock:
            return MappingProxyType(dict(self._traffic))

    def _count(self, host: str, sent: int, size: int, errors: int) -> None:
        with self._lock:
            self._traffic[host] = self._traffic.get(host, Traffic()) + Traffic(sent, size, errors)

    def close(self) -> None:
        """Closes every idle connection."""
        self._adapter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
