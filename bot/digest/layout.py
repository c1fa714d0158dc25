"""Lays a digest's body out as a page of plain parts, which every form (text, HTML, terminal) only has to draw.

Whatever is shown is decided here once; a renderer adds and drops nothing, so that all forms are equal in content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bot.digest.figures import count
from bot.digest.wording import OUTCOMES
from bot.model import HURTS, Outcome

Body = Mapping[str, Any]

_KINDS = {"complaint": "Complaint", "question": "Question", "thanks": "Thanks"}


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim words with where they stand. ``against``: they go against us and deserve the accent."""

    text: str
    source: str
    url: str | None
    against: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A story or a mention: a headline that links, why it is here, facts in small, and a quote."""

    mark: str
    headline: str
    url: str | None
    why: str
    facts: str = ""
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; ``strong`` marks the present period or a total."""

    label: str
    cells: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one title. ``shares`` draw a bar: (outcome word, count), decoration only."""

    title: str
    facts: str
    rows: tuple[Row, ...]
    quotes: tuple[Quote, ...] = ()
    shares: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: pieces, a table of groups, and lines, as far as it has them.

    Without a ``title`` it goes on where the section before it ended.
    """

    key: str
    title: str
    pieces: tuple[Piece, ...] = ()
    columns: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The whole digest as parts."""

    brand: str
    title: str
    date: str
    subject_line: str
    verdict: str
    sections: tuple[Section, ...]
    foot: tuple[str, ...]


def lay_out(body: Body) -> Page:
    """The page of a body; sections in the order that the body names, empty ones left out."""
    sections = [_MAKERS[name](body) for name in body["sections"]]
    return Page(
        brand=body["brand"],
        title=body["title"],
        date=body["period"]["text"],
        subject_line=body["subject_line"],
        verdict=body["verdict"],
        sections=tuple(
            section for section in sections if section and (section.pieces or section.groups or section.lines)
        ),
        foot=_filled(body["late_text"], body.get("aside_text"), _untold_break(body), body["method"]),
    )


def _untold_break(body: Body) -> str:
    """A series break that neither the tone nor the messages tell."""
    broken = body.get("series_break")
    return broken["text"] if broken and not body["tone"] and not body["messages"] else ""


def _stories(body: Body) -> Section:
    pieces = [
        Piece(
            mark=str(place),
            headline=story["headline"],
            url=story["url"],
            why=story["why"],
            facts=story["facts"],
            quote=_quote_of(story),
        )
        for place, story in enumerate(body["stories"], start=1)
    ]
    title = "The story that matters" if len(pieces) == 1 else "The stories that matter"
    return Section("stories", title, tuple(pieces), lines=_filled(body["more"]))


def _quote_of(story: Mapping[str, Any]) -> Quote | None:
    """A story's quote; where it stands need not be said again when it is the headline's own item."""
    quote = story["quote"]
    if quote is None:
        return None
    here = quote["mention"] == story["lead"]
    return _quote(quote | ({"where": "", "url": None} if here else {}), quote["text"], told=True)


def _messages(body: Body) -> Section:
    quoted = {story["quote"]["text"] for story in body["stories"] if story["quote"]}
    period = body["period"]
    groups = []
    for message in body["messages"]:
        rows = [Row(period["label"], _counts(message), strong=True)]
        if message["previous"]:
            rows.append(Row(period["before"], _counts(message["previous"])))
        groups.append(
            Group(
                title=message["statement"],
                facts=message["text"],
                rows=tuple(rows),
                quotes=tuple(
                    _quote(piece, piece["quote"]) for piece in message["evidence"] if piece["quote"] not in quoted
                ),
                shares=tuple((OUTCOMES[outcome], message[_KEYS[outcome]]) for outcome in _KEYS),
            )
        )
    columns = (*(OUTCOMES[outcome].capitalize() for outcome in _KEYS), "Of")
    broken = body.get("series_break")
    told = _filled(broken["text"], broken["mixed"] or "") if broken and groups and not body["tone"] else ()
    heading = "Is the message heard?"
    return Section("messages", heading, columns=columns if groups else (), groups=tuple(groups), lines=told)


def _tone(body: Body) -> Section | None:
    tone = body["tone"]
    if not tone:
        return None
    lines = (f"{tone['text']} {tone['before']}", tone["net_text"], tone["drift_text"], tone["competitors_text"])
    return Section("tone", "Tone", lines=_filled(*lines))


def _score(body: Body) -> Section | None:
    score = body.get("period_score")
    if not score:
        return None
    first = " ".join(_filled(score["text"], score["mean_text"]))
    return Section(
        "score", "The score", lines=_filled(first, score["channels_text"], score["change_text"], score["reach_text"])
    )


def _redemptions(body: Body) -> Section:
    period = body["period"]
    daily = period["name"] == "day"
    columns = (period["label"], period["before"], "That week" if daily else "Last day", "In all")
    groups = []
    for _, found in groupby(body["redemptions"], key=lambda row: row["offer"]):
        offers = list(found)
        whole = offers[0]
        rows = [
            Row(
                "All places" if row["placement"] is None else row["placement"],
                tuple(
                    count(row[key])
                    for key in ("in_window", "previous_window", "this_week" if daily else "today", "total")
                ),
                strong=row["placement"] is None,
            )
            for row in offers
        ]
        groups.append(Group(whole["name"], whole["text"], tuple(rows)))
    return Section("redemptions", "Redeemed", columns=columns if groups else (), groups=tuple(groups))


def _answer(body: Body) -> Section:
    pieces = [
        Piece(_KINDS[row["kind"]], row["text"], row["url"], f"{row['where']}; {row['why']}.") for row in body["answer"]
    ]
    return Section("answer", "Waiting for an answer", tuple(pieces), lines=_filled(body["more_to_answer"]))


def _health(body: Body) -> Section:
    details = " · ".join(row["detail"] for row in body["health"])
    return Section("health", "Did we look?", lines=_filled(body["coverage"]["text"], details))


def _cost(body: Body) -> Section:
    """One line; under the health's lines it needs no title of its own."""
    title = "" if "health" in body["sections"] else "What it cost"
    return Section("cost", title, lines=(f"Cost: {body['cost']['text']}",))


_MAKERS: Mapping[str, Callable[[Body], Section | None]] = {
    "stories": _stories,
    "messages": _messages,
    "tone": _tone,
    "score": _score,
    "redemptions": _redemptions,
    "answer": _answer,
    "health": _health,
    "cost": _cost,
}

_KEYS = {
    Outcome.FULL: "full",
    Outcome.PARTIAL: "partial",
    Outcome.MISFRAMED: "misframed",
    Outcome.CONTRARY: "contrary",
    Outcome.NONE: "absent",
}


def _counts(message: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(count(message[key]) for key in (*_KEYS.values(), "relevant"))


def _quote(piece: Mapping[str, Any], text: str, *, told: bool = False) -> Quote:
    """``told``: the line above says already what the words do to the message."""
    outcome = Outcome(piece["outcome"]) if piece["outcome"] else None
    word = OUTCOMES[outcome].capitalize() if outcome and not told else ""
    return Quote(text, ", ".join(_filled(word, piece["where"])), piece["url"], outcome in HURTS)


def _filled(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
