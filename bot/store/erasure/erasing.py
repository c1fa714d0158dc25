"""Erasure: takes an item's words, author and address from everywhere in the database that holds them.

``bot/store/erasure/held.py`` lists every column of the schema with what it holds. Numbers without personal data stay: a
mention's row, its place in a digest's totals, a day's counts. Nothing here depends on how it came to be asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from bot.model import Item
from bot.model.keeping import GONE, Cause, Erasure, Forgotten, Held
from bot.store.erasure.erasures import note_erasure
from bot.store.erasure.marks import Marks
from bot.store.erasure.retelling import Retelling
from bot.store.erasure.veil import Veil, names_author
from bot.store.rows import item_of
from bot.store.session import Row, Session
from bot.store.sightings import forget_sightings
from bot.store.sql import keeping as sql
from bot.store.sql.score import DROP_CONTEXT_UNLESS_USED
from bot.store.values import from_json, stamp, to_json

BOT = "heard"
"""Who erases where no person asks."""

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb924"
"""The fingerprint of no words."""
STATES: Mapping[Cause, int] = {Cause.UPSTREAM: 1, Cause.RETENTION: 2, Cause.REQUEST: 3}
"""How ``items.removed`` says why words are gone. What is 1 comes back when its own source brings it back; the others
never do."""
NUMBERLESS = 4
"""The same of an item of which nothing is left but that it was there."""


class Eraser:
    """Erases within the caller's transaction, for one cause at one moment."""

    def __init__(
        self, db: Session, *, cause: Cause, noticed_at: datetime, now: datetime, who: str = BOT
    ) -> None:  # fmt: skip
        self._db = db
        self._cause = cause
        self._noticed_at = noticed_at
        self._now = now
        self._who = who
        self._marks = Marks(db)

    def erase(self, keys: Sequence[str], under: Sequence[str] = ()) -> Forgotten:
        """These items, all whose keys begin so, and reposts of any of them. Unknown keys leave no trace."""
        rows = self._rows(keys, under)
        seen = self._sightings(rows, keys, under)
        if not rows and not seen:
            return Forgotten()
        items = {row["id"]: item_of(row) for row in rows}
        mentions = self._all(sql.MENTIONS_OF, items=list(items))
        digests = Retelling(self._db, GONE[self._cause]).without(items.values(), mentions, seen)
        forget_sightings(self._db, sorted({row["key"] for row in seen}))
        for row in rows:
            self._empty(row)
        self._empty_mentions([row["id"] for row in mentions], list(items))
        self._log(rows, seen, mentions, digests)
        return Forgotten(len(rows), len(mentions), digests)

    def _rows(self, keys: Sequence[str], under: Sequence[str]) -> list[Row]:
        hidden = [self._marks.hidden_key(key) for key in keys]
        found = {row["id"]: row for row in self._all(sql.ITEMS_OF_KEYS, keys=[*keys, *hidden])} if keys else {}
        for stretch in map(_stretch, filter(None, under)):
            found |= {row["id"]: row for row in self._db.execute(sql.ITEMS_UNDER, dict(stretch))}
        for beginning in filter(None, under):
            pseudonym = {"pseudonym": self._marks.owner(beginning)}
            found |= {row["id"]: row for row in self._db.execute(sql.ITEMS_OF_PSEUDONYM, pseudonym)}
        if found:
            reposts = self._all(sql.REPOSTS_OF, keys=[row["key"] for row in found.values()])
            found |= {row["id"]: row for row in reposts}
        return sorted(found.values(), key=lambda row: (row["source"], row["id"]))

    def _sightings(self, rows: Sequence[Row], keys: Sequence[str], under: Sequence[str]) -> list[Row]:
        """Codes seen in these items; also in those that are kept no longer. Only what still tells something."""
        known = sorted({*keys, *map(self._marks.hidden_key, keys), *(row["key"] for row in rows)})
        found = self._all(sql.SIGHTINGS_OF, keys=known)
        for stretch in map(_stretch, filter(None, under)):
            found += self._db.execute(sql.SIGHTINGS_UNDER, dict(stretch)).fetchall()
        return [row for row in found if row["quote"] or row["url"] or row["handle"] or row["headline"]]

    def _empty(self, row: Row) -> None:
        key = self._key(row)
        statement = sql.ERASE_WORDS if self._cause is Cause.RETENTION else sql.ERASE_ITEM
        values = {"id": row["id"], "key": key, "removed": STATES[self._cause], "now": stamp(self._now)}
        self._db.execute(statement, values | {"content_hash": EMPTY_HASH})

    def _key(self, row: Row) -> str:
        """The item's key; another where it holds its author's id."""
        key = str(row["key"])
        if not names_author(key, row["author_id"]):
            return key
        hidden = self._marks.hidden_key(key)
        self._db.execute(sql.MOVE_SIGHTINGS, {"key": hidden, "old": key})
        self._db.execute(sql.MOVE_REFERENCES, {"key": hidden, "old": key})
        return hidden

    def _empty_mentions(self, mentions: list[str], items: list[int]) -> None:
        """Scores go with the words, but for retention: then their numbers stay, and what was quoted in them goes."""
        told, of = {"mentions": to_json(mentions)}, {"items": to_json(items)}
        if self._cause is Cause.RETENTION:
            for statement in (sql.EMPTY_SCORES_OF, sql.EMPTY_ALIGNMENTS_OF, sql.EMPTY_MATCHES_OF):
                self._db.execute(statement, told)
            self._empty_receipts(told)
            return
        _drop_scores(self._db, told)
        self._db.execute(sql.FORGET_MATCHES_OF, told)
        self._db.execute(sql.DROP_SNAPSHOTS_OF, of)

    def _empty_receipts(self, told: Mapping[str, str]) -> None:
        """A receipt keeps its numbers and their origins, so that it still adds up; not the reasons, which quote."""
        for row in self._db.execute(sql.FACTORS_OF, dict(told)).fetchall():
            kept = [
                [name, value if isinstance(value, int | float) else None, source, ""]
                for name, value, source, _ in from_json(row["factors"])
            ]
            self._db.execute(sql.CHANGE_FACTORS, {"mention": row["mention"], "factors": to_json(kept)})

    def _log(self, rows: Sequence[Row], seen: Sequence[Row], mentions: Sequence[Row], digests: int) -> None:
        """A line for each source; the digests stand in the first, so that they are counted once.

        Codes seen in items that are here no more have one for each platform: nothing says which source brought these.
        """
        of_item: dict[int, int] = {}
        for mention in mentions:
            of_item[mention["item"]] = of_item.get(mention["item"], 0) + 1
        for source, group in groupby(rows, key=lambda row: row["source"]):
            those = list(group)
            counted = Forgotten(len(those), sum(of_item.get(row["id"], 0) for row in those), digests)
            marks = tuple(sorted(self._marks.item(row["key"]) for row in those))
            note_erasure(self._db, self._line(source, Held.WORDS, counted, marks))
            digests = 0
        alone = {row["key"] for row in seen} - {row["key"] for row in rows}
        for platform, keys in groupby(sorted(alone), key=lambda key: key.partition(":")[0]):
            marks = tuple(sorted(map(self._marks.item, keys)))
            note_erasure(self._db, self._line(platform, Held.WORDS, Forgotten(digests=digests), marks))
            digests = 0

    def _line(self, source: str, what: Held, counted: Forgotten, marks: tuple[str, ...]) -> Erasure:
        return Erasure(0, self._who, self._cause, what, source, self._noticed_at, self._now, counted, marks)

    def _all(self, statement: str, **lists: Sequence[Any]) -> list[Row]:
        return self._db.execute(statement, {name: to_json(list(value)) for name, value in lists.items()}).fetchall()


class AuthorEraser:
    """Puts pseudonyms in place of the authors of items, and takes them out of what was told of these."""

    def __init__(self, db: Session, veil: Veil, noticed_at: datetime, now: datetime) -> None:
        self._db = db
        self._veil = veil
        self._noticed_at = noticed_at
        self._now = now

    def erase(self, rows: Sequence[Row]) -> Forgotten:
        """How much that concerned; authors whom the veil leaves as they are do not count."""
        pairs = [(row, item, self._veil.item(item)) for row, item in ((row, item_of(row)) for row in rows)]
        pairs = [(row, item, hidden) for row, item, hidden in pairs if hidden is not item]
        if not pairs:
            return Forgotten()
        items = to_json([row["id"] for row, _, _ in pairs])
        mentions = self._db.execute(sql.MENTIONS_OF, {"items": items}).fetchall()
        keys = to_json([row["key"] for row, _, _ in pairs])
        seen = [row for row in self._db.execute(sql.SIGHTINGS_OF, {"keys": keys}) if row["handle"]]
        self._db.execute(sql.FORGET_SPEAKERS, {"keys": keys})
        word = GONE[Cause.RETENTION]
        digests = Retelling(self._db, word).without_authors([item for _, item, _ in pairs], mentions, seen)
        for row, item, hidden in pairs:
            self._change(row["id"], item, hidden)
        marks = Marks(self._db)
        by_source = sorted(((row["source"], marks.item(item.key)) for row, item, _ in pairs))
        for source, group in groupby(by_source, key=lambda pair: pair[0]):
            found = tuple(mark for _, mark in group)
            counted = Forgotten(len(found), 0, digests)
            line = (0, BOT, Cause.RETENTION, Held.AUTHORS, source, self._noticed_at, self._now, counted, found)
            note_erasure(self._db, Erasure(*line))
            digests = 0
        return Forgotten(len(pairs), len(mentions))

    def _change(self, number: int, item: Item, hidden: Item) -> None:
        self._db.execute(sql.HIDE_ADDRESS, {"key": item.key, "url": hidden.url})
        if hidden.key != item.key:
            self._db.execute(sql.MOVE_SIGHTINGS, {"key": hidden.key, "old": item.key})
            self._db.execute(sql.MOVE_REFERENCES, {"key": hidden.key, "old": item.key})
        values = {"id": number, "key": hidden.key, "url": hidden.url, "refers_to": hidden.refers_to}
        self._db.execute(sql.ERASE_AUTHOR, values | {"author_id": hidden.author.id, "now": stamp(self._now)})


def erase_numbers(db: Session, rows: Sequence[Row], noticed_at: datetime, now: datetime) -> Forgotten:
    """Deletes what is left of items without words, but for the row that says they were there."""
    if not rows:
        return Forgotten()
    items = to_json([row["id"] for row in rows])
    mentions = [row["id"] for row in db.execute(sql.MENTIONS_OF, {"items": items})]
    told = {"mentions": to_json(mentions)}
    _drop_scores(db, told)
    for statement in (sql.DROP_TOLD_OF, sql.DROP_MENTIONS_OF):
        db.execute(statement, told)
    db.execute(sql.DROP_SNAPSHOTS_OF, {"items": items})
    db.execute(sql.NUMBERLESS, {"items": items, "now": stamp(now)})
    marks, total = Marks(db), Forgotten(len(rows), len(mentions))
    for source, group in groupby(sorted(rows, key=lambda row: row["source"]), key=lambda row: row["source"]):
        found = tuple(sorted(marks.item(row["key"]) for row in group))
        line = (0, BOT, Cause.RETENTION, Held.NUMBERS, source, noticed_at, now, Forgotten(len(found)), found)
        note_erasure(db, Erasure(*line))
    return total


def _drop_scores(db: Session, told: dict[str, str]) -> None:
    """Scores go, and with the last score that was made in it a context: it counts the words of texts of its day."""
    for context in {row["context_id"] for row in db.execute(sql.DROP_SCORES_OF, told).fetchall()}:
        db.execute(DROP_CONTEXT_UNLESS_USED, {"id": context})


def _stretch(beginning: str) -> dict[str, str]:
    """Keys compare by code point: what follows is the beginning with its last character one further on."""
    return {"first": beginning, "following": beginning[:-1] + chr(ord(beginning[-1]) + 1)}
