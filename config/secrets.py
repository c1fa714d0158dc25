"""Secrets by reference: the configuration names an environment variable or a file, never the secret itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.errors import ConfigError

MASK = "***"
SHORTEST_HIDDEN = 8
"""Characters of a secret that is masked wherever it shows: shorter ones stand in ordinary words too."""

_read: set[str] = set()
"""What was read in this process, and the words of it: a list of addresses is several secrets."""


def hide(text: str) -> str:
    """The text with every secret masked that this process has read, wherever it stands: the last guard before a log or
    a terminal, behind the rules that know secrets by their surroundings.
    """
    for secret in sorted(_read.copy(), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


_put: dict[str, str] = {}
"""What this process took from secrets files, so that what others set can be told from it."""


def read_secret(options: Mapping[str, Any], name: str) -> str:
    """The value behind ``<name>_env`` or ``<name>_file``. Raises ConfigError that says what to set, never the value."""
    value = _value(options, name)
    _read.update(part for part in (value, *value.split()) if len(part) >= SHORTEST_HIDDEN)
    return value


def _value(options: Mapping[str, Any], name: str) -> str:
    variable, file = options.get(f"{name}_env"), options.get(f"{name}_file")
    if variable:
        value = os.environ.get(str(variable), "").strip()  # noqa: TID251 config is the one reader of the environment
        if not value:
            raise ConfigError(f"{name}_env: the environment variable {variable} is not set")
        return value
    if file:
        try:
            value = Path(str(file)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{name}_file: {file} cannot be read ({error.__class__.__name__})") from error
        if not value:
            raise ConfigError(f"{name}_file: {file} is empty")
        return value
    raise ConfigError(f'{name}: say where the secret is: {name}_env = "NAME" or {name}_file = "PATH"')


def read_secrets(options: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    """Every value behind the names in ``<name>_env`` and ``<name>_file``, in this order; several while they change.

    Raises ConfigError that says ``where``.
    """
    refs = [{f"{name}_{way}": one} for way in ("env", "file") for one in options.get(f"{name}_{way}", ())]
    try:
        return tuple(read_secret(ref, name) for ref in refs)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error


def secrets_file(config: Path) -> Path:
    """Where the secrets of a configuration are kept unless it says otherwise: ``secrets.env`` beside it."""
    return config.parent / "secrets.env"


def files_of(tables: Any, folder: Path) -> Iterator[Path]:
    """Every file that the tables name for a secret; relative ones lie in ``folder``."""
    if isinstance(tables, Mapping):
        for key, value in tables.items():
            named = (value,) if isinstance(value, str) else value
            if str(key).endswith("_file") and isinstance(named, list | tuple):
                yield from (folder / name for name in named if isinstance(name, str))
            else:
                yield from files_of(value, folder)
    elif isinstance(tables, list | tuple):
        for value in tables:
            yield from files_of(value, folder)


def load_secrets_file(path: Path) -> None:
    """Puts ``NAME=value`` lines of a private file into the environment; what was set there by others wins.

    Called again, it puts what has changed in the file since. A value may stand in quotes. Raises ConfigError, without
    showing a line, when the file cannot be read.
    """
    if not path.is_file():
        return
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error.__class__.__name__})") from error
    found: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name = name.strip()
        if equals and name and not name.startswith("#") and "\0" not in line:
            found.setdefault(name, _unquoted(value.strip()))
    for name, value in found.items():
        if name not in os.environ or os.environ[name] == _put.get(name):  # noqa: TID251 as above
            os.environ[name] = _put[name] = value  # noqa: TID251 as above


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def masked(tables: Any) -> Any:
    """The tables with everything that could be a secret, or an address that holds one, masked for display."""
    if isinstance(tables, Mapping):
        return {key: _mask_value(str(key), value) for key, value in tables.items()}
    if isinstance(tables, list | tuple):
        return [masked(value) for value in tables]
    return tables


def _mask_value(key: str, value: Any) -> Any:
    if key.endswith(("_env", "_file")):
        return value
    if isinstance(value, str) and any(word in key for word in ("token", "secret", "password")):
        return "…"
    return masked(value)
