"""``/healthz`` and ``/metrics``: for whatever watches over this process."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials

from bot.errors import StoreError
from bot.model.access import Scope
from bot.web.entry import bearer, heard_of
from bot.web.origin import from_this_machine
from bot.web.problems import Problem

router = APIRouter(include_in_schema=False)


@router.get("/healthz/live")
async def live() -> Response:
    """The process answers, also while every thread of it waits for the database."""
    return JSONResponse({"status": "live"})


@router.get("/healthz/ready")
@router.get("/healthz")
def ready(request: Request) -> Response:
    """It can do its work: the database answers, is written, and is of the schema that this program knows; else 503.

    Whoever may see the metrics is told what is wrong, which tasks of the bot run late, and what waits how long. A bot
    that is late takes nothing from the pages, so that they stay ready; alerts look at the metrics.
    """
    found = request.app.state.readiness.look(heard_of(request))
    if found.overtaken is not None:
        request.app.state.overtaken(found.overtaken)
    told = dict(found.told) if _may_look(request) else {}
    if not found.is_ready:
        return JSONResponse({"status": "unavailable", **told}, 503, {"Retry-After": "5"})
    return JSONResponse({"status": "ready", **told})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Prometheus's text or OpenMetrics, for this machine itself or a key that may read."""
    if not _is_local(request):
        bearer(Scope.READ)(request, _credentials(request))
    text, kind = request.app.state.metrics.exposed(request.headers.get("accept", ""))
    return Response(text, headers={"content-type": kind})


def _may_look(request: Request) -> bool:
    if _is_local(request):
        return True
    try:
        bearer(Scope.READ)(request, _credentials(request))
    except (Problem, StoreError):  # nobody in particular, or nobody can be asked who it is
        return False
    return True


def _is_local(request: Request) -> bool:
    return from_this_machine(request, heard_of(request).settings)


def _credentials(request: Request) -> HTTPAuthorizationCredentials | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return HTTPAuthorizationCredentials(scheme=scheme, credentials=key) if scheme.lower() == "bearer" else None
