"""Reading the past of a paid source, on a real store, over the real connector, against an X that bills."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from bot.errors import BudgetSpent, SourceError
from bot.listen.backfill import Wish, asking_cost, backfill, prospect
from bot.listen.collect import poll
from bot.model import Gap, GapCause, Interval
from connectors.twitter.ids import time_of
from tests.support.billingx import SEARCH
from tests.support.paiddesk import QUERIES, PaidDesk, X, paid_desk

NOW = datetime(2026, 3, 20, 15, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST_DAYS = Wish(X, Interval(NOW - 3 * DAY, NOW), up_to_now=True)


@pytest.fixture
def paid(tmp_path: Path) -> Iterator[PaidDesk]:
    with paid_desk(tmp_path, NOW, days=1, a_day=90) as desk:
        yield desk


def said_in(paid: PaidDesk, interval: Interval) -> set[str]:
    posts = ((post["id"], time_of(post["id"])) for post in paid.x.posts)
    return {f"x:{post}" for post, at in posts if at is not None and interval.start <= at < interval.end - HOUR / 60}


def kept(paid: PaidDesk, interval: Interval) -> set[str]:
    return {found.item.key for found in paid.store.mentions(since=interval.start, until=interval.end - HOUR / 60)}


def test_what_it_would_cost_is_counted_first_and_the_count_is_in_the_books(paid):
    assert asking_cost(paid.connector, QUERIES).usd == pytest.approx(0.01)
    found = prospect(paid.desk, paid.connector, LAST_DAYS)
    said = said_in(paid, LAST_DAYS.interval)
    assert len(said) <= (found.posts or 0) <= len(said) * 1.2
    assert found.cost.usd == pytest.approx(0.015 * (found.posts or 0))
    assert (found.reachable, found.out_of_reach) == (LAST_DAYS.interval, None)
    assert paid.store.spent("x", NOW - DAY).usd == pytest.approx(paid.x.invoice.usd(NOW.date())) == pytest.approx(0.01)


def test_the_past_is_read_and_the_live_cursor_state_and_next_poll_are_not_touched(paid):
    poll(paid.desk, X)
    before = paid.state
    paid.store.add_gaps(X, [Gap(Interval(NOW - 2 * DAY, NOW - DAY), GapCause.DOWN)])
    paid.clock.advance(HOUR)
    saved = list(backfill(paid.desk, paid.connector, LAST_DAYS))
    assert sum(page.new for page in saved) > 100
    assert kept(paid, LAST_DAYS.interval) == said_in(paid, LAST_DAYS.interval)
    assert paid.state == before
    assert not paid.store.gaps(NOW - 3 * DAY, NOW).get(X), "what was missing is there now"
    assert paid.store.covered(NOW - 3 * DAY, NOW - HOUR)[X][0].start == NOW - 3 * DAY
    assert paid.store.spent("x", NOW - DAY).usd == pytest.approx(paid.x.invoice.usd(NOW.date()))


def test_a_backfill_that_is_broken_off_goes_on_where_it_was_and_asks_for_nothing_twice(paid):
    first = list(islice(backfill(paid.desk, paid.connector, LAST_DAYS), 2))
    paid.clock.advance(HOUR)
    rest = list(backfill(paid.desk, paid.connector, replace(LAST_DAYS, interval=Interval(NOW - 3 * DAY, NOW + HOUR))))
    asked = [(request.query["query"], request.query.get("next_token")) for request in paid.server.requests]
    assert len(set(asked)) == len(asked), "nothing is asked for twice"
    assert kept(paid, LAST_DAYS.interval) == said_in(paid, LAST_DAYS.interval)
    assert asked[2][1] is not None
    assert len(first) + len(rest) == len(asked)


def test_what_a_backfill_leaves_in_doubt_no_other_reading_settles(paid):
    paid.server.clear()
    paid.server.add("GET", SEARCH, answer=lambda request: replace(paid.x.search(request), drop=True))
    with pytest.raises(SourceError):
        list(backfill(paid.desk, paid.connector, LAST_DAYS))
    paid.server.clear()
    paid.x.serve(paid.server)
    poll(paid.desk, X)
    [day] = paid.store.day_costs("x", NOW - DAY).values()
    assert day.in_doubt.usd > 0
    assert day.booked.usd >= paid.x.invoice.usd(NOW.date()), "never less than is billed"
    list(backfill(paid.desk, paid.connector, LAST_DAYS))
    [day] = paid.store.day_costs("x", NOW - DAY).values()
    assert day.in_doubt.usd == 0, "its own reading does"
    assert day.booked.usd == pytest.approx(paid.x.invoice.usd(NOW.date()))


def test_a_backfill_of_a_named_interval_that_is_done_is_not_paid_for_again(paid):
    wish = Wish(X, Interval(NOW - 2 * DAY, NOW - DAY))
    assert list(backfill(paid.desk, paid.connector, wish))
    assert list(backfill(paid.desk, paid.connector, wish)) == []


def test_one_subjects_past_covers_nothing_of_the_others(paid):
    list(backfill(paid.desk, paid.connector, replace(LAST_DAYS, subject="rival")))
    assert {query.query["query"].split()[0] for query in paid.server.requests} == {"rival"}
    assert paid.store.covered(NOW - 3 * DAY, NOW)[X] == ()


def test_what_lies_further_back_than_x_gives_is_out_of_reach(paid):
    wish = Wish(X, Interval(NOW - 30 * DAY, NOW), up_to_now=True)
    found = prospect(paid.desk, paid.connector, wish)
    assert found.out_of_reach is not None
    assert found.reachable is not None
    assert NOW - found.reachable.start < 7 * DAY
    assert found.out_of_reach == Interval(NOW - 30 * DAY, found.reachable.start)
    assert list(backfill(paid.desk, paid.connector, wish))
    ancient = Wish(X, Interval(NOW - 30 * DAY, NOW - 20 * DAY))
    assert prospect(paid.desk, paid.connector, ancient).reachable is None
    assert list(backfill(paid.desk, paid.connector, ancient)) == []


def test_a_backfill_stops_at_the_budget_and_goes_on_when_there_is_money_again(tmp_path):
    with paid_desk(tmp_path, NOW, days=1, a_day=90, usd_per_day=2.0) as paid:
        with pytest.raises(BudgetSpent):
            list(backfill(paid.desk, paid.connector, LAST_DAYS))
        assert 1.5 < paid.x.invoice.usd(NOW.date()) <= 2.0
        for _ in range(4):
            paid.clock.advance(DAY)
            try:
                list(backfill(paid.desk, paid.connector, LAST_DAYS))
            except BudgetSpent:
                continue
            break
        assert kept(paid, LAST_DAYS.interval) == said_in(paid, LAST_DAYS.interval)
        assert all(paid.x.invoice.usd(NOW.date() + n * DAY) <= 2.0 for n in range(5))
