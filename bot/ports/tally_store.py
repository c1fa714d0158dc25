"""What is asked of the store about the ledger's counts; each is derived from its events when it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from bot.model import DayTally, OfferEvent, Reason, ShopCount


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A calendar day in some zone and the stretch ``[start, end)`` of it that is counted (aware UTC)."""

    day: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A redemption that was told, or given back, after some event of the ledger; ``at`` is when it was redeemed."""

    offer: str
    placement: str | None
    at: datetime
    given_back: bool


@dataclass(frozen=True, slots=True)
class Redeemed:
    """How many redemptions stand, and the orders of those that name one, where orders were asked for."""

    number: int
    orders: tuple[str, ...] = ()


class Redemption(NamedTuple):
    """What is known of who redeemed, and with which order; None is unknown."""

    at: datetime
    customer: str | None = None
    new_customer: bool | None = None
    order: str | None = None
    value: Decimal | None = None
    currency: str | None = None


class DayGroup(NamedTuple):
    """Redemptions of one local day that stand and are alike in all but who made them; None is unknown.

    ``attached``: an order of some value, or of which only the number was told. ``leaked``: with a code that had leaked.
    ``customers`` made them, each as often as it did, as far as that is known and was asked for.
    """

    day: date
    number: int
    placement: str | None = None
    new: bool | None = None
    attached: bool | None = None
    leaked: bool = False
    customers: tuple[str, ...] = ()


class Switch(NamedTuple):
    """A code, or with an empty one the whole offer, was disabled (``on`` False) or enabled again."""

    offer: str
    at: datetime
    code: str
    on: bool


class TallyStore(Protocol):
    """Counts of the ledger: by day and placement, of what is held, of what a shop counts too."""

    def first_event(self, offers: Sequence[str]) -> datetime | None:
        """When the first redemption or refusal of any of these offers happened."""
        ...

    def day_tallies(self, offers: Sequence[str], days: Sequence[LocalDay]) -> tuple[DayTally, ...]:
        """What happened on each of these days (one after the other), by offer and placement; empty days have no row."""
        ...

    def held(self, offers: Sequence[str], moment: datetime) -> Mapping[tuple[str, str | None], int]:
        """Reservations that were open at ``moment``, by offer and placement."""
        ...

    def refusals(self, offer: str, start: datetime, end: datetime) -> Mapping[tuple[Reason, str | None], int]:
        """Refusals in ``[start, end)`` by reason and placement, most first; of nobody's codes for the offer ``""``."""
        ...

    def last_event(self) -> int:
        """The number of the ledger's last event; later ones have larger numbers. 0 for an empty ledger."""
        ...

    def changes_after(self, event: int, before: datetime) -> tuple[Change, ...]:
        """What was written after that event and changes counts of the time before ``before``."""
        ...

    def redeemed_as(self, counts: Sequence[ShopCount]) -> tuple[Redeemed, ...]:
        """For each shop's count, what stands in the ledger for the same offer, scope and day; with orders if it has."""
        ...

    def events_between(self, offer: str, start: datetime, end: datetime) -> tuple[tuple[OfferEvent, bool], ...]:
        """Redemptions and refusals of ``[start, end)``, oldest first, each with whether it was given back."""
        ...

    def day_groups(
        self, offer: str, days: Sequence[LocalDay], leaked: Mapping[str, datetime], *, customers: bool = False
    ) -> tuple[DayGroup, ...]:
        """What stands of an offer on each of these days, oldest first; ``leaked`` says since when which code is out."""
        ...

    def capped_days(self, offer: str, days: Sequence[LocalDay]) -> tuple[tuple[date, str | None], ...]:
        """The days, and the placements, at which the cap of a day or a week turned somebody away."""
        ...

    def switches(self, offers: Sequence[str], moment: datetime) -> tuple[Switch, ...]:
        """Everything of these offers that was disabled or enabled until ``moment``, oldest first."""
        ...

    def redeemed_around(self, offer: str, code: str, moment: datetime) -> tuple[int, int]:
        """How many redemptions with a code stand before ``moment``, and how many at or after it."""
        ...

    def standing_redemptions(self, offer: str, moment: datetime) -> Iterator[Redemption]:
        """Redemptions until ``moment`` that were not given back, oldest first."""
        ...
