"""The options of an rss source, and the feeds that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from pydantic import AfterValidator, Field

from bot.errors import ConfigError
from bot.http import private_address, public_address
from bot.model import Subscription
from bot.options import Options
from connectors.rss.links import is_web_address
from connectors.rss.opml import read_opml

_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
_EDITION = re.compile(r"[A-Z]{2}:[a-z]{2}(?:-[A-Za-z0-9]{2,4})?")
_SPAN = re.compile(r"\b(?:when|after|before):", re.IGNORECASE)
_WEEK = " when:7d"
"""Without a span Google News answers with what it finds most fitting, whatever its age. A week outlasts most
outages.
"""


def _channel(value: str) -> str:
    if not _CHANNEL.fullmatch(value):
        raise ValueError(
            "write the channel's id, UC and 22 characters; heard sources discover https://www.youtube.com/@NAME finds it"
        )
    return value


def _edition(value: str) -> str:
    if not _EDITION.fullmatch(value):
        raise ValueError("write country and language as Google News does: 'US:en', 'GB:en', 'DE:de', 'BR:pt-419'")
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("write what to search for")
    return value.strip()


class RssOptions(Options):
    """The options of an rss source. ``feeds_env``/``feeds_file`` lead to private addresses, parted by white space."""

    feeds: tuple[str, ...] = ()
    feeds_env: str | None = None
    feeds_file: str | None = None
    opml: str | None = None
    google_news: tuple[Annotated[str, AfterValidator(_said)], ...] = ()
    google_news_edition: Annotated[str, AfterValidator(_edition)] = "US:en"
    youtube: tuple[Annotated[str, AfterValidator(_channel)], ...] = ()
    max_items: Annotated[int, Field(ge=1, le=10_000)] = 1000


def open_feeds(chosen: RssOptions, where: str) -> Iterator[Subscription]:
    """The feeds that are no secrets, in the order of the keys.

    Raises ConfigError when an address is no http(s) address, or the OPML file does not serve.
    """
    for address in chosen.feeds:
        yield Subscription(checked(address, f"{where}: feeds"))
    if chosen.opml:
        yield from read_opml(chosen.opml, where)
    for said in chosen.google_news:
        yield Subscription(google_news(said, chosen.google_news_edition), title=f"Google News: {said}")
    for channel in chosen.youtube:
        yield Subscription(youtube(channel), site=f"https://www.youtube.com/channel/{channel}")


def google_news(said: str, edition: str) -> str:
    """The feed of a search in Google News, of the last week unless the search says from when."""
    country, _, language = edition.partition(":")
    # Google writes the country behind English alone: hl=en-GB, but hl=de.
    spoken = f"{language}-{country}" if language == "en" else language
    query = {"q": said if _SPAN.search(said) else said + _WEEK, "hl": spoken, "gl": country, "ceid": edition}
    return f"https://news.google.com/rss/search?{urlencode(query, safe=':')}"


def youtube(channel: str) -> str:
    """The feed of a YouTube channel: its last 15 videos."""
    return f"https://www.youtube.com/feeds/videos.xml?channel_id={channel}"


def checked(address: str, where: str, *, secret: bool = False) -> str:
    """The address without white space around it. Raises ConfigError, showing no secret, when it is no web address."""
    address = address.strip()
    if not is_web_address(address):
        shown = private_address(address) if secret else public_address(address)
        raise ConfigError(f"{where}: '{shown}' is not a web address; it must begin with https:// or http://")
    return address
