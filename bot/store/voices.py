"""Who is spoken of: stories as they were told, for shares of voice and lifts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from bot.model import OWNED
from bot.ports.voice_store import ToldStory
from bot.store.connection import Base
from bot.store.sql import voices as sql
from bot.store.values import LATEST, moment_of, stamp, to_json


class Voices(Base):
    """Stories by others, counted in the database: years of them are read without their texts."""

    def told_stories(self, subjects: Collection[str], since: datetime, until: datetime) -> tuple[ToldStory, ...]:
        """Stories told in ``[since, until)``, oldest first, one row a subject and source; see the port."""
        asked = {
            "subjects": to_json(sorted(subjects)),
            "since": stamp(since),
            "until": stamp(until),
            "owned": f'%"{OWNED}"%',
        }
        first: dict[tuple[str, str, str], str] = {}
        with self._read() as db:
            for subject, story, source, told_at in db.execute(sql.TOLD, asked).fetchall():
                told = subject, story, source
                if told_at < first.get(told, LATEST):
                    first[told] = told_at
        in_order = sorted((told_at, *told) for told, told_at in first.items())
        return tuple(
            ToldStory(subject, story, source, moment_of(told_at)) for told_at, subject, story, source in in_order
        )

    def first_found(self, subjects: Collection[str]) -> Mapping[str, datetime]:
        """When anything that names each subject was first collected."""
        with self._read() as db:
            rows = db.execute(sql.FIRST_FOUND, {"subjects": to_json(sorted(subjects))}).fetchall()
        return {row["subject"]: moment_of(row["at"]) for row in rows if row["at"] is not None}
