"""What exports ask: how much was given out where a platform caps it, and what may be trained on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from bot.store.connection import Base
from bot.store.sql import exports as sql
from bot.store.values import to_json


class Exports(Base):
    """How many posts with their texts each account took home, day by day; whose terms allow training."""

    def take_posts(self, account: str, day: date, posts: int, most: int) -> int:
        """Counts ``posts`` for the account if that keeps it within ``most`` on this day; how many it had before."""
        wanted = {"account": account, "day": day.isoformat()}
        with self._write() as db:
            row = db.execute(sql.GIVEN, wanted).fetchone()
            before = 0 if row is None else int(row["posts"])
            if posts and before + posts <= most:
                db.execute(sql.GIVE, wanted | {"posts": posts})
        return before

    def trainable_among(self, keys: Collection[str]) -> frozenset[str]:
        """Which of these items a platform's terms allow in the training of a model."""
        with self._read() as db:
            return frozenset(row["key"] for row in db.execute(sql.TRAINABLE, {"keys": to_json(list(keys))}))
