"""One round of following, with connectors that misbehave in every way that the port allows for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.errors import SourceError, Unavailable
from bot.model import Allowance, ItemKind, Mention, Page, State, Target, TargetState
from bot.model.rechecking import Gone, Look, RecheckPlan
from bot.stewardship.following import ROUND, FollowDesk, follow, purge
from bot.store.sqlite import SqliteStore, open_store
from tests.support.database import empty_database
from tests.support.samples import DAY, HOUR, NOON, a_mention, an_item

X = Target("x")
PLAN = RecheckPlan((DAY,), 7 * DAY)
KEYS = [f"x:{number}" for number in range(5)]


class Free:
    """A purse that nothing is taken from."""

    def begin(self) -> Allowance:
        return Allowance()

    def take(self) -> None:
        return None


@dataclass
class Platform:
    """A connector that yields what its script says, for the keys that it is asked about."""

    script: Callable[[Sequence[str], Any], Iterator[Look]]
    platform: str = "x"
    recheck_batch: int = 2
    asked: list[list[str]] = field(default_factory=list)

    def recheck(self, keys: Sequence[str], cursor: Any, allowance: Allowance) -> Iterator[Look]:
        del allowance
        self.asked.append(list(keys))
        return self.script(keys, cursor)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(empty_database(tmp_path))
    opened.add_targets([X], NOON)
    items = tuple(an_item(1, key=key, kind=ItemKind.POST, published_at=NOON) for key in KEYS)
    opened.save_page(X, Page(items=items), [a_mention(item) for item in items], NOON, NOON)
    yield opened
    opened.close()


def settled(state: TargetState, now: datetime, rest: timedelta) -> TargetState:
    return replace(state, state=State.OK, last_success=now, next_poll_at=now + rest, error=None)


def failed(state: TargetState, error: SourceError, now: datetime) -> TargetState:
    return replace(state, state=State.FAILING, next_poll_at=now + HOUR, error=str(error))


def a_desk(store: SqliteStore, platform: Platform, **changes: Any) -> FollowDesk:
    desk = FollowDesk(
        store=store,
        clock=ManualClock(NOON + DAY + HOUR),
        platform="x",
        target=X,
        connector=platform,
        trainable=True,
        plan=PLAN,
        money=Free(),
        mentions=lambda _items: [],
        settled=settled,
        failed=failed,
        owner="a",
    )
    return replace(desk, **changes)


def words(store: SqliteStore) -> set[str]:
    found = [one if isinstance(one, Mention) else one.mention for one in store.mentions()]
    return {one.item.key for one in found if one.item.text}


def all_gone(keys: Sequence[str], _cursor: Any) -> Iterator[Look]:
    yield Look(looked=tuple(keys), gone=tuple(Gone(key, "deleted") for key in keys))


def test_what_is_due_is_asked_about_in_batches_until_nothing_is(store: SqliteStore) -> None:
    platform = Platform(all_gone)
    report = follow(a_desk(store, platform))
    assert report is not None
    assert [len(keys) for keys in platform.asked] == [2, 2, 1]
    assert (report.looked, report.gone) == (5, 5)
    assert words(store) == set()
    assert report.state is not None
    assert report.state.next_poll_at == NOON + DAY + HOUR + ROUND


def test_an_answer_that_says_nothing_is_not_asked_for_without_end(store: SqliteStore) -> None:
    platform = Platform(lambda _keys, _cursor: iter([Look()]))
    report = follow(a_desk(store, platform))
    assert report is not None
    assert len(platform.asked) == 1
    assert len(words(store)) == 5


@pytest.mark.parametrize("back", [3 * DAY, 9 * DAY, 400 * DAY])
def test_a_clock_that_was_set_back_asks_about_each_item_once_at_most(store: SqliteStore, back: timedelta) -> None:
    everything_stands = Platform(lambda keys, _cursor: iter([Look(looked=tuple(keys))]))
    desk = a_desk(
        store, everything_stands, clock=ManualClock(NOON - back), stop=lambda: len(everything_stands.asked) > 9
    )
    assert follow(desk) is not None
    assert len(everything_stands.asked) <= 3


@pytest.mark.parametrize("back", [DAY, 9 * DAY, 400 * DAY])
def test_words_that_nobody_can_ask_about_are_purged_once_whatever_the_clock_says(
    store: SqliteStore, back: timedelta
) -> None:
    plan, rounds = replace(PLAN, purge=2 * DAY), iter(range(100))
    for now, kept in ((NOON - back, 5), (NOON + DAY, 5), (NOON + 2 * DAY, 0)):
        purge(store, "x", plan, now, lambda: next(rounds) > 90)
        assert len(words(store)) == kept
    assert next(rounds) < 20


def test_a_bug_in_a_connector_is_a_failure_and_what_came_before_it_counts(store: SqliteStore) -> None:
    def script(keys: Sequence[str], cursor: Any) -> Iterator[Look]:
        yield from all_gone(keys, cursor)
        raise KeyError("oops")

    report = follow(a_desk(store, Platform(script)))
    assert report is not None
    assert report.gone == 2
    assert report.state is not None
    assert "a bug in the connector" in str(report.state.error)
    assert len(words(store)) == 3


def test_a_kill_in_the_middle_loses_nothing_and_doubles_nothing(store: SqliteStore) -> None:
    class Killed(BaseException):
        pass

    def script(keys: Sequence[str], cursor: Any) -> Iterator[Look]:
        yield from all_gone(keys, cursor)
        raise Killed

    with pytest.raises(Killed):
        follow(a_desk(store, Platform(script)))
    desk = a_desk(store, Platform(all_gone), owner="b", clock=ManualClock(NOON + 2 * DAY))
    report = follow(desk)
    assert report is not None
    assert report.gone == 3
    assert sum(line.forgotten.items for line in store.erasures()) == 5
    (told,) = store.following(["x"], NOON + 2 * DAY)
    assert told.week.gone == 5


def test_who_lost_its_turn_writes_nothing(store: SqliteStore) -> None:
    def script(keys: Sequence[str], cursor: Any) -> Iterator[Look]:
        later = NOON + 2 * DAY
        assert store.lease_recheck("x", X, "b", later, later + HOUR) is not None
        yield from all_gone(keys, cursor)

    report = follow(a_desk(store, Platform(script)))
    assert report is not None
    assert (report.gone, len(words(store))) == (0, 5)


def test_a_stop_ends_it_after_the_step_in_hand(store: SqliteStore) -> None:
    platform = Platform(all_gone)
    report = follow(a_desk(store, platform, stop=lambda: bool(platform.asked)))
    assert report is not None
    assert report.gone == 2
    assert report.state is not None
    assert report.state.next_poll_at == NOON + DAY + HOUR


def test_answers_about_what_was_not_asked_do_no_harm(store: SqliteStore) -> None:
    strange = Look(looked=("x:4", "x:999", "rss:1", ""), gone=(Gone("x:999", "?"), Gone("", "?")))
    report = follow(a_desk(store, Platform(lambda _keys, _cursor: iter([strange]))))
    assert report is not None
    assert len(words(store)) == 5


def test_it_is_not_time_again_until_it_is(store: SqliteStore) -> None:
    platform = Platform(all_gone)
    desk = a_desk(store, platform)
    follow(desk)
    assert follow(desk) is None
    assert follow(desk, anyway=True) is not None
    assert follow(replace(desk, clock=ManualClock(NOON + DAY + 3 * HOUR))) is not None


def test_a_failure_keeps_the_cursor_that_was_saved(store: SqliteStore) -> None:
    def script(keys: Sequence[str], _cursor: Any) -> Iterator[Look]:
        yield Look(taken=tuple(keys), cursor={"job": "1"})
        raise Unavailable("down")

    follow(a_desk(store, Platform(script)))
    assert store.recheck_states()["x"].cursor == {"job": "1"}
    assert [kept.key for kept in store.in_hand("x")] == KEYS[:2]
