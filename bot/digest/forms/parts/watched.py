"""The sections of what is watched over time: how much is said, what raised the alarm, what readers set right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.digest.forms.page import Linked, Picture, Section, filled, lines


def volume(body: Mapping[str, Any]) -> Section | None:
    """How much was said, against the period before and the same weekday, under a chart of the days."""
    row = body.get("volume")
    if not row:
        return None
    chart = next((chart for chart in body.get("charts", ()) if chart["name"] == "volume"), None)
    said = filled(row["text"], row["weekdays_text"], row["days_text"] if chart else "", row["done_text"])
    told = lines(" ".join(said), url=row["evidence"])
    picture = Picture(chart["name"], chart["alt"]) if chart else None
    return Section("volume", "How much was said", lines=told, picture=picture, run_in=True)


def alerts(body: Mapping[str, Any]) -> Section:
    """What was out of the ordinary, but for what the table of messages says already."""
    against = {row["message"] for row in body["messages"] if row["contrary"] or row["misframed"]}
    rows = [row for row in body.get("alerts", ()) if row.get("message") not in against]
    told = tuple(Linked(row["text"], row["evidence"]) for row in rows)
    return Section("alerts", "Out of the ordinary", lines=told, run_in=len(told) == 1)


def feedback(body: Mapping[str, Any]) -> Section | None:
    """What readers set right since the last digest, and what that changed."""
    row = body.get("feedback")
    if not row:
        return None
    return Section("feedback", "What readers set right", lines=lines(row["text"]), run_in=True)
