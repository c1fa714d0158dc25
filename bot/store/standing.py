"""Whether the database file is still the one that was opened, and its schema one that this program knows.

A process runs for months. Meanwhile a newer Heard may move the schema on, or somebody may put another file in the place
of the database: what is written in the old way then, or into a file that has no name any more, is harm or loss.
"""

from __future__ import annotations

import os

from sqlite_utils import Database

from bot.errors import Overtaken
from bot.store.migrations import STEPS, migrations


class Standing:
    """Looks once a transaction that writes; that costs a few microseconds."""

    def __init__(self, path: str, file: str) -> None:
        self._path = path
        self._file = file
        self._opened: tuple[int, int] | None = None
        self._known_version: int | None = None

    def opened(self) -> None:
        """The file was opened by its name just now. Raises Overtaken when it is another than before."""
        now = self._identity()
        if self._opened is None:
            self._opened = now
        elif now != self._opened:
            raise self._replaced(now)

    def look(self, db: Database) -> None:
        """Raises Overtaken when the file was removed or replaced, or a newer Heard has changed its schema."""
        now = self._identity()
        if now != self._opened:
            raise self._replaced(now)
        (version,) = db.conn.execute("PRAGMA schema_version").fetchone()
        if version == self._known_version:
            return
        taken = [step.name for step in migrations.applied(db)]
        if not set(taken) <= set(STEPS):
            raise Overtaken(
                f"{self._path} was brought to schema {len(taken)} ({taken[-1]}) by a newer Heard while this one ran, which "
                f"knows up to {len(STEPS)}. Nothing more is written in the old way: start the newer version here too."
            )
        self._known_version = version

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._file)  # noqa: PTH116 asked at every write
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _replaced(self, now: tuple[int, int] | None) -> Overtaken:
        what = "was removed" if now is None else "was replaced by another file"
        return Overtaken(
            f"{self._path} {what} while Heard ran. Nothing more is written: start Heard anew, "
            "and it takes the file that is there then."
        )
