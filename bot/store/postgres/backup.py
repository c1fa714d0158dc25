"""Backup and restore of a PostgreSQL schema: the same file as of a SQLite database, read and written row by row.

So a backup can be restored to either database, needs none of the server's programs, and is checked by the same
manifest. It is taken from one snapshot while others go on writing. A restore is one transaction, the removal of what
was there included: killed at any point, the old rows or the new ones are there, all of them.
"""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.errors import StoreError
from bot.files import fresh_file
from bot.model.backup import Lost, Restored
from bot.model.keeping import Erasure
from bot.store.moving.backup import UNTOUCHED, Progress, read_manifest, unpack, writing
from bot.store.moving.copying import Copying
from bot.store.moving.copying_sqlite import sqlite_source, sqlite_target
from bot.store.moving.restore import COUNTING, EraseAgain, erase_again, prepare, refuse_newer
from bot.store.postgres.connections import Connections, PostgresSession
from bot.store.postgres.copying import PostgresTarget, alone, postgres_source
from bot.store.postgres.store import THERE, open_postgres, refuse_server
from bot.store.values import stamp

TABLES = THERE.replace("'r', 'p', 'v'", "'r', 'p'")


def copy_out(address: str | Path, copy: Path, progress: Progress | None = None) -> None:
    """Copies one moment's state to a SQLite file while others go on using the schema. Raises StoreError."""
    copy.unlink(missing_ok=True)
    half = copy.with_name(f"{copy.name}.copying")
    half.unlink(missing_ok=True)
    try:
        with postgres_source(str(address), held=False) as source, sqlite_target(copy) as target:
            work = Copying(source, target)
            work.carry(lambda done: progress(done, work.total) if progress else None)
            work.finish()
    finally:
        half.unlink(missing_ok=True)


def restore_into(
    file: Path,
    address: str,
    *,
    now: datetime,
    erase: EraseAgain,
    hold: bool = True,
    progress: Progress | None = None,
) -> Restored:
    """Puts a backup in place of what a schema holds, in one transaction; as :func:`bot.store.moving.restore.restore`.

    What was there is gone then: :attr:`bot.model.backup.Restored.replaced` is None.
    """
    refuse_newer(read_manifest(file), file)
    with TemporaryDirectory(prefix="heard-") as folder:
        part = Path(folder, "heard.db")
        with writing(part):
            fresh_file(part).close()
            manifest = unpack(file, part)
        kept_back = prepare(part, manifest, file, now, hold=hold)
        connections = Connections(address)
        with alone(connections, "restore"):
            lost, newer = _known(address, manifest.made_at)
            erased = erase_again(part, newer, erase)
            with sqlite_source(part) as source, connections.together():
                with connections.write() as db:
                    refuse_server(db, connections.path)
                    _clear(db, connections.path)
                work = Copying(source, PostgresTarget(connections))
                work.carry(lambda done: progress(done, work.total) if progress else None)
                work.compare(lambda _done: None)
                work.finish()
    return Restored(manifest, None, lost, kept_back, erased)


def _clear(db: PostgresSession, path: str) -> None:
    there = [row["name"] for row in db.execute(TABLES)]
    if there and not {"heard_steps", "heard_copying"} & set(there):
        raise StoreError(f"{path} belongs to another program. {UNTOUCHED}")
    if there:
        names = ", ".join(f'"{name}"' for name in there)
        db.tell(f"DROP TABLE {names} CASCADE")


def _known(address: str, since: datetime) -> tuple[Lost | None, tuple[Erasure, ...] | None]:
    """What the schema knows more than the backup, and its log of erasures; None where it cannot be read."""
    try:
        store = open_postgres(address, migrate=False, read_only=True)
    except StoreError:
        return None, None
    with closing(store), store._read() as db:  # noqa: SLF001 a part of the store
        values = {"since": stamp(since)}
        lost = Lost(**{name: int(db.execute(sql, values).fetchone()[0]) for name, sql in COUNTING.items()})
        return lost, tuple(store.erasures())
