"""How the installation stands, as gauges and counters that are read from the database at each scrape.

Few rows each, however much is stored. Each part is read on its own: what fails (a secret that is gone, a database that
does not answer) is left out and named by ``heard_collector_up``, so that a dashboard never takes an old figure for a
new one.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib.metadata import version

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot.errors import HeardError
from bot.listen.polling import day_start, month_start
from bot.model import Cost
from bot.model.vitals import Backlog
from bot.offers.counting.counts import cap_remaining
from bot.stewardship.vitals import latest
from bot.wiring import App

DAY = timedelta(days=1)

log = logging.getLogger("heard.web")

Part = Callable[[App], Iterator[Metric]]


class Standing(Collector):
    """Everything that the database knows; ``heard`` is asked for anew at each scrape."""

    def __init__(self, heard: Callable[[], App]) -> None:
        self._heard = heard

    def describe(self) -> Iterator[Metric]:
        """Nothing ahead of the first scrape: registering must not open the database."""
        yield from ()

    def collect(self) -> Iterator[Metric]:
        """Every part that can be read, and which could not."""
        heard = self._heard()
        up = _gauge(
            "heard_collector_up", "Whether this part of the figures could be read (1) or is left out (0).", "part"
        )
        for name, part in PARTS.items():
            try:
                families = list(part(heard))
            except HeardError as error:
                log.warning("metrics part=%s error=%s: %s", name, type(error).__name__, error)
                families = []
                up.add_metric((name,), 0)
            else:
                up.add_metric((name,), 1)
            yield from families
        yield up


def _build(heard: App) -> Iterator[Metric]:
    told = {"version": version("heard"), "python": platform.python_version()}
    yield InfoMetricFamily("heard_build", "The program that answers.", told)
    sources = _gauge("heard_sources", "Configured sources.")
    sources.add_metric((), len(heard.settings.sources))
    yield sources


def _database(heard: App) -> Iterator[Metric]:
    schema = _gauge("heard_database_schema", "How many steps the database's schema has taken.")
    schema.add_metric((), heard.store.schema_version())
    yield schema
    size = _gauge("heard_database_size_bytes", "Bytes that the database takes, its log included.")
    taken = heard.store.size()
    if taken is not None:
        size.add_metric((), taken)
    yield size


def _tasks(heard: App) -> Iterator[Metric]:
    marks, overdue = heard.store.task_marks(), heard.vitals.late()
    end = _gauge(
        "heard_task_last_run_timestamp_seconds", "When a task of the bot last ended a run, on any host.", "task"
    )
    success = _gauge("heard_task_last_success_timestamp_seconds", "When a task last ran well, on any host.", "task")
    took = _gauge("heard_task_last_duration_seconds", "How long a task's last run took.", "task")
    behind = _gauge("heard_task_late", "Whether a task should have run again by now.", "task")
    for name, mark in latest(marks).items():
        end.add_metric((name,), mark.at.timestamp())
        behind.add_metric((name,), int(name in overdue))
        if mark.took is not None:
            took.add_metric((name,), mark.took.total_seconds())
    for name in sorted({mark.task for mark in marks}):
        went_well = [mark.succeeded_at for mark in marks if mark.task == name and mark.succeeded_at]
        if went_well:
            success.add_metric((name,), max(went_well).timestamp())
    yield from (end, success, took, behind)


def _polls(heard: App) -> Iterator[Metric]:
    configured = {source.id for source in heard.settings.sources}
    polls = CounterMetricFamily(
        "heard_polls", "Polls since the first, by the state they ended in.", labels=("source", "state")
    )
    errors = CounterMetricFamily(
        "heard_poll_errors", "Polls that failed, by the kind of error.", labels=("source", "kind")
    )
    fetched = CounterMetricFamily("heard_items_fetched", "Items that polls brought, wanted or not.", labels=("source",))
    new = CounterMetricFamily(
        "heard_mentions_new", "Mentions that polls found and nobody had found before.", labels=("source",)
    )
    by_state: dict[tuple[str, str], int] = {}
    by_kind: dict[tuple[str, str], int] = {}
    brought: dict[str, list[int]] = {}
    for tally in heard.store.poll_tallies():
        if tally.source in configured:
            state, kind = (tally.source, tally.state), (tally.source, tally.error_kind)
            by_state[state] = by_state.get(state, 0) + tally.polls
            if tally.error_kind:
                by_kind[kind] = by_kind.get(kind, 0) + tally.polls
            sums = brought.setdefault(tally.source, [0, 0])
            sums[0] += tally.fetched
            sums[1] += tally.new
    for labels, number in by_state.items():
        polls.add_metric(labels, number)
    for labels, number in by_kind.items():
        errors.add_metric(labels, number)
    for source, (items, mentions) in brought.items():
        fetched.add_metric((source,), items)
        new.add_metric((source,), mentions)
    yield from (polls, errors, fetched, new)


def _listening(heard: App) -> Iterator[Metric]:
    listened = heard.vitals.listened()
    targets = _gauge("heard_targets", "Polled targets by source and state.", "source", "state")
    for (source, state), number in sorted(listened.states.items()):
        targets.add_metric((source, str(state)), number)
    yield targets
    coverage = _gauge(
        "heard_coverage_ratio", "Share of the last 24 hours (or since the first poll) that was looked at.", "source"
    )
    for source, share in sorted(listened.coverage.items()):
        coverage.add_metric((source,), share)
    yield coverage
    yield from _queue(heard, "polls", listened.due)


def _scoring(heard: App) -> Iterator[Metric]:
    yield from _queue(heard, "scores", heard.vitals.unscored())


def _deliveries(heard: App) -> Iterator[Metric]:
    yield from _queue(heard, "deliveries", heard.vitals.unsent())
    deliveries = _gauge(
        "heard_deliveries", "Deliveries of digests and notices by channel and state.", "channel", "state"
    )
    for labels, number in heard.store.deliveries_counted().items():
        deliveries.add_metric(labels, number)
    yield deliveries


def _erasure(heard: App) -> Iterator[Metric]:
    due = heard.store.rechecks_due(heard.clock.now())
    number = _gauge(
        "heard_rechecks_due",
        "Items whose platform is to be asked whether they still stand (1,000: or more).",
        "platform",
    )
    oldest = _gauge("heard_rechecks_oldest_seconds", "How long the first of them has been due.", "platform")
    for name, backlog in due.items():
        number.add_metric((name,), backlog.number)
        oldest.add_metric((name,), _age(heard, backlog.oldest))
    yield from (number, oldest)


def _budget(heard: App) -> Iterator[Metric]:
    labels = ("source", "period")
    usd = _gauge("heard_budget_spent_dollars", "US dollars booked in this UTC day or month.", *labels)
    usd_limit = _gauge("heard_budget_limit_dollars", "US dollars that may be spent in it.", *labels)
    reads = _gauge("heard_budget_spent_reads", "Billable reads booked in this UTC day or month.", *labels)
    reads_limit = _gauge("heard_budget_limit_reads", "Billable reads that may be spent in it.", *labels)
    now = heard.clock.now()
    for source in heard.settings.sources:
        limits = source.limits
        spans = (
            ("day", day_start(now), limits.usd_per_day, limits.reads_per_day),
            ("month", month_start(now), limits.usd_per_month, limits.reads_per_month),
        )
        for period, start, most_usd, most_reads in spans if limits else ():
            spent: Cost = heard.store.spent(source.id, start)
            for family, value in (
                (usd, spent.usd),
                (usd_limit, most_usd),
                (reads, spent.reads),
                (reads_limit, most_reads),
            ):
                if value is not None:
                    family.add_metric((source.id, period), value)
    yield from (usd, usd_limit, reads, reads_limit)


def _offers(heard: App) -> Iterator[Metric]:
    total = _gauge("heard_offer_redeemed", "Redemptions that count, since the start.", "offer")
    cap = _gauge("heard_offer_cap", "How often an offer may be redeemed; absent without a cap.", "offer")
    left = _gauge("heard_offer_cap_remaining", "Uses left, open reservations taken off; absent without a cap.", "offer")
    told = heard.store.leaks_counted()
    leaks = _gauge("heard_offer_leaks", "Leaks of an offer's codes that were told.", "offer")
    held: dict[str, int] = {}
    for (offer, _), number in heard.store.held([one.id for one in heard.settings.offers], heard.clock.now()).items():
        held[offer] = held.get(offer, 0) + number
    for one in heard.settings.offers:
        used = heard.store.uses(one.id)
        total.add_metric((one.id,), used)
        leaks.add_metric((one.id,), told.get(one.id, 0))
        if one.cap is not None:
            cap.add_metric((one.id,), one.cap)
            left.add_metric((one.id,), cap_remaining(one.cap, used, held.get(one.id, 0)))
    yield from (total, cap, left, leaks)


def _owed(heard: App) -> Iterator[Metric]:
    raised = _gauge("heard_alerts_day", "Alerts raised in the last 24 hours.", "alert")
    tally = heard.store.raised_counted(heard.clock.now() - DAY)
    for rule in heard.settings.alerts:
        raised.add_metric((rule.id,), tally.get(rule.id, 0))
    yield raised
    due = _gauge("heard_reviews_due", "Objectives of which a review is owed.")
    due.add_metric((), len(heard.impact.reviews_due()))
    yield due


PARTS: dict[str, Part] = {
    "build": _build, "database": _database, "tasks": _tasks, "polls": _polls, "listening": _listening,
    "scoring": _scoring, "deliveries": _deliveries, "erasure": _erasure, "budget": _budget, "offers": _offers,
    "owed": _owed,
}  # fmt: skip


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, labels=labels)


def _queue(heard: App, name: str, backlog: Backlog) -> Iterator[Metric]:
    number = _gauge(f"heard_{name}_due", f"How many {name} are due{' (1,000: or more)' if name == 'scores' else ''}.")
    number.add_metric((), backlog.number)
    oldest = _gauge(
        f"heard_{name}_oldest_due_seconds", f"How long the first of the {name} has been due; 0 when none is."
    )
    oldest.add_metric((), _age(heard, backlog.oldest))
    yield from (number, oldest)


def _age(heard: App, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (heard.clock.now() - since).total_seconds())
