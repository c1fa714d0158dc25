"""The web application: every router on one configuration's :class:`~bot.wiring.App`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter, FastAPI

from bot.web import feeds, health, webhooks
from bot.web.api import claims, impact, manual, offers, reading
from bot.web.api.document import ABOUT, describe
from bot.web.guard import Guard
from bot.web.metrics import Metrics
from bot.web.pages import alerts, desk, digests, export, exports, feedback, mentions, till
from bot.web.pages import impact as impact_page
from bot.web.problems import add_problems
from bot.web.readiness import Readiness
from bot.web.shell import add_shell
from bot.wiring import App

ROUTERS: tuple[APIRouter, ...] = (
    claims.router,
    offers.router,
    reading.router,
    impact.router,
    manual.router,
    health.router,
    till.router,
    desk.router,
    impact_page.router,
    export.router,
    exports.router,
    digests.router,
    mentions.router,
    alerts.router,
    feedback.router,
    webhooks.router,
    feeds.router,
)
"""Each module of ``api`` and ``pages``, and the webhooks, bring one."""
HANDS = 16
"""Requests that a process works on at the same time, each in a thread with a connection to the database of its own."""


def create_app(heard: App) -> FastAPI:
    """The application; handlers find ``heard`` as ``request.app.state.heard``."""
    app = FastAPI(
        title="Heard",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.heard = heard
    app.state.metrics = Metrics(heard)
    app.state.readiness = Readiness()
    app.state.overtaken = lambda _error: None  # whoever serves alone ends then; beside the bot it is the bot that ends
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # how FastAPI says to do it
    add_problems(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_middleware(Guard, metrics=app.state.metrics)
    add_shell(app)
    return app


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    # More threads than this only wait for each other: the database takes one writer at a time.
    current_default_thread_limiter().total_tokens = HANDS
    yield
