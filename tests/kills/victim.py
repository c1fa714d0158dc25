"""One round of the whole pipeline at a given time, in a process that may be killed at any moment."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

from bot.clock import ManualClock
from bot.errors import StoreError
from bot.model.keeping import Wanted
from bot.scheduler import Runner
from bot.wiring import App
from config.settings import load_settings
from tests.kills.customers import Customers
from tests.kills.death import Death, watched

SOUND, DISTURBED, BROKEN = 0, 3, 4
"""How a round ends: well; with errors of the database alone; with others."""
CODES = 200


@dataclass(frozen=True)
class Round:
    """What a process does. ``forgets`` is the address of an item that a person wants forgotten."""

    config: Path
    number: int
    now: datetime
    jobs: tuple[str, ...]
    name: str = "victim"
    statement: int = 0
    commit: int = 0
    forgets: str | None = None
    backs_up: bool = False

    @property
    def folder(self) -> Path:
        return self.config.parent

    @property
    def marks(self) -> Path:
        return self.folder / f"{self.name}.mark"

    @property
    def trouble(self) -> Path:
        return self.folder / f"{self.name}.trouble"

    @property
    def answers(self) -> Path:
        """What customers were answered; of two processes at once, each its own."""
        return self.folder / f"{self.name}.answers"

    @property
    def forgotten(self) -> Path:
        """What people were told is forgotten, an address a line."""
        return self.folder / "forgotten"


def work(plan: Round, begun: Connection) -> None:
    """Opens the database, brings it up to date and does what is due, then ends."""
    death = Death(plan.marks, statement=plan.statement, commit=plan.commit)
    begun.send_bytes(b"!")
    logging.basicConfig(filename=plan.trouble, level=logging.ERROR, force=True)
    settings = load_settings(plan.config)
    clock, trouble = ManualClock(plan.now), Trouble(plan.trouble)
    with trouble.noted("migrate"):
        death.enter("migrate")
        opening = App(settings, clock)
        opening.store.close()
        store = watched(settings.database, death)
        app = App(settings, clock, store=store)
        till = Thread(target=_serve_customers, args=(app, plan, trouble))
        till.start()
        for name, job in _jobs(app, plan).items():
            death.enter(name)
            with trouble.noted(name):
                job()
        death.enter("till")
        till.join()
        store.close()
        app.close()
    death.enter("end")
    os._exit(trouble.code)  # what is left to do is Python's own


def _jobs(app: App, plan: Round) -> Mapping[str, Callable[[], object]]:
    """The jobs of ``heard run``, and what people do beside it."""
    jobs = {name: job for name, job in Runner(app, workers=2)._jobs().items() if name in plan.jobs}
    if plan.forgets:
        jobs["forget"] = lambda: _forget(app, plan)
    if plan.backs_up:
        jobs["backup"] = lambda: app.backups.back_up(keep=2)
    return jobs


def _serve_customers(app: App, plan: Round, trouble: Trouble) -> None:
    with trouble.noted("till"):
        codes = app.counting.codes("cards")
        made = tuple(one.code for one in codes) or app.counting.issue("cards", CODES)
        Customers(app, plan.answers, plan.number, made[:CODES]).ask()
        app.store.close()


def _forget(app: App, plan: Round) -> None:
    forgotten, _ = app.keeping.forget(Wanted(url=plan.forgets), "ada")
    if forgotten.items:
        with plan.forgotten.open("a") as file:
            file.write(f"{plan.forgets}\n")


class Trouble:
    """Notes what went wrong, in a file that outlives the process, and holds nothing else up."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.code = SOUND

    @contextmanager
    def noted(self, stage: str) -> Iterator[None]:
        """Notes what the block raises."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 whatever it is, the parent judges it
            self.code = max(self.code, DISTURBED if isinstance(error, StoreError) else BROKEN)
            with self._file.open("a") as file:
                file.write(f"in {stage}: " + "".join(traceback.format_exception(error)))
