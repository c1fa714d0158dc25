"""Services that some tests need: a test skips without them, and fails where ``HEARD_REQUIRE`` names them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def chromium() -> str:
    """The path of headless Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or _absent("chromium", "install it with: make services")


def postgres_tool(name: str) -> str:
    """The path of one of PostgreSQL's programs; Debian keeps the server's beside each version."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, reversed(versions))))
    return found or _absent("postgres", "install it with: make services")


def _absent(service: str, remedy: str) -> str:
    if service in os.environ.get("HEARD_REQUIRE", "").split(","):
        pytest.fail(f"{service} is required here (HEARD_REQUIRE) but was not found; {remedy}")
    pytest.skip(f"{service} was not found; {remedy}")
