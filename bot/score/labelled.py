"""What people said of a mention in place of what the rules say: for reading only, the stored score stays. Pure.

The person's word decides. A tone of the same label as the rules' keeps its strength; any other becomes -1, 0 or 1. An
outcome of the same value keeps its quote. Corrected rates must see the rules' own word beside the person's, so they are
never given what comes from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.model import TONE_VALUE, Alignment, Factor, Label, LabelKind, Outcome, ScoredMention, ToneLabel, ToneReading
from bot.score.receipt import MIXED, message_value, quality_of
from bot.score.scoring import TONE_UNKNOWN, message_method

BY_A_PERSON = "labelled by a person"
CERTAIN = 1.0


def as_labelled(scored: ScoredMention, labels: Iterable[Label]) -> ScoredMention:
    """The mention with the last word that people had on its tone and its messages, and its score worked out anew."""
    said: ToneLabel | None = None
    outcomes: dict[str, Outcome] = {}
    for label in labels:
        if label.kind is LabelKind.TONE:
            said = ToneLabel(label.value)
        elif label.kind is LabelKind.MESSAGE and label.about is not None:
            outcomes[label.about] = Outcome(label.value)
    if said is None and not outcomes:
        return scored
    score = scored.score
    tone = score.tone if said is None else _toned(score.tone, said)
    alignments = tuple(
        _aligned(one, outcomes.pop(one.message)) if one.message in outcomes else one for one in score.alignments
    )
    alignments += tuple(Alignment(about, said, CERTAIN, reason=BY_A_PERSON) for about, said in outcomes.items())
    value, mixed = message_value(()) if scored.owned else message_value(alignments)
    factors = _factors(score.factors, tone, value, message_method(alignments, owned=scored.owned))
    quality = quality_of(factors)
    flags = {TONE_UNKNOWN: tone.tone is None, MIXED: mixed}
    return replace(
        scored,
        score=replace(
            score,
            tone=tone,
            alignments=alignments,
            factors=factors,
            quality=quality,
            score=None if quality is None else quality * score.weight,
            flags=(
                *(name for name in score.flags if name not in flags),
                *(name for name, raised in flags.items() if raised),
            ),
        ),
    )


def said_by_people(mentions: Iterable[ScoredMention], message: str) -> int:
    """How many of these labelled mentions have a person's word on the message."""
    return sum(
        one.message == message and one.reason.startswith(BY_A_PERSON)
        for scored in mentions
        for one in scored.score.alignments
    )


def _toned(read: ToneReading, label: ToneLabel) -> ToneReading:
    if read.label is label:
        return replace(read, confidence=CERTAIN, why="; ".join(filter(None, (BY_A_PERSON, read.why))))
    said = f"{BY_A_PERSON}; the rules said {read.label or 'nothing'}"
    return ToneReading(TONE_VALUE[label], label, CERTAIN, why=said)


def _aligned(ruled: Alignment, said: Outcome) -> Alignment:
    if ruled.outcome is said:
        return replace(ruled, confidence=CERTAIN, reason=f"{BY_A_PERSON}; {ruled.reason}")
    reason = f"{BY_A_PERSON}; the rules said {ruled.outcome}: {ruled.reason}"
    if said is Outcome.NONE:
        return replace(ruled, outcome=said, confidence=CERTAIN, quote="", start=0, end=0, reason=reason)
    return replace(ruled, outcome=said, confidence=CERTAIN, reason=reason)


def _factors(factors: Sequence[Factor], tone: ToneReading, message: float, method: str) -> tuple[Factor, ...]:
    """The receipt's lines with these of tone and message."""
    told = {"tone": (tone.tone, tone.why or "tone toward the subject"), "message": (message, method)}
    return tuple(
        replace(factor, value=told[factor.name][0], method=told[factor.name][1]) if factor.name in told else factor
        for factor in factors
    )
