"""How it is told: windows, digests and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from bot.model.source import Interval

LONGEST_WAIT = timedelta(days=2)
"""No delivery waits longer for its next attempt or its sender: what is dated later was dated by a clock that ran
ahead.
"""
LATE_WITHIN = timedelta(days=14)
"""How long before a window something may have been said and still be told late; what is older is an archive."""


class Audience(StrEnum):
    """Whom a digest is written for."""

    PR = "pr"
    COMMUNITY = "community"
    OPERATIONS = "operations"
    EXECUTIVE = "executive"


class Period(StrEnum):
    """How long a digest's window is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Window:
    """A digest's half-open window ``[start, end)`` of local days; ``timezone`` is an IANA name, bounds aware UTC."""

    start: datetime
    end: datetime
    timezone: str

    @property
    def interval(self) -> Interval:
        """The window as a plain interval."""
        return Interval(self.start, self.end)


@dataclass(frozen=True, slots=True)
class ToneCount:
    """Stories by others in a stretch of time, by tone; ``unknown`` have none. ``looked`` is False where a source was
    not looked at throughout: what is counted then is a part, and none may mean anything.
    """

    stretch: Interval
    negative: int = 0
    neutral: int = 0
    positive: int = 0
    unknown: int = 0
    looked: bool = True

    @property
    def stories(self) -> int:
        """All of them."""
        return self.negative + self.neutral + self.positive + self.unknown


@dataclass(frozen=True, slots=True)
class Report:
    """A configured digest: who gets what, how often. ``at`` is local time; ``days`` are weekdays, Monday 0."""

    id: str
    audience: Audience
    period: Period = Period.DAY
    at: time = time(8, 0)
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    channels: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    when_empty: str = "send"


@dataclass(frozen=True, slots=True)
class Digest:
    """A composed digest: ``body`` is the JSON that every form is rendered from, so that all forms say the same."""

    id: str
    report: str
    audience: Audience
    window: Window
    subject_line: str
    body: Mapping[str, Any]
    created_at: datetime
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A configured way out: ``kind`` names the notifier, ``options`` are its own.

    ``otherwise`` is the channel that takes what this one could not deliver in the end.
    """

    id: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    otherwise: str | None = None


class DeliveryState(StrEnum):
    """Where a delivery stands. ``in_doubt``: died between sending and the answer; sent once more, same id.

    ``held``: a restored backup does not know whether it went out since; it goes out when a person says so.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    IN_DOUBT = "in_doubt"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One digest, or one notice, to one recipient by one channel.

    ``key`` (the Message-ID's local part) never changes. ``digest`` is empty where ``notice`` names what is delivered.
    ``instead`` says, for people, why it comes by this channel, where another one failed.
    """

    id: str
    digest: str
    channel: str
    recipient: str
    key: str
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None
    notice: str | None = None
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery, as the log keeps it: how the delivery stood after it, and what went wrong."""

    at: datetime
    state: DeliveryState
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart of a letter: the HTML names it as ``cid:<name>``; ``alt`` says in words what it shows. Sizes are in
    pixels as shown; ``png`` may have twice as many.
    """

    name: str
    png: bytes
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What a notifier is handed: a digest's or notice's finished forms, and the stable key receivers de-duplicate by.

    ``machine`` is the JSON that programs of others may have: without the texts of X posts. ``page`` is the address of
    the digest on the web, where there is one; ``note`` says why it comes by this channel, where another one failed, and
    stands in text and HTML already.
    """

    key: str
    recipient: str
    subject_line: str
    text: str
    html: str
    json: str
    report: str
    created_at: datetime
    window: Window
    pictures: tuple[Picture, ...] = ()
    machine: str = ""
    page: str | None = None
    note: str = ""
