"""Secrets by reference: the configuration names an environment variable or a file, never the secret itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import ConfigError


def read_secret(options: Mapping[str, Any], name: str) -> str:
    """The value behind ``<name>_env`` or ``<name>_file``. Raises ConfigError that says what to set, never the value."""
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


def load_secrets_file(path: Path) -> None:
    """Puts ``NAME=value`` lines of a private file into the environment; what is already set there wins.

    A value may stand in quotes. Raises ConfigError, without showing a line, when the file cannot be read.
    """
    if not path.is_file():
        return
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error.__class__.__name__})") from error
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name = name.strip()
        if equals and name and not name.startswith("#") and "\0" not in line:
            os.environ.setdefault(name, _unquoted(value.strip()))  # noqa: TID251 as above


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
