"""Parquet, read back by pyarrow."""

from __future__ import annotations

from datetime import UTC, date
from pathlib import Path

import pyarrow.parquet as pq

from bot.export.parquet import GROUP
from bot.export.table import Table
from bot.export.write import Format, write_table
from tests.export.tables import COLUMNS, HOSTILE, NOON, a_row, a_table, hostile_table, never, unknown


def test_columns_come_back_typed_with_what_they_mean(tmp_path: Path) -> None:
    file = tmp_path / "posts.parquet"
    write_table(a_table(a_row(7, "Grüße"), unknown(8)), Format.PARQUET, file, never)
    table = pq.read_table(file)
    assert [str(field.type) for field in table.schema] == [
        "int64", "string", "string", "double", "string", "bool", "timestamp[us, tz=UTC]", "date32[day]",
    ]  # fmt: skip
    assert table.schema.field("score").metadata == {b"means": b"Index points."}
    first, second = table.to_pylist()
    assert first == {"id": 7, "text": "Grüße", "address": "https://a.example/?q=1&b=2", "score": -0.5, "value": "-1.50",
                     "own": True, "said_at": NOON.astimezone(UTC), "day": date(2026, 3, 1)}  # fmt: skip
    assert set(second.values()) == {8, None}


def test_every_text_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "posts.parquet"
    write_table(hostile_table(), Format.PARQUET, file, never)
    texts = pq.read_table(file)["text"].to_pylist()
    assert texts == [*(text.replace("\ud800", "?") for text in HOSTILE), None]


def test_an_empty_table_has_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "posts.parquet"
    write_table(a_table(), Format.PARQUET, file, never)
    assert pq.read_table(file).schema.names == [column.name for column in COLUMNS]


def test_rows_are_written_group_by_group(tmp_path: Path) -> None:
    file = tmp_path / "posts.parquet"

    def rows():
        for number in range(2 * GROUP + 5):
            yield unknown(number)

    write_table(Table("posts", "Posts", COLUMNS, rows()), Format.PARQUET, file, never)
    read = pq.ParquetFile(file)
    assert [read.metadata.row_group(place).num_rows for place in range(read.num_row_groups)] == [GROUP, GROUP, 5]
