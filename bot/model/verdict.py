"""What can honestly be said of offers: which works better, what a comparison would find, whether to keep one up.

Money is in the offer's own currency. Shares lie in 0 … 1. Days are local days of the configured zone. ``sentences``
are the same verdict for people: ready to print, a sentence each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Exposure(StrEnum):
    """How the offers of an experiment are shown: all alike every day, or in blocks whose order a coin decides."""

    PARALLEL = "parallel"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the ends of its interval; ``high`` may be infinite."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount of money, or why it is not known."""

    value: float | None
    why: str = ""


class Answer(StrEnum):
    """What a comparison says; public names, read by programs."""

    BETTER = "better"
    CANNOT_TELL = "cannot_tell_yet"
    TOO_FEW = "too_few"
    NOT_COMPARABLE = "not_a_comparison"


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison, in the days that are compared. Unknown is None.

    ``per_day`` has a 95 % interval for a count; ``new`` and ``repeat`` are shares (Wilson): of the redemptions of which
    it is known, those by new customers; of the customers that are known, those that came more than once.
    ``after_leak`` redemptions are left out, ``undecided`` are those of the offer whose placement nobody said.
    """

    id: str
    name: str
    redeemed: int = 0
    per_day: Estimate | None = None
    new: Estimate | None = None
    repeat: Estimate | None = None
    per_redemption: Priced = Priced(None)
    per_new_customer: Priced = Priced(None)
    currency: str | None = None
    after_leak: int = 0
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class EndReport:
    """The one look at the planned end. ``ratio`` is a's daily rate over b's, with 95 % score interval.

    ``e_test`` and ``exact`` are p values under plain chance (Poisson); None where days vary by more than that, and then
    the interval is widened by the root of ``dispersion``. ``new_share`` is a's share of new customers minus b's.
    """

    days: int
    a: int
    b: int
    ratio: Estimate | None
    dispersion: float
    e_test: float | None = None
    exact: float | None = None
    new_share: Estimate | None = None


@dataclass(frozen=True, slots=True)
class WithLeaked:
    """The same comparison with the days after a leak counted in."""

    days: int
    a: int
    b: int
    better: str | None
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms, judged so that it may be read every day.

    ``better`` is the better arm's id once ``evidence`` (the largest so far) has reached ``threshold``, since
    ``settled_on``; ``p`` is the chance that holds at any time. ``difference`` is a minus b in redemptions a day, with a
    95 % sequence that holds for every day at once. ``more_days`` is about how long it would take to settle at the
    present rates; None: unknown, or not within two years. ``at_end`` is None before ``planned_end``.
    """

    a: Arm
    b: Arm
    answer: Answer
    exposure: Exposure | None = None
    why: str = ""
    better: str | None = None
    settled_on: date | None = None
    first_day: date | None = None
    last_day: date | None = None
    days: int = 0
    days_in_block: int = 1
    left_out: tuple[tuple[str, int], ...] = ()
    pairs: int = 1
    evidence: float = 1.0
    threshold: float = 20.0
    p: float = 1.0
    difference: Estimate | None = None
    more_days: int | None = None
    planned_end: date | None = None
    at_end: EndReport | None = None
    with_leaked: WithLeaked | None = None
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Whole days in which ``leads`` is announced first; from ``turn`` on ``follows`` is, up to ``last_day``."""

    first_day: date
    turn: date
    last_day: date
    leads: str
    follows: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a comparison would find, before it starts.

    ``found`` is the chance of finding the ``lift`` by ``days``, with the 95 % interval of the simulation itself;
    ``days_needed`` for a chance of ``power``, None: not within ``horizon``. ``detectable`` is the smallest ratio found
    with that chance by ``days``, None: none up to tenfold. ``dispersion`` is the size k of the negative binomial
    (variance = mean + mean²/k), None: plain chance.
    """

    rate: float
    lift: float
    power: float
    arms: int
    dispersion: float | None
    days: int
    found: Estimate
    days_needed: int | None
    detectable: float | None
    horizon: int
    simulated: int
    sentences: tuple[str, ...] = ()


class KeepWord(StrEnum):
    """What to do with an offer; public names, read by programs."""

    KEEP = "keep"
    STOP = "stop"
    CHANGE = "change"
    SCALE = "scale"
    TOO_EARLY = "too_early"
    CANNOT_SAY = "cannot_say"


class Basis(StrEnum):
    """What an attached purchase counts as: one by a new customer, or any, which may have been made anyway."""

    INCREMENTAL = "incremental"
    GROSS = "gross"


@dataclass(frozen=True, slots=True)
class Saturation:
    """How many more people the offer may still reach, where their curve bends clearly enough; 95 % interval."""

    people_left: Estimate


@dataclass(frozen=True, slots=True)
class KeepVerdict:
    """Whether to keep an offer up, as of its last check day; the verdict stands until ``next_check``.

    ``forecast`` is the net value of the days left to ``review_on`` with its 90 % interval, None where a part is missing
    (``missing`` says which); ``chance`` is that it is positive. ``net_so_far`` is sunk and decides nothing. ``attach``
    is the share of redemptions with a purchase (Wilson). ``turns_at`` is what would change the verdict: (purchases,
    days) with which, up to the next check, it is kept, and with one purchase fewer stopped; None: no number of them
    would. After the review ``forecast`` is of the next 28 days.
    """

    offer: str
    name: str
    word: KeepWord
    why: str = ""
    day: int | None = None
    checked_on: date | None = None
    next_check: date | None = None
    review_on: date | None = None
    days_left: int | None = None
    redeemed: int = 0
    per_day: Estimate | None = None
    attach: Estimate | None = None
    basis: Basis = Basis.GROSS
    currency: str | None = None
    forecast: Estimate | None = None
    chance: float | None = None
    net_so_far: float | None = None
    missing: tuple[str, ...] = ()
    turns_at: tuple[int, int] | None = None
    saturation: Saturation | None = None
    per_redemption: Priced = Priced(None)
    per_new_customer: Priced = Priced(None)
    after_leak: int = 0
    with_leaked: KeepWord | None = None
    sentences: tuple[str, ...] = ()
