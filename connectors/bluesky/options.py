"""What a ``[[source]]`` with ``connector = "bluesky"`` may say."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from bot.options import Options

PUBLIC_HOSTS = (
    "wss://jetstream2.us-east.bsky.network",
    "wss://jetstream1.us-east.bsky.network",
    "wss://jetstream2.us-west.bsky.network",
    "wss://jetstream1.us-west.bsky.network",
)
"""Bluesky's own; one cursor serves them all, because it is a time."""


def _host(value: str) -> str:
    value = value.strip().rstrip("/")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        port = 0
    else:
        plain = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
        if parts.scheme in {"ws", "wss"} and parts.hostname and port != 0 and plain:
            return value
    raise ValueError("write an address like 'wss://jetstream2.us-east.bsky.network', without a path")


class BlueskyOptions(Options):
    """``hosts``: Jetstream servers, asked in this order until one answers.

    ``overlap``: seconds that each poll reads again, because events come slightly out of order. ``look_back``: minutes
    that the first poll reaches back. ``longest``: seconds that one poll may read; what is left is for the next one.
    ``patience``: seconds of silence after which the server is asked whether there is anything more.
    """

    hosts: Annotated[tuple[Annotated[str, AfterValidator(_host)], ...], Field(min_length=1)] = PUBLIC_HOSTS
    overlap: Annotated[float, Field(ge=0, le=3600)] = 10
    look_back: Annotated[float, Field(ge=0, le=3 * 24 * 60)] = 60
    longest: Annotated[float, Field(gt=0, le=300)] = 60
    patience: Annotated[float, Field(gt=0, le=60)] = 10

    @property
    def overlap_time(self) -> timedelta:
        """The overlap as a span of time."""
        return timedelta(seconds=self.overlap)

    @property
    def first_reach(self) -> timedelta:
        """The first look back as a span of time."""
        return timedelta(minutes=self.look_back)
