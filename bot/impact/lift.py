"""Lift around an activity: what came after it, held against what would have come without (measurement §7). Pure.

An activity is judged once, when its planned weeks are over: whoever looks every week and stops at the first lift would
find one too often. What is too thin, or mixed with something else that was done, is refused in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.impact import lift_control, lift_structural
from bot.impact.lift_control import Change, Ratio
from bot.impact.lift_placebo import TOO_MANY, UNTRIED, Placebo, placebo
from bot.impact.lift_series import WEEK, Series, Week, week_starts, weeks_of
from bot.impact.lift_structural import NotFitted, step_at
from bot.impact.lift_wording import lift_text, plan_text, too_thin
from bot.model.impact import Design, ExpectedWeek, Lift
from bot.phrases import joined, plural

LEAST_BEFORE, MOST_BEFORE = 8, 16
LEAST_AFTER = 4
LEAST_A_WEEK = 5.0
"""Counts a week under which the logarithm of a count says little; the interval was measured from there on."""
HISTORY = 78
"""Weeks before an activity that are read: those that are used, and as far back as placebo dates are sought."""


@dataclass(frozen=True, slots=True)
class Event:
    """An activity on its series' calendar: the local day on which it began, and its planned weeks after that."""

    id: str
    name: str
    start: date
    weeks: int

    @property
    def end(self) -> date:
        """The day after its planned weeks."""
        return self.start + self.weeks * WEEK


@dataclass(frozen=True, slots=True)
class Case:
    """What a lift is judged from. ``until`` is the first local day that is not over; ``touched`` says in words why the
    activity touches the control too, empty where nothing speaks for it; ``no_control`` why there is none.
    """

    event: Event
    series: Series
    control: Series | None
    others: tuple[Event, ...]
    until: date
    touched: str = ""
    no_control: str = "no control series is configured"


def lift(case: Case) -> Lift:
    """The lift of ``case``, or a refusal that says why there is none."""
    blank = _blank(case)
    if refused := _ahead_of_data(case):
        return _refuse(blank, refused)
    weeks = _Weeks.of(case)
    if refused := weeks.crowded or weeks.thin or _too_low(case, weeks):
        return _refuse(_counted(blank, weeks), refused)
    return _without_control(case, weeks) if case.control is None else _with_control(case, weeks, blank)


def unnamed(event: Event, series: str, why: str) -> Lift:
    """The refusal where there is no such series."""
    method = lift_structural.METHOD
    return _refuse(Lift(event.id, series, Design.NO_CONTROL, method, counterfactual="", name=event.name), why)


@dataclass(frozen=True, slots=True)
class _Weeks:
    """The full weeks around an activity; ``crowded`` says in words which other activity lies too near."""

    history: tuple[Week, ...]
    before: tuple[Week, ...]
    after: tuple[Week, ...]
    crowded: str

    @classmethod
    def of(cls, case: Case) -> _Weeks:
        """The planned weeks after, and before it those that no other activity reaches into."""
        before, after = week_starts(_both(case), case.event.start, HISTORY, case.event.weeks)
        history = weeks_of(before, case.series, case.control)
        earlier = [one for one in case.others if one.start < case.event.start]
        free_from = max((one.end for one in earlier), default=date.min)
        free = tuple(week for week in history[-MOST_BEFORE:] if week.start >= free_from)
        later = weeks_of(after, case.series, case.control)
        return cls(history, free, later, _crowded(case.event, case.others, len(free)))

    @property
    def known(self) -> tuple[int, int]:
        """How many weeks before and after it are known."""
        return sum(week.known for week in self.before), sum(week.known for week in self.after)

    @property
    def thin(self) -> str:
        """Why the known weeks are too few; empty where they are not."""
        before, after = self.known
        if before >= LEAST_BEFORE and after >= LEAST_AFTER:
            return ""
        return too_thin((before, LEAST_BEFORE), (after, LEAST_AFTER))


def _blank(case: Case) -> Lift:
    event, control = case.event, case.control
    return Lift(
        activity=event.id,
        series=case.series.id,
        design=Design.CONTROL if control else Design.NO_CONTROL,
        method=lift_control.METHOD if control else lift_structural.METHOD,
        counterfactual=plan_text(case.series.name, control.name if control else "", case.no_control),
        name=event.name,
        unit=case.series.unit,
        control=control.id if control else "",
    )


def _refuse(blank: Lift, why: str) -> Lift:
    refused = replace(blank, refused=why)
    return replace(refused, text=lift_text(refused, 0))


def _ahead_of_data(case: Case) -> str:
    """What stands in the way before any figure is looked at."""
    event = case.event
    if event.weeks < LEAST_AFTER:
        return f"it is planned for {plural(event.weeks, 'week')}; a lift shows from {LEAST_AFTER} on"
    _, after = week_starts(_both(case), event.start, 0, event.weeks)
    over = after[-1] + WEEK
    if over > case.until:
        return f"it is judged once, when its {event.weeks} full weeks are over, from {over:%d %B %Y} on"
    if case.control is not None and case.control.id == case.series.id:
        return "its control is the series itself"
    return f"the control is touched by the activity too: {case.touched}" if case.touched else ""


def _both(case: Case) -> list[Series]:
    """The series and its control: weeks are those of either, where one comes by the week."""
    return [case.series, *([case.control] if case.control else [])]


def _crowded(event: Event, others: Sequence[Event], free: int) -> str:
    """Which other activities lie within its weeks, or reach so near before it that too few weeks are free of them."""
    within = [one for one in others if event.start <= one.start < event.end]
    if not within and free < LEAST_BEFORE:
        within = [one for one in others if one.start < event.start < one.end + LEAST_BEFORE * WEEK]
    if not within:
        return ""
    named = joined([f"‘{one.name}’ ({one.start:%d %B})" for one in sorted(within, key=lambda one: one.start)])
    return f"it cannot be told apart from {named}, whose weeks overlap with its own"


def _too_low(case: Case, weeks: _Weeks) -> str:
    """Which series counts too little in the weeks before."""
    known = [week for week in weeks.before if week.known]
    for name, counts in (
        (case.series.name, [week.value or 0.0 for week in known]),
        (case.control.name if case.control else "", [week.control or 0.0 for week in known]),
    ):
        if name and sum(counts) < LEAST_A_WEEK * len(counts):
            return f"too few to say: there were only {sum(counts) / len(counts):.1f} {name} a week before it"
    return ""


def _counted(blank: Lift, weeks: _Weeks) -> Lift:
    before, after = weeks.known
    missing = len(weeks.before) + len(weeks.after) - before - after
    return replace(blank, before=before, after=after, left_out=missing)


def _with_control(case: Case, weeks: _Weeks, blank: Lift) -> Lift:
    """By the log ratio to the control, unless placebo dates show that it is none."""
    ratio, counted = Ratio.of(weeks.before, weeks.after), _counted(blank, weeks)
    change = ratio.change()
    if change is None:
        return _refuse(counted, "its weeks do not differ at all, as figures do that were smoothed or estimated")
    busy = [(one.start, one.end) for one in case.others]
    most = LEAST_AFTER, case.event.weeks
    tried = placebo(weeks.history, before=(LEAST_BEFORE, MOST_BEFORE), after=most, busy=busy)
    if tried.share is not None and tried.share > TOO_MANY:
        dates = plural(tried.dates, "date")
        failed = f"the control fails the placebo check: {tried.shown} of {dates} without an activity show a lift too"
        alone = replace(case, control=None, no_control=failed)
        return _without_control(alone, _Weeks.of(alone), tried)
    expected = (*ratio.expected(weeks.before, after=False), *ratio.expected(weeks.after, after=True))
    return _told(counted, change, expected, tried)


def _without_control(case: Case, weeks: _Weeks, tried: Placebo = UNTRIED) -> Lift:
    """By the structural model of its days: "consistent with" a lift at most."""
    counted = _counted(_blank(case), weeks)
    if case.series.step > 1:
        return _refuse(counted, f"{case.no_control}, and without one its days are needed, not its weeks")
    try:
        step = step_at(case.series, weeks.before[0].start, case.event.start, case.event.end)
    except NotFitted as error:
        return _refuse(counted, str(error))
    expected = (*step.expected(weeks.before, after=False), *step.expected(weeks.after, after=True))
    return _told(counted, step.change, expected, tried)


def _told(counted: Lift, change: Change, expected: tuple[ExpectedWeek, ...], tried: Placebo) -> Lift:
    found = replace(
        counted,
        value=change.value,
        low=change.low,
        high=change.high,
        weeks=expected,
        placebo=tried.share,
        placebo_dates=tried.dates,
    )
    return replace(found, text=lift_text(found, tried.shown))
