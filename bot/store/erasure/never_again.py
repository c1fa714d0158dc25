"""Marks of what was forgotten for good and is in no row here, as after the restore of a backup from before it was read.

Where a row says that its words are gone, no mark is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bot.store.erasure.marks import Marks
from bot.store.session import Session
from bot.store.sql import keeping as sql
from bot.store.values import to_json


def keep_out(db: Session, marks: Iterable[str]) -> None:
    """From now on keeps out whatever is known by these marks."""
    db.executemany(sql.KEEP_OUT, [{"mark": mark} for mark in marks])


def kept_out(db: Session, keys: Collection[str]) -> frozenset[str]:
    """Those of the keys that are kept out."""
    if not keys or db.execute(sql.ANY_KEPT_OUT).fetchone() is None:
        return frozenset()  # as in every database but a restored one: no mark has to be made
    of = Marks(db)
    known: Mapping[str, frozenset[str]] = {key: of.known_by(key) for key in keys}
    asked = {"marks": to_json(sorted(frozenset().union(*known.values())))}
    found = {row["mark"] for row in db.execute(sql.KEPT_OUT, asked)}
    return frozenset(key for key, marks in known.items() if marks & found)
