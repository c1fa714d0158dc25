"""What the log says while the database is away: when it goes, now and then, and when it is back."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.clock import ManualClock
from bot.errors import StoreAway
from bot.outage import RAREST, Outage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GONE = StoreAway("it is gone")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def outage(clock: ManualClock, caplog: pytest.LogCaptureFixture) -> Outage:
    caplog.set_level(logging.INFO, logger="heard.run")
    return Outage(clock.now)


def test_a_day_without_a_database_is_told_in_a_few_lines(
    outage: Outage, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[timedelta] = []
    for seconds in range(0, 86_400, 5):
        clock.set(NOON + timedelta(seconds=seconds))
        before = len(caplog.records)
        for job in ("beat", "tell", "score"):
            outage.failed(job, GONE, outage.mark())
        told += [clock.now() - NOON] * (len(caplog.records) - before)
    assert told[:5] == [timedelta(minutes=minutes) for minutes in (0, 1, 3, 7, 15)]
    assert all(later - earlier <= RAREST for earlier, later in pairwise(told))
    assert len(told) < 32
    assert caplog.messages[0] == "database away, tried again until it is back job=beat error=it is gone"
    assert caplog.messages[1].startswith("database still away since=2026-11-22T12:00:00+00:00 failures=37 error=")
    clock.set(NOON + timedelta(days=1))
    outage.written(outage.mark())
    outage.written(outage.mark())
    assert caplog.messages[-1] == "database back after seconds=86400 failures=51840"
    assert len(caplog.messages) == len(told) + 1


def test_what_began_before_it_came_back_or_went_is_no_news(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    early = outage.mark()
    outage.failed("tell", GONE, outage.mark())
    outage.written(early)
    assert len(caplog.messages) == 1, "written before it went"
    slow = outage.mark()
    outage.written(outage.mark())
    outage.failed("collect", GONE, slow)
    assert caplog.messages[2:] == ["job=collect error=it is gone"]
    outage.written(outage.mark())
    assert len(caplog.messages) == 3, "it is not away"


def test_a_clock_that_is_set_back_silences_nothing(
    outage: Outage, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    outage.failed("tell", GONE, outage.mark())
    clock.set(NOON - timedelta(days=400))
    outage.failed("tell", GONE, outage.mark())
    outage.written(outage.mark())
    assert caplog.messages[1].startswith("database still away")
    assert caplog.messages[2] == "database back after seconds=0 failures=2"
