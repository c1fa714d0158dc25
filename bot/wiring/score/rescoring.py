"""Scoring history anew, wired: what waits, doing it, and what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.model import RulesVersion, Score, rule_changes
from bot.ports import Clock
from bot.score.difference import Change, Difference, difference
from bot.score.rescore import rescore, rescored, rescoring_would
from bot.score.score_mentions import never, rules_version
from bot.score.scoring import rules_told
from bot.store.verbs import HeardStore
from bot.wiring.listen.listening import Listening
from config.settings import Settings


class Rescoring:
    """History under the present rules of one configuration."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, listening: Listening) -> None:
        self._settings, self._store, self._clock, self._listening = settings, store, clock, listening

    @property
    def rules(self) -> RulesVersion:
        """The present rules; those that scored nothing yet are first used now."""
        scoring = self._listening.scoring
        version = rules_version(scoring)
        known = {rules.version: rules for rules in self._store.rules_versions()}
        return known.get(version) or RulesVersion(version, rules_told(scoring), self._clock.now())

    def waiting(self, since: datetime | None = None) -> int:
        """How many mentions told since then have a score by other rules."""
        return self._store.count_outdated(self.rules.version, since)

    def run(
        self,
        since: datetime | None = None,
        progress: Callable[[int], None] | None = None,
        *,
        stop: Callable[[], bool] = never,
    ) -> int:
        """Scores anew what waits; how many. What was broken off goes on where it stood."""
        desk = self._store, self._listening.scoring, self._clock.now()
        return rescore(*desk, since=since, progress=progress, stop=stop)

    def would(self, since: datetime | None = None) -> Iterable[Change]:
        """What :meth:`run` would change; nothing is written."""
        return rescoring_would(self._store, self._listening.scoring, self._clock.now(), since=since)

    def changes(self, since: datetime | None = None) -> Iterable[Change]:
        """What scoring anew by the present rules has changed."""
        return rescored(self._store, self._listening.scoring, since=since)

    def difference(self, changes: Iterable[Change]) -> Difference:
        """Changes in sum, for this configuration's own subjects and messages."""
        own = {subject.id for subject in self._settings.subjects if subject.own}
        return difference(changes, self._settings.subjects, self._settings.messages, self._store.owned_stories(own))

    def changed_rules(self, since: datetime | None = None) -> tuple[str, ...]:
        """What is otherwise in the present rules than in those that history since then was scored by."""
        present = self.rules
        return differing(self._store.rules_versions(), self._store.outdated_versions(present.version, since), present)

    def made_by(self, score: Score) -> tuple[RulesVersion | None, tuple[str, ...]]:
        """The rules that a score was made by, and what of them is otherwise now."""
        versions = self._store.rules_versions()
        known = {rules.version: rules for rules in versions}
        return known.get(score.rules_version), differing(versions, [score.rules_version], self.rules)


def differing(known: Iterable[RulesVersion], versions: Iterable[str], present: RulesVersion) -> tuple[str, ...]:
    """What differs between the rules of these versions and the present ones, each thing said once."""
    told = {rules.version: rules.told for rules in known}
    others = (told.get(version, {}) for version in versions if version != present.version)
    return tuple(dict.fromkeys(change for other in others for change in rule_changes(other, present.told)))
