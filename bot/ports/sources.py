"""What listening asks of a source, and what some sources can do beyond it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from bot.model import (
        Allowance,
        Compiled,
        Cost,
        Cursor,
        FeedList,
        FoundFeed,
        Interval,
        Page,
        Query,
        Subscription,
        Volume,
    )
    from bot.model.rechecking import Look
    from bot.ports.outside import Deps


class Connector(Protocol):
    """Reads one source. No store, no sleep, no retry, no clock but the one given, no logging of bodies or headers."""

    capabilities: frozenset[str]
    """The metric names that this source and mode can give, so that a digest can say what is missing."""
    trainable: bool
    """Whether the platform's terms allow its text in a fit or a calibration."""

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        """Yields small pages; one yielded is safe when the next is asked for. Raises only ``SourceError`` kinds."""
        ...


class Compiler(Protocol):
    """Says what queries become on a connector's platform; a plug-in beside a connector that searches, by its name."""

    def __call__(self, queries: Sequence[Query], options: Mapping[str, Any]) -> tuple[Compiled, ...]:
        """One a query, in order; asks nothing and needs no secret.

        ``options`` are those of a source, or none for the connector's defaults. An empty answer: with these options
        nothing is searched, and what comes is matched here.
        """
        ...


class FeedTools(Protocol):
    """What can be done with feeds beside reading them: lists of them, and looking for one."""

    def configured(self, name: str, options: Mapping[str, Any]) -> tuple[Subscription, ...]:
        """The feeds that a source's options name, but for those given as secrets. Raises ConfigError."""
        ...

    def read_list(self, body: bytes) -> FeedList:
        """The feeds that a list names, and what of it cannot be used. Raises ConfigError when it is no list."""
        ...

    def merged(self, old: bytes | None, new: Sequence[Subscription], title: str) -> bytes:
        """A list with ``new`` after what ``old`` holds; a new one of that title where there is none.

        Raises ConfigError when ``old`` cannot be read whole.
        """
        ...

    def identity(self, address: str) -> str:
        """Equal for two spellings of one feed's address."""
        ...

    def discover(self, address: str, deps: Deps) -> tuple[FoundFeed, ...]:
        """The feeds found from a page address, each read. Raises ConfigError for what is none, else ``SourceError``."""
        ...


@runtime_checkable
class Paid(Protocol):
    """What a connector also can where reading costs money, so that a budget can be kept."""

    smallest_page: int
    """The fewest posts that can be asked for."""
    reads_authors: bool
    """Whether it looks authors up when all may be read."""

    def cost_of(self, posts: int, *, authors: bool) -> Cost:
        """The most that reading so many posts costs."""
        ...

    def counting_cost(self, queries: Sequence[Query]) -> Cost:
        """What it costs to count for every query once."""
        ...

    def count(self, queries: Sequence[Query], interval: Interval, allowance: Allowance) -> Iterator[Volume]:
        """How much was said in the interval, by subject and hour, without reading it. Raises ``SourceError`` kinds."""
        ...

    def usage(self, days: int) -> Mapping[date, int]:
        """How many posts the platform says were read on each of the last days (UTC), today among them.

        Costs nothing. Raises ``SourceError`` kinds where it does not say.
        """
        ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """How much there is to read, None where nobody can say, and the most that it costs; and what was counted for it."""

    posts: int | None
    cost: Cost
    volume: Volume


@runtime_checkable
class Backfilling(Protocol):
    """What a connector also can where its platform gives history."""

    def reach(self, now: datetime) -> datetime | None:
        """The earliest time that the platform gives; None: all there is, or nobody can say."""
        ...

    def estimate(self, queries: Sequence[Query], interval: Interval, allowance: Allowance) -> Iterator[Estimate]:
        """How much there is in the interval, in parts. Raises ``SourceError`` kinds."""
        ...

    def backfill(
        self, queries: Sequence[Query], interval: Interval, cursor: Cursor | None, allowance: Allowance
    ) -> Iterator[Page]:
        """Yields the interval's pages as :meth:`Connector.fetch` does, with a cursor of its own."""
        ...


@runtime_checkable
class Noticing(Protocol):
    """What a connector also can: say how it comes to know what is taken back or changed, and what it does not see."""

    notices: str
    """In words, without a stop at the end; for statements about what is held."""


@runtime_checkable
class Rechecking(Protocol):
    """What a connector also can where its platform says whether something still stands."""

    platform: str
    """The part before ``:`` of the keys that it can ask about."""
    recheck_batch: int
    """The most keys that one re-check takes; 0: the options have switched it off."""

    def recheck(self, keys: Sequence[str], cursor: Cursor | None, allowance: Allowance) -> Iterator[Look]:
        """Asks whether these still stand, step by step; what was yielded is safe when the next step begins.

        With a cursor that it left before, ``keys`` are those that were then handed in, if there are any. A key that is
        neither looked at nor taken is still due. Raises ``SourceError`` kinds.
        """
        ...
