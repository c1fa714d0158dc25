"""``heard offers``: codes made, printed, held, switched off, and the ledger shown."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.desk import Desk


def test_codes_come_as_csv_that_is_safe_in_a_spreadsheet(desk: Desk) -> None:
    said = desk.heard(
        "offers", "issue", "cards", "--count", "3", "--format", "csv", "--placement", "=1+1", "--alphabet", "KTVWX479"
    )
    rows = list(csv.DictReader(said.out.splitlines()))
    assert (said.code, len(rows), {row["placement"] for row in rows}) == (0, 3, {"'=1+1"})
    assert {row["printed"].replace("-", "") == row["code"] for row in rows} == {True}
    assert set("".join(row["code"] for row in rows)) <= set("KTVWX479")
    assert desk.heard("redeem", rows[0]["printed"]).code == 0
    assert desk.heard("offers", "issue", "cards", "--count", "3", "--alphabet", "O0234567").code == 2


def test_a_held_code_is_refused_to_others_until_it_is_released(desk: Desk) -> None:
    (code,) = desk.heard("offers", "issue", "cards", "--count", "1").out.split()
    (held,) = desk.heard("offers", "reserve", code, "--order", "1001", "--minutes", "5", "--json").rows
    assert (held["result"], held["offer"], held["reason"]) == ("reserved", "cards", None)
    refused = desk.heard("redeem", code)
    assert (refused.code, "[reserved]" in refused.out) == (1, True)
    assert desk.heard("offers", "reserve", code).code == 1
    assert desk.heard("offers", "release", held["reservation"]).out == f"Released: {held['reservation']}\n"
    assert desk.heard("offers", "release", held["reservation"]).out == f"Released before: {held['reservation']}\n"
    assert desk.heard("redeem", code).code == 0
    assert desk.heard("offers", "release", "nope").code == 1


def test_what_is_disabled_is_refused_until_it_is_enabled(desk: Desk) -> None:
    (code,) = desk.heard("offers", "issue", "cards", "--count", "1").out.split()
    assert desk.heard("offers", "disable", "cards", "--code", code.lower()).code == 0
    assert "[disabled]" in desk.heard("redeem", code).out
    assert desk.heard("offers", "disable", "cards", "--code", "nope").code == 1
    assert desk.heard("offers", "enable", "cards", "--code", code).code == 0
    assert desk.heard("redeem", code).code == 0


def test_the_ledger_is_shown_newest_first_with_what_was_said(desk: Desk) -> None:
    said = (
        "redeem",
        "the moon is made of ganache",
        "--order",
        "1001",
        "--value",
        "12.50",
        "--currency",
        "eur",
        "--new-customer",
    )
    for _ in range(2):
        assert desk.heard(*said, "--placement", "counter").code == 0
    newest, first = desk.heard("offers", "events", "--offer", "truffle", "--json").rows
    assert (newest["kind"], newest["refers_to"]) == ("repeated", first["id"])
    assert (first["order_id"], first["order_value"], first["currency"], first["new_customer"], first["door"]) == (
        "1001", "12.5", "EUR", True, "command",
    )  # fmt: skip
    shown = desk.heard("offers", "events", "--kind", "redeemed").out
    assert "order 1001 12.50 EUR" in shown
    assert len(desk.heard("offers", "events", "--code", "THE MOON IS MADE OF GANACHE", "--json").rows) == 2
    assert desk.heard("offers", "events", "--kind", "expired").out == "Nothing has happened yet.\n"


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [("--value", "-1", 1), ("--value", "nan", 1), ("--value", "much", 2), ("--currency", "EURO", 1), ("--at", "2999-01-01", 1),
     ("--at", "soon", 2), ("--order", "x" * 300, 1)],
)  # fmt: skip
def test_what_cannot_be_is_named_and_nothing_is_done(desk: Desk, option: str, value: str, code: int) -> None:
    said = desk.heard("redeem", "the moon is made of ganache", "--currency", "EUR", option, value)
    assert (said.code, said.out) == (code, "")
    assert desk.heard("offers", "events", "--json").rows == []


def test_a_slip_is_met_with_what_was_meant(desk: Desk) -> None:
    said = desk.heard("redeem", "the moon is made of ganash")
    assert "Did they mean" not in said.out
    said = desk.heard("redeem", "the moon is made off ganache")
    assert said.out.splitlines()[1:] == ["Did they mean: the moon is made of ganache?"]


def test_a_sheet_has_the_codes_that_are_left(desk: Desk) -> None:
    codes = desk.heard("offers", "issue", "cards", "--count", "3", "--placement", "fair").out.split()
    desk.heard("redeem", codes[0])
    out = desk.config.parent / "cards.html"
    asked = ("offers", "sheet", "cards", "--out", str(out), "--unused")
    assert desk.heard(*asked, "--placement", "elsewhere").code == 1
    assert desk.heard(*asked, "--till").code == 2
    assert desk.heard(*asked, "--placement", "FAIR").out == f"2 codes on {out}\n"
    assert (out.read_text().count("<li>"), codes[0][:4] in out.read_text()) == (2, False)
    assert desk.heard(*asked).code == 1


PHRASE = "[[offer]]\nid = '{}'\nname = '{}'\nkind = 'code-phrase'\ncode = '{}'\n{}\n"


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [
        ("", "", False),
        ("ends = 2026-06-01", "starts = 2026-06-01", True),
        ("ends = 2026-06-02", "starts = 2026-06-01", False),
        ("placements = ['counter']", "placements = ['market']", True),
        ("placements = ['counter']", "", False),
    ],
)
def test_a_phrase_that_would_redeem_two_offers_is_told_by_check(desk: Desk, one: str, other: str, right: bool) -> None:
    desk.write(PHRASE.format("a", "A", "cats own the moon", one) + PHRASE.format("b", "B", "Cats own the Moon!", other))
    said = desk.heard("check")
    assert said.code == (0 if right else 2)
    assert ("WRONG offer a: its code 'cats own the moon' is that of offer 'b' too" in said.out) is not right


def test_what_is_rarely_meant_is_told_by_check(desk: Desk) -> None:
    desk.write(PHRASE.format("a", "A", "cats own the moon", "cap = 0\nmargin = 3.2"))
    said = desk.heard("check")
    assert said.code == 0
    assert "cap = 0 refuses every redemption" in said.out
    assert "margin without a currency" in said.out


def test_events_are_told_in_words_and_end_with_their_id(desk: Desk) -> None:
    (code,) = desk.heard("offers", "issue", "cards", "--count", "1").out.split()
    desk.heard("redeem", code)
    desk.heard("redeem", code.lower())
    refused, redeemed = desk.heard("offers", "events", "--offer", "cards").out.splitlines()
    assert f"refused       {code} (code used before)  " in refused
    assert f"redeemed      {code}  " in redeemed


def test_each_count_has_the_word_it_has_on_the_desk(desk: Desk) -> None:
    long_ago = f"{datetime.now(UTC) - timedelta(days=9):%Y-%m-%d}T12:00"
    redeem = ("redeem", "the moon is made of ganache", "--placement", "counter")
    assert desk.heard(*redeem, "--at", long_ago).code == 0
    first = desk.heard("offers").out.splitlines()
    assert first[1].split() == ["everywhere", "0", "provisional", "0", "provisional", "1", "final"]
    assert desk.heard(*redeem).code == 0
    shown = desk.heard("offers", "show", "truffle").out.splitlines()
    assert shown[1].split() == ["everywhere", "1", "provisional", "1", "provisional", "2", "1", "provisional"]


def test_an_offers_last_events_are_shown_newest_first_as_on_its_page(desk: Desk) -> None:
    """What is told late was written down last, though it is older."""
    today = datetime.now(UTC)
    for order, day in (("1001", today), ("1002", today - timedelta(days=3)), ("1003", today - timedelta(days=1))):
        said = ("redeem", "the moon is made of ganache", "--order", order, "--at", f"{day:%Y-%m-%dT%H:%M:%SZ}")
        assert desk.heard(*said).code == 0
    shown = desk.heard("offers", "show", "truffle", "--limit", "2").out.splitlines()[-2:]
    assert [line.partition("order ")[2][:4] for line in shown] == ["1003", "1002"]


def test_days_of_which_not_all_was_told_are_counted_beside_the_offer(desk: Desk) -> None:
    dark = datetime.now(UTC).date() - timedelta(days=2)
    desk.write(desk.config.read_text(encoding="utf-8").replace('id = "truffle"', f'id = "truffle"\ngaps = [{dark}]'))
    assert "1 day not told in full" in desk.heard("offers").out
    (row, *_) = desk.heard("offers", "show", "truffle", "--json").rows
    assert (row["gap_days"], row["status"]) == (1, "provisional")
