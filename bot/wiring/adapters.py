"""Builds adapters from settings: the only place that knows both."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import requests

from bot import plugins
from bot.engines.several import as_one
from bot.errors import ConfigError, QueryError
from bot.http import Dialer, Http, HttpLimits
from bot.listen.query import parse_query
from bot.listen.sieve import sieve
from bot.model import Channel, Query, Source, Subject, Target
from bot.ports import Clock, Connector, Deps, Embedder, FeedTools, MessageMatcher, Notifier, SentimentEngine
from bot.score.alignment import LexicalMatcher
from config.secrets import read_secret
from config.settings import Settings
from config.tables import SourceTable

NOISY = ("apscheduler", "tweepy", "prawcore", "urllib3")


def quiet_libraries() -> None:
    """Libraries speak up from warnings on; tweepy's debug lines would show the bearer token."""
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def build_http(settings: Settings) -> Http:
    """The one HTTP seam with the configured limits."""
    table = settings.http.model_dump()
    return Http(HttpLimits(**{key: value for key, value in table.items() if value is not None}))


def build_deps(http: Http, clock: Clock, always: Mapping[str, str]) -> Deps:
    """What plug-ins are given; ``always`` leads requests for an origin elsewhere, over what the plug-in asks for."""

    def session(*, rebase: Mapping[str, str] | None = None) -> requests.Session:
        return http.session(rebase={**(rebase or {}), **always})

    return Deps(session=session, clock=clock, secret=read_secret, dial=Dialer(http.limits).dial, sieve=sieve)


def build_queries(settings: Settings) -> tuple[Query, ...]:
    """Every subject's query, parsed. Raises ConfigError naming subject and position."""
    return tuple(build_query(settings, subject) for subject in settings.subjects)


def build_query(settings: Settings, subject: Subject) -> Query:
    """One subject's query, parsed. Raises ConfigError naming subject and position."""
    try:
        return parse_query(subject.id, subject.query)
    except QueryError as error:
        raise ConfigError(f"{settings.path}: [[subject]] '{subject.id}': query: {error}") from error


def build_connectors(settings: Settings, deps: Deps) -> dict[Target, Connector]:
    """A connector for each target: one a source, or one a feed address where the connector gives several."""
    found: dict[Target, Connector] = {}
    for source in settings.sources:
        found |= build_source(settings, source, deps)
    return found


def build_source(settings: Settings, source: Source, deps: Deps) -> dict[Target, Connector]:
    """One source's targets. Raises ConfigError that names the source."""
    where = f"{settings.path}: [[source]] '{source.id}'"
    connect = plugins.load(plugins.CONNECTORS, source.connector, f"{where}: connector")
    try:
        made = _named(where, lambda: connect(source.id, source.options, deps))
    except ConfigError as error:
        raise ConfigError("\n".join((str(error), *_meant(source, str(error), where)))) from error
    if isinstance(made, Mapping):
        return {Target(source.id, part): connector for part, connector in made.items()}
    return {Target(source.id): made}


def _meant(source: Source, said: str, where: str) -> Iterator[str]:
    """The keys that every source takes, beside those that its connector knows of: ``evry`` is meant for ``every``."""
    for key in source.options:
        near = get_close_matches(key, SourceTable.model_fields, n=1)
        if near and f"unknown key '{key}'" in said:
            yield f"{where}: did you mean '{near[0]}' by '{key}'? Every [[source]] takes that"


def build_notifier(settings: Settings, channel: Channel, deps: Deps) -> Notifier:
    """One channel's notifier. Raises ConfigError that names the channel."""
    where = f"{settings.path}: [[channel]] '{channel.id}'"
    connect = plugins.load(plugins.NOTIFIERS, channel.kind, f"{where}: kind")
    notifier: Notifier = _named(where, lambda: connect(channel.id, channel.options, deps))
    return notifier


def build_feed_tools() -> FeedTools:
    """The tools for feeds. Raises ConfigError when the installation is not whole."""
    tools: FeedTools = plugins.load(plugins.TOOLS, "feeds", "tools")()
    return tools


def build_engine(settings: Settings) -> SentimentEngine:
    """The tone engine that the configuration names; of several, each reads its own languages."""
    where = f"{settings.path}: [score] engine"
    names, options = settings.engines, settings.engine_options
    if len(names) == 1:
        return build_named_engine(names[0], where, options)
    if strange := sorted(options.keys() - set(names)):
        raise ConfigError(
            f"{where}: engine_options has '{strange[0]}'; of several engines, each has a table by its name"
        )
    return as_one([build_named_engine(name, where, options.get(name, {})) for name in names])


def build_named_engine(name: str, where: str, options: Mapping[str, Any] | None = None) -> SentimentEngine:
    """A tone engine. Raises ConfigError when there is none of that name, or for options that it does not know."""
    load = plugins.load(plugins.ENGINES, name, where)
    engine: SentimentEngine = _named(where, lambda: load(options or {}))
    return engine


LEXICAL = "lexical"
"""The matcher that compares words alone; any other name is that of a model whose sentence embeddings it adds."""


def build_matcher(settings: Settings) -> MessageMatcher:
    """The matcher of messages that the configuration names. Raises ConfigError for a model that cannot be used."""
    return build_named_matcher(settings.matcher, f"{settings.path}: [score] matcher")


def build_named_matcher(name: str, where: str) -> MessageMatcher:
    """A matcher of messages. Raises ConfigError for a model that is not there, or without the libraries that run it."""
    if name == LEXICAL:
        return LexicalMatcher()
    from bot.score.messages.embedded import EmbeddedMatcher  # noqa: PLC0415 most never need it

    embedder: Embedder = _named(where, lambda: _embedder(name))
    return EmbeddedMatcher(embedder)


@lru_cache(maxsize=2)
def _embedder(name: str) -> Embedder:
    """A model's embeddings; those who match by the same model share what it has read."""
    from bot.engines.transformer.embedding import SentenceEmbedder  # noqa: PLC0415 most never need it
    from bot.engines.transformer.files import find_model  # noqa: PLC0415 goes with it

    return SentenceEmbedder(find_model(name))


def _named(where: str, build: Any) -> Any:
    """Runs ``build``; a ConfigError from inside a plug-in is told with the file and the table."""
    try:
        return build()
    except ConfigError as error:
        lines = [line if line.startswith(where) else f"{where}: {line}" for line in str(error).splitlines()]
        raise ConfigError("\n".join(lines)) from error
