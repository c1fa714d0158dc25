"""What the desk's labels of messages and tones ask of the store, and the models that were fitted to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.model import (
    Label,
    LikenessCalibration,
    Mention,
    MessageClassifier,
    MessageModel,
    Outcome,
    Side,
)
from bot.store.connection import Base
from bot.store.relevance import label_of
from bot.store.rows import Values, mention_of
from bot.store.session import Row
from bot.store.sql import relevance as sql
from bot.store.values import from_json, moment_of, stamp, to_json, writable

CHUNK = 500


class Learning(Base):
    """People's words on tone and messages, and what they taught about each message."""

    def peoples_words(self, mentions: Collection[str]) -> Mapping[str, Sequence[Label]]:
        """Labels of tone and messages by mention, oldest first; mentions without any are left out."""
        found: dict[str, list[Label]] = {}
        wanted = sorted(mentions)
        for start in range(0, len(wanted), CHUNK):
            with self._read() as db:
                rows = db.execute(sql.PEOPLES_WORDS, {"mentions": to_json(wanted[start : start + CHUNK])}).fetchall()
            for row in rows:
                found.setdefault(row["label_mention"], []).append(label_of(row))
        return found

    def message_labels(
        self, message: str, limit: int, *, drawn_before: datetime
    ) -> tuple[tuple[Mention, Outcome], ...]:
        """The newest labels of a message that hold, of mentions whose items may be trained on.

        Stories that were drawn at random for a period that ended after ``drawn_before`` are left out.
        """
        wanted = {"message": message, "limit": limit, "drawn_before": stamp(drawn_before)}
        with self._read() as db:
            rows = db.execute(sql.MESSAGE_LABELS, wanted).fetchall()
        return tuple((mention_of(row), Outcome(row["label_value"])) for row in rows)

    def count_message_labels(self, message: str, *, drawn_before: datetime) -> int:
        """How many those are."""
        wanted = {"message": message, "drawn_before": stamp(drawn_before)}
        with self._read() as db:
            return int(db.execute(sql.COUNT_MESSAGE_LABELS, wanted).fetchone()["labels"])

    def message_models(self) -> tuple[MessageModel, ...]:
        """What was learned about each message, by message."""
        with self._read() as db:
            return tuple(map(_model_of, db.execute(sql.MESSAGE_MODELS)))

    def message_versions(self) -> Mapping[str, str]:
        """The version of each of those, by message."""
        with self._read() as db:
            return {row["message"]: row["version"] for row in db.execute(sql.MESSAGE_VERSIONS)}

    def save_message_model(self, model: MessageModel) -> None:
        """Keeps what was learned about a message in place of what was learned before."""
        with self._write() as db:
            db.execute(sql.DROP_MESSAGE_MODEL, {"message": model.message})
            db.execute(sql.SAVE_MESSAGE_MODEL, _model_values(model))


def _model_values(model: MessageModel) -> Values:
    return {
        "message": writable(model.message),
        "version": model.version,
        "statement": model.statement,
        "fitted_at": stamp(model.fitted_at),
        "carried": model.carried,
        "against": model.against,
        "absent": model.absent,
        "calibration": None if model.calibration is None else to_json(asdict(model.calibration)),
        "classifier": None if model.classifier is None else to_json(asdict(model.classifier)),
        "figures": to_json(dict(model.figures)),
        "why": model.why,
    }


def _model_of(row: Row) -> MessageModel:
    calibration = row["calibration"]
    return MessageModel(
        message=row["message"],
        version=row["version"],
        statement=row["statement"],
        fitted_at=moment_of(row["fitted_at"]),
        carried=row["carried"],
        against=row["against"],
        absent=row["absent"],
        calibration=None if calibration is None else LikenessCalibration(**from_json(calibration)),
        classifier=None if row["classifier"] is None else _classifier_of(from_json(row["classifier"])),
        figures={name: tuple(figure) for name, figure in from_json(row["figures"]).items()},
        why=row["why"],
    )


def _classifier_of(told: Mapping[str, Any]) -> MessageClassifier:
    return MessageClassifier(
        tuple(told["intercepts"]),
        {name: tuple(weights) for name, weights in told["weights"].items()},
        {Side(side): step for side, step in told["above"].items()},
        {Side(side): Outcome(outcome) for side, outcome in told["as_outcome"].items()},
    )
