"""Files as people have them: dialects, marks, stray quotes, short rows."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import HeardError
from bot.evaluate.table import Columns, read_table
from tests.support.counts import examples


def cells(content: bytes, name: str = "file.csv") -> list[dict[str, str]]:
    return [dict(row.cells) for row in read_table(content, name).rows]


def test_csv_is_read_with_quoting_and_tsv_without() -> None:
    quoted = b'text,label\n"a, ""b""\nc",positive\n'
    assert cells(quoted) == [{"text": 'a, "b"\nc', "label": "positive"}]
    stray = b'label\ttext\npositive\t"never closed\nnegative\tnext "row"\n'
    assert cells(stray, "file.tsv") == [
        {"label": "positive", "text": '"never closed'},
        {"label": "negative", "text": 'next "row"'},
    ]


@pytest.mark.parametrize("name", ["-", "labels.txt", "<stdin>"])
def test_without_a_telling_extension_the_header_tells(name: str) -> None:
    assert cells(b'a\tb\n"1\t2\n', name) == [{"a": '"1', "b": "2"}]
    assert cells(b'a,b\n"1,5",2\n', name) == [{"a": "1,5", "b": "2"}]


def test_semicolons_of_european_spreadsheets_are_read() -> None:
    assert cells(b"text;label\ngut, sehr gut;positive\n") == [{"text": "gut, sehr gut", "label": "positive"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_at_the_beginning_and_windows_line_ends_do_no_harm(encoding: str) -> None:
    assert cells("text,label\r\nschön 😍,positive\r\n".encode(encoding)) == [{"text": "schön 😍", "label": "positive"}]
    assert cells("text\tlabel\r\nschön\tpositive\r\n".encode(encoding), "a.tsv") == [
        {"text": "schön", "label": "positive"}
    ]


def test_unusual_line_separators_inside_a_text_do_not_cut_it() -> None:
    text = "one\u2028two\x85three\x0bfour"
    assert cells(f"label\ttext\n1\t{text}\n".encode(), "a.tsv") == [{"label": "1", "text": text}]


def test_a_row_that_does_not_fit_the_header_is_named_and_the_others_keep_their_numbers() -> None:
    table = read_table(b"text\tlabel\ngood\t1\nshort\nlong\t1\t2\nalso good\t0\n", "a.tsv")
    assert [row.number for row in table.rows] == [1, 4]
    assert [(bad.number, bad.reason) for bad in table.bad] == [
        (2, "has 1 cells where the header names 2"),
        (3, "has 3 cells where the header names 2"),
    ]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \n"])
def test_an_empty_file_is_an_error_that_says_what_to_write(content: bytes) -> None:
    with pytest.raises(HeardError, match="the file is empty; its first row should name the columns"):
        read_table(content, "a.csv")


def test_a_file_in_another_encoding_names_the_line() -> None:
    with pytest.raises(HeardError, match="line 2 is not UTF-8"):
        read_table("text,label\nschön,1\n".encode("latin-1"), "a.csv")


def test_a_text_of_megabytes_is_read() -> None:
    assert len(cells(b"text,label\n" + b"x" * 3_000_000 + b",1\n")[0]["text"]) == 3_000_000


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_whatever_a_writer_of_csv_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    written = [tuple(cell.encode("utf-8", "ignore").decode() for cell in row) for row in rows]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("text", "label"), *written])
    assert [(row["text"], row["label"]) for row in cells(out.getvalue().encode())] == written


@settings(max_examples=examples(60), deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.tsv", "a"]))
def test_any_bytes_give_a_table_or_a_clear_error(content: bytes, name: str) -> None:
    try:
        table = read_table(content, name)
    except HeardError as error:
        said = str(error)
    else:
        said = ""
        assert all(len(row.cells) <= len(table.columns) for row in table.rows)
    assert not said or said.startswith(name)


def columns(*mapping: str) -> Columns:
    return Columns(read_table(b"Topic,stance,text,match\nt,1,hello,0\n", "a.csv"), mapping)


def test_columns_go_by_their_names_whatever_the_case_or_by_the_mapping() -> None:
    table = read_table(b"Topic,stance,text,match\nt,1,hello,0\n", "a.csv")
    chosen = Columns(table, ["label=match, pool=topic+stance"])
    (row,) = table.rows
    assert chosen.value(row, "label") == "0"
    assert chosen.value(row, "pool") == "t | 1"
    assert chosen.value(row, "TEXT") == "hello"
    assert chosen.value(row, "nothing") is None


@pytest.mark.parametrize("mapping", ["label", "label=", "=match", "label=nowhere", "pool=topic+nowhere"])
def test_a_mapping_that_cannot_be_meant_is_an_error(mapping: str) -> None:
    with pytest.raises(HeardError, match="--columns: "):
        columns(mapping)


def test_a_missing_column_is_an_error_that_names_those_that_are_there() -> None:
    with pytest.raises(HeardError) as error:
        columns().require("text", "label", task="tone")
    assert str(error.value) == (
        "task tone needs the column label; the file has the columns Topic, stance, text, match. "
        "Say which columns serve: --columns label=COLUMN"
    )
