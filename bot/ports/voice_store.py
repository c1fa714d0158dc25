"""What is asked of the store about who is spoken of: stories as they were told, for shares of voice and lifts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol


class ToldStory(NamedTuple):
    """A story about a subject at one source: when it was first told there (aware UTC)."""

    subject: str
    story: str
    source: str
    told_at: datetime


class VoiceStore(Protocol):
    """Stories by others, without their texts."""

    def told_stories(self, subjects: Collection[str], since: datetime, until: datetime) -> tuple[ToldStory, ...]:
        """Stories told in ``[since, until)``, oldest first, one row a subject and source, from scored mentions that
        count and that neither the subject itself made nor anybody took back. Stories of its own are among them where
        others pass them on: those of :meth:`own_stories`.
        """
        ...

    def own_stories(
        self, among: Collection[str] | None = None, *, shared: bool = False
    ) -> Mapping[str, frozenset[str]]:
        """By subject: stories that hold a text of its own, whenever it was said; a repost is not one's own.

        Those in ``among`` if given: asking for all of them reads the whole archive. With ``shared`` only those of
        ``among`` that several mentions tell, which is much quicker where most have one alone.
        """
        ...

    def first_found(self, subjects: Collection[str]) -> Mapping[str, datetime]:
        """When anything that names each subject was first collected; a subject of which nothing was has no entry."""
        ...
