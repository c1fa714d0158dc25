"""One round of unattended work at a given time, in a process that a test may kill at any moment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from bot.clock import ManualClock
from bot.wiring import App
from config.settings import load_settings


def work(config: str, now: str) -> None:
    """Collects, scores, publishes and delivers what is due at ``now``, then ends."""
    clock = ManualClock(datetime.fromisoformat(now))
    app = App(load_settings(Path(config)), clock)
    try:
        sources = [source.id for source in app.settings.sources]
        for _ in app.listening.collect(app.listening.due(sources)):
            pass
        app.listening.score()
        app.telling.publish_due()
        app.telling.deliver()
    finally:
        app.close()
