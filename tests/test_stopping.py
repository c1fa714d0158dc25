"""The bot ends within its time whatever hangs, goes on by another configuration, and stops when its database is not its own."""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigError, Overtaken
from bot.scheduler import Runner
from bot.wiring import App
from bot.working import AtWork
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.desk import Desk, feeds_config, serve_stories
from tests.support.feedserver import FeedServer
from tests.support.running import Running
from tests.test_scheduler import OFTEN, Desks, wait_for

SHORT = timedelta(seconds=0.3)


class Hanging(Desks):
    """An application whose scoring never ends."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def score(self, **more: Any) -> int:
        super().score(**more)
        self.go_on.wait(30)
        return 0


def run(runner: Runner, **more: Any) -> tuple[threading.Thread, list[tuple[str, ...]]]:
    left: list[tuple[str, ...]] = []
    thread = threading.Thread(target=lambda: left.append(runner.run_until_stopped(signals=False, **more)))
    thread.start()
    return thread, left


def test_a_job_that_hangs_is_named_and_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    desks, told = Hanging(), []
    runner = Runner(desks, every=OFTEN)  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO, logger="heard.run"):
        thread, left = run(runner, grace=SHORT, stopping=lambda: told.append("stopping"))
        wait_for(lambda: "score" in desks.asked)
        begun = time.monotonic()
        runner.stop()
        thread.join(20)
    assert time.monotonic() - begun < 5
    assert left == [("score",)]
    assert told == ["stopping"]
    assert desks.let_go_of, "others need not wait for leases to run out"
    assert [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING] == [
        "stopped without waiting for jobs=score; nothing that was stored is lost"
    ]
    desks.go_on.set()


def test_work_in_hand_is_counted_by_name() -> None:
    work = AtWork()
    assert work.wait(SHORT) == ()
    with work.on("a"), work.on("a"), work.on("b"):
        assert work.wait(timedelta(0)) == ("a", "b")
    with pytest.raises(ZeroDivisionError), work.on("a"):
        _ = 1 / 0
    assert work.wait(timedelta(0)) == ()


def test_a_database_that_is_not_its_own_any_more_ends_the_bot(caplog: pytest.LogCaptureFixture) -> None:
    desks = Desks(deliver=Overtaken("heard.db was removed while Heard ran."))
    runner = Runner(desks, every=OFTEN)  # type: ignore[arg-type]
    thread, left = run(runner)
    thread.join(20)
    assert not thread.is_alive()
    assert left == [()]
    assert not desks.let_go_of, "nothing hangs, nothing is held"
    assert str(runner.overtaken) == "heard.db was removed while Heard ran."
    assert "job=deliver error=Overtaken: heard.db was removed" in caplog.text


def test_a_configuration_that_is_wrong_changes_nothing_and_a_right_one_is_used(
    caplog: pytest.LogCaptureFixture,
) -> None:
    old, new = Desks(), Desks()
    new.settings = type("Settings", (), {"path": "heard.toml"})()
    answers: list[Callable[[], Desks]] = []

    def reread(holds: object) -> Desks:
        assert holds is old
        return answers.pop(0)()

    def wrong() -> Desks:
        raise ConfigError("heard.toml: unknown key 'feds'\nheard.toml: unknown key 'evry'")

    answers += [wrong, lambda: new]
    runner = Runner(old, every=OFTEN, reread=reread)  # type: ignore[arg-type]
    with caplog.at_level(logging.INFO, logger="heard.run"):
        thread, _ = run(runner)
        wait_for(lambda: "collect" in old.asked)
        runner._on_signal(signal.SIGHUP, None)
        wait_for(lambda: "going on with the one before" in caplog.text)
        assert "unknown key 'feds'; heard.toml: unknown key 'evry'" in caplog.text, "one line"
        assert not new.asked
        runner._on_signal(signal.SIGHUP, None)
        wait_for(lambda: {"collect", "score", "deliver"} <= set(new.asked))
        runner.stop()
        thread.join(20)
    assert "configuration reloaded config=heard.toml" in caplog.text


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(50)
        yield listening.getsockname()[1]


@pytest.mark.full
def test_the_process_ends_within_ten_seconds_though_a_host_never_answers(tmp_path: Path, silent: int) -> None:
    desk = Desk(tmp_path)
    empty_database(tmp_path)
    desk.write(feeds_config(f"http://127.0.0.1:{silent}/feed"))
    bot = Running(desk)
    bot.wait_for(lambda: bool(bot.said("web listening")))
    time.sleep(3)
    code, took = bot.stop()
    assert (code, took < 10) == (0, True), "".join(bot.lines)
    assert bot.said("stopped without waiting for jobs=collect")
    assert not bot.said("Traceback")


@pytest.mark.full
def test_the_process_ends_by_itself_when_its_database_is_removed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    empty_database(tmp_path)
    with FeedServer() as server:
        desk.write(feeds_config(serve_stories(server)))
        bot = Running(desk)
        bot.wait_for(lambda: bool(bot.said("poll source=blogs")))
        for file in tmp_path.glob("heard.db*"):
            file.unlink()
        assert bot.process.wait(timeout=60) == 1
        assert bot.stop()[0] == 1
    assert bot.said("was removed while Heard ran")
    assert not (tmp_path / "heard.db").exists(), "no empty one takes its place"
    assert not bot.said("Traceback")


def test_two_applications_on_one_database_read_anew_share_the_store(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from bot.cli.run import reread

    caplog.set_level(logging.INFO, logger="heard")  # set back at the end, as what is read anew shows its log
    empty_database(tmp_path)
    config = tmp_path / "heard.toml"
    config.write_text("")
    app = App(load_settings(config))
    config.write_text("[heard]\ntimezone = 'Europe/Berlin'\ndatabase = 'sqlite:///other.db'\n")
    new = reread(app)
    assert new.settings.timezone == "Europe/Berlin"
    assert new.store is app.store
    config.write_text("[heard]\ntimezon = 'UTC'\n")
    with pytest.raises(ConfigError, match="timezon"):
        reread(new)
    new.close()
    app.close()
    assert not (tmp_path / "other.db").exists()
