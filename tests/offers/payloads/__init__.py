"""Deliveries of shops for tests: bodies made after the platforms' documentation, of made-up orders of a made-up brand.

Each file is what a delivery looks like; ``README.md`` says after which page. :func:`body` gives one with other values.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def load(name: str) -> dict[str, Any]:
    """One payload."""
    loaded: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def body(name: str, **changed: Any) -> bytes:
    """The payload's body with other values at its top level."""
    return json.dumps(load(name) | changed).encode()


def mac(message: bytes, secret: str) -> str:
    """The signature that all three platforms make of a message."""
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()
