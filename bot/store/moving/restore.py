"""Putting a backup in the place of the SQLite database: verified first, switched at once, the replaced one kept."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from os import link
from pathlib import Path
from shutil import copyfile, copymode
from urllib.parse import quote

from bot.errors import StoreError
from bot.files import fresh_file, sync_folder
from bot.model.backup import Lost, Manifest, Restored
from bot.model.keeping import Erasure
from bot.store.erasure.erasures import erasure_of
from bot.store.failures import PRIMARY_CODE
from bot.store.migrations import APPLICATION_ID, STEPS
from bot.store.moving.backup import UNTOUCHED, Progress, read_manifest, steps_taken, unpack, writing
from bot.store.sqlite import SqliteStore, open_store
from bot.store.values import stamp

COMPANIONS = ("-wal", "-shm", "-journal")
HELD_REASON = "held since the restore of a backup made at {made_at}: it may have gone out since then"
HOLD = "UPDATE deliveries SET state = 'held', error = ? WHERE state IN ('pending', 'sending', 'in_doubt')"
FREE_TARGETS = "UPDATE targets SET lease_owner = NULL, lease_until = NULL"
REMEMBER = "INSERT INTO keeping (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
COUNTING = {
    "mentions": "SELECT COUNT(*) FROM mentions WHERE collected_at > :since",
    "redemptions": "SELECT COUNT(*) FROM offer_events WHERE kind = 'redeemed' AND at > :since",
    "sent": "SELECT COUNT(*) FROM deliveries WHERE sent_at > :since",
}
"""What a replaced database knows more than the backup that takes its place."""


EraseAgain = Callable[[SqliteStore, Sequence[Erasure]], int]
"""Erases in a store what a log says was erased; how many items that were."""


def restore(
    file: Path,
    database: Path,
    *,
    now: datetime,
    erase: EraseAgain,
    hold: bool = True,
    progress: Progress | None = None,
) -> Restored:
    """Puts the backup in the database's place.

    Refused, as StoreError and with nothing changed: while another process has the database open; a backup that is cut
    off, altered, damaged, of another program or of a newer Heard; a full disk. What was there stays beside it as
    ``….replaced-<time>``. Leases of then are let go. ``hold``: deliveries that waited then are sent by nobody until a
    person says so, because they may have gone out since. ``erase`` is given the restored database before it gets the
    name, with what the log of the present one says: so that nothing erased since comes back, not even for a moment.
    """
    refuse_newer(read_manifest(file), file)
    part = database.with_name(f"{database.name}.restoring")
    with writing(database), alone(database) as held, _own(part):
        manifest = unpack(file, part, progress)
        kept_back = prepare(part, manifest, file, now, hold=hold)
        erased = erase_again(part, _log_of(held, database), erase)
        replaced = _switch(part, database, held, now)
    lost = None if replaced is None else _lost(replaced, manifest.made_at)
    return Restored(manifest, replaced, lost, kept_back, erased)


def _log_of(held: sqlite3.Connection | None, database: Path) -> tuple[Erasure, ...] | None:
    """What the log of the present database says was erased; None where it cannot be read."""
    if held is None:
        return None if database.exists() else ()
    held.row_factory = sqlite3.Row
    try:
        if held.execute("SELECT 1 FROM sqlite_master WHERE name = 'erasures'").fetchone() is None:
            return ()  # of a schema that erased nothing yet
        return tuple(map(erasure_of, held.execute("SELECT * FROM erasures ORDER BY seq")))
    except sqlite3.DatabaseError:
        return None


def erase_again(part: Path, newer: Sequence[Erasure] | None, erase: EraseAgain) -> int | None:
    """Erases in a database that is not in its place yet what was erased since the backup; all ends up in its one file.

    How many items that were; None, and nothing is erased, where no log says. An older schema is brought up to date.
    Raises StoreError.
    """
    try:
        with closing(open_store(part)) as store:
            erased = None if newer is None else erase(store, newer)
            settled = not erased or store.settle_erasure(rewrite=True)
        with closing(sqlite3.connect(part)) as db:
            db.execute("PRAGMA journal_mode = DELETE")
    except (StoreError, sqlite3.Error) as error:
        raise StoreError(f"{error} {UNTOUCHED}") from error
    if not settled:
        raise StoreError(f"what was erased since the backup cannot be taken out of {part}. {UNTOUCHED}")
    return erased


@contextmanager
def _own(part: Path) -> Iterator[None]:
    """An empty file to restore into, for this restore alone; it goes at the end unless it has become the database.

    Raises StoreError while another restore is at work there: where there is no database yet, nothing else keeps two
    apart.
    """
    with suppress(FileExistsError):  # another restore's, or left by one that was killed
        fresh_file(part).close()
    handle = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not _is_ours(handle, part):
            raise StoreError(f"another restore is at work on {part}. {UNTOUCHED}")
        try:
            os.ftruncate(handle, 0)
            yield
        finally:
            for name in ("", *COMPANIONS):
                with suppress(OSError):
                    Path(f"{part}{name}").unlink(missing_ok=True)
    finally:
        os.close(handle)


def _is_ours(handle: int, part: Path) -> bool:
    """Whether the file is locked for this process now, made by this user, and still has its name.

    It may just have become the database.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        opened = os.fstat(handle)
        return opened.st_uid == os.geteuid() and os.path.samestat(opened, part.lstat())
    except (BlockingIOError, FileNotFoundError):
        return False


@contextmanager
def alone(database: Path, then: str = "restore") -> Iterator[sqlite3.Connection | None]:
    """Nobody else has the database open, nor can open it to write. None where there is no file, or it is too damaged.

    ``then``: what is to be done, where that is told.

    Raises StoreError when another process has it open: under write-ahead logging each keeps a shared lock for as long.
    """
    if not database.exists():
        yield None
        return
    address = f"file://{quote(str(database.absolute()))}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=1, isolation_level=None)) as db:
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("BEGIN EXCLUSIVE")
            db.execute("COMMIT")  # the lock stays with this connection
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & PRIMARY_CODE in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StoreError(
                    f"{database} is in use by another process (heard run, worker, web, or a command that is still "
                    f"running). Stop it, then {then}. {UNTOUCHED}"
                ) from error
            yield None
            return
        yield db


def refuse_newer(manifest: Manifest, file: Path) -> None:
    """Raises StoreError for a backup that a newer Heard made."""
    if not set(manifest.steps) <= set(STEPS):
        raise StoreError(
            f"{file} has schema {manifest.schema} ({manifest.steps[-1]}), made by Heard {manifest.version}; this Heard "
            f"knows up to {len(STEPS)} ({STEPS[-1]}). Install that version to restore it. {UNTOUCHED}"
        )


def prepare(part: Path, manifest: Manifest, file: Path, now: datetime, *, hold: bool) -> int:
    """Looks the unpacked database through, and notes in it that it is of then; how many deliveries are held."""
    try:
        with closing(sqlite3.connect(part)) as db:
            (mark,) = db.execute("PRAGMA application_id").fetchone()
            if mark != APPLICATION_ID:
                raise StoreError(f"{file} holds a database of another program. {UNTOUCHED}")
            problems = [row[0] for row in db.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            if problems or steps_taken(db) != manifest.steps:
                raise StoreError(
                    f"{file} holds a damaged database ({'; '.join(problems) or 'its schema'}). {UNTOUCHED}"
                )
            reason = HELD_REASON.format(made_at=stamp(manifest.made_at))
            kept_back = db.execute(HOLD, (reason,)).rowcount if hold else 0
            db.execute(FREE_TARGETS)
            db.executemany(REMEMBER, [("restored_from", stamp(manifest.made_at)), ("restored_at", stamp(now))])
            db.commit()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & PRIMARY_CODE in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise StoreError(f"{part} cannot be written: the disk is full or fails. {UNTOUCHED}") from error
        raise StoreError(f"{file} holds a damaged database ({error}). {UNTOUCHED}") from error
    return kept_back


def _switch(part: Path, database: Path, held: sqlite3.Connection | None, now: datetime) -> Path | None:
    """Gives the new database the name, at one stroke; where the old one is now.

    Before, all that the old one has goes into its one file: a log left behind would be played into the new one.
    """
    if not database.exists():
        part.replace(database)
        sync_folder(database.parent)
        return None
    while (aside := database.with_name(f"{database.name}.replaced-{now:%Y-%m-%dT%H-%M-%SZ}")).exists():
        now += timedelta(seconds=1)  # the one that another restore has just put aside keeps its name
    copymode(database, part)
    if held is None:  # too damaged to be read: its log goes with it
        for name in COMPANIONS:
            with suppress(FileNotFoundError):
                Path(f"{database}{name}").rename(f"{aside}{name}")
    else:
        held.execute("PRAGMA journal_mode = DELETE")
        held.execute("BEGIN EXCLUSIVE")
    try:
        link(database, aside)
    except OSError:  # a file system without links
        copyfile(database, aside)
        copymode(database, aside)
    part.replace(database)
    sync_folder(database.parent)
    return aside


def _lost(replaced: Path, since: datetime) -> Lost | None:
    """What the replaced database knows more than the backup; None where it cannot be read."""
    address = f"file://{quote(str(replaced.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as db:
            found = {
                name: int(db.execute(sql, {"since": stamp(since)}).fetchone()[0]) for name, sql in COUNTING.items()
            }
    except sqlite3.DatabaseError:
        return None
    return Lost(**found)
