"""What to start, stop, change and continue: read off verdicts and the rules that were set beforehand. Pure.

Nothing here is a matter of taste. Each line is one verdict turned into the act that it stands for, and says from which
verdict it comes; where a rule was written down for an objective, the rule is quoted and not interpreted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.digest.content.links import Links
from bot.digest.plain import shorten
from bot.model import KeepVerdict, KeepWord
from bot.model.impact import Lift, ObjectiveVerdict
from bot.phrases import joined
from bot.words import KEEP

WORDS: Mapping[str, str] = {"stop": "Stop", "change": "Decide", "start": "Start", "continue": "Continue"}
"""Kinds of advice in the order in which they are told, and what people read."""

_NAME = 80
_REASON = 200
_MESSAGES: Mapping[str, tuple[str, str]] = {
    "happening": ("continue", "what carries"),
    "not happening": ("change", "what to change for"),
}
_OFFERS: Mapping[KeepWord, str] = {
    KeepWord.STOP: "stop",
    KeepWord.CHANGE: "change",
    KeepWord.SCALE: "continue",
    KeepWord.KEEP: "continue",
}


def advice_rows(
    objectives: Sequence[Mapping[str, Any]],
    messages: Sequence[Mapping[str, Any]],
    keeps: Sequence[KeepVerdict],
    lifts: Sequence[Lift],
    health: Sequence[Mapping[str, Any]],
    links: Links,
) -> list[dict[str, Any]]:
    """A row for each verdict that asks for something, what to stop first."""
    found = [
        *_of_objectives(objectives, {keep.offer: keep for keep in keeps if keep.word in _OFFERS}),
        *_of_messages(messages, objectives),
        *_of_offers(keeps, links),
        *_of_lifts(lifts, links),
        *_of_sources(health),
    ]
    order = list(WORDS)
    return sorted(found, key=lambda row: order.index(row["kind"]))


def _of_objectives(rows: Sequence[Mapping[str, Any]], keeps: Mapping[str, KeepVerdict]) -> Iterator[dict[str, Any]]:
    """What an objective's verdict asks for; where the one on its offer (of ``keeps``) asks otherwise, both are told."""
    for row in rows:
        match row["verdict"]:
            case ObjectiveVerdict.MET | ObjectiveVerdict.ON_TRACK:
                kind, act = "continue", "what is done for it"
            case ObjectiveVerdict.MISSED | ObjectiveVerdict.OFF_TRACK:
                kind, act = "change", "what to change"
            case _ if row["value"] is None and not row["n"]:
                kind, act = "start", "measuring it"
            case _:
                continue  # not enough is known to ask for anything, and the table says so
        beside, keep = "", keeps.get(row["offer"])
        if keep is not None and kind not in ("start", _OFFERS[keep.word]):
            act = "how to go on" if kind == "continue" else act
            kind, beside = "change", f" Its offer ‘{shorten(keep.name, _NAME)}’: {KEEP[keep.word]}."
        rule = row["decision_rule"]
        reason = row["why"] if kind == "start" else f"{row['word']} ({row['figure']})"
        asked = f" The rule that was set: “{rule}”" if rule and kind == "change" else ""
        owner = f", {row['owner']}" if row["owner"] else ""
        text = f"{act} for ‘{shorten(row['statement'], _NAME)}’{owner}: {reason}.{beside}{asked}"
        yield _row(kind, row["objective"], text, row["evidence"])


def _of_messages(
    rows: Sequence[Mapping[str, Any]], objectives: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """A message whose interval lies wholly on one side of its target; where no more can be told of its objective yet,
    that the one is of these days and the other of a date.
    """
    open_aims = {row["message"]: row for row in objectives if row["verdict"] == ObjectiveVerdict.CANNOT_TELL}
    for row in rows:
        if row["verdict"] in _MESSAGES:
            kind, act = _MESSAGES[row["verdict"]]
            text = f"{act} “{shorten(row['statement'].rstrip('.'), _NAME)}”. It is {row['text']}."
            if aim := open_aims.get(row["message"]):
                by = f" by {aim['by_text']}" if aim["by_text"] else ""
                text += f" That is so in these days; whether its objective is met{by} cannot be told yet."
            yield _row(kind, row["message"], text, row["addresses"]["relevant"])


def _of_offers(keeps: Sequence[KeepVerdict], links: Links) -> Iterator[dict[str, Any]]:
    for keep in keeps:
        if keep.word in _OFFERS:
            why = f": {shorten(keep.why, _REASON)}" if keep.why else ""
            text = f"offer ‘{shorten(keep.name, _NAME)}’, {KEEP[keep.word]}{why}".rstrip(".") + "."
            yield _row(_OFFERS[keep.word], keep.offer, text, links.offer(keep.offer))


def _of_lifts(lifts: Sequence[Lift], links: Links) -> Iterator[dict[str, Any]]:
    for lift in lifts:
        if lift.found and lift.value is not None:
            kind = "continue" if lift.value > 0 else "change"
            yield _row(kind, lift.activity, shorten(lift.text, _REASON), links.impact())


def _of_sources(health: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """A source that has been dark for long will not come back by itself."""
    broken = [row for row in health if row.get("lasting")]
    if broken:
        names = joined([row["name"] for row in broken])
        yield _row("start", broken[0]["source"], f"repairing {names}: {broken[0]['lasting']}.", None)


def _row(kind: str, about: str, text: str, evidence: str | None) -> dict[str, Any]:
    return {"kind": kind, "word": WORDS[kind], "about": about, "text": text, "evidence": evidence}
