"""A month of listening to an X that bills, with faults and kills: the budget holds, the ledger is the invoice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bot.listen.collect import poll
from bot.listen.spending import Spending
from bot.model import GapCause, Interval, PollReport, Stage, State
from bot.store.intervals import subtract
from bot.store.sqlite import SqliteStore
from tests.support.billingx import REQUEST, BillingX, hour_of
from tests.support.counts import FULL
from tests.support.paiddesk import QUERIES, PaidDesk, X, paid_desk

START = datetime(2026, 3, 1, 0, 7, tzinfo=UTC)
"""Polls fall seven minutes past: nearer than a minute to midnight nobody can say whose day a request is."""
DAYS = 31
STEP = timedelta(hours=6 if FULL else 12)
CENT = 0.005


class Killed(BaseException):
    """The process ends here."""


class Mortal:
    """The store of a process that may be killed just before a page is saved."""

    def __init__(self, store: SqliteStore, rng: random.Random, chance: float) -> None:
        self._store, self._rng, self._chance = store, rng, chance
        self.kills = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def save_page(self, *args: Any, **more: Any) -> Any:
        if self._rng.random() < self._chance:
            self.kills += 1
            raise Killed
        return self._store.save_page(*args, **more)


@dataclass
class Month:
    """What a simulated month leaves behind."""

    paid: PaidDesk
    mortal: Mortal
    reports: list[tuple[datetime, PollReport, Stage]] = field(default_factory=list)
    planned: list[tuple[datetime, float, float]] = field(default_factory=list)

    @property
    def store(self) -> SqliteStore:
        return self.paid.store

    @property
    def x(self) -> BillingX:
        return self.paid.x

    @property
    def stages(self) -> list[Stage]:
        return [stage for _, _, stage in self.reports]


@contextmanager
def month(folder: Path, a_day: float, *, killed: float = 0.0, seed: int = 1, **more: Any) -> Iterator[Month]:
    with paid_desk(folder, START, days=DAYS, a_day=a_day, every=STEP, seed=seed, **more) as paid:
        yield Month(paid, Mortal(paid.store, random.Random(seed), killed))


def live(made: Month, days: int = DAYS) -> None:
    """Polls at every step, whatever happens, and looks at the invoice after each."""
    clock, x = made.paid.clock, made.x
    source = made.paid.desk.sources["x"]
    for number in range(int(timedelta(days=days) / STEP)):
        desk = replace(made.paid.desk, store=made.mortal, owner=str(number))  # type: ignore[arg-type]
        with suppress(Killed):
            report = poll(desk, X)
            noted = made.store.stage("x")
            assert report is not None
            assert noted is not None
            made.reports.append((clock.now(), report, noted[0]))
        today = clock.now().date()
        assert source.usd_per_month is None or x.invoice.month(today) <= source.usd_per_month + 1e-9
        assert source.usd_per_day is None or x.invoice.usd(today) <= source.usd_per_day + 1e-9
        assert source.reads_per_day is None or x.invoice.reads(today) <= source.reads_per_day
        if number % int(timedelta(days=1) / STEP) == 0:
            plan = Spending(made.store, clock, source, X, made.paid.connector, QUERIES).plan()
            if plan.posts_left is not None:
                made.planned.append((clock.now(), plan.posts_left.low, plan.posts_left.high))
        clock.advance(STEP)


def assert_ledger_is_invoice(made: Month) -> None:
    """To the cent on every day without a request in doubt; between booked and in doubt on the others."""
    ledger, invoice = made.store.day_costs("x", START), made.x.invoice
    assert {day for day in (*invoice.posts, *invoice.counts) if invoice.usd(day)} <= ledger.keys()
    certain = 0
    for day, cost in ledger.items():
        billed = invoice.usd(day)
        assert cost.booked.usd - cost.in_doubt.usd <= billed + CENT
        assert billed <= cost.booked.usd + 1e-6, f"{day}: more was billed than is in the books"
        if not cost.in_doubt.usd:
            certain += 1
            assert cost.booked.usd == pytest.approx(billed, abs=1e-6)
            assert cost.posts == invoice.posts[day]
            assert cost.booked.reads == invoice.reads(day)
        assert cost.most.usd >= cost.booked.usd - 1e-9
    assert certain > len(ledger) / 2


def assert_nothing_stops_silently(made: Month) -> None:
    """Every hour of the month was read, or is a gap with a cause; and a state says what was left out."""
    end = made.reports[-1][0]
    covered = made.store.covered(START, end).get(X, ())
    gaps = made.store.gaps(START, end).get(X, ())
    open_time = subtract(Interval(START, end), [*covered, *(gap.interval for gap in gaps)])
    unexplained = sum((part.end - part.start for part in open_time), timedelta(0))
    put_off = timedelta(hours=25) if Stage.FEWER in made.stages else timedelta(0)
    assert unexplained <= 2 * STEP + put_off
    for _, report, stage in made.reports:
        if report.error is None:
            assert (report.state is State.THIN) == (stage is not Stage.FULL)
        if stage is Stage.REST:
            assert report.state is State.OUT_OF_CREDIT


@pytest.mark.parametrize(("usd", "a_day"), [(6.0, 120), (12.0, 120), (25.0, 120)] if FULL else [(8.0, 60)])
def test_a_month_with_too_little_money_is_thinned_in_order_and_never_costs_more(tmp_path, usd, a_day):
    with month(tmp_path, a_day, usd_per_month=usd, seed=3) as made:
        live(made)
        assert_ledger_is_invoice(made)
        assert_nothing_stops_silently(made)
        stops = made.stages.index(Stage.COUNTS)
        assert {Stage.NO_AUTHORS, Stage.FEWER} & set(made.stages[:stops]), "it is thinned before it stops"
        assert made.x.invoice.month(START.date()) > 0.85 * usd, "the money is used"
        causes = {gap.cause for gap in made.store.gaps(START, made.paid.clock.now())[X]}
        assert causes == {GapCause.BUDGET}
        counted = made.store.hour_counts(made.reports[stops][0], made.paid.clock.now())["x"]
        assert sum(count.posts for count in counted) > 0, "what is not read is counted"
        if Stage.REST in made.stages:
            assert made.stages.index(Stage.REST) > stops, "it counts before it rests"
            assert made.x.invoice.month(START.date()) > usd - 2 * REQUEST, "it rests when no counting can be paid"
        changes = sum(one is not other for one, other in pairwise(made.stages))
        assert changes <= DAYS / 2, "stages do not flap"


@pytest.mark.full
def test_a_month_with_money_enough_reads_everything_and_its_forecasts_hold(tmp_path):
    with month(tmp_path, 30 if FULL else 15, usd_per_month=500.0, seed=5) as made:
        live(made)
        assert_ledger_is_invoice(made)
        assert_nothing_stops_silently(made)
        assert set(made.stages) == {Stage.FULL}
        assert not made.store.gaps(START, made.paid.clock.now()).get(X)
        end = datetime(2026, 4, 1, tzinfo=UTC)
        held = 0
        hours = [hour_of(post) for post in made.x.posts]
        for now, low, high in made.planned:
            found = sum(now <= hour < end for hour in hours)
            # a post that two searches find is counted by both
            held += low <= found * 1.1 <= high
        assert len(made.planned) >= DAYS - 2
        assert held / len(made.planned) >= 0.6, "spikes that nobody can foresee aside (see test_forecast)"


@pytest.mark.parametrize("seed", range(3) if FULL else [7])
def test_faults_and_kills_cost_no_more_than_the_budget_and_are_in_the_books(tmp_path, seed):
    with month(tmp_path, 60, usd_per_month=20.0, usd_per_day=2.0, faulty=0.1, killed=0.06, seed=seed) as made:
        live(made, days=31 if FULL else 16)
        assert_ledger_is_invoice(made)
    assert made.mortal.kills >= 2
    assert all(made.x.faults[fault] for fault in ("busy", "wait", "lost", "garbage"))


@pytest.mark.full
def test_a_budget_of_reads_alone_works_the_same(tmp_path):
    with month(tmp_path, 80, reads_per_day=60, seed=11) as made:
        live(made, days=10)
        assert_ledger_is_invoice(made)
        assert_nothing_stops_silently(made)
        assert Stage.COUNTS in made.stages
        assert Stage.REST not in made.stages
