"""Log lines: for people as text, for programs as one JSON object each; secrets masked in both.

Python's own logging is enough for that. Heard's calls are written ``name=%s``, so a formatter finds the fields in the
template and takes their values as they were given, with their types, rather than out of the finished text. A library
for structured logs would want every call written in another way, and give nothing more.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.cli.masking import without_secrets

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_PLACE = re.compile(r"(?:\b([A-Za-z_]\w*)=)?%[-#0 +]*\d*(?:\.\d+)?([a-zA-Z%])")
"""A place in a template, with the name that stands before it where there is one."""


class Redacting(logging.Formatter):
    """The last guard before a log: whatever a message or a traceback shows, a secret in it is masked."""

    def __init__(self) -> None:
        super().__init__(TEXT)

    def format(self, record: logging.LogRecord) -> str:
        """The line, secrets masked."""
        return without_secrets(super().format(record))


class AsJson(logging.Formatter):
    """One JSON object a line: ``ts`` (RFC 3339, UTC), ``level``, ``logger``, ``event``, the message's fields, ``text``
    (the line as people read it) and, with a traceback, ``trace``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object, secrets masked."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told: dict[str, Any] = {
            "ts": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": without_secrets(_event(str(record.msg))),
            "text": without_secrets(record.getMessage()),
        }
        for name, value in _fields(record):
            told.setdefault(name, _shown(name, value))
        if record.exc_info:
            told["trace"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


FORMATS: Mapping[str, type[logging.Formatter]] = {"text": Redacting, "json": AsJson}


def _event(template: str) -> str:
    """What happened: the words before the first field, values left out; else the first field's name."""
    named = next((found for found in _PLACE.finditer(template) if found[1]), None)
    words = _PLACE.sub("", template if named is None else template[: named.start()])
    return " ".join(words.split()).strip(" :,;(") or (named[1] if named else "said")


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    values = iter(record.args) if isinstance(record.args, tuple) else iter(())
    for name, kind in _PLACE.findall(str(record.msg)):
        if kind == "%":
            continue
        value = next(values, None)
        if name:
            yield name, value


def _shown(name: str, value: Any) -> Any:
    """A value as JSON has it; a text with its secrets masked, also where only its name tells that it is one."""
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    shown = without_secrets(f"{name}={value}")
    return shown.removeprefix(f"{name}=")
