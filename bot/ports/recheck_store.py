"""What following deletions asks of the store: when each item is due for a look, and what looks came to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import Target, TargetState
    from bot.model.keeping import Cause
    from bot.model.rechecking import Kept, LookNote, PlatformFollow
    from bot.model.source import Cursor


class RecheckStore(Protocol):
    """Due times, one row an item that is followed; and a state and a lease for each platform."""

    def enrol_rechecks(
        self, platform: str, due: Callable[[Kept], datetime], now: datetime, *, stop: Callable[[], bool] = ...
    ) -> int:
        """Gives a due time to each item of the platform that has none and was not seen by an earlier call; how many.

        ``platform`` is the part of the key before ``:``. Items of the last minutes are seen again by the next call, so
        that none is missed that another process was about to save.
        """
        ...

    def due_rechecks(self, platform: str, now: datetime, far: datetime, limit: int) -> tuple[Kept, ...]:
        """What is due and not in hand, the longest due first; also what a clock that ran ahead dated beyond ``far``."""
        ...

    def in_hand(self, platform: str) -> tuple[Kept, ...]:
        """What was handed in, and is not answered yet."""
        ...

    def take_in_hand(self, platform: str, keys: Collection[str], now: datetime) -> None:
        """Notes what is handed in."""
        ...

    def release_in_hand(self, platform: str) -> None:
        """What was handed in is due as it was before."""
        ...

    def reschedule(self, due: Mapping[str, datetime], now: datetime) -> None:
        """Notes that these keys were looked at now, and when each is due again."""
        ...

    def note_look(self, platform: str, source: str, note: LookNote, now: datetime) -> None:
        """Adds a line to the log of looks; lines are kept for thirteen months."""
        ...

    def lease_recheck(
        self, platform: str, target: Target, owner: str, now: datetime, until: datetime
    ) -> TargetState | None:
        """Takes a platform for ``owner``; None when somebody else has it. A lease twice as far ahead is overtaken."""
        ...

    def keep_recheck(self, platform: str, owner: str, until: datetime, cursor: Cursor | None) -> bool:
        """Renews the lease, and stores the cursor unless it is None; False when it is ``owner``'s no more."""
        ...

    def finish_recheck(self, platform: str, owner: str, state: TargetState) -> None:
        """Writes the platform's new state and gives the lease back."""
        ...

    def recheck_states(self) -> Mapping[str, TargetState]:
        """The state of each platform that was ever asked."""
        ...

    def why_gone(self, key: str) -> tuple[Cause, datetime] | None:
        """Why an item's words are gone, and since when; None where they are there, or nothing is known of it."""
        ...

    def following(self, platforms: Collection[str], now: datetime) -> tuple[PlatformFollow, ...]:
        """How following stands with each of these platforms."""
        ...
