"""Databases that a restore replaced and put aside: they hold what was erased since, until somebody removes them.
Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.stewardship.retention import in_words

_DAY = timedelta(days=1)
_MEGABYTE = 1_000_000
_WRITTEN = "%Y-%m-%dT%H-%M-%SZ"


@dataclass(frozen=True, slots=True)
class PutAside:
    """One of them: its file, since when it lies there, and its bytes."""

    file: Path
    since: datetime
    size: int

    def line(self, now: datetime, kept: timedelta | None) -> str:
        """What there is to say of it; ``kept``: how long such files are kept, None: until a person removes them."""
        age = max(timedelta(0), now - self.since)
        old = "today" if age < _DAY else f"{in_words(timedelta(days=age.days))} ago"
        size = f"{max(self.size / _MEGABYTE, 0.1):,.1f} MB"
        told = (
            f"{self.file.name} beside the database ({size}, put aside by a restore {old}) holds what was erased since"
        )
        if kept is None:
            return f"{told}. Remove it when you need it no more."
        return f"{told}. It is removed {in_words(kept)} after the restore."


def since_of(name: str, database: str) -> datetime | None:
    """When the file of this name was put aside for that database; None: no restore has named it so."""
    found = re.fullmatch(re.escape(f"{database}.replaced-") + r"(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)", name, re.ASCII)
    try:
        return None if found is None else datetime.strptime(found[1], _WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return None
