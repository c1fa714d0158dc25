"""A list of observations that is taken in twice, by two at once, or again after a kill: each figure once."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from bot.clock import ManualClock
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.web import NOON, heard_app

LINES = 30
MOMENTS = range(1, 4 * LINES, 3)


def a_list(value: int) -> bytes:
    days = [NOON.date() - timedelta(days=back) for back in range(1, LINES + 1)]
    return "\n".join(["metric,provider,method,day,value", *(line(day, value) for day in days)]).encode()


def line(day: date, value: int) -> str:
    return f"clicks,analytics,events,{day},{value}"


def standing(app: App) -> list[float | None]:
    return [one.value for one in app.store.observations(metric="clicks")]


def take_in_and_die(config: str, statements: int) -> None:
    """Takes a list in; the process ends itself before its ``statements``-th statement."""
    app, seen = App(load_settings(Path(config)), ManualClock(NOON)), list[str]()

    def count(statement: str) -> None:
        seen.append(statement)
        if len(seen) == statements:
            os.kill(os.getpid(), signal.SIGKILL)

    app.store._connections.database().conn.set_trace_callback(count)
    app.observing.take_in(a_list(7))
    app.close()


@pytest.mark.skipif(not FULL, reason="a process a moment: in the full run, HEARD_FULL=1")
@pytest.mark.timeout(600)
def test_an_import_that_was_killed_and_repeated_counts_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    for statements in MOMENTS:
        folder = tmp_path / str(statements)
        folder.mkdir()
        app = heard_app(folder)
        process = context.Process(target=take_in_and_die, args=(str(folder / "heard.toml"), statements))
        process.start()
        process.join()
        assert len(standing(app)) in {0, LINES}, "all of it, or nothing"
        app.observing.take_in(a_list(7))
        assert standing(app) == [7.0] * LINES
        assert app.observing.take_in(a_list(7)).new == 0
        app.close()


def test_imports_of_one_list_at_the_same_time_count_once(tmp_path: Path) -> None:
    app, start, new = heard_app(tmp_path), Barrier(4), list[int]()

    def take_in() -> None:
        other = App(app.settings, app.clock)
        start.wait()
        new.append(other.observing.take_in(a_list(7)).new)
        other.close()

    threads = [Thread(target=take_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new) == LINES
    assert standing(app) == [7.0] * LINES
    app.close()


def test_the_later_line_of_a_list_holds_and_the_list_once_more_changes_nothing(tmp_path: Path) -> None:
    app = heard_app(tmp_path)
    body = a_list(7) + f"\n{line(NOON.date() - timedelta(days=1), 9)}\n".encode()
    assert app.observing.take_in(body).new == LINES
    assert app.observing.take_in(body).new == 0
    assert sorted(standing(app)) == [7.0] * (LINES - 1) + [9.0]
    corrected = app.observing.take_in(a_list(8))
    assert (corrected.new, corrected.corrected) == (LINES, LINES)
    assert standing(app) == [8.0] * LINES
    app.close()
