"""The rules that scores come about by: named by a version, told apart by what they consist of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.model.score import OWNED, Outcome, Score, ToneLabel


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """A set of scoring rules. ``told`` is what it consists of, as JSON holds it; empty when nobody wrote it down."""

    version: str
    told: Mapping[str, Any]
    first_used_at: datetime


@dataclass(frozen=True, slots=True)
class ScoreBrief:
    """What of a score is compared with another's; it holds no word of the text.

    ``values`` are the numbers of its receipt by factor, ``sources`` where tone and weights come from.
    """

    rules_version: str
    label: ToneLabel | None
    score: float | None
    values: Mapping[str, float]
    sources: Mapping[str, str]
    outcomes: Mapping[str, Outcome]
    owned: bool


def brief_of(score: Score) -> ScoreBrief:
    """A score without its words."""
    return ScoreBrief(
        rules_version=score.rules_version,
        label=score.tone.label,
        score=score.score,
        values={factor.name: float(factor.value) for factor in score.factors if isinstance(factor.value, int | float)},
        sources={factor.name: factor.source for factor in score.factors if factor.name in _SOURCED},
        outcomes={alignment.message: alignment.outcome for alignment in score.alignments},
        owned=OWNED in score.flags,
    )


_SOURCED = frozenset({"tone", "weight_tone"})


def rule_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """What differs between what two sets of rules consist of, a few words each: ``engine vader 3.3.2 → heard 1``."""
    if not (before and after):
        return ("what the other rules consist of was not written down",) if before != after else ()
    return tuple(
        said
        for part in sorted({*before, *after})
        if before.get(part) != after.get(part)
        for said in _changed(part, before.get(part), after.get(part))
    )


def _changed(part: str, before: Any, after: Any) -> Iterator[str]:
    old, new = _by_name(before), _by_name(after)
    if old is not None and new is not None and old | new:
        yield from _changed_rows(part, old, new)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield _changed_values(part, before, after)
    elif isinstance(before, Mapping) or isinstance(after, Mapping):
        yield f"{part} {'is gone' if after is None else 'is new'}"
    else:
        yield f"{part} {_plain(before)} → {_plain(after)}"


def _changed_rows(part: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    one = part.removesuffix("s")
    yield from (f"{one} {name} is new" for name in sorted(new.keys() - old.keys()))
    yield from (f"{one} {name} is gone" for name in sorted(old.keys() - new.keys()))
    yield from (f"{one} {name} changed" for name in sorted(old.keys() & new.keys()) if old[name] != new[name])
    if old == new:
        yield f"{part} in another order"


def _changed_values(part: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """``weights 1 → 2 (tone 0.5 → 0.6)``: the version where it has one, and the values that differ."""
    differing = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
    said = [f"{key} {_plain(before.get(key))} → {_plain(after.get(key))}" for key in differing if key != "version"]
    if "version" not in differing:
        return f"{part}: {', '.join(said)}"
    named = f"{part} {_plain(before.get('version'))} → {_plain(after.get('version'))}"
    return f"{named} ({', '.join(said)})" if said else named


def _by_name(rows: Any) -> dict[str, Any] | None:
    """Rows of a list by what names them, none where there are none; None for anything else."""
    if rows is None:
        return {}
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        return None
    return {str(row.get("id") or row.get("match") or number): row for number, row in enumerate(rows)}


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_plain, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)
