"""The demo's folder, made once in a run of the tests, whoever asks first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.demo.run import run_demo


def demo_folder(made: pytest.TempPathFactory, run: Callable[[Path], object] | None = None) -> Path:
    """What ``heard demo`` wrote; read only: the tests of other processes look at it too.

    ``run`` makes it, where it is not there yet.
    """
    base = made.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo" / "heard-demo"
    folder.parent.mkdir(exist_ok=True)
    done = folder.with_name("done")
    with folder.with_name("lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            run(folder) if run else run_demo(folder, lambda *_: None)
            done.touch()
    return folder
