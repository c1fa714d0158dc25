"""A rehearsal, wired: what another configuration would have done on stored history. Nothing is written.

What was fetched and matched nothing is not stored, so what a wider query would have found can only come from what is
stored for another reason: for another subject, or by the old query. A narrower query is told in full.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.engines.language import identifier
from bot.listen.matching import Match, Matcher, mentions_of
from bot.model import (
    Counted,
    Item,
    Mention,
    Relevance,
    RelevanceBasis,
    ScoreBrief,
    ScoredMention,
    brief_of,
    rule_changes,
)
from bot.ports import Clock
from bot.score.difference import Change, Difference, change_of, difference
from bot.score.score_mentions import Work, rules_version
from bot.score.scoring import rules_told
from bot.store.sqlite import SqliteStore
from bot.wiring.adapters import build_engine, build_queries
from bot.wiring.asking import sendings
from bot.wiring.judging import build_judge
from bot.wiring.rules import build_scoring
from config.settings import Settings

Verdict = bool | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A mention that the other configuration would have, or would not have."""

    mention: Mention
    score: ScoreBrief | None


@dataclass(slots=True)
class SubjectHits:
    """What becomes of one subject's mentions. ``change``: what is done to its query, in words; empty for nothing."""

    subject: str
    change: str
    kept: int = 0
    gained: list[Hit] = field(default_factory=list)
    lost: list[Hit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would have been otherwise.

    ``rules`` and ``searches`` say what differs in the rules of scoring and in what sources are asked; ``relevance``
    counts (old, new) judgements, ``changes`` are the scores of what both have. ``outdated`` stored scores were not made
    by the present rules either, so that their change is not the other configuration's alone.
    """

    rules: tuple[str, ...]
    outdated: int
    searches: tuple[str, ...]
    subjects: tuple[SubjectHits, ...]
    relevance: Mapping[tuple[Verdict, Verdict], int]
    changes: tuple[Change, ...]
    difference: Difference


class Rehearsing:
    """Another configuration, tried on what the present one has stored. ``store`` is only read."""

    def __init__(self, present: Settings, other: Settings, store: SqliteStore, clock: Clock) -> None:
        self._present, self._other, self._store, self._clock = present, other, store, clock
        self._queries = {query.subject: query for query in build_queries(other)}
        self._changes = dict(_query_changes(present, other))
        changed = [query for subject, query in self._queries.items() if subject in self._changes]
        self._matcher = Matcher(changed, identifier().identify)
        models = [model for model in store.relevance_models() if model.subject in self._queries]
        self._judge = build_judge(other, tuple(self._queries.values()), models, identify=identifier().identify)
        self._held, self._scoring = (
            build_scoring(one, build_engine(one), store.message_models()) for one in (present, other)
        )
        self._work = Work(store, self._scoring, clock.now(), keep=False)

    def total(self, since: datetime | None = None) -> int:
        """How many scored mentions there are to try it on."""
        return self._store.count_outdated("", since)

    def run(self, since: datetime | None = None, progress: Callable[[int], None] | None = None) -> Rehearsal:
        """Tries it on what was told since then; ``progress`` is told how many mentions are done."""
        subjects = {name: SubjectHits(name, said) for name, said in self._changes.items()}
        for name in self._queries:
            subjects.setdefault(name, SubjectHits(name, ""))
        relevance: Counter[tuple[Verdict, Verdict]] = Counter()
        changes: list[Change] = []
        matched: dict[str, Mapping[str, Match]] = {}
        for done, found in enumerate(self._stored(since), 1):
            mention = found if isinstance(found, Mention) else found.mention
            hits = subjects.get(mention.subject)
            if mention.item.key not in matched:
                matched[mention.item.key] = self._match(mention.item)
                for hit in self._gains(mention, matched[mention.item.key]):
                    subjects[hit.mention.subject].gained.append(hit)
            kept = self._kept(mention, matched[mention.item.key])
            if kept is None:
                if hits is not None:
                    hits.lost.append(Hit(mention, None if isinstance(found, Mention) else brief_of(found.score)))
            else:
                if hits is not None:
                    hits.kept += 1
                relevance[mention.relevance.relevant, kept.relevance.relevant] += 1
                if isinstance(found, ScoredMention):
                    changes.append(change_of(kept, brief_of(found.score), brief_of(self._work.one(kept))))
            if progress is not None:
                progress(done)
        return Rehearsal(
            rules=rule_changes(rules_told(self._held), rules_told(self._scoring)),
            outdated=self._store.count_outdated(rules_version(self._held), since),
            searches=tuple(_search_changes(self._present, self._other)),
            subjects=tuple(subjects.values()),
            relevance=relevance,
            changes=tuple(changes),
            difference=self._difference(changes),
        )

    def _stored(self, since: datetime | None) -> Iterator[ScoredMention | Mention]:
        for found in self._store.mentions(since=since, counted=Counted.ALL):
            mention = found if isinstance(found, Mention) else found.mention
            if not mention.item.removed:
                yield found

    def _match(self, item: Item) -> Mapping[str, Match]:
        return {match[0]: match for match in self._matcher.match(item)} if self._changes else {}

    def _kept(self, mention: Mention, matched: Mapping[str, Match]) -> Mention | None:
        """The mention as the other configuration would have it; None when it would not."""
        if mention.subject in self._changes:
            if mention.subject not in matched:
                return None
            mention = replace(mention, matched=matched[mention.subject][1])
        elif mention.subject not in self._queries:
            return mention  # of a subject that neither configuration has any more
        return replace(mention, relevance=self._judged(mention))

    def _judged(self, mention: Mention) -> Relevance:
        if mention.relevance.basis is RelevanceBasis.LABEL:
            return mention.relevance
        return self._judge.judged(mention)

    def _gains(self, stored: Mention, matched: Mapping[str, Match]) -> Iterator[Hit]:
        """Mentions that the item of a stored one would also have been."""
        if all(subject == stored.subject for subject in matched):
            return
        for mention in mentions_of(self._matcher, stored.item, stored.source, stored.collected_at):
            if self._store.mention(mention.id) is None:
                made = replace(mention, story=stored.story)
                made = replace(made, relevance=self._judge.judged(made))
                yield Hit(made, brief_of(self._work.one(made)))

    def _difference(self, changes: list[Change]) -> Difference:
        own = {subject.id for subject in self._other.subjects if subject.own}
        return difference(changes, self._other.subjects, self._other.messages, self._store.owned_stories(own))


def _query_changes(present: Settings, other: Settings) -> Iterator[tuple[str, str]]:
    """What is done to each subject's query; those whose query stays are left out."""
    old = {subject.id: subject.query for subject in present.subjects}
    new = {subject.id: subject.query for subject in other.subjects}
    for name in dict.fromkeys((*old, *new)):
        if name not in old:
            yield name, "new"
        elif name not in new:
            yield name, "gone"
        elif old[name] != new[name]:
            yield name, "another query"


def _search_changes(present: Settings, other: Settings) -> Iterator[str]:
    """What sources would be asked otherwise, one line each."""
    old = {name: asked for name, _, asked in sendings(build_queries(present), present.sources)}
    new = {name: asked for name, _, asked in sendings(build_queries(other), other.sources)}
    for name in dict.fromkeys((*old, *new)):
        if name not in old:
            yield f"source {name} is new"
        elif name not in new:
            yield f"source {name} is gone"
        elif old[name] != new[name]:
            yield f"source {name} is asked for something else"
