"""What other rules make of the same mentions: old score against new, mention by mention and in sum; pure.

Shared by ``heard rescore``, which has replaced scores, and ``heard rehearse``, which only tries.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from bot.model import OUTCOME_VALUE, TONE_VALUE, Factor, KeyMessage, Mention, Outcome, ScoreBrief, Subject, ToneLabel
from bot.score.rates import Rate, mean_value, wilson
from bot.score.receipt import recompute

LARGEST = 20
"""Changes that a report lists."""
SAME = 1e-9
"""A score that differs by less has not changed."""
HEADLINE = 100

GROUPS: Mapping[str, tuple[str, ...]] = {
    "tone": ("tone",),
    "message": ("message",),
    "advocacy": ("advocacy",),
    "prominence": ("prominence",),
    "reach": ("reach_weight",),
    "weights": ("weight_tone", "weight_message", "weight_advocacy"),
}
"""What may be the reason of a change, and the receipt's factors that belong to it."""

Label = ToneLabel | None


@dataclass(frozen=True, slots=True)
class Change:
    """One mention under the old rules and the new. ``headline`` is the beginning of its text, ``counted`` whether it
    is about its subject as far as anybody knows.
    """

    mention: str
    subject: str
    story: str
    headline: str
    url: str | None
    told_at: datetime
    counted: bool
    before: ScoreBrief
    after: ScoreBrief

    @property
    def by(self) -> float | None:
        """What the score changed by, in index points; None where one of the two is unknown."""
        if self.before.score is None or self.after.score is None:
            return None
        return self.after.score - self.before.score

    @property
    def is_change(self) -> bool:
        """Whether label, score or an outcome differ at all."""
        return (
            self.before.label != self.after.label
            or self.before.outcomes != self.after.outcomes
            or (self.before.score is None) != (self.after.score is None)
            or abs(self.by or 0.0) > SAME
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """Which factors changed, in words, what moved the score most first."""
        return _reasons(self.before, self.after)


@dataclass(frozen=True, slots=True)
class MessageDifference:
    """A message's penetration over the earned stories, before and after; None where there are none."""

    message: str
    before: Rate | None
    after: Rate | None
    stories: int


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes in sum. ``labels`` counts (old, new) tone labels; None is unknown.

    ``net_before`` and ``net_after`` are the mean of the labels (−1, 0, 1) of what others say about the own subjects.
    """

    mentions: int
    changed: int
    labels: Mapping[tuple[Label, Label], int]
    outcomes: Mapping[tuple[Outcome, Outcome], int]
    compared: int
    mean_change: float | None
    mean_absolute: float | None
    largest_change: float | None
    net_before: Rate | None
    net_after: Rate | None
    messages: tuple[MessageDifference, ...]
    largest: tuple[Change, ...]

    @property
    def relabelled(self) -> int:
        """Mentions whose tone label is another now."""
        return sum(count for (old, new), count in self.labels.items() if old != new)


def change_of(mention: Mention, before: ScoreBrief, after: ScoreBrief) -> Change:
    """A mention's two scores side by side."""
    item = mention.item
    headline = " ".join((item.title or item.text[: 4 * HEADLINE]).split())[:HEADLINE]
    story = mention.story or mention.id
    counted = mention.relevance.relevant is not False
    return Change(mention.id, mention.subject, story, headline, item.url, mention.told_at, counted, before, after)


def difference(
    changes: Iterable[Change],
    subjects: Sequence[Subject],
    messages: Sequence[KeyMessage],
    own_stories: Collection[str] = (),
) -> Difference:
    """All of them in sum; ``own_stories`` hold a text of the own subjects, which carries its messages for nobody."""
    rows = tuple(changes)
    moved = [row.by for row in rows if row.by is not None]
    own = {subject.id for subject in subjects if subject.own}
    earned = [row for row in rows if row.counted and row.subject in own and row.story not in own_stories]
    return Difference(
        mentions=len(rows),
        changed=sum(row.is_change for row in rows),
        labels=Counter((row.before.label, row.after.label) for row in rows),
        outcomes=_outcomes(rows),
        compared=len(moved),
        mean_change=fmean(moved) if moved else None,
        mean_absolute=fmean(map(abs, moved)) if moved else None,
        largest_change=max(map(abs, moved), default=None),
        net_before=_net(row.before for row in earned),
        net_after=_net(row.after for row in earned),
        messages=tuple(_message(message.id, earned) for message in messages),
        largest=tuple(sorted((row for row in rows if row.is_change), key=_by_size)[:LARGEST]),
    )


def _by_size(row: Change) -> tuple[bool, float, str]:
    """Those that gained or lost a score first, then by what it changed by."""
    return row.by is not None or row.before.score == row.after.score, -abs(row.by or 0.0), row.mention


def _outcomes(rows: Iterable[Change]) -> Mapping[tuple[Outcome, Outcome], int]:
    return Counter(
        (row.before.outcomes[message], outcome)
        for row in rows
        for message, outcome in row.after.outcomes.items()
        if message in row.before.outcomes
    )


def _net(briefs: Iterable[ScoreBrief]) -> Rate | None:
    values = [TONE_VALUE[brief.label] for brief in briefs if brief.label is not None and not brief.owned]
    if not values:
        return None
    return mean_value(Counter(values).items())


def _message(message: str, earned: Sequence[Change]) -> MessageDifference:
    before = _carried(message, earned, lambda row: row.before)
    after = _carried(message, earned, lambda row: row.after)
    return MessageDifference(message, _share(before), _share(after), len(after))


def _carried(message: str, earned: Sequence[Change], side: Callable[[Change], ScoreBrief]) -> Sequence[bool]:
    """Whether each story carries the message: by its strongest outcome, a contradiction at a tie."""
    stories: dict[tuple[str, str], list[float]] = {}
    for row in earned:
        brief = side(row)
        if message in brief.outcomes and not brief.owned:
            stories.setdefault((row.subject, row.story), []).append(OUTCOME_VALUE[brief.outcomes[message]])
    return [max(values, key=lambda value: (abs(value), -value)) > 0 for values in stories.values()]


def _share(carried: Sequence[bool]) -> Rate | None:
    return wilson(sum(carried), len(carried)) if carried else None


def _reasons(before: ScoreBrief, after: ScoreBrief) -> tuple[str, ...]:
    moved: list[tuple[float, str]] = []
    for group, factors in GROUPS.items():
        differing = [name for name in factors if before.values.get(name) != after.values.get(name)]
        if differing:
            moved.append((_effect(before, after, differing), _said(group, differing, before, after)))
    if not any(said.startswith("message") for _, said in moved) and before.outcomes != after.outcomes:
        moved.append((0.0, f"message {_outcome_changes(before, after)}".rstrip()))
    if not moved and before.label != after.label:
        moved.append((0.0, f"label {_label(before.label)} → {_label(after.label)}"))
    return tuple(said for _, said in sorted(moved, key=lambda one: -one[0]))


def _effect(before: ScoreBrief, after: ScoreBrief, factors: Iterable[str]) -> float:
    """What these factors alone would have changed the old score by; without end where they make it known or unknown."""
    mixed = dict(before.values)
    for name in factors:
        mixed.pop(name, None)
        if name in after.values:
            mixed[name] = after.values[name]
    old, new = _score(before.values), _score(mixed)
    if old is None or new is None:
        return 0.0 if old is new else math.inf
    return abs(new - old)


def _score(values: Mapping[str, float]) -> float | None:
    """The score of these factors; the reach's weight, not the reach, decides, so that both sides are alike."""
    return recompute([Factor(name, value, "", "") for name, value in values.items() if name != "reach"])


def _said(group: str, differing: Sequence[str], before: ScoreBrief, after: ScoreBrief) -> str:
    name = differing[0]
    values = f"{_number(before.values.get(name))} → {_number(after.values.get(name))}"
    if group == "message":
        return f"message {values} {_outcome_changes(before, after)}".rstrip()
    source = {"tone": "tone", "weights": "weight_tone"}.get(group)
    old, new = before.sources.get(source or ""), after.sources.get(source or "")
    by = f" ({old} → {new})" if source and old != new else ""
    return f"weights{by}" if group == "weights" and by else f"{name.replace('_', ' ')} {values}{by}"


def _outcome_changes(before: ScoreBrief, after: ScoreBrief) -> str:
    told = [
        f"{message}: {before.outcomes.get(message, 'not coded')} → {after.outcomes.get(message, 'not coded')}"
        for message in {**before.outcomes, **after.outcomes}
        if before.outcomes.get(message) != after.outcomes.get(message)
    ]
    return f"({', '.join(told)})" if told else ""


def _label(label: Label) -> str:
    return "unknown" if label is None else str(label)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"
