"""The heartbeat file, and what is made of it and of the marks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.heartbeat import Beat, forget_beat, place_of, read_beat, write_beat
from bot.model.vitals import TaskMark
from bot.stewardship.vitals import BEAT, Pulse, late, latest

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "heard.toml"
    yield path
    forget_beat(path)


def test_a_beat_is_read_as_it_was_written_by_this_user_alone(config: Path) -> None:
    assert read_beat(config) is None
    write_beat(config, Beat(NOON, ("score",)))
    write_beat(config, Beat(NOON + MINUTE))
    assert read_beat(config) == Beat(NOON + MINUTE)
    assert place_of(config).stat().st_mode & 0o777 == 0o600
    assert read_beat(config.with_name("other.toml")) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"at": "2026-03-02T12:00:00", "late": []}', '{"at": 7}', "\0" * 9999]
)
def test_what_is_no_beat_is_none(config: Path, text: str) -> None:
    place_of(config).write_text(text)
    assert read_beat(config) is None


def test_no_link_is_followed_and_none_is_written_through(config: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text('{"at": "2026-03-02T12:00:00+00:00", "late": []}')
    place_of(config).symlink_to(precious)
    assert read_beat(config) is None
    write_beat(config, Beat(NOON))
    assert "2026-03-02T12:00:00+00:00" in precious.read_text()
    assert not place_of(config).is_symlink()
    assert read_beat(config) == Beat(NOON)


def test_a_task_is_late_by_its_pace_and_a_grace_and_by_its_newest_host() -> None:
    slow = TaskMark("a", "learn", timedelta(minutes=10), NOON)
    beat = TaskMark("a", BEAT, timedelta(seconds=15), NOON)
    assert late([slow, beat], NOON + timedelta(seconds=90)) == ()
    assert late([slow, beat], NOON + timedelta(seconds=91)) == (BEAT,)
    assert late([slow], NOON + timedelta(minutes=25, seconds=1)) == ("learn",)
    newer = TaskMark("b", "learn", timedelta(minutes=10), NOON + MINUTE)
    assert latest([newer, slow]) == {"learn": newer}
    assert late([newer, slow], NOON + timedelta(minutes=25, seconds=1)) == ()


def test_a_pulse_keeps_the_last_success_through_failures_and_clocks_that_go_back() -> None:
    clock = ManualClock(NOON)
    pulse = Pulse("a", {"score": 5}, clock.now)
    assert pulse.marks() == (TaskMark("a", "score", timedelta(seconds=5), NOON),)
    clock.advance(MINUTE)
    pulse.ran("score", NOON, well=True)
    clock.advance(-2 * MINUTE)
    pulse.ran("score", NOON, well=False)
    assert pulse.marks() == (TaskMark("a", "score", timedelta(seconds=5), NOON - MINUTE, timedelta(), NOON + MINUTE),)
