"""How lists and numbers stand in a sentence: one rule for digests, impact, offers and the command line. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def joined(parts: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 mention``, ``1,234 mentions``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
