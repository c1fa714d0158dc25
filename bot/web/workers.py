"""Serving from several processes: one that dies is replaced at once, and all end together.

A new configuration brings new processes, and the old ones go only when all the new ones serve: nobody is turned away in
between, and where one of the new ones cannot start, the old ones stay.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe, get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from socket import socket
from threading import Thread

from uvicorn.config import STARTUP_FAILURE

from bot.errors import HeardError
from bot.web.server import GRACE_SECONDS, announce, run
from bot.wiring import App
from config.settings import Settings

OVERTAKEN = 4
"""How a process ends whose database is not the one any more that it opened."""
LOOK_SECONDS = 0.5
"""How often the supervisor looks whether it was told to stop."""
SPARE_SECONDS = 2
"""What a process that was told to stop may take beyond the grace of its requests."""
COMING_SECONDS = 300
"""How long the processes of a new configuration may take until all of them serve."""

Make = Callable[[Settings], App]

log = logging.getLogger("heard.web")


def serve_many(make: Make, heard: App, listening: socket, workers: int, reread: Callable[[App], App]) -> None:
    """Serves in ``workers`` processes of their own until SIGTERM or SIGINT, requests in hand finished.

    ``make`` (picklable) builds the application in each of them. SIGHUP puts processes of the configuration as it is now
    in their places: ``reread`` raises HeardError where that is wrong, and the one before holds. Raises HeardError when
    one of them cannot start, or when the database is not the one any more.
    """
    announce(heard.settings, listening)
    told: list[int] = []
    anew: list[int] = []
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda number, _frame: told.append(number))
    signal.signal(signal.SIGHUP, lambda number, _frame: anew.append(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # one that came during the start comes now
    crew = Crew(make, heard.settings, listening, workers)
    while not told and not crew.failed:
        crew.rest()
        if anew and not crew.is_changing:
            anew.clear()
            try:
                heard = reread(heard)
            except (HeardError, OSError) as error:
                _refused("; ".join(str(error).splitlines()))
            else:
                crew.change(heard.settings)
        if not told:
            crew.look()
    crew.end()
    listening.close()
    log.info("web stopped")
    if crew.failed:
        raise HeardError("a web process could not start, or not go on; the log says why")


@dataclass(slots=True, eq=False)
class Worker:
    """A process, and where it tells that it serves."""

    process: SpawnProcess
    told: Connection
    serves: bool = False

    def look(self) -> bool:
        """Whether it has told by now that it serves."""
        if not self.serves and self.told.poll():
            with suppress(EOFError):  # it has died before
                self.serves = self.told.recv()
        return self.serves


class Crew:
    """The processes that serve, those that come for a new configuration, and those that finish their last requests."""

    def __init__(self, make: Make, settings: Settings, listening: socket, number: int) -> None:
        self.failed = False
        """Whether one could not start, or go on: whoever comes in its place could not either."""
        self._make, self._listening = make, listening
        self._settings = self._coming_settings = settings
        self._serving = [self._started(settings) for _ in range(number)]
        self._coming: list[Worker] = []
        self._leaving: list[Worker] = []
        self._until = 0.0

    @property
    def is_changing(self) -> bool:
        """Whether processes of a new configuration are on their way."""
        return bool(self._coming)

    def rest(self) -> None:
        """Waits a moment; wakes as soon as a process ends, or one that comes serves."""
        ending = [worker.process.sentinel for worker in (*self._serving, *self._coming)]
        wait([*ending, *(worker.told for worker in self._coming if not worker.serves)], LOOK_SECONDS)

    def change(self, settings: Settings) -> None:
        """Starts as many processes of these settings; those that serve go on."""
        self._coming_settings = settings
        self._coming = [self._started(settings) for _ in self._serving]
        self._until = time.monotonic() + COMING_SECONDS

    def look(self) -> None:
        """Replaces those that have died, and lets those that have come take over."""
        for place, worker in enumerate(self._serving):
            code = worker.process.exitcode
            if code is None or self.failed:
                continue
            self.failed = code in (STARTUP_FAILURE, OVERTAKEN)
            if not self.failed:
                log.error("web process %d ended (%d); another takes its place", worker.process.pid, code)
                self._serving[place] = self._started(self._settings)
        if self._coming and not self.failed:
            self._take_over()

    def end(self) -> None:
        """Ends all of them together; one that hangs is killed."""
        workers = (*self._leaving, *self._coming, *self._serving)
        for worker in workers:
            worker.process.terminate()
        until = time.monotonic() + GRACE_SECONDS + SPARE_SECONDS
        for worker in workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            worker.process.kill()
            worker.process.join()

    def _take_over(self) -> None:
        """Lets the old ones go once all the new ones serve; where those cannot start, it is they that go."""
        if any(worker.process.exitcode is not None for worker in self._coming) or time.monotonic() > self._until:
            _refused("a web process could not start with it; the log says why")
            self._let_go(self._coming)
        elif not [worker for worker in self._coming if not worker.look()]:
            self._settings = self._coming_settings
            self._let_go(self._serving)  # they finish their requests; connections that wait go to those that have come
            self._serving = self._coming
            log.info("configuration reloaded config=%s", self._settings.path)
        else:
            return
        self._coming = []

    def _let_go(self, workers: Sequence[Worker]) -> None:
        for worker in workers:
            worker.process.terminate()
        self._leaving = [worker for worker in (*self._leaving, *workers) if worker.process.is_alive()]

    def _started(self, settings: Settings) -> Worker:
        told, tells = Pipe(duplex=False)
        process = get_context("spawn").Process(
            target=_work, args=(self._make, settings, self._listening, tells), name="web"
        )
        # What it is born with it keeps: a SIGHUP to all processes of the service is the supervisor's to answer.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            tells.close()
        return Worker(process, told)


def _refused(why: str) -> None:
    log.error("configuration not reloaded, going on with the one before: %s", why)


def _work(make: Make, settings: Settings, listening: socket, tells: Connection) -> None:
    """What one process does."""
    Thread(target=_end_with_parent, name="parent", daemon=True).start()
    try:
        heard = make(settings)
    except Exception:
        # The border of the process: whatever keeps the application from being built would do so again and again.
        log.exception("the web process could not start")
        sys.exit(STARTUP_FAILURE)
    with suppress(HeardError):  # opened before the first request waits for it; one that is away is told to each caller
        _ = heard.store
    if run(heard, listening, serving=lambda: tells.send(True)) is not None:
        sys.exit(OVERTAKEN)


def _end_with_parent() -> None:
    """Stops this process when its supervisor was killed: nobody else would, and the port would stay taken."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
