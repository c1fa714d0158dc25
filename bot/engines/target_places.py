"""Where the words of a sentence stand from the name in it."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from bot.engines.features import Token

Span = tuple[int, int]

_NOWHERE: Span = (sys.maxsize, sys.maxsize)

FADE = 4.0
"""Words over which a neighbour's weight falls to 1/e."""

TURN = 4
"""How many words a turn of the sentence counts as; more than two turns count as two."""

_TURNS = frozenset(
    [
        "but",
        "although",
        "though",
        "while",
        "whereas",
        "however",
        "yet",
        "despite",
        "except",
        ";",
        "–",
        "—",
        ".",
        "...",
        "!",
        "!!",
        "!?",
        "?",
        "??",
        "?!",
    ]
)
_STOPS = _TURNS | frozenset([",", ":", "(", ")"])


class Places(NamedTuple):
    """For each token: signed words from the nearest name, distance with turns added, whether in the name's clause."""

    offsets: list[int]
    distances: list[int]
    clauses: list[bool]


def names(tokens: Sequence[Token], named: Sequence[Span]) -> list[int]:
    """The places of the tokens that name the subject; ``named`` are disjoint code points of the same text, in order."""
    found = []
    spans = iter(named)
    left, right = next(spans, _NOWHERE)
    for at, token in enumerate(tokens):
        while right <= token.start:
            left, right = next(spans, _NOWHERE)
        if left < token.end:
            found.append(at)
    return found


def places(tokens: Sequence[Token], at: Sequence[int]) -> Places:
    """Where the tokens stand from the name that is nearest to each; ``at``, not empty, is of :func:`names`."""
    turns, stops = _counted(tokens, _TURNS), _counted(tokens, _STOPS)
    offsets, distances, clauses = [], [], []
    nearest, last = 0, len(at) - 1
    name = at[0]
    for here, (turn, stop) in enumerate(zip(turns, stops, strict=True)):
        while nearest < last and abs(at[nearest + 1] - here) < abs(name - here):
            nearest += 1
            name = at[nearest]
        offset = here - name
        turned = abs(turn - turns[name])
        offsets.append(offset)
        distances.append(abs(offset) + TURN * min(turned, 2))
        clauses.append(stop == stops[name])
    return Places(offsets, distances, clauses)


@lru_cache(maxsize=10_000)
def nearness(distance: int, fade: float = FADE) -> float:
    """The weight of a neighbour: 1 at the name, falling to 0."""
    return math.exp(-distance / fade)


def _counted(tokens: Sequence[Token], breaks: frozenset[str]) -> list[int]:
    """How many of ``breaks`` stand up to and with each token."""
    return list(accumulate([form in breaks for _, _, form, _ in tokens]))
