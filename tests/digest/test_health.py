from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.content.health import Looked, cost_of, coverage_of, health_rows
from bot.model import Gap, GapCause, Interval, State, Target, TargetState
from tests.digest import sample

START, END = sample.WINDOW.start, sample.WINDOW.end
HOUR = timedelta(hours=1)


def looked(*targets: TargetState, covered: object = None, gaps: object = None) -> Looked:
    spans = {state.target: (Interval(START, END),) for state in targets} if covered is None else covered
    return Looked(targets, spans, gaps or {}, sample.CONNECTORS, sample.WINDOW, sample.NOW)  # type: ignore[arg-type]


def test_overlapping_intervals_count_once_and_only_inside_the_window() -> None:
    spans = (
        Interval(START - HOUR, START + 6 * HOUR),
        Interval(START + 3 * HOUR, START + 12 * HOUR),
        Interval(END + HOUR, END + 2 * HOUR),
    )
    row = health_rows(looked(TargetState(sample.X, State.OK), covered={sample.X: spans}))[0]
    assert row["coverage"] == 0.5


def test_a_target_that_was_never_covered_counts_as_not_looked_at() -> None:
    rows = health_rows(looked(*sample.feeds(4, 0), covered={}))
    assert rows[0]["coverage"] == 0.0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.BLOCKED, "Reddit blocked since Tue 04:10"),
        (State.OUT_OF_CREDIT, "Reddit out of credit since Tue 04:10"),
        (State.FAILING, "Reddit failing since Tue 04:10"),
        (State.PAUSED, "Reddit paused since Tue 04:10"),
        (State.NEW, "Reddit not polled yet since Tue 04:10"),
        (State.RATE_LIMITED, None),
        (State.OK, None),
    ],
)
def test_a_state_is_told_in_words(state: State, words: str | None) -> None:
    since = START + timedelta(hours=4, minutes=10)
    assert health_rows(looked(TargetState(sample.REDDIT, state, since=since)))[0]["trouble"] == words


def test_feeds_of_one_source_are_told_together() -> None:
    row = health_rows(looked(*sample.feeds(41, 3)))[0]
    assert (row["trouble"], row["state"], row["targets"]) == ("3 of 41 feeds failing", "failing", 41)


def test_a_source_of_which_no_feed_was_polled_yet_is_named_as_a_whole() -> None:
    feeds = [TargetState(Target("blogs", f"https://{name}.example/feed")) for name in "ab"]
    assert health_rows(looked(*feeds))[0]["trouble"] == "Blogs not polled yet"


def test_feeds_that_fail_in_different_ways_are_told_apart() -> None:
    feeds = sample.feeds(10, 2)
    feeds[5] = TargetState(feeds[5].target, State.BLOCKED)
    assert health_rows(looked(*feeds))[0]["trouble"] == "3 of 10 feeds not read: 1 blocked and 2 failing"


def test_two_feed_sources_are_named() -> None:
    news = [TargetState(Target("news", f"https://n{place}.example"), State.FAILING) for place in range(2)]
    troubles = {row["source"]: row["trouble"] for row in health_rows(looked(*sample.feeds(4, 1), *news))}
    assert troubles == {
        "blogs": "1 of 4 feeds of Blogs failing (blog0.example since Sun 10:00)",
        "news": "2 of 2 feeds of News failing (n0.example, n1.example)",
    }


def test_what_was_missed_is_told_with_its_cause() -> None:
    gaps = {
        sample.X: (
            Gap(Interval(START, START + 3 * HOUR), GapCause.BUDGET),
            Gap(Interval(END - HOUR, END), GapCause.DOWN),
        )
    }
    row = health_rows(
        looked(
            TargetState(sample.X, State.OK), covered={sample.X: (Interval(START + 3 * HOUR, END - HOUR),)}, gaps=gaps
        )
    )[0]
    assert row["detail"] == "X 83 % covered, missed 3 h (budget spent) and 1 h (it did not answer)"
    assert row["gaps"][0] == {"start": "2026-07-13T22:00:00Z", "end": "2026-07-14T01:00:00Z", "cause": "budget"}


def test_a_source_that_is_fine_now_but_missed_much_is_trouble_too() -> None:
    rows = health_rows(
        looked(TargetState(sample.X, State.OK), covered={sample.X: (Interval(START, START + 6 * HOUR),)})
    )
    coverage = coverage_of(rows, 0.9)
    assert coverage.troubles == ("X only 25 % covered",)
    assert coverage.text == "X only 25 % covered; 25 % of the window was covered."
    assert not coverage.allows_quiet


def test_a_little_that_is_missing_is_said_and_still_allows_a_quiet_day() -> None:
    rows = health_rows(looked(TargetState(sample.X, State.OK), covered={sample.X: (Interval(START + HOUR, END),)}))
    coverage = coverage_of(rows, 0.9)
    assert (coverage.text, coverage.allows_quiet) == ("95 % of the window was covered.", True)


def test_no_source_is_no_coverage() -> None:
    coverage = coverage_of([], 0.0)
    assert (coverage.share, coverage.allows_quiet) == (0.0, False)


def test_sources_in_trouble_come_first() -> None:
    rows = health_rows(looked(*sample.targets()))
    assert [row["source"] for row in rows] == ["reddit", "blogs", "x"]


def test_cost_is_added_up_and_named_by_source_when_there_are_several() -> None:
    cost = cost_of({"x": (96, 1, 246, 1.23), "other": (2, 0, 10, 0.1)}, sample.CONNECTORS)
    assert (cost["usd"], cost["reads"], cost["polls"], cost["failed"]) == (1.33, 256, 98, 1)
    assert cost["text"] == "at most $1.33 for 256 billable reads, 98 polls, 1 of them failed (Other $0.10, X $1.23)."
    assert cost_of({}, {})["text"] == "$0.00 for 0 billable reads, 0 polls."


@given(st.lists(st.tuples(st.integers(-30, 60), st.integers(0, 40)), max_size=8))
def test_coverage_is_a_share(hours: list[tuple[int, int]]) -> None:
    spans = tuple(Interval(START + first * HOUR, START + (first + length) * HOUR) for first, length in hours)
    share = health_rows(looked(TargetState(sample.X, State.OK), covered={sample.X: spans}))[0]["coverage"]
    by_hour = sum(any(first <= hour < first + length for first, length in hours) for hour in range(24)) / 24
    assert share == pytest.approx(by_hour, abs=1e-4)
