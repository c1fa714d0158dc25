"""Lists of feeds, as people keep and exchange them, and feeds that were found at an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed in a list. ``site`` is its page for people; ``folder`` where it is filed, the outermost first.

    ``line`` is where in the list it was named, from 1; 0 when it comes from no list.
    """

    address: str
    title: str = ""
    site: str | None = None
    folder: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a list that cannot be used, from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a list names, in its order, and what of it cannot be used."""

    feeds: tuple[Subscription, ...] = ()
    bad: tuple[BadLine, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that was found and read. ``kind`` is its format in words; ``newest`` the latest date among its entries."""

    address: str
    title: str
    kind: str
    entries: int
    newest: datetime | None
