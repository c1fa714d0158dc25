"""The dead-man's switch: an address outside hears from Heard while all is well, and only then."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError, DeliveryError
from bot.model.vitals import TaskMark
from bot.stewardship.deadman import NEEDED, is_time, not_well
from bot.stewardship.vitals import GRACE, Pulse
from bot.wiring import App
from config.settings import load_settings
from tests.support.desk import run
from tests.support.feedserver import FeedServer, Reply, redirect

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


def marks(at: datetime = NOW) -> tuple[TaskMark, ...]:
    return tuple(TaskMark("here", task, timedelta(seconds=15), at, SECOND, at) for task in NEEDED)


def test_all_is_well_only_when_every_needed_task_went_well_lately() -> None:
    assert not_well(marks(), NOW) == ()
    assert not_well((), NOW) == NEEDED, "nothing ran yet"
    for place, task in enumerate(NEEDED):
        known = list(marks())
        known[place] = replace(known[place], succeeded_at=None)
        assert not_well(known, NOW) == (task,)
        known[place] = replace(known[place], succeeded_at=NOW - GRACE - timedelta(seconds=16))
        assert not_well(known, NOW) == (task,)
    others = TaskMark("here", "learn", timedelta(minutes=10), NOW - timedelta(days=1))
    assert not_well((*marks(), others), NOW) == ()


def test_it_is_time_again_after_a_while_and_after_the_clock_was_set_back() -> None:
    assert is_time(None, EVERY, NOW)
    assert not is_time(NOW, EVERY, NOW + EVERY - SECOND)
    assert is_time(NOW, EVERY, NOW + EVERY)
    assert is_time(NOW, EVERY, NOW - timedelta(days=1))
    assert is_time(NOW, EVERY, NOW + timedelta(days=365))


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def an_app(folder: Path, address: str, clock: ManualClock | None = None, networks: str = '["127.0.0.0/8"]') -> App:
    (folder / "ping.txt").write_text(address)
    (folder / "heard.toml").write_text(f'[deadman]\nurl_file = "ping.txt"\n[http]\nallow_networks = {networks}\n')
    return App(load_settings(folder / "heard.toml"), clock or ManualClock(NOW))


def a_pulse(clock: ManualClock) -> Pulse:
    return Pulse("here", dict.fromkeys(NEEDED, 15.0), clock.now)


def all_ran(pulse: Pulse, clock: ManualClock) -> None:
    for task in NEEDED:
        pulse.ran(task, clock.now(), well=True)


def test_a_job_that_hangs_in_silence_stops_the_ping(
    server: FeedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock(NOW)
    address = server.add("/ping/8d0b", Reply(body="OK"))
    app, pulse = an_app(tmp_path, address, clock), a_pulse(clock)
    assert not app.deadman.look(pulse, clock.now()), "nothing has run yet"
    with caplog.at_level(logging.INFO):
        for minute in range(120):
            clock.set(NOW + timedelta(minutes=minute))
            if minute < 60:
                all_ran(pulse, clock)
            else:
                for task in set(NEEDED) - {"collect"}:
                    pulse.ran(task, clock.now(), well=True)
            app.deadman.look(pulse, clock.now())
    app.close()
    assert len(server.asked("/ping/8d0b")) == 60 // 5 + 3, "each five minutes, until collecting was silent for too long"
    assert [line.getMessage() for line in caplog.records if "deadman" in line.name] == [
        "no ping: not well tasks=collect",
    ], "that a first round has not come yet is no fault"
    assert "8d0b" not in caplog.text, "whoever has the address can keep it quiet"


def test_an_address_that_does_not_answer_is_logged_once_and_disturbs_nothing(
    server: FeedServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock(NOW)
    good = Reply(body="OK")
    app = an_app(
        tmp_path,
        server.add("/ping/8d0b", [Reply(500), Reply(raw=[b""]), redirect("/elsewhere"), good, good, Reply(404)]),
        clock,
    )
    pulse, went = a_pulse(clock), []
    for turn in range(6):
        clock.set(NOW + turn * EVERY)
        all_ran(pulse, clock)
        went.append(app.deadman.look(pulse, clock.now()))
    app.close()
    assert went == [False, False, False, True, True, False]
    assert [line.levelno for line in caplog.records if line.name == "heard.deadman"] == [
        logging.WARNING,
        logging.WARNING,
    ]
    assert "8d0b" not in caplog.text
    assert not server.asked("/elsewhere")


def test_private_networks_are_guarded_as_for_every_request(server: FeedServer, tmp_path: Path) -> None:
    app = an_app(tmp_path, server.add("/ping", Reply(body="OK")), networks="[]")
    with pytest.raises(DeliveryError, match="AddressRefused"):
        app.deadman.ping()
    app.close()
    assert not server.asked("/ping")


@pytest.mark.parametrize("address", ["", "ftp://a.example/x", "nonsense", "https://"])
def test_an_address_that_is_none_is_a_wrong_configuration(tmp_path: Path, address: str) -> None:
    app = an_app(tmp_path, address)
    with pytest.raises(ConfigError):
        app.prepare()
    app.close()


@pytest.mark.parametrize(
    "table", ['every = "5m"', 'url_env = "A"\nevery = "5s"', 'url_env = "A"\nurl = "https://a.example"']
)
def test_a_table_that_makes_no_sense_is_refused(tmp_path: Path, table: str) -> None:
    (tmp_path / "heard.toml").write_text(f"[deadman]\n{table}\n")
    with pytest.raises(ConfigError, match="deadman"):
        load_settings(tmp_path / "heard.toml")


def test_without_a_table_nothing_is_asked(tmp_path: Path) -> None:
    (tmp_path / "heard.toml").write_text("")
    app = App(load_settings(tmp_path / "heard.toml"), ManualClock(NOW))
    clock = ManualClock(NOW)
    pulse = a_pulse(clock)
    all_ran(pulse, clock)
    assert not app.deadman.look(pulse, NOW)
    assert app.deadman.name is None
    app.close()


def test_check_live_pings_once(server: FeedServer, tmp_path: Path) -> None:
    an_app(tmp_path, server.add("/ping/8d0b", Reply(body="OK"))).close()
    config = str(tmp_path / "heard.toml")
    said = run(["--config", config, "check"])
    assert "ok    deadman" in said.out
    assert not server.asked("/ping/8d0b")
    said = run(["--config", config, "check", "--live"])
    assert "answers" in said.out
    assert len(server.asked("/ping/8d0b")) == 1
    assert "8d0b" not in said.out + said.err
