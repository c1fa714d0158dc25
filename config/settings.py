"""Settings: a validated configuration file as the nouns of ``bot.model``.

Found by an explicit path, then ``$HEARD_CONFIG``, then ``./config/heard.toml``, then the person's configuration
directory; laid over the packaged ``defaults.toml``. Relative paths start at the configuration file's folder.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import platformdirs

from bot.errors import ConfigError
from bot.model import (
    Audience,
    Channel,
    Context,
    KeyMessage,
    LearnNeeds,
    Offer,
    OfferKind,
    Outlet,
    Period,
    Report,
    Source,
    Stance,
    Subject,
    Weights,
)
from bot.options import read_options
from config.tables import ConfigFile, HttpTable, MessageTable, OfferTable, ReviewTable, SourceTable, SubjectTable

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
    offers: tuple[Offer, ...]
    channels: tuple[Channel, ...]
    reports: tuple[Report, ...]
    notice_channels: tuple[str, ...]
    weights: Weights
    engines: tuple[str, ...]
    engine_options: Mapping[str, Any]
    matcher: str
    ranks: Path | None
    review: ReviewTable
    learn: LearnNeeds
    http: HttpTable
    audience_universe: float | None
    not_yet_used: tuple[str, ...]


def find_config(explicit: str | None = None) -> Path:
    """The configuration file that holds here. Raises ConfigError that lists where it looked."""
    found = config_at_hand(explicit)
    if found is not None:
        return found
    looked = ", ".join(str(place) for place in _places())
    raise ConfigError(
        f"no configuration found (looked at --config, $HEARD_CONFIG, {looked}). "
        "Type 'heard init' to make one, or 'heard demo' to see Heard work without any."
    )


def config_at_hand(explicit: str | None = None) -> Path | None:
    """The configuration file that holds here; None where none was named and none lies where one would.

    Raises ConfigError for one that was named and is not there.
    """
    if explicit:
        return _existing(Path(explicit), "--config")
    if named := os.environ.get("HEARD_CONFIG"):  # noqa: TID251 config is the one reader of the environment
        return _existing(Path(named), "$HEARD_CONFIG")
    return next((place for place in _places() if place.is_file()), None)


def _places() -> tuple[Path, ...]:
    return Path("config/heard.toml"), Path(platformdirs.user_config_dir("heard")) / "heard.toml"


def _existing(path: Path, named_by: str) -> Path:
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file (named by {named_by}). Type 'heard init' to make one.")
    return path


def load_settings(path: Path) -> Settings:
    """Reads, lays over the defaults, validates. Raises ConfigError naming file, key, value and what is allowed."""
    try:
        text = path.read_text(encoding="utf-8")
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    defaults = tomllib.loads(resources.files("config").joinpath("defaults.toml").read_text(encoding="utf-8"))
    merged = _lay_over(defaults, own)
    tables = read_options(ConfigFile, merged, str(path))
    _check_references(tables, path)
    return _settings(tables, path, merged)


def _lay_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _lay_over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _check_references(tables: ConfigFile, path: Path) -> None:
    """Ids are unique, and every id that is named exists."""
    problems: list[str] = []
    lists = ("subject", "source", "message", "objective", "activity", "offer", "channel", "digest", "alert")
    known = {name: [row.id for row in getattr(tables, name)] for name in lists}
    for name, ids in known.items():
        problems += [f"[[{name}]] id '{twice}' is used twice" for twice in sorted({i for i in ids if ids.count(i) > 1})]

    def must_exist(owner: str, key: str, wanted: Iterable[str | None], table: str) -> None:
        allowed = ", ".join(known[table]) or "none is configured"
        problems.extend(
            f"{owner}: {key} names '{name}', but there is no [[{table}]] with that id (there is: {allowed})"
            for name in wanted
            if name is not None and name not in known[table]
        )

    for row in tables.digest:
        must_exist(f"[[digest]] '{row.id}'", "channels", row.channels, "channel")
    must_exist("[notices]", "channels", tables.notices.channels, "channel")
    for alert in tables.alert:
        must_exist(f"[[alert]] '{alert.id}'", "channels", alert.channels, "channel")
        must_exist(f"[[alert]] '{alert.id}'", "subject", [alert.subject], "subject")
    if known["objective"]:
        for message in tables.message:
            must_exist(f"[[message]] '{message.id}'", "objective", [message.objective], "objective")
    strict = [row.id for row in tables.source if Stance(row.relevance) is Stance.REQUIRE_CONTEXT]
    if strict and not any(row.context and row.context.any for row in tables.subject):
        problems.append(
            f"[[source]] '{strict[0]}': relevance = \"require-context\" needs a [[subject]] with companions: "
            '[subject.context] any = ["…"]'
        )
    if tables.source and not tables.subject:
        problems.append("there are sources but no [[subject]]: nothing would be kept. Add at least one subject")
    if problems:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in problems))


def _settings(tables: ConfigFile, path: Path, merged: Mapping[str, Any]) -> Settings:
    zone = ZoneInfo(tables.heard.timezone)
    folder = path.resolve().parent
    unused = [name for name in ("objective", "activity", "alert", "retention", "web") if merged.get(name)]
    if tables.heard.pseudonymise_authors:
        unused.append("heard.pseudonymise_authors")
    return Settings(
        path=path,
        raw=merged,
        timezone=tables.heard.timezone,
        database=_database(tables.heard.database, folder),
        subjects=tuple(_subject(row) for row in tables.subject),
        sources=tuple(_source(row, folder) for row in tables.source),
        outlets=tuple(Outlet(**row.model_dump()) for row in tables.outlet),
        messages=tuple(_message(row, zone) for row in tables.message),
        offers=tuple(_offer(row, zone) for row in tables.offer),
        channels=tuple(Channel(row.id, row.kind, _absolute(row.model_extra or {}, folder)) for row in tables.channel),
        reports=tuple(
            Report(
                id=row.id,
                audience=Audience(row.audience),
                period=Period(row.period),
                at=row.at,
                days=row.days,
                channels=row.channels,
                sections=row.sections,
                when_empty=row.when_empty,
            )
            for row in tables.digest
        ),
        notice_channels=tables.notices.channels,
        weights=Weights(
            version=tables.score.weights_version,
            tone=tables.score.tone,
            message=tables.score.message,
            advocacy=tables.score.advocacy,
            default_reach_weight=tables.score.default_reach_weight,
        ),
        engines=tables.score.engines,
        engine_options=tables.score.engine_options,
        matcher=tables.score.matcher,
        ranks=folder / tables.score.ranks if tables.score.ranks else None,
        review=tables.review,
        learn=LearnNeeds(tables.learn.calibration, tables.learn.classifier),
        http=tables.http,
        audience_universe=tables.heard.audience_universe,
        not_yet_used=tuple(unused),
    )


def _database(url: str, folder: Path) -> str:
    """A relative SQLite path starts at the configuration file's folder, like every relative path."""
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith("sqlite:////"):
        return f"{prefix}{folder / url.removeprefix(prefix)}"
    return url


def _absolute(options: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    def fix(key: str, value: Any) -> Any:
        if isinstance(value, str) and (key in PATH_KEYS or key.endswith("_file")):
            return str(folder / value)
        return value

    return {key: fix(key, value) for key, value in options.items()}


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
    values |= {"active_from": _moment(row.active_from, zone), "active_until": _moment(row.active_until, zone)}
    return KeyMessage(**values)


def _offer(row: OfferTable, zone: ZoneInfo) -> Offer:
    later = {"fixed_cost_per_day", "margin", "arm", "control", "review_after"}
    values = row.model_dump(exclude=later)
    values |= {
        "kind": OfferKind(row.kind),
        "starts": _moment(row.starts, zone),
        "ends": _moment(row.ends, zone),
    }
    return Offer(**values)


def _moment(value: datetime | date | None, zone: ZoneInfo) -> datetime | None:
    """A TOML date or local time is meant in the configured zone; a bare date is its first moment."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(0), tzinfo=zone)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
