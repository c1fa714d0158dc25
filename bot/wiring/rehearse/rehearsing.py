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
    mention_of,
    rule_changes,
)
from bot.ports import Clock
from bot.score.difference import Change, Difference, change_of, difference
from bot.score.score_mentions import Work, rules_version
from bot.score.scoring import rules_told
from bot.store.verbs import HeardStore
from bot.wiring.adapters import build_engine, build_queries
from bot.wiring.listen.asking import sendings
from bot.wiring.listen.judging import build_judge
from bot.wiring.rehearse.cost import CostChange, cost_changes
from bot.wiring.rehearse.digests import LeadStories, LeadTally
from bot.wiring.rehearse.messages import MessageTally, MessageTurns, changes_between
from bot.wiring.score.rules import build_scoring
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
    counts (old, new) judgements, ``changes`` are the scores of what both have. ``messages`` are outcomes won and lost,
    with quotes; ``leads`` the first stories of each digest's last window; ``costs`` what sources would cost otherwise.
    ``outdated`` stored scores were not made by the present rules either, so that their change is not the other
    configuration's alone.
    """

    rules: tuple[str, ...]
    outdated: int
    searches: tuple[str, ...]
    subjects: tuple[SubjectHits, ...]
    relevance: Mapping[tuple[Verdict, Verdict], int]
    changes: tuple[Change, ...]
    difference: Difference
    messages: tuple[MessageTurns, ...]
    leads: tuple[LeadStories, ...]
    costs: tuple[CostChange, ...]


class Rehearsing:
    """Another configuration, tried on what the present one has stored. ``store`` is only read."""

    def __init__(self, present: Settings, other: Settings, store: HeardStore, clock: Clock) -> None:
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
        tally = _Tally(self._present, self._other, self._changes, tuple(self._queries), self._clock.now())
        matched: dict[str, Mapping[str, Match]] = {}
        for done, found in enumerate(self._stored(since), 1):
            mention = mention_of(found)
            if mention.item.key not in matched:
                matched[mention.item.key] = self._match(mention.item)
                for gain in self._gains(mention, matched[mention.item.key]):
                    tally.gain(gain)
            kept = self._kept(mention, matched[mention.item.key])
            if kept is None:
                tally.lose(found)
            else:
                made = ScoredMention(kept, self._work.one(kept)) if isinstance(found, ScoredMention) else None
                tally.keep(found, kept, made)
            if progress is not None:
                progress(done)
        return self._told(tally, since)

    def _told(self, tally: _Tally, since: datetime | None) -> Rehearsal:
        searches = dict(_search_changes(self._present, self._other))
        own = {subject.id for side in (self._present, self._other) for subject in side.subjects if subject.own}
        return Rehearsal(
            rules=rule_changes(rules_told(self._held), rules_told(self._scoring)),
            outdated=self._store.count_outdated(rules_version(self._held), since),
            searches=tuple(searches.values()),
            subjects=tuple(tally.subjects.values()),
            relevance=tally.relevance,
            changes=tuple(tally.changes),
            difference=self._difference(tally.changes),
            messages=tally.turns.rows,
            leads=tally.leads.rows(self._store.owned_stories(own)),
            costs=cost_changes(self._present, self._other, searches, self._store, self._clock.now()),
        )

    def _stored(self, since: datetime | None) -> Iterator[ScoredMention | Mention]:
        for found in self._store.mentions(since=since, counted=Counted.ALL):
            if not mention_of(found).item.removed:
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

    def _gains(self, stored: Mention, matched: Mapping[str, Match]) -> Iterator[ScoredMention]:
        """Mentions that the item of a stored one would also have been."""
        if all(subject == stored.subject for subject in matched):
            return
        for mention in mentions_of(self._matcher, stored.item, stored.source, stored.collected_at):
            if self._store.mention(mention.id) is None:
                made = replace(mention, story=stored.story)
                made = replace(made, relevance=self._judge.judged(made))
                yield ScoredMention(made, self._work.one(made))

    def _difference(self, changes: list[Change]) -> Difference:
        own = {subject.id for subject in self._other.subjects if subject.own}
        return difference(changes, self._other.subjects, self._other.messages, self._store.owned_stories(own))


class _Tally:
    """What is counted while mentions go by."""

    def __init__(
        self, present: Settings, other: Settings, queries: Mapping[str, str], subjects: tuple[str, ...], now: datetime
    ) -> None:
        self.subjects = {name: SubjectHits(name, queries.get(name, "")) for name in (*queries, *subjects)}
        self.relevance: Counter[tuple[Verdict, Verdict]] = Counter()
        self.changes: list[Change] = []
        self.turns = MessageTally(present.messages, other.messages)
        self.leads = LeadTally(present, other, now)

    def gain(self, made: ScoredMention) -> None:
        """A mention that there would also be."""
        self.subjects[made.mention.subject].gained.append(Hit(made.mention, brief_of(made.score)))
        self.leads.add(None, made)

    def lose(self, found: ScoredMention | Mention) -> None:
        """A mention that there would not be."""
        scored = found if isinstance(found, ScoredMention) else None
        if hits := self.subjects.get(mention_of(found).subject):
            hits.lost.append(Hit(mention_of(found), brief_of(scored.score) if scored else None))
        self.leads.add(scored, None)

    def keep(self, found: ScoredMention | Mention, kept: Mention, made: ScoredMention | None) -> None:
        """A mention that both have; ``made`` is its other score, None where it has none yet."""
        if hits := self.subjects.get(kept.subject):
            hits.kept += 1
        self.relevance[mention_of(found).relevance.relevant, kept.relevance.relevant] += 1
        if made is not None and isinstance(found, ScoredMention):
            self.changes.append(change_of(kept, brief_of(found.score), brief_of(made.score)))
            self.turns.add(found.score, made.score, kept.item.url)
            self.leads.add(found, made)


def _query_changes(present: Settings, other: Settings) -> Iterator[tuple[str, str]]:
    """What is done to each subject's query."""
    old = {subject.id: subject.query for subject in present.subjects}
    new = {subject.id: subject.query for subject in other.subjects}
    return changes_between(old, new, "another query")


def _search_changes(present: Settings, other: Settings) -> Iterator[tuple[str, str]]:
    """Sources that would be asked otherwise, with a line about each."""
    old = {name: asked for name, _, asked in sendings(build_queries(present), present.sources)}
    new = {name: asked for name, _, asked in sendings(build_queries(other), other.sources)}
    for name in dict.fromkeys((*old, *new)):
        if name not in old:
            yield name, f"source {name} is new"
        elif name not in new:
            yield name, f"source {name} is gone"
        elif old[name] != new[name]:
            yield name, f"source {name} is asked for something else"
