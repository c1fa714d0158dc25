"""The score of the period as the digest tells it: the sum never without its parts, the mean with its interval. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.digest.figures import count, index, index_between, percent, signed, to_interval
from bot.digest.plain import clean
from bot.model import PeriodChange, PeriodScore
from bot.phrases import plural

_CHANNELS = {
    "x": "X",
    "reddit": "Reddit",
    "rss": "blogs and press",
    "hn": "Hacker News",
    "bsky": "Bluesky",
}
_LITTLE = 0.05
"""Index points that are shown as none."""


def period_row(
    score: PeriodScore | None, before: PeriodScore | None, change: PeriodChange | None, label: str
) -> dict[str, Any] | None:
    """The period's score with its parts, in figures and in words; None when nothing can be added up.

    ``label`` names the period before. Floats are full but for the mean, which is rounded to its interval.
    """
    if score is None:
        return None
    figures = {key: value for key, value in asdict(score).items() if key not in ("mean", "low", "high")}
    return {
        **figures,
        "channels": [asdict(row) for row in score.channels],
        "product": score.product,
        "mean": to_interval(score.mean, score.low, score.high),
        "low": to_interval(score.low, score.low, score.high),
        "high": to_interval(score.high, score.low, score.high),
        "previous": None if before is None else before.score,
        "change": None if change is None else asdict(change),
        "text": _sum_words(score),
        "mean_text": _mean_words(score),
        "channels_text": _channel_words(score),
        "change_text": "" if before is None or change is None else _change_words(before, change, label),
        "reach_text": _reach_words(score),
    }


def _sum_words(score: PeriodScore) -> str:
    mentions = plural(score.mentions, "mention")
    if score.mentions == 1:
        return f"Score {signed(score.score)}, from 1 mention."
    text = (
        f"Score {signed(score.score)} in all, from {mentions} by others: {count(score.mentions)} × mean quality "
        f"{index(score.quality, 3)} × mean reach weight {score.weight:.3f} = {signed(score.product)}"
    )
    if abs(score.interaction) < _LITTLE:
        return f"{text}."
    further = "good" if score.interaction > 0 else "bad"
    return f"{text}, and {signed(score.interaction)} since what was {further} reached further."


def _mean_words(score: PeriodScore) -> str:
    if score.low is None or score.high is None:
        return ""
    return f"A mention scores {index_between(score.mean, score.low, score.high)} on average, of −10 to +10."


def _channel_words(score: PeriodScore) -> str:
    if len(score.channels) < 2:  # noqa: PLR2004 one channel has no parts
        return ""
    named = [
        f"{_CHANNELS.get(row.channel, clean(row.channel))} {signed(row.score)} ({count(row.mentions)})"
        for row in score.channels
    ]
    return f"By channel: {', '.join(named)}."


def _change_words(before: PeriodScore, change: PeriodChange, label: str) -> str:
    was = f"{label}: {signed(before.score)} from {plural(before.mentions, 'mention')}."
    parts: Mapping[str, float] = {
        "number": change.volume,
        "quality": change.quality,
        "reach": change.reach,
        "how they went together": change.interaction,
    }
    told = [f"{name} {signed(value)}" for name, value in parts.items() if abs(value) >= _LITTLE]
    if not told:
        return was
    return f"{was} The difference of {signed(change.total)}: {', '.join(told)}."


def _reach_words(score: PeriodScore) -> str:
    """Each period says of how much of it the reach was counted by somebody (measurement §3)."""
    share = percent(score.measured / score.mentions) if score.measured else "none"
    parts = [f"measured for {share} of the mentions"]
    if score.reported:
        parts.append(f"reported by the platform for {percent(score.reported / score.mentions)}")
    if score.unknown:
        parts.append(f"unknown for {count(score.unknown)}, which weigh what is usual in their channel")
    return f"Reach: {', '.join(parts)}."
