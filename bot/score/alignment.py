"""Which key messages a text carries, each with the verbatim sentence that shows it; lexical, no model, no training.

Stages (measurement §5.3): near-verbatim first, then similarity, then polarity and details, which can turn a likeness
into ``contrary`` or ``misframed``. Polarity is never taken from sentiment.

Thresholds were chosen on ``argkp_train14k`` and confirmed on ``argkp_dev`` (development files; no test split was read).
Share of true matches among pairs above them, with and without the texts' own pool behind the idf: ``PARTIAL_FROM`` .95
and .75, ``FULL_FROM`` 1.0 and .95. They are not calibrated per message; language.md §4 says why they cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from rapidfuzz.fuzz import partial_ratio
from rapidfuzz.utils import default_process

from bot.model import Alignment, KeyMessage, Outcome, ScoringContext
from bot.score.details import differing_detail, missing_number
from bot.score.polarity import Stance, stance
from bot.score.sentences import split_sentences
from bot.score.similarity import StatementIndex, weigher
from bot.score.words import Word, words_of

VERBATIM_FROM = 90
"""rapidfuzz ``partial_ratio`` of 100 from which a sentence says a statement nearly word for word."""

FULL_FROM, FULL_HELD = 0.45, 0.6
"""Similarity, and share of the statement's weight in the sentence, from which a paraphrase counts in full."""

PARTIAL_FROM, PARTIAL_HELD = 0.30, 0.5
"""The same for a part of it."""

TOO_FAR = 0.15
"""Similarity under which no outcome is possible, a verbatim one with typing errors included."""

LONG_QUOTE = 240
"""Characters. From a longer sentence the clause that says it is quoted, where one does."""

NEEDS_REVIEW = "needs review"
RULED_BY_HAND = 0.6
"""Factor on the confidence of what a rule of thumb decided."""


class Role(Enum):
    """What a form of a message is there for."""

    SUPPORT = "the statement"
    PARTIAL = "a part of the message"
    COUNTER = "a counter-statement"


@dataclass(frozen=True, slots=True)
class _Form:
    """One way of putting a message; ``plain`` is how the fuzzy comparison sees it."""

    message: int
    role: Role
    text: str
    plain: str
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the text that may carry a message: a sentence, or a clause of a long one."""

    text: str
    start: int
    words: Sequence[Word]
    stems: Sequence[str]
    plain: str


@dataclass(frozen=True, slots=True)
class _Likeness:
    """How far a piece resembles a form: ``ratio`` of 100 when nearly verbatim, else 0; ``similarity`` in [0, 1]."""

    ratio: float
    similarity: float
    held: float

    @property
    def strength(self) -> float:
        return max(self.ratio / 100, self.similarity)

    @property
    def full(self) -> bool:
        return self.ratio > 0 or (self.similarity >= FULL_FROM and self.held >= FULL_HELD)

    @property
    def partial(self) -> bool:
        return self.full or (self.similarity >= PARTIAL_FROM and self.held >= PARTIAL_HELD)

    @property
    def confidence(self) -> float:
        """Certainty in [0, 1], rising with the likeness; not a probability."""
        if self.ratio:
            return round(min(0.98, self.ratio / 100), 2)
        return round(min(0.95, 0.60 + 1.4 * max(0.0, self.similarity - 0.25)), 2)

    def words(self) -> str:
        """The likeness in words for people."""
        if self.ratio:
            return f"nearly word for word ({self.ratio:.0f} of 100)"
        return f"in other words (likeness {self.similarity:.2f})"


class LexicalMatcher:
    """A ``MessageMatcher`` that needs no model."""

    version = "lexical-1"

    def __init__(self) -> None:
        self._prepared = lru_cache(maxsize=8)(_prepare)

    def align(self, text: str, messages: Sequence[KeyMessage], context: ScoringContext) -> tuple[Alignment, ...]:
        """One alignment a message, in order, ``none`` included; each quote is verbatim from ``text``."""
        if not messages:
            return ()
        forms, index = self._prepared(tuple(messages), _ByContent(context))
        found: dict[int, tuple[tuple[float, bool], Alignment]] = {}
        nearest = [0.0] * len(messages)
        for piece in _sentences(text):
            for number, similarity in enumerate(index.similarities(piece.stems)):
                form = forms[number]
                nearest[form.message] = max(nearest[form.message], similarity)
                if similarity < TOO_FAR:
                    continue
                likeness = _Likeness(_verbatim(piece, form), similarity, index.held(number, piece.stems))
                judged = _judge(piece, form, likeness, messages[form.message].id) if likeness.partial else None
                if judged is None:
                    continue
                best = found.get(form.message)
                rank = (likeness.strength, judged.outcome is Outcome.CONTRARY)  # at a tie, what nobody should miss
                if best is None or rank > best[0]:
                    found[form.message] = rank, _shorten(piece, judged, number, index)
        return tuple(
            found[number][1] if number in found else _absent(message.id, nearest[number])
            for number, message in enumerate(messages)
        )


class _ByContent:
    """A context as a cache key: by its id and size, since its mappings cannot be hashed."""

    __slots__ = ("_key", "context")

    def __init__(self, context: ScoringContext) -> None:
        self.context = context
        self._key = (context.id, context.documents, len(context.idf))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByContent) and self._key == other._key


def _prepare(messages: tuple[KeyMessage, ...], key: _ByContent) -> tuple[tuple[_Form, ...], StatementIndex]:
    forms = tuple(form for number, message in enumerate(messages) for form in _forms(number, message))
    stems = [form.stems for form in forms]
    return forms, StatementIndex(stems, weigher(key.context, stems))


def _forms(number: int, message: KeyMessage) -> Iterator[_Form]:
    for role, texts in (
        (Role.SUPPORT, (message.statement, *message.variants)),
        (Role.PARTIAL, message.partials),
        (Role.COUNTER, message.counter),
    ):
        for text in texts:
            stems = tuple(word.stem for word in words_of(text))
            if stems:
                yield _Form(number, role, text, default_process(text), stems)


def _sentences(text: str) -> Iterator[_Piece]:
    for start, end in split_sentences(text):
        sentence = text[start:end]
        words = words_of(sentence)
        if words:
            yield _Piece(sentence, start, words, [word.stem for word in words], default_process(sentence))


def _verbatim(piece: _Piece, form: _Form) -> float:
    """The fuzzy ratio of 100 when the piece holds the whole form nearly word for word, else 0."""
    if len(piece.plain) * 10 < len(form.plain) * 9:  # the shorter would be looked for in the longer
        return 0.0
    return partial_ratio(form.plain, piece.plain, score_cutoff=VERBATIM_FROM)


def _judge(piece: _Piece, form: _Form, likeness: _Likeness, message: str) -> Alignment | None:
    """What the piece does to the message by this form; None when it does nothing that can be named."""
    stood, cues = stance(piece.text, piece.words, form.text, frozenset(form.stems))
    if form.role is Role.COUNTER:
        return _judge_counter(piece, likeness, message, stood)
    if stood is not Stance.SAYS:
        return _judge_unsaid(piece, form, likeness, message, stood, cues)
    difference = differing_detail(piece.text, form.text)
    if difference:
        reason = f"says {form.role.value} with another detail: {difference}; {NEEDS_REVIEW}"
        return _aligned(piece, message, Outcome.MISFRAMED, likeness.confidence * RULED_BY_HAND, reason)
    if form.role is Role.PARTIAL or not likeness.full:
        part = "part of the statement" if form.role is Role.SUPPORT else form.role.value
        return _aligned(piece, message, Outcome.PARTIAL, likeness.confidence, f"says {part} {likeness.words()}")
    missing = missing_number(piece.text, form.text)
    if missing:
        reason = f"says the statement {likeness.words()}, without its {missing}"
        return _aligned(piece, message, Outcome.PARTIAL, likeness.confidence, reason)
    return _aligned(piece, message, Outcome.FULL, likeness.confidence, f"says the statement {likeness.words()}")


def _judge_counter(piece: _Piece, likeness: _Likeness, message: str, stood: Stance) -> Alignment | None:
    """A counter-statement counts when it is said; denied or asked, it is left to the message's own forms."""
    if stood is not Stance.SAYS or not (likeness.full or likeness.similarity >= FULL_FROM):
        return None
    reason = f"says a counter-statement {likeness.words()}"
    return _aligned(piece, message, Outcome.CONTRARY, likeness.confidence, reason)


def _judge_unsaid(
    piece: _Piece, form: _Form, likeness: _Likeness, message: str, stood: Stance, cues: str
) -> Alignment | None:
    """A statement that is denied, asked or doubted. A mere part with a "not" near it is too weak to call either."""
    if not likeness.full:
        return None
    confidence = likeness.confidence * RULED_BY_HAND
    if stood is Stance.DENIES:
        reason = f"says {form.role.value} {likeness.words()} but denies it ({cues}); {NEEDS_REVIEW}"
        return _aligned(piece, message, Outcome.CONTRARY, confidence, reason)
    reason = f"repeats {form.role.value} {likeness.words()} without saying it ({cues}); {NEEDS_REVIEW}"
    return _aligned(piece, message, Outcome.MISFRAMED, confidence, reason)


def _aligned(piece: _Piece, message: str, outcome: Outcome, confidence: float, reason: str) -> Alignment:
    end = piece.start + len(piece.text)
    return Alignment(message, outcome, round(confidence, 2), piece.text, piece.start, end, reason)


def _absent(message: str, nearest: float) -> Alignment:
    """No sentence carries it; the surer, the farther the nearest sentence is."""
    confidence = round(1 - min(1.0, nearest / PARTIAL_FROM) / 2, 2)
    return Alignment(message, Outcome.NONE, confidence, reason=f"no sentence says it (nearest likeness {nearest:.2f})")


def _shorten(piece: _Piece, judged: Alignment, number: int, index: StatementIndex) -> Alignment:
    """The quote cut to the clause of a long sentence that is most like the form.

    What a rule decided is quoted whole: the word that decided it may stand elsewhere in the sentence.
    """
    if len(piece.text) <= LONG_QUOTE or NEEDS_REVIEW in judged.reason:
        return judged
    best, best_similarity = judged, index.similarities(piece.stems)[number]
    for start, end in _clauses(piece.text):
        words = [word for word in piece.words if start <= word.start and word.end <= end]
        similarity = index.similarities([word.stem for word in words])[number] if words else 0.0
        clause = piece.text[start:end]
        if similarity > best_similarity:
            at = piece.start + start
            best = replace(judged, quote=clause, start=at, end=at + len(clause))
            best_similarity = similarity
    return best


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Stretches between commas, semicolons, colons and dashes, without white space at their ends."""
    start = 0
    for at, sign in enumerate(f"{text};"):
        if sign in ",;:–—":
            piece = text[start:at]
            left = start + len(piece) - len(piece.lstrip())
            right = start + len(piece.rstrip())
            if left < right:
                yield left, right
            start = at + 1
