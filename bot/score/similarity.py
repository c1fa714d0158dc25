"""How much a sentence says what a statement says: tf-idf cosines over words and over letters; pure.

The mean of two cosines: word 1-2-grams, and 3-5-letter pieces of words (which forgive endings and typos). Both weigh by
the word's idf, so that the topic's own words, which stand in every text, count little. Measured before it was chosen
(ArgKP development files, official score on decided pairs): words .52, letters .58, both .59.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from bot.model import ScoringContext
from bot.score.words import FUNCTION_WORDS

PRIOR_DOCUMENTS = 50
"""Weight of what is known before there is a pool, in documents: grammar is frequent, all else is rare."""

PRIOR_SHARE = 0.3
"""Share of those documents that hold any one function word."""

LETTERS = (3, 4, 5)

Weigh = Callable[[str], float]


def weigher(context: ScoringContext, documents: Sequence[Iterable[str]]) -> Weigh:
    """The idf of a stem: from the frozen pool, the given documents (the messages) and the prior, added up.

    ``ln((1 + N) / (1 + df)) + 1``, where the pool's df is read back from its own idf. Results are remembered.
    """
    extra = Counter(stem for document in documents for stem in set(document))
    pool = context.documents
    total = 1 + pool + len(documents) + PRIOR_DOCUMENTS

    @lru_cache(maxsize=65_536)
    def weigh(stem: str) -> float:
        known = context.idf.get(stem)
        found = (1 + pool) / math.exp(known - 1) - 1 if known is not None else 0.0
        prior = PRIOR_SHARE * PRIOR_DOCUMENTS if stem in FUNCTION_WORDS else 0.0
        return math.log(total / (1 + found + extra[stem] + prior)) + 1

    return weigh


class StatementIndex:
    """Statements by their pieces, so that one pass over a sentence compares it with all of them."""

    def __init__(self, statements: Sequence[Sequence[str]], weigh: Weigh) -> None:
        self._weigh = weigh
        self._size = len(statements)
        self._words = _inverted([_word_vector(stems, weigh) for stems in statements])
        self._letters = _inverted([_letter_vector(stems, weigh) for stems in statements])
        self._mass = [{stem: weigh(stem) for stem in stems} for stems in statements]

    def similarities(self, stems: Sequence[str]) -> list[float]:
        """Cosine similarity in [0, 1] to each statement, in order."""
        sums = [0.0] * self._size
        for vector, index in (
            (_word_vector(stems, self._weigh), self._words),
            (_letter_vector(stems, self._weigh), self._letters),
        ):
            halved = 0.5 / (math.hypot(*vector.values()) or 1.0)
            for piece, weight in vector.items():  # in the sentence's order: sums must not depend on hashing
                for number, other in index.get(piece, ()):
                    sums[number] += weight * halved * other
        return sums

    def held(self, number: int, stems: Iterable[str]) -> float:
        """The share of a statement's weight whose words stand among ``stems``, in [0, 1]."""
        mass = self._mass[number]
        here = set(stems)
        whole = sum(mass.values())
        return sum(weight for stem, weight in mass.items() if stem in here) / whole if whole else 0.0


def _inverted(vectors: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
    index: dict[str, list[tuple[int, float]]] = {}
    for number, vector in enumerate(vectors):
        length = math.hypot(*vector.values()) or 1.0
        for piece, weight in vector.items():
            index.setdefault(piece, []).append((number, weight / length))
    return index


def _word_vector(stems: Sequence[str], weigh: Weigh) -> dict[str, float]:
    vector: dict[str, float] = {}
    for stem, count in Counter(stems).items():
        vector[stem] = (1 + math.log(count)) * weigh(stem)
    for first, second in pairwise(stems):
        vector[f"{first} {second}"] = (weigh(first) + weigh(second)) / 2
    return vector


def _letter_vector(stems: Sequence[str], weigh: Weigh) -> dict[str, float]:
    vector: dict[str, float] = {}
    for stem in stems:
        weight = weigh(stem)
        for piece in _pieces(stem):
            vector[piece] = vector.get(piece, 0.0) + weight
    return vector


@lru_cache(maxsize=32_768)
def _pieces(stem: str) -> tuple[str, ...]:
    """The 3-5-letter pieces of a stem with its borders marked."""
    framed = f"<{stem}>"
    return tuple(framed[at : at + size] for size in LETTERS for at in range(len(framed) - size + 1)) or (framed,)
