"""Spending through polls, with the real X connector against an X that bills: what is asked, kept back, and noted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import BudgetSpent
from bot.listen.collect import poll
from bot.listen.spending import SourcePurse, Spending
from bot.model import Allowance, Cost, GapCause, HourCount, Stage, State, Volume
from tests.support.billingx import COUNTS, SEARCH, USAGE
from tests.support.paiddesk import QUERIES, PaidDesk, X, paid_desk
from tests.support.replay import Answer

NOW = datetime(2026, 3, 12, 9, 7, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def asked(paid: PaidDesk, path: str) -> list[dict[str, str]]:
    return [request.query for request in paid.server.requests if request.path == path]


def spending(paid: PaidDesk) -> Spending:
    desk = paid.desk
    return Spending(desk.store, desk.clock, desk.sources["x"], X, paid.connector, QUERIES, desk.put_off)


def test_without_a_budget_nothing_is_counted_or_compared_and_the_books_are_kept(tmp_path):
    with paid_desk(tmp_path, NOW, days=2, a_day=40) as paid:
        poll(paid.desk, X)
        assert not asked(paid, COUNTS)
        assert not asked(paid, USAGE)
        assert paid.store.spent("x", NOW - DAY).usd == pytest.approx(paid.x.invoice.usd(NOW.date()))
        assert paid.state.state is State.OK


def test_counts_are_asked_once_a_day_a_week_back_at_first(tmp_path):
    with paid_desk(tmp_path, NOW, days=4, a_day=40, usd_per_month=50.0) as paid:
        for _ in range(30):
            poll(paid.desk, X)
            paid.clock.advance(HOUR)
        counts = asked(paid, COUNTS)
        assert len(counts) == 2 * len(QUERIES)
        assert NOW - datetime.fromisoformat(counts[0]["start_time"]) > 6 * DAY
        plan = spending(paid).plan()
        assert plan.posts_left is not None
        assert plan.posts_left.days >= 6


def test_what_was_counted_while_the_clock_ran_ahead_does_not_put_off_counting(tmp_path):
    with paid_desk(tmp_path, NOW, days=1, a_day=10, usd_per_month=50.0) as paid:
        ahead = HourCount("acme", (NOW + 20 * DAY).replace(minute=0), 3)
        paid.store.save_volume(X, Volume((ahead,)), NOW)
        poll(paid.desk, X)
        assert asked(paid, COUNTS)


def test_counting_that_would_take_a_tenth_of_the_money_is_left_out(tmp_path):
    with paid_desk(tmp_path, NOW, days=2, a_day=40, usd_per_month=2.9) as paid:
        poll(paid.desk, X)
        assert not asked(paid, COUNTS)


def test_counts_that_are_refused_hold_up_nothing(tmp_path):
    with paid_desk(tmp_path, NOW, days=2, a_day=40, usd_per_month=50.0) as paid:
        paid.server.clear()
        paid.server.add("GET", COUNTS, 403, body={"title": "Forbidden"})
        paid.server.add("GET", SEARCH, answer=paid.x.search)
        report = poll(paid.desk, X)
        assert report is not None
        assert (report.state, report.error) == (State.OK, None)
        assert paid.store.spent("x", NOW - DAY).usd == pytest.approx(paid.x.invoice.usd(NOW.date())), "refused is free"


def test_when_money_ends_within_a_poll_it_counts_and_keeps_what_it_read(tmp_path):
    with paid_desk(tmp_path, NOW, days=2, a_day=1500, usd_per_day=0.5) as paid:
        report = poll(paid.desk, X)
        assert report is not None
        assert report.new > 10
        assert (report.state, report.error) == (State.THIN, None)
        assert paid.store.stage("x") == (Stage.COUNTS, NOW)
        paid.clock.advance(HOUR)
        poll(paid.desk, X)
        assert paid.x.invoice.usd(NOW.date()) <= 0.5
        # tomorrow it goes on where it was
        paid.clock.advance(DAY)
        searches = len(asked(paid, SEARCH))
        poll(paid.desk, X)
        assert "next_token" in asked(paid, SEARCH)[searches]


def test_a_rest_is_out_of_credit_until_the_limit_is_renewed(tmp_path):
    with paid_desk(tmp_path, NOW, days=2, a_day=40, usd_per_day=0.003) as paid:
        report = poll(paid.desk, X)
        assert report is not None
        assert (report.state, report.retry_at) == (State.OUT_OF_CREDIT, NOW.replace(hour=0, minute=0) + DAY)
        assert paid.server.requests == []


def test_credits_that_are_used_up_at_the_platform_are_no_case_for_counting(tmp_path):
    with paid_desk(tmp_path, NOW, days=2, a_day=40, usd_per_month=50.0) as paid:
        paid.server.clear()
        for path in (SEARCH, COUNTS, USAGE):
            paid.server.add("GET", path, 402, body={"title": "CreditsDepleted"})
        report = poll(paid.desk, X)
        assert report is not None
        assert report.state is State.OUT_OF_CREDIT
        assert paid.store.spent("x", NOW - DAY) == Cost(0, 0.0)
        assert all(gap.cause is GapCause.BUDGET for gap in paid.store.gaps(NOW - DAY, NOW + DAY).get(X, ()))


def test_subjects_of_lower_priority_are_read_once_a_day_and_nothing_of_them_is_lost(tmp_path):
    with paid_desk(tmp_path, NOW, days=4, a_day=60, usd_per_month=9.0) as paid:
        for _ in range(30):
            poll(paid.desk, X)
            paid.clock.advance(2 * HOUR)
            stage = paid.store.stage("x")
            assert stage is not None
            assert stage[0] is Stage.FEWER
        words = [query["query"].split()[0] for query in asked(paid, SEARCH)]
        assert words.count("rival") <= 4
        assert words.count("acme") > 25
        assert all("expansions" not in query for query in asked(paid, SEARCH))
        [*_, covered] = paid.store.covered(NOW - DAY, paid.clock.now())[X]
        said = {
            post["id"]
            for post in paid.x.posts
            if covered.start <= datetime.fromisoformat(post["created_at"]) < covered.end - HOUR / 60
        }
        assert said <= {found.item.key.removeprefix("x:") for found in paid.store.mentions()}
        assert covered.end - covered.start > 1.5 * DAY


def test_two_processes_that_spend_from_one_budget_cannot_pass_it_together(tmp_path):
    with paid_desk(tmp_path, NOW, days=1, a_day=1, usd_per_day=1.0) as paid:
        source = paid.desk.sources["x"]
        one, other = (SourcePurse(paid.store, paid.clock, source, X) for _ in range(2))
        one.set_aside(Cost(120, 0.6))
        assert other.left() == Allowance(None, pytest.approx(0.4))
        with pytest.raises(BudgetSpent, match="usd_per_day"):
            other.set_aside(Cost(120, 0.6))
        other.set_aside(Cost(80, 0.4))
        one.set_aside(Cost())
        other.set_aside(Cost(200, 1.0))
        assert paid.store.spent("x", NOW - DAY).usd == 1.0


def test_an_answer_that_never_comes_stays_in_doubt_until_the_search_is_read_again(tmp_path):
    with paid_desk(tmp_path, NOW, days=1, a_day=40) as paid:
        paid.server.clear()
        paid.server.add("GET", SEARCH, answer=lambda request: replace(paid.x.search(request), drop=True))
        poll(paid.desk, X)
        assert paid.x.invoice.usd(NOW.date()) > 0, "X billed it all the same"
        [day] = paid.store.day_costs("x", NOW - DAY).values()
        assert day.in_doubt.usd == pytest.approx(1.5)
        paid.server.clear()
        paid.x.serve(paid.server)
        paid.clock.advance(HOUR)
        poll(paid.desk, X)
        [day] = paid.store.day_costs("x", NOW - DAY).values()
        assert day.in_doubt == Cost(0, 0.0)
        assert day.booked.usd == pytest.approx(paid.x.invoice.usd(NOW.date()))


@pytest.mark.parametrize("answer", [Answer(503), Answer(429, {"x-rate-limit-remaining": "0"}), Answer(401, body={})])
def test_a_refused_request_costs_nothing(tmp_path, answer):
    with paid_desk(tmp_path, NOW, days=1, a_day=40) as paid:
        paid.server.clear()
        paid.server.add("GET", SEARCH, answer=answer)
        poll(paid.desk, X)
        assert paid.store.spent("x", NOW - DAY) == Cost(0, 0.0)


def test_a_request_that_found_nobody_to_connect_to_costs_nothing(tmp_path):
    with paid_desk(tmp_path, NOW, days=1, a_day=40, base_url="http://127.0.0.1:9") as paid:
        report = poll(paid.desk, X)
        assert report is not None
        assert report.state is State.FAILING
        assert paid.store.spent("x", NOW - DAY) == Cost(0, 0.0)


def test_near_midnight_nothing_counts_as_read_before(tmp_path):
    late = NOW.replace(hour=23, minute=59, second=30)
    with paid_desk(tmp_path, late - HOUR, days=1, a_day=40) as paid:
        poll(paid.desk, X)
        before = paid.store.spent("x", NOW - DAY).usd
        paid.clock.set(late)
        report = poll(paid.desk, X)
        assert report is not None
        billed = paid.x.invoice.usd(late.date())
        assert before + report.cost.usd >= billed - 1e-9
