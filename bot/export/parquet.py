"""Parquet: typed columns in row groups, for data frames and warehouses. Needs the extra ``export`` (pyarrow)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bot.export.lines import Tell, counted, whole_characters
from bot.export.table import Kind, Row, Table, Value

GROUP = 5_000
"""Rows of one group: what is held in memory at a time."""

_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.ADDRESS: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.MONEY: pa.string(),  # as in JSON: amounts of several currencies have no scale in common
    Kind.FLAG: pa.bool_(),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
    Kind.DAY: pa.date32(),
}


def write_parquet(table: Table, path: Path, tell: Tell) -> None:
    """The whole file; what a column means stands in its metadata, as ``means``."""
    schema = pa.schema(
        [pa.field(column.name, _TYPES[column.kind], metadata={"means": column.means}) for column in table.columns]
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(table, tell):
            columns = [[_value(value) for value in column] for column in zip(*group, strict=True)]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=GROUP)


def _groups(table: Table, tell: Tell) -> Iterator[list[Row]]:
    rows = counted(table.rows, tell)
    while group := list(islice(rows, GROUP)):
        yield group


def _value(value: Value) -> Value:
    if isinstance(value, str):
        return whole_characters(str(value))
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return None if isinstance(value, float) and not math.isfinite(value) else value
