"""Pseudonyms in place of authors: the same author has the same one in one database, and nobody can read it back.

Name, handle and address go; the pseudonym stands as the author's id, so that voices are still told apart and counted.
Who is known to the configuration (own accounts, outlets by their handle) keeps their name: what is decided by it,
whether a text is one's own or which outlet speaks, stays as it is. Texts stay as they were said, whoever they name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.model import Author, Item, MatchField, Mention
from bot.store.erasure.marks import PSEUDONYM, Marks

_AN_ID = 4


class Veil:
    """Hides authors, but for those whose handles are in ``known`` (small letters, without ``@``)."""

    def __init__(self, marks: Marks, known: Collection[str]) -> None:
        self._marks = marks
        self._known = known

    def item(self, item: Item) -> Item:
        """The item with its author hidden; the same object where there is nobody to hide."""
        author = item.author
        who = author.id or author.handle or author.name or author.url
        if who is None or who.startswith(PSEUDONYM) or folded(author.handle or "") in self._known:
            return item
        key, refers_to = item.key, item.refers_to
        if names_author(key, author.id):
            key = self._marks.hidden_key(key)
            refers_to = self._marks.hidden_key(refers_to) if refers_to else None
        pseudonym = self._marks.author(item.key.partition(":")[0], who)
        hidden = Author(id=pseudonym, followers=author.followers)
        return replace(item, key=key, refers_to=refers_to, url=without_author(item.url, author), author=hidden)

    def mention(self, mention: Mention) -> Mention:
        """The mention of that item, without places in fields that are gone."""
        item = self.item(mention.item)
        if item is mention.item:
            return mention
        lost = {MatchField.AUTHOR, *([] if item.url == mention.item.url else [MatchField.URL])}
        return replace(mention, item=item, matched=tuple(hit for hit in mention.matched if hit.field not in lost))


def folded(handle: str) -> str:
    """A handle as it is compared."""
    return handle.removeprefix("@").casefold()


def names_author(key: str, author_id: str | None) -> bool:
    """Whether a key holds its author's id, as a platform's does where every author keeps their own posts."""
    return author_id is not None and len(author_id) >= _AN_ID and author_id in key


def without_author(url: str | None, author: Author) -> str | None:
    """The address, unless it says who the author is; a post on X has one that does not."""
    if url is None:
        return None
    names = [folded(name) for name in (author.handle, author.id) if name]
    if author.handle and "/status/" in url:
        url = url.replace(f"/{author.handle.removeprefix('@')}/status/", "/i/status/")
    return None if any(name in url.casefold() for name in names) or url == author.url else url
