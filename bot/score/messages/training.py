"""Fits what can be learned about a message from the desk's labels, and measures whether it may be believed.

Needs scikit-learn; what it fits runs without. Held-out figures come from five folds in which copies of one story stay
together. The classifier is kept only where, on held-out labels, it does better together with the rules than they do
alone; the calibration only where some likeness is precise enough.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from bot.model import (
    SIDE_OF,
    Alignment,
    KeyMessage,
    LearnNeeds,
    LikenessCalibration,
    Mention,
    MessageClassifier,
    MessageModel,
    Outcome,
    Side,
)
from bot.rates import wilson
from bot.score.messages.classifier import Triple, chances_of, fingerprint
from bot.score.messages.features import features_of

SIDES = tuple(Side)
FOLDS = 5
EACH = 8
"""Fewer stories than this on either side are not fitted to: nothing could be held out."""
PRECISE = 0.80
"""Share of held-out verdicts that must have been right."""
FEWEST = 10
"""Verdicts from which that share is looked at."""
STEPS = (0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)
STRENGTH = 3.0
"""Inverse strength of the L2 penalty."""
MOST_FEATURES = 20_000
STANDARD = LearnNeeds()
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled mention of a trainable item: what the rules make of it, and what a person said."""

    mention: Mention
    ruled: Alignment
    said: Outcome

    @property
    def story(self) -> str:
        """What must not be both learned from and tested on."""
        return self.mention.story or self.mention.id


class Fit(Protocol):
    """What :func:`fit` is, for those who import it late."""

    def __call__(
        self, message: KeyMessage, examples: Iterable[Example], now: datetime, needs: LearnNeeds = ...
    ) -> MessageModel:
        """What the examples teach about the message."""
        ...


def fit(message: KeyMessage, examples: Iterable[Example], now: datetime, needs: LearnNeeds = STANDARD) -> MessageModel:
    """What the examples teach about the message, the same for the same examples; ``now`` (aware UTC) dates it."""
    rows = sorted(examples, key=lambda one: one.mention.id)
    counts = Counter(SIDE_OF[row.said] for row in rows)
    figures: dict[str, tuple[float, float, float]] = {}
    calibration, missing_calibration = _calibrated(rows, needs, figures)
    classifier, missing_classifier = _classified(rows, needs, figures)
    return MessageModel(
        message=message.id,
        version=_version(calibration, classifier),
        statement=fingerprint(message),
        fitted_at=now,
        carried=counts[Side.CARRIES],
        against=counts[Side.AGAINST],
        absent=counts[Side.ABSENT],
        calibration=calibration,
        classifier=classifier,
        figures=figures,
        why="; ".join(filter(None, (missing_calibration, missing_classifier))),
    )


def held_out(texts: Sequence[str], sides: Sequence[Side], stories: Sequence[str]) -> list[Triple]:
    """For each text the probabilities (carries, against, absent) by a classifier fitted without its story."""
    seen = [features_of(text) for text in texts]
    found: list[Triple] = [(1 / 3, 1 / 3, 1 / 3)] * len(texts)
    folds = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=0)
    for kept, left in folds.split(np.zeros((len(texts), 1)), [side.value for side in sides], stories):
        intercepts, weights = _fitted(
            [seen[at] for at in kept], [sides[at] for at in kept], [stories[at] for at in kept]
        )
        for at in left:
            found[at] = chances_of(intercepts, weights, seen[at])
    return found


def f_of_sides(truth: Sequence[Side], told: Sequence[Side]) -> float:
    """The mean of F1 of carrying and F1 of going against: SemEval's figure of stance."""
    return sum(_f1(truth, told, side) for side in (Side.CARRIES, Side.AGAINST)) / 2


def _calibrated(
    rows: Sequence[Example], needs: LearnNeeds, figures: dict[str, tuple[float, float, float]]
) -> tuple[LikenessCalibration | None, str]:
    truth = [SIDE_OF[row.said] is Side.CARRIES for row in rows]
    if len(rows) < needs.calibration or min(sum(truth), len(truth) - sum(truth)) < EACH:
        return None, f"the likeness is not calibrated under {needs.calibration} labels with {EACH} of either kind"
    likeness = [row.ruled.likeness or 0.0 for row in rows]
    model = LogisticRegression(C=100.0, max_iter=1000)
    with threadpool_limits(1):
        model.fit([[one] for one in likeness], truth)
    slope = round(float(model.coef_[0][0]), DIGITS)
    if slope <= 0:
        return None, "its labels do not follow its likeness"
    carries_from = None
    for step in sorted({round(one, 2) for one in likeness}):
        above = [right for near, right in zip(likeness, truth, strict=True) if near >= step]
        if len(above) >= FEWEST and sum(above) >= PRECISE * len(above):
            carries_from = step
            figures["calibrated_precision"] = wilson(sum(above), len(above))
            break
    return LikenessCalibration(slope, round(float(model.intercept_[0]), DIGITS), carries_from, len(rows)), ""


def _classified(
    rows: Sequence[Example], needs: LearnNeeds, figures: dict[str, tuple[float, float, float]]
) -> tuple[MessageClassifier | None, str]:
    truth = [SIDE_OF[row.said] for row in rows]
    stories = [row.story for row in rows]
    of_each = Counter(dict(zip(stories, truth, strict=True)).values())
    if len(rows) < needs.classifier or min(of_each[Side.CARRIES], of_each[Side.AGAINST]) < EACH:
        return None, (
            f"no classifier under {needs.classifier} labels with {EACH} stories that carry it and {EACH} that go against it"
        )
    texts = [row.mention.item.text for row in rows]
    found = held_out(texts, truth, stories)
    above = _thresholds(found, truth, figures)
    ruled = [SIDE_OF[row.ruled.outcome] for row in rows]
    together = [_verdict(one, above) or rule for one, rule in zip(found, ruled, strict=True)]
    alone, joined = f_of_sides(truth, ruled), f_of_sides(truth, together)
    for name, told in (("rules_right", ruled), ("together_right", together)):
        figures[name] = wilson(sum(map(_same, truth, told)), len(truth))
    if joined <= alone:
        return None, f"a classifier did not better the rules on held-out labels (F {joined:.2f} against {alone:.2f})"
    intercepts, weights = _fitted([features_of(text) for text in texts], truth, stories)
    return MessageClassifier(intercepts, weights, above, _outcomes(rows)), ""


def _thresholds(
    found: Sequence[Triple], truth: Sequence[Side], figures: dict[str, tuple[float, float, float]]
) -> Mapping[Side, float]:
    """For each side the lowest step from which its held-out verdicts were precise enough."""
    above: dict[Side, float] = {}
    for at, side in enumerate(SIDES):
        for step in STEPS:
            right = [
                is_ is side for one, is_ in zip(found, truth, strict=True) if one[at] == max(one) and one[at] >= step
            ]
            if len(right) >= FEWEST and sum(right) >= PRECISE * len(right):
                above[side] = step
                figures[f"{side.value}_precision"] = wilson(sum(right), len(right))
                break
    return above


def _verdict(found: Triple, above: Mapping[Side, float]) -> Side | None:
    chance, side = max(zip(found, SIDES, strict=True), key=lambda pair: pair[0])
    return side if side in above and chance >= above[side] else None


def _fitted(
    seen: Sequence[frozenset[str]], truth: Sequence[Side], stories: Sequence[str]
) -> tuple[Triple, Mapping[str, Triple]]:
    """Intercepts and weights by feature. What stands in one story only is no feature: it may be private."""
    by_story: dict[str, set[str]] = {}
    for one, story in zip(seen, stories, strict=True):
        by_story.setdefault(story, set()).update(one)
    in_stories = Counter(name for names in by_story.values() for name in names)
    kept = sorted((name for name, count in in_stories.items() if count > 1), key=lambda name: (-in_stories[name], name))
    names = {name: at for at, name in enumerate(kept[:MOST_FEATURES])}
    known = [sorted(names[name] for name in one if name in names) for one in seen]
    values = [1 / np.sqrt(len(row)) for row in known for _ in row]
    pointers = np.cumsum([0, *map(len, known)])
    table = csr_matrix((values, [at for row in known for at in row], pointers), shape=(len(known), len(names)))
    present = [side for side in SIDES if side in set(truth)]
    if len(present) == 1:
        return _triple(present, [0.0]), {}
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000)
    with threadpool_limits(1):  # so little work is done sooner by one, and to the same digits on any machine
        model.fit(table, [present.index(side) for side in truth])
    rows, starts = model.coef_, model.intercept_
    if len(present) == 2:  # noqa: PLR2004 scikit-learn keeps one row then: that of the second class
        rows, starts = np.vstack([-rows[0] / 2, rows[0] / 2]), np.array([-starts[0] / 2, starts[0] / 2])
    weights = {name: _triple(present, rows[:, at]) for name, at in names.items()}
    return _triple(present, starts, absent=-50.0), weights


def _triple(present: Sequence[Side], values: Sequence[float], absent: float = 0.0) -> Triple:
    """Carries, against, absent; a side that no label is on is as good as impossible."""
    told = dict(zip(present, values, strict=True))
    carries, against, none = (round(float(told.get(side, absent)), DIGITS) for side in SIDES)
    return carries, against, none


def _outcomes(rows: Sequence[Example]) -> Mapping[Side, Outcome]:
    """What people mostly said on each side."""
    counts = Counter(row.said for row in rows)
    return {
        side: max((outcome for outcome in Outcome if SIDE_OF[outcome] is side), key=lambda one: counts[one])
        for side in SIDES
    }


def _f1(truth: Sequence[Side], told: Sequence[Side], side: Side) -> float:
    hits = sum(one is side is other for one, other in zip(truth, told, strict=True))
    named = sum(one is side for one in truth) + sum(one is side for one in told)
    return 2 * hits / named if named else 0.0


def _same(one: Side, other: Side) -> bool:
    return one is other


def _version(*parts: object) -> str:
    """Changes when, and only when, what was learned does."""
    return hashlib.sha256(json.dumps(parts, default=repr, sort_keys=True).encode()).hexdigest()[:12]
