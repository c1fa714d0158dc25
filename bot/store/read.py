"""What listings, digests and people read."""

from __future__ import annotations

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
from bot.store.values import EARLIEST, LATEST, stamp, writable

PAGE = 200
"""Mentions read at a time: a listing of any length holds this many in memory."""

# Full-text search is SQLite's own; PostgreSQL would say this in its own words.
_FOUND = "AND i.id IN (SELECT rowid FROM items_fts WHERE items_fts MATCH :search)"
SEARCH = sql.page_of_mentions(f"{sql.FILTERS}  {_FOUND}")

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
    ) -> Iterator[ScoredMention | Mention]:
        """Mentions, newest first, scored where a score exists. ``since``/``until`` bound the told time, half-open.

        ``search`` finds texts with all of its words, in any form and order; words in double quotes stand together.
        Raises ConfigError when it holds none; a blank one is none. ``tone`` and ``message`` ask for what a person said
        where somebody did, else for the score. What was judged irrelevant is left out unless ``counted`` asks for it.
        """
        least, most = _COUNTED[counted]
        wanted: dict[str, Any] = {
            "least": least,
            "most": most,
            "subject": subject,
            "source": source,
            "since": EARLIEST if since is None else stamp(since),
            "tone": tone,
            "message": message,
            "story": story,
        }
        statement = sql.MENTIONS
        if search is not None and search.strip():
            if not any(map(str.isalnum, search)):
                raise ConfigError(f"the search {search!r} holds no word; give letters or digits to look for")
            statement = SEARCH
            with self._read() as db:
                wanted["search"] = db.quote_fts(" ".join(writable(search).replace("\0", " ").split()))
        before = LATEST if until is None else stamp(until)
        return self._pages(statement, wanted, before, limit)

    def mention(self, mention_id: str) -> ScoredMention | Mention | None:
        """One mention by its public id."""
        with self._read() as db:
            rows = db.execute(sql.MENTION, {"id": mention_id, "limit": 1}).fetchall()
        return next(mentions_of(rows), None)

    def owned_stories(self, subjects: Collection[str]) -> frozenset[str]:
        """Stories that hold a text of one of these subjects' own, whenever it was said; a repost is not one's own."""
        with self._read() as db:
            rows = db.execute(sql.OWNED_STORIES, {"owned": f'%"{OWNED}"%'}).fetchall()
        return frozenset(row["story"] for row in rows if row["subject"] in subjects)

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
            costs = {row["source"]: (row["reads"], row["usd"]) for row in db.execute(sql.COSTS, bounds)}
        return {
            source: (*polls.get(source, (0, 0)), *costs.get(source, (0, 0.0))) for source in sorted({*polls, *costs})
        }

    def _pages(
        self, statement: str, wanted: Mapping[str, Any], before: str, limit: int | None = None
    ) -> Iterator[ScoredMention | Mention]:
        before_id, left = "", limit
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
