"""Verdicts on simulated campaigns: how often they are wrong, what their intervals cover, what they find.

``python -m tests.accuracy.verdicts`` runs the full counts and writes the table into docs/measurement.md; the tests run
the same functions on fewer campaigns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.offers.verdicts.confidence import half_widths
from bot.offers.verdicts.endplan import OVERDISPERSED, dispersion, rate_ratio
from bot.offers.verdicts.eprocess import settled_at
from bot.offers.verdicts.netting import Money, chance_of_gain, forecast
from bot.offers.verdicts.power import plan
from bot.offers.verdicts.prospect import STOP_BELOW
from bot.offers.verdicts.schedule import EVERY, MIN_RUN
from bot.offers.verdicts.trend import fit
from bot.rates import Rate, wilson

SEED = 20260301
DAYS = 180
CAMPAIGNS = 4000
PROGRAMMES = 2000
WEEK = np.array([0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 0.9])
TRUFFLE = Money(margin=6.0, unit_cost=0.8, fixed_cost_per_day=1.0)
REVIEW = 182


@dataclass(frozen=True, slots=True)
class Setting:
    """Two offers' daily rates. ``size`` is the k of the negative binomial, ``shared`` the sd of a day's shared effect
    on the log scale.
    """

    name: str
    a: float
    b: float
    size: float | None = None
    shared: float = 0.0
    in_blocks: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The share of campaigns in which one of the two was named, and the median day of those."""

    share: Rate
    median: float | None


@dataclass(frozen=True, slots=True)
class Programme:
    """A promotion whose truth is known, and how the rule did with it."""

    stopped: Rate
    by_42: float
    by_70: float
    net: float
    net_never: float
    median: float | None


ALIKE = (
    Setting("alike, 2 a day each", 2, 2),
    Setting("alike, 10 a day each, over-dispersed (k = 5)", 10, 10, 5),
    Setting("alike, 10 a day each, k = 1 and shared day effects", 10, 10, 1, shared=0.3),
    Setting("alike, 2 a day each, blocks of 2 days, weekday cycle", 2, 2, in_blocks=True),
    Setting("alike, 10 a day each (k = 4), blocks of 2 days, weekday cycle", 10, 10, 4, in_blocks=True),
)
UNLIKE = (
    Setting("2 against 1 a day", 2, 1),
    Setting("3 against 2 a day", 3, 2),
    Setting("15 against 10 a day", 15, 10),
    Setting("3 against 2 a day, over-dispersed (k = 2)", 3, 2, 2),
    Setting("2.4 against 2 a day", 2.4, 2),
    Setting("4 against 2 a day (k = 4), blocks of 2 days, weekday cycle", 4, 2, 4, in_blocks=True),
)
PROGRAMMES_OF = {
    "good: 2 a day, purchase with .35": (lambda day: 2 + 0 * day, 0.35),
    "slow starter: .8 a day growing 1 % a day, .30": (lambda day: 0.8 * 1.01**day, 0.30),
    "marginal: 2 a day, .22": (lambda day: 2 + 0 * day, 0.22),
    "bad: 2 a day, .10": (lambda day: 2 + 0 * day, 0.10),
    "decaying: 3 a day, −2 % a day, .20": (lambda day: 3 * 0.98**day, 0.20),
}


def campaigns(setting: Setting, runs: int, days: int = DAYS) -> tuple[np.ndarray, np.ndarray]:
    """Daily counts of both offers, or in blocks the count of each one's own day of the block."""
    rng = np.random.default_rng([SEED, sum(setting.name.encode())])
    if setting.in_blocks:
        of_day = (WEEK / WEEK.mean())[np.arange(days) % 7].reshape(-1, 2)
        first = rng.random((runs, days // 2)) < 0.5
        means = np.where(first, of_day[:, 0], of_day[:, 1]), np.where(first, of_day[:, 1], of_day[:, 0])
    else:
        effect = np.exp(rng.normal(0, setting.shared, (runs, days)))
        means = effect, effect
    a, b = (_drawn(rng, mean * rate, setting.size) for mean, rate in zip(means, (setting.a, setting.b), strict=True))
    return a, b


def looked_at_daily(setting: Setting, runs: int) -> Found:
    """How often a winner is ever named by day 180, and when."""
    a, b = campaigns(setting, runs)
    block = settled_at(a - b)
    found = block > 0
    scale = 2 if setting.in_blocks else 1
    return Found(wilson(int(found.sum()), runs), float(np.median(block[found])) * scale if found.any() else None)


def sequence_misses(setting: Setting, runs: int) -> Rate:
    """How often the confidence sequence, looked at daily, ever leaves the true difference out."""
    a, b = campaigns(setting, runs)
    differences = a - b
    means = np.cumsum(differences, axis=-1) / np.arange(1, differences.shape[-1] + 1)
    missed = (np.abs(means - (setting.a - setting.b)) > half_widths(differences)).any(axis=-1)
    return wilson(int(missed.sum()), runs)


def ratio_covers(setting: Setting, runs: int, days: int = 30) -> Rate:
    """How often the ratio's interval at the planned end holds the true ratio."""
    hits = 0
    for a, b in zip(*campaigns(setting, runs, days), strict=True):
        spread = dispersion(a, b)
        found = rate_ratio(int(a.sum()), days, int(b.sum()), days, spread if spread > OVERDISPERSED else 1.0)
        hits += found is not None and found.low <= setting.a / setting.b <= found.high
    return wilson(hits, runs)


def promised_and_found(rate: float, size: float | None, days: int, runs: int) -> tuple[Rate, Rate]:
    """What the planner promises for a 1.5-fold difference, and what new campaigns find by the same day."""
    promised = plan(rate=rate, lift=1.5, days=days, dispersion=size, runs=min(runs, 2000)).found
    setting = Setting(f"planned {rate} {size} {days}", 1.5 * rate, rate, size)
    a, b = campaigns(setting, runs, days)
    block = settled_at(a - b)
    won = sum(int(run[:day].sum() > 0) for run, day in zip(a - b, block, strict=True) if day)
    return Rate(promised.value, promised.low, promised.high), wilson(won, runs)


def programme(name: str, runs: int, draws: int = 1000) -> Programme:
    """The rule of "keep it up?" on one programme: checked every 14 days from day 28 until it says stop."""
    rate, attach = PROGRAMMES_OF[name]
    rng = np.random.default_rng([SEED, sum(name.encode())])
    redeemed = rng.poisson(rate(np.arange(REVIEW)), (runs, REVIEW))
    attached = rng.binomial(redeemed, attach)
    stopped = np.zeros(runs, dtype=int)
    for day in range(MIN_RUN.days, REVIEW, EVERY):
        live = np.flatnonzero(stopped == 0)
        if not live.size:
            break
        trend = fit(redeemed[live, :day].astype(float), np.arange(day, dtype=float))
        known = attached[live, :day].sum(axis=1), redeemed[live, :day].sum(axis=1)
        chance = chance_of_gain(forecast(trend, *known, TRUFFLE, (day, REVIEW - day), rng, draws))
        stopped[live[chance < STOP_BELOW]] = day
    daily = TRUFFLE.margin * attached - TRUFFLE.unit_cost * redeemed - TRUFFLE.fixed_cost_per_day
    ran = np.where(stopped > 0, stopped, REVIEW)
    net = np.where(np.arange(REVIEW) < ran[:, None], daily, 0).sum(axis=1)
    early = stopped > 0
    return Programme(
        stopped=wilson(int(early.sum()), runs),
        by_42=float(np.mean(early & (stopped <= 42))),
        by_70=float(np.mean(early & (stopped <= 70))),
        net=float(net.mean()),
        net_never=float(daily.sum(axis=1).mean()),
        median=float(np.median(stopped[early])) if early.any() else None,
    )


def table() -> Iterator[str]:
    """The table of docs/measurement.md."""
    yield f"Seed {SEED}; {CAMPAIGNS:,} campaigns of {DAYS} days each, looked at every day; intervals are 95 % (Wilson)."
    yield "\n| two offers | a winner was named | median day |\n|---|---|---|"
    for setting in (*ALIKE, *UNLIKE):
        found = looked_at_daily(setting, CAMPAIGNS)
        yield f"| {setting.name} | {_share(found.share)} | {_whole(found.median)} |"
    yield "\n| interval | ever left the truth out, of daily looks |\n|---|---|"
    for setting in (*ALIKE[:3], *UNLIKE[:4]):
        yield f"| difference a day: {setting.name} | {_share(sequence_misses(setting, CAMPAIGNS))} |"
    yield "\n| interval at the planned end, day 30 | held the true ratio |\n|---|---|"
    for setting in (*ALIKE[:2], *UNLIKE[:4]):
        yield f"| ratio: {setting.name} | {_share(ratio_covers(setting, CAMPAIGNS))} |"
    yield "\n| planted difference of 1.5 times | promised by `heard offers plan` | found in new campaigns |\n|---|---|---|"
    for rate, size, days in ((2, None, 74), (2, None, 30), (10, None, 20), (10, 5, 60), (5, 2, 90)):
        promised, won = promised_and_found(rate, size, days, CAMPAIGNS)
        spread = "" if size is None else f" (k = {size})"
        yield f"| {rate} a day{spread}, by day {days} | {_share(promised)} | {_share(won)} |"
    yield (
        f"\n{PROGRAMMES:,} programmes each, margin 6.0, truffle .8, 1.0 a day, review on day {REVIEW}:\n\n"
        "| true programme | stopped early | by day 42 | by day 70 | median day | net | net if never stopped |\n"
        "|---|---|---|---|---|---|---|"
    )
    for name in PROGRAMMES_OF:
        found = programme(name, PROGRAMMES)
        yield (
            f"| {name} | {_share(found.stopped)} | {found.by_42:.2f} | {found.by_70:.2f} | {_whole(found.median)} "
            f"| {_money(found.net)} | {_money(found.net_never)} |"
        )


def write(page: Path) -> None:
    """Puts the table between its marks on the page."""
    rows = "\n".join(table())
    text = page.read_text(encoding="utf-8")
    begin, end = "<!-- simulated verdicts -->", "<!-- end of simulated verdicts -->"
    head, rest = text.split(begin)
    page.write_text(f"{head}{begin}\n\n{rows}\n\n{end}{rest.split(end)[1]}", encoding="utf-8")


def _drawn(rng: np.random.Generator, mean: np.ndarray, size: float | None) -> np.ndarray:
    of_day = mean if size is None else mean * rng.gamma(size, 1 / size, mean.shape)
    return rng.poisson(of_day).astype(float)


def _share(rate: Rate) -> str:
    return f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]"


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def _money(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")


if __name__ == "__main__":
    write(Path(__file__).parents[2] / "docs" / "measurement.md")
