"""Which key messages a text carries, each with the verbatim sentence that shows it; lexical, no model, no training.

Stages (measurement §5.3): near-verbatim first, then likeness, then polarity and details, which can turn a likeness into
``contrary`` or ``misframed``. Polarity is never taken from sentiment. Each reason says which stage decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from bot.model import Alignment, KeyMessage, Outcome, ScoringContext
from bot.ports import MessageMatcher
from bot.score.details import missing_number
from bot.score.messages.forms import Form, Piece, Role, clauses_of, forms_of, pieces_of
from bot.score.messages.nearness import FULL_FROM, PARTIAL_FROM, TOO_FAR, Nearness, nearness
from bot.score.polarity import Stance
from bot.score.similarity import StatementIndex, weigher

LONG_QUOTE = 240
"""Characters. From a longer sentence the clause that says it is quoted, where one does."""

NEEDS_REVIEW = "needs review"
RULED_BY_HAND = 0.6
"""Factor on the confidence of what a rule of thumb decided."""

DIGITS = 3
"""Decimals of a likeness."""

Found = tuple[tuple[float, bool], Alignment]
"""An alignment with its rank: how strong it is, and whether it contradicts."""


Numbers = tuple[int, ...]
Prepared = tuple[tuple[Form, ...], tuple[tuple[Numbers, Numbers], ...], StatementIndex]
"""All forms; for each message those that say it and those that say the opposite; and the forms as an index."""


class LexicalMatcher:
    """A ``MessageMatcher`` that needs no model."""

    version = "lexical-2"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self._prepared = lru_cache(maxsize=64)(prepare)
        self._latest: tuple[tuple[KeyMessage, ...], ScoringContext, Prepared] | None = None

    def align(self, text: str, messages: Sequence[KeyMessage], context: ScoringContext) -> tuple[Alignment, ...]:
        """One alignment a message, in order, ``none`` included; each quote is verbatim from ``text``.

        A message's likeness is that of the sentence that comes nearest to one of its statements or parts, or what a
        counter-statement leaves of it.
        """
        if not messages:
            return ()
        forms, owned, index = self._prepared_for(tuple(messages), context)
        found: dict[int, Found] = {}
        nearest, likeness = [0.0] * len(forms), [0.0] * len(forms)
        seen: set[str] = set()
        for piece in pieces_of(text):
            if piece.text in seen:
                continue
            seen.add(piece.text)
            similarities = index.similarities(piece.stems)
            nearest = list(map(max, nearest, similarities))
            if max(similarities, default=0.0) < TOO_FAR:
                continue
            for number, similarity in enumerate(similarities):
                if similarity < TOO_FAR:
                    continue
                form = forms[number]
                near = nearness(piece, form, number, similarity, index)
                likeness[number] = max(likeness[number], near.likeness)
                judged = _judge(piece, form, near, messages[form.message].id) if near.partial else None
                if judged is None:
                    continue
                best = found.get(form.message)
                rank = (near.strength, judged.outcome is Outcome.CONTRARY)  # at a tie, what nobody should miss
                if best is None or rank > best[0]:
                    found[form.message] = rank, _shorten(piece, judged, number, index)
        # So far off as the others are, which way they point takes hardly anything from them.
        likeness = [max(near, min(far, TOO_FAR)) for near, far in zip(likeness, nearest, strict=True)]
        return tuple(
            [
                replace(found[at][1], likeness=agreeing(likeness, says, against))
                if at in found
                else _unsaid(message.id, says, against, nearest, likeness)
                for at, (message, (says, against)) in enumerate(zip(messages, owned, strict=True))
            ]
        )

    def likenesses(
        self, texts: Sequence[str], statements: Sequence[str], context: ScoringContext
    ) -> Sequence[Sequence[float]]:
        """How near each text comes to saying each statement, in [0, 1]: a row a text, a column a statement."""
        return table_of_likenesses(self, texts, statements, context)

    def _prepared_for(self, messages: tuple[KeyMessage, ...], context: ScoringContext) -> Prepared:
        """What :func:`prepare` makes, remembered; the last of them is known again without hashing all messages."""
        latest = self._latest
        if latest is None or latest[1] is not context or latest[0] != messages:
            latest = self._latest = messages, context, self._prepared(messages, ByContent(context))
        return latest[2]


def table_of_likenesses(
    matcher: MessageMatcher, texts: Sequence[str], statements: Sequence[str], context: ScoringContext
) -> Sequence[Sequence[float]]:
    """A matcher's likenesses by its alignments: each statement taken as a message."""
    messages = tuple(KeyMessage(str(number), statement) for number, statement in enumerate(statements))
    found = (matcher.align(text, messages, context) for text in texts)
    return [[alignment.likeness or 0.0 for alignment in row] for row in found]


class ByContent:
    """A context as a cache key: by its id and size, since its mappings cannot be hashed."""

    __slots__ = ("_key", "context")

    def __init__(self, context: ScoringContext) -> None:
        self.context = context
        self._key = (context.id, context.documents, len(context.idf))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByContent) and self._key == other._key


def prepare(messages: tuple[KeyMessage, ...], key: ByContent) -> Prepared:
    """The forms of the messages and their index, by the words' weights in a context."""
    forms = tuple(form for number, message in enumerate(messages) for form in forms_of(number, message))
    stems = [form.stems for form in forms]
    owned = tuple(
        (
            tuple(n for n, form in enumerate(forms) if form.message == at and form.role is not Role.COUNTER),
            tuple(n for n, form in enumerate(forms) if form.message == at and form.role is Role.COUNTER),
        )
        for at in range(len(messages))
    )
    return forms, owned, StatementIndex(stems, weigher(key.context, stems), [form.message for form in forms])


def _judge(piece: Piece, form: Form, near: Nearness, message: str) -> Alignment | None:
    """What the piece does to the message by this form; None when it does nothing that can be named."""
    if form.role is Role.COUNTER:
        return _judge_counter(piece, near, message)
    if near.stands is not Stance.SAYS:
        return _judge_unsaid(piece, form, near, message)
    if near.difference:
        reason = f"says {form.role.value} with another detail: {near.difference}; {NEEDS_REVIEW}"
        return _aligned(piece, message, Outcome.MISFRAMED, near.confidence * RULED_BY_HAND, reason)
    if form.role is Role.PARTIAL or not near.full:
        part = "part of the statement" if form.role is Role.SUPPORT else form.role.value
        return _aligned(piece, message, Outcome.PARTIAL, near.confidence, f"says {part} {near.words()}")
    missing = missing_number(piece.text, form.text)
    if missing:
        reason = f"says the statement {near.words()}, without its {missing}"
        return _aligned(piece, message, Outcome.PARTIAL, near.confidence, reason)
    return _aligned(piece, message, Outcome.FULL, near.confidence, f"says the statement {near.words()}")


def _judge_counter(piece: Piece, near: Nearness, message: str) -> Alignment | None:
    """A counter-statement counts when it is said; denied or asked, it is left to the message's own forms."""
    if near.stands is not Stance.SAYS or not (near.full or near.similarity >= FULL_FROM):
        return None
    reason = f"says a counter-statement {near.words()}"
    return _aligned(piece, message, Outcome.CONTRARY, near.confidence, reason)


def _judge_unsaid(piece: Piece, form: Form, near: Nearness, message: str) -> Alignment | None:
    """A statement that is denied, asked or doubted. A mere part with a "not" near it is too weak to call either."""
    if not near.full:
        return None
    confidence = near.confidence * RULED_BY_HAND
    if near.stands is Stance.DENIES:
        reason = f"says {form.role.value} {near.words()} but denies it ({near.cues}); {NEEDS_REVIEW}"
        return _aligned(piece, message, Outcome.CONTRARY, confidence, reason)
    reason = f"repeats {form.role.value} {near.words()} without saying it ({near.cues}); {NEEDS_REVIEW}"
    return _aligned(piece, message, Outcome.MISFRAMED, confidence, reason)


def _aligned(piece: Piece, message: str, outcome: Outcome, confidence: float, reason: str) -> Alignment:
    end = piece.start + len(piece.text)
    return Alignment(message, outcome, round(confidence, 2), piece.text, piece.start, end, reason)


def _unsaid(
    message: str, says: Numbers, against: Numbers, nearest: Sequence[float], likeness: Sequence[float]
) -> Alignment:
    """What is said of a message that no sentence carries, by how near the nearest is to its forms."""
    if len(says) == 1 and not against:  # as most messages are; the rest would come out the same, and later
        return _absent(message, round(nearest[says[0]], 2), round(likeness[says[0]], DIGITS))
    return _absent(message, round(_most(nearest, (*says, *against)), 2), agreeing(likeness, says, against))


@lru_cache(maxsize=16_384)
def _absent(message: str, nearest: float, likeness: float) -> Alignment:
    """No sentence carries it; the surer, the farther the nearest sentence is."""
    confidence = round(1 - min(1.0, nearest / PARTIAL_FROM) / 2, 2)
    reason = f"no sentence says it (nearest likeness {nearest:.2f})"
    return Alignment(message, Outcome.NONE, confidence, reason=reason, likeness=likeness)


def agreeing(likeness: Sequence[float], says: Sequence[int], against: Sequence[int]) -> float:
    """The likeness to a message by those of its forms: the largest, or what a nearer counter-statement leaves of it."""
    said = _most(likeness, says)
    countered = _most(likeness, against) if against else 0.0
    return round(said if said >= countered else said * (1 - countered), DIGITS)


def _most(values: Sequence[float], among: Sequence[int]) -> float:
    """The largest of the values with these numbers; 0 of none."""
    return max([values[number] for number in among], default=0.0)


def _shorten(piece: Piece, judged: Alignment, number: int, index: StatementIndex) -> Alignment:
    """The quote cut to the clause of a long sentence that is most like the form.

    What a rule decided is quoted whole: the word that decided it may stand elsewhere in the sentence.
    """
    if len(piece.text) <= LONG_QUOTE or NEEDS_REVIEW in judged.reason:
        return judged
    best, best_similarity = judged, index.similarities(piece.stems)[number]
    for start, end in clauses_of(piece.text):
        words = [word for word in piece.words if start <= word.start and word.end <= end]
        similarity = index.similarities([word.stem for word in words])[number] if words else 0.0
        clause = piece.text[start:end]
        if similarity > best_similarity:
            at = piece.start + start
            best = replace(judged, quote=clause, start=at, end=at + len(clause))
            best_similarity = similarity
    return best
