"""The same thing counted by several: all are kept, one is declared the record, none are averaged or added (measurement
§11).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from bot.model.aims import ProviderPanel, ProviderRow, Tally
from bot.model.observation import METRICS, Incomparable, Observation, sum_of
from bot.model.source import Interval

PAIRED = 28
"""Days on which both counted that a ratio's median and spread are taken from, the last ones."""
LEAST_PAIRED = 10
"""Fewer paired days than this say nothing of what is usual."""
DAYS_OUT = 3
"""Days in a row that must leave the 1-99 % range of the ratios before them."""

CAUSES: Mapping[str, tuple[str, ...]] = {
    "clicks": (
        "link shorteners count robots, link expanders and prefetching as clicks",
        "scripts of web analytics lose people who block them, do not consent or leave at once",
    ),
    "visits": (
        "each tool has its own rule for when a visit ends",
        "scripts of web analytics lose people who block them, do not consent or leave at once",
    ),
    "opens": ("mail programs that fetch pictures ahead count as opens, and blocked pictures as none",),
    "leads": ("a CRM drops duplicates and test entries that a form's counter keeps",),
}
"""Why providers differ in what they count, as far as it is known; gaps up to tenfold are reported."""
_ALWAYS = ("days may begin at another hour in another tool",)


def tallies(observations: Iterable[Observation], window: Interval, record: Mapping[str, str]) -> tuple[Tally, ...]:
    """What each provider counted by each method of each thing in the window; like figures are summed, others never."""
    inside = [one for one in observations if window.start <= one.window_start and one.window_end <= window.end]
    groups = groupby(sorted(inside, key=_series), key=_series)
    return tuple(_tally(tuple(series), record) for _, series in groups)


def panels(
    observations: Iterable[Observation], window: Interval, record: Mapping[str, str]
) -> tuple[ProviderPanel, ...]:
    """One panel for each metric of each thing that was counted, the record's row first."""
    given = tuple(observations)
    rows: dict[tuple[str, str], list[Tally]] = {}
    for one in tallies(given, window, record):
        rows.setdefault((one.metric, one.of), []).append(one)
    return tuple(_panel(metric, of, found, given, window.end, record) for (metric, of), found in sorted(rows.items()))


def _panel(
    metric: str,
    of: str,
    found: Sequence[Tally],
    observations: Sequence[Observation],
    until: datetime,
    record: Mapping[str, str],
) -> ProviderPanel:
    series = {
        (one.provider, one.method): _days(observations, metric, of, one.provider, one.method, until) for one in found
    }
    base = next((one for one in found if one.record), None)
    ordered = sorted(found, key=lambda one: (not one.record, one.provider, one.method))
    rows = []
    for one in ordered:
        if base is None or one is base:
            rows.append(ProviderRow(one))
        else:
            rows.append(
                _beside(one, series[one.provider, one.method], series[base.provider, base.method], base.provider)
            )
    why = ""
    if base is None and len(found) > 1:
        why = f'no system of record is declared: [impact] record = {{ {metric} = "{found[0].provider}" }}'
    causes = (*CAUSES.get(metric, ()), *_ALWAYS) if len(found) > 1 else ()
    return ProviderPanel(metric, of, base.provider if base else record.get(metric), tuple(rows), causes, why)


Days = Mapping[tuple[datetime, datetime], float]
"""Figures by their windows."""


def _beside(tally: Tally, theirs: Days, record: Days, name: str) -> ProviderRow:
    """The ratio to the record over the last paired days, and whether the last ones leave what was usual (on logs)."""
    paired = [
        math.log(theirs[day] / record[day])
        for day in sorted(theirs.keys() & record.keys())
        if theirs[day] > 0 < record[day]
    ]
    last = paired[-PAIRED:]
    if len(last) < LEAST_PAIRED:
        return ProviderRow(tally, pairs=len(paired))
    middle, low, high = (math.exp(part) for part in _quantiles(last, 0.5, 0.1, 0.9))
    return ProviderRow(tally, middle, low, high, len(last), math.exp(paired[-1]), _alert(paired, tally.provider, name))


def _alert(paired: Sequence[float], provider: str, name: str) -> str:
    before, lately = paired[-PAIRED - DAYS_OUT : -DAYS_OUT], paired[-DAYS_OUT:]
    if len(before) < LEAST_PAIRED:
        return ""
    low, high = _quantiles(before, 0.01, 0.99)
    if not (min(lately) > high or max(lately) < low):
        return ""
    return (
        f"{provider} counts {math.exp(lately[-1]):.2g} times what {name} counts, and has been outside of its usual "
        f"{math.exp(low):.2g} to {math.exp(high):.2g} for {DAYS_OUT} days: look whether a tag, a filter or a consent banner changed"
    )


def _quantiles(values: Sequence[float], *shares: float) -> tuple[float, ...]:
    """Quantiles, straight between the two values that lie beside each."""
    ordered, found = sorted(values), []
    for share in shares:
        place = share * (len(ordered) - 1)
        below = math.floor(place)
        above = min(below + 1, len(ordered) - 1)
        found.append(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
    return tuple(found)


def _days(
    observations: Sequence[Observation], metric: str, of: str, provider: str, method: str, until: datetime
) -> Days:
    return {
        (one.window_start, one.window_end): one.value
        for one in observations
        if (one.metric_id, one.subject_id, one.provider, one.method_id) == (metric, of, provider, method)
        and one.value is not None
        and one.window_end <= until
    }


def _series(one: Observation) -> tuple[str, str, str, str]:
    return one.metric_id, one.subject_id, one.provider, one.method_id


def _tally(series: Sequence[Observation], record: Mapping[str, str]) -> Tally:
    first = series[0]
    told = Tally(
        metric=first.metric_id,
        unit=first.unit,
        provider=first.provider,
        method=first.method_id,
        of=first.subject_id,
        basis=str(first.basis),
        value=None,
        record=is_record(record.get(first.metric_id), first.provider, first.method_id),
    )
    if len(series) > 1 and not METRICS[first.metric_id].additive:
        return replace(told, why="people are counted once in each figure, so that figures are not added")
    try:
        total = sum_of(series)
    except Incomparable as error:
        return replace(told, why=str(error))
    days = sum((one.window_end - one.window_start).total_seconds() for one in series) / 86_400
    why = "" if total.value is not None else "of a part of the window there is no figure"
    return replace(
        told, basis=str(total.basis), value=total.value, low=total.low, high=total.high, days=round(days), why=why
    )


def is_record(declared: str | None, provider: str, method: str) -> bool:
    """Whether this is the declared system of record: a provider, or ``provider/method`` if it counts several ways."""
    return declared in {provider, f"{provider}/{method}"}
