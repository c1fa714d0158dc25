"""Which words an event's stories have more often than usual ones: weighted log-odds. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable

_WORD = re.compile(r"[^\W\d_][\w'’-]{2,29}")
_LONGEST = 20_000  # of a text
_PRIOR = 200.0
"""The weight of the usual words in the prior, in texts: rare words need more than chance to stand out."""
_LEAST_Z = 1.96


def telling_terms(texts: Iterable[str], usual: Iterable[str], without: Collection[str], number: int) -> tuple[str, ...]:
    """The words in at least two of ``texts`` that stand out most against the ``usual`` ones, best first.

    Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008), over how many texts hold a word, so
    that one text that repeats itself counts once. ``without`` are words that say nothing here: the subject's own.
    """
    now, all_now = _texts_with(texts)
    then, all_then = _texts_with(usual)
    held = {word.casefold() for name in without for word in _WORD.findall(name)}
    both = now + then
    in_now, in_then, everything = sum(now.values()), sum(then.values()), sum(both.values())
    scores: dict[str, float] = {}
    for word, found in now.items():
        if found < 2 or word in held:  # noqa: PLR2004 in one text alone it tells of that text
            continue
        prior = _PRIOR * both[word] / everything
        here = _log_odds(found, in_now, prior)
        there = _log_odds(then[word], in_then, prior)
        z = (here - there) / math.sqrt(1 / (found + prior) + 1 / (then[word] + prior))
        if z > _LEAST_Z and found / all_now > then[word] / max(all_then, 1):
            scores[word] = z
    return tuple(sorted(scores, key=lambda word: (-scores[word], word))[:number])


def _log_odds(found: int, total: int, prior: float) -> float:
    return math.log((found + prior) / (total + _PRIOR - found - prior))


def _texts_with(texts: Iterable[str]) -> tuple[Counter[str], int]:
    words: Counter[str] = Counter()
    number = 0
    for text in texts:
        number += 1
        words.update({word.casefold() for word in _WORD.findall(text[:_LONGEST])})
    return words, number
