"""What is asked of the store about alerts: what days brought, what was raised, and what was told of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import Delivery, Notice
    from bot.model.alert import Alert, DayTold
    from bot.ports.tally_store import LocalDay


class AlertStore(Protocol):
    """Alerts and what they are judged by."""

    def days_told(self, subject: str, days: Sequence[LocalDay], confidence: float) -> tuple[DayTold, ...]:
        """What others said of a subject on each of these days (one after the other), empty ones included.

        What was judged irrelevant, what the subject says itself and stories that hold its own text are left out. A
        story counts on each day on which it is told; ``confidence`` is the least of what goes against a message.
        """
        ...

    def told_by_source(self, subject: str, since: datetime, until: datetime) -> Mapping[str, int]:
        """How many mentions each source brought in the interval."""
        ...

    def raise_alert(self, alert: Alert, erasures: int | None = None) -> Alert:
        """Keeps an alert; one of the same rule, subject and event is brought up to date. What was told of it stays.

        Raises ``Outdated`` where what it tells was erased after the log had that many ``erasures``.
        """
        ...

    def alerts(
        self, *, since: datetime | None = None, until: datetime | None = None, rule: str | None = None,
        limit: int | None = None,
    ) -> tuple[Alert, ...]:  # fmt: skip
        """Alerts raised in the interval, newest first."""
        ...

    def alert(self, alert_id: str) -> Alert | None:
        """One alert by id."""
        ...

    def last_told(self, rule: str, subject: str) -> datetime | None:
        """When people were told last of that rule and subject, however long ago."""
        ...

    def tell_alerts(
        self,
        notice: Notice,
        alerts: Sequence[Alert],
        deliveries: Sequence[Delivery],
        last_told: datetime | None,
        leaks: Collection[tuple[str, str, str]] = (),
        erasures: int | None = None,
    ) -> None:
        """Notice, pending deliveries, marks on the alerts (and leaks' (offer, code, place)) it tells: one transaction.

        The alerts are of one rule and subject, of which people were told last at ``last_told``. Raises ``Outdated``
        when another process told something of it meanwhile, or something was erased after the log had that many
        ``erasures``.
        """
        ...
