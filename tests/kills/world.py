"""What there is to hear while the bot is killed again and again: two feeds that grow, edit and delete, by the rounds' clock.

Every entry carries a word of its own, and another one once it was edited: so wherever something is left of an entry that
was erased, it shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from connectors.rss.items import key_of_id
from tests.support.feedserver import FeedServer, Reply, entry, rss

START = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
EVERY = timedelta(hours=2)
"""One entry is published so often, in the two feeds by turns."""
EDITED_AFTER, DELETED_AFTER = timedelta(hours=5), timedelta(hours=9)
SHOWN = timedelta(days=6)
"""What a feed shows. Nothing falls out of it before it was read: so long no world is killed in every round."""
PHRASE = "the moon is made of ganache"
TOKEN = re.compile(r"z[qr]\d{5}x")
FEEDS = {"blog": "127.0.0.1", "forum": "localhost"}
"""Each with the host that serves it: two hosts are asked at the same time."""
TOMBSTONES = '<at:x xmlns:at="http://purl.org/atompub/tombstones/1.0"/>'


@dataclass(frozen=True)
class Piece:
    """One entry of a feed."""

    number: int

    @property
    def feed(self) -> str:
        return tuple(FEEDS)[self.number % 2]

    @property
    def published(self) -> datetime:
        return START + self.number * EVERY

    @property
    def guid(self) -> str:
        return f"tag:a.example,{self.number}"

    @property
    def link(self) -> str:
        return f"https://{self.feed}.example/{self.number}"

    @property
    def words(self) -> frozenset[str]:
        """The words that no other entry has: as it was published, and as it was edited."""
        return frozenset({f"zq{self.number:05}x", f"zr{self.number:05}x"})

    def is_edited(self, now: datetime) -> bool:
        return self.number % 5 == 0 and now >= self.published + EDITED_AFTER

    def is_deleted(self, now: datetime) -> bool:
        return self.number % 7 == 3 and now >= self.published + DELETED_AFTER

    def word(self, now: datetime) -> str:
        """Its own word, as the feed shows it now."""
        return f"z{'r' if self.is_edited(now) else 'q'}{self.number:05}x"

    def shown(self, now: datetime) -> str:
        """The entry as the feed shows it now."""
        if self.is_deleted(now):
            when = (self.published + DELETED_AFTER).isoformat()
            return (
                f'<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" ref="{self.guid}" when="{when}"/>'
            )
        word, tone = self.word(now), ("lovely", "awful", "quite good", "sold out")[self.number % 4]
        code = f' Say "{PHRASE}" at the counter.' if self.number % 6 == 1 else ""
        return entry(
            f"Velvet Crumb {word}",
            guid=self.guid,
            link=self.link,
            text=f"Velvet Crumb is {tone}, says {word} about chocolate number {self.number * 7919}.{code}",
            date=format_datetime(self.published),
            extra=f"<dc:creator>Writer {self.number % 9}</dc:creator>",
        )


@dataclass
class World:
    """What there is to hear, as of ``now``."""

    now: datetime = START
    addresses: dict[str, str] = field(default_factory=dict)

    def serve(self, server: FeedServer, asked: Callable[[], None] = lambda: None) -> None:
        """Serves the feeds; ``asked`` is told when one is asked for."""

        def feed(name: str) -> Reply:
            asked()
            return self._feed(name)

        for name, host in FEEDS.items():
            server.add(f"/{name}.xml", lambda _request, name=name: feed(name))
            self.addresses[name] = server.url(f"/{name}.xml", host)

    def pieces(self) -> Iterator[Piece]:
        """Everything that was published so far."""
        return map(Piece, range(int((self.now - START) / EVERY) + 1))

    def key(self, piece: Piece) -> str:
        """The key of the item that the entry becomes."""
        return key_of_id(self.addresses[piece.feed], piece.guid)

    def _feed(self, name: str) -> Reply:
        shown = [one for one in self.pieces() if one.feed == name and one.published > self.now - SHOWN]
        body = rss(
            *(one.shown(self.now) for one in reversed(shown)),
            channel=f"<title>The {name}</title><language>en</language>{TOMBSTONES}",
        )
        return Reply(headers={"content-type": "application/rss+xml"}, body=body)


def configured(world: World, database: str, port: int) -> str:
    """The configuration: every part of the pipeline has something to do."""
    sources = "".join(
        f'[[source]]\nid = "{name}"\nconnector = "rss"\nevery = "30m"\nfeeds = ["{world.addresses[name]}"]\n'
        for name in FEEDS
    )
    return CONFIG.replace("SOURCES", sources).replace("DATABASE", database).replace("PORT", str(port))


CONFIG = """
[heard]
database = "DATABASE"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
SOURCES
[[message]]
id = "lovely"
statement = "Velvet Crumb is lovely"
counter = ["Velvet Crumb is awful"]
[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
placements = ["counter"]
places = { counter = ["velvetcrumb.example"] }
cap = 12
[[offer]]
id = "tart"
name = "Free tart"
kind = "code-phrase"
code = "auld lang syne"
cap = 10
reserve_for = "30m"
[[offer]]
id = "basket"
name = "Second basket"
kind = "code-phrase"
code = "one more please"
placements = ["web"]
[[offer]]
id = "cards"
name = "Gift cards"
kind = "unique-codes"
per_code = 1
[[shop]]
id = "crumbs"
kind = "shopify"
placement = "web"
secret_file = "secret.txt"
replay_window = "30d"
[[channel]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = PORT
security = "none"
from = "heard@desk.example"
to = ["pr@desk.example", "boss@desk.example"]
[[channel]]
id = "folder"
kind = "file"
folder = "digests"
[[digest]]
id = "pr"
audience = "pr"
period = "day"
at = "00:10"
channels = ["mail", "folder"]
[[digest]]
id = "ops"
audience = "operations"
period = "day"
at = "00:20"
channels = ["mail"]
[[alert]]
id = "against-us"
kind = "contrary-message"
channels = ["mail"]
[[alert]]
id = "leak"
kind = "code-leak"
channels = ["mail"]
[[alert]]
id = "loud"
kind = "spike"
channels = ["mail"]
[notices]
channels = ["mail"]
[retention]
text = "3d"
authors = "1d"
rollups = "6d"
[http]
allow_networks = ["127.0.0.0/8"]
"""
