"""What is decided about objectives, and the tagged links that were made: both are only ever added to."""

from __future__ import annotations

from dataclasses import asdict

from bot.model.aims import Course, Decision, TrackedLink
from bot.model.impact import ObjectiveVerdict
from bot.store.connection import Base
from bot.store.session import Row
from bot.store.sql import aims as sql
from bot.store.values import moment_of, stamp, writable


class Aims(Base):
    """What :class:`bot.ports.aim_store.AimStore` asks."""

    def add_decision(self, decision: Decision) -> None:
        """Writes a review down, for good."""
        values = asdict(decision) | {
            "at": stamp(decision.at),
            "verdict": decision.verdict.value,
            "course": decision.course.value,
            "reason": writable(decision.reason),
            "next_change": writable(decision.next_change),
            "actor": writable(decision.actor),
        }
        with self._write(durable=True) as db:
            db.execute(sql.ADD_DECISION, values)

    def decisions(self, objective: str | None = None) -> tuple[Decision, ...]:
        """The reviews of an objective, or of all, oldest first."""
        with self._read() as db:
            rows = db.execute(sql.DECISIONS, {"objective": objective}).fetchall()
        return tuple(map(_decision_of, rows))

    def add_link(self, link: TrackedLink) -> TrackedLink:
        """Keeps a link; the one that is kept by that address, which is the first that was made."""
        with self._write() as db:
            db.execute(sql.ADD_LINK, asdict(link) | {"made_at": stamp(link.made_at)})
            return _link_of(db.execute(sql.LINK, {"id": link.id}).fetchone())

    def links(self) -> tuple[TrackedLink, ...]:
        """Every link that was made, oldest first."""
        with self._read() as db:
            rows = db.execute(sql.LINKS).fetchall()
        return tuple(map(_link_of, rows))


def _decision_of(row: Row) -> Decision:
    return Decision(
        objective=row["objective"],
        at=moment_of(row["at"]),
        verdict=ObjectiveVerdict(row["verdict"]),
        course=Course(row["course"]),
        reason=row["reason"],
        next_change=row["next_change"],
        actor=row["actor"],
        value=row["value"],
        low=row["low"],
        high=row["high"],
    )


def _link_of(row: Row) -> TrackedLink:
    return TrackedLink(
        id=row["id"],
        url=row["url"],
        target=row["target"],
        campaign=row["campaign"],
        source=row["source"],
        medium=row["medium"],
        made_at=moment_of(row["made_at"]),
        content=row["content"],
        activity=row["activity"],
    )
