"""What stewardship asks of the store: to forget, and to remember only that it did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.model.keeping import Cause, Erasure, Forgotten, HeldOf, Reckoning, Sample, Wanted

if TYPE_CHECKING:
    from bot.model import Delivery, Digest, Notice

Place = tuple[str, int]
"""Where a walk through the items goes on."""


class KeepingStore(Protocol):
    """Erasure, what is due, what is held, and the log of what was erased."""

    def forget_items(
        self,
        keys: Sequence[str],
        *,
        cause: Cause,
        noticed_at: datetime,
        now: datetime,
        under: Sequence[str] = (),
        who: str = "heard",
    ) -> Forgotten:
        """Erases these items, and all whose keys begin with one of ``under``, wherever the store holds their words.

        Text, title, quotes, spans, author, link, matches: in the items, their scores, in stored digests and notices.
        Numbers without personal data stay; of those whose time is up (Cause.RETENTION) so do the scores. One
        transaction with its line in the audit log; harmless when repeated. ``noticed_at`` is when the cause became
        known, ``who`` the person that asked; unknown keys leave no trace.
        """
        ...

    def hide_authors(self, but: Collection[str]) -> None:
        """From now on keeps pseudonyms in place of authors, but for those of these handles."""
        ...

    def words_due(self, before: datetime, limit: int) -> tuple[tuple[str, datetime], ...]:
        """Keys of items with words that were collected before then, with when that was; the oldest first."""
        ...

    def forget_authors(
        self, before: datetime, known: frozenset[str], now: datetime, limit: int, after: Place | None = None
    ) -> tuple[Forgotten, Place | None]:
        """Puts pseudonyms in place of the authors of items collected before then, but for those ``known`` by handle.

        At most ``limit`` items that follow ``after``; where to go on, None when there are no more.
        """
        ...

    def forget_numbers(self, before: datetime, now: datetime, limit: int) -> Forgotten:
        """Deletes the mentions, scores and figures of items without words that were collected before then."""
        ...

    def reckoning(self) -> Reckoning | None:
        """The time that retention goes by; None before the first look."""
        ...

    def keep_reckoning(self, reckoning: Reckoning) -> None:
        """Writes it down."""
        ...

    def asked_for(self, wanted: Wanted, after: int, limit: int) -> tuple[tuple[int, Sample], ...]:
        """Items that a person wants forgotten, each with its place in the order; ``after`` is where to go on."""
        ...

    def marked(self, marks: Collection[str]) -> Mapping[str, str]:
        """Keys of the items with words that the log knows by these marks, each under its mark."""
        ...

    def keep_out(self, line: Erasure, marks: Sequence[str]) -> None:
        """From now on keeps out what these marks of a line of a newer database's log stand for; the log gets that line.

        It counts no items. What is read of them later counts as known, as what was forgotten for good does.
        """
        ...

    def erasures(self) -> Iterator[Erasure]:
        """Every line of the log, the oldest first."""
        ...

    def erasures_known(self) -> int:
        """How many lines the log has."""
        ...

    def last_erasure(self) -> Erasure | None:
        """The last line of the log."""
        ...

    def holdings(self) -> tuple[HeldOf, ...]:
        """What is held of each source."""
        ...

    def stale(self) -> tuple[tuple[Digest | Notice, tuple[Delivery, ...]], ...]:
        """Digests and notices that an erasure changed, with their deliveries: channels may keep copies as they were."""
        ...

    def fresh_again(self, told: Digest | Notice) -> None:
        """Notes that no copy of it, as it is now, is left as it was."""
        ...

    def settle_erasure(self, stop: Callable[[], bool] = ..., *, rewrite: bool = False) -> bool:
        """Removes what erasures left in places that no statement reaches; False: something was in the way, call again.

        ``rewrite``: also what only writing everything anew removes, which holds writers up meanwhile.
        """
        ...
