"""The data dictionary is that of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.export.table import Column
from bot.wiring.export import tables as export_tables
from bot.wiring.export.mentions import ABOUT, SCORED
from bot.wiring.export.stories import COLUMNS

DICTIONARY = Path(__file__).parents[2] / "docs" / "exports.md"
TABLES = {
    "mentions": (*ABOUT, *SCORED),
    "stories": COLUMNS,
    "messages": export_tables.MESSAGES,
    "redemptions": export_tables.REDEMPTIONS,
    "offers": export_tables.OFFERS,
    "digests": export_tables.DIGESTS,
    "observations": export_tables.OBSERVATIONS,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_explained_in_its_order(name: str) -> None:
    section = DICTIONARY.read_text(encoding="utf-8").partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    assert [line for line in section.splitlines() if line.startswith("| `")] == [_row(one) for one in TABLES[name]]


def _row(column: Column) -> str:
    return f"| `{column.name}` | {column.kind} | {column.means} |"
