"""What offers ask of the store: the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import EventKind, IssuedCode, OfferEvent, Reason, Usage


@dataclass(frozen=True, slots=True)
class Since:
    """The day and the week, in the offer's zone, that caps are counted over (aware UTC).

    They end where ``next_day`` and ``next_week`` begin (None: they have not ended); where that is where they start
    themselves, no cap counts by them and nothing is counted.
    """

    day: datetime
    week: datetime
    next_day: datetime | None = None
    next_week: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger has under a key.

    ``event`` is the line itself; ``answer`` the line that answers it, which differs where ``event`` only repeats it.
    ``replayed``: it was answered before.
    """

    event: OfferEvent
    answer: OfferEvent
    replayed: bool


class LedgerView(Protocol):
    """The ledger inside the transaction that is about to write; what it says stays true until then."""

    def event(self, event_id: str) -> OfferEvent | None:
        """One event by id."""
        ...

    def ending(self, event_id: str) -> OfferEvent | None:
        """What ended a reservation (redeemed, released, expired) or undid a redemption (rolled back)."""
        ...

    def of_order(self, order: str) -> tuple[OfferEvent, ...]:
        """The redemptions and reservations that name this order, oldest first."""
        ...

    def guesses(self, actor: str, since: datetime) -> tuple[datetime, ...]:
        """When ``actor`` named a code that nobody knows, from ``since`` on, oldest first."""
        ...

    def usage(self, event: OfferEvent, since: Since, now: datetime, *, own: str | None = None) -> Usage:
        """How much is used of what caps this event's offer, code and customer.

        ``own`` is a reservation that is left out, because it is the event's own. A live reservation counts in every day
        and week from the one in which it was made.
        """
        ...


class OfferStore(Protocol):
    """The ledger: append-only events; whether a use is allowed is judged inside the transaction that writes it."""

    def issue(self, offer: str, codes: Sequence[IssuedCode | tuple[str, str | None]], now: datetime) -> frozenset[str]:
        """Adds unique codes (key, placement and, where it is known, how it is printed); the keys that were new."""
        ...

    def issued_count(self, offer: str) -> int:
        """How many unique codes an offer has."""
        ...

    def find_code(self, code: str) -> tuple[str, str | None] | None:
        """``(offer, placement)`` of an issued unique code."""
        ...

    def issued_among(self, codes: Collection[str]) -> tuple[IssuedCode, ...]:
        """Those of ``codes`` (keys) that were issued, whatever the offer."""
        ...

    def record(self, key: str | None, decide: Callable[[LedgerView], OfferEvent]) -> Recorded:
        """Appends the event that ``decide`` makes of what the ledger says, in one transaction.

        When ``key`` was used before, nothing is decided or written and that event is given again. What ``decide``
        raises ends the transaction without a trace.
        """
        ...

    def append(
        self, event: OfferEvent, since: Since, judge: Callable[[Usage], Reason | None]
    ) -> tuple[OfferEvent, bool]:
        """Appends ``event`` if ``judge`` of the present usage allows it, else as refused, with its reason.

        Returns the event written and False; or, when ``event.key`` was used before, the first event and True.
        """
        ...

    def expire(self, now: datetime, new_id: Callable[[], str]) -> int:
        """Writes an expired event for each reservation that has run out and was not ended; how many."""
        ...

    def offer_event(self, event_id: str) -> OfferEvent | None:
        """One event by id, other than ``issued``."""
        ...

    def uses(self, offer: str) -> int:
        """How many uses of an offer's cap are redeemed; what is held counts beside."""
        ...

    def guesses(self, actor: str, since: datetime) -> tuple[datetime, ...]:
        """When ``actor`` named a code that nobody knows, from ``since`` on, oldest first."""
        ...

    def offer_events(self, since: datetime | None = None, offer: str | None = None) -> Iterator[OfferEvent]:
        """Events other than ``issued``, oldest first."""
        ...

    def latest_events(
        self,
        limit: int,
        *,
        offer: str | None = None,
        kinds: Collection[EventKind] = (),
        code: str | None = None,
        actor: str | None = None,
        since: datetime | None = None,
    ) -> tuple[OfferEvent, ...]:
        """The last ``limit`` events that were written down, newest first; ``kinds`` empty: all but ``issued``."""
        ...

    def codes(self, offer: str) -> Iterator[IssuedCode]:
        """An offer's issued codes, in the order of issue."""
        ...
