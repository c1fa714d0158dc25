"""The shell that every page stands in: signing in, the look, safe headers, errors in words."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from bot.web.entry import add_entry
from bot.web.headers import SafeHeaders
from bot.web.pages import account, sign_in
from bot.web.pages.errors import ToldInPages


def add_shell(app: FastAPI) -> None:
    """Adds all of it. Call it when the other middleware is in place: its own goes around that."""
    add_entry(app)
    app.include_router(sign_in.router)
    app.include_router(account.router)
    app.mount("/static", StaticFiles(directory=str(files("bot.web").joinpath("static"))), name="static")
    app.add_middleware(ToldInPages)
    app.add_middleware(SafeHeaders)
