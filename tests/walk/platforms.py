"""Made platforms for walks: each says what was published, in its own wire format, to the real client libraries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

from bot.clock import ManualClock
from tests.connectors.twitter_support import SEARCH as X_SEARCH
from tests.connectors.twitter_support import MadeX, made_post
from tests.support import reddit as made_reddit
from tests.support import replay
from tests.support.algolia import PATH as ALGOLIA
from tests.support.algolia import Algolia, story
from tests.support.feedserver import FeedServer, Reply, Request, entry, rss

PAGE_SIZE = 10


class Platform(Protocol):
    """A source under test: its table in the configuration, what it answers, and where."""

    name: str
    path: str

    def table(self, server: FeedServer) -> str:
        """The ``[[source]]`` table that reads it."""
        ...

    def say(self, number: int, moment: datetime) -> None:
        """Publishes a piece that names Acme."""
        ...

    def reply(self, request: Request) -> Reply:
        """What it answers when nothing is wrong."""
        ...


class Blog:
    """A blog's feed: everything in one answer."""

    name = "rss"

    def __init__(self, _clock: ManualClock, path: str = "/blog.xml", source: str = "victim") -> None:
        self.path = path
        self._source = source
        self._said: list[str] = []

    def table(self, server: FeedServer) -> str:
        feeds = json.dumps([server.url(self.path)])
        return f"[[source]]\nid = '{self._source}'\nconnector = 'rss'\nevery = '1h'\nfeeds = {feeds}\n"

    def say(self, number: int, moment: datetime) -> None:
        link = f"https://{self._source}.example/{number}"
        text = f"Acme {self._source} piece {number}"
        self._said.insert(0, entry(text, guid=link, link=link, date=format_datetime(moment)))

    def reply(self, _request: Request) -> Reply:
        return Reply(headers={"Content-Type": "application/rss+xml"}, body=rss(*self._said))


class Subreddits:
    """Reddit's search, in pages."""

    name = "reddit"
    path = "/r/all/search/"

    def __init__(self, _clock: ManualClock) -> None:
        self._shelf = made_reddit.Shelf(page=PAGE_SIZE)

    def table(self, server: FeedServer) -> str:
        server.add("/api/v1/access_token", _reply(replay.Answer(body=made_reddit.TOKEN)))
        return (
            "[[source]]\nid = 'victim'\nconnector = 'reddit'\nmode = 'oauth'\nevery = '1h'\n"
            f"base_url = '{server.url('')}'\nclient_id_file = 'credential.txt'\n"
            f"client_secret_file = 'credential.txt'\nuser_agent = '{made_reddit.USER_AGENT}'\n"
        )

    def say(self, number: int, moment: datetime) -> None:
        self._shelf.put(made_reddit.post(1000 + number, moment.timestamp(), title=f"Acme victim piece {number}"))

    def reply(self, request: Request) -> Reply:
        return _reply(self._shelf.answer(_asked(request)))


class X:
    """X's recent search, in pages."""

    name = "twitter"
    path = X_SEARCH

    def __init__(self, clock: ManualClock) -> None:
        self._made = MadeX(clock, page=PAGE_SIZE)

    def table(self, server: FeedServer) -> str:
        return (
            "[[source]]\nid = 'victim'\nconnector = 'twitter'\nevery = '1h'\n"
            f"base_url = '{server.url('')}'\nbearer_token_file = 'credential.txt'\n"
        )

    def say(self, number: int, moment: datetime) -> None:
        self._made.posts.append(made_post(moment, f"Acme victim piece {number}"))

    def reply(self, request: Request) -> Reply:
        return _reply(self._made(_asked(request)))


class HackerNews:
    """Hacker News' search, which is walked by time."""

    name = "hackernews"
    path = ALGOLIA

    def __init__(self, _clock: ManualClock) -> None:
        self._made = Algolia()

    def table(self, server: FeedServer) -> str:
        return (
            "[[source]]\nid = 'victim'\nconnector = 'hackernews'\nevery = '1h'\n"
            f"base_url = '{server.url('')}'\npage_size = {PAGE_SIZE}\n"
        )

    def say(self, number: int, moment: datetime) -> None:
        self._made.hits.append(story(number, int(moment.timestamp()), title=f"Acme victim piece {number}"))

    def reply(self, request: Request) -> Reply:
        return _reply(self._made.answer(_asked(request)))


PLATFORMS: Mapping[str, type[Blog | Subreddits | X | HackerNews]] = {
    "rss": Blog,
    "reddit": Subreddits,
    "twitter": X,
    "hackernews": HackerNews,
}


def _asked(request: Request) -> replay.Request:
    path, _, query = request.path.partition("?")
    headers: dict[str, Any] = dict(request.headers)
    return replay.Request(request.method, path, dict(parse_qsl(query)), headers, request.body)


def _reply(answer: replay.Answer) -> Reply:
    headers, body = answer.encoded()
    headers.pop("content-length", None)
    return Reply(answer.status, headers, body)
