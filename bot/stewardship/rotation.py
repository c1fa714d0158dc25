"""How backups in a folder are named, and which of them are old enough to go."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

SUFFIX = ".backup"
_NAME = re.compile(r"heard-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z\.backup")


def backup_name(now: datetime) -> str:
    """The name of a backup that is made now; names sort by time."""
    return f"heard-{now.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}{SUFFIX}"


def is_backup_name(name: str) -> bool:
    """Whether a backup may have been given this name; what has another was put there by somebody."""
    return _NAME.fullmatch(name) is not None


def beyond(names: Iterable[str], keep: int, made: str) -> tuple[str, ...]:
    """Of the backups' names, those beyond the newest ``keep`` (1 or more) up to the one just ``made``, oldest first.

    Names of a later time are of a clock that ran ahead: they neither go nor count, or the one just made would go for
    them.
    """
    ours = sorted(name for name in names if name <= made)
    return tuple(ours[: max(0, len(ours) - keep)])
