"""The web app in this process, for tests of pages and of the API: real routes, a real database, a clock set by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from bot.access.passwords import Passwords
from bot.clock import ManualClock
from bot.model.access import Role
from bot.web.app import create_app
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOME = "http://127.0.0.1:8080"
PASSWORD = "a warm truffle at noon"
CONFIG = """
[heard]
timezone = "Europe/Berlin"
{heard}
[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
placements = ["counter", "market"]
[web]
{web}
"""
FIELD = re.compile(r'name="form_token" value="([0-9a-f]+)"')


def heard_app(folder: Path, *, heard: str = "", web: str = "", now: datetime = NOON) -> App:
    """An installation of its own in ``folder``; ``heard`` and ``web`` are further lines of those tables.

    Passwords are hashed with the cheapest parameters, so that a test of signing in costs nothing.
    """
    path = folder / "heard.toml"
    path.write_text(CONFIG.format(heard=heard, web=web), encoding="utf-8")
    if not (folder / "heard.db").exists():
        empty_database(folder)
    app = App(load_settings(path), ManualClock(now))
    app.access.__dict__["passwords"] = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return app


def browser_of(app: App, home: str = HOME, **options: Any) -> TestClient:
    """A browser without a window: keeps cookies, takes HTML, follows no redirect unless told."""
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin", "origin": home}
    web = app.__dict__.get("web") or app.__dict__.setdefault("web", create_app(app))
    return TestClient(web, base_url=home, headers=headers, follow_redirects=False, **options)


def token_in(page: str) -> str:
    """The token of the first form on a page."""
    found = FIELD.search(page)
    assert found is not None, page[:2000]
    return found[1]


def sign_in(client: TestClient, name: str, password: str = PASSWORD, **more: str) -> Any:
    """Signs in as a person would: asks for the form, sends it."""
    field = token_in(client.get("/sign-in").text)
    return client.post("/sign-in", data={"form_token": field, "name": name, "password": password, **more})


def signed_in_as(app: App, role: Role, home: str = HOME) -> TestClient:
    """A browser in which somebody with that role (named after it) is signed in."""
    app.access.add_account(str(role), role, PASSWORD, actor="test")
    client = browser_of(app, home)
    answer = sign_in(client, str(role))
    assert answer.status_code == 303, answer.text
    return client
