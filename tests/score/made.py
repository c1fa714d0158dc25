"""A made-up chocolate maker, its rival and its messages, and mentions of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from bot.model import Author, Hit, Item, ItemKind, KeyMessage, MatchField, Mention, Subject, mention_id, with_headline

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

OWN = Subject(
    "moon",
    "Marzipan & Moon",
    '"marzipan & moon" OR @marzipanmoon',
    handles=("@marzipanmoon",),
    domains=("marzipanmoon.example",),
)
RIVAL = Subject("hut", "Choco Hut", '"choco hut"', own=False)

FAIR = KeyMessage(
    "fair",
    "All our cocoa is bought directly from farmers.",
    variants=("Marzipan & Moon buys its cocoa straight from the growers.",),
    partials=("They know their cocoa farmers by name.",),
    counter=("Their cocoa comes from middlemen.", "Marzipan & Moon uses child labour."),
)
ORGANIC = KeyMessage("organic", "Our chocolate is 100 % organic.", counter=("The chocolate is full of pesticides.",))
FREE = KeyMessage("free", "Two people a day get a free truffle.")


def mention(
    text: str,
    *,
    title: str = "",
    names: str = r"marzipan & moon|@marzipanmoon|#?marzipanmoon",
    subject: str = "moon",
    collected_at: datetime = NOW,
    story: str = "",
    hits: tuple[Hit, ...] | None = None,
    key: str = "x:1",
    **changes: Any,
) -> Mention:
    """A mention of the own brand in ``text``, with hits where ``names`` stands."""
    title, whole = with_headline(title, text)
    if hits is None:
        hits = tuple(
            Hit(found[0].lower(), MatchField.TITLE if found.start() < len(title) else MatchField.TEXT, *found.span())
            for found in re.finditer(names, whole, re.IGNORECASE)
        )
    given: dict[str, Any] = {
        "kind": ItemKind.POST,
        "url": "https://x.com/a/status/1",
        "published_at": NOW,
        "outlet": "x.com",
        "author": Author(handle="someone"),
        "language": "en",
    } | changes
    item = Item(key=key, title=title, text=whole, **given)
    return Mention(mention_id(key, subject), subject, item, hits, "source", collected_at, story)
