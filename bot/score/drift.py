"""Whether the model does worse than it did: its word against people's, the last four weeks against the time before.
Pure.

Labels of the random sample only. It is looked at again and again, so the bar is high: p under .001, and thirty labels
on either side. Measured on 2,000 simulated years of 100 labels and a look a week, accuracy .70: a model that does not
change is warned of in 8 % of the years (at p under .005 in 31 %); a fall of ten points is seen in four weeks by .83.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean

from bot.model import OUTCOME_VALUE, Coding, Drift, LabelKind, ScoredMention
from bot.score.reviewed import tone_value

RECENT = timedelta(weeks=4)
BEFORE = timedelta(weeks=26)
"""How far back the earlier labels reach, before the recent ones."""
LEAST_CHECKED = 30
"""Labels on either side from which anything is tested."""


@dataclass(frozen=True, slots=True)
class Check:
    """A model's answer beside people's: whether ``right`` (None: it abstained), and people's value less the model's."""

    right: bool | None
    error: float


def check_tone(scored: ScoredMention, coding: Coding) -> Check | None:
    """The model's tone beside a person's; None where the person named none."""
    if coding.relevant is False or coding.tone is None:
        return None
    label = scored.score.tone.label
    return Check(None if label is None else label is coding.tone, tone_value(coding.tone) - tone_value(label))


def check_messages(scored: ScoredMention, coding: Coding) -> Iterator[Check]:
    """The model's outcome of each message beside a person's, as far as there are both."""
    if coding.relevant is False:
        return
    for alignment in scored.score.alignments:
        said = coding.messages.get(alignment.message)
        if said is not None:
            yield Check(said is alignment.outcome, OUTCOME_VALUE[said] - OUTCOME_VALUE[alignment.outcome])


def drift(kind: LabelKind, recent: Sequence[Check], before: Sequence[Check]) -> Drift:
    """The model's word against people's, lately and before."""
    judged, judged_before = ([one.right for one in checks if one.right is not None] for checks in (recent, before))
    enough = min(len(judged), len(judged_before)) >= LEAST_CHECKED
    both = min(len(recent), len(before)) >= LEAST_CHECKED
    return Drift(
        kind=kind,
        right=sum(judged),
        labels=len(judged),
        error=fmean(one.error for one in recent) if recent else None,
        right_before=sum(judged_before),
        labels_before=len(judged_before),
        error_before=fmean(one.error for one in before) if before else None,
        p_right=fewer(sum(judged), len(judged), sum(judged_before), len(judged_before)) if enough else None,
        p_error=_moved([one.error for one in recent], [one.error for one in before]) if both else None,
    )


def fewer(count: int, of: int, count_before: int, of_before: int) -> float:
    """Fisher's exact test, one-sided: the chance of at most ``count`` of ``of`` when both shares are the same."""
    total = count + count_before
    term = math.exp(_log_ways(of, count) + _log_ways(of_before, count_before) - _log_ways(of + of_before, total))
    chance = 0.0
    for one in range(count, -1, -1):
        chance += term
        term *= one * (of_before - total + one) / ((of - one + 1) * (total - one + 1))
    return min(1.0, chance)


def _log_ways(of: int, count: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(of - count + 1)


def _moved(recent: Sequence[float], before: Sequence[float]) -> float | None:
    """Two-sided p of a difference of means, by Welch's statistic and the normal distribution."""
    error = math.sqrt(_spread(recent) + _spread(before))
    return math.erfc(abs(fmean(recent) - fmean(before)) / error / math.sqrt(2)) if error else None


def _spread(values: Sequence[float]) -> float:
    """The variance of the values' mean."""
    middle = fmean(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1) / len(values)
