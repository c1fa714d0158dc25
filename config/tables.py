"""The tables of the configuration file, as typed models; names and meanings are public (docs/configuration.md).

Each model validates one TOML table and says what is allowed; turning them into the nouns of ``bot.model`` happens in
``config.settings``.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from bot.options import Options

DURATION = re.compile(r"^\s*(\d+)\s*(s|m|min|h|d)\s*$")
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _duration(value: object) -> object:
    if isinstance(value, str):
        found = DURATION.match(value)
        if not found:
            raise ValueError("write a duration as a number and a unit: '90s', '15m', '2h' or '1d'")
        return timedelta(seconds=int(found[1]) * UNITS[found[2]])
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("use an IANA time zone name such as 'Europe/Berlin' or 'UTC'")
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", value):
        raise ValueError("use letters, digits, '-', '_' and '.', starting with a letter or digit")
    return value


def _weekday(value: object) -> object:
    if isinstance(value, str):
        day = value.strip().lower()[:3]
        if day not in WEEKDAYS:
            raise ValueError(f"use {', '.join(WEEKDAYS)}")
        return WEEKDAYS.index(day)
    return value


def _clock_time(value: object) -> object:
    if isinstance(value, str):
        try:
            return time.fromisoformat(value)
        except ValueError:
            raise ValueError("write a time of day as '08:00'") from None
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Zone = Annotated[str, AfterValidator(_zone)]
Slug = Annotated[str, AfterValidator(_slug)]
Weekday = Annotated[int, BeforeValidator(_weekday), Field(ge=0, le=6)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
Moment = datetime | date
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class HeardTable(Options):
    """``[heard]``: the installation as a whole."""

    timezone: Zone = "UTC"
    database: str = "sqlite:///heard.db"
    public_url: str | None = None
    pseudonymise_authors: bool = False
    audience_universe: Positive | None = None


class ContextTable(Options):
    """``[subject.context]``: the company that a name keeps, where it is an ordinary word too."""

    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    within: Annotated[int, Field(ge=1)] | None = None
    required: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> ContextTable:
        if not (self.any or self.none):
            raise ValueError("name companions: any = [words that show it is meant], none = [words that show it is not]")
        if self.required and not self.any:
            raise ValueError("'required' asks for one of the companions in 'any', and there is none")
        return self


class SubjectTable(Options):
    """``[[subject]]``: a tracked brand, own or competitor."""

    id: Slug
    name: str
    query: str
    own: bool = True
    priority: int = 0
    neutral_phrases: tuple[str, ...] = ()
    sentiment_overrides: dict[str, Annotated[float, Field(ge=-4, le=4)]] = Field(default_factory=dict)
    handles: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    context: ContextTable | None = None


class BudgetTable(Options):
    """``[source.budget]``: what a source may cost."""

    reads_per_day: Count | None = None
    reads_per_month: Count | None = None
    usd_per_day: Dollars | None = None
    usd_per_month: Dollars | None = None


class SourceTable(Options):
    """``[[source]]``: where to listen. Keys beyond these are the connector's own and are checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Slug
    connector: str
    mode: str | None = None
    every: Duration = timedelta(hours=1)
    priority: int = 0
    budget: BudgetTable = BudgetTable()
    relevance: Literal["assume", "judge", "require-context"] = "judge"

    @property
    def own_options(self) -> dict[str, Any]:
        """The connector's own keys, ``mode`` among them when it is given."""
        options = dict(self.model_extra or {})
        return options if self.mode is None else {"mode": self.mode, **options}


class OutletTable(Options):
    """``[[outlet]]``: what is known about a place where mentions run."""

    match: str
    tier: Annotated[int, Field(ge=1, le=3)] | None = None
    audience: Positive | None = None
    provider: str | None = None
    method: str | None = None

    @model_validator(mode="after")
    def _audience_has_a_source(self) -> OutletTable:
        if self.audience is not None and not (self.provider and self.method):
            raise ValueError("an audience needs its 'provider' and 'method': a figure without a source is not used")
        return self


class MessageTable(Options):
    """``[[message]]``: a key message that the team wants out."""

    id: Slug
    statement: str
    variants: tuple[str, ...] = ()
    partials: tuple[str, ...] = ()
    counter: tuple[str, ...] = ()
    objective: str | None = None
    owner: str | None = None
    active_from: Moment | None = None
    active_until: Moment | None = None
    target: Annotated[float, Field(ge=0, le=1)] | None = None


class ObjectiveTable(Options):
    """``[[objective]]``: what a department wants to reach."""

    id: Slug
    statement: str
    department: str | None = None
    owner: str | None = None
    measure: dict[str, Any] | str | None = None
    direction: Literal["up", "down"] = "up"
    stage: Literal["input", "activity", "output", "outtake", "outcome", "impact"] | None = None
    baseline: float | None = None
    target: float | None = None
    by: Moment | None = None
    review_every: Duration | None = None
    decision_rule: str | None = None


class ActivityTable(Options):
    """``[[activity]]``: a press release, mailing, event or campaign on the same time line."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Slug
    name: str
    kind: str
    at: Moment | None = None
    from_: Moment | None = Field(default=None, alias="from")
    until: Moment | None = None
    objective: str | None = None


class OfferTable(Options):
    """``[[offer]]``: a free offer and the code that redeems it."""

    id: Slug
    name: str
    kind: Literal["code-phrase", "unique-codes"]
    code: str | None = None
    placements: tuple[str, ...] = ()
    starts: Moment | None = None
    ends: Moment | None = None
    cap: Count | None = None
    per_customer: Count | None = None
    per_code: Count | None = None
    per_day: Count | None = None
    per_week: Count | None = None
    unit_cost: Annotated[float, Field(ge=0)] | None = None
    fixed_cost_per_day: Annotated[float, Field(ge=0)] | None = None
    margin: Annotated[float, Field(ge=0)] | None = None
    currency: str | None = None
    hypothesis: str | None = None
    arm: str | None = None
    control: str | None = None
    review_after: Duration | None = None
    disabled: bool = False

    @model_validator(mode="after")
    def _phrase_has_a_code(self) -> OfferTable:
        if self.kind == "code-phrase" and not (self.code or "").strip():
            raise ValueError('a code-phrase offer needs its phrase: code = "…"')
        return self


class ChannelTable(Options):
    """``[[channel]]``: a way out. Keys beyond ``id`` and ``kind`` are the notifier's own and are checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Slug
    kind: str


class DigestTable(Options):
    """``[[digest]]``: who is told what, and when."""

    id: Slug
    audience: Literal["pr", "community", "operations", "executive"]
    period: Literal["day", "week", "month"] = "day"
    at: ClockTime = time(8, 0)
    days: tuple[Weekday, ...] = (0, 1, 2, 3, 4, 5, 6)
    channels: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    when_empty: Literal["send", "skip"] = "send"


class AlertTable(Options):
    """``[[alert]]``: when to raise the alarm."""

    id: Slug
    subject: str | None = None
    kind: Literal["spike", "silence", "negative-surge", "contrary-message", "code-leak"]
    sensitivity: str | float | None = None
    at_most: str | None = None
    cooldown: Duration | None = None
    quiet_hours: str | None = None
    channels: tuple[str, ...] = ()


class ScoreTable(Options):
    """``[score]``: the press equation's weights, and the engine that reads tone, and what compares messages."""

    weights_version: str = "1"
    tone: float = 0.5
    message: float = 0.4
    advocacy: float = 0.1
    default_reach_weight: Annotated[float, Field(ge=0, le=1)] = 0.4
    engine: str | Annotated[tuple[str, ...], Field(min_length=1)] = "heard"
    engine_options: dict[str, Any] = Field(default_factory=dict)
    matcher: str = "lexical"
    ranks: str | None = None

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines' names in order: each text is read by the first that reads its language."""
        return (self.engine,) if isinstance(self.engine, str) else self.engine

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> ScoreTable:
        total = abs(self.tone) + abs(self.message) + abs(self.advocacy)
        if not math.isclose(total, 1):
            raise ValueError(
                f"tone, message and advocacy must sum to 1 so that scores stay within ±10; they sum to {total:g}"
            )
        return self


class NoticesTable(Options):
    """``[notices]``: who is told when a source breaks, and when it is well again."""

    channels: tuple[str, ...] = ()


class ReviewTable(Options):
    """``[review]``: how much people look over."""

    sample: Annotated[int, Field(ge=20)] = 100
    uncertain: Count = 50
    overlap: Annotated[float, Field(ge=0, le=1)] = 0.2


class LearnTable(Options):
    """``[learn]``: how many labels of a message are enough to learn from."""

    calibration: Annotated[int, Field(ge=20)] = 50
    classifier: Annotated[int, Field(ge=40)] = 100


class RetentionTable(Options):
    """``[retention]``: how long texts, authors and roll-ups are kept."""

    text: Duration | None = None
    authors: Duration | None = None
    rollups: Duration | None = None
    delete_follow_up: bool = True


class WebTable(Options):
    """``[web]``: the pages and the API."""

    listen: str = "127.0.0.1:8080"
    session_hours: Positive = 12
    secret_env: str | None = None
    secret_file: str | None = None


class HttpTable(Options):
    """``[http]``: how Heard reaches out."""

    allow_networks: tuple[str, ...] = ()
    allow_ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = (80, 443)
    connect_timeout: Positive = 5.0
    read_timeout: Positive = 30.0
    total_timeout: Positive = 60.0
    max_body: Annotated[int, Field(gt=0)] = 15 * 2**20
    user_agent: str | None = None


class ConfigFile(Options):
    """A whole configuration file."""

    heard: HeardTable = HeardTable()
    subject: tuple[SubjectTable, ...] = ()
    source: tuple[SourceTable, ...] = ()
    outlet: tuple[OutletTable, ...] = ()
    message: tuple[MessageTable, ...] = ()
    objective: tuple[ObjectiveTable, ...] = ()
    activity: tuple[ActivityTable, ...] = ()
    offer: tuple[OfferTable, ...] = ()
    channel: tuple[ChannelTable, ...] = ()
    digest: tuple[DigestTable, ...] = ()
    alert: tuple[AlertTable, ...] = ()
    notices: NoticesTable = NoticesTable()
    score: ScoreTable = ScoreTable()
    review: ReviewTable = ReviewTable()
    learn: LearnTable = LearnTable()
    retention: RetentionTable = RetentionTable()
    web: WebTable = WebTable()
    http: HttpTable = HttpTable()
