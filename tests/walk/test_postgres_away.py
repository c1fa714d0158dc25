"""A bot whose PostgreSQL server goes, is full or restarts: one line when it goes, one when it is back, and nothing lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from bot.scheduler import EVERY, Runner
from bot.wiring import App
from config.settings import load_settings
from tests.support import postgres
from tests.support.desk import Desk, feeds_config, serve_stories
from tests.support.feedserver import FeedServer

pytestmark = [pytest.mark.postgres, pytest.mark.full]
PATIENCE = 40.0
OFTEN = dict.fromkeys(EVERY, 0.4)


@pytest.fixture
def server() -> Iterator[postgres.Server]:
    made = postgres.start("fsync=off", "max_connections=40", "wal_writer_delay=10s")
    try:
        made.tell("CREATE DATABASE heard TEMPLATE template0")
        yield made
    finally:
        postgres.stop(made)


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


@contextmanager
def at_work(app: App) -> Iterator[None]:
    runner = Runner(app, every=OFTEN)
    thread = threading.Thread(target=runner.run_until_stopped, kwargs={"signals": False})
    thread.start()
    try:
        yield
    finally:
        runner.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_server_that_goes_or_has_no_connection_left_is_told_once_and_nothing_is_lost(
    server: postgres.Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="heard")

    def said(words: str) -> int:
        return sum(words in message for message in caplog.messages)

    address = server.address("heard")
    with FeedServer() as feeds, ExitStack() as held:
        desk = Desk(tmp_path)
        config = feeds_config(serve_stories(feeds)).replace("[heard]", f'[heard]\ndatabase = "{address}"', 1)
        desk.write(config)
        app = App(load_settings(desk.config))
        app.prepare()
        held.callback(app.close)
        with at_work(app):
            wait_for(lambda: said("poll source=blogs") == 1)
            for times, how in ((1, "immediate"), (2, "fast")):
                server.control("stop", "-m", how)
                wait_for(lambda times=times: said("database away") == times)  # type: ignore[misc]
                time.sleep(1.5)
                server.control("start")
                wait_for(lambda times=times: said("database back") == times)  # type: ignore[misc]
                wait_for(lambda: app.store.counts()["mentions"] == 5)  # what the crash took is read again
            with psycopg.connect(server.address("postgres"), autocommit=True) as other:
                other.execute(b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'heard'")
                crowd = held.enter_context(ExitStack())
                with suppress(psycopg.OperationalError):  # until there is no more
                    while True:
                        crowd.enter_context(psycopg.connect(server.address("postgres")))
                wait_for(lambda: said("database away") == 3)
                crowd.close()
            wait_for(lambda: said("database back") == 3)
        (crowded,) = (line for line in caplog.messages if "database away" in line and "no connection left" in line)
        assert "Raise max_connections" in crowded
        assert said("still away") == 0
        assert len([one for one in caplog.records if one.levelno >= logging.ERROR]) == 3, caplog.text
        assert app.store.counts()["mentions"] == 5
        assert app.store.integrity_check() == ()
