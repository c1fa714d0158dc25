"""The tables of the configuration file, as typed models; names and meanings are public (docs/configuration.md).

Each model validates one TOML table and says what is allowed; turning them into the nouns of ``bot.model`` happens in
``config.settings``.
"""

from __future__ import annotations

import math
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from bot.options import Options
from config.aims import ActivityTable, ImpactTable, ObjectiveTable
from config.alarms import AlertTable, RouteTable
from config.rechecking import RecheckTable
from config.values import (
    Address,
    ClockTime,
    Count,
    Currency,
    Dollars,
    Duration,
    HttpsUrl,
    Moment,
    Names,
    Network,
    Positive,
    PublicUrl,
    Slug,
    Weekday,
    Zone,
    at_least,
    at_most,
)


class HeardTable(Options):
    """``[heard]``: the installation as a whole."""

    timezone: Zone = "UTC"
    database: str = "sqlite:///heard.db"
    public_url: PublicUrl | None = None
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
    currency: Currency | None = None
    reserve_for: Annotated[Duration, at_least("1s"), at_most("7d")] = timedelta(minutes=15)
    hypothesis: str | None = None
    arm: str | None = None
    control: str | None = None
    review_after: Duration | None = None
    min_run: Duration | None = None
    experiment: Slug | None = None
    exposure: Literal["parallel", "blocks"] | None = None
    block_days: Annotated[int, Field(ge=2, le=28, multiple_of=2)] = 2
    gaps: tuple[date, ...] = ()
    orders_all_told: bool = False
    placements_alike: bool = False
    disabled: bool = False
    places: dict[str, tuple[Annotated[str, Field(min_length=1)], ...]] = Field(default_factory=dict)
    listen: bool = True

    @model_validator(mode="after")
    def _places_are_of_placements(self) -> OfferTable:
        if self.placements and (strange := sorted(self.places.keys() - set(self.placements))):
            raise ValueError(f"places names the placement '{strange[0]}'; placements are {', '.join(self.placements)}")
        return self

    @model_validator(mode="after")
    def _phrase_has_a_code(self) -> OfferTable:
        if self.kind == "code-phrase" and not (self.code or "").strip():
            raise ValueError('a code-phrase offer needs its phrase: code = "…"')
        if self.kind == "unique-codes" and self.code is not None:
            raise ValueError("an offer with unique codes has no 'code' of its own: heard offers issue makes them")
        return self


class ChannelTable(Options):
    """``[[channel]]``: a way out. Keys beyond ``id`` and ``kind`` are the notifier's own and are checked by it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Slug
    kind: str
    otherwise: Slug | None = None


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


class ScoreTable(Options):
    """``[score]``: the press equation's weights, and the engine that reads tone, and what compares messages."""

    weights_version: str = "1"
    tone: float = 0.5
    message: float = 0.4
    advocacy: float = 0.1
    default_reach_weight: Annotated[float, Field(ge=0, le=1)] = 0.4
    engine: Names = ("heard",)
    engine_options: dict[str, Any] = Field(default_factory=dict)
    matcher: str = "lexical"
    ranks: str | None = None

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


class LeaksTable(Options):
    """``[leaks]``: the places that collect codes, where no code of ours belongs."""

    deal_hosts: tuple[Annotated[str, Field(min_length=1)], ...] | None = None


class ReviewTable(Options):
    """``[review]``: how much people look over."""

    sample: Annotated[int, Field(ge=20)] = 100
    uncertain: Count = 50
    overlap: Annotated[float, Field(ge=0, le=1)] = 0.2


class LearnTable(Options):
    """``[learn]``: how many labels of a message are enough to learn from."""

    calibration: Annotated[int, Field(ge=20)] = 50
    classifier: Annotated[int, Field(ge=40)] = 100


Kept = Annotated[Duration, at_least("1d")]
"""How long something is kept: a slip of the pen that says less would erase everything at once."""


class RetentionTable(Options):
    """``[retention]``: how long texts, authors, roll-ups and replaced databases are kept."""

    text: Kept | None = None
    authors: Kept | None = None
    rollups: Kept | None = None
    replaced: Kept | None = None
    delete_follow_up: bool = True
    recheck: RecheckTable = RecheckTable()

    @model_validator(mode="after")
    def _goes_in_order(self) -> RetentionTable:
        if self.rollups is not None and (self.text is None or self.rollups < self.text):
            raise ValueError("'rollups' are the numbers of what was said: set 'text' to as long or shorter")
        if self.authors is not None and self.text is not None and self.authors > self.text:
            raise ValueError(
                "an author goes with the words at the latest: make 'authors' shorter than 'text', or leave it out"
            )
        return self


class ShopTable(Options):
    """``[[shop]]``: a shop whose signed webhooks redeem codes."""

    id: Slug
    kind: Literal["shopify", "woocommerce", "square"]
    placement: str | None = None
    secret_env: Names = Field(default=(), validate_default=False)
    secret_file: Names = Field(default=(), validate_default=False)
    counts: tuple[str, ...] = ()
    timezone: Zone | None = None
    replay_window: Annotated[Duration, at_least("1h"), at_most("90d")] = timedelta(days=3)
    notification_url: HttpsUrl | None = None
    token_env: str | None = None
    token_file: str | None = None
    api: HttpsUrl = "https://connect.squareup.com"

    @model_validator(mode="after")
    def _has_a_secret(self) -> ShopTable:
        if not (self.secret_env or self.secret_file):
            raise ValueError(
                'say where the secret is that the shop signs with: secret_env = "NAME" or secret_file = "PATH"'
            )
        return self


class WebTable(Options):
    """``[web]``: the pages and the API."""

    listen: Address = "127.0.0.1:8080"
    trusted_proxies: tuple[Network, ...] = ()
    wrong_codes_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 20
    wrong_codes_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 100
    session_hours: Positive = 12
    idle_hours: Positive = 2
    hosts: tuple[str, ...] = ()
    insecure: bool = False
    secret_env: Names = Field(default=(), validate_default=False)
    secret_file: Names = Field(default=(), validate_default=False)
    feedback_days: Annotated[int, Field(ge=1, le=365)] = 30


class LogTable(Options):
    """``[log]``: how log lines are written."""

    format: Literal["text", "json"] = "text"


class DeadmanTable(Options):
    """``[deadman]``: an address that is asked now and then while all is well, and raises the alarm when it is not."""

    url_env: str | None = None
    url_file: str | None = None
    every: Annotated[Duration, at_least("1m"), at_most("1d")] = timedelta(minutes=5)

    @property
    def is_set(self) -> bool:
        """Whether there is an address to ask."""
        return bool(self.url_env or self.url_file)

    @model_validator(mode="after")
    def _has_an_address(self) -> DeadmanTable:
        if self.model_fields_set and not self.is_set:
            raise ValueError('say where the address is: url_env = "NAME" or url_file = "PATH"; whoever has it can ping')
        return self


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
    impact: ImpactTable = ImpactTable()
    offer: tuple[OfferTable, ...] = ()
    shop: tuple[ShopTable, ...] = ()
    channel: tuple[ChannelTable, ...] = ()
    digest: tuple[DigestTable, ...] = ()
    alert: tuple[AlertTable, ...] = ()
    route: tuple[RouteTable, ...] = ()
    notices: NoticesTable = NoticesTable()
    leaks: LeaksTable = LeaksTable()
    score: ScoreTable = ScoreTable()
    review: ReviewTable = ReviewTable()
    learn: LearnTable = LearnTable()
    retention: RetentionTable = RetentionTable()
    web: WebTable = WebTable()
    log: LogTable = LogTable()
    deadman: DeadmanTable = DeadmanTable()
    http: HttpTable = HttpTable()
