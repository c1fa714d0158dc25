"""The funnel: what was said, who came of it, who stayed. Each provider's figures side by side, never their sum
(§9.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.model import ENOUGH
from bot.model.aims import Funnel, FunnelStage, StageRate, Tally
from bot.model.measure import STAGES
from bot.model.observation import WHOLE
from bot.model.source import Interval
from bot.rates import wilson

ATTRIBUTION = "attribution:"
"""How the subject begins of a figure that says how it was attributed."""
ATTRIBUTIONS = ("direct", "assisted", "self_reported", "unknown")
"""By code or tagged link; with an earlier touch on social media; as people say; not known. They overlap."""
CTA_GOAL = 0.8
"""The share of own posts that should carry a tracked link or a code (measurement §9.2)."""
CAVEAT = (
    "Stages are joined by time and campaign, never by matching people; figures of different providers are shown side by "
    "side and not added. Direct, assisted, self-reported and unknown overlap and do not have to come to 100 %."
)


def build_funnel(window: Interval, stages: Sequence[str], found: Iterable[Tally], posts: tuple[int, int]) -> Funnel:
    """The funnel over one window; ``posts`` are the own ones that carry a tracked link or a code, and all own ones."""
    by_metric: dict[str, list[Tally]] = {}
    for one in found:
        by_metric.setdefault(one.metric, []).append(one)
    made: list[FunnelStage] = []
    for name in stages:
        tallies = [one for metric in STAGES[name] for one in by_metric.get(metric, ())]
        told = tuple(one for one in tallies if not one.of.startswith(ATTRIBUTION))
        rate = _rate(made[-1].tallies, told) if made else None
        made.append(FunnelStage(name, told, tuple(one for one in tallies if one.of.startswith(ATTRIBUTION)), rate))
    linked, own = posts
    cta = StageRate(None, why=few_posts(own)) if own < ENOUGH else StageRate(*wilson(linked, own))
    return Funnel(window, tuple(made), linked, own, cta, CAVEAT)


def few_posts(own: int) -> str:
    """Why so few own posts have no share."""
    if not own:
        return "there was no own post"
    return f"only {own} own post{'' if own == 1 else 's'}, {ENOUGH} are needed"


def _rate(before: Sequence[Tally], after: Sequence[Tally]) -> StageRate:
    """The part that came on, where one provider counted both stages of the same thing on one basis."""
    if not (before and after):
        return StageRate(None, why="one of the two stages was counted by nobody")
    wholes = {_same(one): one for one in reversed(_in_order(before))}
    pairs = [(wholes[_same(one)], one) for one in _in_order(after) if _same(one) in wholes]
    if not pairs:
        return StageRate(None, why="no provider counted both stages of the same thing on one basis")
    for wide, narrow in pairs:
        if wide.value is None or narrow.value is None or wide.days != narrow.days:
            continue
        if 0 < wide.value >= narrow.value and not wide.value % 1 and not narrow.value % 1:
            if wide.value < ENOUGH:
                return StageRate(None, why=f"too few to say, {ENOUGH} are needed")
            return StageRate(*wilson(int(narrow.value), int(wide.value)))
    return StageRate(None, why="the two stages were not counted over the same days, or the later one is the larger")


def _in_order(tallies: Sequence[Tally]) -> list[Tally]:
    """The system of record before others, and the whole before its parts."""
    return sorted(tallies, key=lambda one: (not one.record, one.of != WHOLE, one.provider, one.method))


def _same(one: Tally) -> tuple[str, str, str]:
    return one.provider, one.basis, one.of
