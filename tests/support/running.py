"""``heard run`` as a process of its own, with its log lines as they come."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable

from tests.support.desk import Desk

PATIENCE = 60.0


class Running:
    """A bot in a process of its own, with its log lines as they come."""

    def __init__(self, desk: Desk) -> None:
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] = desk.start("--config", str(desk.config), "run")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)

    def wait_for(self, happened: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, "".join(self.lines)
            assert self.process.poll() is None, "".join(self.lines)
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """The exit code, and how long the ending took."""
        asked = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE)
        took = time.monotonic() - asked
        self._reader.join(timeout=5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code, took

    def said(self, words: str) -> list[str]:
        return [line for line in self.lines if words in line]
