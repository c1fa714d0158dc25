"""Checking who else on this machine may read or change what is Heard's own: a line for each file that others could."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE, S_IRGRP, S_IROTH, S_ISVTX, S_IWGRP, S_IWOTH

from bot.http import redact
from config.secrets import files_of, secrets_file
from config.settings import Settings

SQLITE = "sqlite:///"
COMPANIONS = ("", "-wal", "-shm")
"""What SQLite keeps beside a database holds pages of it."""
_USER = re.compile(r"(postgres(?:ql)?://)[^:@/]*@")
"""Who a database is asked as, without a password: no secret, though an address of a feed that begins so has one."""
_NEXT = "\n      "


def rights_line(settings: Settings) -> str:
    """What others on this machine could read or change, each with the command that mends it.

    Never wrong by itself: a group may be meant.
    """
    open_ones = [*_secrets(settings), *_database(settings.database), *_configuration(settings)]
    return _NEXT.join(dict.fromkeys(open_ones)) or "nobody else on this machine can read secrets or database"


def _secrets(settings: Settings) -> Iterator[str]:
    files = (secrets_file(settings.path), *files_of(settings.raw, settings.path.resolve().parent))
    for file in files:
        if _rights(file) & (S_IRGRP | S_IROTH):
            yield f"{file} can be read by others on this machine: chmod 600 {file}"


def _database(url: str) -> Iterator[str]:
    if "://" in url and not url.startswith(SQLITE):
        return
    path = url.removeprefix(SQLITE)
    for name in COMPANIONS:
        if _rights(Path(path + name)) & (S_IRGRP | S_IROTH):
            yield f"{path}{name} can be read by others on this machine: chmod 600 {path}{name}"
    folder = Path(path).absolute().parent
    rights = _rights(folder)
    if rights & S_IWOTH and not rights & S_ISVTX:
        yield f"{folder} can be written by anybody on this machine, who could put another database there: chmod o-w {folder}"


def _configuration(settings: Settings) -> Iterator[str]:
    """It names no secrets; but feeds may have them in their addresses, and who writes it says where letters go."""
    rights = _rights(settings.path)
    if rights & (S_IWGRP | S_IWOTH):
        yield f"{settings.path} can be changed by others on this machine: chmod go-w {settings.path}"
    if rights & S_IROTH and _holds_a_secret(settings.raw):
        yield f"{settings.path} holds an address with a secret and can be read by anybody: chmod 600 {settings.path}"


def _holds_a_secret(tables: object) -> bool:
    match tables:
        case str():
            address = _USER.sub(r"\1", tables)
            return redact(address) != address
        case dict():
            return any(map(_holds_a_secret, tables.values()))
        case list() | tuple():
            return any(map(_holds_a_secret, tables))
    return False


def _rights(path: Path) -> int:
    try:
        return S_IMODE(path.stat().st_mode)
    except OSError:  # what is not there, or cannot be asked, is told where it is used
        return 0
