"""``heard export``: tables and a digest as files and onto standard output."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pypdf
import pytest

from tests.support.desk import Desk

TABLES = ("mentions", "stories", "messages", "redemptions", "offers", "digests", "observations")


def test_every_table_prints_csv_and_json_lines(collected: Desk) -> None:
    for name in TABLES:
        printed, lines = (collected.heard("export", name, *form) for form in ((), ("--format", "jsonl")))
        assert (printed.code, lines.code) == (0, 0), name
        rows = list(csv.DictReader(io.StringIO(printed.out, newline="")))
        assert len(rows) == len(lines.rows), name
        assert [list(row) for row in lines.rows] == [list(row) for row in rows], name


def test_mentions_are_those_of_the_listing_with_its_filters(collected: Desk) -> None:
    for filters in (
        (),
        ("--subject", "crumb"),
        ("--tone", "negative"),
        ("--search", "machine"),
        ("--since", "9999-01-01"),
    ):
        listed = [row["id"] for row in collected.heard("mentions", "--json", *filters).rows]
        exported = [row["id"] for row in collected.heard("export", "mentions", "--format", "jsonl", *filters).rows]
        assert exported == listed, filters


def test_the_databases_care_has_the_same_exports(collected: Desk) -> None:
    ours, other = (collected.heard(*words, "export", "mentions", "--format", "jsonl") for words in ((), ("db",)))
    assert (other.code, other.rows) == (0, ours.rows)
    assert len(other.rows) == 5


def test_files_are_written_as_they_are_called(collected: Desk, tmp_path: Path) -> None:
    for ending in ("csv", "jsonl", "parquet", "xlsx"):
        said = collected.heard("export", "mentions", "-o", str(tmp_path / f"m.{ending}"))
        assert (said.code, "5 rows are in" in said.out) == (0, True), said.err
        assert "mentions read: 5 of 5" in said.err
    assert len((tmp_path / "m.csv").read_text(encoding="utf-8-sig").splitlines()) > 5
    rows = [json.loads(line) for line in (tmp_path / "m.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert pq.read_table(tmp_path / "m.parquet")["id"].to_pylist() == [row["id"] for row in rows]
    sheet = openpyxl.load_workbook(tmp_path / "m.xlsx")["Mentions"]
    assert [cell.value for cell in sheet["A"]][1:] == [row["id"] for row in rows]
    assert isinstance(sheet["D2"].value, datetime)


def test_a_workbook_for_people(collected: Desk, tmp_path: Path) -> None:
    file = tmp_path / "report.xlsx"
    said = collected.heard("export", "workbook", "-o", str(file))
    assert said.code == 0
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Summary", "Stories", "Mentions", "Messages", "Redemptions", "Method"]
    assert "Every truffle is rolled by hand each morning." in [row[0].value for row in book["Summary"].iter_rows()]


def test_a_digest_as_pdf_before_and_after_it_was_sent(desk: Desk, tmp_path: Path) -> None:
    desk.heard("collect")
    file = tmp_path / "digest.pdf"
    assert "A preview of the digest is in" in desk.heard("export", "digest", "pr-daily", "-o", str(file)).out
    assert "A bad day at Velvet Crumb" in " ".join(pypdf.PdfReader(file).pages[0].extract_text().split())
    sent = desk.heard("digest", "send", "pr-daily").out.partition(":")[0]
    assert "The digest that was sent is in" in desk.heard("export", "digest", sent, "-o", str(file)).out
    assert "The digest that was sent is in" in desk.heard("export", "digest", "pr-daily", "-o", str(file)).out


def test_a_preview_of_a_digest_that_was_sent_shows_its_stories_and_says_so(desk: Desk) -> None:
    desk.heard("collect")
    before = desk.heard("digest", "preview", "pr-daily")
    assert before.err == ""
    desk.heard("digest", "send", "pr-daily")
    after = desk.heard("digest", "preview", "pr-daily")
    assert "A bad day at Velvet Crumb" in after.out
    assert "This digest was written on" in after.err
    assert "said the same" in after.err
    mention = desk.heard("mentions", "--search", "machine", "--json").rows[0]["id"]
    assert desk.heard("label", mention, "--relevant", "no").code == 0
    changed = desk.heard("digest", "preview", "pr-daily")
    assert "said otherwise:" in changed.err
    assert "told then, not now: A bad day at Velvet Crumb" in changed.err
    assert json.loads(desk.heard("digest", "preview", "pr-daily", "--format", "json").out)["stories"]


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("mentions", "--format", "parquet"), "cannot be printed"),
        (("mentions", "-o", "report"), "what 'report' is to be is not clear"),
        (("mentions", "-o", "report.doc"), "say --format"),
        (("mentions", "--subject", "nobody"), "there is no subject 'nobody'"),
        (("redemptions", "--offer", "none"), "there is no offer 'none'"),
        (("digest", "none", "-o", "a.pdf"), "there is no digest 'none'"),
        (("workbook",), "Missing option"),
        (("messages", "--since", "2026-03-02", "--until", "2026-03-01"), "since must lie before until"),
        (("mentions", "--search", "?!"), "holds no word"),
    ],
)
def test_what_cannot_be_done_is_named(collected: Desk, args: tuple[str, ...], named: str) -> None:
    said = collected.heard("export", *args)
    assert (said.code, named in said.err) == (2, True), said.err


def test_a_folder_that_is_not_there_is_an_error_that_names_it(collected: Desk, tmp_path: Path) -> None:
    said = collected.heard("export", "mentions", "-o", str(tmp_path / "none" / "m.csv"))
    assert (said.code, "none" in said.err) == (1, True)
