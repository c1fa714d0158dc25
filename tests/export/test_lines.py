"""CSV and JSON Lines, read back by the standard library."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.export.write import Format, write_table
from tests.export.tables import COLUMNS, HOSTILE, a_row, a_table, hostile_table, never, unknown

SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_csv_comes_back_with_its_types_in_words(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    write_table(a_table(a_row(7, "Grüße, “A”\nB"), unknown(8)), Format.CSV, file, never)
    header, row, empty = read_csv(file)
    assert header == [column.name for column in COLUMNS]
    assert row == ["7", "Grüße, “A”\nB", "https://a.example/?q=1&b=2", "-0.5", "-1.50", "true", "2026-03-29T12:30:15Z",
                   "2026-03-01"]  # fmt: skip
    assert empty == ["8", *[""] * 7]
    assert file.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel reads no UTF-8 without the mark"


def test_no_cell_of_a_csv_begins_as_a_formula_does(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    write_table(hostile_table(), Format.CSV, file, never)
    rows = read_csv(file)[1:]
    assert len(rows) == len(HOSTILE) + 1
    assert not [row[1] for row in rows if row[1].lstrip(" ").startswith(SIGNS)]
    assert "'=cmd|' /C calc'!A0" in [row[1] for row in rows]


def test_json_lines_keep_every_text_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    write_table(hostile_table(), Format.JSONL, file, never)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    assert [row["text"] for row in rows] == [*(text.replace("\ud800", "?") for text in HOSTILE), None]
    assert rows[0] == {"id": 0, "text": "=1+1", "address": "https://a.example/?q=1&b=2", "score": -0.5, "value": "-1.50",
                       "own": True, "said_at": "2026-03-29T12:30:15Z", "day": "2026-03-01"}  # fmt: skip


@given(text=st.text(max_size=40), score=st.floats())
def test_any_text_and_number_makes_one_line_of_strict_json(
    tmp_path_factory: pytest.TempPathFactory, text: str, score: float
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.jsonl"
    write_table(a_table((1, text, text, score, None, None, None, None)), Format.JSONL, file, never)
    [line] = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    assert json.loads(line, parse_constant=pytest.fail)["text"] == text


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    file.write_text("old", encoding="utf-8")

    def rows():
        yield a_row(1, "one")
        raise RuntimeError("the power went")

    for form in (Format.CSV, Format.JSONL, Format.PARQUET):
        broken = a_table()
        object.__setattr__(broken, "rows", rows())
        with pytest.raises(RuntimeError):
            write_table(broken, form, file, never)
        assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file], "no part is left behind"


def test_a_new_file_is_private_and_an_old_one_stays_as_open_as_it_was(tmp_path: Path) -> None:
    new, old = tmp_path / "new.csv", tmp_path / "old.csv"
    old.touch()
    old.chmod(0o644)
    for file in (new, old):
        write_table(a_table(), Format.CSV, file, never)
    assert [file.stat().st_mode & 0o777 for file in (new, old)] == [0o600, 0o644]


def test_every_row_is_told_of(tmp_path: Path) -> None:
    told: list[int] = []
    write_table(a_table(unknown(1), unknown(2)), Format.CSV, tmp_path / "a.csv", told.append)
    assert told == [1, 2]
