"""The value ledger in words: one line a figure, the same on the page, in the digest and in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from bot.impact.standing_wording import figure
from bot.model.value import Amount, Count, ValueLedger

CAVEAT = (
    "Money stands only where a till, a CRM or an account measured it. People who were touched and what was said have no "
    "price, and the three are never added."
)
NOBODY_TOUCHED = "Nobody says which leads or customers were touched: heard import observations takes 'attribution' in."
NOTHING_EARNED = "Nobody says what was earned: heard import observations takes 'margin' and 'cost' in."


def earned_lines(ledger: ValueLedger) -> tuple[str, ...]:
    """What was earned, spent and bought, and what that returned."""
    earned = _told("Earned", ledger.earned) or (NOTHING_EARNED,)
    return (*earned, *_told("Spent", ledger.spent), *_told("Bought, which is no margin", ledger.turnover),
            ledger.result.text)  # fmt: skip


def touched_lines(ledger: ValueLedger) -> tuple[str, ...]:
    """Who was touched by what was said."""
    return tuple(map(count_text, ledger.associated)) or (NOBODY_TOUCHED,)


def said_lines(ledger: ValueLedger) -> tuple[str, ...]:
    """What was said, and how."""
    return tuple(map(count_text, ledger.indirect))


def amount_text(amount: Amount) -> str:
    """``margin 1,200.00 EUR [1,100.00, 1,300.00] (till, orders)``; with why it cannot be reckoned with."""
    by = f" ({amount.source})" if amount.source else ""
    missing = f"; {amount.missing.removeprefix(f'{amount.what}: ')}" if amount.missing else ""
    if amount.value is None:
        return f"{amount.what} unknown{by}{missing}"
    low, value, high = amount.ends
    span = f" [{low:,.2f}, {high:,.2f}]" if low < high else ""
    return f"{amount.what} {value:,.2f} {amount.currency}{span}{by}{missing}"


def count_text(count: Count) -> str:
    """``Leads, assisted: 9 leads (crm, web)``, ``Net tone of stories by others: +0.09 [+0.03, +0.21]``."""
    by = f" ({count.source})" if count.source else ""
    if count.value is None:
        return f"{count.what}: {count.why or 'unknown'}{by}"
    known = count.low is not None and count.high is not None and count.low < count.high
    width = count.high - count.low if known and count.low is not None and count.high is not None else None
    span = f" [{figure(count.low, count.unit, width)}, {figure(count.high, count.unit, width)}]" if known else ""
    word = f" {count.unit}" if count.column == "associated" else ""
    shown = (
        figure(count.value, count.unit, width) if word == "" or not count.value.is_integer() else f"{count.value:,.0f}"
    )
    return f"{count.what}: {shown}{span}{word}{by}" + (f"; {count.why}" if count.why else "")


def _told(head: str, amounts: Sequence[Amount]) -> tuple[str, ...]:
    return (f"{head}: {'; '.join(map(amount_text, amounts))}.",) if amounts else ()
