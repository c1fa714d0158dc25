"""Share of voice: the own subjects' part of all stories by others about the compared subjects, like for like. Pure.

Stories come in bursts, one event bringing many, so that an interval for independent ones would hold the truth in less
than half of all cases. How much they cluster is read off the weeks before: the shares' variance between weeks, held
against the binomial one, is the design effect by which the number of stories is divided (Rao and Scott 1981, first
order). Several subjects share the error: their intervals are Goodman's (1965), all of which hold at once. A difference
of two windows has Newcombe's interval (1998, method 10). docs/measurement.md has what these intervals were measured to
cover.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from statistics import NormalDist
from typing import NamedTuple

from bot.impact.voice_alike import STEADY, UNLOOKED, Ground, SourceLook
from bot.impact.voice_wording import percent, points, stories
from bot.model import ENOUGH, Interval, Subject
from bot.model.impact import ShareOfVoice, VoiceShare
from bot.phrases import joined
from bot.ports.voice_store import ToldStory
from bot.rates import Rate, wilson

WEEK = timedelta(weeks=1)
HISTORY = 12 * WEEK
"""How far back is looked to see how much stories cluster."""
WEEKS_TO_TELL = 4
"""Weeks under which clustering is not read off but taken to be :data:`USUAL` at least."""
USUAL = 4.0
"""The design effect of a young series: measured on the bursts of docs/measurement.md it was 2 to 9."""
TOGETHER = "*"
"""The id of the own subjects taken together."""


class Told(NamedTuple):
    """Stories of the window, of the one before it (None: there is none to compare with) and of :data:`HISTORY`."""

    now: Sequence[ToldStory]
    before: Sequence[ToldStory] | None
    history: Sequence[ToldStory]


@dataclass(frozen=True, slots=True)
class _Spread:
    """How uncertain shares are: the design effect, and the quantile that the intervals of so many shares take."""

    dispersion: float
    z: float

    def interval(self, count: int, of: int) -> Rate:
        return wilson(count / self.dispersion, of / self.dispersion, self.z)


def by_others(told: Iterable[ToldStory], own_stories: Mapping[str, frozenset[str]]) -> tuple[ToldStory, ...]:
    """Stories without those that hold a text of their own subject, which others only passed on."""
    return tuple(one for one in told if one.story not in own_stories.get(one.subject, frozenset()))


def share_of_voice(
    subjects: Sequence[Subject], told: Told, ground: Ground, window: Interval, previous: Interval | None = None
) -> ShareOfVoice:
    """The shares of ``subjects``, own ones first, over ``window``, and how they changed since ``previous``.

    ``told`` are stories by others (:func:`by_others`), at whatever source; counted are those of the ``ground``'s
    sources, told while these were looked at. A share of fewer than :data:`bot.model.ENOUGH` stories is None: too few to
    say.
    """
    ranked = sorted(subjects, key=lambda one: not one.own)
    if not (ranked and ranked[0].own and not ranked[-1].own):
        missing = "competitor" if ranked and ranked[0].own else "subject of your own"
        return _none(window, f"no {missing} is configured (own = {str(missing != 'competitor').lower()})", ground)
    if not ground.sources:
        blind = ground.left_out and set(ground.left_out.values()) == {UNLOOKED}
        return _none(window, "nothing was looked at" if blind else "no source looks for all of them alike", ground)
    spread = _spread(_counted(told.history, ground.sources), ranked, window)
    now = _shares(ranked, _counted(told.now, ground.sources), spread)
    steady = _steady(ground.sources, window, previous)
    earlier: tuple[VoiceShare, ...] = ()
    if told.before is not None and steady:
        earlier = _shares(ranked, _counted(told.before, steady), spread)
        same = now if len(steady) == len(ground.sources) else _shares(ranked, _counted(told.now, steady), spread)
        now = tuple(_changed(one, *pair) for one, pair in zip(now, zip(same, earlier, strict=True), strict=True))
    return _told(now, earlier, ground, steady, window, spread)


def _none(window: Interval, why: str, ground: Ground) -> ShareOfVoice:
    text = f"There is no share of voice: {why}."
    return ShareOfVoice(window, (), alike=False, why=why, left_out=ground.left_out, text=text)


def _counted(told: Iterable[ToldStory], sources: Sequence[SourceLook]) -> tuple[ToldStory, ...]:
    """Each story of a subject once, at its first telling among these sources while they were looked at."""
    looks = {look.id: look for look in sources}
    first: dict[tuple[str, str], ToldStory] = {}
    for one in sorted(told, key=lambda one: one.told_at):
        if one.source in looks and looks[one.source].saw(one.told_at):
            first.setdefault((one.subject, one.story), one)
    return tuple(first.values())


def _spread(history: Sequence[ToldStory], subjects: Sequence[Subject], window: Interval) -> _Spread:
    """The pooled design effect between whole weeks, counted back from the window's end."""
    shares = 1 if len(subjects) == 2 else len(subjects)  # noqa: PLR2004 of two, one share says both
    z = NormalDist().inv_cdf(1 - 0.025 / shares)
    weeks: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for one in history:
        weeks[(window.end - one.told_at) // WEEK][one.subject] += 1
    known = max(weeks, default=-1) + 1
    total = Counter(chain.from_iterable(counts.elements() for counts in weeks.values()))
    n = total.total()
    expected = sum(total[one.id] * (1 - total[one.id] / n) for one in subjects) if n else 0.0
    if known < 2 or not expected:  # noqa: PLR2004 one week varies from none
        return _Spread(USUAL, z)
    squares = sum(
        (counts[one.id] - total[one.id] / n * counts.total()) ** 2 for counts in weeks.values() for one in subjects
    )
    found = squares * known / (known - 1) / expected
    if known < WEEKS_TO_TELL:
        return _Spread(max(USUAL, found), z)
    return _Spread(max(1.0, found), student(1 - 0.025 / shares, known - 1))


def student(at: float, freedom: float) -> float:
    """Student's t quantile."""
    from scipy.special import stdtrit  # noqa: PLC0415 heavy, and a digest without competitors needs none

    return float(stdtrit(freedom, at))


def _shares(subjects: Sequence[Subject], counted: Sequence[ToldStory], spread: _Spread) -> tuple[VoiceShare, ...]:
    """The own subjects together, then each subject."""
    counts = Counter(one.subject for one in counted)
    n = sum(counts[one.id] for one in subjects)
    own = [one for one in subjects if one.own]
    together = VoiceShare(
        TOGETHER, joined([one.name for one in own]), own=True, stories=sum(counts[one.id] for one in own)
    )
    each = (together, *(VoiceShare(one.id, one.name, one.own, counts[one.id]) for one in subjects))
    if n < ENOUGH:
        return each
    return tuple(_placed(one, spread.interval(one.stories, n)) for one in each)


def _placed(one: VoiceShare, found: Rate) -> VoiceShare:
    return replace(one, share=found.value, low=found.low, high=found.high)


def _steady(sources: Sequence[SourceLook], window: Interval, previous: Interval | None) -> tuple[SourceLook, ...]:
    """The sources that were looked at throughout both windows."""
    if previous is None:
        return ()
    return tuple(one for one in sources if min(one.share_of(window), one.share_of(previous)) >= STEADY)


def _changed(one: VoiceShare, now: VoiceShare, before: VoiceShare) -> VoiceShare:
    """``one`` with the change of ``now`` against ``before``, where both are known."""
    ends = now.share, now.low, now.high, before.share, before.low, before.high
    if any(end is None for end in ends):
        return one
    share, low, high, was, was_low, was_high = (end or 0.0 for end in ends)
    change = share - was
    return replace(
        one,
        change=change,
        change_low=max(-1.0, change - math.hypot(share - low, was_high - was)),
        change_high=min(1.0, change + math.hypot(high - share, was - was_low)),
    )


def _told(
    now: tuple[VoiceShare, ...],
    earlier: tuple[VoiceShare, ...],
    ground: Ground,
    steady: Sequence[SourceLook],
    window: Interval,
    spread: _Spread,
) -> ShareOfVoice:
    own, *each = now
    n = sum(one.stories for one in each)
    said = f"{stories(n)} at {joined([one.called for one in ground.sources])}"
    names = joined([one.name for one in each], "or")
    if own.share is None:
        text = f"Share of voice: too few to say ({said})."
    else:
        text = f"{own.name} had {percent(own)} of the {said} about {names}"
        text += f": {points(own)} compared with the period before" if own.change is not None else ""
        text += "."
    notes = list(ground.unlike)
    if ground.left_out:
        notes.append(f"counted at {joined([one.called for one in ground.sources])} only: {_left_out(ground)}")
    if own.change is not None and len(steady) < len(ground.sources):
        notes.append(
            f"the change is counted at {joined([one.called for one in steady])} only, well covered in both periods"
        )
    text += f" {'Not quite like for like' if ground.unlike else 'Note'}: {'; '.join(notes)}." if notes else ""
    return ShareOfVoice(
        window,
        tuple(each),
        alike=not ground.unlike,
        why="; ".join(notes),
        sources=tuple(one.id for one in ground.sources),
        previous=earlier[1:],
        left_out=ground.left_out,
        dispersion=spread.dispersion,
        text=text,
        own=own,
    )


def _left_out(ground: Ground) -> str:
    return "; ".join(f"{source} is left out, for {reason}" for source, reason in ground.left_out.items())
