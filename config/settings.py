"""Settings: a validated configuration file as the nouns of ``bot.model``.

Found by an explicit path, then ``$HEARD_CONFIG``, then ``./config/heard.toml``, then the person's configuration
directory; laid over the packaged ``defaults.toml``. Relative paths start at the configuration file's folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import ConfigError
from bot.model import (
    Audience,
    Channel,
    Context,
    Exposure,
    KeyMessage,
    LearnNeeds,
    Offer,
    OfferKind,
    Outlet,
    Period,
    Report,
    Shop,
    ShopKind,
    Source,
    Stance,
    Subject,
    Weights,
)
from bot.model.alert import AlertRule, Route
from bot.model.impact import Activity, Objective
from bot.model.keeping import Retention
from bot.model.rechecking import RecheckPlan
from bot.options import read_options, without_wrong
from config.aims import ImpactTable, activity, objective
from config.alarms import alert_rule, route
from config.references import problems
from config.tables import (
    ConfigFile,
    DeadmanTable,
    DigestTable,
    HeardTable,
    HttpTable,
    LogTable,
    MessageTable,
    OfferTable,
    RetentionTable,
    ReviewTable,
    ShopTable,
    SourceTable,
    SubjectTable,
    WebTable,
)
from config.values import in_zone

PATH_KEYS = ("opml", "folder", "path")


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole installation, validated. ``path`` is the file it came from; ``raw`` the merged tables, for display."""

    path: Path
    raw: Mapping[str, Any]
    timezone: str
    database: str
    subjects: tuple[Subject, ...]
    sources: tuple[Source, ...]
    outlets: tuple[Outlet, ...]
    messages: tuple[KeyMessage, ...]
    objectives: tuple[Objective, ...]
    activities: tuple[Activity, ...]
    impact: ImpactTable
    offers: tuple[Offer, ...]
    shops: tuple[Shop, ...]
    channels: tuple[Channel, ...]
    reports: tuple[Report, ...]
    alerts: tuple[AlertRule, ...]
    routes: tuple[Route, ...]
    notice_channels: tuple[str, ...]
    deal_hosts: tuple[str, ...] | None
    weights: Weights
    engines: tuple[str, ...]
    engine_options: Mapping[str, Any]
    matcher: str
    ranks: Path | None
    review: ReviewTable
    learn: LearnNeeds
    http: HttpTable
    web: WebTable
    log: LogTable
    deadman: DeadmanTable
    public_url: str | None
    audience_universe: float | None
    rechecks: Mapping[str, RecheckPlan]
    follows_deletions: bool
    retention: Retention


def load_settings(path: Path) -> Settings:
    """Reads, lays over the defaults, validates. Raises ConfigError naming file, key, value and what is allowed."""
    try:
        text = path.read_text(encoding="utf-8")
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not valid TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: cannot be read: byte {error.start + 1} is no UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    defaults = tomllib.loads(resources.files("config").joinpath("defaults.toml").read_text(encoding="utf-8"))
    merged = _lay_over(defaults, own)
    try:
        tables = read_options(ConfigFile, merged, str(path))
    except ConfigError as error:
        raise ConfigError("\n".join([str(error), *_also_wrong(merged, path)])) from error
    if found := _across(tables, path):
        raise ConfigError("\n".join(found))
    return _settings(tables, path, merged)


def _across(tables: ConfigFile, path: Path) -> list[str]:
    return [f"{path}: {problem}" for problem in problems(tables)]


def _also_wrong(merged: Mapping[str, Any], path: Path) -> list[str]:
    """What does not hold together between the tables of a file in which single values are wrong too, so that all is
    told at once; nothing where the file cannot be read without those values.
    """
    try:
        return _across(read_options(ConfigFile, without_wrong(ConfigFile, merged), str(path)), path)
    except ConfigError:
        return []


def _lay_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _lay_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _settings(tables: ConfigFile, path: Path, merged: Mapping[str, Any]) -> Settings:
    zone = ZoneInfo(tables.heard.timezone)
    folder = path.resolve().parent
    return Settings(
        path=path,
        raw=merged,
        timezone=tables.heard.timezone,
        database=_database(tables.heard.database, folder),
        subjects=tuple(_subject(row) for row in tables.subject),
        sources=tuple(_source(row, folder) for row in tables.source),
        outlets=tuple(Outlet(**row.model_dump()) for row in tables.outlet),
        messages=tuple(_message(row, zone) for row in tables.message),
        objectives=tuple(objective(row, zone) for row in tables.objective),
        activities=tuple(activity(row, zone) for row in tables.activity),
        impact=tables.impact,
        offers=tuple(_offer(row, zone) for row in tables.offer),
        shops=tuple(_shop(row, tables.heard, folder) for row in tables.shop),
        channels=tuple(
            Channel(row.id, row.kind, _absolute(row.model_extra or {}, folder), row.otherwise) for row in tables.channel
        ),
        reports=tuple(_report(row) for row in tables.digest),
        alerts=tuple(map(alert_rule, tables.alert)),
        routes=tuple(map(route, tables.route)),
        notice_channels=tables.notices.channels,
        deal_hosts=tables.leaks.deal_hosts,
        weights=Weights(
            version=tables.score.weights_version,
            tone=tables.score.tone,
            message=tables.score.message,
            advocacy=tables.score.advocacy,
            default_reach_weight=tables.score.default_reach_weight,
        ),
        engines=tables.score.engine,
        engine_options=tables.score.engine_options,
        matcher=tables.score.matcher,
        ranks=folder / tables.score.ranks if tables.score.ranks else None,
        review=tables.review,
        learn=LearnNeeds(tables.learn.calibration, tables.learn.classifier),
        http=tables.http,
        web=tables.web,
        log=tables.log,
        deadman=_deadman(tables.deadman, folder),
        public_url=tables.heard.public_url,
        audience_universe=tables.heard.audience_universe,
        rechecks=tables.retention.recheck.plans(),
        follows_deletions=tables.retention.delete_follow_up,
        retention=_retention(tables.retention, pseudonymise=tables.heard.pseudonymise_authors),
    )


def _retention(row: RetentionTable, *, pseudonymise: bool) -> Retention:
    return Retention(row.text, row.authors, row.rollups, pseudonymise, row.replaced)


def _database(url: str, folder: Path) -> str:
    """A relative SQLite path starts at the configuration file's folder, like every relative path."""
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith("sqlite:////"):
        return f"{prefix}{folder / url.removeprefix(prefix)}"
    return url


def _absolute(options: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    def fix(key: str, value: Any) -> Any:
        if key not in PATH_KEYS and not key.endswith("_file"):
            return value
        match value:
            case str():
                return str(folder / value)
            case list() | tuple():
                return [fix(key, one) for one in value]
        return value

    return {key: fix(key, value) for key, value in options.items()}


def _deadman(table: DeadmanTable, folder: Path) -> DeadmanTable:
    return table.model_copy(update={"url_file": str(folder / table.url_file)}) if table.url_file else table


def _subject(row: SubjectTable) -> Subject:
    context = None if row.context is None else Context(**row.context.model_dump())
    return Subject(**row.model_dump() | {"context": context})


def _source(row: SourceTable, folder: Path) -> Source:
    return Source(
        id=row.id,
        connector=row.connector,
        every=row.every,
        options=_absolute(row.own_options, folder),
        priority=row.priority,
        reads_per_day=row.budget.reads_per_day,
        usd_per_month=row.budget.usd_per_month,
        reads_per_month=row.budget.reads_per_month,
        usd_per_day=row.budget.usd_per_day,
        relevance=Stance(row.relevance),
    )


def _message(row: MessageTable, zone: ZoneInfo) -> KeyMessage:
    values = row.model_dump()
    values |= {"active_from": in_zone(row.active_from, zone), "active_until": in_zone(row.active_until, zone)}
    return KeyMessage(**values)


def _offer(row: OfferTable, zone: ZoneInfo) -> Offer:
    values = row.model_dump()
    values |= {
        "kind": OfferKind(row.kind),
        "exposure": Exposure(row.exposure) if row.exposure else None,
        "starts": in_zone(row.starts, zone),
        "ends": in_zone(row.ends, zone),
    }
    return Offer(**values)


def _shop(row: ShopTable, heard: HeardTable, folder: Path) -> Shop:
    """Square signs with the address that it sends to: the one named, or the public one of this installation."""
    here = f"{heard.public_url}/webhooks/{row.kind}" if heard.public_url else None
    options = row.model_dump(include={"secret_env", "token_env", "api"})
    return Shop(
        id=row.id,
        kind=ShopKind(row.kind),
        placement=row.placement,
        counts=row.counts,
        timezone=row.timezone or heard.timezone,
        replay_window=row.replay_window,
        url=row.notification_url or here,
        retrieves=bool(row.token_env or row.token_file),
        options=options
        | {"secret_file": tuple(str(folder / name) for name in row.secret_file)}
        | {"token_file": str(folder / row.token_file) if row.token_file else None},
    )


def _report(row: DigestTable) -> Report:
    values = row.model_dump()
    return Report(**values | {"audience": Audience(row.audience), "period": Period(row.period)})
