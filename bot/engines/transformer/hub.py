"""The model hub, by its own client: what was fetched once is read from disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import LocalEntryNotFoundError

from bot.errors import ConfigError


def fetch(name: str, wanted: Sequence[str]) -> Path:
    """The folder with the ``wanted`` files of a hub's model. Raises ConfigError when it can be had neither way."""
    patterns = list(wanted)
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, local_files_only=True))
    except LocalEntryNotFoundError:
        pass
    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except Exception as error:  # the client raises its own, its HTTP library's and the system's errors
        raise ConfigError(
            f"model '{name}': it is not on this disk, and the hub did not give it ({type(error).__name__}). "
            "Fetch it on a machine that reaches the hub, copy the folder here, and name the folder instead"
        ) from error
