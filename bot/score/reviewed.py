"""What people's labels make of the model's counts: net tone, penetration, pull-through, contrary rate. Pure.

The unit is the story. Where the model abstains it says nothing: the estimate takes that as 0, and people's labels of the
random sample decide what it is worth; the model's own count leaves such a story out.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.model import (
    CARRIES,
    ENOUGH,
    HURTS,
    OUTCOME_VALUE,
    TONE_VALUE,
    Agreement,
    Coding,
    Gold,
    Interval,
    KeyMessage,
    LabelKind,
    MessageStanding,
    Outcome,
    ScoredMention,
    Strength,
    ToneLabel,
    ToneStanding,
)
from bot.score.corrected import Corrected, Part, Unit, corrected_mean, rare_rate
from bot.score.rates import Rate
from bot.score.summary import Coded, strongest, verdict

LEAST_LABELS = 20
"""Labels of the random sample from which a corrected figure is printed."""
LEAST_DRAWN = 0.8
"""Share of the stories that must lie in periods whose sample was drawn; the others are taken to be like them."""

UNCORRECTED = "uncorrected model count"

Story = Sequence[ScoredMention]
Past = Callable[[], Sequence[Story]]
"""The stories of the eight weeks before a period's end, read only when they are needed."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What people have looked at: ``drawn`` is the period in which a mention was drawn at random, ``codings`` are their
    answers, ``agreement`` is how well they agree on each kind of question. ``beyond`` are those of the drawn whose
    answers are no part of the random ones (:func:`bot.score.review.beyond_answered`).
    """

    drawn: Mapping[str, Interval] = field(default_factory=dict)
    codings: Gold = field(default_factory=dict)
    agreement: Mapping[LabelKind, Agreement] = field(default_factory=dict)
    beyond: frozenset[str] = frozenset()

    @property
    def periods(self) -> tuple[Interval, ...]:
        """The periods whose sample was drawn, oldest first."""
        return tuple(sorted(set(self.drawn.values()), key=lambda period: period.start))


def tone_standing(stories: Sequence[Story], period: Interval, reviewed: Reviewed, past: Past) -> ToneStanding:
    """The net tone of the stories, corrected where enough of the random sample is labelled."""
    told = _Question(LabelKind.TONE, _counted_tone, _said_tone, _signed, silent=_without_tone)
    found = _correct(told, stories, reviewed, past)
    estimate = found.estimate
    return ToneStanding(
        period,
        found.stories,
        unscored=found.silent,
        counted=found.counted if found.stories - found.silent >= ENOUGH and not found.barred else None,
        value=estimate.value if estimate else None,
        low=estimate.low if estimate else None,
        high=estimate.high if estimate else None,
        labels=found.labels,
        basis=found.basis,
    )


def correct(
    standing: MessageStanding, message: KeyMessage, stories: Sequence[Story], reviewed: Reviewed, past: Past
) -> MessageStanding:
    """A message's standing as people's labels correct it; else as it was, and why."""
    carries = _correct(_about(message.id, _carries, _percent), stories, reviewed, past)
    standing = replace(standing, labels=carries.labels, basis=carries.basis)
    if carries.barred:
        return _without_rates(standing, carries.basis)
    pulled = _correct(_about(message.id, OUTCOME_VALUE.__getitem__, _signed), stories, reviewed, past)
    share, net = carries.estimate, pulled.estimate
    if share is None or net is None or standing.penetration is None:
        return standing
    against = _contrary(message.id, stories, reviewed)
    told = verdict(Rate(*share[:3]), Rate(*net[:3]), message.target)
    return replace(
        standing,
        penetration=share.value,
        penetration_low=share.low,
        penetration_high=share.high,
        net_pull_through=net.value,
        low=net.low,
        high=net.high,
        contrary_rate=against.value if against else None,
        contrary_low=against.low if against else None,
        contrary_high=against.high if against else None,
        corrected=True,
        counted_penetration=carries.counted,
        counted_net=pulled.counted,
        verdict=told or "cannot tell yet (more labels would narrow it)",
    )


def mixed_counts(standing: MessageStanding, said: int) -> MessageStanding:
    """A standing that was not corrected, which says so where ``said`` of its mentions count as people labelled them.

    Those are no random ones, so such a share is neither the model's nor an estimate.
    """
    if not said:
        return standing
    labelled = "1 mention counts" if said == 1 else f"{said:,} mentions count"
    return replace(standing, basis="; ".join(filter(None, (standing.basis, f"{labelled} as people labelled"))))


def _never(_story: Story) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Question:
    """What is estimated: the model's value of a story (None: it was not asked), people's of a coding, and in words;
    ``silent`` says of a story whether the model abstained.
    """

    kind: LabelKind
    counted: Callable[[Story], float | None]
    said: Callable[[Coding], float | None]
    words: Callable[[float], str]
    least: float = -1.0
    silent: Callable[[Story], bool] = _never

    def by_model(self, counted: float | None) -> str:
        """The model's own count in words, beside which a corrected figure stands."""
        return "scored none" if counted is None else f"counts {self.words(counted)}"


@dataclass(frozen=True, slots=True)
class _Answer:
    """``stories`` are those that people did not refuse, ``silent`` those of them on which the model abstained;
    ``barred``: coders agree too little for any rate.
    """

    stories: int
    silent: int
    counted: float | None
    labels: int
    basis: str
    estimate: Corrected | None = None
    barred: bool = False


def _about(message: str, value: Callable[[Outcome], float], words: Callable[[float], str]) -> _Question:
    def counted(story: Story) -> float | None:
        found = strongest(story).get(message)
        return None if found is None else value(found[1].outcome)

    def said(coding: Coding) -> float | None:
        outcome = coding.messages.get(message)
        return None if outcome is None else value(outcome)

    return _Question(LabelKind.MESSAGE, counted, said, words, 0.0 if value is _carries else -1.0)


def _correct(question: _Question, stories: Sequence[Story], reviewed: Reviewed, past: Past) -> _Answer:
    units = _units(question, stories, reviewed)
    told, labels = [unit for unit in units if unit.relevant], sum(unit.labelled for unit in units)
    counted = _mean(units)
    answer = _Answer(len(told), sum(unit.silent for unit in told), counted, labels, "")
    agreed = reviewed.agreement.get(question.kind)
    if agreed is not None and agreed.strength is Strength.WEAK:
        why = f"no rate: on {agreed.units} texts that two people labelled they agree too little (alpha {agreed.alpha:.2f})"
        return replace(answer, basis=why, barred=True)
    if labels >= LEAST_LABELS and _mostly_drawn(units):
        estimate = corrected_mean(units, least=question.least, most=1.0)
        if estimate is not None:
            tentative = ", tentative" if agreed is not None and agreed.strength is Strength.TENTATIVE else ""
            basis = f"corrected by {labels} labels{tentative}; the model {question.by_model(counted)}"
            return replace(answer, basis=basis, estimate=estimate)
    return replace(answer, basis=_uncorrected(question, reviewed, past))


def _uncorrected(question: _Question, reviewed: Reviewed, past: Past) -> str:
    """Why there is no correction, and what is known of the sampled ones of the eight weeks before."""
    told = _units(question, past(), reviewed) if reviewed.drawn else []
    units = [unit for unit in told if unit.layer >= 0]
    labels = sum(unit.labelled for unit in units)
    if not labels:
        return UNCORRECTED
    estimate = corrected_mean(units, least=question.least, most=1.0) if labels >= LEAST_LABELS else None
    if estimate is None:
        return f"{UNCORRECTED} ({labels} labels in 8 weeks; {LEAST_LABELS} are needed)"
    between = f"{question.words(estimate.value)} [{question.words(estimate.low)}, {question.words(estimate.high)}]"
    return (
        f"{UNCORRECTED}; in the sampled weeks of the last 8, {labels} labels say {between} "
        f"where the model {question.by_model(_mean(units))}"
    )


def _units(question: _Question, stories: Sequence[Story], reviewed: Reviewed) -> list[Unit]:
    """One unit a story that was asked the question; its layer is the period in which it began, −1 outside of all."""
    periods = reviewed.periods
    starts = [period.start for period in periods]
    units = []
    for story in stories:
        counted = question.counted(story)
        if counted is None:
            continue
        began = story[0].mention.told_at
        layer = bisect_right(starts, began) - 1
        if layer >= 0 and began >= periods[layer].end:
            layer = -1
        unit = Unit(counted, layer=layer, silent=question.silent(story))
        sampled = [
            one
            for one in story
            if layer >= 0
            and reviewed.drawn.get(one.mention.id) == periods[layer]
            and one.mention.id not in reviewed.beyond
        ]
        units.append(_labelled(unit, sampled, question.said, reviewed.codings) if sampled else unit)
    return units


def _labelled(
    unit: Unit, sampled: Sequence[ScoredMention], said: Callable[[Coding], float | None], codings: Gold
) -> Unit:
    """The unit with what people said of its sampled mention: irrelevant when most say so, else the coders' mean."""
    coded = list(codings.get(sampled[0].mention.id, {}).values())
    if is_irrelevant(coded):
        return replace(unit, relevant=False)
    values = [value for coding in coded if coding.relevant is not False and (value := said(coding)) is not None]
    return replace(unit, human=math.fsum(values) / len(values)) if values else unit


def tone_value(label: ToneLabel | None) -> float:
    """A label's part in net tone; an abstention says nothing."""
    return 0.0 if label is None else TONE_VALUE[label]


def is_irrelevant(coded: Sequence[Coding]) -> bool:
    """Whether more coders say that it is not about the subject than that it is."""
    return sum(coding.relevant is False for coding in coded) > sum(coding.relevant is not False for coding in coded)


def _contrary(message: str, stories: Sequence[Story], reviewed: Reviewed) -> Corrected | None:
    """Flagged stories as people found them, and an exact interval from the random sample for those not flagged."""
    question = _about(message, _hurts, _percent)
    rest: list[Story] = []
    flagged: list[Unit] = []
    for story in stories:
        found = strongest(story).get(message)
        if found is not None and found[1].outcome in HURTS:
            flagged.append(_census(found, question, reviewed))
        else:
            rest.append(story)
    return rare_rate(_part(flagged), _part(_units(question, rest, reviewed)))


def _census(found: Coded, question: _Question, reviewed: Reviewed) -> Unit:
    return _labelled(Unit(1.0), [found[0]], question.said, reviewed.codings)


def _part(units: Sequence[Unit]) -> Part:
    """Relevant stories only: what people found not to be about the subject leaves, and as large a share of the rest."""
    labelled = [unit for unit in units if unit.labelled]
    told = [unit for unit in labelled if unit.relevant]
    stories = len(units) * len(told) / len(labelled) if labelled else float(len(units))
    return Part(stories, len(told), sum((unit.human or 0.0) >= 1 / 2 for unit in told))


def _mean(units: Sequence[Unit]) -> float | None:
    """What the model counts; None where it said nothing of any."""
    said = [unit.model for unit in units if not unit.silent]
    return math.fsum(said) / len(said) if said else None


def _mostly_drawn(units: Sequence[Unit]) -> bool:
    return sum(unit.layer >= 0 for unit in units) >= LEAST_DRAWN * len(units)


def _without_rates(standing: MessageStanding, why: str) -> MessageStanding:
    """Counts stay; nothing is said of shares."""
    rates = ("penetration", "penetration_low", "penetration_high", "net_pull_through", "low", "high")
    more = ("contrary_rate", "contrary_low", "contrary_high")
    return replace(standing, **dict.fromkeys((*rates, *more)), verdict=why)  # type: ignore[arg-type]  # all may be None


def _counted_tone(story: Story) -> float:
    return tone_value(story[0].score.tone.label)


def _without_tone(story: Story) -> bool:
    return story[0].score.tone.label is None


def _said_tone(coding: Coding) -> float | None:
    return None if coding.tone is None else TONE_VALUE[coding.tone]


def _carries(outcome: Outcome) -> float:
    return float(outcome in CARRIES)


def _hurts(outcome: Outcome) -> float:
    return float(outcome in HURTS)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")
