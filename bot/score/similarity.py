"""How much a text says what a statement says: tf-idf cosines over words and over letters; pure.

The mean of two cosines: of words, and of the 3-5-letter pieces of words (which forgive endings and typing errors). Both
weigh a word by its idf in the pool, so that the topic's own words, which stand in every text, count little; and a
statement's words and pieces by how few of its rivals have them, because what several messages share tells none of them
from the others. Grammar is left out. Chosen on ``argkp_train14k`` (development file), confirmed on ``argkp_dev``.

A text's figure is a sum over its words, and what one word adds is remembered: comparing costs a look-up a word.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from bot.model import ScoringContext
from bot.score.words import FUNCTION_WORDS

PRIOR_DOCUMENTS = 50
"""Weight of what is known before there is a pool, in documents: grammar is frequent, all else is rare."""

PRIOR_SHARE = 0.3
"""Share of those documents that hold any one function word."""

RIVALRY = 2.0
"""Power of the factor by which a piece counts less that several rivals have; 0 would ignore them."""

LETTERS = (3, 4, 5)
REMEMBERED = 32_768
"""Words whose part in the figure is remembered."""

Weigh = Callable[[str], float]
Touched = tuple[tuple[int, float], ...]
Added = tuple[float, int, Touched, Touched]
"""What a word adds: its weight, its pieces, and to each statement that it touches, over words and over letters."""


def weigher(context: ScoringContext, documents: Sequence[Iterable[str]]) -> Weigh:
    """The idf of a stem: from the frozen pool, the given documents (the messages) and the prior, added up.

    ``ln((1 + N) / (1 + df)) + 1``, where the pool's df is read back from its own idf. Results are remembered.
    """
    extra = Counter(stem for document in documents for stem in set(document))
    pool = context.documents
    total = 1 + pool + len(documents) + PRIOR_DOCUMENTS

    @lru_cache(maxsize=REMEMBERED)
    def weigh(stem: str) -> float:
        known = context.idf.get(stem)
        found = (1 + pool) / math.exp(known - 1) - 1 if known is not None else 0.0
        prior = PRIOR_SHARE * PRIOR_DOCUMENTS if stem in FUNCTION_WORDS else 0.0
        return math.log(total / (1 + found + extra[stem] + prior)) + 1

    return weigh


class StatementIndex:
    """Statements by their pieces, so that one pass over a text compares it with all of them.

    ``rivals`` says which statements put the same message, by any number that they share; None: each its own.
    """

    def __init__(self, statements: Sequence[Sequence[str]], weigh: Weigh, rivals: Sequence[int] | None = None) -> None:
        self._weigh = weigh
        self._size = len(statements)
        owners = range(len(statements)) if rivals is None else rivals
        told = [_content(stems) for stems in statements]
        self._words = _inverted([_word_vector(stems, weigh) for stems in told], owners)
        self._letters = _inverted([_letter_vector(stems, weigh) for stems in told], owners)
        self._mass = [{stem: weigh(stem) for stem in stems} for stems in statements]
        self._added = lru_cache(maxsize=REMEMBERED)(self._add)

    def similarities(self, stems: Sequence[str]) -> list[float]:
        """Cosine similarity in [0, 1] to each statement, in order."""
        words, letters = [0.0] * self._size, [0.0] * self._size
        word_square = letter_square = 0.0
        counts: dict[str, int] = {}
        for stem in _content(stems):
            counts[stem] = counts.get(stem, 0) + 1
        for stem, count in counts.items():  # in the text's order: sums must not depend on hashing
            weight, pieces, by_word, by_letters = self._added(stem)
            grown = 1.0 if count == 1 else 1 + math.log(count)
            square = (grown * weight) ** 2
            word_square += square
            letter_square += square * pieces
            for number, product in by_word:
                words[number] += grown * product
            for number, product in by_letters:
                letters[number] += grown * product
        if not word_square:
            return words
        per_word, per_letter = 0.5 / math.sqrt(word_square), 0.5 / math.sqrt(letter_square)
        return [word * per_word + letter * per_letter for word, letter in zip(words, letters, strict=True)]

    def held(self, number: int, stems: Iterable[str]) -> float:
        """The share of a statement's weight whose words stand among ``stems``, in [0, 1]."""
        mass = self._mass[number]
        here = set(stems)
        whole = sum(mass.values())
        return sum(weight for stem, weight in mass.items() if stem in here) / whole if whole else 0.0

    def _add(self, stem: str) -> Added:
        weight = self._weigh(stem)
        by_letters: dict[int, float] = {}
        pieces = _pieces(stem)
        for piece in pieces:
            for number, other in self._letters.get(piece, ()):
                by_letters[number] = by_letters.get(number, 0.0) + other
        return (
            weight,
            len(pieces),
            tuple((number, weight * product) for number, product in self._words.get(stem, ())),
            tuple((number, weight * product) for number, product in by_letters.items()),
        )


def _content(stems: Sequence[str]) -> Sequence[str]:
    """The stems without grammar; all of them when there is nothing else."""
    return [stem for stem in stems if stem not in FUNCTION_WORDS] or stems


def _inverted(vectors: Sequence[Mapping[str, float]], owners: Sequence[int]) -> dict[str, list[tuple[int, float]]]:
    """Vectors of length 1 by piece, after what rivals share was made to count less."""
    shared = Counter(
        piece
        for piece, _ in {(piece, owner) for vector, owner in zip(vectors, owners, strict=True) for piece in vector}
    )
    rivals = len(set(owners))
    index: dict[str, list[tuple[int, float]]] = {}
    for number, vector in enumerate(vectors):
        told = {piece: weight * _telling(shared[piece], rivals) for piece, weight in vector.items()}
        length = math.hypot(*told.values()) or 1.0
        for piece, weight in told.items():
            index.setdefault(piece, []).append((number, weight / length))
    return index


def _telling(holders: int, rivals: int) -> float:
    """How well a piece that ``holders`` of the ``rivals`` have tells them apart, in (0, 1]: 1 when only one has it."""
    return math.pow(math.log((1 + rivals) / holders) / math.log(1 + rivals), RIVALRY)


def _word_vector(stems: Sequence[str], weigh: Weigh) -> dict[str, float]:
    return {stem: (1 + math.log(count)) * weigh(stem) for stem, count in Counter(stems).items()}


def _letter_vector(stems: Sequence[str], weigh: Weigh) -> dict[str, float]:
    vector: dict[str, float] = {}
    for stem, weight in _word_vector(stems, weigh).items():
        for piece in _pieces(stem):
            vector[piece] = vector.get(piece, 0.0) + weight
    return vector


@lru_cache(maxsize=REMEMBERED)
def _pieces(stem: str) -> tuple[str, ...]:
    """The 3-5-letter pieces of a stem with its borders marked."""
    framed = f"<{stem}>"
    return tuple(framed[at : at + size] for size in LETTERS for at in range(len(framed) - size + 1)) or (framed,)
