"""Numbers as people read them: formatted here once, so that text, HTML and terminal say the same."""

from __future__ import annotations

import math
from datetime import timedelta

from bot.model import ENOUGH
from bot.model.measure import NET, SHARE

_DIGITS = 2
_CENT = 0.01


def count(number: int) -> str:
    """A plain count: ``1,234``."""
    return f"{number:,}"


def resolution(low: float, high: float) -> int:
    """Decimal places that an interval deserves: two significant digits of its width (may be negative)."""
    width = abs(high - low)
    return _DIGITS - 1 - math.floor(math.log10(width)) if width > 0 else _DIGITS


def to_interval(value: float | None, low: float | None, high: float | None) -> float | None:
    """``value`` rounded to its interval; without one, to two decimals. Unknown stays None."""
    if value is None:
        return None
    places = _DIGITS if low is None or high is None else resolution(low, high)
    rounded = round(value, places)
    return 0.0 if rounded == 0 else rounded


def about(value: float) -> str:
    """A figure that is not exact, to two significant digits: ``7,500``."""
    if value <= 0:
        return "0"
    rounded = round(value, _DIGITS - 1 - math.floor(math.log10(value)))
    return f"{rounded:,.0f}" if rounded >= 1 else "under 1"


def percent(share: float) -> str:
    """A share as whole percent, rounded down so that 99.6 % never reads as all, nor a little as none: ``99 %``."""
    whole = math.floor(share * 100 + 1e-9)
    return f"{whole} %" if whole or share <= 0 else "under 1 %"


def percent_between(share: float, low: float, high: float) -> str:
    """A share with its 95 % interval, in percent: ``42 % [27, 59]``."""
    places = max(0, resolution(low * 100, high * 100))
    return f"{share * 100:.{places}f} % [{low * 100:.{places}f}, {high * 100:.{places}f}]"


def points_between(change: float, low: float, high: float) -> str:
    """The difference of two shares with its 95 % interval, in percentage points: ``+3 points [−4, +10]``."""
    places = max(0, resolution(low * 100, high * 100))
    value, least, most = (index(100 * part, places) for part in (change, low, high))
    return f"{value} points [{least}, {most}]"


def change_percent(now: int, before: int) -> str:
    """How much more or less a count is than the one before, in whole per cent: ``+24 %``, ``−8 %``, ``as many``.

    Empty where either is under ``ENOUGH``: a change from 2 to 3 is no 50 %.
    """
    if min(now, before) < ENOUGH:
        return ""
    whole = round(100 * (now - before) / before)
    return f"{'+' if whole > 0 else '−'}{count(abs(whole))} %" if whole else "about as many"


def measured(value: float, low: float | None, high: float | None, unit: str) -> str:
    """A figure in its unit with its 95 % interval: ``12 % [8, 17]``, ``+0.09 [−0.02, +0.20]``, ``4.2 [3.1, 5.6]``."""
    if low == value == high:
        low = high = None  # it was counted and not sampled
    known = low is not None and high is not None
    if unit == SHARE:
        return percent_between(value, low, high) if low is not None and high is not None else percent(value)
    if unit == NET:
        return index_between(value, low, high) if low is not None and high is not None else index(value)
    places = max(0, resolution(low, high)) if low is not None and high is not None and low < high else _places(value)
    figure = f"{value:,.{places}f}"
    return f"{figure} [{low:,.{places}f}, {high:,.{places}f}]" if known else figure


def as_set(value: float, unit: str) -> str:
    """A figure that somebody set, such as a target, as it was written: ``12.5 %``, ``+0.25``, ``1,500``."""
    if unit == SHARE:
        return f"{100 * value:g} %"
    return f"{value:+g}".replace("-", "−") if unit == NET else f"{value:,.10g}"


def _places(value: float) -> int:
    """Decimals of a plain figure: none for a whole number."""
    return 0 if value.is_integer() else _DIGITS


def signed(value: float) -> str:
    """A score with its sign, a true minus and one decimal: ``+2.7``, ``−1.2``, ``0.0``."""
    rounded = round(value, 1)
    if rounded == 0:
        return "0.0"
    return f"{'+' if rounded > 0 else '−'}{abs(rounded):.1f}"


def index(value: float, places: int = _DIGITS) -> str:
    """An index in [-1, 1] with its sign and a true minus: ``+0.09``, ``−0.13``, ``0.00``."""
    rounded = round(value, places)
    sign = "" if rounded == 0 else "+" if rounded > 0 else "−"
    return f"{sign}{abs(rounded):.{places}f}"


def index_between(value: float, low: float, high: float) -> str:
    """An index with its 95 % interval: ``−0.13 [−0.26, +0.01]``."""
    places = max(1, resolution(low, high))
    return f"{index(value, places)} [{index(low, places)}, {index(high, places)}]"


def dollars(amount: float) -> str:
    """US dollars to the cent: ``$1.23``; less than a cent is said so."""
    if 0 < amount < _CENT:
        return "under $0.01"
    return f"${amount:,.2f}"


def duration(length: timedelta) -> str:
    """A stretch of time to the minute: ``3 h 20 min``, ``2 d 4 h``."""
    minutes = max(1, round(length.total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes if not days else 0, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
