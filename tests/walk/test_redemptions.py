"""From a POST, a shop's delivery and a list to the digests of two days, whose tables equal a fold of the ledger."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from bot.clock import ManualClock
from bot.digest.forms.render import render_html, render_terminal, render_text
from bot.model import Claim, ShopKind, Window
from tests.support.fold import fold
from tests.support.shops import PHRASE, SECRET, shopify, signature
from tests.support.webserver import Till, served

ZONE = ZoneInfo("Europe/London")
MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CONFIG = """
[heard]
timezone = "Europe/London"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
placements = ["counter", "web"]
starts = 2026-03-01
cap = 20
[[shop]]
id = "crumbs"
kind = "shopify"
placement = "web"
secret_file = ["secret.txt"]
[[digest]]
id = "till"
audience = "community"
[web]
listen = "127.0.0.1:0"
"""


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    with served(tmp_path, text=CONFIG, clock=ManualClock(NOON)) as running:
        yield running


def move(till: Till, moment: datetime) -> None:
    assert till.clock is not None
    till.clock.set(moment)


def a_list(*times: str) -> bytes:
    lines = [f"{PHRASE},{at},counter,slip {at}" for at in times]
    return "\n".join(("code,redeemed_at,placement,order_id", *lines, "")).encode()


def digest_of(till: Till, day: date) -> Mapping[str, Any]:
    """The digest of that day, written the morning after."""
    report, window = till.app.telling.window("till", day)
    move(till, window.end + timedelta(hours=8))
    return till.app.telling.publish(report, window).body


def expected(till: Till, window: Window, placement: str | None) -> tuple[int, int, int, int]:
    """In the window, the day before, that week and in all: folded from the ledger's events."""
    last = (window.end - timedelta(microseconds=1)).astimezone(ZONE).date()
    tallies = fold(till.app.store.offer_events(), ZONE, window.end - timedelta(microseconds=1))

    def total(keeps: Mapping[str, date]) -> int:
        within = (one for one in tallies if keeps["first"] <= one.day <= keeps["last"])
        return sum(one.redeemed for one in within if placement in (None, one.placement))

    spans = [(last, last), (last - DAY, last - DAY), (last - last.weekday() * DAY, last), (date.min, last)]
    first, before, week, whole = (total({"first": start, "last": end}) for start, end in spans)
    return first, before, week, whole


def drawn(body: Mapping[str, Any]) -> dict[str, dict[str, tuple[int, ...]]]:
    """The redemption table as each form shows it: figures by row."""
    out = io.StringIO()
    Console(file=out, width=200).print(render_terminal(body))
    rows = {"html": {}, "text": {}, "terminal": {}}  # type: dict[str, dict[str, tuple[int, ...]]]
    for row in HTMLParser(render_html(body)).css("table.data tr"):
        figures = [cell.text(strip=True) for cell in row.css("td.figure")]
        if figures:
            rows["html"][row.css_first("th").text(strip=True).replace("\xa0", " ")] = tuple(map(int, figures))
    for name, form in (("text", render_text(body)), ("terminal", out.getvalue())):
        for label, figures in re.findall(
            r"(?m)^\s*(All places|counter\b.*?|web\b.*?|not said\b.*?)((?:\s+\d+){4})\s*$", form
        ):
            rows[name][label.strip()] = tuple(map(int, figures.split()))
    return rows


def check(till: Till, body: Mapping[str, Any], day: date) -> None:
    """Every form's table is the fold of the ledger, and so are the figures of the JSON."""
    _, window = till.app.telling.window("till", day)
    places = {None: "All places", "counter": "counter", "web": "web", "not said": "not said"}
    wanted = {label: expected(till, window, place) for place, label in places.items()}
    keys = ("in_window", "previous_window", "this_week", "total")
    assert {places[row["placement"]]: tuple(row[key] for key in keys) for row in body["redemptions"]} == wanted
    for name, rows in drawn(body).items():
        assert {label.partition(" · ")[0]: figures for label, figures in rows.items()} == wanted, name


def test_what_comes_in_by_every_door_is_in_the_mornings_table_and_what_comes_late_is_said(till: Till) -> None:
    client = till.client()
    answers = [client.redeem(PHRASE, key=f"k{number}", placement="counter") for number in (1, 2, 3, 1)]
    assert [answer.status for answer in answers] == [201, 201, 201, 200]
    assert client.redeem(PHRASE, placement="moon").reason == "wrong_placement"
    raw = shopify()
    for _ in range(2):  # a delivery comes twice
        answer = client.call("POST", "/webhooks/shopify", raw=raw, headers=signature(ShopKind.SHOPIFY, raw))
        assert answer.status == 200
    report = till.app.importing.redemptions(a_list("2026-03-02T09:00", "2026-03-02T09:30"))
    assert not report.problems
    assert till.app.counting.reserve(Claim(PHRASE, placement="web"), hold=2 * DAY).reserved

    monday = digest_of(till, MONDAY)
    check(till, monday, MONDAY)
    whole = monday["redemptions"][0]
    assert (whole["in_window"], whole["total"], whole["refused"], whole["held"]) == (6, 6, 1, 1)
    assert (whole["cap_remaining"], whole["status"], monday["redemptions_late"]) == (13, "final", [])
    assert "1 held (web 1)" in render_text(monday)

    # On Tuesday three of Monday's slips turn up, and one of Monday's redemptions is given back.
    move(till, NOON + DAY)
    assert not till.app.importing.redemptions(a_list(*(f"2026-03-02T1{hour}:00" for hour in range(3)))).problems
    till.app.counting.roll_back(answers[0].json["redemption"])
    client.redeem(PHRASE, placement="counter")
    tuesday = digest_of(till, MONDAY + DAY)
    check(till, tuesday, MONDAY + DAY)
    (late,) = tuesday["redemptions_late"]
    assert (late["told"], late["given_back"]) == (3, 1)
    assert late["text"] == (
        "Free truffle: 3 of Mon 2 Mar told late (counter 3); 1 of Mon 2 Mar given back since (counter 1)."
    )
    assert late["text"] in re.sub(r"\s+", " ", render_text(tuesday))
    assert tuesday["redemptions"][0]["total"] == monday["redemptions"][0]["total"] + 3 - 1 + 1

    # Nothing is told late twice, and a shop's own count makes the table say how far it can be relied on.
    counted = (
        b"offer,day,provider,order_id\ntruffle,2026-03-02,crumbs,820982911946154508\ntruffle,2026-03-02,crumbs,1043\n"
    )
    assert (till.app.reconciling.take_in(counted).new, till.app.reconciling.take_in(counted).new) == (1, 0)
    wednesday = digest_of(till, MONDAY + 2 * DAY)
    check(till, wednesday, MONDAY + 2 * DAY)
    assert wednesday["redemptions_late"] == []
    whole, counter, web, _ = wednesday["redemptions"]
    assert (whole["status"], whole["mismatch"], counter["status"]) == ("mismatch", web["mismatch"], "final")
    assert f"mismatch {whole['mismatch']} (Mon 2 Mar)" in render_text(wednesday)
    (match,) = (one for one in till.app.reconciling.matches("truffle") if one.status == "mismatch")
    assert (match.ours, match.theirs, match.provider, match.placement) == (1, 2, "crumbs", "web")
    assert [(str(one.ground), one.order) for one in match.candidates] == [("not_here", "1043")]
