"""The chain of the audit log: each line is sealed over the one before, so that a line changed, lost or put in shows.
Pure.

Who holds the database file can write a whole chain anew. What then no longer fits is a last seal that was noted
elsewhere: the compliance report says it, and :func:`verified` compares it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model.keeping import Erasure


@dataclass(frozen=True, slots=True)
class Verdict:
    """What looking the log over came to. ``wrong`` says what is wrong with which line; None: every seal fits.

    ``last`` is the seal of the last line, empty where there is none.
    """

    lines: int
    last: str
    wrong: str | None = None


def verified(lines: Iterable[Erasure], seal: str | None = None) -> Verdict:
    """Looks every seal over, from the first line; ``seal`` is one that somebody wrote down earlier."""
    count, before, seen, wrong = 0, "", seal is None, None
    for line in lines:
        count += 1
        if wrong is None:
            wrong = _wrong(line, count, before)
        before = line.seal
        seen = seen or line.seal == seal
    if wrong is None and not seen:
        wrong = "the seal that was asked about is of no line here: lines that once were are gone, or were written anew"
    return Verdict(count, before, wrong)


def _wrong(line: Erasure, number: int, before: str) -> str | None:
    if line.seq != number:
        return f"line {number} is missing: the next is {line.seq}"
    if line.before != before:
        return f"line {line.seq} does not follow the one before it"
    if line.seal != line.sealed():
        return f"line {line.seq} was changed after it was written"
    return None
