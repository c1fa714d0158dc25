"""What people are told between digests: that a source broke or recovered, that a code was seen where it does not
belong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.model.source import State, Target


class NoticeKind(StrEnum):
    """What a notice says."""

    BROKE = "broke"
    RECOVERED = "recovered"
    LEAK = "leak"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Incident:
    """One target's trouble, from the first bad poll until people were told that it is over. Times are aware UTC.

    ``well_since`` is set while it is well again; ``relapses`` counts how often it broke again before that was told, or
    soon after. ``told`` and ``recovered`` are the ids of the notices that said so. ``state`` is the trouble's;
    ``present`` and ``next_poll_at`` are the target's now.
    """

    id: int
    target: Target
    state: State
    began: datetime
    error: str | None = None
    failures: int = 0
    well_since: datetime | None = None
    relapses: int = 0
    told: str | None = None
    recovered: str | None = None
    present: State = State.NEW
    next_poll_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice; ``body`` is what every form is made from.

    ``source`` is the source (of a leak: the offer; of an alert: its rule) that it is about, ``incidents`` what it tells
    of a source.
    """

    id: str
    kind: NoticeKind
    source: str
    subject_line: str
    body: Mapping[str, Any]
    created_at: datetime
    incidents: tuple[int, ...] = ()
