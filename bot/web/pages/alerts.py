"""Alerts as a page: what was raised and why, and what each rule would have done before."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response

from bot.digest.notices.alerts import TO_DO, evidence_url, explain, headline
from bot.digest.wording import day_label, times
from bot.model.access import Scope
from bot.model.alert import AlertKind
from bot.web.entry import heard_of, signed_in
from bot.web.rendering import render

router = APIRouter(include_in_schema=False)

SHOWN = 50
_BEHIND = timedelta(days=90)


@router.get("/alerts", dependencies=[Depends(signed_in(Scope.READ))])
def show_alerts(request: Request) -> Response:
    """What was raised in the last 90 days, newest first, and the back-test of every rule."""
    heard = heard_of(request)
    desk = heard.alarms.desk()
    return render(
        request,
        "alerts.html.j2",
        rows=[
            {
                "alert": one,
                "headline": headline(one, desk),
                "paragraphs": [text.split("\n") for text in explain(one, desk)],
                "to_do": TO_DO[one.kind],
                "evidence": None if one.kind is AlertKind.CODE_LEAK else evidence_url(one, ""),
            }
            for one in heard.alarms.latest(SHOWN, since=heard.clock.now() - _BEHIND)
        ],
        tests=heard.alarms.tested(),
        names=desk.names,
        day_label=day_label,
        times=times,
    )
