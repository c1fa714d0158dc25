"""Impact: how each department's objectives stand, with their trends, and what came of what was said."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response

from bot.charts.picture import to_svg
from bot.charts.reading import read_chart
from bot.charts.theme import theme_of
from bot.charts.trend import Trend, draw_trend
from bot.digest.wording import interval_label
from bot.errors import ConfigError
from bot.impact.funnel import CTA_GOAL
from bot.impact.standing_wording import VERDICTS, measured_text, target_text
from bot.impact.value_wording import CAVEAT, earned_lines, said_lines, touched_lines
from bot.model.access import Scope
from bot.model.impact import Objective, ObjectiveStanding
from bot.web.entry import heard_of, signed_in
from bot.web.problems import Problem
from bot.web.rendering import render
from bot.wiring.impact.aims import Reviewed
from bot.words import FUNNEL_STAGES

router = APIRouter(include_in_schema=False, dependencies=[Depends(signed_in(Scope.READ))])

Theme = Annotated[str, Query(max_length=20)]


@router.get("/impact")
def show_impact(request: Request) -> Response:
    """Every objective by department, then the way from what was said to what came of it."""
    heard = heard_of(request)
    window = heard.impact.window()
    funnel = heard.impact.funnel(window)
    value = heard.impact.value(window, funnel)
    departments: dict[str, list[Reviewed]] = {}
    for one in heard.impact.reviewed():
        departments.setdefault(one.standing.objective.department or "", []).append(one)
    return render(
        request,
        "impact.html.j2",
        departments=departments,
        charts={
            one.standing.objective.id: heard.impact.chart(one.standing)["alt"]
            for rows in departments.values()
            for one in rows
            if _trend(request, one.standing) is not None
        },
        window=window,
        voice=heard.voices.share_of_voice(window),
        lifts=heard.voices.lifts(),
        activities=heard.impact.activities(),
        due={row.id: _due(request, row) for row in heard.settings.objectives},
        funnel=funnel,
        value={"earned": earned_lines(value), "touched": touched_lines(value), "said": said_lines(value)},
        value_caveat=CAVEAT,
        panels=[one for one in heard.impact.providers(window) if len(one.rows) > 1],
        goal=CTA_GOAL,
        **_words(request),
    )


@router.get("/impact/{objective}")
def show_objective(request: Request, objective: str) -> Response:
    """All about one objective: its trend, how it is measured, what was done and what was decided."""
    heard = heard_of(request)
    try:
        (one,) = heard.impact.reviewed(objective=objective)
    except ConfigError as error:
        raise Problem(404, str(error)) from error
    drawn = _trend(request, one.standing) is not None
    return render(
        request,
        "impact-objective.html.j2",
        one=one,
        standing=one.standing,
        objective=one.standing.objective,
        due=_due(request, one.standing.objective),
        periods=(*one.standing.trend, one.standing.measured),
        alt=heard.impact.chart(one.standing)["alt"] if drawn else "",
        evidence=_evidence(request, one.standing),
        activities=[row for row in heard.impact.activities() if row.objective in (None, objective)],
        **_words(request),
    )


@router.get("/impact/{objective}/trend.svg")
def show_trend(request: Request, objective: str, theme: Theme = "light", narrow: bool = False) -> Response:
    """An objective's trend as a picture, for light or dark pages, wide or narrow."""
    try:
        standing = heard_of(request).impact.standing(objective)
    except ConfigError as error:
        raise Problem(404, str(error)) from error
    trend = _trend(request, standing)
    if trend is None:
        raise Problem(404, "There is no period to draw yet.")
    return Response(_picture(trend, theme, narrow), media_type="image/svg+xml")


def _trend(request: Request, standing: ObjectiveStanding) -> Trend | None:
    """The chart, where there is anything known to draw."""
    if all(one.value is None for one in (*standing.trend, standing.measured)):
        return None
    chart = read_chart({**heard_of(request).impact.chart(standing), "title": ""})  # the page has it as a heading
    return chart if isinstance(chart, Trend) else None


@lru_cache(maxsize=64)
def _picture(trend: Trend, theme: str, narrow: bool) -> str:
    return to_svg(draw_trend(trend, theme_of(theme, narrow=narrow)))


def _evidence(request: Request, standing: ObjectiveStanding) -> tuple[str, str] | None:
    """Where the pieces behind the figure are listed, and what the link says; None for what no page lists."""
    measure, window = standing.objective.measure, standing.measured.window
    if "offer" in measure:
        return f"/desk/offers/{measure['offer']}", "The redemptions behind it"
    zone = ZoneInfo(heard_of(request).settings.timezone)
    span = {
        name: moment.astimezone(zone).date().isoformat()
        for name, moment in (("since", window.start), ("until", window.end))
    }
    filters = {name: measure[name] for name in ("message", "subject", "source") if name in measure}
    if filters or measure.get("metric") in {"stories", "net_tone", "score", "share_of_voice"}:
        return f"/mentions?{urlencode(filters | span)}", "The mentions behind it"
    return None


def _due(request: Request, objective: Objective) -> str:
    """The local day on which an objective is due; empty where none is set."""
    if objective.by is None:
        return ""
    return f"{objective.by.astimezone(ZoneInfo(heard_of(request).settings.timezone)):%-d %b %Y}"


def _words(request: Request) -> dict[str, Any]:
    zone = ZoneInfo(heard_of(request).settings.timezone)
    return {
        "days": lambda measured: interval_label(measured.window, zone),
        "verdicts": VERDICTS,
        "measured_text": measured_text,
        "target_text": target_text,
        "stage_words": FUNNEL_STAGES,
    }
