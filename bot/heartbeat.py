"""The heartbeat file: how a bot tells, to whoever asks from the same machine, that it is at work.

One small file in the folder for temporary files, of this user and this configuration. It is written after the same beat
was written to the database, so that a database that cannot be written stops it; it is read without any library, because
a container is asked twice a minute.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from bot.foreign import read_foreign_json


@dataclass(frozen=True, slots=True)
class Beat:
    """When the bot was last at work, aware UTC, and which of its tasks should have run again by then."""

    at: datetime
    late: tuple[str, ...] = ()


def place_of(config: Path) -> Path:
    """Where the heartbeat of this configuration lies."""
    mark = sha256(os.fsencode(config.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"heard-{os.getuid()}-{mark}.beat")


def write_beat(config: Path, beat: Beat) -> None:
    """Puts the beat in its place at once, whole. Raises OSError."""
    place = place_of(config)
    # A name that nobody can foresee, moved over whatever stands there: no link that somebody laid is written through.
    handle, part = tempfile.mkstemp(prefix=place.name, dir=place.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"at": beat.at.isoformat(), "late": list(beat.late)}, file)
        os.replace(part, place)  # noqa: PTH105 both are plain names here
    except BaseException:  # whatever ends it, no part stays
        with suppress(OSError):
            os.unlink(part)  # noqa: PTH108 as above
        raise


def read_beat(config: Path) -> Beat | None:
    """The last beat; None where there is none that this user wrote, or none that can be read."""
    try:
        handle = os.open(place_of(config), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, encoding="utf-8") as file:
            if os.fstat(handle).st_uid != os.getuid():
                return None
            told = read_foreign_json(file.read(4096))
        at = datetime.fromisoformat(told["at"])
        return Beat(at, tuple(map(str, told["late"]))) if at.tzinfo is not None else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget_beat(config: Path) -> None:
    """Takes the beat away: a bot that was stopped is not at work. Harmless where there is none."""
    with suppress(OSError):
        place_of(config).unlink(missing_ok=True)
