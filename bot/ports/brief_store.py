"""What is asked of the store where rates are worked out over weeks: who said what of whom, without a word of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import Mention, ScoredMention


class BriefStore(Protocol):
    """Scored mentions without their words."""

    def briefly(
        self, subjects: Collection[str], since: datetime, until: datetime | None = None
    ) -> tuple[ScoredMention, ...]:
        """The scored mentions about these subjects that count, told in ``[since, until)``, newest first: those that
        :meth:`bot.ports.ReadStore.mentions` gives.

        Titles, texts, addresses, links, figures, matches, spans, quotes and reasons are empty, whatever they are in the
        store, and factors where nobody labelled the mention: what is left is what rates are counted from.
        """
        ...

    def listed_briefly(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        among: Collection[str] | None = None,
        **filters: str | None,
    ) -> Iterator[ScoredMention | Mention]:
        """What :meth:`bot.ports.ReadStore.mentions` gives for the same filters (but no search), or those of it whose
        ids are in ``among``, without the same words.
        """
        ...

    def count_without_score(self, subjects: Collection[str], since: datetime, until: datetime) -> int:
        """How many mentions about these subjects that count, told in ``[since, until)``, have no score; what its author
        took back is not waited for.
        """
        ...

    def copies(self, stories: Collection[str]) -> Mapping[tuple[str, str], int]:
        """By subject and story: how many mentions tell it, of those that count; a story without any has no entry."""
        ...
