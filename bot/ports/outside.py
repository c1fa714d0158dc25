"""What everything gets from the outside: the clock, guarded connections, secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import requests

    from bot.model import Query


Sieve = Callable[["Sequence[Query]"], Callable[[str], bool]]
"""Makes of queries a quick question: could an item with this text (author, links and all) match any of them? Never
wrongly no; a connector that reads very much asks it before it makes items.
"""


class Clock(Protocol):
    """The one source of the present."""

    def now(self) -> datetime:
        """The present, aware UTC."""
        ...


class SessionFactory(Protocol):
    """Makes fresh HTTP sessions over the one guarded adapter (timeouts, body cap, address guard, redaction)."""

    def __call__(self, *, rebase: Mapping[str, str] | None = None) -> requests.Session:
        """A new session without cookies. ``rebase`` sends requests for one origin (key) to another (value)."""
        ...


class Line(Protocol):
    """An open connection for a protocol that is not HTTP, with a deadline and a cap; used by one thread."""

    def send(self, data: bytes) -> None:
        """Sends all of it. Raises requests' exceptions."""
        ...

    def receive(self, patience: float) -> bytes | None:
        """What has come, ``b""`` at the end, None when nothing came for ``patience`` seconds. Raises requests'
        exceptions.
        """
        ...

    def close(self) -> None:
        """Ends the connection."""
        ...


class Dial(Protocol):
    """Opens lines through the same address guard as every HTTP request."""

    def __call__(self, host: str, port: int, *, tls: bool, seconds: float, size: int) -> Line:
        """A line that lives ``seconds`` at most and takes ``size`` bytes at most. Raises requests' exceptions."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """What a connector is given: sessions, the clock, and a way to read a secret that its options refer to.

    ``secret(options, "bearer_token")`` reads ``bearer_token_env`` or ``bearer_token_file``; it raises ConfigError when
    neither leads to a value. ``dial`` opens connections that are not HTTP; None where there is no way to.
    """

    session: SessionFactory
    clock: Clock
    secret: Callable[[Mapping[str, Any], str], str]
    dial: Dial | None = None
    sieve: Sieve = lambda _queries: lambda _text: True
