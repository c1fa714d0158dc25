"""Whether coders mean the same: Krippendorff's alpha, and what may be printed on its strength. Pure.

The package of that name is GPL-licensed; the coefficient is a page of arithmetic (Krippendorff, Content Analysis,
ch. 11: coincidences observed against expected), and a test holds it against his published example.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import permutations
from typing import TypeVar

from bot.model import Agreement, Gold, LabelKind, ToneLabel

Value = TypeVar("Value", bound=Hashable)
Distance = Callable[[Value, Value, Mapping[Value, int]], float]


def nominal(one: Value, other: Value, totals: Mapping[Value, int]) -> float:
    """Different answers are all equally far apart."""
    del totals
    return float(one != other)


def ordinal(one: Value, other: Value, totals: Mapping[Value, int]) -> float:
    """Answers have an order, that of ``totals``: two are as far apart as there are answers between them."""
    order = list(totals)
    first, last = sorted((order.index(one), order.index(other)))
    between = sum(totals[value] for value in order[first : last + 1])
    return (between - (totals[one] + totals[other]) / 2) ** 2


def alpha(units: Iterable[Sequence[Value]], distance: Distance[Value], order: Sequence[Value] = ()) -> float | None:
    """Krippendorff's alpha of the answers that each unit got; units with one answer are left out.

    ``order`` ranks the values for :func:`ordinal`. None where it is not defined.
    """
    pairable = [answers for answers in units if len(answers) > 1]
    found = Counter(value for answers in pairable for value in answers)
    totals = {value: found[value] for value in (*order, *(value for value in found if value not in order))}
    number = sum(found.values())
    observed = sum(
        distance(one, other, totals) / (len(answers) - 1)
        for answers in pairable
        for one, other in permutations(answers, 2)
    )
    expected = sum(
        totals[one] * totals[other] * distance(one, other, totals) for one, other in permutations(totals, 2)
    ) / max(1, number - 1)
    return 1 - observed / expected if expected else None


def agreements(codings: Gold) -> Mapping[LabelKind, Agreement]:
    """How the coders agree on relevance, tone and messages, over all mentions that two or more of them coded."""
    coded = [list(by.values()) for by in codings.values() if len(by) > 1]
    relevant = [[one.relevant for one in row if one.relevant is not None] for row in coded]
    tones = [[one.tone for one in row if one.tone is not None and one.relevant is not False] for row in coded]
    outcomes = [
        [one.messages[message] for one in row if message in one.messages and one.relevant is not False]
        for row in coded
        for message in sorted({name for one in row for name in one.messages})
    ]
    coders = len({who for by in codings.values() if len(by) > 1 for who in by})
    return {
        LabelKind.RELEVANT: Agreement(_paired(relevant), coders, alpha(relevant, nominal)),
        LabelKind.TONE: Agreement(_paired(tones), coders, alpha(tones, ordinal, tuple(ToneLabel))),
        LabelKind.MESSAGE: Agreement(_paired(outcomes), coders, alpha(outcomes, nominal)),
    }


def _paired(units: Sequence[Sequence[Value]]) -> int:
    return sum(len(answers) > 1 for answers in units)
