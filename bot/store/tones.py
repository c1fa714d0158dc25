"""How much was said, in what tone and to what message's good: counted in the database, without reading texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.model import OWNED, Interval, Outcome
from bot.model.digest import ToneCount
from bot.store.connection import Base
from bot.store.sql import tones as sql
from bot.store.values import stamp, to_json

_TONES = ("negative", "neutral", "positive", None)
_OUTCOMES = (Outcome.NONE, Outcome.PARTIAL, Outcome.MISFRAMED, Outcome.FULL, Outcome.CONTRARY)
"""By strength, as the statement has them."""


class Tones(Base):
    """What :class:`bot.ports.tone_store.ToneStore` asks."""

    def tone_counts(self, subjects: Collection[str], stretches: Sequence[Interval]) -> tuple[ToneCount, ...]:
        """How many stories by others were told in each stretch, by tone; see the port."""
        found: list[dict[str | None, int]] = [{} for _ in stretches]
        asked = {
            "stretches": to_json([(stamp(one.start), stamp(one.end)) for one in stretches]),
            "subjects": to_json(sorted(subjects)),
            "owned": f'%"{OWNED}"%',
        }
        with self._read() as db:
            for place, tone, number in db.execute(sql.COUNTS, asked):
                found[place][tone] = number
        return tuple(map(_count, stretches, found))

    def outcome_counts(
        self, subjects: Collection[str], since: datetime, until: datetime
    ) -> Mapping[str, Mapping[Outcome, int]]:
        """How many stories by others do what to each message; see the port."""
        found: dict[str, dict[Outcome, int]] = {}
        asked = {
            "subjects": to_json(sorted(subjects)),
            "since": stamp(since),
            "until": stamp(until),
            "owned": f'%"{OWNED}"%',
        }
        with self._read() as db:
            for message, strongest, number in db.execute(sql.OUTCOMES, asked):
                found.setdefault(message, {})[_OUTCOMES[strongest]] = number
        return found


def _count(stretch: Interval, found: Mapping[str | None, int]) -> ToneCount:
    negative, neutral, positive, unknown = (found.get(tone, 0) for tone in _TONES)
    return ToneCount(stretch, negative, neutral, positive, unknown)
