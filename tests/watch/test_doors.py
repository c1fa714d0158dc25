"""Alerts at the doors: the command line, the check, the page."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from bot.access.passwords import Passwords
from bot.cli import cli
from bot.model.access import Role
from tests.support.web import signed_in_as
from tests.watch.watchroom import SPIKE, TODAY, Watchroom

ROUTE = '[[route]]\nmin_severity = "high"\nchannels = ["boss"]\n'


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watchroom]:
    """A room in which one alert was raised; the doors only read."""
    made = Watchroom(tmp_path_factory.mktemp("doors"), SPIKE + ROUTE)
    made.live(63)
    made.say(TODAY, 25, "<script>Velvet Crumb</script> \u202eis closing")
    made.look()
    yield made
    made.app.close()


def said(room: Watchroom, *words: str) -> str:
    done = CliRunner().invoke(cli, ["--config", str(room.path), "alerts", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_what_was_raised_is_listed_and_explained(room: Watchroom) -> None:
    (alert,) = room.app.alarms.latest()
    assert alert.id in said(room)
    row = json.loads(said(room, "--json"))
    assert (row["alert"], row["kind"], row["count"], row["first_day"]) == ("spike", "spike", 25, "2026-03-12")
    assert row["told_at"] == "2026-03-12T12:00:00Z"
    shown = said(room, "show", alert.id)
    assert "What to do:" in shown
    assert "\u202e" not in shown
    assert json.loads(said(room, "show", alert.id, "--json"))["facts"]["judged"]["count"] == 25


def test_an_unknown_alert_is_named(room: Watchroom) -> None:
    done = CliRunner().invoke(cli, ["--config", str(room.path), "alerts", "show", "nope"])
    assert done.exit_code != 0


def test_the_back_test_is_told_at_every_sensitivity(room: Watchroom) -> None:
    (tested,) = room.app.alarms.tests("spike")
    assert tested.found.fired == (TODAY,)
    assert list(tested.at) == ["fewer", "balanced", "more"]
    row = json.loads(said(room, "test", "--json"))
    assert set(row["sensitivities"]) == {"fewer", "balanced", "more"}
    assert "spike" in said(room, "test", "spike")


def test_the_check_says_who_would_hear_of_what(room: Watchroom) -> None:
    done = CliRunner().invoke(cli, ["--config", str(room.path), "check"])
    assert "ok    alert spike: spike, p < 0.005; who hears of it:" in done.output
    assert "crumb, low and medium: team" in done.output
    assert "crumb, high: boss" in done.output


def test_the_page_shows_what_was_raised_escaped_and_the_back_test(room: Watchroom) -> None:
    room.app.access.__dict__["passwords"] = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    page = signed_in_as(room.app, Role.PR).get("/alerts").text
    assert "25 stories on Thu 12 Mar so far" in page
    assert "&lt;script&gt;Velvet" in page
    assert "<script>Velvet" not in page
    assert "\u202e" not in page
    assert "Back-test: the last 90 days" in page
    assert "/mentions?subject=crumb&amp;since=2026-03-12&amp;until=2026-03-13" in page
