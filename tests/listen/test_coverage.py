"""The ledger as a whole: every moment since the first poll is covered, missed or pending, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.listen.coverage import Look, partition, share, strip, with_growing
from bot.model import Gap, GapCause, Interval, State, Target, TargetState

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
TARGET = Target("x")
WINDOW = Interval(START, START + 48 * HOUR)


def at(hour: float) -> datetime:
    return START + hour * HOUR


def state(kind: State = State.OK, since: float = 0, due: float | None = 24, first: float = 0) -> TargetState:
    return TargetState(
        TARGET, kind, since=at(since), next_poll_at=None if due is None else at(due), first_polled=at(first)
    )


def told(stretches) -> list[tuple[float, float, str]]:
    return [
        ((s.interval.start - START) / HOUR, (s.interval.end - START) / HOUR, str(s.cause or s.look)) for s in stretches
    ]


def test_what_is_not_due_yet_is_pending() -> None:
    found = partition(state(due=24), [Interval(at(0), at(23))], [], WINDOW, at(23.5))
    assert told(found) == [(0, 23, "covered"), (23, 23.5, "pending")]


def test_nothing_is_said_of_the_time_before_the_first_poll() -> None:
    assert told(partition(state(first=10), [Interval(at(8), at(12))], [], WINDOW, at(12))) == [(10, 12, "covered")]
    assert partition(TargetState(TARGET), [], [], WINDOW, at(12)) == ()


def test_a_source_that_is_blocked_misses_every_hour_until_it_is_resumed_though_nobody_polls_it() -> None:
    blocked = state(State.BLOCKED, since=10, due=None)
    gaps = [Gap(Interval(at(9), at(10)), GapCause.BLOCKED)]
    found = partition(blocked, [Interval(at(0), at(9))], gaps, WINDOW, at(40))
    assert told(found) == [(0, 9, "covered"), (9, 10, "blocked"), (10, 40, "blocked")]


def test_a_pause_takes_with_it_what_was_not_due_when_it_began() -> None:
    found = partition(state(State.PAUSED, since=10), [Interval(at(0), at(9))], [], WINDOW, at(40))
    assert told(found) == [(0, 9, "covered"), (9, 40, "paused")]


def test_when_nobody_came_for_a_failing_source_both_causes_are_told() -> None:
    found = partition(state(State.FAILING, since=10, due=12), [Interval(at(0), at(9))], [], WINDOW, at(40))
    assert told(found) == [(0, 9, "covered"), (9, 12, "down"), (12, 40, "not-polled")]


def test_a_window_of_the_past_ends_where_it_ends() -> None:
    past = Interval(at(0), at(24))
    blocked = state(State.BLOCKED, since=10, due=None)
    assert told(partition(blocked, [Interval(at(0), at(10))], [], past, at(40))) == [
        (0, 10, "covered"),
        (10, 24, "blocked"),
    ]
    assert with_growing(blocked, [Interval(at(0), at(10))], [], past, at(40)) == (
        Gap(Interval(at(10), at(24)), GapCause.BLOCKED),
    )


def test_a_mark_is_the_worst_of_its_hour() -> None:
    gaps = [Gap(Interval(at(1.5), at(1.6)), GapCause.DOWN)]
    covered = [Interval(at(0), at(1.5)), Interval(at(1.6), at(3))]
    found = partition(state(first=0), covered, gaps, WINDOW, at(3.5))
    marks = strip(found, Interval(at(-1), at(4)), HOUR)
    assert marks == (None, Look.COVERED, Look.MISSED, Look.COVERED, Look.PENDING)
    assert abs(share(found, Look.COVERED) - 2.9 / 3.5) < 1e-9


SPANS = st.lists(st.tuples(st.integers(0, 47), st.sampled_from([None, "covered", *GapCause])), max_size=48)


@given(SPANS, st.sampled_from(State), st.integers(0, 40), st.integers(1, 48))
def test_every_moment_is_told_once(hours, kind, since, now) -> None:
    what = dict(hours)
    covered = [
        Interval(at(hour), at(hour + 1)) for hour, look in sorted(what.items()) if look == "covered" and hour < now
    ]
    gaps = [
        Gap(Interval(at(hour), at(hour + 1)), look)
        for hour, look in sorted(what.items())
        if isinstance(look, GapCause) and hour < now
    ]
    found = partition(state(kind, since=min(since, now)), covered, gaps, WINDOW, at(now))
    assert (found[0].interval.start, found[-1].interval.end) == (at(0), at(now))
    assert all(one.interval.end == other.interval.start for one, other in pairwise(found))
    for interval in covered:
        assert any(one.interval == interval and one.look is Look.COVERED for one in found)
    for gap in gaps:
        assert any(one.interval == gap.interval and one.cause is gap.cause for one in found)
