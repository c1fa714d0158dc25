"""The vital signs on every store: marks of tasks, tallies of polls, what waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.model import PollReport, State, TargetState
from bot.model.vitals import Backlog, PollTally, TaskMark
from bot.ports import Store
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_delivery, a_digest, a_window

MARK = TaskMark("here", "collect", timedelta(seconds=15), NOON, timedelta(seconds=2), NOON)


def test_a_mark_replaces_the_one_before_and_keeps_the_last_success(store: Store) -> None:
    store.mark_tasks([MARK, replace(MARK, host="there")], NOON)
    store.mark_tasks([replace(MARK, at=NOON + HOUR, succeeded_at=None)], NOON + HOUR)
    assert store.task_marks() == (replace(MARK, at=NOON + HOUR), replace(MARK, host="there"))


def test_hosts_that_are_long_gone_and_marks_of_a_wrong_clock_are_forgotten(store: Store) -> None:
    gone, ahead = replace(MARK, host="gone", at=NOON - 8 * DAY), replace(MARK, host="ahead", at=NOON + 30 * DAY)
    store.mark_tasks([gone, ahead, MARK], NOON)
    assert store.task_marks() == (MARK,)


def test_polls_are_tallied_by_how_they_ended(store: Store) -> None:
    store.add_targets([BLOGS], NOON)
    well = PollReport(BLOGS, NOON, State.OK, fetched=20, new=2)
    failed = PollReport(BLOGS, NOON, State.FAILING, error_kind="Unavailable")
    for report in (well, failed, well):
        store.finish_poll(report, TargetState(BLOGS, report.state), ())
    told = {(one.state, one.error_kind): one for one in store.poll_tallies()}
    assert told["ok", ""] == PollTally("blogs", "ok", "", 2, 40, 4)
    assert told["failing", "Unavailable"].polls == 1


def test_nothing_waits_in_an_empty_store_and_it_can_be_written(store: Store) -> None:
    store.touch()
    assert store.unscored_backlog() == store.unsent_backlog(NOON) == Backlog()
    assert store.rechecks_due(NOON) == {}
    assert not store.deliveries_counted()
    assert not store.leaks_counted()
    assert not store.raised_counted(NOON)


def test_a_letter_is_due_since_its_digest_was_written_or_since_it_is_to_be_tried_again(store: Store) -> None:
    digest = replace(a_digest(a_window()), created_at=NOON)
    later = replace(a_delivery(digest, "b@example.org"), next_attempt_at=NOON + HOUR)
    store.publish(digest, [a_delivery(digest), later])
    assert store.unsent_backlog(NOON + timedelta(minutes=1)) == Backlog(1, NOON)
    assert store.unsent_backlog(NOON + 2 * HOUR) == Backlog(2, NOON)
    assert store.deliveries_counted() == {("mail", "pending"): 2}
