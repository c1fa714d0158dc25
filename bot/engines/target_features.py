"""What a sentence shows of its tone toward one thing named in it: each word, weighted by how near it stands.

A word counts twice: as a word of the sentence, and as a neighbour of the name, fading with distance. Whatever turns the
sentence ("but", a dash, a full stop) makes what lies behind it more distant. One way for training and for reading.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.engines.features import NAME, Token, token_features
from bot.engines.target_places import Places, nearness

TARGET, OTHER = "<target>", "<name>"
"""What stands for the subject's name, and for anything else that is masked."""

TEXT_VALUE = 0.3
PIECE_VALUE = 0.3
BESIDE_VALUE = 0.5
"""How much features count of the whole sentence, of the pieces of words, and by their exact place, against a
neighbour's 1: the smaller the value, the more a weight is held back in training."""

BESIDE = 3
"""Words to each side of the name that are features by their exact place."""

FADES = (1.5, 3.0, 6.0)
"""Words over which a valence's weight falls to 1/e, in the figures."""

RULE_FADE = 3.0
"""The same in the rule that needs no training."""

_SQUASH = 4.0
_LONG = 60
_OTHERS = ("where", "several", "length", "silent", "bias")

Key = tuple[str, ...]
"""What stands at a place: a kind (``word``, ``negated``, ``pair``, ``three``, ``beside``), then the words in
question.
"""

Sign = tuple[Key, float, int]
"""A key, how near it stands, and the place of the token that it comes from: of the word beside the name, not the
name.
"""


def forms_of(tokens: Sequence[Token], at: Sequence[int]) -> list[str]:
    """The tokens' normal forms, with the subject's name and other masks as signs of their own."""
    forms = [OTHER if token.form == NAME else token.form for token in tokens]
    for place in at:
        forms[place] = TARGET
    return forms


def signs(tokens: Sequence[Token], forms: Sequence[str], places: Places) -> Iterator[Sign]:
    """What stands in the sentence, and how near; :func:`features` says what each key stands for."""
    near = [nearness(distance) for distance in places.distances]
    offsets = places.offsets
    last = len(forms) - 1
    for at, form in enumerate(forms):
        if form != TARGET:
            yield ("negated" if tokens[at].negated else "word", form), near[at], at
            if -BESIDE <= offsets[at] <= BESIDE:
                yield ("beside", _PLACES[offsets[at]], form), 0.0, at
        if at < last:
            after = forms[at + 1]
            word = at + 1 if form == TARGET else at
            yield ("pair", form, after), max(near[at], near[at + 1]), word
            if at + 1 < last and TARGET in (form, after, forms[at + 2]):
                yield ("three", form, after, forms[at + 2]), 0.0, word


_PLACES = {offset: str(offset) for offset in range(-BESIDE, BESIDE + 1)}


def features(key: Key) -> Iterator[tuple[str, float, float]]:
    """The features of a key, each with its value wherever it stands, and what is added times its nearness.

    A word counts in the sentence, and with its lists and pieces as a neighbour.
    """
    kind, *words = key
    said = " ".join(words)
    if kind == "beside":
        yield f"beside {said}", BESIDE_VALUE, 0.0
    elif kind == "three":
        yield f"near {said}", BESIDE_VALUE, 0.0
    else:
        yield f"text {said}", TEXT_VALUE, 0.0
        if kind == "pair":
            yield f"near {said}", 0.0, 1.0
            return
        for name in token_features(said, kind == "negated") or (said,):
            yield f"near {name}", 0.0, PIECE_VALUE if name.startswith("~") else 1.0


class Evidence(NamedTuple):
    """A word with a valence, and its weights in each of the figures' sums."""

    at: int
    valence: float
    weights: tuple[float, ...]


SUMS = ("1.5 words", "3 words", "6 words", "plain 3 words", "all", "clause", "before", "after")
"""The sums of valences: fading at several speeds, then alike in all, in the clause, and to each side."""

RULE = SUMS.index("plain 3 words")
"""The sum that the rule without training goes by."""

FIGURES = (*(f"{part} {name}" for name in SUMS for part in ("praise", "blame", "both")), *_OTHERS)
"""The names of the figures, in order."""


def evidence(places: Places, valences: Sequence[float]) -> list[Evidence]:
    """The words of the sentence that have a valence; ``valences`` are the tokens' own, 0 for the name."""
    found = []
    for at, valence in enumerate(valences):
        if valence:
            distance, offset = places.distances[at], places.offsets[at]
            near = nearness(distance)
            weights = (
                *(nearness(distance, fade) for fade in FADES),
                math.exp(-abs(offset) / RULE_FADE),
                1.0,
                float(places.clauses[at]),
                near if offset < 0 else 0.0,
                near if offset > 0 else 0.0,
            )
            found.append(Evidence(at, valence, weights))
    return found


class Totals(NamedTuple):
    """The sums of valences: of praise, of blame, and of both."""

    praise: list[float]
    blame: list[float]
    both: list[float]


def totals(found: Sequence[Evidence]) -> Totals:
    """The sums, in the order of ``SUMS``."""
    praise, blame = [0.0] * len(SUMS), [0.0] * len(SUMS)
    for _, valence, weights in found:
        side = praise if valence > 0 else blame
        for number, weight in enumerate(weights):
            side[number] += weight * valence
    return Totals(praise, blame, [above + below for above, below in zip(praise, blame, strict=True)])


def figures(sums: Totals, places: Places) -> list[float]:
    """The values of ``FIGURES``."""
    values = [squashed(total) for three in zip(*sums, strict=True) for total in three]
    count = len(places.offsets)
    named = places.offsets.count(0)
    silent = not any(sums.both)
    return [*values, places.offsets.index(0) / count, float(named > 1), min(count, _LONG) / _LONG, float(silent), 1.0]


def squashed(total: float) -> float:
    """A sum of valences within (-1, 1)."""
    return total * slope(total) if total else 0.0


def slope(total: float) -> float:
    """What a sum is multiplied by, so that it stays within (-1, 1)."""
    return 1 / math.sqrt(total * total + _SQUASH)
