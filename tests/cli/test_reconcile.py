"""A shop's own count, as a person brings it and reads what came of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.desk import Desk

PHRASE = "the moon is made of ganache"
TODAY = datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).date()
LAST_WEEK = TODAY - timedelta(days=6)


def write(desk: Desk, text: str) -> str:
    path = desk.folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def told(desk: Desk) -> Desk:
    """A desk with one redemption last week at the counter, of which the shop lists two orders."""
    at = f"{LAST_WEEK}T12:00"
    assert desk.heard("redeem", PHRASE, "--placement", "counter", "--at", at, "--order", "77").code == 0
    lines = "".join(f"truffle,{LAST_WEEK},till,{order},counter\n" for order in ("#77", "#78"))
    done = desk.heard("import", "counts", write(desk, f"offer,day,provider,order_id,placement\n{lines}"))
    assert (done.code, done.out) == (0, "Counts: 1 added (0 in place of earlier ones), 0 known already, 0 refused.\n")
    return desk


def test_a_mismatch_stands_beside_the_count_and_names_the_order(told: Desk) -> None:
    whole, counter, market = map(json.loads, told.heard("offers", "--json").out.splitlines()[:3])
    assert (whole["status"], whole["mismatch"], whole["total"]) == ("mismatch", 1, 1)
    assert (counter["status"], market["status"]) == ("mismatch", "provisional")
    assert whole["days"][0] == {
        "day": str(LAST_WEEK), "redeemed": 1, "refused": 0, "rolled_back": 0, "status": "mismatch", "mismatch": 1,
        "gap": False,
    }  # fmt: skip
    assert "mismatch 1" in told.heard("offers").out
    match, *awaited = map(json.loads, told.heard("offers", "reconcile", "truffle", "--json").out.splitlines())
    assert {(one["status"], one["theirs"]) for one in awaited} == {("provisional", None)}
    assert (match["ours"], match["theirs"], match["provider"], match["day"]) == (1, 2, "till", str(LAST_WEEK))
    assert [(one["ground"], one["order"]) for one in match["candidates"]] == [("not_here", "#78")]
    shown = " ".join(told.heard("offers", "reconcile").out.split())
    assert "the shop lists it, we do not have it · order #78" in shown


def test_a_corrected_count_settles_it_and_a_repeated_one_changes_nothing(told: Desk) -> None:
    head = f"offer,day,provider,order_id,placement\ntruffle,{LAST_WEEK},till,77,counter\n"
    assert "1 in place of earlier ones" in told.heard("import", "counts", write(told, head)).out
    assert "1 known already" in told.heard("import", "counts", write(told, head)).out
    match, *_ = map(json.loads, told.heard("offers", "reconcile", "--json").out.splitlines())
    assert (match["status"], match["mismatch"], match["candidates"]) == ("final", None, [])


def test_a_bad_line_is_named_and_the_rest_is_kept(desk: Desk) -> None:
    lines = f"truffle,{LAST_WEEK},till,3\nghost,{LAST_WEEK},till,3\ntruffle,{LAST_WEEK},till,=2+1\n"
    done = desk.heard("import", "counts", write(desk, f"offer,day,provider,count\n{lines}"))
    assert done.code == 1
    assert "line 3: 'ghost' is no offer" in done.err
    assert "line 4: '=2+1' is no count" in done.err
    assert "1 added" in done.out
    assert desk.heard("import", "counts", write(desk, "a,b\n1,2\n")).code == 2


def test_without_a_count_nothing_is_held_against_the_ledger(desk: Desk) -> None:
    assert "heard import counts" in desk.heard("offers", "reconcile").out
    assert desk.heard("offers", "reconcile", "ghost").code == 2


def test_an_offers_facts_say_what_nobody_asked(told: Desk) -> None:
    shown = told.heard("offers", "show", "truffle").out
    assert "New customers: not asked" in shown
    whole, counter, *_ = map(json.loads, told.heard("offers", "show", "truffle", "--json").out.splitlines())
    assert (whole["facts"]["total"], whole["facts"]["new"], whole["facts"]["cost"]) == (1, None, None)
    assert counter["facts"] is None
