"""Runs one round in a process of its own, and kills it, or takes its database away, at the moment that was drawn."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from time import perf_counter

from tests.kills.database import FAULTS, Ground
from tests.kills.death import Mark
from tests.kills.truth import Broken
from tests.kills.victim import DISTURBED, SOUND, Round, work

PATIENCE = 120.0
"""Seconds after which a process is taken to hang."""
START = 0.4
"""So much of a round's length is its beginning, in which a database is made or brought up to date."""


@dataclass(frozen=True)
class Outcome:
    """How a process ended, how long it worked, and how far it was."""

    killed: bool
    seconds: float
    mark: Mark


class Killer:
    """Runs rounds. ``letter`` and ``asked`` are to be called when a letter was taken, and when a feed is asked for."""

    def __init__(self, ground: Ground, rng: random.Random) -> None:
        self._ground, self._rng = ground, rng
        self._context = multiprocessing.get_context("forkserver")
        self._armed: tuple[str, int, Callable[[], None]] | None = None
        self.seconds = 0.3
        """How long a whole round takes."""

    def letter(self) -> None:
        """A letter was taken, and its sender not yet told."""
        self._happened("letter")

    def asked(self) -> None:
        """A feed is asked for."""
        self._happened("feed")

    def run(self, plan: Round, way: str | None, beside: Round | None = None) -> Outcome:
        """Runs a round and harms it that way, another one beside it. Raises Broken for what is no consequence of it."""
        process, begun = self._started(plan)
        second = self._started(beside) if beside else None
        if way in {"letter", "feed"}:
            self._armed = (way, self._rng.randint(1, 2), lambda: _kill(process))
        with suppress(EOFError):
            begun.recv_bytes()
        began = perf_counter()
        if way in {"time", "start"}:
            process.join(self._rng.uniform(0, self.seconds * (START if way == "start" else 1)))
            _kill(process)
        elif way in FAULTS:
            process.join(self._rng.uniform(0, self.seconds))
            self._ground.harm(way)
        outcome = self._ended(plan, process, began, harmed=way in FAULTS)
        self._armed = None
        if beside and second:
            self._ended(beside, second[0], began, harmed=way in FAULTS)
        return outcome

    def _started(self, plan: Round) -> tuple[ForkServerProcess, multiprocessing.connection.Connection]:
        here, there = self._context.Pipe(duplex=False)
        process = self._context.Process(target=work, args=(plan, there))
        process.start()
        there.close()
        return process, here

    def _ended(self, plan: Round, process: ForkServerProcess, began: float, *, harmed: bool) -> Outcome:
        try:
            process.join(PATIENCE)
        except KeyboardInterrupt:
            _kill(process)
            raise
        took, code = perf_counter() - began, process.exitcode
        if code is None:
            _kill(process)
            raise Broken(f"round {plan.number} hangs: {Mark.left_in(plan.marks)}")
        process.close()
        allowed = {SOUND, -signal.SIGKILL} | ({DISTURBED} if harmed else set())
        if code not in allowed:
            said = plan.trouble.read_text() if plan.trouble.exists() else "nothing was said"
            raise Broken(f"round {plan.number} ended with {code}:\n{said}")
        plan.trouble.unlink(missing_ok=True)
        mark = Mark.left_in(plan.marks) if plan.marks.exists() else Mark("start")
        return Outcome(code == -signal.SIGKILL, took, mark)

    def _happened(self, what: str) -> None:
        if self._armed is None or self._armed[0] != what:
            return
        _, left, kill = self._armed
        self._armed = (what, left - 1, kill)
        if left == 1:
            kill()


def _kill(process: ForkServerProcess) -> None:
    with suppress(ProcessLookupError, ValueError):  # it has ended, and was taken leave of
        os.kill(process.pid or 0, signal.SIGKILL)
