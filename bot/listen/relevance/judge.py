"""Judges whether a mention is about its subject. The first that can tell decides. Pure.

1. A person's label. 2. A source whose items always are. 3. A companion that rules it out, or in. 4. A source or a
subject that takes nothing without a companion. 5. The classifier, outside its uncertain middle. 6. A subject that has
neither companions nor a classifier is taken at its words. What is left is not known, and counts until somebody says
otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.listen.relevance.classifier import decide, drivers, probability
from bot.listen.relevance.companions import Companions
from bot.listen.relevance.features import Identify, features_of
from bot.model import (
    YES,
    Label,
    Mention,
    Query,
    Relevance,
    RelevanceBasis,
    RelevanceModel,
    Source,
    Stance,
    Subject,
)

_RULES = "1"
"""Goes up whenever this module would judge a mention otherwise than before."""


class Judge:
    """Judges mentions of all subjects; never changes. Raises QueryError that names a companion which is no query.

    ``identify`` tells the language of a text whose source did not.
    """

    def __init__(
        self,
        subjects: Sequence[Subject],
        queries: Iterable[Query],
        sources: Iterable[Source],
        models: Iterable[RelevanceModel] = (),
        *,
        identify: Identify | None = None,
    ) -> None:
        self._identify = identify
        self._subjects = {subject.id: subject for subject in subjects}
        self._stances = {source.id: source.relevance for source in sources}
        self._models = {model.subject: model for model in models if model.usable}
        self._companions: Mapping[str, Companions] = {
            query.subject: Companions(context, query, identify)
            for query in queries
            if (context := self._subjects[query.subject].context) is not None
        }
        self.versions: Mapping[str, str] = {subject: self._version(subject) for subject in self._subjects}
        """Per subject, what a judgement is made by: it changes when another judgement might come out."""

    def judged(self, mention: Mention, label: Label | None = None) -> Relevance:
        """The mention's relevance. ``label`` is the last word that a person had on it, if any."""
        relevant, basis, reason = self._verdict(mention, label)
        return Relevance(relevant, basis, reason, self.versions.get(mention.subject, ""))

    def _verdict(self, mention: Mention, label: Label | None) -> tuple[bool | None, RelevanceBasis | None, str]:
        if label is not None:
            return label.value == YES, RelevanceBasis.LABEL, labelled_by(label)
        stance = self._stances.get(mention.source, Stance.JUDGE)
        if stance is Stance.ASSUME:
            return (
                True,
                RelevanceBasis.ASSUMED,
                f"everything from the source ‘{mention.source}’ is taken to be about it",
            )
        companions, model = self._companions.get(mention.subject), self._models.get(mention.subject)
        if companions is not None:
            found = self._by_companion(mention, companions, stance)
            if found is not None:
                return found[0], RelevanceBasis.RULE, found[1]
        if model is not None:
            return _by_model(model, features_of(mention, self._identify))
        if companions is None:
            return True, RelevanceBasis.ASSUMED, "its words alone are taken to mean it: no context is configured"
        return None, None, "no companion stands near it, and there is no classifier yet to ask"

    def _by_companion(self, mention: Mention, companions: Companions, stance: Stance) -> tuple[bool, str] | None:
        relevant, companion = companions.verdict(mention)
        where = "in the same piece" if companions.within is None else f"within {companions.within} words of the name"
        if relevant is not None:
            return relevant, f"“{companion}” stands {where}" + ("" if relevant else ": something else is meant")
        context = self._subjects[mention.subject].context
        required = context is not None and bool(context.any) and (context.required or stance is Stance.REQUIRE_CONTEXT)
        return (False, f"no companion stands {where}, and one is required") if required else None

    def _version(self, subject: str) -> str:
        model = self._models.get(subject)
        parts = (
            _RULES,
            self._subjects[subject].query,
            self._subjects[subject].context,
            sorted(self._stances.items()),
            model.version if model else None,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def labelled_by(label: Label) -> str:
    """The reason of a judgement that a person made."""
    return f"labelled by {label.who}"


def _by_model(model: RelevanceModel, features: Collection[str]) -> tuple[bool | None, RelevanceBasis | None, str]:
    chance = probability(model, features)
    relevant = decide(model, chance)
    told = f"{chance:.0%} likely to be relevant, by {model.yes + model.no} labels"
    if relevant is None:
        return None, None, f"{told}: not sure enough either way"
    words = ", ".join(drivers(model, features, relevant=relevant))
    return relevant, RelevanceBasis.MODEL, f"{told} ({words})" if words else told
