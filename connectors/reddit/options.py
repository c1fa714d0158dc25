"""The options of a reddit source, checked so that a wrong one is named before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from bot.errors import ConfigError
from bot.http import redact
from bot.options import Options, read_options
from bot.ports import Deps

USER_AGENT = re.compile(r"[^:\s]+:[^:\s]+:\S+ \(by /?u/[\w-]+\)")
USER_AGENT_SHAPE = "<platform>:<app id>:<version> (by /u/NAME)"
SUBREDDIT = re.compile(r"(?:/?r/)?((?:u_)?[A-Za-z0-9_-]{2,24})/?")
ONLY_OAUTH = ("client_id_env", "client_id_file", "client_secret_env", "client_secret_file", "comments", "oauth_url")
ONLY_FEED = ("feeds", "feeds_env", "feeds_file")


def _mode(value: str) -> str:
    if value not in {"oauth", "feed"}:
        raise ValueError('say "oauth" (an app that Reddit approved) or "feed" (your account\'s private feeds)')
    return value


def _user_agent(value: str | None) -> str | None:
    if value is not None and not USER_AGENT.fullmatch(value):
        raise ValueError(
            f"Reddit wants the shape {USER_AGENT_SHAPE}, for example 'linux:org.example.heard:v1 (by /u/me)'"
        )
    return value


def _subreddit(value: str) -> str:
    found = SUBREDDIT.fullmatch(value.strip())
    if not found:
        raise ValueError("write a subreddit by its name, such as 'chocolate' or 'r/chocolate'")
    return found[1]


def _origin(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise ValueError("write scheme and host only, such as 'http://127.0.0.1:8000'; praw takes no path")
    return value.rstrip("/")


Subreddits = tuple[Annotated[str, AfterValidator(_subreddit)], ...]
Origin = Annotated[str | None, AfterValidator(_origin)]


class RedditOptions(Options):
    """``[[source]]`` with ``connector = "reddit"``.

    ``overlap``: minutes that each poll reads again, because Reddit shows some posts late. ``base_url`` stands for both
    ``oauth_url`` and ``reddit_url``, so that a replay on loopback can stand in for Reddit.
    """

    mode: Annotated[str, AfterValidator(_mode)] = Field(default="", validate_default=True)
    client_id_env: str | None = None
    client_id_file: str | None = None
    client_secret_env: str | None = None
    client_secret_file: str | None = None
    user_agent: Annotated[str | None, AfterValidator(_user_agent)] = None
    subreddits: Annotated[Subreddits, Field(min_length=1)] = ("all",)
    comments: Subreddits = ()
    overlap: Annotated[int, Field(ge=0, le=1440)] = 30
    # Private addresses are looked at by feed_addresses(), so that an error never shows one.
    feeds: object = None
    feeds_env: str | None = None
    feeds_file: str | None = None
    base_url: Origin = None
    oauth_url: Origin = None
    reddit_url: Origin = None

    @property
    def overlap_time(self) -> timedelta:
        """The overlap as a duration."""
        return timedelta(minutes=self.overlap)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What Reddit knows an app by; never shown."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


def read(options: Mapping[str, Any], where: str) -> RedditOptions:
    """The options, checked together with the mode. Raises ConfigError."""
    settings = read_options(RedditOptions, options, where)
    other, foreign = ("feed", ONLY_FEED) if settings.mode == "oauth" else ("oauth", ONLY_OAUTH)
    for key in foreign:
        if key in options:
            raise ConfigError(f'{where}: key \'{key}\' belongs to mode = "{other}", but mode is "{settings.mode}"')
    if settings.mode == "oauth" and settings.user_agent is None:
        raise ConfigError(f"{where}: key 'user_agent' is missing: Reddit wants the shape {USER_AGENT_SHAPE}")
    return settings


def credentials(options: Mapping[str, Any], deps: Deps, where: str) -> Credentials:
    """The app's id and secret. Raises ConfigError that says which is missing."""
    return Credentials(_secret(options, "client_id", deps, where), _secret(options, "client_secret", deps, where))


def feed_addresses(settings: RedditOptions, options: Mapping[str, Any], deps: Deps, where: str) -> tuple[str, ...]:
    """The private feed addresses, each once. They are secrets: ConfigError shows them masked."""
    if settings.feeds is None:
        given: list[Any] = _secret(options, "feeds", deps, where).split()
    elif isinstance(settings.feeds, list | tuple):
        given = list(settings.feeds)
    else:
        raise ConfigError(f"{where}: key 'feeds': write a list of addresses, or feeds_env or feeds_file")
    for address in given:
        if not _is_address(address):
            raise ConfigError(
                f"{where}: key 'feeds': {redact(str(address))!r:.80} is no address; copy one from reddit.com/prefs/feeds"
            )
    if not given:
        raise ConfigError(f"{where}: key 'feeds': no address is given; copy one from reddit.com/prefs/feeds")
    return tuple(dict.fromkeys(given))


def _is_address(value: object) -> bool:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _secret(options: Mapping[str, Any], name: str, deps: Deps, where: str) -> str:
    try:
        return deps.secret(options, name)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
