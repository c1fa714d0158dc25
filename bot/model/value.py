"""The value ledger's nouns: money only where money was measured, counts where it was not (measurement §9.3).

Three columns that are never added up: *direct*, what was earned and spent on purchases that carry a code or a tagged
link; *associated*, people who were touched by what was said, as counts; *indirect*, what was said and how. Nothing
turns the last two into money: no price of a mention, an impression or a reader exists here, nor a setting that would
make one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from bot.model.score import ReachBasis
from bot.model.source import Interval

CURRENCY_LETTERS = 3


class Column(StrEnum):
    """How a figure hangs together with the work."""

    DIRECT = "direct"
    ASSOCIATED = "associated"
    INDIRECT = "indirect"


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in or out, in ``currency`` (ISO 4217), with its bounds; None is unknown, an unknown amount's currency too.

    ``source`` is who counted it and how, ``why`` what else keeps it from being reckoned with, ``days`` how many days of
    the window it tells of (None: all that Heard's own ledger holds). Raises ValueError for bounds that do not hold the
    value, what is not finite, or no currency.
    """

    what: str
    currency: str | None
    value: float | None
    low: float | None = None
    high: float | None = None
    basis: ReachBasis = ReachBasis.MEASURED
    source: str = ""
    why: str = ""
    days: int | None = None

    def __post_init__(self) -> None:
        if not (is_currency(self.currency) if self.currency is not None else self.value is None):
            raise ValueError(f"{self.what}: '{self.currency}' is no currency; write EUR")
        if not all(map(math.isfinite, self.ends)) or list(self.ends) != sorted(self.ends):
            raise ValueError(f"{self.what}: a figure is finite and lies in its bounds")

    @property
    def ends(self) -> tuple[float, ...]:
        """Low, value and high, those that are not given being the value; empty when it is unknown."""
        if self.value is None:
            return ()
        low, high = (self.value if end is None else end for end in (self.low, self.high))
        return low, self.value, high

    @property
    def missing(self) -> str:
        """Why it cannot be reckoned with; empty where it was measured."""
        if self.why:
            return f"{self.what}: {self.why}"
        if self.value is None or self.basis is ReachBasis.UNKNOWN:
            return f"{self.what} is not known"
        return (
            "" if self.basis is ReachBasis.MEASURED else f"{self.what} is {self.basis.replace('_', ' ')}, not measured"
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A figure of the other columns: so many of ``unit``, or a rate, with its 95 % interval where it is sampled.

    None is unknown, and ``why`` says why. Raises ValueError for one that is direct, or money.
    """

    column: Column
    what: str
    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    source: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        if self.column is Column.DIRECT:
            raise ValueError(f"{self.what}: what is direct is an amount of money")
        if is_currency(self.unit):
            raise ValueError(f"{self.what}: what is {self.column} has no price, in {self.unit} or else")


@dataclass(frozen=True, slots=True)
class Return:
    """Return on spending, (benefit − cost) ÷ cost, with the bounds that those of both leave; None with ``why``."""

    value: float | None
    low: float | None
    high: float | None
    why: str = ""

    @property
    def text(self) -> str:
        """In a sentence."""
        if self.value is None or self.low is None or self.high is None:
            return f"Return on what was spent: not computable ({self.why})."
        ends = f"[{self.low:+.0%}, {self.high:+.0%}]"
        return f"Return on what was spent: {self.value:+.0%} {ends}.".replace("%", " %").replace("-", "−")


@dataclass(frozen=True, slots=True)
class ValueLedger:
    """What came of the work over a window, in three columns.

    ``earned`` and ``spent`` are direct and make ``result``; ``turnover`` is direct and no benefit, for it is no margin.
    ``lines`` are all of it in words.
    """

    window: Interval
    earned: tuple[Amount, ...]
    spent: tuple[Amount, ...]
    turnover: tuple[Amount, ...]
    associated: tuple[Count, ...]
    indirect: tuple[Count, ...]
    result: Return
    lines: tuple[str, ...] = ()


def is_currency(text: str) -> bool:
    """Whether this looks like a currency of ISO 4217: three capitals."""
    return text.isascii() and text.isalpha() and text.isupper() and len(text) == CURRENCY_LETTERS
