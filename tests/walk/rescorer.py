"""A rescoring in a process of its own, that a test may kill at any moment."""

from __future__ import annotations

from pathlib import Path

from bot.clock import SystemClock
from bot.score.rescore import rescore
from bot.wiring import App
from config.settings import load_settings


def work(config: str, progress: str) -> None:
    """Scores history anew in small batches, and writes how far it is to a file after each."""

    def tell(done: int) -> None:
        Path(progress).write_text(str(done), encoding="utf-8")

    app = App(load_settings(Path(config)))
    try:
        rescore(app.store, app.listening.scoring, SystemClock().now(), batch=20, progress=tell)
    finally:
        app.close()
