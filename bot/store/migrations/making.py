"""How a step is registered, and how it makes tables."""

from __future__ import annotations

from typing import Any

from sqlite_utils import Database
from sqlite_utils.db import Table
from sqlite_utils.migrations import Migrations

APPLICATION_ID = 0x48454152
"""``HEAR`` in ASCII, in the file's header: how Heard knows its own files."""
SEARCH_TOKENIZER = "porter unicode61 remove_diacritics 2"
TARGET_KEY = (("source", "feed"), "targets", ("source", "feed"))
TYPES = {"": str, "int": int, "float": float}

migrations = Migrations("heard")


def make_table(db: Database, name: str, columns: str, **options: Any) -> Table:
    """Makes a table. Columns are written ``name``, ``name:int`` or ``name:float``; those with ``?`` may be NULL."""
    types: dict[str, type] = {}
    required: set[str] = set()
    for column in columns.split():
        bare, _, kind = column.removesuffix("?").partition(":")
        types[bare] = TYPES[kind]
        if not column.endswith("?"):
            required.add(bare)
    return db.table(name).create(types, not_null=required, **options)


def forbid_changes(db: Database, name: str, verbs: tuple[str, ...] = ("UPDATE", "DELETE")) -> None:
    """Forbids what would change or take back a row."""
    for verb in verbs:
        db.execute(
            f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
        )
