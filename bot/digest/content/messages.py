"""The message table: whether each key message comes through, against the period before, with its evidence. Pure.

Counts always; a share only from ``ENOUGH`` relevant stories on (measurement §5.2), and never without its interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.digest.content.health import stamp
from bot.digest.content.stories import where
from bot.digest.figures import as_set, percent_between, to_interval
from bot.digest.plain import clean, safe_url, shorten
from bot.model import ENOUGH, HURTS, Alignment, MessageStanding, Outcome, ScoredMention, Window
from bot.model.measure import SHARE

KEYS: Mapping[Outcome, str] = {
    Outcome.FULL: "full",
    Outcome.PARTIAL: "partial",
    Outcome.MISFRAMED: "misframed",
    Outcome.CONTRARY: "contrary",
    Outcome.NONE: "absent",
}
"""How a message's row calls the count of each outcome."""

_STATEMENT = 120
_QUOTE = 150
_LABEL = 32
_EVIDENCE = 2


def message_rows(
    standings: Sequence[MessageStanding],
    previous: Sequence[MessageStanding],
    mentions: Sequence[ScoredMention],
    window: Window,
    unlooked: str = "",
) -> list[dict[str, Any]]:
    """One row a message, contradicted ones first, else in the order given; ``mentions`` are what others say.

    ``unlooked`` says that hardly anything was looked at, where that is so.
    """
    before = {standing.message: standing for standing in previous}
    rows = [_row(standing, before.get(standing.message), mentions, window, unlooked) for standing in standings]
    return sorted(rows, key=lambda row: -(row["contrary"] + row["misframed"]))


def headliner(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The message that the verdict is about: the most contradicted, else the most misframed, else the most carried."""
    told = [row for row in rows if row["relevant"]]
    return max(told, key=lambda row: (row["contrary"], row["misframed"], row["full"], row["partial"]), default=None)


def label(row: Mapping[str, Any]) -> str:
    """A message's short name in quotes: ``‘single-origin’``."""
    return f"‘{shorten(str(row['message']), _LABEL)}’"


def _row(
    standing: MessageStanding,
    before: MessageStanding | None,
    mentions: Sequence[ScoredMention],
    window: Window,
    unlooked: str,
) -> dict[str, Any]:
    enough = standing.relevant >= ENOUGH
    counts = _counts(standing)
    return {
        "message": clean(standing.message),
        "statement": shorten(standing.statement, _STATEMENT),
        "period": {"start": stamp(window.start), "end": stamp(window.end), "timezone": window.timezone},
        **counts,
        "penetration": _share(standing, standing.penetration) if enough else None,
        "penetration_low": _share(standing, standing.penetration_low) if enough else None,
        "penetration_high": _share(standing, standing.penetration_high) if enough else None,
        "net_pull_through": to_interval(standing.net_pull_through, standing.low, standing.high) if enough else None,
        "low": to_interval(standing.low, standing.low, standing.high) if enough else None,
        "high": to_interval(standing.high, standing.low, standing.high) if enough else None,
        "corrected": standing.corrected,
        "labels": standing.labels,
        "basis": clean(standing.basis),
        "counted_penetration": to_interval(standing.counted_penetration, None, None),
        "previous": None if before is None else _counts(before),
        "target": standing.target,
        "verdict": clean(standing.verdict) if enough else "too few to say",
        "text": _text(standing, unlooked, enough=enough),
        "evidence": _evidence(standing, mentions),
    }


def _counts(standing: MessageStanding) -> dict[str, int]:
    seen = standing.full + standing.partial + standing.misframed + standing.contrary
    return {
        "relevant": standing.relevant,
        "full": standing.full,
        "partial": standing.partial,
        "misframed": standing.misframed,
        "contrary": standing.contrary,
        "absent": max(0, standing.relevant - seen),
    }


def _share(standing: MessageStanding, value: float | None) -> float | None:
    return to_interval(value, standing.penetration_low, standing.penetration_high)


def _text(standing: MessageStanding, unlooked: str, *, enough: bool) -> str:
    """``not happening: at least partly in 4 % [1, 12], target 15 %``: a verdict beside what it was judged by."""
    if not standing.relevant:
        return unlooked or "nothing to judge it by"
    if not enough:
        return "too few to say"
    share, low, high = standing.penetration, standing.penetration_low, standing.penetration_high
    if share is None or low is None or high is None:
        return clean(standing.verdict)
    target = "" if standing.target is None else f", target {as_set(standing.target, SHARE)}"
    told = f"{clean(standing.verdict)}: at least partly in {percent_between(share, low, high)}{target}"
    return f"{told}; {clean(standing.basis)}" if standing.basis else told


def _evidence(standing: MessageStanding, mentions: Sequence[ScoredMention]) -> list[dict[str, Any]]:
    """Verbatim quotes with their links: what goes against the message first, then what carries it."""
    known: dict[str, tuple[ScoredMention, Alignment]] = {}
    for scored in mentions:
        for alignment in scored.score.alignments:
            if alignment.message == standing.message and alignment.outcome is not Outcome.NONE:
                known[scored.mention.id] = (scored, alignment)
    rows: list[dict[str, Any]] = []
    for mention, (scored, alignment) in known.items():
        if alignment.outcome in HURTS:
            rows.append(_piece(mention, alignment.quote, scored.mention.item.url, alignment.outcome, where(scored)))
    for piece in standing.evidence:
        match = known.get(piece.mention)
        outcome = match[1].outcome if match else None
        rows.append(_piece(piece.mention, piece.quote, piece.url, outcome, where(match[0]) if match else None))
    unique: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["quote"]:
            unique.setdefault(row["mention"], row)
    return list(unique.values())[:_EVIDENCE]


def _piece(mention: str, quote: str, url: str | None, outcome: Outcome | None, place: str | None) -> dict[str, Any]:
    return {
        "mention": mention,
        "quote": shorten(quote, _QUOTE),
        "url": safe_url(url),
        "outcome": None if outcome is None else outcome.value,
        "where": place,
    }
