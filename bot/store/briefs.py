"""Scored mentions without their words: weeks of them are read for a rate, and no rate needs a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from bot.model import (
    Alignment,
    Author,
    Counted,
    Factor,
    Item,
    ItemKind,
    Mention,
    Outcome,
    Reach,
    ReachBasis,
    Relevance,
    RelevanceBasis,
    Score,
    ScoredMention,
    ToneLabel,
    ToneReading,
)
from bot.store.connection import Base
from bot.store.read import wanted_of
from bot.store.sql import briefs as sql
from bot.store.values import LATEST, from_json, moment_of, moment_or_none, stamp, to_json

PAGE = 1_000
"""Mentions of a listing that are read at a time."""
_RULES = 17
"""The first of the columns of a score."""


class Briefs(Base):
    """What :class:`bot.ports.brief_store.BriefStore` asks."""

    def briefly(
        self, subjects: Collection[str], since: datetime, until: datetime | None = None
    ) -> tuple[ScoredMention, ...]:
        """Scored mentions told in ``[since, until)``, newest first, without their words; see the port."""
        last = LATEST if until is None else stamp(until)
        asked = {"subjects": to_json(sorted(subjects)), "since": stamp(since), "until": last}
        with self._read() as db:
            said = db.execute(sql.SAID, asked).fetchall()
            coded = _by_mention(db.execute(sql.CODED, asked).fetchall())
        return tuple(_scored_of(row, coded.get(row[0], ())) for row in said)

    def listed_briefly(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        among: Collection[str] | None = None,
        **filters: str | None,
    ) -> Iterator[ScoredMention | Mention]:
        """What :meth:`bot.ports.ReadStore.mentions` lists for the same filters, without their words; see the port."""
        equal = dict.fromkeys(("subject", "source", "tone", "message", "story")) | filters
        asked = wanted_of(Counted.COUNTED, since, **equal) | {"among": to_json(sorted(among or ())), "limit": PAGE}
        asked |= {"before_at": LATEST if until is None else stamp(until), "before_id": ""}
        statement = sql.LISTED if among is None else sql.LISTED_AMONG
        if asked["story"] is not None and among is None:
            statement = sql.LISTED_OF_STORY
        listed: list[Any] = []
        while not asked["before_id"] or len(listed) == PAGE:
            with self._read() as db:
                listed = db.execute(statement, asked).fetchall()
                scored = to_json([row[0] for row in listed if row["rules_version"] is not None])
                coded = _by_mention(db.execute(sql.CODED_OF, {"mentions": scored}).fetchall())
            for row in listed:
                has_score = row["rules_version"] is not None
                yield _scored_of(row, coded.get(row["id"], ())) if has_score else _mention_of(row)
            if not listed:
                return
            asked |= {"before_at": listed[-1]["told_at"], "before_id": listed[-1]["id"]}

    def count_without_score(self, subjects: Collection[str], since: datetime, until: datetime) -> int:
        """How many mentions about these subjects, told in ``[since, until)``, wait for their score; see the port."""
        asked = {"subjects": to_json(sorted(subjects)), "since": stamp(since), "until": stamp(until)}
        with self._read() as db:
            return int(db.execute(sql.WITHOUT_SCORE, asked).fetchone()["number"])

    def copies(self, stories: Collection[str]) -> Mapping[tuple[str, str], int]:
        """By subject and story: how many mentions tell it, of those that count."""
        with self._read() as db:
            rows = db.execute(sql.COPIES, {"stories": to_json(sorted(stories))}).fetchall()
        return {(row["subject"], row["story"]): int(row["number"]) for row in rows}


def _by_mention(rows: Iterable[Any]) -> Mapping[str, tuple[Alignment, ...]]:
    found: dict[str, tuple[Alignment, ...]] = defaultdict(tuple)
    for mention, *coded in rows:
        found[mention] += (_alignment(*coded),)
    return found


def _mention_of(row: Any) -> Mention:
    (
        name, subject, source, story, collected_at, _told_at, relevant, basis, judged_by,
        key, kind, published_at, outlet, author, handle, author_id, removed, *_,
    ) = row  # fmt: skip
    item = Item(
        key, _kind(kind), None, "", "", moment_or_none(published_at), outlet, Author(author, handle, author_id),
        removed=bool(removed),
    )  # fmt: skip
    judged = _judged(relevant, basis, judged_by)
    return Mention(name, subject, item, (), source, moment_of(collected_at), story, judged)


def _scored_of(row: Any, alignments: tuple[Alignment, ...]) -> ScoredMention:
    (
        rules, context, tone, label, confidence, reach, low, high, basis, method,
        prominence, advocacy, weight, quality, score, language, formula, flags, factors,
    ) = tuple(row)[_RULES:]  # fmt: skip
    return ScoredMention(
        _mention_of(row),
        Score(
            row[0], rules, context, _tone(tone, label, confidence), _reach(reach, low, high, basis, method), prominence,
            advocacy, weight, quality, score, language, _factors(factors), formula, alignments, _flags(flags),
        ),
    )  # fmt: skip


# Few different ones make many: each is made once, and shared, as nobody can change it.
_kind = lru_cache(maxsize=None)(ItemKind)


@lru_cache(maxsize=4_096)
def _alignment(message: str, outcome: str, confidence: float) -> Alignment:
    return Alignment(message, Outcome(outcome), confidence)


@lru_cache(maxsize=256)
def _judged(relevant: int | None, basis: str | None, by: str) -> Relevance:
    return Relevance(
        None if relevant is None else bool(relevant), None if basis is None else RelevanceBasis(basis), by=by
    )


@lru_cache(maxsize=4_096)
def _tone(tone: float | None, label: str | None, confidence: float | None) -> ToneReading:
    return ToneReading(tone, None if label is None else ToneLabel(label), confidence)


@lru_cache(maxsize=4_096)
def _reach(value: float | None, low: float | None, high: float | None, basis: str, method: str) -> Reach:
    return Reach(value, low, high, ReachBasis(basis), method)


@lru_cache(maxsize=256)
def _factors(written: str) -> tuple[Factor, ...]:
    return tuple(Factor(*factor) for factor in from_json(written))


@lru_cache(maxsize=256)
def _flags(written: str) -> tuple[str, ...]:
    return tuple(from_json(written))
