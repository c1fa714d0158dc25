"""What is asked of the store about codes in what others say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import Delivery, Item, Notice, Sighting


class SightingStore(Protocol):
    """Where codes were seen, and which leaks were told."""

    def unlooked(self, by: str, limit: int) -> tuple[tuple[Item, datetime], ...]:
        """Items that were not looked at by these rules, or whose words changed since, with when they were collected.

        The newest first; what its author took back is left out.
        """
        ...

    def save_sightings(self, looked: Sequence[Item], seen: Sequence[Sighting], by: str) -> None:
        """Notes that these items were looked at, and what was seen in them, in one transaction.

        Each item, offer and code is kept once. An item whose words changed meanwhile is left for the next look. What
        was seen before and is gone from the words stays, without its place in the text.
        """
        ...

    def sightings(self, offer: str | None = None) -> Iterator[Sighting]:
        """What was seen of an offer, or of all, in the order in which it was seen."""
        ...

    def issued_codes(self, keys: Collection[str]) -> Mapping[str, tuple[str, str | None, datetime]]:
        """``(offer, placement, issued at)`` of those of these keys that are issued unique codes."""
        ...

    def leaks_told(self) -> frozenset[tuple[str, str, str]]:
        """The (offer, code, place) of every leak that people were told of."""
        ...

    def tell_leaks(
        self,
        notice: Notice,
        told: Collection[tuple[str, str, str]],
        deliveries: Sequence[Delivery],
        erasures: int | None = None,
    ) -> None:
        """Notice, marks on what it tells and pending deliveries, in one transaction.

        Raises ``Outdated`` when another process told one of them meanwhile, or something was erased after the log had
        that many ``erasures``.
        """
        ...
