"""The pages and the call of impact through the real app; nothing in them is trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from bot.model import Claim
from bot.model.access import Role, Scope
from bot.model.aims import Course
from bot.wiring import App
from tests.support.web import browser_of, heard_app, signed_in_as

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>\u202e"
AIMS = f"""
[[objective]]
id = "two-a-day"
statement = "Two a day {HOSTILE}"
department = "Shop {HOSTILE}"
owner = "Ada {HOSTILE}"
measure = {{ metric = "redemptions", offer = "truffle", period = "7d" }}
target = 2
baseline = 1
by = 2026-06-01
review_every = "28d"

[[objective]]
id = "unknown"
statement = "Nobody knows"

[[activity]]
id = "letter"
name = "Letter {HOSTILE}"
kind = "mailing"
at = 2026-03-30T10:00:00
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = heard_app(tmp_path_factory.mktemp("impact"), web=AIMS, now=NOW)
    for back in range(20, 0, -1):
        app.clock.set(NOW - timedelta(days=back))  # type: ignore[attr-defined]
        for _ in range(4):
            app.counting.redeem(Claim("the moon is made of ganache"))
    app.clock.set(NOW)  # type: ignore[attr-defined]
    lines = ["metric,provider,method,day,value"]
    for back in range(1, 15):
        day = (NOW - timedelta(days=back)).date()
        lines += [f"clicks,<script>alert(1)</script>,events,{day},{40 + back}", f"clicks,shop,log,{day},{80 + back}"]
    assert app.observing.take_in("\n".join(lines).encode()).bad == ()
    app.impact.decide("two-a-day", Course.CHANGE, HOSTILE, next_change=HOSTILE, actor=HOSTILE)
    yield app
    app.close()


@pytest.fixture(scope="module")
def client(app: App) -> TestClient:
    return signed_in_as(app, Role.VIEWER)


def test_the_page_shows_each_department_and_nothing_that_runs(client: TestClient) -> None:
    page = client.get("/impact").text
    assert "<script>alert" not in page
    assert "4.0 [" in page
    assert 'src="/impact/two-a-day/trend.svg' in page
    assert "/impact/unknown/trend.svg" not in page
    assert "They are never added." in page
    days = re.findall(r'<span class="measured">[^<]*</span> <span class="quiet small">([^<]+)</span>', page)
    assert len(days) == page.count('class="measured"') > 0
    assert all(re.fullmatch(r"\d+( \w+)?–\d+ \w+", one) for one in days), days


def test_an_objectives_page_has_its_trend_its_reviews_and_its_evidence(client: TestClient) -> None:
    page = client.get("/impact/two-a-day").text
    assert "<script>alert" not in page
    assert "Change" in page
    assert 'href="/desk/offers/truffle"' in page
    assert "1 Jun 2026" in page, "the day in the installation's own zone"
    assert client.get("/impact/unknown").status_code == 200


def test_the_trend_is_a_picture_in_which_nothing_runs(client: TestClient) -> None:
    for query in ("", "?theme=dark", "?theme=dark&narrow=1", "?theme=%3Cscript%3E"):
        drawn = client.get(f"/impact/two-a-day/trend.svg{query}")
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert "<script" not in drawn.text
    assert "Letter" in drawn.text


@pytest.mark.parametrize("path", ["/impact/nothing", "/impact/nothing/trend.svg", "/impact/unknown/trend.svg"])
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_call_gives_the_json_of_the_command(app: App) -> None:
    _, key = app.access.create_key({Scope.READ}, actor="test")
    asked = browser_of(app)
    headers = {"authorization": f"Bearer {key}", "accept": "application/json"}
    body = asked.get("/api/v1/impact", headers=headers).json()
    assert body == app.impact.shape()
    one = asked.get("/api/v1/impact?objective=two-a-day", headers=headers).json()
    assert (one["id"], one["value"], one["verdict"]) == ("two-a-day", 4.0, "met")
    assert asked.get("/api/v1/impact?objective=nothing", headers=headers).status_code == 404
    backwards = "/api/v1/impact?since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z"
    assert asked.get(backwards, headers=headers).status_code == 422
