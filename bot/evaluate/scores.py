"""Predictions as CSV: one row an input row, in order; what is unknown stays empty."""

from __future__ import annotations

import csv
from typing import IO

from bot.evaluate.result import Evaluation

HEADER = ("row", "score", "label_predicted", "confidence", "abstained")


def write_scores(evaluation: Evaluation, rows: int, out: IO[str]) -> None:
    """Writes a line for each of the file's ``rows`` data rows; a bad one has nothing but its number."""
    by_number = {one.number: one for one in evaluation.predictions}
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for number in range(1, rows + 1):
        one = by_number.get(number)
        if one is None:
            writer.writerow((number, "", "", "", ""))
        else:
            writer.writerow((number, _figure(one.score), one.label or "", _figure(one.confidence), int(one.abstained)))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
