"""Objectives in words: a figure rounded to what its interval knows, and the sentence of a standing (measurement
§12).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from bot.model.impact import Measured, Objective, ObjectiveStanding, ObjectiveVerdict
from bot.model.measure import NET, SHARE
from bot.words import STANDS

VERDICTS: Mapping[ObjectiveVerdict, str] = {verdict: word.capitalize() for verdict, word in STANDS.items()}
"""The verdicts as people read them at the head of a sentence."""
_SMALL = 0.01
_MOST_DIGITS = 3


def figure(value: float | None, unit: str, width: float | None = None) -> str:
    """A figure in its unit; ``width`` is its interval's, of which two digits are shown. A dash for unknown."""
    if value is None:
        return "–"
    known = width is not None and 0 < width < math.inf
    if unit == SHARE:
        few = max(_digits(100 * width), 0) if known and width else int(0 < value < _SMALL)
        return f"{100 * value:.{few}f} %"
    if unit == NET:
        return _signed(value)
    digits = _digits(width) if known and width else 1
    return f"{value:,.{min(max(digits, 0), _MOST_DIGITS)}f}"


def _signed(value: float) -> str:
    """A net share as people write it: ``+0.14``, ``−0.05``, ``0.00``."""
    told = f"{value:+.2f}".replace("-", "−")
    return told if float(f"{value:.2f}") else "0.00"


def _digits(width: float) -> int:
    """Decimal places that show two digits of an interval's width."""
    return 1 - math.floor(math.log10(width))


def measured_text(measured: Measured, unit: str) -> str:
    """``12 % [8, 17]``, or why there is no figure."""
    if measured.value is None:
        return measured.why or "too few to say"
    word = "" if unit in {SHARE, NET} else f" {unit}"
    if measured.low is None or measured.high is None or measured.low == measured.high:  # counted, not sampled
        return f"{figure(measured.value, unit)}{word}"
    width = measured.high - measured.low
    low, high = figure(measured.low, unit, width), figure(measured.high, unit, width)
    ends = f"[{low}, {high}]".replace(" %", "")  # the unit stands once, as in digests
    return f"{figure(measured.value, unit, width)} {ends}{word}"


def target_text(objective: Objective, unit: str) -> str:
    """``at least 15 %``; empty without a target."""
    if objective.target is None:
        return ""
    return f"{'at most' if objective.direction == 'down' else 'at least'} {_plain(objective.target, unit)}"


def standing_text(standing: ObjectiveStanding) -> str:
    """The verdict with the figure, the baseline and the target that it comes from; and why nothing can be told."""
    objective, unit, measured = standing.objective, standing.unit, standing.measured
    parts = [f"{VERDICTS[standing.verdict]}: {measured_text(measured, unit)}"]
    if objective.target is not None:
        parts.append(f"target {target_text(objective, unit)}")
    if objective.baseline is not None:
        parts.append(f"baseline {_plain(objective.baseline, unit)}")
    if standing.projected is not None and standing.verdict in {ObjectiveVerdict.ON_TRACK, ObjectiveVerdict.OFF_TRACK}:
        parts.append(f"the line leads to {measured_text(standing.projected, unit)} at the due date")
    return ". ".join(filter(None, ("; ".join(parts), _why_open(standing)))) + "."


def _why_open(standing: ObjectiveStanding) -> str:
    """Why it cannot be told; empty where it can, and where the figure's own reason is said already."""
    if standing.verdict is not ObjectiveVerdict.CANNOT_TELL or standing.measured.value is None:
        return ""
    if standing.objective.target is None:
        return "No target is set"
    if standing.measured.low is None:
        return f"There is no interval: {standing.measured.why}" if standing.measured.why else "There is no interval"
    if standing.projected is None:
        return "What was measured does not settle it, and no line can be drawn to the due date yet"
    return "Neither what was measured nor where its line leads settles it"


def _plain(value: float, unit: str) -> str:
    """A figure that somebody set: as it was written."""
    if unit == SHARE:
        return f"{value * 100:g} %"
    return figure(value, unit) if unit == NET else f"{value:g}"
