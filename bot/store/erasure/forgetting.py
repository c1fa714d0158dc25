"""What keeping asks of the store: to forget, to say what is due and what is held, and the log of what was erased."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product

from bot.model import Delivery, Digest, Notice
from bot.model.keeping import Cause, Erasure, Forgotten, HeldOf, Reckoning, Sample, Wanted
from bot.store.connection import Base
from bot.store.erasure.erasing import BOT, AuthorEraser, Eraser, erase_numbers
from bot.store.erasure.erasures import erasure_of, note_erasure
from bot.store.erasure.marks import Marks
from bot.store.erasure.meanwhile import erasures_known
from bot.store.erasure.never_again import keep_out
from bot.store.erasure.veil import Veil
from bot.store.notices import notice_deliveries, notice_of
from bot.store.outbox import deliveries_of, digest_of
from bot.store.session import Row, Session
from bot.store.sql import keeping as sql
from bot.store.values import EARLIEST, moment_of, moment_or_none, stamp, stamp_or_none, to_json

CHUNK = 500

Place = tuple[str, int]


class Forgetting(Base):
    """Erasure, and the log of it."""

    def forget_items(
        self,
        keys: Sequence[str],
        *,
        cause: Cause,
        noticed_at: datetime,
        now: datetime,
        under: Sequence[str] = (),
        who: str = BOT,
    ) -> Forgotten:
        """Erases these items, and all whose keys begin with one of ``under``, wherever the store holds their words."""
        with self._write(durable=True) as db:
            return Eraser(db, cause=cause, noticed_at=noticed_at, now=now, who=who).erase(keys, under)

    def words_due(self, before: datetime, limit: int) -> tuple[tuple[str, datetime], ...]:
        """Keys of items with words that were collected before then, with when that was; the oldest first."""
        with self._read() as db:
            rows = db.execute(sql.WORDS_DUE, {"before": stamp(before), "limit": limit}).fetchall()
        return tuple((row["key"], moment_of(row["collected_at"])) for row in rows)

    def forget_authors(
        self, before: datetime, known: frozenset[str], now: datetime, limit: int, after: Place | None = None
    ) -> tuple[Forgotten, Place | None]:
        """Puts pseudonyms in place of the authors of items collected before then, but for those ``known`` by handle.

        At most ``limit`` items that follow ``after``; where to go on, None when there are no more.
        """
        at, number = after or (EARLIEST, 0)
        asked = {"before": stamp(before), "after_at": at, "after": number, "limit": limit}
        with self._write() as db:
            rows = db.execute(sql.AUTHORS_DUE, asked).fetchall()
            if not rows:
                return Forgotten(), None
            forgotten = AuthorEraser(db, Veil(Marks(db), known), _due_since(rows, before, now), now).erase(rows)
        return forgotten, (rows[-1]["collected_at"], rows[-1]["id"])

    def forget_numbers(self, before: datetime, now: datetime, limit: int) -> Forgotten:
        """Deletes the mentions, scores and figures of items without words that were collected before then."""
        with self._write() as db:
            rows = db.execute(sql.NUMBERS_DUE, {"before": stamp(before), "limit": limit}).fetchall()
            if len(rows) < limit:  # with the last of them: all counts of hours are looked through for it
                db.execute(sql.DROP_HOURS, {"before": stamp(before)})
            return erase_numbers(db, rows, _due_since(rows, before, now), now)

    def reckoning(self) -> Reckoning | None:
        """The time that retention goes by; None before the first look."""
        with self._read() as db:
            told = {row["name"]: row["value"] for row in db.execute(sql.RECKONING)}
        if not told.get("reckoned"):
            return None
        return Reckoning(moment_of(told["reckoned"]), moment_or_none(told.get("doubted") or None))

    def keep_reckoning(self, reckoning: Reckoning) -> None:
        """Writes it down."""
        with self._write() as db:
            for name, value in (("reckoned", reckoning.confirmed), ("doubted", reckoning.doubted)):
                db.execute(sql.REMEMBER, {"name": name, "value": stamp_or_none(value) or ""})

    def asked_for(self, wanted: Wanted, after: int, limit: int) -> tuple[tuple[int, Sample], ...]:
        """Items that a person wants forgotten, each with its place in the order; ``after`` is where to go on."""
        with self._read() as db:
            author = None if wanted.author is None else wanted.author.removeprefix("@").casefold()
            asked = {
                "author": author,
                "at_author": f"@{author}",
                "pseudonyms": to_json([] if author is None else _pseudonyms(db, author)),
                # A database may know the small letters of ASCII alone: names are also tried as they are mostly written.
                "spellings": to_json([] if author is None else [author, author.upper(), author.title(), wanted.author]),
                "profiles": to_json([] if author is None else _addresses(author)),
                "url": wanted.url,
                "part": wanted.part,
                "before": stamp_or_none(wanted.before),
                "subject": wanted.subject,
                "source": wanted.source,
                "after": after,
                "limit": limit,
            }
            rows = db.execute(sql.ASKED, asked).fetchall()
        return tuple((row["id"], _sample_of(row)) for row in rows)

    def marked(self, marks: Collection[str]) -> Mapping[str, str]:
        """Keys of the items with words that the log knows by these marks, each under its mark."""
        found, wanted = dict[str, str](), frozenset(marks)
        after = 0
        while True:
            with self._read() as db:
                of = Marks(db)
                rows = db.execute(sql.KEYS, {"after": after, "limit": CHUNK}).fetchall()
            # What was erased under the key of a pseudonym may stand under its own here, in a database of before.
            found |= {mark: row["key"] for row in rows for mark in of.known_by(row["key"]) & wanted}
            if len(rows) < CHUNK:
                return found
            after = rows[-1]["id"]

    def keep_out(self, line: Erasure, marks: Sequence[str]) -> None:
        """From now on keeps out what these marks of a line of a newer database's log stand for; the log gets that line."""
        with self._write(durable=True) as db:
            keep_out(db, marks)
            note_erasure(db, replace(line, forgotten=Forgotten(), marks=tuple(marks)))

    def erasures(self) -> Iterator[Erasure]:
        """Every line of the log, the oldest first."""
        after = 0
        while True:
            with self._read() as db:
                rows = db.execute(sql.LINES, {"after": after, "limit": CHUNK}).fetchall()
            yield from map(erasure_of, rows)
            if len(rows) < CHUNK:
                return
            after = rows[-1]["seq"]

    def erasures_known(self) -> int:
        """How many lines the log of erasures has."""
        with self._read() as db:
            return erasures_known(db)

    def last_erasure(self) -> Erasure | None:
        """The last line of the log."""
        with self._read() as db:
            row = db.execute(sql.LAST).fetchone()
        return None if row is None else erasure_of(row)

    def holdings(self) -> tuple[HeldOf, ...]:
        """What is held of each source."""
        with self._read() as db:
            rows = db.execute(sql.HELD).fetchall()
        return tuple(
            HeldOf(row["source"], row["items"], row["words"], row["authors"], moment_or_none(row["oldest"]))
            for row in rows
        )

    def stale(self) -> tuple[tuple[Digest | Notice, tuple[Delivery, ...]], ...]:
        """Digests and notices that an erasure changed, with their deliveries: channels may keep copies as they were."""
        with self._read() as db:
            digests = [digest_of(db, row) for row in db.execute(sql.STALE_DIGESTS).fetchall()]
            notices = [notice_of(db, row) for row in db.execute(sql.STALE_NOTICES).fetchall()]
            return (
                *((one, deliveries_of(db, one.id)) for one in digests),
                *((one, notice_deliveries(db, one.id)) for one in notices),
            )

    def fresh_again(self, told: Digest | Notice) -> None:
        """Notes that no copy of it, as it is now, is left as it was."""
        statement = sql.FRESH_DIGEST if isinstance(told, Digest) else sql.FRESH_NOTICE
        with self._write() as db:
            db.execute(statement, {"id": told.id, "body": to_json(told.body)})


def _due_since(rows: Sequence[Row], before: datetime, now: datetime) -> datetime:
    """When the time of the oldest of these was up: as long after it was collected as ``now`` is after ``before``."""
    return min([now, *(moment_of(row["collected_at"]) + (now - before) for row in rows)])


def _pseudonyms(db: Session, author: str) -> list[str]:
    """Those that were made of this id, handle or name; and of the ids of accounts that still stand somewhere under this
    handle or address: what of theirs is older may be kept under a pseudonym already.
    """
    marks = Marks(db)
    asked = {"author": author, "at_author": f"@{author}", "profiles": to_json(_addresses(author))}
    known = {(row["key"].partition(":")[0], row["author_id"]) for row in db.execute(sql.ACCOUNTS, asked)}
    return [*marks.everywhere(author), *(marks.author(platform, who) for platform, who in sorted(known))]


def _addresses(profile: str) -> list[str]:
    """The addresses that lead where this one does, as nearly every server has it."""
    place = profile.partition("://")[2].removeprefix("www.").rstrip("/")
    spelled = product(("https://", "http://"), ("", "www."), ("", "/"))
    return [profile, *(f"{scheme}{www}{place}{end}" for scheme, www, end in spelled if place)]


def _sample_of(row: Row) -> Sample:
    author = row["author_handle"] or row["author_name"] or row["author_id"] or ""
    return Sample(
        row["key"], row["source"], row["outlet"], moment_of(row["collected_at"]), author, row["text"], row["url"]
    )
