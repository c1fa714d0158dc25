"""How figures of a verdict are written: rounded to what is known of them, with their interval and unit."""

from __future__ import annotations

import math
from datetime import date

from bot.model import Estimate, Priced
from bot.phrases import plural

_NONE_ABOVE = 100  # from here on decimals say nothing
_ONE_ABOVE = 10


def day(value: date) -> str:
    """A day for people: 4 Apr 2026."""
    return f"{value.day} {value:%b %Y}"


def days(number: int) -> str:
    """A number of days."""
    return plural(number, "day")


def number(value: float) -> str:
    """A figure with two decimals, fewer where it is large; a minus sign that is one."""
    if math.isinf(value):
        return "any number" if value > 0 else "−any number"
    size = abs(value)
    digits = 0 if size >= _NONE_ABOVE else 1 if size >= _ONE_ABOVE else 2
    text = f"{size:,.{digits}f}"
    return f"−{text}" if value < 0 and float(text.replace(",", "")) else text


def signed(value: float) -> str:
    """A difference, with its sign."""
    text = number(value)
    return text if text.startswith("−") or not value else f"+{text}"


def between(estimate: Estimate) -> str:
    """An interval in square brackets."""
    return f"[{number(estimate.low)}, {number(estimate.high)}]"


def share(estimate: Estimate) -> str:
    """A share with its interval, in percent."""
    return f"{100 * estimate.value:.0f} % [{100 * estimate.low:.0f}, {100 * estimate.high:.0f}]"


def points(estimate: Estimate) -> str:
    """A difference of shares with its interval, in percentage points."""
    low, high = (f"{100 * end:+.0f}".replace("-", "−") for end in (estimate.low, estimate.high))
    return f"{100 * estimate.value:+.0f} points [{low}, {high}]".replace("-", "−")


def p_value(value: float) -> str:
    """A p value with three decimals at most."""
    return "p under 0.001" if value < 0.001 else f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"  # noqa: PLR2004 usual rounding


def money(value: float, currency: str | None) -> str:
    """An amount in its currency."""
    return f"{number(value)} {currency or '(no currency set)'}"


def priced(cost: Priced, currency: str | None) -> str:
    """A cost in its currency, or why it is not known."""
    return f"unknown ({cost.why})" if cost.value is None else money(cost.value, currency)
