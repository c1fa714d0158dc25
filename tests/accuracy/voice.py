"""Shares of voice over stories that come in bursts: how often their intervals hold the truth.

``python -m tests.accuracy.voice`` runs the full counts and writes the table into docs/measurement.md; the tests run the
same functions on fewer windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from bot.impact.share_of_voice import HISTORY, Told, share_of_voice
from bot.impact.voice_alike import Ground, SourceLook
from bot.model import Interval, Subject
from bot.model.impact import ShareOfVoice
from bot.ports.voice_store import ToldStory
from bot.rates import Rate, wilson
from tests.support.page import write_between
from tests.support.shared import ROOT

SEED = 20260301
WINDOWS = 300
END = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
_MARKS = "<!-- simulated shares -->", "<!-- end of simulated shares -->"


@dataclass(frozen=True, slots=True)
class Setting:
    """Stories a day: single ones, and ``events`` of ``size`` stories on average, about one subject each, over so many
    ``days`` on average; ``shares`` are the subjects' true ones.
    """

    name: str
    single: float
    events: float = 0.0
    size: float = 1.0
    days: float = 1.0
    shares: tuple[float, ...] = (0.5, 0.5)


SETTINGS = (
    Setting("20 single stories a day", 20),
    Setting("20 single stories a day, share .2", 20, shares=(0.2, 0.8)),
    Setting("4 single, 1 event of 8 stories over 2 days", 4, 1, 8, 1.5),
    Setting("the same, share .2", 4, 1, 8, 1.5, (0.2, 0.8)),
    Setting("5 single, an event of 20 stories every other day", 5, 0.5, 20, 1.0),
    Setting("4 single, 1 event of 8, four subjects", 4, 1, 8, 1.5, (0.4, 0.3, 0.2, 0.1)),
)


def subjects(number: int) -> tuple[Subject, ...]:
    """One's own, and competitors."""
    return tuple(Subject(f"s{place}", f"S{place}", "x", own=place == 0) for place in range(number))


def history(setting: Setting, rng: np.random.Generator) -> list[ToldStory]:
    """Stories of the time before :data:`END` that is looked at, and of as long before that for the change."""
    days = 2 * HISTORY // DAY
    found: list[ToldStory] = []
    for place, share in enumerate(setting.shares):
        times = [rng.uniform(0, days, rng.poisson(setting.single * share * days))]
        events = rng.uniform(0, days, rng.poisson(setting.events * share * days))
        times += [begun + rng.exponential(setting.days, rng.geometric(1 / setting.size)) for begun in events]
        at = np.sort(np.concatenate(times))
        found += [
            ToldStory(f"s{place}", f"{place}-{number}", "press", END - days * DAY + float(day) * DAY)
            for number, day in enumerate(at)
            if day < days
        ]
    return found


def told(setting: Setting, rng: np.random.Generator, days: int) -> ShareOfVoice:
    """The product's own share of voice over the last ``days``, beside those before."""
    stories = history(setting, rng)
    window, previous = Interval(END - days * DAY, END), Interval(END - 2 * days * DAY, END - days * DAY)
    ground = Ground((SourceLook("press", (Interval(END - 2 * HISTORY, END),)),))
    known = Told(_within(stories, window), _within(stories, previous), _within(stories, Interval(END - HISTORY, END)))
    return share_of_voice(subjects(len(setting.shares)), known, ground, window, previous)


def covered(setting: Setting, runs: int, days: int) -> tuple[Rate | None, Rate | None, float]:
    """How often all shares' intervals hold their truth at once, how often the change's holds that there is none, and the
    mean width of the first interval; of the windows with enough stories to say anything.
    """
    rng = np.random.default_rng([SEED, sum(setting.name.encode()), days])
    shares = [found.shares for _ in range(runs) if (found := told(setting, rng, days)).shares[0].share is not None]
    held = sum(
        all((one.low or 0) <= truth <= (one.high or 0) for one, truth in zip(found, setting.shares, strict=True))
        for found in shares
    )
    changes = [one for found in shares if (one := found[0]).change is not None]
    calm = sum((one.change_low or 0) <= 0 <= (one.change_high or 0) for one in changes)
    width = float(np.mean([(found[0].high or 0) - (found[0].low or 0) for found in shares])) if shares else 0.0
    return _rate(held, len(shares)), _rate(calm, len(changes)), width


def table() -> Iterator[str]:
    """The table of docs/measurement.md."""
    yield (
        f"Simulated (`python -m tests.accuracy.voice`), seed {SEED}, {WINDOWS:,} windows a row: how often the intervals of "
        "all subjects held the truth at once, how often that of the change held that nothing changed, and how wide that of "
        "the first share was. Intervals for independent stories would hold the truth in .3 to .5 of the cases with bursts.\n"
    )
    yield "| stories | window | shares | change | width |\n|---|---|---|---|---|"
    for setting in SETTINGS:
        for days in (1, 7, 28):
            shares, change, width = covered(setting, WINDOWS, days)
            yield f"| {setting.name} | {days} d | {_said(shares)} | {_said(change)} | {width:.2f} |"


def _within(stories: Sequence[ToldStory], window: Interval) -> list[ToldStory]:
    return [one for one in stories if window.start <= one.told_at < window.end]


def _rate(count: int, of: int) -> Rate | None:
    return wilson(count, of) if of else None


def _said(rate: Rate | None) -> str:
    return "–" if rate is None else f"{rate.value:.3f} [{rate.low:.3f}, {rate.high:.3f}]"


if __name__ == "__main__":
    write_between(ROOT / "docs" / "measurement.md", *_MARKS, "\n".join(table()))
