"""What keeping books may rely on, whatever the database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.errors import BudgetSpent
from bot.model import Bill, Cost, DayCost, HourCount, Interval, Page, Resource, Stage, Volume
from bot.ports import Store
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_mention, an_item

TODAY = NOON.date()
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
POST = 0.005


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS], NOON)


def willing(today: Cost, this_month: Cost) -> None:
    """Lets everything pass."""


def bill(*posts: str, day: date = TODAY) -> Bill:
    return Bill(day, tuple(Resource("post", post, POST) for post in posts))


def read(store: Store, *posts: str, now: datetime = NOON, charge: int | None = None, **more) -> Cost:
    page = Page(cost=Cost(len(posts), POST * len(posts)), bill=bill(*posts, day=now.date()), **more)
    return store.save_page(BLOGS, page, (), now, now + HOUR, charge=charge).cost


def ledger(store: Store, since: datetime = MIDNIGHT) -> DayCost:
    return store.day_costs("blogs", since).get(since.date(), DayCost())


def test_what_was_read_today_costs_nothing_again_and_tomorrow_it_does(store: Store):
    assert read(store, "a", "b") == Cost(2, 0.01)
    assert read(store, "b", "c") == Cost(1, 0.005)
    assert read(store, "a", "b", "c") == Cost(0, 0.0)
    assert ledger(store) == DayCost(Cost(3, 0.015), Cost(7, 0.035), Cost(), 3)
    assert read(store, "a", now=NOON + DAY) == Cost(1, 0.005)
    assert read(store, "b", now=NOON) == Cost(0, 0.0), "a clock that was set back does not make it new"


def test_what_was_read_while_the_clock_ran_ahead_is_paid_for_when_that_day_comes(store: Store):
    read(store, "a", now=NOON + DAY)
    read(store, "b", now=NOON)
    assert read(store, "a", now=NOON + DAY) == Cost(1, 0.005)


def test_the_same_id_of_another_kind_is_another_thing(store: Store):
    page = Page(cost=Cost(2, 0.015), bill=Bill(TODAY, (Resource("post", "1", 0.005), Resource("user", "1", 0.01))))
    assert store.save_page(BLOGS, page, (), NOON, NOON).cost == Cost(2, 0.015)
    assert store.save_page(BLOGS, page, (), NOON, NOON).cost == Cost(0, 0.0)
    assert ledger(store).posts == 1


def test_an_open_charge_counts_until_its_page_settles_it(store: Store):
    charge = store.open_charge(BLOGS, Cost(10, 0.05), NOON, willing, what="s")
    assert store.spent("blogs", MIDNIGHT) == Cost(10, 0.05)
    assert ledger(store).in_doubt == Cost(10, 0.05)
    read(store, "a", charge=charge)
    assert ledger(store) == DayCost(Cost(1, 0.005), Cost(1, 0.005), Cost(), 1)


def test_a_charge_takes_the_place_of_the_one_before_and_nothing_is_no_charge(store: Store):
    first = store.open_charge(BLOGS, Cost(10, 0.05), NOON, willing)
    second = store.open_charge(BLOGS, Cost(4, 0.02), NOON, willing, instead=first)
    assert store.spent("blogs", MIDNIGHT) == Cost(4, 0.02)
    assert store.open_charge(BLOGS, Cost(), NOON, willing, instead=second) is None
    assert store.spent("blogs", MIDNIGHT) == Cost(0, 0.0)


def test_a_charge_that_is_judged_too_high_changes_nothing(store: Store):
    first = store.open_charge(BLOGS, Cost(10, 0.05), NOON, willing)
    read(store, "a", now=NOON - 2 * DAY)
    seen: list[tuple[Cost, Cost]] = []

    def unwilling(today: Cost, this_month: Cost) -> None:
        seen.append((today, this_month))
        raise BudgetSpent("no")

    with pytest.raises(BudgetSpent):
        store.open_charge(BLOGS, Cost(9, 0.045), NOON, unwilling, instead=first)
    assert seen == [(Cost(0, 0.0), Cost(1, 0.005))], "without the charge that it would replace"
    assert store.spent("blogs", MIDNIGHT) == Cost(10, 0.05)


def test_doubts_about_a_search_end_when_it_was_read_to_its_end_the_same_day(store: Store):
    for what, at in (("s", NOON), ("s", NOON - DAY), ("s+authors", NOON), ("t", NOON)):
        store.open_charge(BLOGS, Cost(10, 0.05), at, willing, what=what)
    read(store, "a", settles=("s",))
    assert ledger(store).in_doubt == Cost(20, 0.1)
    assert ledger(store, MIDNIGHT - DAY).in_doubt == Cost(10, 0.05)
    read(store, "b", settles=("s", "s+authors"))
    assert ledger(store).in_doubt == Cost(10, 0.05)


def test_a_page_is_paid_by_the_subjects_that_it_names_else_by_those_it_was_for(store: Store):
    both, one = an_item(1), an_item(2)
    mentions = [a_mention(both, "moon"), a_mention(both, "sun"), a_mention(one, "moon")]
    store.save_page(BLOGS, Page(items=(both, one), cost=Cost(3, 0.015), subjects=("moon",)), mentions, NOON, NOON)
    store.save_page(BLOGS, Page(cost=Cost(4, 0.02), subjects=("moon", "star")), (), NOON, NOON)
    shares = store.cost_shares("blogs", MIDNIGHT)
    assert {name: (cost.reads, pytest.approx(cost.usd), found) for name, (cost, found) in shares.items()} == {
        "moon": (4, 0.02, 2),
        "star": (2, 0.01, 0),
        "sun": (1, 0.005, 1),
    }


def test_counts_are_replaced_by_newer_ones_and_their_cost_is_booked_as_no_read(store: Store):
    hour = NOON - 3 * HOUR
    charge = store.open_charge(BLOGS, Cost(0, 0.005), NOON, willing)
    store.save_volume(
        BLOGS, Volume((HourCount("moon", hour, 3), HourCount("sun", hour, 4)), Cost(0, 0.005)), NOON, charge=charge
    )
    store.save_volume(BLOGS, Volume((HourCount("moon", hour, 5),)), NOON)
    assert store.hour_counts(hour, NOON) == {"blogs": (HourCount("moon", hour, 5), HourCount("sun", hour, 4))}
    assert store.hour_counts(hour + HOUR, NOON) == {}
    [counted] = store.counted_days("blogs", MIDNIGHT).values()
    assert (counted.hours, counted.posts, counted.last) == (1, 9, hour)
    assert ledger(store) == DayCost(Cost(0, 0.005), Cost(0, 0.005), Cost(), 0)


def test_a_stage_keeps_the_time_since_when_it_holds(store: Store):
    assert store.stage("blogs") is None
    store.set_stage("blogs", Stage.FEWER, NOON)
    store.set_stage("blogs", Stage.FEWER, NOON + HOUR)
    assert store.stage("blogs") == (Stage.FEWER, NOON)
    store.set_stage("blogs", Stage.FULL, NOON + DAY)
    assert store.stage("blogs") == (Stage.FULL, NOON + DAY)


def reconcile(store: Store, platform: dict[date, int], now: datetime = NOON + DAY, reason: str | None = None) -> None:
    store.reconcile(BLOGS, platform, [TODAY], Cost(1, POST), now, reason)


def test_what_the_platform_counts_beyond_ours_is_booked_once_and_less_never_makes_ours_smaller(store: Store):
    read(store, "a", "b")
    for _ in range(2):
        reconcile(store, {TODAY: 5})
        assert ledger(store).booked == Cost(5, 0.025)
    [row] = store.reconciled("blogs", TODAY)
    assert (row.ours, row.platform, row.difference) == (2, 5, 3)
    reconcile(store, {TODAY: 1})
    assert ledger(store).booked == Cost(2, 0.01)


def test_old_doubts_are_what_the_platform_says_and_fresh_ones_wait(store: Store):
    read(store, "a", "b")
    store.open_charge(BLOGS, Cost(100, 0.5), NOON, willing, what="s")
    store.open_charge(BLOGS, Cost(20, 0.15), NOON, willing, what="with authors")
    reconcile(store, {TODAY: 2 + 60})
    assert ledger(store).in_doubt == Cost(120, 0.65), "yesterday's figure may still grow"
    for back in (3, 4):
        reconcile(store, {TODAY: 2 + 60}, NOON + back * DAY)
        day = ledger(store)
        assert day.in_doubt == Cost(20, 0.15), "whether authors came along nobody knows"
        assert day.booked.usd == pytest.approx(0.01 + 0.15 + 40 * POST)
    [row] = store.reconciled("blogs", TODAY)
    assert row.difference == 0, "what was in doubt explains it"


def test_a_platform_that_says_nothing_leaves_its_reason_and_keeps_what_it_said_before(store: Store):
    reconcile(store, {}, reason="refused")
    [row] = store.reconciled("blogs", TODAY)
    assert (row.platform, row.reason, row.difference) == (None, "refused", None)
    reconcile(store, {TODAY: 0})
    reconcile(store, {}, reason="refused")
    [row] = store.reconciled("blogs", TODAY)
    assert (row.platform, row.reason) == (0, "refused")


def test_a_backfill_has_a_cursor_of_its_own(store: Store):
    span = Interval(NOON - 2 * DAY, NOON)
    store.lease(BLOGS, "live", NOON, NOON + HOUR)
    store.save_page(BLOGS, Page(cursor={"live": 1}), (), NOON, NOON + HOUR, owner="live")
    assert store.begin_backfill("b", BLOGS, span, NOON) == (None, span, False)
    store.save_page(BLOGS, Page(cursor={"past": 1}), (), NOON, NOON + 9 * HOUR, backfill="b")
    later = Interval(span.start, NOON + HOUR)
    assert store.begin_backfill("b", BLOGS, later, NOON) == ({"past": 1}, span, False)
    [state] = store.target_states()
    assert state.cursor == {"live": 1}
    assert store.lease(BLOGS, "other", NOON + 2 * HOUR, NOON + 3 * HOUR) is not None, "the lease was not prolonged"
    store.end_backfill("b", NOON)
    assert store.begin_backfill("b", BLOGS, later, NOON) == ({"past": 1}, span, True)
    assert store.begin_backfill("b", BLOGS, later, NOON, again=True) == (None, later, False)


def test_dust_of_many_small_sums_never_shows(store: Store):
    for number in range(300):
        read(store, str(number), now=NOON + timedelta(seconds=number))
    assert ledger(store).booked == Cost(300, 1.5)
