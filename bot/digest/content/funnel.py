"""The funnel as the digest's body has it: each provider's figure beside the others', never their sum. Pure."""

from __future__ import annotations

from typing import Any

from bot.digest.content.links import Links
from bot.digest.figures import count, measured, percent_between, to_interval
from bot.digest.plain import clean, shorten
from bot.model.aims import Funnel, FunnelStage, StageRate, Tally
from bot.model.observation import WHOLE
from bot.phrases import plural
from bot.words import FUNNEL_STAGES

_NAME = 40
_CAVEAT = 400
_EACH = 3
"""Figures of a stage that are told; the page has them all."""


def funnel_row(funnel: Funnel | None, links: Links) -> dict[str, Any] | None:
    """The stages of which somebody counted anything; None where nobody did."""
    if funnel is None or not any(stage.tallies for stage in funnel.stages):
        return None
    lines = [_stage_words(stage) for stage in funnel.stages if stage.tallies]
    if funnel.own_posts:
        lines.append(
            f"{count(funnel.linked)} of {plural(funnel.own_posts, 'own post')} carried a tracked link or a code."
        )
    return {
        "stages": [_stage(stage) for stage in funnel.stages],
        "linked": funnel.linked,
        "own_posts": funnel.own_posts,
        "lines": [*lines, shorten(funnel.caveat, _CAVEAT)],
        "evidence": links.impact(),
    }


def _stage(stage: FunnelStage) -> dict[str, Any]:
    return {
        "stage": stage.name,
        "figures": [
            {
                "metric": one.metric,
                "provider": one.provider,
                "method": one.method,
                "of": one.of,
                "value": one.value,
                "unit": one.unit,
                "record": one.record,
                "why": clean(one.why),
            }
            for one in stage.tallies
        ],
        "rate": None if stage.rate is None else _rate(stage.rate),
    }


def _rate(rate: StageRate) -> dict[str, Any]:
    return {
        "value": to_interval(rate.value, rate.low, rate.high),
        "low": to_interval(rate.low, rate.low, rate.high),
        "high": to_interval(rate.high, rate.low, rate.high),
        "why": clean(rate.why),
    }


def _stage_words(stage: FunnelStage) -> str:
    """``Clicks: 412 clicks (Plausible), 380 clicks (mail tool); 12 % [9, 15] of the stage before.``"""
    told = [_tally_words(one) for one in stage.tallies[:_EACH]]
    more = len(stage.tallies) - _EACH
    figures = ", ".join([*told, *([f"{count(more)} more figures"] if more > 0 else [])])
    rate = stage.rate
    came = ""
    if rate is not None and rate.value is not None and rate.low is not None and rate.high is not None:
        came = f"; {percent_between(rate.value, rate.low, rate.high)} of the stage before"
    return f"{FUNNEL_STAGES.get(stage.name, clean(stage.name))}: {figures}{came}."


def _tally_words(one: Tally) -> str:
    of = "" if one.of == WHOLE else f" of {shorten(one.of.rpartition(':')[2], _NAME)}"
    who = shorten(one.provider, _NAME)
    if one.value is None:
        return f"{clean(one.metric)}{of} not known ({who})"
    return f"{measured(one.value, one.low, one.high, one.unit)} {clean(one.unit)}{of} ({who})"
