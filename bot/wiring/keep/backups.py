"""Backups, wired: where they go, how many are kept, and what is backed up before the schema moves on."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from glob import escape
from importlib.metadata import version
from pathlib import Path

from bot.errors import ConfigError, StoreError
from bot.files import make_folder
from bot.model.backup import Manifest, Restored
from bot.model.keeping import Erasure
from bot.ports import Clock
from bot.stewardship.forgetting import reapply
from bot.stewardship.put_aside import PutAside, since_of
from bot.stewardship.rotation import backup_name, beyond, is_backup_name
from bot.store.connection import MEMORY
from bot.store.moving.backup import PARTS, Copier, Progress, back_up, read_manifest
from bot.store.moving.restore import COMPANIONS, restore
from bot.store.opening import POSTGRES, needs_driver, open_store
from bot.store.verbs import HeardStore
from config.settings import Settings

SCHEME = "sqlite:///"
FOLDER = "backups"
"""Where backups go unless it is said, beside the database."""
UNFINISHED = timedelta(days=1)
"""How old an unfinished backup is of which nobody can be at work any more."""
BEFORE = 3
"""How many backups from before a migration are kept."""
BEFORE_FOR = timedelta(days=30)
"""How long they are kept: they hold what was erased since."""

log = logging.getLogger("heard.keep")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that is made, and the older ones that went for it."""

    file: Path
    manifest: Manifest
    removed: tuple[Path, ...]


class Backups:
    """The keeper of the copies. Works without the open store: it neither migrates nor changes anything."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.before_upgrade: Path | None = None
        """The backup that was made because the schema moved on; None while it did not."""

    @property
    def _on_server(self) -> bool:
        return self._settings.database.startswith(POSTGRES)

    @property
    def database(self) -> Path:
        """The database's file. Raises ConfigError where it is none."""
        if self._on_server:
            raise ConfigError("a PostgreSQL database is no file")
        path = self._settings.database.removeprefix(SCHEME)
        if path == MEMORY:
            raise ConfigError("a database in memory cannot be backed up")
        return Path(path).expanduser()

    @property
    def size(self) -> int:
        """Bytes that are copied, about. Raises StoreError when there is no database yet."""
        if self._on_server:
            with closing(open_store(self._settings.database, read_only=True)) as store:
                return store.size() or 0
        if not self.database.is_file():
            raise StoreError(f"{self.database}: there is no database yet, so there is nothing to back up.")
        return self.database.stat().st_size

    def back_up(
        self,
        file: Path | None = None,
        folder: Path | None = None,
        *,
        keep: int | None = None,
        progress: Progress | None = None,
    ) -> BackedUp:
        """Backs up to ``file``, or by a dated name into ``folder``, there only the newest ``keep`` being kept.

        Raises StoreError when the file exists or cannot be written; nothing is removed then.
        """
        _ = self.size
        beside = self._settings.path if self._on_server else self.database
        where = folder or beside.parent / FOLDER
        target = file or where / backup_name(self._clock.now())
        if target.exists():
            raise StoreError(f"{target} exists already; a backup never overwrites. Name another file.")
        if file is None:
            try:
                make_folder(where)
            except OSError as error:
                raise StoreError(f"{where} cannot be made: {error.strerror}.") from error
            _remove_unfinished(where, self._clock.now())
        now, ours = self._clock.now(), version("heard")
        if self._on_server:
            made = back_up(
                self._settings.database, target, made_at=now, version=ours, progress=progress, copier=_copier()
            )
        else:
            made = back_up(self.database, target, made_at=now, version=ours, progress=progress)
        removed = () if keep is None or file is not None else self._remove_beyond(target, made, keep)
        return BackedUp(target, made, removed)

    def restore(self, file: Path, *, hold: bool = True, progress: Progress | None = None) -> Restored:
        """Puts a backup in the database's place; see :func:`bot.store.moving.restore.restore`."""
        now = self._clock.now()
        if self._on_server:
            with needs_driver():
                from bot.store.postgres.backup import restore_into  # noqa: PLC0415 psycopg is an extra
            return restore_into(
                file, self._settings.database, now=now, erase=self._erase_again, hold=hold, progress=progress
            )
        return restore(file, self.database, now=now, erase=self._erase_again, hold=hold, progress=progress)

    def _erase_again(self, store: HeardStore, newer: Sequence[Erasure]) -> int:
        return reapply(store, newer, self._clock).items

    def before(self, step: str) -> None:
        """Backs up beside the database before it takes a schema's step; the oldest of such backups go.

        Raises StoreError when that cannot be done: then nothing may be changed.
        """
        number, database = step.partition("_")[0], self.database
        target = database.with_name(f"{database.name}.before-{number}.bak")
        try:
            back_up(database, target, made_at=self._clock.now(), version=version("heard"))
        except StoreError as error:
            raise StoreError(
                f"{database} was not brought to the newest schema, because it could not be backed up first: {error} "
                "Make room, or do without: heard db upgrade --no-backup."
            ) from error
        self.before_upgrade = target
        log.info("database brought to a newer schema from=%s backup=%s", step, target)
        named = re.compile(re.escape(f"{database.name}.before-") + r"\d{4}\.bak")
        made = [file for file in database.parent.iterdir() if named.fullmatch(file.name) and _is_plain(file)]
        for old in sorted(made, key=lambda file: file.stat().st_mtime)[:-BEFORE]:
            with suppress(OSError):
                old.unlink()

    def put_aside(self) -> tuple[PutAside, ...]:
        """The databases beside this one that restores have replaced, the oldest first."""
        # On a server, in memory, or in a folder that is out of reach there is none of ours.
        with suppress(ConfigError, OSError):
            database = self.database
            found = [(since_of(file.name, database.name), file) for file in database.parent.iterdir()]
            return tuple(
                PutAside(file, since, file.stat().st_size)
                for since, file in sorted((since, file) for since, file in found if since is not None)
                if _is_plain(file)
            )
        return ()

    def put_aside_lines(self) -> tuple[str, ...]:
        """The same in words, a line each."""
        now, kept = self._clock.now(), self._settings.retention.replaced
        return tuple(one.line(now, kept) for one in self.put_aside())

    def discard_old(self, now: datetime) -> tuple[Path, ...]:
        """Removes backups from before a migration, and databases that a restore replaced, whose time is up; which."""
        return (*self._discard_before(now), *self._discard_replaced(now))

    def _discard_replaced(self, now: datetime) -> tuple[Path, ...]:
        kept = self._settings.retention.replaced
        old = [] if kept is None else [one.file for one in self.put_aside() if one.since < now - kept]
        with suppress(OSError):
            for file in old:
                for name in (*COMPANIONS, ""):
                    Path(f"{file}{name}").unlink(missing_ok=True)
                log.info("%s was removed: [retention] replaced", file)
        return tuple(file for file in old if not file.exists())

    def _discard_before(self, now: datetime) -> tuple[Path, ...]:
        with suppress(
            ConfigError, OSError
        ):  # a database on a server, or a folder that is out of reach: nothing of ours
            database, before = self.database, (now - BEFORE_FOR).timestamp()
            made = sorted(database.parent.glob(f"{escape(database.name)}.before-*.bak"))
            old = tuple(file for file in made if file.stat().st_mtime < before)
            for file in old:
                file.unlink(missing_ok=True)
                log.info("%s was removed: a backup from before a migration is kept for %d days", file, BEFORE_FOR.days)
            return old
        return ()

    def _remove_beyond(self, target: Path, made: Manifest, keep: int) -> tuple[Path, ...]:
        """Removes the older backups of this very database beside the one just made; other files are let alone.

        What cannot be read as a backup is no good one: it does not count, and is left for somebody to look at.
        """
        folder = target.parent
        ours = [file.name for file in folder.iterdir() if is_backup_name(file.name) and _is_of(made, file)]
        gone = [folder / name for name in beyond(ours, keep, target.name)]
        try:
            for one in gone:
                one.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"{target} is made; but older backups cannot be removed from {folder}: {error.strerror}."
            ) from error
        return tuple(gone)


def _remove_unfinished(folder: Path, now: datetime) -> None:
    """Removes what backups killed long ago have left: it takes room, and holds texts that nobody looks after."""
    for file in folder.iterdir():
        if is_backup_name(file.stem) and file.suffix in PARTS and _is_plain(file):
            with suppress(OSError):
                if datetime.fromtimestamp(file.stat().st_mtime, UTC) < now - UNFINISHED:
                    file.unlink()


def _is_of(made: Manifest, file: Path) -> bool:
    """Whether a file is a backup of the same database. One of a newer Heard is not known to be."""
    if made.origin is None or not _is_plain(file):
        return False
    try:
        return read_manifest(file).origin == made.origin
    except (StoreError, OSError):
        return False


def _is_plain(file: Path) -> bool:
    """A file, rather than a folder or a link to somewhere else."""
    return file.is_file() and not file.is_symlink()


def _copier() -> Copier:
    """What makes a SQLite file of a PostgreSQL schema."""
    with needs_driver():
        from bot.store.postgres.backup import copy_out  # noqa: PLC0415 psycopg is an extra
    return copy_out
