"""What is asked of the store about figures: a platform's at set ages, and those that others measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import Item, Known, Mention, Observation, Score


class FigureStore(Protocol):
    """Snapshots of what platforms say, written with the items, and observations, which people bring."""

    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        """The items of these keys that are kept, each with its snapshots and its last measured views."""
        ...

    def standing_scores(self, mentions: Sequence[str]) -> Mapping[str, Score]:
        """Scores of these mentions that stand although they wait: only figures of theirs changed."""
        ...

    def measured_mentions(self, since: datetime, until: datetime) -> tuple[tuple[Mention, Known], ...]:
        """Mentions whose items may be trained on and whose views were measured and brought in the interval."""
        ...

    def items_named(self, names: Sequence[str]) -> Mapping[str, tuple[Item, ...]]:
        """The items that go by a name: a mention's id, an item's key or its address."""
        ...

    def add_observations(self, observations: Sequence[Observation]) -> tuple[int, int]:
        """Appends observations; how many were new, and how many of those correct an earlier one.

        One that is there already with the same figure is not written again. The mentions of the items that they speak
        of get their reach anew.
        """
        ...

    def observations(self, subject: str | None = None, metric: str | None = None) -> tuple[Observation, ...]:
        """Observations that were not superseded, in the order in which they came."""
        ...
