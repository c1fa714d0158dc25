"""Files that hold other people's words or secrets: for this user alone, whole or not at all, and where they were meant.

A new file is made by its own name only (``O_EXCL``) and never through a link (``O_NOFOLLOW``): in a folder that others
may write into, nobody leads what is written elsewhere, or reads it through a file that they made first.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700


def fresh_file(path: Path, mode: int = PRIVATE) -> BinaryIO:
    """Makes a file that is not there yet and opens it to write, with these rights whatever the umask.

    Raises FileExistsError where anything has that name, a link too, and OSError.
    """
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    try:
        os.fchmod(number, mode)
        return os.fdopen(number, "wb")
    except BaseException:  # whatever ends it, no file is left open; it goes on upwards
        os.close(number)
        raise


def make_folder(path: Path, mode: int = PRIVATE_FOLDER) -> None:
    """Makes a folder with these rights whatever the umask, and those above it; one that is there is left as it is."""
    if path.is_dir():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(exist_ok=True)
    path.chmod(mode)


def sync_folder(folder: Path) -> None:
    """Makes a name in a folder survive a power cut: a rename lasts once its folder is on the disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Gives a name to write to, beside ``path``; it takes the place of ``path`` when all went well.

    A new file is private: what it holds is other people's words. Raises OSError where the folder cannot be written.
    """
    path = path.resolve()  # a link stays one
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
            temporary = Path(part.name)
    except OSError as error:
        error.filename = str(path)  # people know this name, and not the temporary one
        raise
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:  # whatever ends it, no part of a file is left behind; it goes on upwards
        temporary.unlink(missing_ok=True)
        raise
