"""Languages against labelled texts."""

from __future__ import annotations

from dataclasses import dataclass

from bot.evaluate.figures import Judged, of_classes, with_interval
from bot.evaluate.result import Evaluation, Figures, Prediction, Task, Tell, quiet, rows_of
from bot.evaluate.table import BadRow, Columns, Row, Table
from bot.ports import LanguageIdentifier
from bot.rates import wilson

UNKNOWN = frozenset({"unk", "und", "unknown", "zxx", "mul", "mis"})
"""What files write where a text has no language, or several."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its language, None where people could not tell it either."""

    number: int
    text: str
    language: str | None


def language(table: Table, columns: Columns, identifier: LanguageIdentifier, *, tell: Tell = quiet) -> Evaluation:
    """Evaluates language identification, by the most likely language of every text and by what would be said.

    Texts whose language people could not tell are left out of the figures; ``unknown`` counts them, and
    ``unknown_abstained`` is the share on which nothing would be said. Raises HeardError when a column is missing.
    """
    rows, bad = _parse(table, columns)
    predictions = []
    for done, row in enumerate(rows, 1):
        predictions.append(_identified(row, identifier))
        tell(done)
    known = [
        Judged(row.language, one.label, said=not one.abstained)
        for row, one in zip(rows, predictions, strict=True)
        if row.language is not None
    ]
    unknown = [one for row, one in zip(rows, predictions, strict=True) if row.language is None]
    figures: Figures = of_classes(known) | {"unknown": len(unknown)}
    if unknown:
        silent = sum(one.abstained for one in unknown)
        figures |= with_interval("unknown_abstained", wilson(silent, len(unknown)))
    return Evaluation(Task.LANGUAGE, figures, tuple(predictions), (*table.bad, *bad))


def _identified(row: Labelled, identifier: LanguageIdentifier) -> Prediction:
    said = identifier.identify(row.text)
    guess = identifier.guess(row.text)
    label, confidence = guess or (said, None)
    return Prediction(row.number, confidence, label, confidence, abstained=said is None)


def _parse(table: Table, columns: Columns) -> tuple[list[Labelled], list[BadRow]]:
    name = "language" if "language" in columns and "lang" not in columns else "lang"
    columns.require("text", name, task=Task.LANGUAGE)

    def labelled(row: Row) -> Labelled:
        given = (columns.value(row, name) or "").strip().casefold().replace("_", "-").partition("-")[0]
        if not (given.isalpha() and 2 <= len(given) <= 7):  # noqa: PLR2004 ISO 639 has two or three letters; 'unknown'
            raise ValueError(f"{name} {given!r} is no language code, such as en, or unk")
        return Labelled(row.number, columns.value(row, "text") or "", None if given in UNKNOWN else given)

    return rows_of(table.rows, labelled)
