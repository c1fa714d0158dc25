"""Nouns of backups: what a backup says of itself, and what a restore took back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``size`` and ``sha256`` are of the database's bytes; ``counts`` are rows of each table.

    ``steps`` are the names of the schema's steps that the database had taken, oldest first; ``version`` is the Heard
    that made the backup. ``origin`` tells the databases of several installations apart; None: it is not known.
    """

    made_at: datetime
    version: str
    steps: tuple[str, ...]
    size: int
    sha256: str
    counts: Mapping[str, int]
    origin: str | None = None

    @property
    def schema(self) -> int:
        """The schema's number."""
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class Lost:
    """What the replaced database had gathered since the backup; it is in no backup and stays in the replaced file."""

    mentions: int
    redemptions: int
    sent: int


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore that is done: from what, where the replaced database was put, what it knew more (None: unreadable or
    none), and how many deliveries are held because they may have gone out since. ``erased`` is how many items went
    again that were erased since the backup; None where no log says what that was.
    """

    manifest: Manifest
    replaced: Path | None
    lost: Lost | None
    held: int
    erased: int | None
