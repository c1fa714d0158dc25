"""Judging relevance, wired: the rules and classifiers that hold, the desk's labels, and fitting to them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.engines.language import identifier
from bot.errors import ConfigError, QueryError
from bot.listen.relevance.features import Identify
from bot.listen.relevance.judge import Judge
from bot.listen.relevance.judge_mentions import MOST_LABELS, judge_mentions, take_label, wants_fit
from bot.model import Label, LabelKind, Mention, Query, RelevanceModel, Subject
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.score.fitting import Fitting
from config.settings import Settings

if TYPE_CHECKING:
    from bot.listen.relevance.training import Fit

log = logging.getLogger("heard.relevance")

MISSING = (
    "to learn from labels Heard needs scikit-learn, which is not installed: pip install 'heard[learn]'. "
    "Labels, rules and what was learned before work without it"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How judging stands for one subject: its usable labels, and the classifier that was fitted to them, if any."""

    subject: Subject
    yes: int
    no: int
    model: RelevanceModel | None


class Judging:
    """The desk that judges what is about a subject and what only holds its name."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, queries: tuple[Query, ...]) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._queries = queries
        self._identify = identifier().identify
        self._held: tuple[tuple[RelevanceModel, ...], Judge] | None = None
        self._fitting = Fitting(load_fit, log)

    def judge(self) -> Judge:
        """What judges now; built anew when a classifier has changed, by whichever process."""
        models = self._store.relevance_models()
        if self._held is None or self._held[0] != models:
            self._held = models, build_judge(self._settings, self._queries, models, identify=self._identify)
        return self._held[1]

    def judge_anew(self, *, stop: Callable[[], bool]) -> int:
        """Judges what no present judgement holds for; how many mentions."""
        return judge_mentions(self._store, self.judge(), stop=stop)

    def label(
        self, mention: Mention, kind: LabelKind, value: str, *, who: str, source: str, about: str | None
    ) -> Label:
        """Keeps a person's word on a mention; one on its relevance decides it at once."""
        label = Label(mention.id, kind, value, who, source, self._clock.now(), about)
        take_label(self._store, mention, label)
        return label

    def standings(self) -> tuple[Standing, ...]:
        """Each configured subject's labels and classifier."""
        counts, models = (
            self._store.training_counts(),
            {model.subject: model for model in self._store.relevance_models()},
        )
        return tuple(
            Standing(subject, *counts.get(subject.id, (0, 0)), models.get(subject.id))
            for subject in self._settings.subjects
        )

    def fit(self, only: Collection[str] = ()) -> Iterator[RelevanceModel]:
        """Fits the classifiers of these subjects (none named: of all that have labels of both kinds) to their labels.

        Raises ConfigError when scikit-learn is not installed.
        """
        fit = load_fit()
        for standing in self.standings():
            subject = standing.subject.id
            if subject in only or (not only and standing.yes and standing.no):
                yield self._fit(fit, subject)

    def fit_grown(self, *, stop: Callable[[], bool]) -> int:
        """Fits what has enough new labels; how many classifiers. Nothing, said once, where scikit-learn is missing."""
        grown = [one.subject.id for one in self.standings() if wants_fit(one.model, one.yes, one.no)]
        return self._fitting.each(grown, self._fit, stop=stop)

    def _fit(self, fit: Fit, subject: str) -> RelevanceModel:
        labelled = self._store.training_labels(subject, MOST_LABELS)
        model = fit(subject, labelled, self._clock.now(), identify=self._identify)
        self._store.save_relevance_model(model)
        log.info("fitted subject=%s labels=%d usable=%s", subject, model.yes + model.no, model.usable)
        return model


def build_judge(
    settings: Settings,
    queries: Collection[Query],
    models: Collection[RelevanceModel] = (),
    *,
    identify: Identify | None = None,
) -> Judge:
    """The judge of a configuration. Raises ConfigError that names the subject and the companion which is no query."""
    try:
        return Judge(settings.subjects, queries, settings.sources, models, identify=identify)
    except QueryError as error:
        raise ConfigError(f"{settings.path}: {error}") from error


def load_fit() -> Fit:
    """The fitting function. Raises ConfigError when scikit-learn, an extra, is not installed."""
    try:
        from bot.listen.relevance.training import fit  # noqa: PLC0415 an extra, and heavy: only for fitting
    except ImportError as error:
        raise ConfigError(MISSING) from error
    return fit
