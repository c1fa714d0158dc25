"""What a ``[[source]]`` with ``connector = "hackernews"`` may say."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from bot.options import Options


def _origin(value: str) -> str:
    value = value.strip().rstrip("/")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("write an address like 'https://hn.algolia.com'")
    return value


class HackerNewsOptions(Options):
    """``overlap``: minutes that each poll reads again, because the search finds some pieces late and figures grow.
    ``look_back``: hours that the first poll of a query reaches back. ``comments``: whether comments are read too.
    """

    base_url: Annotated[str, AfterValidator(_origin)] = "https://hn.algolia.com"
    items_url: Annotated[str, AfterValidator(_origin)] = "https://hacker-news.firebaseio.com"
    """Where the site itself is asked whether pieces still stand."""
    follow_deletions: bool = True
    comments: bool = True
    overlap: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 60
    look_back: Annotated[float, Field(gt=0, le=365 * 24)] = 48
    page_size: Annotated[int, Field(ge=10, le=1000)] = 200
    requests: Annotated[int, Field(ge=1, le=1000)] = 100
    """How many times one poll may ask, and one round of looking again; what is left is for the next one."""

    @property
    def reread(self) -> timedelta:
        """The overlap as a span of time."""
        return timedelta(minutes=self.overlap)

    @property
    def first_reach(self) -> timedelta:
        """The first look back as a span of time."""
        return timedelta(hours=self.look_back)
