"""Backups of a SQLite database: one file, a ZIP archive of the database and a manifest that proves it whole.

Any tool reads it in need; the manifest's SHA-256 and ZIP's own checksums find whatever was cut off or altered by
accident. It holds the database alone: no configuration, no secret of ``secrets.env``.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.errors import StoreError
from bot.files import fresh_file, sync_folder
from bot.foreign import read_foreign_json
from bot.model.backup import Manifest
from bot.store.failures import BUSY_SECONDS, explained
from bot.store.migrations import APPLICATION_ID, TABLES

MANIFEST, DATABASE = "manifest.json", "heard.db"
FORMAT = 1
PARTS = (".copy", ".part")
"""How the names of unfinished files end: the copy of the database, and the backup that is packed of it."""
PAGES = 2_048
"""Pages that are copied between two looks at the progress: 8 MB."""
CHUNK = 2**20
LONGEST_MANIFEST = 2**20
LEVEL = 1
"""zlib's quickest: a database of texts shrinks to about a third, and a higher level gains little for thrice the
time.
"""

NOT_WRITTEN = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
}
"""What SQLite says of a file that it could not write: of the two, the copy."""

Progress = Callable[[int, int], None]
"""Is told how many bytes are done, and of how many."""
Copier = Callable[[str | Path, Path, Progress | None], None]
"""Copies one moment's state of a database into a SQLite file that is to be made."""


def back_up(
    database: str | Path, target: Path, *, made_at: datetime, version: str, progress: Progress | None = None,
    copier: Copier | None = None,
) -> Manifest:  # fmt: skip
    """Writes a backup of one moment of the database while others go on using it.

    ``copier`` makes the SQLite file of a database that is none itself.

    It appears under its name, for this user alone, only when it is whole and on the disk; an older file of that name is
    replaced then. Raises StoreError when the database is damaged or is no database of Heard, and when the backup cannot
    be written: nothing is left behind then.
    """
    copy, part = (target.with_name(f"{target.name}{end}") for end in PARTS)
    try:
        with writing(target):
            for file in (copy, part):
                file.unlink(missing_ok=True)
                fresh_file(file).close()
            (copier or copy_database)(database, copy, progress)
            manifest = _pack(copy, part, _manifest_of(copy, made_at, version))
            part.replace(target)
            sync_folder(target.parent)
            return manifest
    finally:
        for file in (copy, part):
            with suppress(OSError):
                file.unlink(missing_ok=True)


def copy_database(database: str | Path, copy: Path, progress: Progress | None = None) -> None:
    """Copies one moment's state, whole in one file. Raises StoreError, for a damaged database too."""
    path = os.path.abspath(database)  # noqa: PTH100 links are left alone
    with (
        explained(str(database)),
        _told_of_copy(),
        closing(sqlite3.connect(f"file://{quote(path)}?mode=rw", uri=True, timeout=BUSY_SECONDS)) as source,
        closing(sqlite3.connect(copy)) as into,
    ):
        source.isolation_level = None
        # An open look at one state: else each write by another would make the copying begin anew.
        source.execute("BEGIN")
        mark = source.execute("PRAGMA application_id").fetchone()[0]
        tables = source.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        if mark != APPLICATION_ID or not tables:
            raise StoreError(
                f"{database} is no database of Heard; see that the setting 'database' names the right file."
            )
        size = source.execute("PRAGMA page_size").fetchone()[0]

        def tell(_status: int, left: int, total: int) -> None:
            if progress is not None:
                progress((total - left) * size, total * size)

        source.backup(into, pages=PAGES, progress=tell)
        into.execute("PRAGMA journal_mode = DELETE")  # one file by itself, with nothing beside it
        refuse_damaged(into, str(database))


@contextmanager
def _told_of_copy() -> Iterator[None]:
    """Raises OSError where it is the copy that has no room, so that nobody looks at the disk of the database."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in NOT_WRITTEN:
            raise
        number = errno.ENOSPC if error.sqlite_errorcode == sqlite3.SQLITE_FULL else errno.EIO
        raise OSError(number, os.strerror(number)) from error


def refuse_damaged(db: sqlite3.Connection, path: str) -> None:
    """Raises StoreError for a database whose pages do not fit together."""
    found = [str(row[0]) for row in db.execute("PRAGMA quick_check(3)") if row[0] != "ok"]
    if found:
        raise StoreError(
            f"{path} is damaged ({'; '.join(found)}). Keep a copy of it, and restore the last good backup."
        )


def read_manifest(file: Path) -> Manifest:
    """What a backup says of itself. Raises StoreError, in words for people, for whatever is none or is cut off."""
    with reading(file) as archive:
        return _read_manifest(archive, file)


def unpack(file: Path, target: Path, progress: Progress | None = None) -> Manifest:
    """Writes a backup's database to ``target`` and holds it against the manifest.

    Raises StoreError when so much as a byte differs; what was written until then is the caller's to remove.
    """
    with reading(file) as archive:
        manifest = _read_manifest(archive, file)
        seen, done = hashlib.sha256(), 0
        with archive.open(DATABASE) as packed, target.open("r+b") as out:
            while chunk := packed.read(CHUNK):
                done += len(chunk)
                if done > manifest.size:
                    break
                seen.update(chunk)
                out.write(chunk)
                if progress is not None:
                    progress(done, manifest.size)
            out.flush()
            os.fsync(out.fileno())
    if done != manifest.size or seen.hexdigest() != manifest.sha256:
        raise StoreError(f"{file} is not as it was made: its database does not match its manifest. {UNTOUCHED}")
    return manifest


UNTOUCHED = "Nothing was changed."


@contextmanager
def reading(file: Path) -> Iterator[zipfile.ZipFile]:
    """An open backup; whatever is wrong with the file, met at any point, as StoreError."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except FileNotFoundError as error:
        raise StoreError(f"{file}: there is no such file. {UNTOUCHED}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError) as error:
        # What zipfile raises for bytes that are no archive, damaged, packed or locked in a way it lacks, or without a
        # part.
        raise StoreError(_what_it_is(file)) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise StoreError(f"{file} cannot be read: {error.strerror or error}. {UNTOUCHED}") from error


def _what_it_is(file: Path) -> str:
    with file.open("rb") as opened:
        head = opened.read(16)
    if not head:
        return f"{file} is empty. {UNTOUCHED}"
    if head == b"SQLite format 3\0":
        return (
            f"{file} is a bare SQLite file, without the manifest of a backup, so nothing tells whether it is whole. "
            f"{UNTOUCHED}"
        )
    if head.startswith(b"PK"):
        return f"{file} is cut off or altered, or another program made it. {UNTOUCHED}"
    return f"{file} is no backup of Heard. {UNTOUCHED}"


def _read_manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    with archive.open(MANIFEST) as packed:
        text = packed.read(LONGEST_MANIFEST + 1)
    try:
        told: dict[str, Any] = read_foreign_json(text)
        if told["format"] != FORMAT:
            raise StoreError(f"{file} was made by a newer Heard; restore it with that version. {UNTOUCHED}")
        return Manifest(
            made_at=datetime.fromisoformat(told["made_at"]),
            version=str(told["version"]),
            steps=tuple(map(str, told["steps"])),
            size=int(told["size"]),
            sha256=str(told["sha256"]),
            counts={str(table): int(count) for table, count in told["counts"].items()},
            origin=told.get("origin"),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"{file} is no backup of Heard: its manifest makes no sense. {UNTOUCHED}") from error


def _manifest_of(copy: Path, made_at: datetime, version: str) -> Manifest:
    """All but the hash, which comes as the bytes are packed."""
    with closing(sqlite3.connect(copy)) as db:
        there = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = {
            table: int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608 names of our own
            for table in TABLES
            if table in there
        }
        origin = _origin_of(db) if "keeping" in there else None
        return Manifest(made_at, version, steps_taken(db), copy.stat().st_size, "", counts, origin)


def _origin_of(db: sqlite3.Connection) -> str | None:
    """A fingerprint of what each database has of its own from its first day, its salt."""
    salt = db.execute("SELECT value FROM keeping WHERE name = 'salt'").fetchone()
    return None if salt is None else hashlib.sha256(f"origin:{salt[0]}".encode()).hexdigest()[:16]


def steps_taken(db: sqlite3.Connection) -> tuple[str, ...]:
    """The names of the schema's steps that a database has taken, oldest first."""
    rows = db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'heard' ORDER BY name")
    return tuple(str(row[0]) for row in rows)


def _pack(copy: Path, part: Path, manifest: Manifest) -> Manifest:
    seen = hashlib.sha256()
    with part.open("r+b") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            with copy.open("rb") as database, archive.open(DATABASE, "w", force_zip64=True) as packed:
                while chunk := database.read(CHUNK):
                    seen.update(chunk)
                    packed.write(chunk)
            told = {
                "format": FORMAT,
                "made_at": manifest.made_at.isoformat(),
                "version": manifest.version,
                "schema": manifest.schema,
                "steps": manifest.steps,
                "size": manifest.size,
                "sha256": seen.hexdigest(),
                "counts": dict(manifest.counts),
                "origin": manifest.origin,
            }
            archive.writestr(MANIFEST, json.dumps(told, indent=1))
        out.flush()
        os.fsync(out.fileno())
    return replace(manifest, sha256=seen.hexdigest())


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """What the disk refuses, as StoreError."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreError(
                f"{target} cannot be written: its disk is full. {UNTOUCHED} Free some space there and try again; the "
                "database has to fit beside it for a moment, unpacked."
            ) from error
        raise StoreError(f"{target} cannot be written: {error.strerror or error}. {UNTOUCHED}") from error
