"""Digests as they go out by mail, with everything that can stand in one: charts, links to evidence, the reader's own links."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from bot.digest.compose import compose
from bot.digest.content.volume import History
from bot.digest.forms.render import render_html, render_text
from bot.digest.sections import DEFAULT_SECTIONS
from bot.model import Audience, Interval
from bot.model.digest import Picture, Report, ToneCount
from bot.model.feedback import FeedbackLink, Judgement
from bot.model.impact import Activity, ImpactStage, Measured, Objective, ObjectiveStanding, ObjectiveVerdict
from bot.wiring.tell.picturing import pictures_of
from tests.digest import sample

HOME = "https://heard.example.org"
END = sample.WINDOW.end
LABELS = {
    Judgement.RELEVANT: "Not about us?",
    Judgement.TONE: "Tone wrong?",
    Judgement.MESSAGE: "Message wrong?",
    Judgement.DUPLICATE: "Told twice?",
}
ACTIVITIES = (
    Activity("kitchen", "Press release: kitchen opens", "press-release", END - timedelta(days=20)),
    Activity("mailing", "July mailing", "mailing", END - timedelta(days=8)),
)
AUDIENCES = tuple(Audience)


def own_links(mention: str) -> tuple[FeedbackLink, ...]:
    """Links of the length that real ones have."""
    return tuple(FeedbackLink(kind, label, f"{HOME}/f/{mention}.{kind}.{'x' * 90}") for kind, label in LABELS.items())


@cache
def body_for(audience: Audience) -> Mapping[str, Any]:
    """The sample day for an audience, with four weeks of history and an objective."""
    more = (*DEFAULT_SECTIONS[audience], "volume") if audience is Audience.EXECUTIVE else ()
    report = Report(id=audience.value, audience=audience, sections=more)
    standing = _standing()
    days = tuple(_count(days, 1, looked=days not in (9, 10)) for days in range(27, -1, -1))
    weeks = tuple(_count(7 * weeks, 1) for weeks in range(1, 5))
    given = sample.given(
        report=report,
        history=History(now=_count(0, 1), before=_count(1, 1), weeks=weeks, days=days),
        activities=ACTIVITIES,
        objectives=(standing,),
        charts=(_trend(standing),),
        public_url=HOME,
    )
    return compose(given)


@cache
def pictures_for(audience: Audience) -> tuple[Picture, ...]:
    """The charts of that day."""
    return pictures_of(body_for(audience))


@cache
def html_for(audience: Audience) -> str:
    """The HTML of that day's letter."""
    return render_html(body_for(audience), own_links, pictures_for(audience))


@cache
def text_for(audience: Audience) -> str:
    """The text of that day's letter."""
    return render_text(body_for(audience), own_links)


def _count(back: int, length: int, *, looked: bool = True) -> ToneCount:
    start = END - timedelta(days=back + length)
    stretch = Interval(start, start + timedelta(days=length))
    return ToneCount(stretch, back % 4, back % 5, back % 7, back % 2, looked)


def _standing() -> ObjectiveStanding:
    objective = Objective(
        "origin", "The single-origin promise is heard", "PR", "Pat", {"metric": "penetration"}, "up",
        ImpactStage.OUTTAKE, 0.2, 0.4, END + timedelta(days=30),
    )  # fmt: skip
    weeks = [(5, 0.2), (4, None), (3, 0.26), (2, 0.29), (1, 0.31), (0, 0.34)]
    points = [_measured(END - timedelta(days=7 * (back + 1)), value) for back, value in weeks]
    return ObjectiveStanding(
        objective, points[-1], ObjectiveVerdict.OFF_TRACK, "share", "share.v1", "Off track.", tuple(points[:-1]),
        _measured(END + timedelta(days=23), 0.41),
    )  # fmt: skip


def _measured(start: Any, value: float | None) -> Measured:
    window = Interval(start, start + timedelta(days=7))
    if value is None:
        return Measured(window, None, why="too few stories")
    return Measured(window, value, value - 0.08, value + 0.09, 60)


def _trend(standing: ObjectiveStanding) -> dict[str, Any]:
    points = [
        {"start": one.window.start.date().isoformat(), "end": one.window.end.date().isoformat(), "value": one.value,
         "low": one.low, "high": one.high}
        for one in (*standing.trend, standing.measured)
    ]  # fmt: skip
    return {
        "name": "objective-origin", "kind": "trend", "title": standing.objective.statement, "alt": "A line.",
        "unit": "share", "points": points, "target": 0.4, "baseline": 0.2, "by": "2026-08-13", "marks": [],
    }  # fmt: skip
