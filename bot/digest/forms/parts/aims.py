"""The sections of what the work is for: objectives, what to start, stop and continue, share of voice, lift, the
funnel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.digest.figures import count
from bot.digest.forms.page import Group, Linked, Picture, Row, Section, filled, lines

_VOICES = 5
"""Subjects whose share is told; further competitors are counted."""


def objectives(body: Mapping[str, Any]) -> Section:
    """A row an objective: where it stands, what is wanted, the verdict; of the one a chart shows, where it stood."""
    charts = {chart["name"]: chart["alt"] for chart in body.get("charts", ())}
    groups = tuple(_objective(row, charts) for row in body.get("objectives", ()))
    columns = ("Value [range]", "Target", "Verdict") if groups else ()
    return Section("objectives", "Are the objectives met?", columns=columns, groups=groups)


def advice(body: Mapping[str, Any]) -> Section:
    """What to start, stop, change and continue, with the reason beside each."""
    told = tuple(Linked(f"{row['word']} {row['text']}", row["evidence"]) for row in body.get("advice", ()))
    return Section("advice", "What to start, stop, continue", lines=told)


def share(body: Mapping[str, Any]) -> Section | None:
    """A line a subject, the own ones first, like for like or with what is not alike."""
    voices = body.get("share_of_voice")
    if not voices:
        return None
    before = body["period"]["before"]
    rows = sorted(voices["shares"], key=lambda row: not row["own"])
    shown = [row for place, row in enumerate(rows) if row["own"] or place < _VOICES]
    of = " ".join(filled(f" Of {voices['title']}, {voices['basis']}.", voices["text"]))
    told = [Linked(_voice(row, before) + ("" if place else of), row["evidence"]) for place, row in enumerate(shown)]
    more = f"And {count(len(rows) - len(shown))} more." if len(rows) > len(shown) else ""
    return Section("share", "Share of voice", lines=(*told, *lines(more)), run_in=True)


def lift(body: Mapping[str, Any]) -> Section:
    """What came after an activity, against what would have come without it; of the others nothing can be told."""
    told = tuple(Linked(row["text"], row["evidence"]) for row in body.get("lifts", ()) if not row["refused"])
    return Section("lift", "What the activities changed", lines=told)


def funnel(body: Mapping[str, Any]) -> Section | None:
    """From stories to customers, each provider's figures on their own."""
    found = body.get("funnel")
    if not found:
        return None
    return Section("funnel", "From stories to redemptions", lines=lines(*found["lines"], url=found["evidence"]))


def value(body: Mapping[str, Any]) -> Section | None:
    """What was earned and spent, who was touched, what was said: three columns that are never added."""
    found = body.get("value")
    if not found:
        return None
    return Section("value", "What it was worth", lines=lines(*found["lines"], url=found["evidence"]))


def _objective(row: Mapping[str, Any], charts: Mapping[str, str]) -> Group:
    chart = f"objective-{row['objective']}"
    figures = (Linked(row["figure"], row["evidence"]), Linked(row["target_text"] or "–"), Linked(row["word"]))
    # The days that the value is of come first: a rate without them says nothing.
    label = ", due by ".join(filled(row["label"], row.get("by_text")))
    rows = [Row(label, figures, strong=True)]
    if chart in charts:
        rows += [Row(one["label"], (Linked(one["figure"]), Linked(""), Linked(""))) for one in row["trend"]]
    return Group(
        ": ".join(filled(row["department"], row["statement"])),
        row["why"],
        tuple(rows),
        url=row["evidence"],
        picture=Picture(chart, charts[chart]) if chart in charts else None,
    )


def _voice(row: Mapping[str, Any], before: str) -> str:
    """``Velvet Crumb 75 % [57, 87], 21 stories; +10 points [−8, +28] compared with 2–8 Mar.``; the count alone without a
    share.
    """
    stories = f"{count(row['stories'])} {'story' if row['stories'] == 1 else 'stories'}"
    if row["share"] is None:
        return f"{row['name']}: {stories}."
    moved = f"; {row['moved']} compared with {before}" if row["change"] is not None else ""
    return f"{row['name']} {row['figure']}, {stories}{moved}."
