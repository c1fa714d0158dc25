"""Words for the nouns: dates, tones, outcomes, states and reach, in plain English. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.digest.figures import about, count
from bot.digest.sending.windows import days_in
from bot.model import Audience, GapCause, Interval, Outcome, Period, Reach, ReachBasis, Report, State, ToneLabel, Window

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_FEW_DAYS = timedelta(days=6)

OUTCOMES: dict[Outcome, str] = {
    Outcome.FULL: "carried",
    Outcome.PARTIAL: "partly",
    Outcome.MISFRAMED: "misframed",
    Outcome.CONTRARY: "contradicted",
    Outcome.NONE: "absent",
}
"""What people read for an outcome (programs read the outcome itself)."""

TONES: dict[ToneLabel | None, str] = {
    ToneLabel.POSITIVE: "positive",
    ToneLabel.NEUTRAL: "neutral",
    ToneLabel.NEGATIVE: "negative",
    None: "tone not scored",
}

STATES: dict[State, str] = {
    State.NEW: "not polled yet",
    State.OK: "fine",
    State.THIN: "read in part, to save budget",
    State.RATE_LIMITED: "waiting for a rate limit",
    State.FAILING: "failing",
    State.BLOCKED: "blocked",
    State.UNAUTHORISED: "refusing the credentials",
    State.OUT_OF_CREDIT: "out of credit",
    State.SILENT: "silent",
    State.PAUSED: "paused",
}

CAUSES: dict[GapCause, str] = {
    GapCause.DOWN: "it did not answer",
    GapCause.RATE_LIMIT: "rate limit",
    GapCause.BUDGET: "budget spent",
    GapCause.BLOCKED: "access refused",
    GapCause.OVERFLOW: "more items than it lists",
    GapCause.STALE_CURSOR: "lost its place",
    GapCause.ROLLED_OVER: "items rolled over between polls",
    GapCause.PAUSED: "paused",
    GapCause.NOT_POLLED: "nobody asked it",
}

BLIND = 0.05
"""The share of a time up to which nobody looked, as good as: that nothing was found then says nothing."""
DASH = "–"
"""What stands where a nought would say that nobody spoke."""

_LASTING = re.compile(
    rf" since (?:{'|'.join(_DAYS)}|[0-9]+ (?:{'|'.join(_MONTHS)})) [0-9:]+"
    rf"|\bstill (?={'|'.join(STATES.values())})|, for the [a-z]+ day \(since [^)]*\)"
    r"| for [0-9,]+ days(?: \(nothing [^)]*\))?"
)
"""What is said of how long a trouble has lasted: by :func:`since`, and by bot/digest/content/lasting.py."""

_PER_CENT = re.compile(r"(?<=[0-9])%")
_OUTCOME = re.compile(rf": ({'|'.join(OUTCOMES)})(?=,|$)")

_AUDIENCES = {
    Audience.PR: "PR",
    Audience.COMMUNITY: "community",
    Audience.OPERATIONS: "operations",
    Audience.EXECUTIVE: "executive",
}
_PERIODS = {Period.DAY: "Daily", Period.WEEK: "Weekly", Period.MONTH: "Monthly"}
_PLATFORMS = {"twitter": "X", "reddit": "Reddit"}


def title(report: Report) -> str:
    """What kind of digest it is: ``Daily PR digest``."""
    return f"{_PERIODS[report.period]} {_AUDIENCES[report.audience]} digest"


def source_name(source: str, connector: str | None) -> str:
    """A source as people call it: ``Reddit``, ``X (support)``; a list of feeds goes by its own name, ``Blogs``."""
    platform = _PLATFORMS.get(connector or "")
    if platform is None:
        return source[:1].upper() + source[1:]
    return platform if source.casefold() in (connector, platform.casefold()) else f"{platform} ({source})"


def times(number: int) -> str:
    """``once``, ``twice``, ``23 times``; what was done no time at all is said not to have been done."""
    return {1: "once", 2: "twice"}.get(number, f"{count(number)} times")


def weekday(day: date) -> str:
    """``Tuesday``."""
    return _LONG_DAYS[day.weekday()]


def day_label(day: date) -> str:
    """``Tue 14 July``."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def span_label(window: Window, period: Period) -> str:
    """A window's days, short enough for a column: ``Tue 14 July``, ``6–12 July``, ``29 June–5 July``, ``July 2026``."""
    first, last = days_in(window)
    if period is Period.MONTH and first.day == 1 and (last + timedelta(days=1)).day == 1:
        return f"{_MONTHS[first.month - 1]} {first.year}"
    return days_label(first, last)


def days_label(first: date, last: date) -> str:
    """Days, short: ``Tue 14 July``, ``6–12 July``, ``29 June–5 July``."""
    if first == last:
        return day_label(first)
    if first.month == last.month:
        return f"{first.day}–{last.day} {_MONTHS[last.month - 1]}"
    return f"{first.day} {_MONTHS[first.month - 1]}–{last.day} {_MONTHS[last.month - 1]}"


def interval_label(window: Interval, zone: ZoneInfo) -> str:
    """The local days that a stretch of time touches, short: see :func:`days_label`."""
    last = max(window.start, window.end - timedelta(microseconds=1))
    return days_label(window.start.astimezone(zone).date(), last.astimezone(zone).date())


def span_in_full(window: Window) -> str:
    """A window's days for a headline: ``Tuesday 14 July 2026``, ``6 to 12 July 2026``."""
    first, last = days_in(window)
    end = f"{last.day} {_LONG_MONTHS[last.month - 1]} {last.year}"
    if first == last:
        return f"{_LONG_DAYS[last.weekday()]} {end}"
    start = f"{first.day}"
    if (first.year, first.month) != (last.year, last.month):
        start += f" {_LONG_MONTHS[first.month - 1]}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"{start} to {end}"


def since(moment: datetime | None, now: datetime, tz: str) -> str:
    """`` since Tue 04:10`` within the last days, else with the date; empty when unknown."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(tz))
    clock = f"{local:%H:%M}"
    if timedelta(0) <= now - moment < _FEW_DAYS:
        return f" since {_DAYS[local.weekday()]} {clock}"
    return f" since {local.day} {_MONTHS[local.month - 1]} {clock}"


def undated(text: str) -> str:
    """A text without since when a trouble has lasted, which is told otherwise each day: to hold two days' texts together."""
    return _LASTING.sub("", text)


def unlooked(share: float) -> str:
    """What is said instead of a nought of a time of which so little was looked at; empty where enough was."""
    if share > BLIND:
        return ""
    return "hardly anything was looked at" if share else "nothing was looked at"


def in_words(method: str) -> str:
    """How a factor of a score came about, as people read it: a message's outcome by its word, and per cents spaced."""
    spaced = _PER_CENT.sub(" %", method)
    return _OUTCOME.sub(lambda found: f": {OUTCOMES[Outcome(found[1])]}", spaced)


def reach_words(reach: Reach, kind: ReachBasis | None = None) -> str:
    """A reach with its basis and band: ``about 7,500 people (estimated, 2,500–22,000)``; never a bare number.

    ``kind``: of what figures it was made, where several voices make it an estimate. How often platforms say that they
    showed something stays that, and does not become people.
    """
    if reach.value is None or reach.basis is ReachBasis.UNKNOWN:
        return "reach unknown"
    value, band = about(reach.value), ""
    if reach.low is not None and reach.high is not None and reach.low < reach.high:
        band = f"{about(reach.low)}–{about(reach.high)}"
    if reach.basis is ReachBasis.PLATFORM_REPORTED:
        return f"shown about {value} times (as the platform reports{', ' + band if band else ''})"
    if kind is ReachBasis.PLATFORM_REPORTED:
        how = "estimated from what the platform reports"
        return f"shown about {value} times ({how}{', ' + band if band else ''})"
    if reach.basis is ReachBasis.POTENTIAL:
        return f"up to {value} followers or subscribers (potential, not readers{', ' + band if band else ''})"
    return f"about {value} people ({reach.basis.value}{', ' + band if band else ''})"
