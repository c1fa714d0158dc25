"""Where in an item a message's quote stands; pure."""

from __future__ import annotations

from bot.model.item import Item
from bot.model.score import Alignment, Outcome

HEADLINE, LEAD, BODY = "headline", "lead", "body"


def place_of(item: Item, alignment: Alignment) -> str | None:
    """``headline``, ``lead`` (the first third of what follows it) or ``body``; None where nothing is quoted."""
    if alignment.outcome is Outcome.NONE or not alignment.quote:
        return None
    body = len(item.title)
    if alignment.start < body:
        return HEADLINE
    return LEAD if alignment.start < body + (len(item.text) - body) / 3 else BODY
