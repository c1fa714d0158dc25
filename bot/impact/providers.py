"""The same thing counted by several: all are kept, one is declared the record, none are averaged or added (measurement
§11).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from bot.model.aims import ProviderPanel, ProviderRow, Tally
from bot.model.observation import METRICS, Incomparable, Observation, sum_of
from bot.model.score import ReachBasis
from bot.model.source import Interval

PAIRED = 28
"""Days on which both counted that a ratio's median and spread are taken from, the last ones."""
LEAST_PAIRED = 10
"""Fewer paired days than this say nothing of what is usual."""
DAYS_OUT = 3
"""Days in a row, up to the window's end, that must leave the 1-99 % range of the ratios before them."""
USUAL_ZEROS = 0.1
"""The share of days without a count from which they are usual: small counts are 0 now and then by chance."""
_NOTHING = -math.inf
"""The log ratio of a day on which they counted nothing of what the record counted."""

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
_INSTANT = timedelta(microseconds=1)
_ALWAYS = ("days may begin at another hour in another tool",)


def tallies(observations: Iterable[Observation], window: Interval, record: Mapping[str, str]) -> tuple[Tally, ...]:
    """What each provider counted by each method of each thing in the window; like figures are summed, others never."""
    inside = [one for one in observations if lies_within(one, window)]
    groups = groupby(sorted(inside, key=_series), key=_series)
    return tuple(_tally(tuple(series), record) for _, series in groups)


def tallies_of_money(
    observations: Iterable[Observation], window: Interval, record: Mapping[str, str]
) -> tuple[Tally, ...]:
    """The same of money, which nobody may take for all of it where a figure lies across the window's edge: what of it
    belongs to the window is unknown, and ``why`` says so.
    """
    given = tuple(observations)
    found = {(one.metric, one.of, one.provider, one.method): one for one in tallies(given, window, record)}
    for one in sorted(given, key=lambda one: one.window_start):
        if lies_within(one, window) or one.window_end <= window.start or window.end <= one.window_start:
            continue
        known = found.get(_series(one)) or replace(_unknown(one, record), basis=str(ReachBasis.UNKNOWN))
        if not known.why:
            found[_series(one)] = replace(known, why=f"the figure of {_span(one)} does not lie within the window")
    return tuple(found[key] for key in sorted(found))


def lies_within(one: Observation, window: Interval) -> bool:
    """Whether all that was counted belongs to the window."""
    return window.start <= one.window_start and one.window_end <= window.end


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
                _beside(one, series[one.provider, one.method], series[base.provider, base.method], base.provider, until)
            )
    why = ""
    if base is None and len(found) > 1:
        why = f'no system of record is declared: [impact] record = {{ {metric} = "{found[0].provider}" }}'
    causes = (*CAUSES.get(metric, ()), *_ALWAYS) if len(found) > 1 else ()
    return ProviderPanel(metric, of, base.provider if base else record.get(metric), tuple(rows), causes, why)


Days = Mapping[tuple[datetime, datetime], float]
"""Figures by their windows."""


def _beside(tally: Tally, theirs: Days, record: Days, name: str, until: datetime) -> ProviderRow:
    """The ratio to the record over the last paired days, and whether the last ones leave what was usual (on logs).

    A day of nought has no ratio. Where the record counted something it is a paired day all the same, so that a counter
    that breaks is told of.
    """
    days = [day for day in sorted(theirs.keys() & record.keys()) if theirs[day] >= 0 < record[day]]
    paired = [math.log(theirs[day] / record[day]) if theirs[day] else _NOTHING for day in days]
    known = [one for one in paired if one > _NOTHING]
    last = known[-PAIRED:]
    if len(last) < LEAST_PAIRED:
        return ProviderRow(tally, pairs=len(known))
    middle, low, high = (math.exp(part) for part in _quantiles(last, 0.5, 0.1, 0.9))
    alert = _alert(paired, tally.provider, name) if _reach_up_to(days[-DAYS_OUT:], until) else ""
    return ProviderRow(tally, middle, low, high, len(last), math.exp(paired[-1]), alert)


def _reach_up_to(days: Sequence[tuple[datetime, datetime]], until: datetime) -> bool:
    """Whether each begins where the one before ends, and none more of the last one's length fits in before ``until``."""
    start, end = days[-1]
    return until - end < end - start and all(one[1] == other[0] for one, other in pairwise(days))


def _alert(paired: Sequence[float], provider: str, name: str) -> str:
    """What is wrong, if the last days lie outside of those before them. A counter that stands still stays outside: the
    days of nought up to the end are no part of what is usual.
    """
    run = next((at for at, one in enumerate(reversed(paired)) if one > _NOTHING), len(paired))
    out = max(DAYS_OUT, run)
    before, lately = paired[-PAIRED - out : -out], paired[-out:]
    usual = [one for one in before if one > _NOTHING]
    if len(usual) < LEAST_PAIRED:
        return ""
    low, high = _quantiles(usual, 0.01, 0.99)
    below = max(lately) < low and len(before) - len(usual) <= USUAL_ZEROS * len(before)
    if not (below or min(lately) > high):
        return ""
    counts = "nothing of" if run else f"{math.exp(lately[-1]):.2g} times"
    return (
        f"{provider} counts {counts} what {name} counts, and has been outside of its usual "
        f"{math.exp(low):.2g} to {math.exp(high):.2g} for {out} days: look whether a tag, a filter or a consent banner changed"
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


def _span(one: Observation) -> str:
    """``1 Mar 2026 to 31 Mar 2026``: the days that a figure is of, as they were told."""
    zone = ZoneInfo(one.tz)
    first, last = one.window_start.astimezone(zone), (one.window_end - _INSTANT).astimezone(zone)
    return f"{first:%-d %b %Y} to {last:%-d %b %Y}"


def _unknown(one: Observation, record: Mapping[str, str]) -> Tally:
    """The tally of a figure's series, without a value."""
    return Tally(
        metric=one.metric_id,
        unit=one.unit,
        provider=one.provider,
        method=one.method_id,
        of=one.subject_id,
        basis=str(one.basis),
        value=None,
        record=is_record(record.get(one.metric_id), one.provider, one.method_id),
    )


def _tally(series: Sequence[Observation], record: Mapping[str, str]) -> Tally:
    first = series[0]
    told = _unknown(first, record)
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
