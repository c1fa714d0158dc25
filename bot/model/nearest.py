"""What was meant by a name that is wrong by a letter or two."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A hint at the known name nearest to a wrong one, to end a message with; empty where none is near."""
    near = get_close_matches(str(name), list(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
