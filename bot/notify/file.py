"""Notifier ``file``: writes a letter's forms into a folder, whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from bot.errors import DeliveryError
from bot.files import fresh_file, make_folder, sync_folder
from bot.model import Letter
from bot.notify.pictures import with_pictures_inlined
from bot.notify.retry import worth_retrying_file
from bot.options import Options, read_options
from bot.ports import Deps

_INSTANT = timedelta(microseconds=1)
MODES = {"owner": 0o600, "group": 0o640, "all": 0o644}
"""Rights of a file by who may read it on this machine."""
READ = 0o444


class FileOptions(Options):
    """The table of a ``file`` channel."""

    folder: str = Field(min_length=1)
    readers: Literal["owner", "group", "all"] = "owner"
    formats: list[Literal["html", "txt", "json"]] = Field(default=["html", "txt", "json"], min_length=1)


def connect(channel_id: str, options: Mapping[str, Any], deps: Deps) -> FileNotifier:  # noqa: ARG001 the entry point's signature; a folder needs no secret
    """The notifier of a ``file`` channel. Raises ConfigError, naming the key; nothing is written yet."""
    return FileNotifier(read_options(FileOptions, options, f"channel '{channel_id}'"))


class FileNotifier:
    """Writes ``<report>-<last local day>.html``, ``.txt`` and ``.json``; a letter twice leaves the same files."""

    def __init__(self, options: FileOptions) -> None:
        self._folder = Path(options.folder)
        self._formats = options.formats
        self._mode = MODES[options.readers]

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom this channel reaches: its folder."""
        return (str(self._folder),)

    def send(self, letter: Letter) -> None:
        """Returns when the files are on the disk. Raises DeliveryError."""
        last_day = (letter.window.end - _INSTANT).astimezone(ZoneInfo(letter.window.timezone)).date()
        stem = f"{_file_name(letter.report)}-{last_day.isoformat()}"
        forms = {"html": with_pictures_inlined(letter.html, letter.pictures), "txt": letter.text, "json": letter.json}
        try:
            make_folder(self._folder, self._mode | (self._mode & READ) >> 2)  # who may read a file may enter its folder
            _write({self._folder / f"{stem}.{suffix}": forms[suffix] for suffix in self._formats}, self._mode)
            sync_folder(self._folder)
        except OSError as error:
            why = f"cannot write into {self._folder}: {error.strerror or error}"
            raise DeliveryError(why, retry=worth_retrying_file(error)) from error


def _file_name(report: str) -> str:
    """A report's id without anything that means something in a path."""
    return re.sub(r"[^\w-]+", "_", report)[:80].strip("_") or "digest"


def _write(texts: Mapping[Path, str], mode: int) -> None:
    """Readers see the old files or the new ones, never a part: temporary files, sync, and only then the names."""
    parts = {path: path.with_name(f".{path.name}.part") for path in texts}
    try:
        for path, part in parts.items():
            part.unlink(missing_ok=True)  # what a crash left behind, or somebody who hoped to have it written elsewhere
            with fresh_file(part, mode) as file:
                file.write(texts[path].encode("utf-8", "replace"))
                file.flush()
                os.fsync(file.fileno())
        for path, part in parts.items():
            part.replace(path)
    except BaseException:  # whatever ends it, no part of a letter is left behind; it goes on upwards
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise
