"""``heard budget`` and ``heard backfill`` from the outside, against an X that bills."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import SystemClock
from tests.support.billingx import BillingX, made_posts
from tests.support.desk import Desk
from tests.support.replay import Answer, ReplayServer

CONFIG = """
[[subject]]
id = "acme"
name = "Acme"
query = "acme"

[[subject]]
id = "rival"
name = "Rival"
own = false
query = "rival"

[[source]]
id = "x"
connector = "twitter"
base_url = "{x}"
bearer_token_file = "token.txt"
look_back_hours = 20
[source.budget]
usd_per_month = {usd}

[http]
allow_networks = ["127.0.0.0/8"]
"""


@pytest.fixture
def x() -> Iterator[tuple[BillingX, ReplayServer]]:
    start = datetime.now(UTC) - timedelta(days=8)
    made = BillingX(SystemClock(), made_posts(start, 9, 60, words=("acme", "rival"), seed=4))  # type: ignore[arg-type]
    with ReplayServer() as server:
        made.serve(server)
        yield made, server


def desk(folder: Path, server: ReplayServer, usd: float = 50.0) -> Desk:
    (folder / "token.txt").write_text("a-token", encoding="utf-8")
    made = Desk(folder)
    made.write(CONFIG.replace("{x}", server.base_url).replace("{usd}", str(usd)))
    return made


def test_the_budget_says_what_was_spent_what_will_be_and_what_it_bought(x, tmp_path):
    made, server = x
    heard = desk(tmp_path, server)
    assert heard.heard("collect").code == 0
    [row] = heard.heard("budget", "--json").rows
    billed = made.invoice.usd(made.today)
    assert row["month"]["usd"] == pytest.approx(billed, abs=1e-6)
    assert row["month"]["usd_at_most"] >= row["month"]["usd"]
    assert row["stage"] == "full"
    [limit] = row["limits"]
    assert (limit["limit"], limit["most"]) == ("usd_per_month", 50)
    assert limit["forecast"]["low"] <= limit["forecast"]["median"] <= limit["forecast"]["high"]
    assert {one["subject"] for one in row["subjects"]} == {"acme", "rival"}
    month = row["month"]
    told = f"Cost this month: ${month['usd']:,.2f} for {month['reads']:,} billable reads."
    assert told in heard.heard("status").out
    counted = 0.01
    assert sum(one["usd"] for one in row["subjects"]) == pytest.approx(billed - counted)
    assert all(
        one["usd_per_mention"] == pytest.approx(one["usd"] / one["mentions"], abs=1e-5) for one in row["subjects"]
    )
    said = heard.heard("budget")
    assert said.code == 0
    assert "a mention" in said.out
    assert "$50.00" in said.out


def test_a_fresh_desk_and_one_without_mentions_have_nothing_to_divide_by(tmp_path):
    with ReplayServer() as server:
        heard = desk(tmp_path, server)
        [row] = heard.heard("budget", "--json").rows
        assert row["month"]["usd"] == 0
        assert row["limits"][0]["forecast"] is None
        assert row["subjects"] == []
        said = heard.heard("budget").out
        assert "too few days to say" in said
        assert "below $0.00" not in said


def test_nothing_is_said_of_what_happens_below_nothing(tmp_path):
    with ReplayServer() as server:
        heard = desk(tmp_path, server)
        heard.write(
            heard.config.read_text().replace("usd_per_month = 50.0", "usd_per_month = 50\nreads_per_day = 1000")
        )
        assert "reads_per_day: 1,000 reads left\n" in heard.heard("budget").out


def test_a_thin_source_is_said_to_be_thin_by_status_and_budget(x, tmp_path):
    _, server = x
    heard = desk(tmp_path, server, usd=0.3)
    for _ in range(2):
        heard.heard("collect", "x")
    [state] = heard.heard("sources", "--json").rows
    assert state["state"] == "thin"
    assert "nothing is read; how much is said is counted" in heard.heard("status").out
    said = heard.heard("budget").out
    assert "nothing is read" in said
    assert "counts-only" in said


def test_a_backfill_says_what_it_costs_and_wants_a_yes(x, tmp_path):
    made, server = x
    heard = desk(tmp_path, server)
    assert heard.heard("backfill", "x", "--since", "3d").code == 2
    assert not server.requests
    said = heard.heard("backfill", "x", "--since", "3d", "--dry-run")
    assert said.code == 0
    assert "Counting what there is costs $0.010." in said.out
    assert "posts, $" in said.out
    assert made.invoice.posts.total() == 0
    done = heard.heard("backfill", "x", "--since", "3d", "--yes", "--json")
    assert done.code == 0, done.err
    estimate, result = done.rows
    assert result["usd"] <= estimate["usd_at_most"]
    assert result["new"] > 50
    again = heard.heard("backfill", "x", "--since", "3d", "--until", "1d", "--yes", "--json").rows[1]
    assert again["new"] == 0
    [row] = heard.heard("budget", "--json").rows
    assert row["month"]["usd"] == pytest.approx(made.invoice.usd(made.today), abs=1e-6)


def test_a_source_without_a_past_and_an_interval_that_is_none_are_said_to_be_so(x, tmp_path):
    _, server = x
    heard = desk(tmp_path, server)
    heard.write(
        heard.config.read_text() + f'\n[[source]]\nid = "blog"\nconnector = "rss"\nfeeds = ["{server.base_url}/f"]\n'
    )
    said = heard.heard("backfill", "blog", "--since", "3d", "--yes")
    assert said.code == 2
    assert "gives no history" in said.err
    assert heard.heard("backfill", "x", "--since", "1d", "--until", "2d", "--yes").code == 2
    assert heard.heard("backfill", "nobody", "--since", "1d", "--yes").code == 2
    assert heard.heard("backfill", "x", "--since", "soon", "--yes").code == 2
    far = heard.heard("backfill", "x", "--since", "20d", "--until", "10d", "--yes")
    assert far.code == 0
    assert "Out of reach" in far.out


def test_a_platform_that_does_not_say_what_it_counted_is_named_with_its_reason(tmp_path):
    with ReplayServer() as server:
        heard = desk(tmp_path, server)
        from bot.model import Cost, Page, Target
        from bot.store.sqlite import open_store

        store = open_store(tmp_path / "heard.db")
        now = datetime.now(UTC)
        store.add_targets([Target("x")], now)
        store.save_page(Target("x"), Page(cost=Cost(3, 0.015)), (), now - timedelta(days=1), now)
        store.close()
        server.add("GET", "/2/usage/tweets", answer=Answer(403, body={"title": "Forbidden"}))
        heard.heard("collect", "x")
        [row] = heard.heard("budget", "--json").rows
        [day] = row["reconciled"]
        assert day["platform"] is None
        assert "AccessDenied" in day["reason"]
        assert "is not reconciled" in heard.heard("budget").out
