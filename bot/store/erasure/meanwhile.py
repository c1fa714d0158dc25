"""What was erased while something was composed from it: it must not be kept as it was composed then."""

from __future__ import annotations

from collections.abc import Collection

from bot.errors import Outdated
from bot.store.session import Session
from bot.store.sql import keeping as sql
from bot.store.values import to_json


def erasures_known(db: Session) -> int:
    """How many lines the log of erasures has."""
    return int(db.execute(sql.NUMBER_OF_LINES).fetchone()["number"])


def expect_nothing_erased(db: Session, known: int | None, mentions: Collection[str] | None = None) -> None:
    """Raises Outdated where the log has grown beyond ``known`` lines, by erasures that concern one of ``mentions``.

    ``mentions`` None: any erasure counts. ``known`` None: nothing was composed, so nothing can be outdated. To be asked
    in the transaction that keeps what was composed: what is erased after it finds it there.
    """
    if known is None:
        return
    first = db.execute(sql.ERASED_SINCE, {"known": known}).fetchone()["first"]
    if first is None:
        return
    asked = {"mentions": to_json(sorted(mentions or ())), "first": first}
    if mentions is None or db.execute(sql.ERASED_AMONG, asked).fetchone() is not None:
        raise Outdated("Something that is told here was erased while it was composed.")
