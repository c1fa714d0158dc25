"""MinHash signatures of normalised texts, many at once: by them the few texts that may be copies are found.

The tokens of a signature are a third of a text's eight-character stretches, chosen by their hash, so that copies choose
the same ones (FracMinHash). They are hashed for a whole page of texts in one go; the rest is rensa's work.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

SHORTEST = 8
"""Code points that a text must have at least."""
_SEED = 42
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIXER = np.uint64(0xBF58476D1CE4E5B9)
_CHOSEN = np.uint64(2**64 // 3)


def signatures(texts: Sequence[str], permutations: int) -> list[RMinHash]:
    """One signature of so many numbers a text, each text at least ``SHORTEST`` code points long."""
    if not texts:
        return []
    codes = _codes("".join(texts))
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.intp, count=len(texts)))
    hashes = _hashes(codes)
    chosen = hashes < _CHOSEN
    for back in range(1, SHORTEST):  # stretches that reach into the next text
        chosen[ends[:-1] - back] = False
    places = np.flatnonzero(chosen)
    tokens = hashes[places].view("S8").tolist()
    sets = []
    start = 0
    for text, end in zip(texts, np.searchsorted(places, ends).tolist(), strict=True):
        sets.append(tokens[start:end] or [text.encode("utf-8", "surrogatepass")])
        start = end
    made: list[RMinHash] = RMinHash.from_token_sets(sets, permutations, _SEED)
    return made


def _codes(text: str) -> NDArray[np.uint64]:
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8).astype(np.uint64)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)


def _hashes(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hash of each stretch of ``SHORTEST`` code points: a polynomial modulo 2**64, mixed (SplitMix64)."""
    count = len(codes) - SHORTEST + 1
    hashes = codes[:count].copy()
    for offset in range(1, SHORTEST):
        hashes *= _FACTOR
        hashes += codes[offset : offset + count]
    hashes ^= hashes >> np.uint64(30)
    hashes *= _MIXER
    hashes ^= hashes >> np.uint64(31)
    return hashes
