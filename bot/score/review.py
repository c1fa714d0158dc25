"""Which stories people look over: a random sample, all that go against a message, some that are too near to call. Pure.

The random sample is what estimates rest on, so nothing that the model says has a part in it: each story has a number
from a seeded hash, and those with the lowest are drawn. Asked in that order, a sample that was labelled in part is
still a random one.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, chain, zip_longest

from bot.model import (
    HURTS,
    Coding,
    Gold,
    Interval,
    Label,
    LabelKind,
    Outcome,
    ReviewSample,
    ScoredMention,
    Stratum,
)
from bot.score.summary import strongest

ASKED_IN_ORDER = (Stratum.RANDOM, Stratum.FLAGGED, Stratum.UNCERTAIN)

SKIPPED = 0.1
"""Share of a sample, as far as it was answered, that may have been skipped."""

Story = Sequence[ScoredMention]


def draw(stories: Iterable[Story], period: Interval, size: int, seed: str, now: datetime) -> tuple[ReviewSample, ...]:
    """A simple random sample of the stories, each by its oldest mention; the same again for the same ``seed``."""
    said = [story[0].mention for story in stories]
    drawn = sorted(said, key=lambda mention: _number(seed, period, mention.id))[:size]
    share = len(drawn) / len(said) if said else 0.0
    return tuple(
        ReviewSample(period, mention.id, mention.subject, Stratum.RANDOM, place, share, now)
        for place, mention in enumerate(drawn)
    )


def flagged(stories: Iterable[Story], period: Interval, seed: str, now: datetime) -> tuple[ReviewSample, ...]:
    """Every mention by which a story goes against a message: a census, so its chance is 1; in chance order, too."""
    found = {
        scored.mention.id: scored.mention.subject
        for story in stories
        for scored, alignment in strongest(story).values()
        if alignment.outcome in HURTS
    }
    return tuple(
        ReviewSample(period, mention, subject, Stratum.FLAGGED, place, 1.0, now)
        for place, (mention, subject) in enumerate(
            sorted(found.items(), key=lambda pair: _number(seed, period, pair[0]))
        )
    )


def uncertain(stories: Iterable[Story], period: Interval, most: int, now: datetime) -> tuple[ReviewSample, ...]:
    """Those whose labels teach most, in turn: no tone, a doubtful tone, a message nearly found, one hardly found."""
    leads = [story[0] for story in stories]
    rows = chain.from_iterable(zip_longest(*(_ranked(leads, doubt) for doubt in _DOUBTS)))
    found = {scored.mention.id: scored.mention.subject for scored in rows if scored is not None}
    return tuple(
        ReviewSample(period, mention, subject, Stratum.UNCERTAIN, place, None, now)
        for place, (mention, subject) in enumerate(list(found.items())[:most])
    )


def gold(labels: Iterable[Label]) -> Gold:
    """What each coder says of each mention: the last label of a kind wins (``labels`` oldest first)."""
    found: dict[str, dict[str, Coding]] = {}
    for label in labels:
        if label.kind is not LabelKind.DUPLICATE:
            codings = found.setdefault(label.mention, {})
            codings[label.who] = codings.get(label.who, Coding()).with_label(label)
    return found


def asked_of(scored: ScoredMention, messages: Collection[str]) -> tuple[str, ...]:
    """The messages that a coder is asked about: all that the mention was coded for, whatever came out."""
    return tuple(alignment.message for alignment in scored.score.alignments if alignment.message in messages)


def is_done(coding: Coding | None, asked: Collection[str]) -> bool:
    """Whether a coder has answered all: not about the subject, or a tone and an outcome for each message."""
    if coding is None or coding.relevant is None:
        return False
    return not coding.relevant or (coding.tone is not None and all(message in coding.messages for message in asked))


def waiting_for(
    who: str, samples: Iterable[ReviewSample], codings: Gold, asked: Mapping[str, Collection[str]], overlap: float
) -> Iterator[ReviewSample]:
    """What ``who`` is to look over, in order: what nobody has, and of the sample's first ``overlap`` share what one
    other coder has. ``asked`` are the messages by mention; one that is not in it is gone.
    """
    drawn = list(samples)
    sizes: dict[datetime, int] = {}
    for sample in drawn:
        if sample.stratum is Stratum.RANDOM:
            sizes[sample.period.start] = max(sizes.get(sample.period.start, 0), sample.place + 1)
    seen: set[str] = set()
    for sample in sorted(drawn, key=lambda one: (ASKED_IN_ORDER.index(one.stratum), one.period.start, one.place)):
        if sample.mention not in asked or sample.mention in seen:
            continue
        seen.add(sample.mention)
        done = [
            coder for coder, coding in codings.get(sample.mention, {}).items() if is_done(coding, asked[sample.mention])
        ]
        twice = sample.stratum is Stratum.RANDOM and sample.place < math.ceil(overlap * sizes[sample.period.start])
        if who not in done and len(done) < (2 if twice else 1):
            yield sample


def beyond_answered(samples: Iterable[ReviewSample], codings: Gold) -> frozenset[str]:
    """Of the random samples, what lies beyond the part that was answered in its order.

    A label there was given for another reason, as one of a story that was flagged before the sample was drawn: counted
    with the random ones, it would make the model look worse than it is, or better. The part ends where more than a
    tenth of it would be without an answer.
    """
    by_period: dict[datetime, list[ReviewSample]] = {}
    for sample in samples:
        if sample.stratum is Stratum.RANDOM:
            by_period.setdefault(sample.period.start, []).append(sample)
    beyond: set[str] = set()
    for drawn in by_period.values():
        ordered = [sample.mention for sample in sorted(drawn, key=lambda one: one.place)]
        answers = accumulate(bool(codings.get(mention)) for mention in ordered)
        part = max((size for size, told in enumerate(answers, 1) if told >= (1 - SKIPPED) * size), default=0)
        beyond.update(ordered[part:])
    return frozenset(beyond)


def _number(seed: str, period: Interval, mention: str) -> bytes:
    return hashlib.sha256(f"{seed}|{period.start.isoformat()}|{mention}".encode()).digest()


def _ranked(leads: Sequence[ScoredMention], doubt: Callable[[ScoredMention], float | None]) -> list[ScoredMention]:
    """Those that are in doubt, the most doubtful first."""
    found = [(value, scored) for scored in leads if (value := doubt(scored)) is not None]
    return [scored for _, scored in sorted(found, key=lambda pair: (-pair[0], pair[1].mention.id))]


def _no_tone(scored: ScoredMention) -> float | None:
    return 1.0 if scored.score.tone.label is None else None


def _doubtful_tone(scored: ScoredMention) -> float | None:
    confidence = scored.score.tone.confidence
    return None if scored.score.tone.label is None or confidence is None else 1 - confidence


def _nearly_found(scored: ScoredMention) -> float | None:
    missed = [one.likeness for one in scored.score.alignments if one.outcome is Outcome.NONE and one.likeness]
    return max(missed, default=None)


def _hardly_found(scored: ScoredMention) -> float | None:
    found = [one.confidence for one in scored.score.alignments if one.outcome is not Outcome.NONE]
    return 1 - min(found) if found else None


_DOUBTS = (_no_tone, _doubtful_tone, _nearly_found, _hardly_found)
