"""Lifts: what they hold a series against, what they refuse, and how they say it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_ind

from bot.impact.lift import Case, Event, lift
from bot.impact.lift_control import Ratio, touched_by
from bot.impact.lift_placebo import placebo
from bot.impact.lift_series import Series, Week, daily, from_points, week_starts, weeks_of
from bot.impact.lift_structural import NotFitted, step_at
from bot.model.impact import Design, SeriesKind, SeriesName

FIRST = date(2025, 1, 6)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
T0 = FIRST + 40 * WEEK
MAILING = Event("mailing", "Spring mailing", T0, 8)


def a_series(id_: str = "stories", *, after: float = 1.0, mean: float = 20, seed: int = 1, weeks: int = 50) -> Series:
    """Daily counts with a weekday cycle; ``after`` times as many from T0 on."""
    rng, days = np.random.default_rng(seed), np.arange(weeks * 7)
    expected = mean * (1 + 0.3 * np.sin(days * 2 * np.pi / 7)) * np.where(days >= (T0 - FIRST).days, after, 1.0)
    return Series(id_, f"stories about {id_}", "stories", FIRST, tuple(rng.poisson(expected).astype(float).tolist()))


def a_case(**changes: object) -> Case:
    made = Case(MAILING, a_series(after=1.5), a_series("rival", seed=2), (), FIRST + 50 * WEEK)
    return replace(made, **changes)


def test_a_lift_is_found_against_a_control_and_its_numbers_are_in_its_sentence() -> None:
    found = lift(a_case())
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.5 < found.high
    assert found.found
    assert (found.design, found.before, found.after, found.left_out) == (Design.CONTROL, 16, 8, 0)
    assert found.text.startswith("In the 8 weeks after ‘Spring mailing’ ")
    assert f"{found.value * 100:.0f} % more stories" in found.text
    assert "design B (control series)" in found.text
    assert f"of {found.placebo_dates} placebo dates show as much" in found.text


def test_the_interval_is_welchs_as_another_library_has_it() -> None:
    case = a_case()
    starts = week_starts([case.series], T0, 16, 8)
    logs = [
        [
            math.log(week.value + 0.5) - math.log(week.control + 0.5)
            for week in weeks_of(side, case.series, case.control)
        ]
        for side in starts
    ]
    theirs = ttest_ind(logs[1], logs[0], equal_var=False).confidence_interval()
    found = lift(case)
    assert found.low == pytest.approx(math.expm1(theirs.low))
    assert found.high == pytest.approx(math.expm1(theirs.high))


def test_nothing_that_changes_both_series_is_a_lift() -> None:
    found = lift(a_case(series=a_series(after=2.0), control=a_series("rival", after=2.0, seed=2)))
    assert not found.found
    assert "cannot be told from no change" in found.text


def test_a_fall_is_said_as_fewer() -> None:
    found = lift(a_case(series=a_series(after=0.5)))
    assert found.high is not None
    assert found.high < 0
    assert " % fewer stories" in found.text


def test_the_counterfactual_follows_the_control_and_is_there_for_every_week() -> None:
    found = lift(a_case())
    assert len(found.weeks) == 24
    assert [week.after for week in found.weeks] == [False] * 16 + [True] * 8
    for week in found.weeks:
        assert week.low is not None
        assert week.expected is not None
        assert week.high is not None
        assert week.low < week.expected < week.high
    later = [week for week in found.weeks if week.after]
    assert sum(week.value or 0 for week in later) > 1.3 * sum(week.expected or 0 for week in later)
    assert found.weeks[16].starts == T0


def test_weeks_that_were_not_covered_are_left_out_and_counted() -> None:
    holes = list(a_series(after=1.5).values)
    holes[(T0 - FIRST).days - 10] = None
    holes[(T0 - FIRST).days + 3] = None
    found = lift(a_case(series=replace(a_series(), values=tuple(holes))))
    assert (found.before, found.after, found.left_out) == (15, 7, 2)
    assert "2 weeks not covered are left out" in found.text


def test_unknown_is_never_read_as_none_said() -> None:
    values = list(a_series().values)
    for at in range((T0 - FIRST).days, len(values)):
        values[at] = None if at % 7 == 0 else values[at]
    found = lift(a_case(series=replace(a_series(), values=tuple(values))))
    assert found.value is None
    assert "the data are too thin: 16 full covered weeks before it and 0 after; needed are 8 and 4" in found.refused


def test_weeks_of_a_control_that_begin_on_another_day_are_waited_for_too() -> None:
    days = a_series("rival", seed=2)
    first = FIRST + 3 * DAY
    weeks = [days.week(first + n * WEEK) for n in range(49)]
    control = Series("rival", "stories about rival", "stories", first, tuple(weeks), 7)
    case = a_case(control=control, until=T0 + 8 * WEEK)
    early = lift(case)
    assert "judged once, when its 8 full weeks are over, from 11 December 2025 on" in early.refused
    told = lift(replace(case, until=T0 + 8 * WEEK + 3 * DAY))
    assert (told.refused, told.after) == ("", 8)


@pytest.mark.parametrize("control", [None, a_series("rival", seed=2)])
def test_it_is_judged_once_when_its_weeks_are_over(control: Series | None) -> None:
    case = a_case(control=control)
    early = lift(replace(case, until=T0 + 8 * WEEK - DAY))
    assert "judged once, when its 8 full weeks are over, from 08 December 2025 on" in early.refused
    assert early.value is None
    assert not lift(replace(case, until=T0 + 8 * WEEK)).refused


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"others": (Event("fair", "Fair", T0 + WEEK, 4),)}, "cannot be told apart from ‘Fair’ (20 October)"),
        ({"others": (Event("fair", "Fair", T0, 4),)}, "cannot be told apart from ‘Fair’"),
        ({"others": (Event("fair", "Fair", T0 - 10 * WEEK, 4),)}, "cannot be told apart from ‘Fair’ (04 August)"),
        ({"touched": "9 of its 10 stories tell of us too"}, "the control is touched by the activity too: 9 of its 10"),
        ({"control": a_series()}, "its control is the series itself"),
        ({"series": a_series(mean=0.5)}, "too few to say: there were only"),
        ({"control": a_series("rival", mean=0.2)}, "stories about rival a week before it"),
        ({"series": a_series(weeks=30)}, "16 full covered weeks before it and 0 after"),
        ({"event": replace(MAILING, weeks=3)}, "a lift shows from 4 on"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_words(changes: dict[str, object], why: str) -> None:
    if changes.get("series") == a_series(weeks=30):
        why = "the data are too thin"
    found = lift(a_case(**changes))
    assert found.value is None
    assert not found.found
    assert why in found.refused
    assert found.text == f"No lift can be told for ‘Spring mailing’: {found.refused}."


def test_weeks_that_another_activity_reaches_into_are_left_aside_where_enough_are_free() -> None:
    found = lift(a_case(others=(Event("fair", "Fair", T0 - 14 * WEEK, 4),)))
    assert not found.refused
    assert found.before == 10


def test_figures_that_never_vary_show_nothing() -> None:
    smooth = Series("observed", "visits", "visits", FIRST, (100.0,) * 280 + (200.0,) * 70)
    found = lift(a_case(series=smooth, control=replace(smooth, id="other", values=(100.0,) * 350)))
    assert "do not differ at all" in found.refused


def test_without_a_control_it_is_consistent_with_an_effect_and_no_more() -> None:
    found = lift(a_case(control=None, series=a_series(after=1.8)))
    assert found.found
    assert found.design is Design.NO_CONTROL
    assert "consistent with an effect but, without a control, shows none" in found.text
    assert "caused" not in found.text.replace("never caused", "")
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.8 < found.high
    assert [week.low is None for week in found.weeks] == [True] * 16 + [False] * 8


def test_a_control_that_moves_by_itself_is_found_out_by_placebo_dates() -> None:
    rng = np.random.default_rng(4)
    wave = np.repeat(rng.choice([0.4, 2.5], 13), 28)[:350]
    values = tuple(rng.poisson(20 * wave).astype(float).tolist())
    found = lift(a_case(control=replace(a_series("rival"), values=values)))
    assert found.design is Design.NO_CONTROL
    assert found.placebo is not None
    assert found.placebo > 0.1
    assert "the control fails the placebo check" in found.counterfactual


def test_placebo_dates_keep_clear_of_what_was_done() -> None:
    history = weeks_of([FIRST + n * WEEK for n in range(40)], a_series(), a_series("rival", seed=2))
    every = placebo(history, before=(8, 16), after=(4, 8))
    assert every.dates == 40 - 8 - 8 + 1
    busy = [(FIRST + 20 * WEEK, FIRST + 24 * WEEK)]
    assert 0 < placebo(history, before=(8, 16), after=(4, 8), busy=busy).dates < every.dates
    assert placebo(history[:25], before=(8, 16), after=(4, 8)).share is None


def test_weekly_figures_keep_their_weeks_and_the_mixed_one_is_left_out() -> None:
    weekly = from_points(
        ("observed", "visits", "visits"),
        {(FIRST + n * WEEK, FIRST + (n + 1) * WEEK): 100.0 + n % 5 + 40 * (n > 40) for n in range(52)},
    )
    assert weekly is not None
    before, after = week_starts([weekly], T0 + 2 * DAY, 16, 8)
    assert (before[-1], after[0]) == (T0 - WEEK, T0 + WEEK)
    event = replace(MAILING, start=T0 + 2 * DAY)
    found = lift(a_case(event=event, series=weekly, until=FIRST + 52 * WEEK))
    assert found.found
    alone = lift(a_case(event=event, series=weekly, control=None, until=FIRST + 52 * WEEK))
    assert "its days are needed" in alone.refused


@pytest.mark.parametrize(
    "windows",
    [
        [(0, 1), (3, 10)],
        [(0, 7), (8, 15)],
        [(0, 30)],
    ],
)
def test_figures_of_unlike_windows_are_no_series(windows: list[tuple[int, int]]) -> None:
    points = {(FIRST + start * DAY, FIRST + end * DAY): 1.0 for start, end in windows}
    assert from_points(("a", "b", "c"), points) is None


def test_a_day_without_a_figure_is_unknown_and_a_covered_one_without_stories_is_nought() -> None:
    made = daily(("s", "s", "s"), [FIRST, FIRST], FIRST, FIRST + 3 * DAY, lambda day: day != FIRST + DAY)
    assert made.values == (2.0, None, 0.0)
    given = from_points(("s", "s", "s"), {(FIRST, FIRST + DAY): 1.0, (FIRST + 2 * DAY, FIRST + 3 * DAY): 2.0})
    assert given is not None
    assert given.values == (1.0, None, 2.0)


@pytest.mark.parametrize("value", [0.0, 7.0, 1e15])
def test_days_that_never_differ_are_refused_and_no_traceback(value: float) -> None:
    flat = replace(a_series(), values=(value,) * 350)
    with pytest.raises(NotFitted, match="do not differ"):
        step_at(flat, T0 - 16 * WEEK, T0, T0 + 8 * WEEK)
    assert lift(a_case(series=flat, control=None)).refused


def test_a_wild_series_is_fitted_or_refused_without_a_warning() -> None:
    wild = tuple(1e15 if at % 11 == 0 else 0.0 for at in range(350))
    found = lift(a_case(series=replace(a_series(), values=wild), control=None))
    assert found.refused or (found.low is not None and math.isfinite(found.low))


@pytest.mark.parametrize("value", [-1.0, math.inf, math.nan, 1e308])
def test_what_is_no_count_is_no_series(value: float) -> None:
    with pytest.raises(ValueError, match="is no count"):
        Series("a", "visits", "visits", FIRST, (1.0, value))


def test_a_control_whose_stories_are_also_ours_is_touched() -> None:
    assert touched_by(3, 10, "Velvet Crumb") == "3 of its 10 stories in these weeks tell of Velvet Crumb as well"
    assert touched_by(2, 10, "Velvet Crumb") == ""
    assert touched_by(0, 0, "Velvet Crumb") == ""


def test_log_ratios_of_weeks_without_any_story_are_finite() -> None:
    ratio = Ratio.of([Week(FIRST, 0.0, 3.0), Week(FIRST, 2.0, 0.0)], [Week(FIRST, 0.0, 0.0), Week(FIRST, 1.0, 4.0)])
    change = ratio.change()
    assert change is not None
    assert all(map(math.isfinite, change))


@pytest.mark.parametrize(
    "written",
    ["stories", "stories:crumb", "redemptions:truffle", "observed:visits:shop", "observed:visits:shop@plausible"],
)
def test_a_series_name_reads_back_as_it_was_written(written: str) -> None:
    assert str(SeriesName.parse(written)) == written


@pytest.mark.parametrize("written", ["", "stories:", "redemptions", "observed:visits", "observed::shop", "reach:crumb"])
def test_what_names_no_series_says_what_would(written: str) -> None:
    with pytest.raises(ValueError, match="write stories"):
        SeriesName.parse(written)


def test_a_series_name_has_its_parts() -> None:
    assert SeriesName.parse("observed:visits:shop@plausible") == SeriesName(
        SeriesKind.OBSERVED, "shop", "visits", "plausible"
    )


def test_no_poisson_regression_decides_over_a_lift() -> None:
    rules = Path(__file__).parents[2] / "bot" / "impact"
    for page in rules.glob("lift*.py"):
        text = page.read_text(encoding="utf-8")
        assert "statsmodels.api" not in text, page
        assert "genmod" not in text, page
        assert "GLM" not in text, page
