"""What came of the work: objectives, share of voice, lifts, funnel and providers, read by programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from bot.errors import ConfigError
from bot.model.access import Scope
from bot.web.api.document import listed
from bot.web.api.reading import When
from bot.web.api.shapes import IMPACT
from bot.web.entry import bearer
from bot.web.problems import Problem
from bot.wiring import App

router = APIRouter(prefix="/api/v1", tags=["reading"], dependencies=[Depends(bearer(Scope.READ))])

Name = Annotated[str | None, Query(min_length=1, max_length=200, description="Only this objective.")]


@router.get("/impact", responses=listed(IMPACT, 404), summary="How the objectives stand, and what came of it")
def impact(request: Request, objective: Name = None, since: When = None, until: When = None) -> Response:
    """The JSON of `heard impact`. Figures of different providers stand side by side; nothing adds them."""
    heard: App = request.app.state.heard
    try:
        if objective is not None:
            heard.impact.objective(objective)
    except ConfigError as error:
        raise Problem(404, "There is no objective with that id.") from error
    try:
        return JSONResponse(heard.impact.shape(since, until, objective))
    except ConfigError as error:
        raise Problem(422, str(error)) from error
