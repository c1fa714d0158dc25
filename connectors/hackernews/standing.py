"""Whether stories and comments still stand, by asking the site itself for each: free, and a few at a time.

``deleted`` is the author's (or the site's, for the author) taking back: that goes. ``dead`` is not: moderators or flags
have hidden it from most readers, who may still choose to see it. An item that the site says nothing about (null) is
asked again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.errors import SourceError
from bot.model import FREE, Allowance, Cost
from bot.model.rechecking import Gone, Look
from bot.ports import Clock
from connectors.hackernews.api import ItemsApi
from connectors.hackernews.normalise import is_key

PLATFORM = "hn"
STEP = 20
"""Items whose answers are saved together: few enough that what is asked slowly does not outlive a worker's hold."""
REST = timedelta(minutes=10)
"""How long the site is left alone after so many questions as one round may ask."""
WHAT = "still standing"
ASKED = (
    "the site is asked about each: what is deleted; what is dead (flagged, or killed by moderators) is not taken back and "
    "stays, and edits are not seen once the overlap has passed"
)
NOT_ASKED = (
    "nobody is asked (follow_deletions = false): neither deletions nor edits are seen once the overlap has passed"
)


class Standing:
    """Asks for items by their numbers, ``most`` a round, within what the source may read."""

    def __init__(self, api: ItemsApi, clock: Clock, most: int) -> None:
        self._api, self._clock = api, clock
        self.most = most
        self.notices = ASKED if most else NOT_ASKED

    def recheck(self, keys: Sequence[str], allowance: Allowance) -> Iterator[Look]:
        """What of ``keys`` still stands, a few a step. Raises SourceError kinds, and BudgetSpent if no read is left."""
        if strange := tuple(key for key in keys if not is_key(key)):
            yield Look(looked=strange)
        left = [key for key in keys if is_key(key)][: self.most]
        while left:
            step = self._set_aside(left[:STEP], allowance)
            left = left[len(step) :]
            yield from self._ask(step, allowance, rests=not left and len(keys) >= self.most)

    def _set_aside(self, keys: Sequence[str], allowance: Allowance) -> Sequence[str]:
        """As many of these as the budget holds, written down before they are asked. Raises BudgetSpent."""
        purse = allowance.purse
        if allowance.reads is None or purse is None:
            return keys
        asked = keys[: max(1, purse.left().reads or 0)]
        purse.set_aside(Cost(reads=len(asked)), WHAT)
        return asked

    def _ask(self, keys: Sequence[str], allowance: Allowance, *, rests: bool) -> Iterator[Look]:
        """One step; what was answered before something went wrong is yielded before that is raised."""
        looked: list[str] = []
        gone: list[Gone] = []
        fault: SourceError | None = None
        for key in keys:
            try:
                said = self._api.item(key.removeprefix(f"{PLATFORM}:"), self._clock.now())
            except SourceError as error:
                fault = error
                break
            looked.append(key)
            if said is not None and said.get("deleted") is True:
                gone.append(Gone(key, "deleted"))
        if looked:
            rest = REST if rests and fault is None else None
            yield Look(tuple(looked), tuple(gone), cost=Cost(reads=len(looked)), come_back_after=rest)
        elif allowance.reads is not None and allowance.purse is not None:
            allowance.purse.set_aside(FREE)
        if fault is not None:
            raise fault
