"""What Prometheus is told: scraped over HTTP, read by the client library's own parsers, held against its conventions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.model import Cost, DeliveryState, Interval, Page, PollReport, State, Target, TargetState
from bot.model.rechecking import Kept
from bot.model.vitals import TaskMark
from bot.scheduler import EVERY
from bot.store.migrations import STEPS
from bot.wiring.keep.vitals import Listened, Vitals
from tests.support.feedserver import FeedServer, Reply
from tests.support.samples import DAY, HOUR, NOON, a_delivery, a_digest, a_mention, a_window, an_item
from tests.support.webserver import CONFIG, FEW, PHRASE, Client, Till, served

FEED = "https://example.org/feed.xml"
BLOGS = Target("blogs", FEED)
SOURCES = f"""
[[source]]
id = "blogs"
connector = "rss"
feeds = ["{FEED}"]
[source.budget]
reads_per_day = 100
usd_per_month = 10
"""
DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
OPEN = "application/openmetrics-text; version=1.0.0"
NAME = re.compile(r"\bheard_[a-z_]+\b")
UNITS = ("_seconds", "_bytes", "_ratio", "_dollars", "_reads", "_info")
NOT_BASE = re.compile(r"_(?:ms|milliseconds|minutes|hours|days|kb|mb|percent|usd)(?:_|$)")


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with served(tmp_path_factory.mktemp("metrics"), text=CONFIG + SOURCES, clock=ManualClock(NOON)) as till:
        filled(till)
        yield till


def filled(till: Till) -> None:
    store = till.app.store
    store.add_targets([BLOGS, Target("gone")], NOON - DAY)
    state = TargetState(
        BLOGS, State.OK, since=NOON - DAY, next_poll_at=NOON - HOUR, last_success=NOON - HOUR, first_polled=NOON - DAY
    )
    report = PollReport(BLOGS, NOON - DAY, State.OK, fetched=20, new=2, cost=Cost(30, 1.5))
    items = [an_item(1), an_item(2)]
    covered = Interval(NOON - DAY, NOON - 6 * HOUR)
    page = Page(items=tuple(items), covered=covered, cost=Cost(30, 1.5))
    store.save_page(
        BLOGS, page, [a_mention(item, collected_at=NOON - 2 * HOUR) for item in items], NOON - 2 * HOUR, NOON
    )
    store.finish_poll(report, state, ())
    store.finish_poll(replace(report, new=0), state, ())
    failed = replace(report, state=State.FAILING, fetched=0, new=0, error_kind="Unavailable", error="down")
    store.finish_poll(failed, state, ())
    store.finish_poll(replace(failed, target=Target("gone")), replace(state, target=Target("gone")), ())
    began = NOON - timedelta(minutes=2)
    marks = [
        TaskMark("here", name, timedelta(seconds=every), NOON, timedelta(seconds=2), began)
        for name, every in EVERY.items()
    ]
    store.mark_tasks([*marks, TaskMark("gone", "collect", timedelta(seconds=15), began)], NOON)
    store.mark_tasks([replace(marks[0], task="score", at=NOON - HOUR)], NOON)

    def due(_kept: Kept) -> datetime:
        return NOON - 5 * HOUR

    assert store.enrol_rechecks(items[0].key.partition(":")[0], due, NOON) == 2
    digest = replace(a_digest(a_window()), created_at=NOON - 3 * HOUR)
    letters = [a_delivery(digest), replace(a_delivery(digest, "ada@example.org"), state=DeliveryState.FAILED)]
    store.publish(digest, letters)
    client = till.client()
    client.redeem(PHRASE)
    client.redeem(FEW)
    client.get("/nowhere")


def families(client: Client, accept: str = "text/plain") -> Sequence[Metric]:
    answer = client.call("GET", "/metrics", headers={"Accept": accept})
    assert answer.status == 200
    text = answer.body.decode()
    if accept == OPEN:
        assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
        return list(open_families(text))  # type: ignore[no-untyped-call]  # the library's own lack
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return list(text_string_to_metric_families(text))


def values(found: Sequence[Metric]) -> Mapping[str, Mapping[tuple[str, ...], float]]:
    told: dict[str, dict[tuple[str, ...], float]] = {}
    for family in found:
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            told.setdefault(sample.name, {})[labels] = sample.value
    return told


@pytest.mark.parametrize("accept", ["text/plain", OPEN])
def test_names_keep_the_conventions_in_either_format(till: Till, accept: str) -> None:
    found = [family for family in families(Client(till.address), accept) if not family.name.endswith("_created")]
    ours = [family for family in found if family.name.startswith("heard_")]
    assert len(ours) > 30
    assert {"process_resident_memory_bytes", "process_open_fds", "python_info"} <= {
        sample.name for family in found for sample in family.samples
    }
    for family in ours:
        assert family.documentation.endswith("."), family.name
        assert not NOT_BASE.search(family.name), f"{family.name}: base units, spelled out"
        ends = family.name.endswith(UNITS)
        assert "seconds" not in family.name or ends or family.type == "histogram", family.name
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter") or sample.name.endswith("_created")
            assert "job" not in sample.labels, "Prometheus's own label"
            assert "instance" not in sample.labels, "Prometheus's own label"


def test_both_formats_tell_the_same(till: Till) -> None:
    plain, openly = values(families(Client(till.address))), values(families(Client(till.address), OPEN))
    facts = {
        name for name in plain if name.startswith("heard_") and "http" not in name and not name.endswith("_created")
    }
    assert {name: plain[name] for name in facts} == {name: openly[name] for name in facts}


def test_what_the_database_knows_is_told(till: Till) -> None:
    told = values(families(Client(till.address)))
    assert told["heard_polls_total"] == {("blogs", "ok"): 2, ("blogs", "failing"): 1}, (
        "nothing of what is not configured"
    )
    assert told["heard_poll_errors_total"] == {("Unavailable", "blogs"): 1}
    assert told["heard_items_fetched_total"] == {("blogs",): 40}
    assert told["heard_mentions_new_total"] == {("blogs",): 2}
    assert told["heard_targets"] == {("blogs", "ok"): 1}
    assert told["heard_coverage_ratio"] == {("blogs",): 0.75}
    assert (told["heard_polls_due"][()], told["heard_polls_oldest_due_seconds"][()]) == (1, 3600)
    assert (told["heard_scores_due"][()], told["heard_scores_oldest_due_seconds"][()]) == (2, 7200)
    assert (told["heard_deliveries_due"][()], told["heard_deliveries_oldest_due_seconds"][()]) == (1, 3 * 3600)
    assert told["heard_deliveries"] == {("mail", "failed"): 1, ("mail", "pending"): 1}
    assert told["heard_budget_spent_reads"] == {("day", "blogs"): 30, ("month", "blogs"): 30}
    assert told["heard_budget_limit_reads"] == {("day", "blogs"): 100}
    assert told["heard_budget_limit_dollars"] == {("month", "blogs"): 10}
    assert told["heard_budget_spent_dollars"]["month", "blogs"] == 1.5
    assert told["heard_offer_redeemed"] == {("truffle",): 1, ("few",): 1, ("over",): 0, ("cards",): 0}
    assert (told["heard_offer_cap"], told["heard_offer_cap_remaining"]) == ({("few",): 3}, {("few",): 2})
    assert [*told["heard_rechecks_due"].values()] == [2]
    assert [*told["heard_rechecks_oldest_seconds"].values()] == [5 * 3600]
    assert told["heard_database_schema"][()] == len(STEPS)
    assert told["heard_database_size_bytes"][()] > 100_000
    assert set(told["heard_collector_up"].values()) == {1}


def test_tasks_are_told_once_whoever_does_them(till: Till) -> None:
    told = values(families(Client(till.address)))
    assert set(told["heard_task_late"]) == {(name,) for name in EVERY}
    assert [name for (name,), late in told["heard_task_late"].items() if late] == ["score"]
    assert told["heard_task_last_run_timestamp_seconds"]["collect",] == NOON.timestamp(), "of two hosts the newest"
    assert told["heard_task_last_success_timestamp_seconds"]["beat",] == NOON.timestamp() - 120
    assert told["heard_task_last_duration_seconds"]["beat",] == 2
    assert Client(till.address).get("/healthz/ready").json["late"] == ["score"]


def test_what_was_asked_of_others_is_told_in_sum_by_the_process_that_asked(tmp_path: Path) -> None:
    network = '\n[http]\nallow_networks = ["127.0.0.0/8"]\n'
    with FeedServer() as others, served(tmp_path, text=CONFIG + network) as till:
        client = Client(till.address)
        others.add("/ok", Reply(body="fine"))
        assert not any("outgoing" in name for name in values(families(client))), "it asked nobody"
        with till.app.deps.session() as session:
            for address in (others.url("/ok"), others.url("/nowhere"), others.url("/ok", "localhost")):
                session.get(address)
        told = values(families(client))
    assert told["heard_outgoing_requests_total"] == {(): 3}, "no host is a label"
    assert told["heard_outgoing_errors_total"] == {(): 1}
    assert told["heard_outgoing_bytes_total"] == {(): 2 * len("fine") + len("not found")}


def test_a_part_that_cannot_be_read_is_left_out_and_named(till: Till) -> None:
    class Gone(Vitals):
        def listened(self) -> Listened:
            raise ConfigError("the environment variable X is not set")

    vitals, app = till.app.vitals, till.app
    till.app.__dict__["vitals"] = Gone(app.settings, app.store, app.clock, app.listening)
    try:
        told = values(families(Client(till.address)))
    finally:
        till.app.__dict__["vitals"] = vitals
    assert told["heard_collector_up"]["listening",] == 0
    assert told["heard_collector_up"]["database",] == 1
    assert "heard_coverage_ratio" not in told


def rules() -> list[Mapping[str, str]]:
    read = yaml.safe_load((DEPLOY / "prometheus-alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


def test_every_metric_and_label_of_the_sample_alerts_is_in_a_scrape(till: Till) -> None:
    scraped: dict[str, set[str]] = {}
    for family in families(Client(till.address)):
        for name in (family.name, *(sample.name for sample in family.samples)):
            scraped.setdefault(name, set()).update(*(sample.labels for sample in family.samples))
    own = {"instance", "job"}
    for rule in rules():
        for name in NAME.findall(rule["expr"]):
            assert name in scraped, f"{rule['alert']}: {name}"
        for name, matched in re.findall(r"(heard_[a-z_]+)\{([^}]*)\}", rule["expr"]):
            labels = set(re.findall(r"([a-z_]+)(?:=~|!~|!=|=)\"", matched))
            assert labels, f"{rule['alert']}: {matched}"
            assert labels <= scraped[name] | own, f"{rule['alert']}: {name} {labels - scraped[name]}"
        known = set().union(*(scraped[name] for name in NAME.findall(rule["expr"]))) | own
        for grouped in re.findall(r"by \(([^)]*)\)", rule["expr"]):
            assert set(re.split(r",\s*", grouped)) <= known, f"{rule['alert']}: by {grouped}"
        told = "".join(rule["annotations"].values())  # type: ignore[attr-defined]  # a mapping in YAML
        assert set(re.findall(r"\$labels\.([a-z_]+)", told)) <= known, rule["alert"]


def test_the_sample_alerts_are_well_formed() -> None:
    found = rules()
    assert len({rule["alert"] for rule in found}) == len(found) > 14
    for rule in found:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert re.fullmatch(r"[A-Z][A-Za-z]+", rule["alert"])
        assert re.fullmatch(r"\d+[smhd]", rule.get("for", "0s"))
        for pair in ("()", "{}", "[]"):
            assert rule["expr"].count(pair[0]) == rule["expr"].count(pair[1]), rule["alert"]
    states = {state for rule in found for state in re.findall(r'state=~"([^"]*)"', rule["expr"])}
    assert {name for one in states for name in one.split("|")} == {str(state) for state in State if state.is_broken}
    tasks = {task for rule in found for task in re.findall(r'task!?="([^"]*)"', rule["expr"])}
    assert tasks <= set(EVERY)
