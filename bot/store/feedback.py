"""What readers of digests set right: kept once a link, together with the label that it becomes."""

from __future__ import annotations

from datetime import datetime

from bot.model import Label, Relevance
from bot.model.feedback import Feedback, Judgement, Ticket
from bot.store.connection import Base
from bot.store.relevance import append_label
from bot.store.rows import Values
from bot.store.session import Row
from bot.store.sql import feedback as sql
from bot.store.values import moment_of, stamp, writable_or_none


class FeedbackDesk(Base):
    """Answers that came by links."""

    def take_feedback(self, feedback: Feedback, label: Label, decided: Relevance | None) -> bool:
        """Keeps an answer, its label and the relevance that this decides, in one transaction; False, and nothing is
        written, when the link was used before. Raises StoreError when there is no such mention.
        """
        with self._write(durable=True) as db:
            if db.execute(sql.ADD_FEEDBACK, _values(feedback)).fetchone() is None:
                return False
            append_label(db, label, decided)
        return True

    def feedback(self, ticket: Ticket) -> Feedback | None:
        """What was said by that link, if it was used."""
        wanted = {"digest": ticket.digest, "mention": ticket.mention, "reader": ticket.reader}
        with self._read() as db:
            row = db.execute(sql.FEEDBACK, wanted | {"judgement": ticket.judgement.value}).fetchone()
        return None if row is None else _feedback_of(row)

    def feedback_between(self, since: datetime, until: datetime) -> tuple[Feedback, ...]:
        """What came in ``[since, until)``, in the order in which it came."""
        with self._read() as db:
            rows = db.execute(sql.FEEDBACK_BETWEEN, {"since": stamp(since), "until": stamp(until)}).fetchall()
        return tuple(map(_feedback_of, rows))

    def link_secret(self) -> str:
        """The secret that links are signed with where the configuration names none; made once, with the database."""
        with self._read() as db:
            return str(db.execute(sql.KEPT_FOR_LINKS).fetchone()["value"])


def _values(feedback: Feedback) -> Values:
    return {
        "digest": feedback.digest,
        "mention": feedback.mention,
        "judgement": feedback.judgement.value,
        "reader": feedback.reader,
        "value": feedback.value,
        "message": writable_or_none(feedback.message),
        "other": feedback.other,
        "was": feedback.was,
        "at": stamp(feedback.at),
    }


def _feedback_of(row: Row) -> Feedback:
    return Feedback(
        digest=row["digest"],
        mention=row["mention"],
        judgement=Judgement(row["judgement"]),
        value=row["value"],
        reader=row["reader"],
        at=moment_of(row["at"]),
        message=row["message"],
        other=row["other"],
        was=row["was"],
    )
