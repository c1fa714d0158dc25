"""What an evaluation gives: figures by name, and a prediction a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from bot.errors import HeardError
from bot.evaluate.table import BadRow, Row

Parsed = TypeVar("Parsed")

Figures = dict[str, Any]
"""Name → number, None where it is not defined, or figures again. ``<name>_low`` and ``<name>_high`` are the ends of a
95 % interval.
"""

Tell = Callable[[int], None]
"""Is told how many rows are done."""


def quiet(done: int) -> None:
    """Tells nobody."""


class Task(StrEnum):
    """What is evaluated; ``relevant`` on the desk's own labels only."""

    TONE = "tone"
    MESSAGE = "message"
    DUPLICATE = "duplicate"
    LANGUAGE = "language"
    RELEVANT = "relevant"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was made of one row. ``score``, ``label`` and ``confidence`` stay None where nothing is known;
    ``abstained``: in use it would have said nothing, and ``label`` is only the most likely one.
    """

    number: int
    score: float | None = None
    label: str | None = None
    confidence: float | None = None
    abstained: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one task, a prediction for each good row in order, and the rows that were left out."""

    task: Task
    figures: Figures
    predictions: tuple[Prediction, ...] = ()
    bad: tuple[BadRow, ...] = field(default=())


def rows_of(rows: Sequence[Row], parse: Callable[[Row], Parsed]) -> tuple[list[Parsed], list[BadRow]]:
    """What ``parse`` makes of each row; where it raises ValueError, the row is bad and the error says why.

    Raises HeardError when no row is left.
    """
    good: list[Parsed] = []
    bad: list[BadRow] = []
    for row in rows:
        try:
            good.append(parse(row))
        except ValueError as error:
            bad.append(BadRow(row.number, str(error)))
    if not good:
        first = f": row {bad[0].number}: {bad[0].reason}" if bad else "; the file has a header and nothing else"
        raise HeardError(f"there is no row to evaluate{first}")
    return good, bad


def shown(text: str) -> str:
    """A cell in an error, cut where it is long."""
    return repr(text if len(text) <= 40 else text[:39] + "…")  # noqa: PLR2004 what fits a line
