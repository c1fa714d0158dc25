"""Lays a digest's body out as a page of plain parts, which every form (text, HTML, terminal) only has to draw.

Whatever is shown is decided here once; a renderer adds and drops nothing, so that all forms are equal in content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.digest.forms.page import Group, Linked, Page, Picture, Piece, Quote, Row, Section, filled
from bot.digest.forms.parts import aims, looked, offers, said, watched

__all__ = ["Body", "Group", "Linked", "Page", "Picture", "Piece", "Quote", "Row", "Section", "lay_out"]

Body = Mapping[str, Any]

_MAKERS: Mapping[str, Callable[[Body], Section | None]] = {
    "objectives": aims.objectives,
    "advice": aims.advice,
    "stories": said.stories,
    "alerts": watched.alerts,
    "messages": said.messages,
    "tone": said.tone,
    "share": aims.share,
    "volume": watched.volume,
    "lift": aims.lift,
    "funnel": aims.funnel,
    "value": aims.value,
    "score": said.score,
    "redemptions": offers.redemptions,
    "answer": said.answer,
    "feedback": watched.feedback,
    "health": looked.health,
    "cost": looked.cost,
    "due": looked.due,
}


def lay_out(body: Body) -> Page:
    """The page of a body; sections in the order that the body names, empty ones left out."""
    sections = [_MAKERS[name](body) for name in body["sections"]]
    first = body.get("verdict_first") or body["verdict"]
    return Page(
        brand=body["brand"],
        title=body["title"],
        date=body["period"]["text"],
        subject_line=body["subject_line"],
        verdict=first,
        beside=body["verdict"].removeprefix(first).strip(),
        sections=tuple(
            section for section in sections if section and (section.pieces or section.groups or section.lines)
        ),
        foot=filled(body["late_text"], body.get("aside_text"), _untold_break(body), body["method"]),
    )


def _untold_break(body: Body) -> str:
    """A series break that neither the tone nor the messages tell."""
    broken = body.get("series_break")
    return broken["text"] if broken and not body["tone"] and not body["messages"] else ""
