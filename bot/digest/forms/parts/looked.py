"""The sections of how looking went: whether we looked, what it cost, and what is due for deletion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.digest.content.health import FULLY
from bot.digest.figures import count, dollars, percent
from bot.digest.forms.page import Group, Row, Section, cells, filled, lines
from bot.model import Audience

_COLUMNS = ("Covered", "Polls", "Failed", "Reads", "Cost")


def health(body: Mapping[str, Any]) -> Section:
    """In a line or two; for operations, whose verdict says the whole of it, a table of the sources."""
    if body["audience"] == Audience.OPERATIONS:
        groups = tuple(_group(row, body["period"]["label"]) for row in body["health"])
        return Section("health", "Sources", columns=_COLUMNS if groups else (), groups=groups)
    details = ". ".join(row["detail"] for row in body["health"] if _says_more(row))
    told = " ".join(filled(body["coverage"]["text"], details and f"{details}."))
    return Section("health", "Did we look?", lines=lines(told), run_in=True)


def cost(body: Mapping[str, Any]) -> Section:
    """One line; under the table of the sources it needs no title of its own."""
    operations = body["audience"] == Audience.OPERATIONS and "health" in body["sections"]
    told = f"Cost: {body['cost']['text']}" if operations else body["cost"]["text"]
    return Section("cost", "" if operations else "Cost", lines=lines(told), run_in=not operations)


def due(body: Mapping[str, Any]) -> Section:
    """What must be deleted, and by when."""
    return Section("due", "Deletions due", lines=lines(body["due"]["text"] if body.get("due") else ""))


def _says_more(row: Mapping[str, Any]) -> bool:
    """Whether a source was not read throughout, or there is something else to say of it."""
    return bool(row["detail"] != f"{row['name']} {FULLY}")


def _group(row: Mapping[str, Any], label: str) -> Group:
    """A source with what it did in the period; what is the matter with it stands beside its name."""
    polls = row.get("polls") or {"polls": 0, "failed": 0, "reads": 0, "usd": 0.0}
    spent = dollars(polls["usd"]) if polls["usd"] else "–"
    figures = (percent(row["coverage"]), *(count(polls[key]) for key in ("polls", "failed", "reads")), spent)
    return Group(row["name"], row["matter"], (Row(label, cells(*figures), strong=True),))
