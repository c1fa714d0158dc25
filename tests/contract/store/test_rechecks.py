"""What following deletions may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import Cost, ItemKind, Page, State, Target
from bot.model.keeping import Cause
from bot.model.rechecking import Kept, LookNote
from bot.ports import Store
from tests.support.samples import DAY, HOUR, NOON, a_mention, an_item

X = Target("x")
FAR = NOON + 30 * DAY


def keep(store: Store, *keys: str, at: datetime = NOON - HOUR) -> None:
    store.add_targets([X], at)
    items = tuple(an_item(1, key=key, kind=ItemKind.POST, published_at=at) for key in keys)
    store.save_page(X, Page(items=items), [a_mention(item, collected_at=at) for item in items], at, at)


def in_a_day(kept: Kept) -> datetime:
    return kept.collected_at + DAY


def keys(found: tuple[Kept, ...]) -> list[str]:
    return [kept.key for kept in found]


def test_each_item_of_a_platform_is_enrolled_once(store: Store) -> None:
    keep(store, "x:1", "x:2", "rss:3", "xx:4")
    assert store.enrol_rechecks("x", in_a_day, NOON) == 2
    assert store.enrol_rechecks("x", in_a_day, NOON) == 0
    keep(store, "x:5", at=NOON)
    assert store.enrol_rechecks("x", in_a_day, NOON) == 1


def test_what_another_process_writes_late_is_not_missed(store: Store) -> None:
    keep(store, "x:2", at=NOON - timedelta(minutes=1))
    assert store.enrol_rechecks("x", in_a_day, NOON) == 1
    assert store.enrol_rechecks("x", in_a_day, NOON + HOUR) == 0  # seen again, and known
    keep(store, "x:3", at=NOON + DAY)  # by a clock that ran ahead
    assert store.enrol_rechecks("x", in_a_day, NOON + HOUR) == 1


def test_what_is_due_comes_oldest_first_and_what_a_wrong_clock_dated_comes_too(store: Store) -> None:
    keep(store, "x:1", at=NOON - 2 * DAY)
    keep(store, "x:2", at=NOON - 3 * DAY)
    keep(store, "x:3", at=NOON)
    keep(store, "x:4", at=NOON + 400 * DAY)
    store.enrol_rechecks("x", in_a_day, NOON)
    assert keys(store.due_rechecks("x", NOON, FAR, 10)) == ["x:2", "x:1", "x:4"]
    assert keys(store.due_rechecks("x", NOON, FAR, 1)) == ["x:2"]
    assert store.due_rechecks("reddit", NOON, FAR, 10) == ()


def test_what_is_in_hand_is_not_due_until_it_is_released_or_looked_at(store: Store) -> None:
    keep(store, "x:1", "x:2", at=NOON - 2 * DAY)
    store.enrol_rechecks("x", in_a_day, NOON)
    store.take_in_hand("x", ["x:1", "x:unknown"], NOON)
    assert keys(store.due_rechecks("x", NOON, FAR, 10)) == ["x:2"]
    assert keys(store.in_hand("x")) == ["x:1"]
    store.release_in_hand("x")
    assert keys(store.due_rechecks("x", NOON, FAR, 10)) == ["x:1", "x:2"]
    store.take_in_hand("x", ["x:1"], NOON)
    store.reschedule({"x:1": NOON + DAY, "x:unknown": NOON}, NOON)
    assert store.in_hand("x") == ()
    (kept,) = store.due_rechecks("x", NOON + 2 * DAY, FAR, 10)[1:]
    assert (kept.key, kept.looked_at, kept.due_at) == ("x:1", NOON, NOON + DAY)


def test_one_worker_at_a_time_has_a_platform(store: Store) -> None:
    state = store.lease_recheck("x", X, "a", NOON, NOON + HOUR)
    assert state is not None
    assert (state.target, state.state, state.cursor) == (X, State.NEW, None)
    assert store.lease_recheck("x", X, "b", NOON, NOON + HOUR) is None
    assert store.lease_recheck("reddit", X, "b", NOON, NOON + HOUR) is not None
    assert store.keep_recheck("x", "a", NOON + HOUR, {"job": "1"})
    assert not store.keep_recheck("x", "b", NOON + HOUR, {"job": "2"})
    taken = store.lease_recheck("x", X, "b", NOON + HOUR, NOON + 2 * HOUR)
    assert taken is not None
    assert taken.cursor == {"job": "1"}
    store.finish_recheck("x", "a", replace(state, state=State.BLOCKED))
    assert store.recheck_states()["x"].state is State.NEW  # a has lost it
    store.finish_recheck("x", "b", replace(state, state=State.OK, last_success=NOON, next_poll_at=NOON + DAY))
    assert store.recheck_states()["x"].next_poll_at == NOON + DAY
    assert store.lease_recheck("x", X, "c", NOON, NOON + HOUR) is not None


def test_a_lease_that_a_wrong_clock_wrote_is_overtaken(store: Store) -> None:
    store.lease_recheck("x", X, "a", NOON + 400 * DAY, NOON + 401 * DAY)
    assert store.lease_recheck("x", X, "b", NOON, NOON + HOUR) is not None


def test_how_following_stands_is_told(store: Store) -> None:
    keep(store, "x:1", at=NOON - 3 * DAY)
    keep(store, "x:2", at=NOON - DAY - HOUR)
    keep(store, "x:3", at=NOON)
    store.enrol_rechecks("x", in_a_day, NOON)
    store.note_look("x", "x", LookNote(5, 1, HOUR, None, Cost(5, 0.025)), NOON - 2 * HOUR)
    store.note_look("x", "x", LookNote(7, 0, 2 * HOUR, 3 * HOUR, Cost(7, 0.035)), NOON - HOUR)
    store.note_look("x", "x", LookNote(9, 9, DAY, DAY), NOON - 8 * DAY)
    (told,) = store.following(["x"], NOON)
    assert (told.kept, told.due, told.overdue, told.in_hand) == (3, 2, 1, 0)
    assert (told.oldest, told.next_due) == (NOON - 2 * DAY, NOON + DAY)
    assert (told.week.looked, told.week.gone, told.week.late, told.week.lag) == (12, 1, 2 * HOUR, 3 * HOUR)
    assert told.week.cost.reads == 12
    (none,) = store.following(["reddit"], NOON)
    assert (none.kept, none.due, none.state, none.oldest) == (0, 0, None, None)


def test_why_words_are_gone_is_remembered(store: Store) -> None:
    keep(store, "x:1", "x:2")
    store.forget_items(["x:1"], cause=Cause.UPSTREAM, noticed_at=NOON, now=NOON)
    store.forget_items(["x:2"], cause=Cause.RETENTION, noticed_at=NOON, now=NOON + HOUR)
    assert store.why_gone("x:1") == (Cause.UPSTREAM, NOON)
    assert store.why_gone("x:2") == (Cause.RETENTION, NOON + HOUR)
    assert store.why_gone("x:3") is None


def test_forgotten_items_stay_enrolled_so_that_what_comes_back_is_followed(store: Store) -> None:
    keep(store, "x:1", at=NOON - 2 * DAY)
    store.enrol_rechecks("x", in_a_day, NOON)
    store.forget_items(["x:1"], cause=Cause.UPSTREAM, noticed_at=NOON, now=NOON)
    (kept,) = store.due_rechecks("x", NOON, FAR, 10)
    assert kept.removed
