"""The value ledger (measurement §9.3): money only where it was measured, and a return only where all of it was.
Pure.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from bot.impact.funnel import ATTRIBUTION
from bot.model.aims import Funnel, Tally
from bot.model.observation import COST, MARGIN, MONEY, WHOLE
from bot.model.score import ReachBasis
from bot.model.source import Interval
from bot.model.value import Amount, Column, Count, Return, ValueLedger
from bot.words import FUNNEL_STAGES

_DAY = timedelta(days=1)
TOUCHED = ("lead", "qualified", "customer")
"""The stages of the funnel at which people are counted who may have been touched by what was said."""


def build_ledger(
    window: Interval,
    money: Sequence[Tally],
    offers: Sequence[Amount],
    turnover: Sequence[Amount],
    funnel: Funnel,
    said: Iterable[Count],
) -> ValueLedger:
    """The three columns over a window.

    ``money`` is what tills and CRMs counted as margin and as cost, ``offers`` what the offers cost by their
    configuration and count, ``turnover`` what was bought with codes, ``said`` the figures of what was said.
    """
    earned = tuple(amounts_of((one for one in money if one.metric == MARGIN), window))
    spent = (*amounts_of((one for one in money if one.metric == COST), window), *offers)
    result = return_on(earned, spent)
    return ValueLedger(window, earned, spent, tuple(turnover), tuple(touched(funnel)), tuple(said), result)


def amounts_of(tallies: Iterable[Tally], window: Interval) -> Iterator[Amount]:
    """One metric's figures as amounts: those of one provider's method; the whole where it is given, else its parts.

    Where two providers count the same and none is the declared record, each is shown and none can be reckoned with; nor
    can what tells of a part of the window's days only: of the others nothing is known, which is not 0.
    """
    days = round((window.end - window.start) / _DAY)
    given = [one for one in tallies if not one.of.startswith(ATTRIBUTION)]
    kept = [one for one in given if one.record] or given
    wholes = {(one.provider, one.method) for one in kept if one.of == WHOLE}
    told = [one for one in kept if one.of == WHOLE or (one.provider, one.method) not in wholes]
    counted = Counter(one.of for one in told)
    for one in told:
        twice = counted[one.of] > 1 or (bool(wholes) and len(told) > 1)
        several = "several providers count it: say whose is the record, [impact] record" if twice else ""
        part = f"covers {one.days} of {days} days" if one.value is not None and one.days < days else ""
        yield Amount(
            what=MONEY[one.metric] if one.of == WHOLE else f"{MONEY[one.metric]} of {one.of}",
            currency=one.unit if one.value is not None else None,
            value=one.value,
            low=one.low,
            high=one.high,
            basis=ReachBasis(one.basis) if one.value is not None else ReachBasis.UNKNOWN,
            source=f"{one.provider}, {one.method}",
            why=several or ", ".join(filter(None, (part, one.why))),
            days=one.days,
        )


def touched(funnel: Funnel) -> Iterator[Count]:
    """Leads and customers by how they were attributed; the four overlap and do not have to come to all of them."""
    for stage in funnel.stages:
        if stage.name not in TOUCHED:
            continue
        for one in stage.attributed:
            how = one.of.removeprefix(ATTRIBUTION).replace("_", "-")
            what = f"{FUNNEL_STAGES[stage.name]}, {how}"
            yield Count(
                Column.ASSOCIATED,
                what,
                one.value,
                one.unit,
                one.low,
                one.high,
                f"{one.provider}, {one.method}",
                one.why,
            )


def return_on(benefits: Sequence[Amount], costs: Sequence[Amount]) -> Return:
    """The return, only where every benefit and every cost was measured, in one currency; else what is missing."""
    absent = [name for name, given in (("the benefit", benefits), ("the cost", costs)) if not given]
    missing = [f"missing: {name}" for name in absent] + [one.missing for one in (*benefits, *costs) if one.missing]
    currencies = sorted({one.currency for one in (*benefits, *costs) if one.currency is not None})
    if len(currencies) > 1:
        missing.append(f"amounts are in {' and '.join(currencies)}, which are not converted")
    if missing:
        return Return(None, None, None, "; ".join(missing))
    earned, spent = (
        [math.fsum(part) for part in zip(*(one.ends for one in side), strict=True)] for side in (benefits, costs)
    )
    if spent[0] <= 0:
        return Return(None, None, None, "nothing was spent")
    ends = [
        (benefit - cost) / cost for benefit in earned for cost in spent
    ]  # a loss weighs most where little was spent
    return Return((earned[1] - spent[1]) / spent[1], min(ends), max(ends))
