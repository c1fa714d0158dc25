"""kill -9 in the middle of a rescoring, again and again: nothing lost, nothing doubled, the report whole."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from bot.model import Page, ScoredMention, Target, brief_of
from bot.score.score_mentions import rules_version
from bot.store.sqlite import open_store
from bot.wiring import App
from config.settings import load_settings
from tests.score.made import NOW, mention
from tests.walk.rescorer import work

MENTIONS = 1_600
KILLS = 20
CONFIG = """
[[subject]]
id = "moon"
name = "Marzipan & Moon"
query = '"marzipan & moon"'
[[message]]
id = "fair"
statement = "All our cocoa is bought directly from farmers."
"""
HEAVIER = '[score]\nweights_version = "2"\ntone = 0.9\nmessage = 0.05\nadvocacy = 0.05\n'


@pytest.mark.full
@pytest.mark.timeout(600)
def test_killing_a_rescoring_loses_and_doubles_nothing_and_the_report_is_whole(tmp_path: Path) -> None:
    config, told = tmp_path / "heard.toml", tmp_path / "told"
    config.write_text(CONFIG, encoding="utf-8")
    old = _scored(config)
    config.write_text(CONFIG + HEAVIER, encoding="utf-8")
    rng, context = random.Random(20260302), multiprocessing.get_context("forkserver")
    kills, left = 0, [MENTIONS]
    while left[-1]:
        told.unlink(missing_ok=True)
        process = context.Process(target=work, args=(str(config), str(told)))
        process.start()
        if kills < KILLS:
            _wait_for(told, process)
            time.sleep(rng.uniform(0, 0.05))
            with suppress(ProcessLookupError):
                os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        assert process.exitcode in {0, -signal.SIGKILL}
        kills += process.exitcode != 0
        left.append(_waiting(config))
        assert left[-1] < left[-2], "it goes on where it stood"
    assert kills > 0
    _everything_is_rescored_once(config, old)


def _scored(config: Path) -> dict[str, ScoredMention]:
    """Puts mentions into the database and scores them; the scores."""
    app = App(load_settings(config))
    try:
        made = [mention(f"Marzipan & Moon is lovely, visit {n}", key=f"x:{n}") for n in range(MENTIONS)]
        target = Target("x")
        app.store.add_targets([target], NOW)
        app.store.save_page(target, Page(items=tuple(one.item for one in made)), made, NOW, NOW)
        assert app.listening.score() == MENTIONS
        return _stored(app)
    finally:
        app.close()


def _stored(app: App) -> dict[str, ScoredMention]:
    return {found.mention.id: found for found in app.store.mentions() if isinstance(found, ScoredMention)}


def _wait_for(told: Path, process: multiprocessing.process.BaseProcess) -> None:
    """Until the first batch is saved, or the process has ended."""
    until = time.monotonic() + 60
    while not told.exists() and process.is_alive() and time.monotonic() < until:
        time.sleep(0.002)


def _waiting(config: Path) -> int:
    app = App(load_settings(config))
    try:
        return app.rescoring.waiting()
    finally:
        app.close()


def _everything_is_rescored_once(config: Path, old: dict[str, ScoredMention]) -> None:
    app = App(load_settings(config))
    try:
        new = _stored(app)
        assert new.keys() == old.keys()
        assert {found.score.rules_version for found in new.values()} == {rules_version(app.listening.scoring)}
        changes = list(app.rescoring.changes())
        assert {row.mention: row.before for row in changes} == {
            name: brief_of(found.score) for name, found in old.items()
        }
        assert len(changes) == len(old)
        assert app.rescoring.difference(changes).mentions == MENTIONS
    finally:
        app.close()
    store = open_store(config.parent / "heard.db")
    assert store.integrity_check() == ()
    store.close()
