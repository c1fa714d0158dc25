"""What this process has served, and how the installation stands, for Prometheus.

Counters of requests and claims belong to the processes that answered; ``heard web`` with several of them shares theirs
through files (the client library's multiprocess mode), so that it does not matter which one is asked. What was asked of
others is told by the process that asked, which serves pages too under ``heard run``. All else is read from the database
as it is asked for, and is the same whichever process, on whichever machine, is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from bot.model import Door, RedemptionResult
from bot.web.standing import Standing
from bot.web.together import counted_in
from bot.wiring import App

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """A registry of its own. ``heard`` may be replaced by another while it serves, when the configuration changed."""

    def __init__(self, heard: App) -> None:
        self.heard = heard
        self._registry = CollectorRegistry()
        folder = counted_in()
        # What is counted together is read from the folder, not from this process.
        own = None if folder else self._registry
        self.requests = Counter(
            "heard_http_requests", "Requests served.", ("method", "route", "status"), registry=own
        )  # fmt: skip
        self.latency = Histogram(
            "heard_http_seconds", "Seconds from a request's head to the end of its answer.", ("route",),
            buckets=SECONDS, registry=own,
        )  # fmt: skip
        self.redemptions = Counter(
            "heard_redemptions", "Claims answered; a replay is no claim.", ("result", "reason", "door"), registry=own
        )  # fmt: skip
        if folder:
            self._registry.register(_Together(folder, (self.requests, self.latency, self.redemptions)))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._registry.register(_Outgoing(lambda: self.heard))
        self._registry.register(Standing(lambda: self.heard))

    def claimed(self, result: RedemptionResult, door: Door) -> None:
        """Counts a claim's answer."""
        if not result.replayed:
            told = "redeemed" if result.redeemed else "refused"
            self.redemptions.labels(told, str(result.reason or ""), str(door)).inc()

    def exposed(self, accept: str) -> tuple[bytes, str]:
        """Everything, in the format the scraper prefers (Prometheus's text, OpenMetrics), and that format's name."""
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind


class _Outgoing(Collector):
    """What this process asked of others, in sum: whom it asks, a redirect of theirs may decide, and that is no label.

    Nothing where it asked nobody, as under ``heard web``: then another process listens, and 0 would tell of it.
    """

    def __init__(self, heard: Callable[[], App]) -> None:
        self._heard = heard

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of the first scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Requests, how many failed, and the bytes that came."""
        told = self._heard().traffic
        if told.requests:
            yield CounterMetricFamily("heard_outgoing_requests", "HTTP requests sent to others.", told.requests)
            yield CounterMetricFamily(
                "heard_outgoing_errors", "Failures of these requests, answers of 400 and above too.", told.errors
            )
            yield CounterMetricFamily("heard_outgoing_bytes", "Bytes of the answers, unpacked.", told.bytes)


class _Together(Collector):
    """What all processes counted; the library forgets the help texts on the way, and they are put back."""

    def __init__(self, folder: str, counted: Iterable[Collector]) -> None:
        self._counted = MultiProcessCollector(None, folder)  # type: ignore[no-untyped-call]  # the library's own lack
        self._help: Mapping[str, str] = {one.name: one.documentation for each in counted for one in each.describe()}  # type: ignore[attr-defined]  # metrics describe themselves

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of the first scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The sums over all processes, those that have ended too."""
        for family in self._counted.collect():  # type: ignore[no-untyped-call]  # the library's own lack
            family.documentation = self._help.get(family.name, family.documentation)
            yield family
