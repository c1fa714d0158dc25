"""Where codes were seen: kept once an item, offer and code, however often the item is read or edited.

A sighting outlives the words that it was found in, because redemptions hang on it: an edit takes its place in the text
away, a deletion by the platform everything that leads to who said what. What then stays is that this code stood in that
channel on that day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from bot.errors import Outdated
from bot.model import UNKNOWN_REACH, Delivery, Item, Named, Notice, Reach, ReachBasis, Sighting, Standing
from bot.store.connection import Base
from bot.store.erasure.meanwhile import expect_nothing_erased
from bot.store.notices import notice_values
from bot.store.outbox import delivery_values
from bot.store.rows import Values, item_of
from bot.store.session import Row, Session
from bot.store.sql import sightings as sql
from bot.store.sql.notices import ADD_NOTICE
from bot.store.sql.outbox import ADD_DELIVERY
from bot.store.values import moment_of, stamp, to_json, writable, writable_or_none

CHUNK = 1000


class Sightings(Base):
    """Looking for codes in what was collected, and what was seen."""

    def unlooked(self, by: str, limit: int) -> tuple[tuple[Item, datetime], ...]:
        """Items that were not looked at by these rules, or whose words changed since, with when they were collected.

        The newest first.
        """
        with self._read() as db:
            rows = db.execute(sql.UNLOOKED, {"by": by, "limit": limit}).fetchall()
        return tuple((item_of(row), moment_of(row["collected_at"])) for row in rows)

    def save_sightings(self, looked: Sequence[Item], seen: Sequence[Sighting], by: str) -> None:
        """Notes that these items were looked at, and what was seen in them.

        One whose words changed meanwhile is left for the next look. What was seen before and is gone from the words
        stays, without its place in the text.
        """
        by_item: dict[str, list[Sighting]] = {}
        for one in seen:
            by_item.setdefault(one.item, []).append(one)
        with self._write() as db:
            for item in looked:
                asked = {"by": by, "key": item.key, "content_hash": item.content_hash}
                row = db.execute(sql.LOOKED, asked).fetchone()
                if row is None:
                    continue
                db.execute(sql.LOSE_PLACES, {"key": item.key})
                for one in by_item.get(item.key, ()):
                    db.execute(sql.SEE, _values(one) | {"item": row["id"]})

    def sightings(self, offer: str | None = None) -> Iterator[Sighting]:
        """What was seen of an offer, or of all, in the order in which it was seen."""
        after = 0
        while True:
            with self._read() as db:
                rows = db.execute(sql.SIGHTINGS, {"offer": offer, "after": after, "limit": CHUNK}).fetchall()
            yield from map(_sighting_of, rows)
            if len(rows) < CHUNK:
                return
            after = rows[-1]["id"]

    def issued_codes(self, keys: Collection[str]) -> Mapping[str, tuple[str, str | None, datetime]]:
        """``(offer, placement, issued at)`` of those of these keys that are issued unique codes."""
        if not keys:
            return {}
        with self._read() as db:
            rows = db.execute(sql.ISSUED, {"keys": to_json(sorted(keys))}).fetchall()
        return {row["code"]: (row["offer"], row["placement"], moment_of(row["at"])) for row in rows}

    def leaks_told(self) -> frozenset[tuple[str, str, str]]:
        """The (offer, code, place) of every leak that people were told of."""
        with self._read() as db:
            return frozenset(map(tuple, db.execute(sql.TOLD)))

    def tell_leaks(
        self,
        notice: Notice,
        told: Collection[tuple[str, str, str]],
        deliveries: Sequence[Delivery],
        erasures: int | None = None,
    ) -> None:
        """Notice, marks on what it tells and pending deliveries, in one transaction.

        Raises Outdated when another process told one of them meanwhile, or something was erased after the log had that
        many ``erasures``.
        """
        with self._write(durable=True) as db:
            expect_nothing_erased(db, erasures)
            db.execute(ADD_NOTICE, notice_values(notice))
            for offer, code, place in told:
                marks = {"offer": offer, "code": code, "place": place, "notice": notice.id}
                if db.execute(sql.TELL, marks).rowcount != 1:
                    raise Outdated(f"The leak of offer '{offer}' at {place} was told by another notice meanwhile.")
            for delivery in deliveries:
                db.execute(ADD_DELIVERY, delivery_values(delivery))


def forget_sightings(db: Session, keys: Sequence[str]) -> None:
    """Takes what was said, and who said it, from the sightings in items of these keys; in the caller's transaction."""
    if keys:
        db.execute(sql.FORGET, {"keys": to_json(list(keys))})


def _values(one: Sighting) -> Values:
    return {
        "key": one.item,
        "offer": one.offer,
        "named": one.named.value,
        "code": one.code,
        "issued_for": one.issued_for,
        "start_at": one.start,
        "end_at": one.end,
        "quote": writable_or_none(one.quote),
        "url": writable_or_none(one.url),
        "outlet": writable(one.outlet),
        "handle": writable_or_none(one.handle),
        "voice": writable_or_none(one.voice),
        "headline": writable(one.headline),
        "at": stamp(one.at),
        "seen_at": stamp(one.seen_at),
        "standing": one.standing.value,
    }


def _sighting_of(row: Row) -> Sighting:
    kept = row["item"] is not None
    reach = UNKNOWN_REACH
    if row["reach_basis"] is not None:
        figures = row["reach"], row["reach_low"], row["reach_high"]
        reach = Reach(*figures, ReachBasis(row["reach_basis"]), row["reach_method"])
    return Sighting(
        offer=row["offer"],
        named=Named(row["named"]),
        code=row["code"],
        item=row["key"],
        outlet=row["outlet"],
        at=moment_of(row["at"]),
        seen_at=moment_of(row["seen_at"]),
        issued_for=row["issued_for"],
        start=row["start_at"] if kept else None,
        end=row["end_at"] if kept else None,
        quote=row["quote"],
        url=row["url"],
        handle=row["handle"],
        voice=row["voice"],
        headline=row["headline"],
        standing=Standing(row["standing"]),
        mention=row["mention"] or "",
        story=row["story"] or "",
        reach=reach,
    )
