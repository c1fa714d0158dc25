"""Which of two offers works better: the evidence, its interval and its refusals, as one value (pure)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

import numpy as np

from bot.model import Answer, Arm, Comparison, EndReport, Estimate, WithLeaked
from bot.offers.counting.rates import poisson_interval
from bot.offers.verdicts import costs, endplan
from bot.offers.verdicts.arms import NO_LEAKS, History, Leaks, Side, Tally, number_of, tally
from bot.offers.verdicts.confidence import sequence
from bot.offers.verdicts.eprocess import Counts, log_evidence, settled_at, threshold
from bot.offers.verdicts.power import seed_of
from bot.offers.verdicts.validity import FairDays, Refusal, fair_days, planned_end
from bot.offers.verdicts.wording import comparison_sentences

FEWEST = 10
"""Redemptions on both sides together under which nothing is said unless it is settled."""
FEWEST_DAYS = 7
_FORECASTS = 200
_FARTHEST = 730  # days ahead that are looked at
_ROUGH = 100  # from here on days are told in tens
_MOST_LOG = 700.0  # beyond it, e to that power is no number


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Where the e-process stands: its largest value so far, and the block in which it settled (0: it has not)."""

    largest: float
    block: int
    a_leads: bool


def compare(
    a: Side,
    b: Side,
    histories: Mapping[str, History],
    *,
    now: datetime,
    zone: tzinfo,
    pairs: int = 1,
    leaks: Leaks = NO_LEAKS,
) -> Comparison:
    """Compares two sides on their offers' histories up to now; ``pairs`` are compared at once in their experiment."""
    both = tuple((side, tally(side, histories[side.offer.id], zone)) for side in (a, b))
    found = fair_days(*both, today=now.astimezone(zone).date(), zone=zone, leaked_since=leaks.since)
    if isinstance(found, Refusal):
        refused = Comparison(
            a=Arm(a.id, a.name), b=Arm(b.id, b.name), answer=found.answer, why=found.why, pairs=pairs,
            threshold=threshold(pairs),
        )  # fmt: skip
        return replace(refused, sentences=comparison_sentences(refused))
    compared = _judged(both, found, now, zone, pairs)
    return replace(compared, sentences=comparison_sentences(compared))


def _judged(both: Sequence[tuple[Side, Tally]], fair: FairDays, now: datetime, zone: tzinfo, pairs: int) -> Comparison:
    (a, of_a), (b, of_b) = both
    days, block = fair.days, fair.days_in_block
    counts_a, counts_b = of_a.counts(days), of_b.counts(days)
    differences = _per_block(counts_a - counts_b, block)
    evidence = _evidence(differences, pairs)
    total = int(counts_a.sum() + counts_b.sum())
    answer, why = _answer(evidence, total, len(days))
    end = planned_end((a.offer, b.offer), zone)
    open_still = answer in {Answer.CANNOT_TELL, Answer.TOO_FEW}
    return Comparison(
        a=_arm(a, of_a, fair),
        b=_arm(b, of_b, fair),
        answer=answer,
        exposure=fair.exposure,
        why=why,
        better=None if open_still else (a.id if evidence.a_leads else b.id),
        settled_on=days[evidence.block * block - 1] if evidence.block else None,
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        days=len(days),
        days_in_block=block,
        left_out=fair.left_out,
        pairs=pairs,
        evidence=evidence.largest,
        threshold=threshold(pairs),
        p=_p(evidence, pairs),
        difference=sequence(differences, block),
        more_days=days_to_go(differences, pairs, block, seed_of(a.id, b.id, len(days))) if open_still else None,
        planned_end=end,
        at_end=_at_end(both, fair, end) if end is not None and now.astimezone(zone).date() >= end else None,
        with_leaked=_with_leaked(both, fair, pairs),
    )


def days_to_go(differences: Counts, pairs: int, block: int, seed: int) -> int | None:
    """About how many more days it takes to settle if days go on as they did; None: unknown, or not within two years.

    The median over campaigns that go on with days drawn from those that were.
    """
    if differences.size == 0 or not differences.any():
        return None
    rng = np.random.default_rng(seed)
    ahead = rng.choice(differences, (_FORECASTS, _FARTHEST // block))
    so_far = np.broadcast_to(differences, (_FORECASTS, differences.size))
    settled = settled_at(np.concatenate([so_far, ahead], axis=-1), pairs)
    in_order = np.sort(np.where(settled > 0, settled - differences.size, _FARTHEST))
    days = int(in_order[_FORECASTS // 2]) * block
    if days >= _FARTHEST - block:
        return None
    return days if days < _ROUGH else round(days, -1)


def _evidence(differences: Counts, pairs: int) -> _Evidence:
    if differences.size == 0:
        return _Evidence(1.0, 0, a_leads=False)
    largest = max(0.0, float(log_evidence(differences).max()))
    block = int(settled_at(differences, pairs))
    return _Evidence(math.exp(min(largest, _MOST_LOG)), block, a_leads=bool(differences[:block].sum() > 0))


def _p(evidence: _Evidence, pairs: int) -> float:
    """The anytime p value, corrected for the number of pairs."""
    return min(1.0, pairs / evidence.largest)


def _answer(evidence: _Evidence, total: int, days: int) -> tuple[Answer, str]:
    if evidence.block:
        return Answer.BETTER, ""
    if days == 0:
        return Answer.TOO_FEW, "there is no day yet on which both could be redeemed and counted"
    if total < FEWEST:
        return Answer.TOO_FEW, f"only {total} redemption{'' if total == 1 else 's'} so far on both sides together"
    if days < FEWEST_DAYS:
        return Answer.TOO_FEW, f"only {days} day{'' if days == 1 else 's'} so far"
    return Answer.CANNOT_TELL, ""


def _arm(side: Side, of: Tally, fair: FairDays) -> Arm:
    redeemed, days = of.within(fair.days), len(fair.days)
    count = number_of(redeemed)
    return Arm(
        id=side.id,
        name=side.name,
        redeemed=count,
        per_day=Estimate(count / days, *poisson_interval(count, days)) if days else None,
        new=costs.new_share(redeemed),
        repeat=costs.repeat_share(redeemed),
        per_redemption=costs.per_redemption(side.offer, count, days),
        per_new_customer=costs.per_new_customer(side.offer, redeemed, days),
        currency=side.offer.currency,
        after_leak=number_of(of.within(fair.with_leaked, leaked=True)) - count,
        undecided=of.undecided,
    )


def _at_end(both: Sequence[tuple[Side, Tally]], fair: FairDays, end: date) -> EndReport | None:
    """The report on the blocks that were over before the planned end; None where there is none."""
    block = fair.days_in_block
    days = fair.days[: sum(day < end for day in fair.days) // block * block]
    if not days:
        return None
    (_, of_a), (_, of_b) = both
    new_a, new_b = (costs.said_new(of.within(days)) for of in (of_a, of_b))
    counts_a, counts_b = (_per_block(of.counts(days), block) for of in (of_a, of_b))
    return endplan.report(counts_a, counts_b, new_a, new_b, block)


def _with_leaked(both: Sequence[tuple[Side, Tally]], fair: FairDays, pairs: int) -> WithLeaked | None:
    (a, of_a), (b, of_b) = both
    counts_a, counts_b = (of.counts(fair.with_leaked, leaked=True) for of in (of_a, of_b))
    if counts_a.sum() + counts_b.sum() == sum(number_of(of.within(fair.days)) for of in (of_a, of_b)):
        return None
    evidence = _evidence(_per_block(counts_a - counts_b, fair.days_in_block), pairs)
    better = (a.id if evidence.a_leads else b.id) if evidence.block else None
    return WithLeaked(len(fair.with_leaked), int(counts_a.sum()), int(counts_b.sum()), better, _p(evidence, pairs))


def _per_block(daily: Counts, block: int) -> Counts:
    """Differences by block: nothing is known of a day alone where a coin decides the order of two."""
    return np.asarray(daily.reshape(-1, block).sum(axis=1))
