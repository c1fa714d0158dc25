"""Series breaks: scores by different rules are never compared or mixed silently (measurement §4). Pure.

The rules of a period are those that most of its scores were made by; whatever else stands in it, or in the period that
it is compared with, is "other rules".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.digest import wording
from bot.digest.plain import clean
from bot.model import RulesVersion, ScoredMention, rule_changes
from bot.phrases import plural

_NAMED = 4
"""Changes of the rules that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """Two periods that cannot be compared. ``changes`` says what differs between the rules, in words.

    ``mixed`` says how many scores of the period itself are by other rules; empty when none is.
    """

    text: str
    changes: tuple[str, ...]
    mixed: str = ""

    def shape(self) -> dict[str, object]:
        """As the digest's JSON holds it."""
        return {"text": self.text, "changes": list(self.changes), "mixed": self.mixed or None}


def series_break(
    mentions: Sequence[ScoredMention],
    previous: Sequence[ScoredMention],
    rules: Sequence[RulesVersion],
    zone: str,
) -> SeriesBreak | None:
    """The break between or within two periods' scores; None where one set of rules made them all, or nothing is here.

    ``rules`` are the sets that are known, ``zone`` the one that days are told in.
    """
    counts = Counter(scored.score.rules_version for scored in mentions)
    if not counts:
        return None
    present = max(counts, key=lambda version: (counts[version], version))
    others = [scored for scored in (*mentions, *previous) if scored.score.rules_version != present]
    if not others:
        return None
    last = max(scored.mention.told_at for scored in others).astimezone(ZoneInfo(zone)).date()
    changes = _changes({scored.score.rules_version for scored in others}, present, rules)
    day = wording.day_label(last + timedelta(days=1))
    text = f"Series break: scored by other rules before {day} ({_listed(changes)}). No difference is shown."
    return SeriesBreak(text, changes, _mixed(counts, present))


def _changes(others: set[str], present: str, rules: Sequence[RulesVersion]) -> tuple[str, ...]:
    told = {known.version: known.told for known in rules}
    said = (
        change for version in sorted(others) for change in rule_changes(told.get(version, {}), told.get(present, {}))
    )
    return tuple(dict.fromkeys(map(clean, said))) or ("which, was not written down",)


def _listed(changes: Sequence[str]) -> str:
    more = len(changes) - _NAMED
    return "; ".join((*changes[:_NAMED], *((f"and {plural(more, 'more change')}",) if more > 0 else ())))


def _mixed(counts: Counter[str], present: str) -> str:
    total, others = counts.total(), counts.total() - counts[present]
    if not others:
        return ""
    return f"Mixed: {others:,} of these {plural(total, 'score')} {'is' if others == 1 else 'are'} by other rules."
