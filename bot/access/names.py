"""Names of accounts: what may be one."""

from __future__ import annotations

from bot.errors import ConfigError

LONGEST = 64


def check_name(name: str) -> str:
    """The tidied name. Raises ConfigError, in words, for one that cannot be told from others or upsets a terminal."""
    if not name or len(name) > LONGEST:
        raise ConfigError(f"a name has 1 to {LONGEST} characters")
    if not name.isprintable() or any(char in '<>"\\' for char in name):
        raise ConfigError(
            "a name is made of printable characters, without double quotes, backslashes and angle brackets"
        )
    return name


def label_of(text: str) -> str:
    """What somebody calls a key, on one line and not endless."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:LONGEST]
