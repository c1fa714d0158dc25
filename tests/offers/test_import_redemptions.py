"""Lists of redemptions: every file a spreadsheet can write, each line once, and a word for each that is not taken."""

from __future__ import annotations

import json
import random
import string
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.model import Claim, Door, EventKind, OfferEvent, RedemptionResult, ShopKind
from bot.offers.intake.import_redemptions import AT_ONCE, LineReport, LineResult, import_redemptions
from bot.offers.intake.redemption_list import KNOWN, NEEDED, read_claims
from bot.offers.intake.table import read_table
from bot.ports import LedgerView
from bot.wiring.offers.importing import ImportReport
from tests.support.shops import PHRASE, Beside, shop_beside, shopify

REDEEMED, KNOWN_LINE, REFUSED = LineResult.REDEEMED, LineResult.KNOWN, LineResult.REFUSED
BAD, WITHOUT_CODE = LineResult.BAD, LineResult.WITHOUT_CODE
HEAD = "code,redeemed_at,order_id,order_value,currency,new_customer\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Beside]:
    beside = shop_beside(tmp_path, ShopKind.SHOPIFY)
    yield beside
    beside.app.close()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """An installation for what leaves no trace."""
    beside = shop_beside(tmp_path_factory.mktemp("quiet"), ShopKind.SHOPIFY)
    yield beside
    assert beside.events() == []
    beside.app.close()


def take(desk: Beside, text: str | bytes, **how: object) -> ImportReport:
    raw = text.encode() if isinstance(text, str) else text
    return desk.app.importing.redemptions(raw, **how)  # type: ignore[arg-type]


def problems(report: ImportReport) -> list[str]:
    return [f"{one.line}: {one.reason or one.why}" for one in report.problems]


def test_a_line_redeems_with_all_that_it_says(desk: Beside) -> None:
    report = take(desk, HEAD + f"{PHRASE},2026-03-01T09:30,A-7,19.50,gbp,yes\n")
    assert dict(report.counts) == {REDEEMED: 1}
    (event,) = desk.events()
    assert (event.kind, event.offer, event.order, event.door) == (EventKind.REDEEMED, "truffle", "A-7", Door.FILE)
    assert (event.value, event.currency, event.new_customer) == (Decimal("19.5"), "GBP", True)
    assert event.at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_the_same_file_twice_changes_nothing(desk: Beside) -> None:
    text = HEAD + f"{PHRASE},2026-03-01T09:30,A-7,,,\n{PHRASE},2026-03-01T09:31,,,,\n"
    assert dict(take(desk, text).counts) == {REDEEMED: 2}
    before = desk.events()
    assert dict(take(desk, text).counts) == {KNOWN_LINE: 2}
    assert desk.events() == before


def test_two_equal_lines_are_two_redemptions_and_the_file_twice_is_still_two(desk: Beside) -> None:
    text = f"code,redeemed_at\n{PHRASE},2026-03-01\n{PHRASE},2026-03-01\n"
    assert dict(take(desk, text).counts) == {REDEEMED: 2}
    assert dict(take(desk, text).counts) == {KNOWN_LINE: 2}


def test_a_file_that_has_grown_counts_only_what_is_new_wherever_it_was_put(desk: Beside) -> None:
    lines = [f"{PHRASE},2026-03-01T{hour:02}:00" for hour in (8, 9, 9, 10)]
    take(desk, "code,redeemed_at\n" + "\n".join(lines))
    grown = [f"{PHRASE},2026-03-01T07:00", *reversed(lines), f"{PHRASE},2026-03-01T09:00"]
    assert dict(take(desk, "code,redeemed_at\n" + "\n".join(grown)).counts) == {KNOWN_LINE: 4, REDEEMED: 2}


def test_the_order_of_columns_their_names_and_how_the_file_is_written_do_not_matter(desk: Beside) -> None:
    take(desk, f"code,redeemed_at,customer\n{PHRASE},2026-03-01,jane@customer.example\n")
    other = f"Email;Coupon Code;Date\r\njane@customer.example;{PHRASE};2026-03-01\r\n"
    assert dict(take(desk, other.encode("utf-16")).counts) == {KNOWN_LINE: 1}


def test_an_order_counts_once_even_when_the_line_is_written_anew(desk: Beside) -> None:
    take(desk, f"code,redeemed_at,order_id\n{PHRASE},2026-03-01,A-7\n")
    report = take(desk, f"code,redeemed_at,order_id\n{PHRASE},2026-03-02,A-7\n")
    assert problems(report) == [
        "2: its key, or its order, was told before with something else on the line; give it a key of its own"
    ]
    assert desk.live() == 1


def test_what_a_shop_told_by_webhook_is_known_when_its_list_of_orders_comes(desk: Beside) -> None:
    desk.send(shopify(id=1001))
    text = f"Id,Paid at,Discount Code,Total,Currency\n1001,2026-03-02 12:55:01 +0100,{PHRASE},19.50,GBP\n"
    assert dict(take(desk, text, shop="crumbs").counts) == {KNOWN_LINE: 1}
    assert dict(take(desk, text.replace("1001", "1002"), shop="crumbs").counts) == {REDEEMED: 1}
    assert desk.live() == 2


def test_lines_without_a_code_are_counted_and_no_more(quiet: Beside) -> None:
    report = take(quiet, "Id,Paid at,Discount Code\n1,2026-03-01,\n2,,\n\n ,,\n")
    assert dict(report.counts) == {WITHOUT_CODE: 2}
    assert report.problems == ()


def test_a_shopify_export_counts_what_was_paid_and_is_not_told_twice(desk: Beside) -> None:
    desk.send(shopify(id=1))
    head = "Name,Email,Financial Status,Paid at,Currency,Total,Discount Code,Created at,Location,Id\n"
    line = "#{n},jane@customer.example,{status},2026-03-01 10:00:00 +0000,GBP,19.50,{code},2026-03-01 09:00:00 +0000,Till,{n}\n"
    statuses = ["paid", "partially_refunded", "refunded", "voided", "pending", "a new word"]
    rows = [line.format(n=n, status=status, code=PHRASE) for n, status in enumerate(statuses, 1)]
    more = "#2,jane@customer.example,,,,,,2026-03-01 09:00:00 +0000,,\n"  # a further article of the second order
    report = take(desk, head + "".join(rows) + more, shop="crumbs")
    assert dict(report.counts) == {
        KNOWN_LINE: 1,
        REDEEMED: 1,
        LineResult.NOT_PAID: 3,
        BAD: 1,
        WITHOUT_CODE: 1,
    }
    assert problems(report) == ["7: nobody knows whether 'a new word' means paid; write paid, or leave that column out"]


def test_an_unknown_code_is_reported_and_not_written_as_a_guess(quiet: Beside) -> None:
    codes = ["NOBODYS", "=cmd|' /C calc'!A0", "🍫🍫", "x" * 9_999, "'; DROP TABLE offer_events; --", "<b>", "A\0B"]
    text = "code,redeemed_at\n" + "".join(f'"{code}",2026-03-01\n' for code in codes)
    report = take(quiet, text)
    assert dict(report.counts) == {REFUSED: len(codes)}
    assert {str(one.reason) for one in report.problems} == {"unknown_code"}


def test_a_code_of_another_offer_is_unknown_to_the_one_named(quiet: Beside) -> None:
    assert problems(take(quiet, f"code,redeemed_at,offer\n{PHRASE},2026-03-01,second\n")) == ["2: unknown_code"]


def test_what_was_honoured_beyond_the_cap_is_refused_and_kept_with_its_order(tmp_path: Path) -> None:
    desk = shop_beside(tmp_path, ShopKind.SHOPIFY, caps="cap = 1")
    text = f"code,redeemed_at,order_id\n{PHRASE},2026-03-01,1\n{PHRASE},2026-03-01,2\n"
    assert problems(take(desk, text)) == ["3: offer_cap"]
    assert problems(take(desk, text)) == ["3: offer_cap"]
    assert [event.order for event in desk.events(EventKind.REFUSED)] == ["2"]
    desk.app.close()


def test_a_dry_run_says_what_would_come_of_it_and_changes_nothing(tmp_path: Path) -> None:
    desk = shop_beside(tmp_path, ShopKind.SHOPIFY, caps="cap = 1")
    text = f"code,redeemed_at\n{PHRASE},2026-03-01\n{PHRASE},2026-03-02\n"
    assert dict(take(desk, text, dry_run=True).counts) == {REDEEMED: 1, REFUSED: 1}
    assert desk.events() == []
    assert dict(take(desk, text).counts) == {REDEEMED: 1, REFUSED: 1}
    desk.app.close()


BAD_LINES = {
    f"{PHRASE},,,,,": "it does not say when the code was redeemed",
    f"{PHRASE},03/02/2026,,,,": "'03/02/2026' is no time: write 2026-03-01T08:00 or 2026-03-01; with slashes nobody knows",
    f"{PHRASE},yesterday,,,,": "'yesterday' is no time",
    f"{PHRASE},2026-02-30,,,,": "'2026-02-30' is no time",
    f"{PHRASE},0001-01-01T00:00+14:00,,,,": "more than 3,653 days ago",
    f"{PHRASE},9999-12-31T23:59-14:00,,,,": "which is yet to come",
    f"{PHRASE},2027-01-01,,,,": "which is yet to come",
    f"{PHRASE},2026-03-01,,£5,GBP,": "'£5' is no amount",
    f"{PHRASE},2026-03-01,,1e9,GBP,": "'1e9' is no amount",
    f"{PHRASE},2026-03-01,,NaN,GBP,": "'NaN' is no amount",
    f"{PHRASE},2026-03-01,,-5,GBP,": "must not be negative",
    f"{PHRASE},2026-03-01,,999999999999,GBP,": "must be at most",
    f"{PHRASE},2026-03-01,,5.00,,": "needs its currency",
    f"{PHRASE},2026-03-01,,5.00,Pounds,": "is not a currency",
    f"{PHRASE},2026-03-01,,,,perhaps": "'perhaps' does not say whether the customer is new",
    f"{PHRASE},2026-03-01,{'x' * 300},,,": "an order is named by at most",
    f"{PHRASE},2026-03-01,,,,,,extra": "8 cells under 6 columns: put quotation marks around a cell with a comma in it",
    f'{PHRASE},"2026-03-01,,,,': 'its quotation marks (") do not match',
    f'"{"x" * 10_001}",2026-03-01,,,,': "a cell has more than 10,000 characters",
    f'"{"x" * 200_000}",2026-03-01,,,,': "a cell has more than 10,000 characters",
}


@pytest.mark.parametrize(("line", "why"), BAD_LINES.items(), ids=map(str, range(len(BAD_LINES))))
def test_a_bad_line_is_named_with_its_number_and_what_to_do(quiet: Beside, line: str, why: str) -> None:
    report = take(quiet, HEAD + ",,,,,\n" + line + "\n")
    assert dict(report.counts) == {BAD: 1}
    (found,) = problems(report)
    assert found.startswith("3: ")
    assert why in found


def test_good_lines_between_bad_ones_are_kept(desk: Beside) -> None:
    good = [f"{PHRASE},2026-03-01T{hour:02}:00,,,," for hour in range(10)]
    lines = [line for pair in zip(good, list(BAD_LINES)[:10], strict=True) for line in pair]
    report = take(desk, HEAD + "\n".join(lines))
    assert dict(report.counts) == {REDEEMED: 10, BAD: 10}
    assert [one.line for one in report.problems] == list(range(3, 23, 2))


def test_a_quotation_mark_that_is_never_closed_costs_one_line(desk: Beside) -> None:
    after = "".join(f"{PHRASE},2026-03-01T10:{minute:02},,,,\n" for minute in range(60))
    report = take(desk, HEAD + f'{PHRASE},"2026-03-01,,,,\n' + after)
    assert dict(report.counts) == {BAD: 1, REDEEMED: 60}


def test_a_cell_may_hold_line_breaks(desk: Beside) -> None:
    report = take(
        desk, f'code,redeemed_at,notes\n{PHRASE},2026-03-01,"with\na bow,\n""please"""\nNOBODYS,2026-03-01,\n'
    )
    assert dict(report.counts) == {REDEEMED: 1, REFUSED: 1}
    assert problems(report) == ["5: unknown_code"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_separator_and_line_end_is_read(encoding: str, separator: str, end: str) -> None:
    rows = [["code", "redeemed_at", "placement"], ["trüffel", "2026-03-01", "Café"], ["zwei", "2026-03-02", ""]]
    text = end.join(separator.join(row) for row in rows) + end
    table = read_table(text.encode(encoding), KNOWN, NEEDED)
    assert [dict(row) for _, row in table.records() if isinstance(row, dict)] == [
        dict(zip(rows[0], row, strict=True)) for row in rows[1:]
    ]
    assert table.encoding == {"cp1252": "Windows-1252"}.get(encoding, "UTF-16" if "16" in encoding else "UTF-8")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"code|redeemed_at|offer\n", "the columns are parted by bars; save the file with commas, semicolons or tabs"),
        (
            b"redeemed_at,offer\n",
            "the first line must name the columns, among them 'code'; it names: redeemed_at, offer",
        ),
        (b"code,offer\n", "among them 'redeemed_at'"),
        (b"code,Code,redeemed_at\n", "names the column 'code' twice"),
        (b"PK\x03\x04 a workbook", "among them 'code'"),
        (
            b"x" * 200_000 + b",code,redeemed_at\n",
            "the first line, which names the columns, has more than 10,000 characters",
        ),
        (b"," * 200_000 + b"code,redeemed_at\n", "more than 10,000 characters"),
        (b"\xff\xfe\x00", "begins as UTF-16 and is not"),
    ],
)
def test_a_file_that_is_no_such_list_is_refused_with_what_was_found(quiet: Beside, raw: bytes, why: str) -> None:
    with pytest.raises(ConfigError, match=why.replace("|", r"\|")):
        take(quiet, raw)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-02-28T08:00", 8),
        ("2026-02-28 08:00:30", 8),
        ("2026-02-28T08:00+01:00", 7),
        ("2026-02-28 09:00:00 +0100", 8),
        ("2026-02-28T08:00:00Z", 8),
        ("2026-02-28 08:00 UTC", 8),
        ("28.02.2026 8:00", 8),
        ("28.02.2026", 0),
        ("2026-02-28", 0),
    ],
)
def test_times_are_read_as_spreadsheets_write_them(written: str, hour: int) -> None:
    table = read_table(f"code;redeemed_at\nx;{written}\n".encode(), KNOWN, NEEDED)
    (listed,) = read_claims(table, "Europe/London", b"")
    at = getattr(listed, "claim").at.astimezone(UTC)  # noqa: B009 a bad line has none, and fails here
    assert (at.day, at.hour) == (28, hour)


def test_a_time_in_the_configured_zone_keeps_its_summer(quiet: Beside) -> None:
    table = read_table(b"code,redeemed_at\nx,2025-07-01T08:00\n", KNOWN, NEEDED)
    (listed,) = read_claims(table, "Europe/Berlin", b"")
    assert getattr(listed, "claim").at.astimezone(UTC).hour == 6  # noqa: B009 as above


def test_no_customer_can_be_read_out_of_the_keys(desk: Beside, tmp_path: Path) -> None:
    take(desk, f"code,redeemed_at,customer\n{PHRASE},2026-03-01,jane@customer.example\n")
    desk.app.store.close()
    assert b"jane" not in b"".join(path.read_bytes() for path in tmp_path.glob("heard.db*"))


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    try:
        table = read_table(raw, KNOWN, NEEDED)
    except ConfigError:
        return
    assert list(table.records()) is not None


@given(st.text(alphabet=string.printable + "é🍫\0\u2028", max_size=300))
def test_no_line_breaks_the_reader_and_none_is_told_twice(text: str) -> None:
    table = read_table(f"code,redeemed_at\n{text}".encode(), KNOWN, NEEDED)
    numbers = [line for line, _ in table.records()]
    assert numbers == sorted(set(numbers))


def test_a_file_full_of_open_quotation_marks_is_read_in_reasonable_time() -> None:
    rows = "".join(f'"{random.Random(n).random()},2026-03-01\n' for n in range(3001))
    table = read_table(f"code,redeemed_at\n{rows}".encode(), KNOWN, NEEDED)
    assert sum(1 for _ in table.records()) > 1000


def test_caps_are_judged_line_by_line_within_one_transaction(tmp_path: Path) -> None:
    desk = shop_beside(tmp_path, ShopKind.SHOPIFY, caps=f"cap = {AT_ONCE + 3}")
    text = "code,redeemed_at,order_id\n" + "".join(f"{PHRASE},2026-03-01,{n}\n" for n in range(AT_ONCE + 9))
    report = take(desk, text)
    assert dict(report.counts) == {REDEEMED: AT_ONCE + 3, REFUSED: 6}
    assert problems(report)[0] == f"{AT_ONCE + 5}: offer_cap"
    assert desk.app.store.miscounted() == ()
    desk.app.close()


@pytest.mark.parametrize("dies_at", [1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE])
def test_whatever_ends_it_in_between_nothing_is_lost_or_doubled_when_the_file_comes_again(
    desk: Beside, dies_at: int
) -> None:
    lines = 2 * AT_ONCE + 7
    text = "code,redeemed_at\n" + "".join(f"{PHRASE},2026-03-01\n" for _ in range(lines))
    table, store, told = read_table(text.encode(), KNOWN, NEEDED), desk.app.store, []

    def dies(claim: Claim) -> RedemptionResult:
        told.append(claim)
        if len(told) > dies_at:
            raise KeyboardInterrupt
        return desk.app.counting.redeem(claim)

    reports = import_redemptions(
        table, dies, lambda _: True, store.together, zone=desk.app.settings.timezone, salt=store.salt()
    )
    seen: list[LineReport] = []
    with pytest.raises(KeyboardInterrupt):
        deque(map(seen.append, reports), maxlen=0)
    kept = desk.live()
    assert len(seen) == kept == dies_at // AT_ONCE * AT_ONCE, "what was reported is what was kept"
    assert dict(take(desk, text).counts) in ({KNOWN_LINE: kept, REDEEMED: lines - kept}, {REDEEMED: lines})
    assert desk.live() == lines
    assert store.miscounted() == ()


def test_a_write_that_fails_inside_a_larger_one_leaves_nothing_and_the_others_stay(desk: Beside) -> None:
    store, first = desk.app.store, Claim(PHRASE, at=desk.clock.now(), key="first")

    def breaks(_ledger: LedgerView) -> OfferEvent:
        store.issue("truffle", [("k7qfm", None)], desk.clock.now())
        raise ConfigError("in the middle")

    def ends_badly() -> None:
        desk.app.counting.redeem(replace(first, key="third"))
        raise ConfigError("at the end")

    with store.together():
        desk.app.counting.redeem(first)
        with pytest.raises(ConfigError):
            store.record("second", breaks)
    assert (desk.told(), store.issued_count("truffle")) == (["redeemed"], 0)
    with pytest.raises(ConfigError), store.together():
        ends_badly()
    assert desk.told() == ["redeemed"]
    desk.app.counting.redeem(replace(first, key="fourth"))
    assert desk.told() == ["redeemed", "redeemed"]
    with store._write() as db:
        assert db.conn.in_transaction, "afterwards each write is a transaction of its own again"
        db.execute("ROLLBACK")
        db.execute("BEGIN")


def test_the_command_reports_line_by_line_and_ends_with_1(desk: Beside, tmp_path: Path) -> None:
    from bot.cli import cli

    path = tmp_path / "list.csv"
    path.write_text(f"code;redeemed_at\n{PHRASE};2026-03-01\nNOBODYS;2026-03-01\n{PHRASE};soon\n", encoding="utf-8")
    config = ["--config", str(desk.app.settings.path), "import", "redemptions", str(path)]
    dry = CliRunner().invoke(cli, [*config, "--dry-run"])
    assert (dry.exit_code, "1 would be added" in dry.stdout) == (1, True)
    told = CliRunner().invoke(cli, config)
    assert told.exit_code == 1
    assert "line 3: 'NOBODYS': this code is not known [unknown_code]" in told.stderr
    assert "line 4: 'soon' is no time" in told.stderr
    assert told.stdout == (
        "Redemptions: 1 added, 0 known already, 1 refused, 1 not understood "
        "(read as UTF-8, semicolon between columns).\n"
    )
    again = json.loads(CliRunner().invoke(cli, [*config, "--json"]).stdout)
    assert (again["redeemed"], again["known"], again["refused"], again["bad"]) == (0, 1, 1, 1)
    assert again["problems"][0] == {"line": 3, "code": "NOBODYS", "reason": "unknown_code", "message": None}
    path.write_text(f"code;redeemed_at\n{PHRASE};2026-03-01\n", encoding="utf-8")
    assert CliRunner().invoke(cli, config).exit_code == 0
