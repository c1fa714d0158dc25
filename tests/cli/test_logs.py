"""Log lines as JSON: one object a line, the pairs of every message as fields, no secret."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest

from bot.cli.logs import AsJson, Redacting

SECRET = "s3cr3t-t0ken-4711"


def as_json(message: str, *values: Any, error: bool = False) -> dict[str, Any]:
    trouble = None
    if error:
        broke = ValueError(f"it broke at https://a.example/?token={SECRET}\nin two lines")
        trouble = (ValueError, broke, None)
    line = AsJson().format(logging.LogRecord("heard.x", logging.INFO, "x.py", 1, message, values, trouble))
    assert "\n" not in line
    assert SECRET not in line
    told: dict[str, Any] = json.loads(line, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
    assert (told["level"], told["logger"]) == ("info", "heard.x")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["ts"])
    return told


def test_pairs_become_fields_with_their_types() -> None:
    told = as_json(
        "poll source=%s feed=%s state=%s fetched=%d usd=%.3f error=%s", "my blogs", "-", "ok", 20, 0.1234, None
    )
    assert told["event"] == "poll"
    assert {name: told[name] for name in ("source", "feed", "state", "fetched", "usd", "error")} == {
        "source": "my blogs", "feed": "-", "state": "ok", "fetched": 20, "usd": 0.1234, "error": None,
    }  # fmt: skip
    assert told["text"] == "poll source=my blogs feed=- state=ok fetched=20 usd=0.123 error=None"


@pytest.mark.parametrize(
    ("message", "values", "event", "fields"),
    [
        ("stopped", (), "stopped", {}),
        ("job=%s error=%s: %s", ("score", "StoreError", "full"), "job", {"job": "score", "error": "StoreError"}),
        ("web listening on %s", ("http://[::1]:80",), "web listening on", {}),
        ("100 %% of %d done=%d", (5, 5), "100 of", {"done": 5}),
        ("%s: copies written anew=%d", ("forget", 2), "copies written", {"anew": 2}),
        ("%s", ("whatever",), "said", {}),
        ("level=%s ts=%s", ("mine", 1), "level", {}),
        ("x=%s", (float("nan"),), "x", {"x": "nan"}),
        ("x=%r", (["a", 1],), "x", {"x": "['a', 1]"}),
    ],
)
def test_odd_messages(message: str, values: tuple[Any, ...], event: str, fields: dict[str, Any]) -> None:
    told = as_json(message, *values)
    assert told["event"] == event
    assert {
        name: value for name, value in told.items() if name not in {"ts", "level", "logger", "event", "text"}
    } == fields


def test_secrets_are_masked_in_fields_texts_and_traces() -> None:
    told = as_json(
        "asked url=%s bearer_token=%s with %s",
        f"https://a.example/?key={SECRET}",
        SECRET,
        f"Bearer {SECRET}",
        error=True,
    )
    assert told["url"] == "https://a.example/?key=***"
    assert told["bearer_token"] == "***"
    assert "ValueError" in told["trace"]
    record = logging.LogRecord("heard.x", logging.INFO, "x.py", 1, "token=%s", (SECRET,), None)
    assert SECRET not in Redacting().format(record)
