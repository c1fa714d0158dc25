"""Queries, wired: what becomes of them on each platform, and what they find in texts. Asks no platform anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from bot import plugins
from bot.engines.language import identifier
from bot.listen.matching import Matcher
from bot.model import Author, Compiled, Hit, Item, ItemKind, Note, Query, Source
from bot.ports import Compiler

Sending = tuple[str, str, tuple[Compiled, ...]]
"""A source's id (a connector's name where nothing is configured), its connector, and what each query becomes there."""


def sendings(queries: Sequence[Query], sources: Sequence[Source] = ()) -> Iterator[Sending]:
    """What the queries become at each source, or by the defaults of every connector that searches.

    Nothing is compiled for a connector that does not search: what it reads is matched here. Raises ConfigError for
    options that are wrong.
    """
    searching = plugins.names(plugins.COMPILERS)
    if not sources:
        yield from ((name, name, _compiled(name, queries, {})) for name in searching)
    for source in sources:
        found = _compiled(source.connector, queries, source.options) if source.connector in searching else ()
        yield source.id, source.connector, found


def _compiled(connector: str, queries: Sequence[Query], options: Mapping[str, Any]) -> tuple[Compiled, ...]:
    compiler = cast(Compiler, plugins.load(plugins.COMPILERS, connector, "compiler"))
    return compiler(queries, options)


def note_line(compiled: Compiled, note: Note) -> str:
    """A note as a line for people: where, of which part, what is asked instead and what comes of it."""
    instead = f"asked as {note.instead}" if note.instead else "not asked"
    return f"{compiled.platform}: {note.what} is {instead}; {note.cost}"


def hits_in(query: Query, items: Iterator[Item]) -> Iterator[tuple[Item, tuple[Hit, ...] | None]]:
    """Each item with the query's hits in it; None where it does not match."""
    matcher = Matcher([query], identifier().identify)
    for item in items:
        yield item, dict(matcher.match(item)).get(query.subject)


def item_of(text: str, row: Mapping[str, str | None] | None = None) -> Item:
    """A made-up item that says ``text``, for a look at a query; ``row`` may give an item's other fields by name."""
    given = row or {}
    title = " ".join((given.get("title") or "").split())
    return Item(
        key="test:1",
        kind=ItemKind.POST,
        url=given.get("url") or None,
        title=title,
        text=f"{title}\n{text}".strip() if title else text,
        published_at=None,
        outlet=given.get("outlet") or "",
        author=Author(handle=given.get("author") or None),
        language=given.get("lang") or given.get("language") or None,
    )
