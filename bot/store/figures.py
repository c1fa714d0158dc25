"""Figures of items over time: a platform's at set ages, and the observations that people bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.model import (
    AGES,
    METRICS,
    SETTLED,
    Item,
    Known,
    Mention,
    Observation,
    ReachBasis,
    Score,
    ScoredMention,
    Snapshot,
    age_reached,
)
from bot.store.read import Reading
from bot.store.rows import item_of, mention_of
from bot.store.session import Row, Session
from bot.store.sql import figures as sql
from bot.store.values import LATEST, from_json, moment_of, stamp, to_json

VIEWS = {"metric": "views", "basis": ReachBasis.MEASURED.value}
"""What counts as the measured reach of an item."""

SETTLES = frozenset(name for name, age in AGES.items() if age >= AGES[SETTLED])
"""Ages at which figures have settled."""


def take_snapshot(db: Session, number: int, item: Item, read_at: datetime) -> str | None:
    """Keeps the figures that the item of that row has now, and returns the set age that it has reached.

    None where it reached none that has no figures yet: the first reading at an age stands. An item without figures has
    nothing to keep.
    """
    age = age_reached(item.published_at, read_at)
    if age is None or not item.has_figures:
        return None
    values = {
        "item": number,
        "age": age,
        "metrics": to_json(dict(item.metrics)),
        "followers": item.author.followers,
        "read_at": stamp(read_at),
    }
    return None if db.execute(sql.ADD_SNAPSHOT, values).fetchone() is None else age


def is_settled(db: Session, number: int) -> bool:
    """Whether the item of that row has the snapshot that its score uses, so that newer figures change nothing."""
    return db.execute(sql.HAS_SNAPSHOT, {"item": number, "age": SETTLED}).fetchone() is not None


class Figures(Reading):
    """Snapshots and observations."""

    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        """The items of these keys that are kept, each with its snapshots and its last measured views."""
        wanted = {"keys": to_json(list(keys))}
        with self._read() as db:
            items = db.execute(sql.KNOWN_ITEMS, wanted).fetchall()
            snapshots = db.execute(sql.SNAPSHOTS, wanted).fetchall()
            measured = db.execute(sql.MEASURED, wanted | VIEWS).fetchall()
        taken: dict[str, list[Snapshot]] = {}
        for row in snapshots:
            taken.setdefault(row["key"], []).append(_snapshot_of(row))
        last = {row["subject_id"]: _observation_of(row) for row in measured}
        return {
            row["key"]: Known(item_of(row), tuple(taken.get(row["key"], ())), last.get(row["key"])) for row in items
        }

    def standing_scores(self, mentions: Sequence[str]) -> Mapping[str, Score]:
        """Scores of these mentions that stand although they wait: only figures of theirs changed."""
        found = self._pages(sql.STANDING_SCORES, {"ids": to_json(list(mentions))}, LATEST)
        return {one.mention.id: one.score for one in found if isinstance(one, ScoredMention)}

    def measured_mentions(self, since: datetime, until: datetime) -> tuple[tuple[Mention, Known], ...]:
        """Mentions whose items may be trained on and whose views were measured and brought in the interval."""
        with self._read() as db:
            rows = db.execute(sql.MEASURED_MENTIONS, VIEWS | {"since": stamp(since), "until": stamp(until)}).fetchall()
        mentions = [mention_of(row) for row in rows]
        known = self.known([mention.item.key for mention in mentions])
        return tuple((mention, known[mention.item.key]) for mention in mentions if mention.item.key in known)

    def items_named(self, names: Sequence[str]) -> Mapping[str, tuple[Item, ...]]:
        """The items that go by a name: a mention's id, an item's key or its address."""
        with self._read() as db:
            rows = db.execute(sql.ITEMS_NAMED, {"names": to_json(list(names))}).fetchall()
        found: dict[str, tuple[Item, ...]] = {}
        for row in rows:
            found[row["name"]] = (*found.get(row["name"], ()), item_of(row))
        return found

    def add_observations(self, observations: Sequence[Observation]) -> tuple[int, int]:
        """Appends observations; how many were new, and how many of those correct an earlier one."""
        new = corrected = 0
        with self._write() as db:
            for observation in observations:
                values = _observation_values(observation)
                before = db.execute(sql.SAME_OBSERVATION, values).fetchone()
                if before is not None and _figure(before) == _figure(values):
                    continue
                db.execute(sql.ADD_OBSERVATION, values | {"supersedes": before["id"] if before else None})
                db.execute(sql.REACH_ANEW, {"key": observation.subject_id})
                new, corrected = new + 1, corrected + (before is not None)
        return new, corrected

    def observations(self, subject: str | None = None, metric: str | None = None) -> tuple[Observation, ...]:
        """Observations that were not superseded, in the order in which they came."""
        with self._read() as db:
            rows = db.execute(sql.OBSERVATIONS, {"subject": subject, "metric": metric}).fetchall()
        return tuple(map(_observation_of, rows))


def _snapshot_of(row: Row) -> Snapshot:
    return Snapshot(row["age"], from_json(row["metrics"]), row["followers"], moment_of(row["read_at"]))


_PLAIN = ("metric_id", "subject_id", "provider", "method_id", "method_version", "unit", "tz", "value", "low", "high")
_TIMES = ("window_start", "window_end", "collected_at")


def _observation_values(observation: Observation) -> dict[str, Any]:
    return {
        **{name: getattr(observation, name) for name in (*_PLAIN, "raw_ref")},
        **{name: stamp(getattr(observation, name)) for name in _TIMES},
        "basis": observation.basis.value,
    }


def _observation_of(row: Row) -> Observation:
    values: dict[str, Any] = {name: row[name] for name in (*_PLAIN, "raw_ref", "supersedes", "id")}
    values |= {name: moment_of(row[name]) for name in _TIMES}
    return Observation(**values, basis=ReachBasis(row["basis"]))


def _figure(row: Mapping[str, Any] | Row) -> tuple[Any, ...]:
    """What makes an observation say something new; of redemptions also which orders were counted."""
    counted = row["raw_ref"] if row["metric_id"] == METRICS["redemptions"].id else None
    return row["value"], row["low"], row["high"], row["basis"], counted
