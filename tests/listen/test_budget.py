"""How much to read for the money, as a table: limits and what is expected in, a stage out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BudgetSpent
from bot.listen.budget import (
    Limit,
    Means,
    Prices,
    allowance,
    disagrees,
    limits_of,
    next_threshold,
    posts_by_day,
    put_off_first,
    refuse_if_spent,
    reserve_of,
    runs_out,
    stage_of,
)
from bot.listen.polling import month_after
from bot.model import FREE, Allowance, Cost, DayCount, Limits, Reconciliation, Source, Stage, Subject

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
PAID = Source("x", "twitter", HOUR, reads_per_day=100, usd_per_month=5.0)
X = Prices(full=Cost(2, 0.015), thin=Cost(1, 0.005), page=Cost(10, 0.05), counting=Cost(0, 0.01))
ALL = Means(authors=True, lower=True, counts=True)


def month(left: float, most: float = 20.0) -> Limit:
    return Limit("usd_per_month", most, most - left, APRIL)


def stage(left: float, posts: float, before: Stage = Stage.FULL, means: Means = ALL) -> Stage:
    return stage_of([month(left)], {APRIL: posts}, X, means, before, NOW)


@pytest.mark.parametrize(
    ("left", "posts", "means", "expected"),
    [
        (20, 1000, ALL, Stage.FULL),
        (15, 1000, ALL, Stage.NO_AUTHORS),
        (5.5, 1000, ALL, Stage.FEWER),
        (5.5, 1000, Means(authors=True, counts=True), Stage.NO_AUTHORS),
        (5.5, 1000, Means(counts=True), Stage.FULL),
        (0.8, 1000, ALL, Stage.COUNTS),
        (0.8, 0, ALL, Stage.COUNTS),
        (0.009, 1000, ALL, Stage.REST),
        (0.04, 1000, Means(authors=True, lower=True), Stage.REST),
        (0.8, 0, Means(), Stage.FULL),
        (0, 0, ALL, Stage.REST),
    ],
)
def test_the_thinnest_stage_that_is_needed_of_those_that_there_are(left, posts, means, expected):
    assert stage(left, posts, means=means) is expected


def test_what_is_kept_for_counting_lasts_to_the_month_end_and_is_a_tenth_at_most():
    assert reserve_of([month(20)], X.counting, NOW) == pytest.approx(0.01 * 4 * 20.5)
    assert reserve_of([month(1, most=1.0)], X.counting, NOW) == pytest.approx(0.1)
    assert reserve_of([Limit("reads_per_day", 9, 0, NOW + DAY)], X.counting, NOW) == 0


def test_a_stage_is_not_left_before_there_is_a_quarter_more_than_is_needed():
    need = 1000 * 0.015 + reserve_of([month(20)], X.counting, NOW)
    for left in (need + 0.1, need * 1.2):
        assert stage(left, 1000, Stage.FULL) is Stage.FULL
        assert stage(left, 1000, Stage.NO_AUTHORS) is Stage.NO_AUTHORS
    assert stage(need * 1.27, 1000, Stage.NO_AUTHORS) is Stage.FULL


@given(st.floats(0, 50), st.floats(0, 50), st.floats(0, 20_000), st.sampled_from(Stage))
def test_less_money_or_more_to_read_never_means_reading_more(left, less, posts, before):
    smaller = min(left, less)
    assert stage(smaller, posts, before).rank >= stage(max(left, less), posts, before).rank
    assert stage(left, posts * 2, before).rank >= stage(left, posts, before).rank


@given(st.lists(st.floats(0, 20), min_size=2, max_size=30), st.floats(0, 5000))
def test_as_money_goes_within_a_day_stages_only_get_thinner(spendings, posts):
    before, seen = Stage.FULL, []
    for left in sorted((20 - spent for spent in spendings), reverse=True):
        before = stage(max(0, left), posts, before)
        seen.append(before.rank)
    assert all(one <= other for one, other in pairwise(seen))


def test_the_limit_that_is_closest_decides_and_reads_count_like_dollars():
    day = Limit("reads_per_day", 100, 91, NOW + DAY / 2)
    assert stage_of([month(20), day], {}, X, ALL, Stage.FULL, NOW) is Stage.COUNTS
    day = Limit("reads_per_day", 100, 50, NOW + DAY / 2)
    assert stage_of([month(20), day], {NOW + DAY / 2: 30}, X, ALL, Stage.FULL, NOW) is Stage.NO_AUTHORS


def test_the_next_stage_begins_where_its_threshold_says():
    for at in Stage:
        found = next_threshold(month(10), at, 1000, X, ALL, reserve_of([month(10)], X.counting, NOW))
        if at is Stage.REST:
            assert found is None
            continue
        assert found is not None
        coming, below = found
        assert stage(below - 0.001, 1000).rank >= coming.rank
        assert stage(below + 0.001, 1000).rank < coming.rank


@pytest.mark.parametrize(
    ("today", "this_month", "left"),
    [
        (Cost(), Cost(), Allowance(100, 5.0)),
        (Cost(40, 0.2), Cost(900, 4.5), Allowance(60, 0.5)),
        (Cost(140, 0.7), Cost(900, 9.0), Allowance(0, 0.0)),
    ],
)
def test_what_is_left_of_a_budget_is_never_below_zero(today: Cost, this_month: Cost, left: Allowance) -> None:
    assert allowance(PAID, today, this_month) == left
    assert allowance(Source("blogs", "rss", HOUR), today, this_month) == Allowance(None, None)


def test_of_two_limits_the_closer_one_is_what_is_left():
    both = Source("x", "twitter", HOUR, reads_per_day=100, reads_per_month=950, usd_per_day=0.3, usd_per_month=5.0)
    assert allowance(both, Cost(40, 0.2), Cost(900, 1)) == Allowance(50, pytest.approx(0.1))
    assert allowance(both, Cost(0, 0.0), Cost(0, 4.9), reserve=0.04) == Allowance(100, pytest.approx(0.06))


def test_a_spent_day_waits_for_midnight_and_a_spent_month_for_the_first() -> None:
    late = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)

    def refuse(today: Cost, this_month: Cost, now: datetime, most: Cost = FREE) -> None:
        refuse_if_spent(limits_of(PAID.limits, today, this_month, now), most)

    refuse(Cost(99, 1), Cost(99, 4.99), late)
    refuse_if_spent(limits_of(Limits(), Cost(10**9, 1e9), Cost(), late))
    with pytest.raises(BudgetSpent, match=r"today's budget [(]reads_per_day") as day:
        refuse(Cost(100), Cost(100), late - DAY)
    assert day.value.until == datetime(2026, 3, 31, tzinfo=UTC)
    with pytest.raises(BudgetSpent, match=r"this month's budget [(]usd_per_month") as spent:
        refuse(Cost(100, 5), Cost(100, 5.0), late)
    assert spent.value.until == APRIL
    with pytest.raises(BudgetSpent, match="reads_per_day"):
        refuse(Cost(95), Cost(95), late, Cost(10))
    assert month_after(datetime(2026, 12, 31, 23, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


def test_days_are_known_by_counts_where_every_hour_was_counted_and_by_what_was_read_elsewhere():
    counts = {
        date(2026, 3, 8): DayCount(24, 70, NOW),
        date(2026, 3, 9): DayCount(20, 5, NOW),
        NOW.date(): DayCount(24, 9, NOW),
    }
    read = {date(2026, 3, 7): 3, date(2026, 3, 8): 60, date(2026, 3, 10): 12, NOW.date(): 4}
    assert posts_by_day(counts, read, NOW) == {
        date(2026, 3, 8): 70.0,
        date(2026, 3, 9): 0.0,
        date(2026, 3, 10): 12.0,
    }


def test_the_highest_priority_is_never_put_off_and_own_brands_come_before_rivals():
    def subject(name: str, priority: int = 0, *, own: bool = True) -> Subject:
        return Subject(name, name, name, own=own, priority=priority)

    assert put_off_first([subject("a"), subject("b")]) == frozenset()
    assert put_off_first([subject("a"), subject("b", own=False)]) == {"b"}
    assert put_off_first([subject("a"), subject("b", 2, own=False), subject("c", 1)]) == {"a", "c"}
    assert put_off_first([]) == frozenset()


def test_a_budget_runs_out_at_its_pace_unless_it_is_renewed_before():
    assert runs_out(month(10), 200, 0.005, NOW) == NOW + 10 * DAY
    assert runs_out(month(10), 20, 0.005, NOW) is None
    assert runs_out(month(10), 0, 0.005, NOW) is None


@pytest.mark.parametrize(
    ("ours", "in_doubt", "platform", "difference", "warned"),
    [
        (500, 0, 500, 0, False),
        (500, 0, 509, 9, False),
        (500, 0, 620, 120, True),
        (500, 0, 300, -200, True),
        (500, 100, 420, 0, False),
        (5000, 0, 5090, 90, False),
        (500, 0, None, None, False),
    ],
)
def test_a_difference_is_told_when_neither_doubt_nor_tolerance_explains_it(
    ours, in_doubt, platform, difference, warned
):
    day = Reconciliation(NOW.date(), ours, in_doubt, platform, NOW)
    assert day.difference == difference
    assert disagrees(day) is warned
