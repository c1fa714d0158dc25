"""What listings, digests and people read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.errors import ConfigError
from bot.model import OWNED, Counted, Gap, Interval, Mention, ScoredMention, Target
from bot.store.connection import Base
from bot.store.intervals import clip
from bot.store.rows import gap_of, interval_of, mentions_of, target_of
from bot.store.sql import listen as listen_sql
from bot.store.sql import read as sql
from bot.store.values import EARLIEST, LATEST, dollars, stamp, to_json, writable

PAGE = 200
"""Mentions read at a time: a listing of any length holds this many in memory."""

_PHRASES = re.compile(r'"([^"]*)"?|([^\s"]+)')

# Twice the judgement, 1 where there is none: what is counted is one stretch of it.
_COUNTED: Mapping[Counted, tuple[int, int]] = {
    Counted.NO: (0, 0),
    Counted.UNKNOWN: (1, 1),
    Counted.YES: (2, 2),
    Counted.COUNTED: (1, 2),
    Counted.ALL: (0, 2),
}


class Reading(Base):
    """Mentions, coverage, gaps and polls."""

    def mentions(
        self,
        *,
        subject: str | None = None,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        tone: str | None = None,
        message: str | None = None,
        story: str | None = None,
        search: str | None = None,
        limit: int | None = None,
        counted: Counted = Counted.COUNTED,
        after: tuple[datetime, str] | None = None,
    ) -> Iterator[ScoredMention | Mention]:
        """Mentions, newest first, scored where a score exists. ``since``/``until`` bound the told time, half-open.

        ``search`` finds texts with all of its words, in any form and order; words in double quotes stand together.
        Raises ConfigError when it holds none; a blank one is none. ``tone`` and ``message`` ask for what a person said
        where somebody did, else for the score. What was judged irrelevant is left out unless ``counted`` asks for it.
        ``after`` is the told time and id of a mention: those that follow it in this order.
        """
        wanted = wanted_of(counted, since, subject=subject, source=source, tone=tone, message=message, story=story)
        words = self._words(search)
        plain = sql.MENTIONS if story is None else sql.MENTIONS_OF_STORY
        statement = sql.page_of_mentions(sql.FILTERS + self._connections.search) if words else plain
        wanted |= words
        before = LATEST if until is None else stamp(until)
        if after is not None and stamp(after[0]) < before:
            return self._pages(statement, wanted, stamp(after[0]), limit, before_id=writable(after[1]))
        return self._pages(statement, wanted, before, limit)

    def count_mentions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        search: str | None = None,
        counted: Counted = Counted.COUNTED,
        **filters: str | None,
    ) -> int:
        """How many mentions :meth:`mentions` would give for the same filters. Raises ConfigError as it does."""
        equal = dict.fromkeys(("subject", "source", "tone", "message", "story")) | filters
        words = self._words(search)
        place = {"before_at": LATEST if until is None else stamp(until), "before_id": ""}
        with self._read() as db:
            plain = sql.MENTION_COUNT if equal["story"] is None else sql.MENTION_COUNT_OF_STORY
            statement = sql.count_of_mentions(sql.FILTERS + self._connections.search) if words else plain
            row = db.execute(statement, wanted_of(counted, since, **equal) | words | place).fetchone()
        return int(row["found"])

    def mention(self, mention_id: str) -> ScoredMention | Mention | None:
        """One mention by its public id."""
        with self._read() as db:
            rows = db.execute(sql.MENTION, {"id": mention_id, "limit": 1}).fetchall()
        return next(mentions_of(rows), None)

    def owned_stories(
        self, subjects: Collection[str], among: Collection[str] | None = None, *, shared: bool = False
    ) -> frozenset[str]:
        """Stories that hold a text of one of these subjects' own, whenever it was said; a repost is not one's own.

        Those in ``among`` if given: asking for all of them reads the whole archive. With ``shared`` only those of them
        that several mentions tell.
        """
        return frozenset(story for subject, story in self._owned(among, shared=shared) if subject in subjects)

    def own_stories(
        self, among: Collection[str] | None = None, *, shared: bool = False
    ) -> Mapping[str, frozenset[str]]:
        """By subject: stories that hold a text of its own; those in ``among`` if given, see :meth:`owned_stories`, and
        with ``shared`` only those of them that several mentions tell.
        """
        found: dict[str, set[str]] = {}
        for subject, story in self._owned(among, shared=shared):
            found.setdefault(subject, set()).add(story)
        return {subject: frozenset(stories) for subject, stories in found.items()}

    def covered(self, since: datetime, until: datetime) -> Mapping[Target, tuple[Interval, ...]]:
        """What each known target has covered of the interval, merged and clipped; empty where it is nothing."""
        bounds = {"since": stamp(since), "until": stamp(until)}
        with self._read() as db:
            found: dict[Target, list[Interval]] = {target_of(row): [] for row in db.execute(listen_sql.TARGET_NAMES)}
            for row in db.execute(sql.COVERED, bounds):
                found[target_of(row)].append(clip(interval_of(row), since, until))
        return {target: tuple(intervals) for target, intervals in found.items()}

    def gaps(self, since: datetime, until: datetime) -> Mapping[Target, tuple[Gap, ...]]:
        """Gaps that touch the interval, clipped, of the targets that have any."""
        found: dict[Target, list[Gap]] = {}
        with self._read() as db:
            for row in db.execute(sql.GAPS, {"since": stamp(since), "until": stamp(until)}):
                gap = gap_of(row)
                found.setdefault(target_of(row), []).append(Gap(clip(gap.interval, since, until), gap.cause))
        return {target: tuple(gaps) for target, gaps in found.items()}

    def polls(self, since: datetime, until: datetime) -> Mapping[str, tuple[int, int, int, float]]:
        """Per source: polls, polls that failed (a rate limit is not a failure), billable reads, US dollars."""
        bounds = {"since": stamp(since), "until": stamp(until)}
        with self._read() as db:
            polls = {row["source"]: (row["polls"], row["failed"]) for row in db.execute(sql.POLLS, bounds)}
            costs = {row["source"]: (row["reads"], dollars(row["usd"])) for row in db.execute(sql.COSTS, bounds)}
        return {
            source: (*polls.get(source, (0, 0)), *costs.get(source, (0, 0.0))) for source in sorted({*polls, *costs})
        }

    def _owned(self, among: Collection[str] | None, *, shared: bool = False) -> list[tuple[str, str]]:
        asked = {"owned": f'%"{OWNED}"%', "among": to_json(sorted(among or ()))}
        some = sql.OWNED_AMONG_SHARED if shared else sql.OWNED_AMONG
        with self._read() as db:
            return [tuple(row) for row in db.execute(sql.OWNED_STORIES if among is None else some, asked)]

    def _words(self, search: str | None) -> dict[str, str]:
        """The search as the index takes it; empty where nothing is searched for."""
        if search is None or not search.strip():
            return {}
        if not any(map(str.isalnum, search)):
            raise ConfigError(f"the search {search!r} holds no word; give letters or digits to look for")
        return {"search": quoted(" ".join(writable(search).replace("\0", " ").split()))}

    def _pages(
        self, statement: str, wanted: Mapping[str, Any], before: str, limit: int | None = None, *, before_id: str = ""
    ) -> Iterator[ScoredMention | Mention]:
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            place = {"before_at": before, "before_id": before_id, "limit": size}
            with self._read() as db:
                rows = db.execute(statement, {**wanted, **place}).fetchall()
            page = list(mentions_of(rows))
            yield from page
            if len(page) < size:
                return
            left = None if left is None else left - size
            before, before_id = rows[-1]["told_at"], rows[-1]["id"]


def quoted(search: str) -> str:
    """Each word, and each phrase that stands in double quotes, in quotes of its own: no word of a search commands."""
    return " ".join(f'"{phrase or word}"' for phrase, word in _PHRASES.findall(search) if phrase or word)


def wanted_of(counted: Counted, since: datetime | None, **equal: str | None) -> dict[str, Any]:
    """The values of the filters that every listing has."""
    least, most = _COUNTED[counted]
    return {"least": least, "most": most, "since": EARLIEST if since is None else stamp(since), **equal}
