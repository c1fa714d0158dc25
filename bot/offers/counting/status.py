"""The word beside a count: final, provisional or mismatch. Pure.

A day's count is provisional while the day is not over or a shop's own count of it may still change, a mismatch where a
shop has counted otherwise for longer than shops lag, and final else. A row has the word of its worst day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.model import CountedDay, CountStatus, Match


def day_word(matches: Iterable[Match], placement: str | None, *, is_open: bool) -> tuple[CountStatus, int | None]:
    """The word for one day at ``placement`` (None: all of them), and how many do not match.

    ``matches`` are those of the day that speak of the placement. A shop that counts without saying where can be held
    against the offer as a whole only; until the two agree, each placement's count is provisional.
    """
    differ = 0
    waits = is_open
    for match in matches:
        if match.status is CountStatus.MISMATCH and (placement is None or match.placement == placement):
            differ += match.mismatch or 0
        elif match.status is not CountStatus.FINAL:
            waits = True
    if differ:
        return CountStatus.MISMATCH, differ
    return (CountStatus.PROVISIONAL if waits else CountStatus.FINAL), None


def row_word(days: Sequence[CountedDay], *, is_over: bool) -> CountStatus:
    """The word for a row: a mismatch outweighs all; what is not over, or may change on one day, is provisional."""
    found = {day.status for day in days}
    if CountStatus.MISMATCH in found:
        return CountStatus.MISMATCH
    if not is_over or CountStatus.PROVISIONAL in found:
        return CountStatus.PROVISIONAL
    return CountStatus.FINAL


def mismatch_of(days: Iterable[CountedDay]) -> int | None:
    """How many do not match over all days; None where no day's count is known to differ."""
    differ = [day.mismatch for day in days if day.mismatch is not None]
    return sum(differ) if differ else None
