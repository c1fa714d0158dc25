"""The value ledger as the digest's body has it: money where it was measured, and nothing turned into it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.digest.content.links import Links
from bot.digest.plain import clean, shorten
from bot.model.value import Amount, ValueLedger

_LINE = 300


def value_row(ledger: ValueLedger | None, links: Links) -> dict[str, Any] | None:
    """The three columns, a line a figure; None where nobody measured what was earned."""
    if ledger is None:
        return None
    result = ledger.result
    return {
        "earned": _amounts(ledger.earned),
        "spent": _amounts(ledger.spent),
        "return": {"value": result.value, "low": result.low, "high": result.high, "why": clean(result.why) or None},
        "lines": [shorten(clean(line), _LINE) for line in ledger.lines],
        "evidence": links.impact(),
    }


def _amounts(amounts: Iterable[Amount]) -> list[dict[str, Any]]:
    return [
        {
            "what": clean(one.what),
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "currency": one.currency,
            "why": clean(one.missing) or None,
        }
        for one in amounts
    ]
