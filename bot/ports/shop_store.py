"""What taking shops' orders asks of the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import DeliveryOutcome, KnownOrder, OrderCode, OrderPlan


class ShopStore(Protocol):
    """Deliveries and the orders that they tell of."""

    def has_delivery(self, shop: str, delivery: str) -> bool:
        """Whether this delivery was taken before."""
        ...

    def take_delivery(
        self,
        shop: str,
        delivery: str,
        order: str,
        plan: Callable[[KnownOrder], OrderPlan],
        now: datetime,
        forget: datetime,
    ) -> DeliveryOutcome:
        """Writes the delivery and what ``plan`` makes of its order, in one transaction that survives a power cut.

        A delivery that was taken before is SEEN and changes nothing. Deliveries, and orders that never had a code of
        ours, that came before ``forget`` are forgotten.
        """
        ...

    def unsettled(self, limit: int) -> tuple[OrderCode, ...]:
        """Codes of orders of which the ledger does not say yet what is wanted; oldest first."""
        ...

    def note_settled(self, code: OrderCode) -> None:
        """The ledger was asked, and says of this code what ``code.wanted`` says.

        The row counts as settled if that is still what is wanted.
        """
        ...
