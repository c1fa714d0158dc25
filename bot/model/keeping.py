"""Nouns of stewardship: why something is forgotten, how much of it went, and the log that remembers only that it
did.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Cause(StrEnum):
    """Why something is forgotten: its platform or author removed it, its time is up, or a person asked."""

    UPSTREAM = "upstream"
    RETENTION = "retention"
    REQUEST = "request"


GONE: Mapping[Cause, str] = {
    Cause.UPSTREAM: "removed at source",
    Cause.RETENTION: "no longer kept",
    Cause.REQUEST: "removed on request",
}
"""What stands where the words were, in digests that were sent and alerts that were raised."""


class Held(StrEnum):
    """What was erased: an item's words, its author alone, or the numbers of old mentions."""

    WORDS = "words"
    AUTHORS = "authors"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long words, authors and numbers are kept; None is for ever. ``pseudonymise``: authors never are.
    ``replaced``: how long a database that a restore replaced stays beside the new one.

    Everything is counted from when it was collected, which is the same on every platform and never missing.
    """

    text: timedelta | None = None
    authors: timedelta | None = None
    rollups: timedelta | None = None
    pseudonymise: bool = False
    replaced: timedelta | None = None

    def kept(self, what: Held) -> timedelta | None:
        """How long that is kept."""
        authors = timedelta(0) if self.pseudonymise else self.authors
        return {Held.WORDS: self.text, Held.AUTHORS: authors, Held.NUMBERS: self.rollups}[what]

    def before(self, what: Held, now: datetime) -> datetime | None:
        """What was collected before then is due; None: nothing ever is."""
        kept = self.kept(what)
        return None if kept is None else now - kept


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Which time it is for retention: the clock's last confirmed reading, and one far ahead that is not yet."""

    confirmed: datetime
    doubted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much one erasure concerned. ``digests`` and ``exports`` are those kept here that had told it."""

    items: int = 0
    mentions: int = 0
    digests: int = 0
    exports: int = 0

    def __add__(self, other: Forgotten) -> Forgotten:
        """Both together."""
        return Forgotten(
            self.items + other.items,
            self.mentions + other.mentions,
            self.digests + other.digests,
            self.exports + other.exports,
        )


@dataclass(frozen=True, slots=True)
class Erasure:
    """A line of the audit log: one erasure's items of one source. It holds nothing of what was erased.

    ``who`` is a person's name or the job's. ``noticed_at``: when the cause became known, or the earliest time of these
    items was up. ``marks`` are keyed hashes of the items' keys, which only this database can make. ``seal`` is a
    SHA-256 over everything else in the line, of which ``before``, the seal of the line before, is a part.
    """

    seq: int
    who: str
    cause: Cause
    what: Held
    source: str
    noticed_at: datetime
    erased_at: datetime
    forgotten: Forgotten
    marks: tuple[str, ...]
    before: str = ""
    seal: str = ""

    @property
    def lag(self) -> timedelta:
        """How long from the notice to the erasure; never less than nothing, whatever clocks said."""
        return max(timedelta(0), self.erased_at - self.noticed_at)

    def sealed(self) -> str:
        """The seal that belongs under this line."""
        told = [
            *(self.seq, self.who, self.cause.value, self.what.value, self.source),
            *(
                moment.astimezone(UTC).isoformat(timespec="microseconds")
                for moment in (self.noticed_at, self.erased_at)
            ),
            *(self.forgotten.items, self.forgotten.mentions, self.forgotten.digests, self.forgotten.exports),
            *(list(self.marks), self.before),
        ]
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class HeldOf:
    """What is held of one platform: items with words, of those with an author, and since when the oldest is here."""

    platform: str
    items: int
    words: int
    authors: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks to have forgotten; every part that is given must hold. ``before`` is the time of collection.

    ``author`` is a handle, with or without ``@``, an id, an address or a name, compared without regard to case.
    ``part`` is a part of the address, in small letters.
    """

    author: str | None = None
    url: str | None = None
    before: datetime | None = None
    subject: str | None = None
    source: str | None = None
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Of what would be forgotten, one item: enough to see that it is meant, not enough to read it."""

    key: str
    source: str
    outlet: str
    collected_at: datetime
    author: str
    text: str
    url: str | None = None
