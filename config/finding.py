"""Where the configuration file is: an explicit path, ``$HEARD_CONFIG``, ``./config/heard.toml``, the person's own
directory.

Apart from what reads the file, because whoever only asks where it is need not wait for that.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from bot.errors import ConfigError


def find_config(explicit: str | None = None) -> Path:
    """The configuration file that holds here. Raises ConfigError that lists where it looked."""
    found = config_at_hand(explicit)
    if found is not None:
        return found
    looked = ", ".join(str(place) for place in _places())
    raise ConfigError(
        f"no configuration found (looked at --config, $HEARD_CONFIG, {looked}). "
        "Type 'heard init' to make one, or 'heard demo' to see Heard work without any."
    )


def config_at_hand(explicit: str | None = None) -> Path | None:
    """The configuration file that holds here; None where none was named and none lies where one would.

    Raises ConfigError for one that was named and is not there.
    """
    if explicit:
        return _existing(Path(explicit), "--config")
    if named := os.environ.get("HEARD_CONFIG"):  # noqa: TID251 config is the one reader of the environment
        return _existing(Path(named), "$HEARD_CONFIG")
    return next((place for place in _places() if place.is_file()), None)


def _places() -> tuple[Path, ...]:
    return Path("config/heard.toml"), Path(platformdirs.user_config_dir("heard")) / "heard.toml"


def _existing(path: Path, named_by: str) -> Path:
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file (named by {named_by}). Type 'heard init' to make one.")
    return path
