"""Numbers as people read them: formatted here once, so that text, HTML and terminal say the same."""

from __future__ import annotations

import math
from datetime import timedelta

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
