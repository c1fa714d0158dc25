"""How near a sentence comes to a form of a message: nearly verbatim, or by likeness, less what speaks against it; pure.

Thresholds were chosen on ``argkp_train14k`` (development file; ``argkp_dev`` confirms the ranking, no test split was
read). Share of true matches among pairs above them, with and without the texts' own pool behind the idf:
``PARTIAL_FROM`` .96 and .95, ``FULL_FROM`` .95 and .95 (on ``argkp_dev``, where little lies above them, .76 and .55,
.65 and .47). They do not carry over between messages: one with enough labels gets its own
(``bot.score.messages.training``). A part must hold most of the statement's weight, for a general word of it ("search
engine") stands in many other texts.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.fuzz import partial_ratio

from bot.score.details import differing_detail
from bot.score.messages.forms import Form, Piece
from bot.score.polarity import Stance, stance
from bot.score.similarity import StatementIndex

VERBATIM_FROM = 90
"""rapidfuzz ``partial_ratio`` of 100 from which a sentence says a statement nearly word for word."""

FULL_FROM, FULL_HELD = 0.45, 0.6
"""Similarity, and share of the statement's weight in the sentence, from which a paraphrase counts in full."""

PARTIAL_FROM, PARTIAL_HELD = 0.30, 0.65
"""The same for a part of it."""

TOO_FAR = 0.15
"""Similarity under which no outcome is possible, a verbatim one with typing errors included."""

DENIED, OTHERWISE, DOUBTED = 0.8, 0.3, 0.2
"""Share of its likeness that a text loses by a denial, another number or degree, or a doubt, were it otherwise the
same.

The nearer the words, the more such a difference says: ``similarity * (1 - share * similarity)``.
"""


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a piece comes to a form. ``ratio`` of 100 when nearly verbatim, else 0; the others in [0, 1].

    ``stands`` is which way the piece points, ``cues`` the words that say so, ``difference`` a number or degree that
    differs; ``likeness`` is the similarity less what these take from it.
    """

    ratio: float
    similarity: float
    held: float
    stands: Stance
    cues: str
    difference: str

    @property
    def strength(self) -> float:
        """In [0, 1], whichever way the piece points."""
        return max(self.ratio / 100, self.similarity)

    @property
    def likeness(self) -> float:
        """How near the piece comes to saying the form, in [0, 1]."""
        lost = DOUBTED if self.stands is Stance.DOUBTS else OTHERWISE if self.difference else 0.0
        if self.stands is Stance.DENIES:
            lost = DENIED
        return self.strength * (1 - lost * self.strength)

    @property
    def full(self) -> bool:
        """Near enough to be the whole statement."""
        return self.ratio > 0 or (self.similarity >= FULL_FROM and self.held >= FULL_HELD)

    @property
    def partial(self) -> bool:
        """Near enough to be a part of it at least."""
        return self.full or (self.similarity >= PARTIAL_FROM and self.held >= PARTIAL_HELD)

    @property
    def confidence(self) -> float:
        """Certainty in [0, 1], rising with the likeness; not a probability."""
        if self.ratio:
            return round(min(0.98, self.ratio / 100), 2)
        return round(min(0.95, 0.60 + 1.4 * max(0.0, self.similarity - 0.25)), 2)

    def words(self) -> str:
        """The nearness in words for people."""
        if self.ratio:
            return f"nearly word for word ({self.ratio:.0f} of 100)"
        return f"in other words (likeness {self.similarity:.2f})"


def nearness(piece: Piece, form: Form, number: int, similarity: float, index: StatementIndex) -> Nearness:
    """How near the piece comes to the form, which is statement ``number`` of the index and that similar."""
    stands, cues = stance(piece.text, piece.words, form.text, form.content)
    difference = differing_detail(piece.text, form.text)
    return Nearness(_verbatim(piece, form), similarity, index.held(number, piece.stems), stands, cues, difference)


def _verbatim(piece: Piece, form: Form) -> float:
    """The fuzzy ratio of 100 when the piece holds the whole form nearly word for word, else 0."""
    if len(piece.text) * 10 < len(form.plain) * 9:  # the shorter would be looked for in the longer
        return 0.0
    return partial_ratio(form.plain, piece.plain, score_cutoff=VERBATIM_FROM)
