"""Copies against labelled pairs of texts: the decision by which items become one story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.evaluate import labels
from bot.evaluate.figures import Judged, of_classes, of_ranking, of_yes_or_no
from bot.evaluate.result import Evaluation, Prediction, Task, Tell, quiet, rows_of, shown
from bot.evaluate.table import BadRow, Columns, Row, Table
from bot.listen.copies import StoryRules, is_comparable, similarity, words_of
from bot.listen.dedupe import StoryIndex
from bot.model import Genre, Item, ItemKind

_KINDS = {Genre.POST: ItemKind.POST, Genre.DISCUSSION: ItemKind.COMMENT, Genre.ARTICLE: ItemKind.ARTICLE}
_THEN = datetime(2026, 1, 1, tzinfo=UTC)
"""Both texts of a pair come at one time, whichever it is."""

RULES = StoryRules()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and whether people take them for copies of one piece."""

    number: int
    a: str
    b: str
    copies: bool


def duplicate(table: Table, columns: Columns, *, genre: Genre | None = None, tell: Tell = quiet) -> Evaluation:
    """Evaluates the telling of copies; texts of no given ``genre`` are taken for posts.

    Raises HeardError when a column is missing, or no row has a label that can be read.
    """
    pairs, bad = _parse(table, columns)
    kind = _KINDS[genre or Genre.POST]
    predictions = []
    for done, pair in enumerate(pairs, 1):
        predictions.append(_judged(pair, kind))
        tell(done)
    return Evaluation(Task.DUPLICATE, figures(pairs, predictions), tuple(predictions), (*table.bad, *bad))


def figures(pairs: Sequence[Pair], predictions: Sequence[Prediction]) -> dict[str, object]:
    """The figures of pairs and what was made of them."""
    judged = [
        Judged("1" if pair.copies else "0", one.label, said=True) for pair, one in zip(pairs, predictions, strict=True)
    ]
    said = [(pair.copies, one.label == "1") for pair, one in zip(pairs, predictions, strict=True)]
    scores = [one.score for one in predictions]
    return of_classes(judged, ("0", "1")) | of_yes_or_no(said) | of_ranking([pair.copies for pair in pairs], scores)


def _judged(pair: Pair, kind: ItemKind) -> Prediction:
    items = [_item(key, text, kind) for key, text in (("a", pair.a), ("b", pair.b))]
    one, other = words_of(items, RULES)
    alike = similarity(one, other, RULES) if is_comparable(one, RULES) and is_comparable(other, RULES) else None
    first, second = StoryIndex(RULES).place(items, _THEN)
    return Prediction(pair.number, alike, "1" if first == second else "0")


def _item(key: str, text: str, kind: ItemKind) -> Item:
    """A text as an item of an outlet of its own."""
    return Item(f"evaluate:{key}", kind, None, "", text, _THEN, outlet=f"{key}.example")


def _parse(table: Table, columns: Columns) -> tuple[list[Pair], list[BadRow]]:
    columns.require("a", "b", "label", task=Task.DUPLICATE)

    def pair_of(row: Row) -> Pair:
        given = columns.value(row, "label") or ""
        copies = labels.truth(given)
        if copies is None:
            raise ValueError(f"label {shown(given)} is neither 1 nor 0")
        return Pair(row.number, columns.value(row, "a") or "", columns.value(row, "b") or "", copies)

    return rows_of(table.rows, pair_of)
