"""Fits a subject's classifier to the desk's labels, and measures how far it may be believed.

Logistic regression on binary features. A verdict is used only where held-out predictions bear it out: five-fold
cross-validation in which copies of one story stay together, and the lower end of the 95 % interval of how often the
verdict was right must reach ``PROVEN``. That asks for more labels the harder the subject is; no count alone suffices.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from threadpoolctl import threadpool_limits

from bot.listen.relevance.classifier import chance_of
from bot.listen.relevance.features import Identify, features_of
from bot.model import Mention, RelevanceModel
from bot.rates import wilson

Example = tuple[Mention, bool]


class Fit(Protocol):
    """What :func:`fit` is, for those who import it late."""

    def __call__(
        self, subject: str, examples: Iterable[Example], now: datetime, *, identify: Identify | None = None
    ) -> RelevanceModel:
        """The classifier of what is given."""
        ...


EACH = 8
"""Fewer stories than this of either class are not fitted to: nothing could be held out."""
FOLDS = 5
PROVEN = 0.80
"""A verdict must have been right at least so often, at the lower end of the 95 % interval of the held-out share."""
STEPS = (0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95)
"""Probabilities at which a verdict may begin; between 0.40 and 0.60 there is never one."""
STRENGTH = 10.0
"""Inverse strength of the L2 penalty."""
DIGITS = 6


def fit(
    subject: str, examples: Iterable[Example], now: datetime, *, identify: Identify | None = None
) -> RelevanceModel:
    """The classifier of what is given, the same for the same examples; without verdicts where too few or too hard.

    ``examples`` are mentions of trainable items with whether they are relevant; ``now`` (aware UTC) dates the fit;
    ``identify`` tells the language of a text whose source did not.
    """
    rows = sorted(examples, key=lambda example: example[0].id)
    truth = [relevant for _, relevant in rows]
    yes, no = sum(truth), len(truth) - sum(truth)
    stories = [mention.story or mention.id for mention, _ in rows]
    of_each = Counter(relevant for _, relevant in dict(zip(stories, rows, strict=True)).values())
    if min(of_each[True], of_each[False]) < EACH:
        why = f"at least {EACH} different stories labelled relevant, and {EACH} labelled not, are needed"
        return RelevanceModel(subject, _version((), 0.0), now, yes, no, why=why)
    seen = [features_of(mention, identify) for mention, _ in rows]
    held_out = _held_out(seen, truth, stories)
    weights, intercept = _fitted(seen, truth, stories)
    above = _threshold(held_out, truth)
    doubt = _threshold([1 - chance for chance in held_out], [not relevant for relevant in truth])
    below = None if doubt is None else round(1 - doubt, 2)
    return RelevanceModel(
        subject=subject,
        version=_version(tuple(weights.items()), intercept, above, below),
        fitted_at=now,
        yes=yes,
        no=no,
        intercept=intercept,
        weights=weights,
        above=above,
        below=below,
        why="" if above or doubt else "held-out labels were not foretold reliably enough; more labels may help",
    )


def _held_out(seen: Sequence[frozenset[str]], truth: Sequence[bool], stories: Sequence[str]) -> list[float]:
    """For each example, the probability by a model that was fitted without its story."""
    chances = [0.5] * len(truth)
    folds = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=0)
    for kept, left in folds.split(np.zeros((len(truth), 1)), truth, stories):
        if len({truth[at] for at in kept}) < 2:  # noqa: PLR2004 one class: nothing to tell apart
            continue
        weights, intercept = _fitted([seen[i] for i in kept], [truth[i] for i in kept], [stories[i] for i in kept])
        for at in left:
            chances[at] = chance_of(intercept, weights, seen[at])
    return chances


def _fitted(
    seen: Sequence[frozenset[str]], truth: Sequence[bool], stories: Sequence[str]
) -> tuple[Mapping[str, float], float]:
    """Coefficients by feature, and the intercept. What stands in one story only is no feature: it may be private."""
    in_stories = Counter(
        name for name, _ in {(name, story) for one, story in zip(seen, stories, strict=True) for name in one}
    )
    names = {name: at for at, name in enumerate(sorted(name for name, stories_ in in_stories.items() if stories_ > 1))}
    known = [[names[name] for name in sorted(one) if name in names] for one in seen]
    values = [1 / np.sqrt(len(row)) for row in known for _ in row]
    pointers = np.cumsum([0, *map(len, known)])
    table = csr_matrix((values, [at for row in known for at in row], pointers), shape=(len(known), len(names)))
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000)
    with threadpool_limits(1):  # so little work is done sooner by one, and to the same digits on any machine
        model.fit(table, truth)
    return (
        {name: round(float(weight), DIGITS) for name, weight in zip(names, model.coef_[0], strict=True)},
        round(float(model.intercept_[0]), DIGITS),
    )


def _threshold(chances: Sequence[float], truth: Sequence[bool]) -> float | None:
    """The lowest step from which on the verdict was right often enough; None when at no step."""
    for step in STEPS:
        found = [it for chance, it in zip(chances, truth, strict=True) if chance >= step]
        if found and wilson(sum(found), len(found)).low >= PROVEN:
            return step
    return None


def _version(*parts: object) -> str:
    """Changes when, and only when, the classifier does."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
