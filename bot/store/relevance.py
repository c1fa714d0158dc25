"""What judging relevance asks of the store, and the labels of the desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.errors import StoreError
from bot.model import YES, Label, LabelKind, Mention, Relevance, RelevanceModel
from bot.store.connection import Base
from bot.store.rows import Values, mention_of, relevance_values
from bot.store.session import Row, Session
from bot.store.sql import relevance as sql
from bot.store.values import from_json, moment_of, stamp, to_json, writable, writable_or_none

CHUNK = 500


class Judging(Base):
    """Judgements of relevance, labels, and the classifiers fitted to them."""

    def unjudged(self, subject: str, version: str, limit: int) -> tuple[tuple[Mention, Label | None], ...]:
        """A subject's mentions without judgement by this version, oldest first, each with its last relevance label."""
        wanted = {"subject": subject, "version": version, "limit": limit}
        with self._read() as db:
            rows = db.execute(sql.UNJUDGED, wanted).fetchall()
        return tuple((mention_of(row), None if row["label_kind"] is None else label_of(row)) for row in rows)

    def save_relevance(self, judged: Sequence[tuple[Mention, Relevance]]) -> None:
        """Judgements of mentions as they were read; a label, and what a digest has told, stay as they are."""
        with self._write() as db:
            for mention, relevance in judged:
                as_read = {"id": mention.id, "content_hash": mention.item.content_hash}
                values = as_read | relevance_values(relevance)
                db.execute(sql.SET_RELEVANCE, values)
                db.execute(sql.MARK_JUDGED, values)

    def add_label(self, label: Label, decided: Relevance | None) -> None:
        """Appends a label, and sets the mention's relevance to what it decides. Raises StoreError: no such mention."""
        with self._write(durable=True) as db:
            append_label(db, label, decided)

    def labels(self, *, mention: str | None = None, kind: LabelKind | None = None) -> Iterator[Label]:
        """Labels as they were given, oldest first."""
        after = 0
        while True:
            wanted = {"after": after, "mention": mention, "kind": kind and kind.value, "limit": CHUNK}
            with self._read() as db:
                rows = db.execute(sql.LABELS, wanted).fetchall()
            yield from map(label_of, rows)
            if len(rows) < CHUNK:
                return
            after = rows[-1]["id"]

    def training_labels(self, subject: str, limit: int) -> tuple[tuple[Mention, bool], ...]:
        """The newest relevance labels that hold, of mentions whose items may be trained on."""
        with self._read() as db:
            rows = db.execute(sql.TRAINING_LABELS, {"subject": subject, "limit": limit}).fetchall()
        return tuple((mention_of(row), row["label_value"] == YES) for row in rows)

    def training_counts(self) -> Mapping[str, tuple[int, int]]:
        """Per subject, how many of those say relevant, and how many say irrelevant."""
        with self._read() as db:
            rows = db.execute(sql.TRAINING_COUNTS).fetchall()
        return {row["subject"]: (row["yes"], row["labels"] - row["yes"]) for row in rows}

    def relevance_models(self) -> tuple[RelevanceModel, ...]:
        """Each subject's present classifier, by subject."""
        with self._read() as db:
            return tuple(map(_model_of, db.execute(sql.MODELS)))

    def save_relevance_model(self, model: RelevanceModel) -> None:
        """Keeps a subject's classifier in place of the one before."""
        with self._write() as db:
            db.execute(sql.DROP_MODEL, {"subject": model.subject})
            db.execute(sql.SAVE_MODEL, _model_values(model))


def append_label(db: Session, label: Label, decided: Relevance | None) -> None:
    """Appends a label within a transaction, and sets the relevance it decides. Raises StoreError: no such mention."""
    if db.execute(sql.KNOWN, {"id": label.mention}).fetchone() is None:
        raise StoreError(f"there is no mention '{label.mention}'")
    db.execute(sql.ADD_LABEL, _label_values(label))
    if decided is not None:
        db.execute(sql.DECIDE, {"id": label.mention} | relevance_values(decided))


def _label_values(label: Label) -> Values:
    return {
        "mention": label.mention,
        "kind": label.kind.value,
        "about": writable_or_none(label.about),
        "value": label.value,
        "who": writable(label.who),
        "source": label.source,
        "at": stamp(label.at),
    }


def label_of(row: Row) -> Label:
    """A label's row."""
    return Label(
        mention=row["label_mention"],
        kind=LabelKind(row["label_kind"]),
        value=row["label_value"],
        who=row["label_who"],
        source=row["label_source"],
        at=moment_of(row["label_at"]),
        about=row["label_about"],
    )


def _model_values(model: RelevanceModel) -> Values:
    return {
        "subject": model.subject,
        "version": model.version,
        "fitted_at": stamp(model.fitted_at),
        "yes": model.yes,
        "no": model.no,
        "intercept": model.intercept,
        "weights": to_json(dict(model.weights)),
        "above": model.above,
        "below": model.below,
        "why": model.why,
    }


def _model_of(row: Row) -> RelevanceModel:
    fitted_at: datetime = moment_of(row["fitted_at"])
    values = {key: row[key] for key in ("subject", "version", "yes", "no", "intercept", "above", "below", "why")}
    return RelevanceModel(**values, fitted_at=fitted_at, weights=from_json(row["weights"]))
