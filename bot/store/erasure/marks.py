"""Keyed hashes: what is kept of a key or an author so that it is known again, and cannot be read back without this
database.

The key is the database's own salt (HMAC-SHA256), so that marks of two databases have nothing in common.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from bot.store.session import Session
from bot.store.sql import keeping as sql

LENGTH = 24
PLATFORMS = ("x", "reddit", "hn", "bsky", "rss")
"""How keys begin."""
PSEUDONYM = "~"
"""How a pseudonym, or a key that holds one, begins: no platform's ids do."""


class Marks:
    """Makes the marks of one database."""

    def __init__(self, db: Session) -> None:
        self._salt = bytes.fromhex(str(db.execute(sql.SALT).fetchone()["value"]))

    def item(self, key: str) -> str:
        """The mark of an item, as the audit log has it: 96 bits in hexadecimal."""
        return self._mark("item", key)

    def known_by(self, key: str) -> frozenset[str]:
        """The marks that the log may know this item by: under its own key, or under that of a pseudonym."""
        own = key.partition(":")[2]
        hidden = {own.removeprefix(PSEUDONYM)} if own.startswith(PSEUDONYM) else set()
        return frozenset({self.item(key), self.item(self.hidden_key(key)), *hidden})

    def author(self, platform: str, who: str) -> str:
        """The pseudonym of an author of a platform: the same one, in this database, whatever the case and the ``@``."""
        return PSEUDONYM + self._mark("author", f"{platform}\0{who.removeprefix('@').casefold()}")

    def owner(self, beginning: str) -> str:
        """The pseudonym of whose posts a platform keeps under keys that begin so (``bsky:did:plc:…/``)."""
        platform, _, who = beginning.partition(":")
        return self.author(platform, who.rstrip("/"))

    def everywhere(self, who: str) -> list[str]:
        """The pseudonyms that one name, handle or id has on the platforms."""
        return [self.author(platform, who) for platform in PLATFORMS]

    def hidden_key(self, key: str) -> str:
        """The key that takes the place of one which holds its author's id."""
        return f"{key.partition(':')[0]}:{PSEUDONYM}{self.item(key)}"

    def _mark(self, kind: str, what: str) -> str:
        told = f"{kind}\0{what}".encode("utf-8", "surrogatepass")
        return hmac.new(self._salt, told, sha256).hexdigest()[:LENGTH]
