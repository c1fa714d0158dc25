"""The lines of the audit log: how one is added under the last, and read."""

from __future__ import annotations

from dataclasses import replace

from bot.model.keeping import Cause, Erasure, Forgotten, Held
from bot.store.session import Row, Session
from bot.store.sql import keeping as sql
from bot.store.values import from_json, moment_of, stamp, to_json


def note_erasure(db: Session, line: Erasure) -> None:
    """Adds a line under the last one of the log, sealed over it."""
    last = db.execute(sql.LAST_LINE).fetchone()
    seq, before = (1, "") if last is None else (last["seq"] + 1, last["seal"])
    line = replace(line, seq=seq, before=before)
    db.execute(
        sql.ADD_LINE,
        {
            "seq": seq,
            "who": line.who,
            "cause": line.cause.value,
            "what": line.what.value,
            "source": line.source,
            "noticed_at": stamp(line.noticed_at),
            "erased_at": stamp(line.erased_at),
            "items": line.forgotten.items,
            "mentions": line.forgotten.mentions,
            "digests": line.forgotten.digests,
            "exports": line.forgotten.exports,
            "marks": to_json(line.marks),
            "before": before,
            "seal": line.sealed(),
        },
    )


def erasure_of(row: Row) -> Erasure:
    """A line of the log."""
    return Erasure(
        seq=row["seq"],
        who=row["who"],
        cause=Cause(row["cause"]),
        what=Held(row["what"]),
        source=row["source"],
        noticed_at=moment_of(row["noticed_at"]),
        erased_at=moment_of(row["erased_at"]),
        forgotten=Forgotten(row["items"], row["mentions"], row["digests"], row["exports"]),
        marks=tuple(from_json(row["marks"])),
        before=row["before"],
        seal=row["seal"],
    )
