"""How a digest's figures were made, for those who ask. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.digest.content.numbers import numbers_of
from bot.digest.given import DigestInput
from bot.model import ScoredMention
from bot.phrases import joined


def _labelled(given: DigestInput) -> str:
    """What of tone and messages people's labels have corrected."""
    corrected = [bool(given.tone and given.tone.corrected), *(one.corrected for one in given.messages)]
    if not any(corrected):
        return "Tone and messages: model counts, not corrected by people's labels."
    rest = "" if all(corrected) else "; where it does not say so, they are model counts"
    return f"Net tone and shares: corrected by people's labels of a random sample (PPI++){rest}."


def method_of(given: DigestInput, ours: Sequence[ScoredMention]) -> str:
    """How the figures were made, for those who ask: what kinds of reach, which rules, whose counts."""
    rules = sorted({scored.score.rules_version for scored in ours})
    contexts = sorted({scored.score.context_id for scored in ours if scored.score.context_id})
    bases: dict[str, int] = {}
    for scored in ours:
        basis = scored.score.reach.basis.value.replace("_", " ")
        bases[basis] = bases.get(basis, 0) + 1
    parts = []
    if ours:
        parts.append(f"Counted: {numbers_of(ours).text}.")
        parts.append("Reach: " + ", ".join(f"{basis} {number}" for basis, number in sorted(bases.items())) + ".")
        parts.append(_labelled(given))
        # One context a day of collecting: the first and the last name them all.
        context = f", contexts {contexts[0]} to {contexts[-1]}" if contexts[1:] else f", context {contexts[0]}"
        parts.append(f"Scores by rules {joined(rules)}{context}; ‘heard explain ID’ shows every factor.")
    if not given.offers:
        parts.append("Nothing here measures an outcome: no offer is set up.")
    wider = " those of objectives are wider, so that reviews seldom err;" if given.objectives else ""
    parts.append(f"Ranges are 95 % intervals;{wider} those of reach are the estimate's own band.")
    return " ".join(parts)
