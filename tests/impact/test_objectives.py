"""How objectives stand: what is said follows from the interval, and hardly ever says what is not so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.impact.daily import Block, daily_rate
from bot.impact.objectives import MARGIN, for_reviews, project, review_due, standing, unmeasured, verdict_of
from bot.impact.standing_wording import figure, measured_text, target_text
from bot.model import Interval
from bot.model.aims import Course, Decision
from bot.model.impact import Measured, Objective, ObjectiveVerdict
from bot.model.measure import MEASURES, NET, SHARE
from bot.rates import wilson
from bot.score.rates import mean_value
from tests.support.counts import FULL, examples

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MONTH = timedelta(days=28)
SHARES = MEASURES["penetration"]
AIM = Objective(
    "understood",
    "People know it",
    measure={"metric": "penetration", "message": "hand-rolled"},
    target=0.15,
    by=NOW + 2 * MONTH,
    baseline=0.1,
    review_every=MONTH,
)
YEARS = 2000 if FULL else 150


def window(back: int, length: timedelta = MONTH) -> Interval:
    return Interval(NOW - (back + 1) * length, NOW - back * length)


def measured(value: float | None, low: float | None = None, high: float | None = None, back: int = 0) -> Measured:
    return Measured(window(back), value, low, high, n=100)


def verdict(now: Measured, aim: Objective = AIM, at: datetime = NOW) -> ObjectiveVerdict:
    return verdict_of(aim, now, None, at)


def test_met_needs_the_whole_interval_and_not_the_figure_alone() -> None:
    assert verdict(measured(0.2, 0.15, 0.25)) is ObjectiveVerdict.MET
    assert verdict(measured(0.2, 0.149, 0.25)) is ObjectiveVerdict.CANNOT_TELL


def test_missed_is_said_only_once_the_date_has_come() -> None:
    short = measured(0.1, 0.05, 0.149)
    assert verdict(short) is ObjectiveVerdict.CANNOT_TELL
    due = replace(AIM, by=NOW)
    assert verdict(short, due) is ObjectiveVerdict.MISSED
    assert verdict(measured(0.14, 0.1, 0.15), due) is ObjectiveVerdict.CANNOT_TELL, "the target may be the truth"
    assert verdict(measured(0.2, 0.16, 0.25), due) is ObjectiveVerdict.MET


def test_what_was_measured_before_the_date_does_not_miss_it() -> None:
    early = Measured(window(1), 0.1, 0.05, 0.14)
    assert verdict(early, replace(AIM, by=NOW)) is ObjectiveVerdict.CANNOT_TELL


def test_a_date_with_a_time_is_missed_by_what_was_measured_up_to_its_day() -> None:
    """Windows end at local midnight, and a day may have 25 hours."""
    short, noon = measured(0.1, 0.05, 0.14), NOW + timedelta(hours=12)
    assert verdict(short, replace(AIM, by=noon), at=noon) is ObjectiveVerdict.MISSED
    last = NOW + timedelta(hours=24, minutes=59)
    assert verdict(short, replace(AIM, by=last), at=last) is ObjectiveVerdict.MISSED
    assert verdict(short, replace(AIM, by=noon), at=NOW) is ObjectiveVerdict.CANNOT_TELL, "it has not come yet"
    assert verdict(short, replace(AIM, by=NOW + timedelta(hours=25)), at=NOW + MONTH) is ObjectiveVerdict.CANNOT_TELL


def test_down_turns_everything_round() -> None:
    fewer = replace(AIM, direction="down", by=NOW)
    assert verdict(measured(0.1, 0.05, 0.15), fewer) is ObjectiveVerdict.MET
    assert verdict(measured(0.2, 0.151, 0.25), fewer) is ObjectiveVerdict.MISSED
    assert verdict(measured(0.2, 0.15, 0.25), fewer) is ObjectiveVerdict.CANNOT_TELL


@pytest.mark.parametrize("unknown", [measured(None), measured(0.3), measured(0.0)])
def test_without_an_interval_nothing_is_told(unknown: Measured) -> None:
    assert verdict(unknown) is ObjectiveVerdict.CANNOT_TELL
    assert verdict(unknown, replace(AIM, by=NOW)) is ObjectiveVerdict.CANNOT_TELL


def test_stories_that_are_all_alike_miss_no_target_that_lies_near() -> None:
    aim = replace(AIM, measure={"metric": "net_pull_through", "message": "hand-rolled"}, target=0.05, by=NOW)
    pull = measured(*mean_value([(0.0, 25)]))
    told = standing(aim, MEASURES["net_pull_through"], [pull], NOW)
    assert told.verdict is ObjectiveVerdict.CANNOT_TELL
    assert "[−" in told.text, "its interval stands beside it"
    assert verdict(pull, replace(aim, target=0.3)) is ObjectiveVerdict.MISSED


def test_without_a_target_or_a_measure_it_says_so() -> None:
    told = standing(replace(AIM, target=None), SHARES, [measured(0.2, 0.1, 0.3)], NOW)
    assert told.verdict is ObjectiveVerdict.CANNOT_TELL
    assert "No target is set" in told.text
    assert "names no measure" in unmeasured(AIM, window(0)).text


def climbing(step: float, spread: float = 0.01, number: int = 6) -> list[Measured]:
    values = [(0.05 + step * place, number - 1 - place) for place in range(number)]
    return [measured(value, value - spread, value + spread, back) for value, back in values]


def test_a_steep_clear_line_is_on_track_and_a_flat_one_off() -> None:
    assert standing(AIM, SHARES, climbing(0.018), NOW).verdict is ObjectiveVerdict.ON_TRACK
    flat = standing(AIM, SHARES, climbing(0.0), NOW)
    assert flat.verdict is ObjectiveVerdict.OFF_TRACK
    assert "the line leads to 5.0 % [" in flat.text


def test_a_line_is_not_drawn_of_few_points_nor_farther_than_it_is_long() -> None:
    assert project(climbing(0.01, number=3), AIM.by, SHARE) is None
    assert project(climbing(0.01), NOW + 7 * MONTH, SHARE) is None
    assert project(climbing(0.01), None, SHARE) is None
    assert project(climbing(0.01), NOW, SHARE) is None, "the date has come"
    assert project([*climbing(0.01)[:-1], measured(None)], AIM.by, SHARE) is None, "the present is unknown"


def test_points_that_scatter_make_the_projection_wider() -> None:
    smooth, rough = climbing(0.01), climbing(0.01)
    rough = [
        replace(
            one,
            value=(one.value or 0) + sign * 0.02,
            low=(one.low or 0) + sign * 0.02,
            high=(one.high or 0) + sign * 0.02,
        )
        for one, sign in zip(rough, (1, -1) * 3, strict=True)
    ]
    narrow, wide = project(smooth, AIM.by, SHARE), project(rough, AIM.by, SHARE)
    assert narrow is not None
    assert wide is not None
    assert narrow.high is not None
    assert narrow.low is not None
    assert wide.high is not None
    assert wide.low is not None
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.001, 0.3)), min_size=1, max_size=8),
    st.sampled_from(["up", "down"]),
    st.floats(0, 1),
    st.integers(-3, 9),
)
@settings(max_examples=examples(300), deadline=None)
def test_no_history_upsets_a_standing(
    history: list[tuple[float, float]], direction: str, target: float, due: int
) -> None:
    points = [
        measured(value, max(0.0, value - spread), min(1.0, value + spread), len(history) - 1 - place)
        for place, (value, spread) in enumerate(history)
    ]
    found = standing(replace(AIM, direction=direction, target=target, by=NOW + due * MONTH), SHARES, points, NOW)
    assert found.text
    for one in (found.measured, found.projected):
        if one is not None and one.low is not None and one.high is not None:
            assert 0 <= one.low <= one.high <= 1


def test_intervals_are_wider_where_reviews_come_more_than_monthly() -> None:
    once = measured(0.2, 0.15, 0.25)
    assert for_reviews(once, "clicks a day", MONTH) == once == for_reviews(once, "clicks a day", None)
    monthly = for_reviews(once, SHARE, MONTH)
    assert monthly.low == pytest.approx(0.2 - 0.05 * MARGIN)
    weekly = for_reviews(once, SHARE, timedelta(days=7))
    assert weekly.low is not None
    assert weekly.high is not None
    assert weekly.low < 0.13
    assert weekly.high > 0.27
    assert for_reviews(measured(0.01, 0.0, 0.03), SHARE, timedelta(days=1)).low == 0
    assert for_reviews(measured(None), SHARE, timedelta(days=1)).value is None


def test_at_the_target_a_review_says_something_wrong_in_at_most_one_of_twenty() -> None:
    """Shares and rates whose truth is the target: "met" and "missed" at the due date are both wrong-side by chance."""
    random, wrong = np.random.default_rng(7), {"share": 0, "rate": 0}
    due = replace(AIM, by=NOW)
    for _ in range(4 * YEARS):
        share = Measured(window(0), *wilson(int(random.binomial(200, 0.15)), 200))
        wrong["share"] += standing(due, SHARES, [share], NOW).verdict is not ObjectiveVerdict.CANNOT_TELL
        days = random.poisson(5 * random.gamma(3, 1 / 3, 28))
        rate = daily_rate([Block(1, float(day)) for day in days])
        assert rate is not None
        aim = replace(due, target=5.0)
        wrong["rate"] += verdict_of(aim, Measured(window(0), *rate), None, NOW) is not ObjectiveVerdict.CANNOT_TELL
    assert max(wrong.values()) / (4 * YEARS) <= (0.05 if FULL else 0.065), wrong


@pytest.mark.parametrize("days", [7, 14])
def test_reviewed_often_a_whole_year_says_something_wrong_in_at_most_one_of_twenty(days: int) -> None:
    random, wrong = np.random.default_rng(days), 0
    often = replace(AIM, review_every=timedelta(days=days), by=None)
    for _ in range(YEARS):
        counts = random.binomial(200, 0.15, 364 // days)
        # A verdict either way, as at a due date: what is shown before it cannot even be "missed".
        found = [
            for_reviews(Measured(window(0), *wilson(int(count), 200)), SHARE, often.review_every) for count in counts
        ]
        wrong += any(not (one.low or 0) < 0.15 < (one.high or 1) for one in found)
    assert wrong / YEARS <= (0.05 if FULL else 0.08), wrong / YEARS


def decided(at: datetime, objective: str = AIM.id) -> Decision:
    return Decision(objective, at, ObjectiveVerdict.MET, Course.KEEP, "it works")


def test_a_review_is_due_when_none_was_written_for_so_long() -> None:
    assert review_due(AIM, (), NOW)
    assert not review_due(AIM, [decided(NOW - timedelta(days=27))], NOW)
    assert review_due(AIM, [decided(NOW - MONTH)], NOW)
    assert review_due(AIM, [decided(NOW, "another")], NOW)
    assert not review_due(replace(AIM, review_every=None), (), NOW)


def test_figures_are_rounded_to_what_their_interval_knows() -> None:
    assert measured_text(Measured(window(0), 12.3456, 10.2, 14.9), "clicks a day") == "12.3 [10.2, 14.9] clicks a day"
    assert measured_text(Measured(window(0), 1234.5, 1000, 1500), "clicks a day") == "1,234 [1,000, 1,500] clicks a day"
    assert measured_text(Measured(window(0), 0.124, 0.08, 0.17), SHARE) == "12.4 % [8.0, 17.0]"
    assert measured_text(Measured(window(0), -0.04, -0.1, 0.02), NET) == "−0.04 [−0.10, +0.02]"
    assert measured_text(Measured(window(0), None, why="nothing was looked at"), SHARE) == "nothing was looked at"
    assert figure(None, SHARE) == "–"
    assert figure(0.004, SHARE) == "0.4 %"
    assert target_text(replace(AIM, direction="down"), SHARE) == "at most 15 %"
    assert target_text(replace(AIM, target=0.125), SHARE) == "at least 12.5 %", "as it was set"
    assert measured_text(Measured(window(0), 0.057, 0.01, 0.15), SHARE) == "6 % [1, 15]", "all three alike"
    assert measured_text(Measured(window(0), 0.94, 0.94, 0.94), SHARE) == "94 %", "counted, not sampled"


def test_a_projection_is_the_weighted_line_of_the_textbook() -> None:
    """Four windows are enough; the fit and its interval are those of weighted least squares, with Student's factor."""
    spreads = [0.02, 0.01, 0.02, 0.03]
    points = [
        measured(value, value - spread, value + spread, 3 - place)
        for place, (value, spread) in enumerate(zip([0.05, 0.09, 0.08, 0.13], spreads, strict=True))
    ]
    found = project(points, NOW + 2 * MONTH, "clicks a day")
    times, values = np.array([-3.0, -2, -1, 0]), np.array([0.05, 0.09, 0.08, 0.13])
    errors = np.array(spreads) / 1.959964
    design = np.column_stack([np.ones(4), times]) / errors[:, None]
    inverse = np.linalg.inv(design.T @ design)
    fitted = inverse @ design.T @ (values / errors)
    scatter = max(1.0, float((((values - fitted[0] - fitted[1] * times) / errors) ** 2).sum()) / 2)
    at = np.array([1.0, 2.0])
    half = 4.302653 * np.sqrt(at @ inverse @ at * scatter)  # Student's factor of two degrees of freedom
    assert found is not None
    assert found.value == pytest.approx(fitted @ at)
    assert found.low == pytest.approx(max(0.0, fitted @ at - half))
    assert found.high == pytest.approx(fitted @ at + half)
    assert (found.window, found.n) == (Interval(NOW + MONTH, NOW + 2 * MONTH), 4)


def test_a_line_is_drawn_just_as_far_as_it_is_long_and_of_what_has_an_interval() -> None:
    assert project(climbing(0.01, number=4), NOW + 4 * MONTH, SHARE) is not None
    assert project(climbing(0.01, number=4), NOW + 4 * MONTH + timedelta(days=1), SHARE) is None
    counted = [*climbing(0.01)[:-1], measured(0.1, 0.1, 0.1)]
    assert project(counted, AIM.by, SHARE) is None, "what was counted has no error to weigh by"


def test_on_and_off_track_take_the_whole_interval_of_the_projection() -> None:
    now = measured(0.14, 0.1, 0.2)

    def said(low: float, high: float) -> ObjectiveVerdict:
        return verdict_of(AIM, now, Measured(window(-2), (low + high) / 2, low, high), NOW)

    assert said(0.15, 0.2) is ObjectiveVerdict.ON_TRACK
    assert said(0.1, 0.149) is ObjectiveVerdict.OFF_TRACK
    assert said(0.1, 0.15) is ObjectiveVerdict.CANNOT_TELL
    assert verdict_of(replace(AIM, by=None), now, None, NOW) is ObjectiveVerdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("days", "wider"), [(7, 3.301545), (14, 3.101862), (27, 2.913726), (28, 1.959964), (0, 3.812870)]
)
def test_the_year_shares_its_error_among_its_reviews(days: int, wider: float) -> None:
    """Two-sided normal quantiles at 5 % a year: of 52, 26, 14 and 364 reviews; monthly ones stand for themselves."""
    found = for_reviews(measured(10.0, 9.0, 11.0), "clicks a day", timedelta(days=days))
    assert (found.low, found.high) == pytest.approx((10 - wider / 1.959964, 10 + wider / 1.959964), rel=1e-5)


def test_what_has_no_interval_gets_none_from_reviews() -> None:
    assert for_reviews(measured(0.3), SHARE, timedelta(days=7)) == measured(0.3)


def test_the_method_says_how_often_a_verdict_errs() -> None:
    def method(every: timedelta | None) -> str:
        return standing(replace(AIM, review_every=every), SHARES, [measured(0.2, 0.1, 0.3)], NOW).method

    assert method(timedelta(days=7)).endswith("once in twenty years of reviews")
    assert method(MONTH).endswith("once in twenty reviews")
    assert method(None).endswith("once in twenty reviews")


def test_the_last_review_counts() -> None:
    assert not review_due(AIM, [decided(NOW - 5 * MONTH), decided(NOW - timedelta(days=3))], NOW)
