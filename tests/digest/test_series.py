"""Scores by different rules are never compared silently, in no form of a digest."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.compose import compose
from bot.digest.content.series import series_break
from bot.digest.forms import render
from bot.model import RulesVersion, ScoredMention
from tests.digest import sample

OLD = RulesVersion("1", {"engine": ["vader", "3.3.2"], "weights": {"version": "1"}}, sample.NOW - timedelta(days=300))
NEW = RulesVersion("2", {"engine": ["heard", "1"], "weights": {"version": "2"}}, sample.NOW - timedelta(days=1))
TEXT = (
    "Series break: scored by other rules before Tue 14 July (engine vader 3.3.2 → heard 1; weights 1 → 2). "
    "No difference is shown."
)


def by(rules: str, mentions: Iterable[ScoredMention]) -> list[ScoredMention]:
    return [replace(one, score=replace(one.score, rules_version=rules)) for one in mentions]


def monday() -> list[ScoredMention]:
    return [
        sample.said(f"monday{number}", "Velvet Crumb is fine", tone=0.5, at=sample.BEFORE.start + timedelta(hours=9))
        for number in range(4)
    ]


def broken_digest(**changes: object) -> dict[str, object]:
    given = {"mentions": by("2", sample.a_day()), "previous": monday(), "rules": (OLD, NEW)}
    return dict(compose(sample.given(**(given | changes))))


def test_a_digest_across_a_series_break_shows_no_figure_of_the_period_before() -> None:
    body = broken_digest()
    assert body["series_break"] == {
        "text": TEXT, "changes": ["engine vader 3.3.2 → heard 1", "weights 1 → 2"], "mixed": None,
    }  # fmt: skip
    assert body["tone"]["previous"] is None  # type: ignore[index]
    assert body["tone"]["before"] == TEXT  # type: ignore[index]
    assert [row["previous"] for row in body["messages"]] == [None, None]  # type: ignore[attr-defined]
    for form in (render.render_text(body), render.render_html(body)):
        words = " ".join(form.replace("\N{NO-BREAK SPACE}", " ").split())
        assert "Series break: scored by other rules before Tue 14 Jul" in words
        assert "4 positive" not in words


def test_the_same_rules_before_and_now_are_compared_as_ever() -> None:
    body = broken_digest(mentions=sample.a_day())
    assert body["series_break"] is None
    assert body["tone"]["previous"]["positive"] == 4  # type: ignore[index]
    assert all(row["previous"] for row in body["messages"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("sections", [("messages",), ("tone",), ("stories",), ("messages", "tone")])
def test_whatever_sections_a_digest_has_it_says_it_once(sections: tuple[str, ...]) -> None:
    body = broken_digest(report=replace(sample.REPORT, sections=sections))
    assert render.render_text(body).count("Series break") == 1


def test_rules_that_are_mixed_within_a_period_are_named() -> None:
    day = sample.a_day()
    mixed = [*by("2", day[1:]), day[0]]
    body = broken_digest(mentions=mixed, previous=())
    assert body["series_break"]["mixed"].startswith("Mixed: 1 of these ")  # type: ignore[index]
    assert "is by other rules." in body["tone"]["text"]  # type: ignore[index]
    assert "Scores by rules 1 and 2" in str(body["method"])


def test_a_rivals_and_late_scores_break_nothing() -> None:
    rival = sample.said("rival", "Cocoa Lane", subject="cocoa-lane")
    late = replace(sample.said("late", "Velvet Crumb"), late=True)
    body = broken_digest(mentions=[*by("2", sample.a_day()), late], previous=[rival])
    assert body["series_break"] is None


def test_rules_that_nobody_wrote_down_are_called_unknown() -> None:
    found = series_break(by("2", sample.a_day()), monday(), (), "UTC")
    assert found is not None
    assert found.changes == ("which, was not written down",)
    assert series_break(by("2", sample.a_day()), monday(), (replace(OLD, told={}), NEW), "UTC").changes == (  # type: ignore[union-attr]
        "what the other rules consist of was not written down",
    )


def test_many_changes_are_counted_and_hostile_names_made_harmless() -> None:
    other = {"messages": [{"id": f"m{number}"} for number in range(7)] + [{"id": "evil\x1b[2J\u202e"}]}
    found = series_break(
        by("2", sample.a_day()), monday(), (replace(OLD, told=other), replace(NEW, told={"a": 1})), "UTC"
    )
    assert found is not None
    assert "more changes" in found.text
    assert not {"\x1b", "\u202e"} & set("".join(found.changes))


@pytest.mark.parametrize(("now", "before"), list(itertools.product(("", "1", "2", "12"), repeat=2)))
def test_there_is_a_break_exactly_where_two_rules_meet(now: str, before: str) -> None:
    said = [one for rules in now for one in by(rules, sample.a_day())]
    earlier = [one for rules in before for one in by(rules, monday())]
    found = series_break(said, earlier, (OLD, NEW), "UTC")
    assert (found is not None) == (bool(now) and len(set(now + before)) > 1)
    assert found is None or bool(found.mixed) == (len(now) > 1)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60)), min_size=1, max_size=12))
def test_whatever_the_order_every_score_by_other_rules_lies_before_the_day_that_is_named(
    given: list[tuple[str, int]],
) -> None:
    start = datetime(2026, 3, 1, 12, tzinfo=sample.NOW.tzinfo)
    said = [
        by(rules, [sample.said(f"{number}", "Velvet Crumb", at=start + timedelta(hours=hours))])[0]
        for number, (rules, hours) in enumerate(given)
    ]
    found = series_break(said, (), (), "Europe/Vienna")
    assert found == series_break(said[::-1], (), (), "Europe/Vienna")
    assert (found is None) == (len({rules for rules, _ in given}) == 1)
