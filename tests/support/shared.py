"""Where the shared recordings and labelled texts lie; the one place that knows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def shared_root() -> Path:
    """The folder of shared material: $HEARD_SHARED, else beside the checkout."""
    return Path(os.environ.get("HEARD_SHARED", ROOT.parent / "shared"))


def shared_path(relative: str) -> Path:
    """A file or folder of the shared material; skips the test, with the reason, where it is absent."""
    path = shared_root() / relative
    if not path.exists():
        pytest.skip(f"shared material is absent: {relative} (set HEARD_SHARED to the folder that holds it)")
    return path
