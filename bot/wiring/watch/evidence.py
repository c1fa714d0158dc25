"""What explains an alert, wired: the stories, words and places behind it, and what the rule would have done before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from bot.digest import wording
from bot.digest.notices.alert_facts import Facts, backtest_facts, contrary_facts, judged_facts, story_facts
from bot.digest.plain import clean
from bot.model import HURTS, Mention, Outcome, ScoredMention, mention_of
from bot.model.alert import AlertKind, AlertRule, DayNumbers, Judged
from bot.offers.counting.daily import start_of
from bot.phrases import joined
from bot.score.summary import Coded, earned_stories, strongest
from bot.store.verbs import HeardStore
from bot.watch.backtest import backtest
from bot.watch.baseline import BASELINE, GUARD, REACH
from bot.watch.terms import telling_terms
from bot.wiring.score.learning import Learning
from bot.wiring.watch.watched_days import WatchedDays
from config.settings import Settings

_READ = 500
"""Mentions of a day, and of the days before, that words and places are told from."""
_TERMS = 5
_BEHIND = 90
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ContraryStory:
    """A story that goes against a message: from when to when it was told, and by which mentions, oldest first."""

    story: str
    at: datetime
    last: datetime
    contradicts: bool
    mentions: tuple[str, ...]

    @property
    def told(self) -> int:
        """How often it was told."""
        return len(self.mentions)


class Evidence:
    """What is known about an event beside its number."""

    def __init__(self, settings: Settings, store: HeardStore, learning: Learning) -> None:
        self._settings = settings
        self._store = store
        self._learning = learning
        self._zone = ZoneInfo(settings.timezone)
        self._names = {row.id: wording.source_name(row.id, row.connector) for row in settings.sources}
        self._statements = {message.id: message.statement for message in settings.messages}

    def of_counts(
        self, rule: AlertRule, subject: str, found: Judged, threshold: float, first: date, days: WatchedDays,
        day: DayNumbers,
    ) -> Facts:  # fmt: skip
        """The body of an alert of a spike, a silence or a surge."""
        begins = min(first, found.day - (found.days - 1) * _DAY)
        body: Facts = {
            "counting": rule.counting.value,
            "judged": judged_facts(found, threshold, first, whole=day.whole),
            "coverage": self._coverage(subject, found.day, days),
            "notes": self._notes(rule, found, threshold, days),
        }
        negative = rule.kind is AlertKind.NEGATIVE_SURGE
        if rule.kind is AlertKind.SILENCE:
            body |= self._last_story(subject, begins)
        else:
            said = self._said(subject, begins, found.day + _DAY, "negative" if negative else None)
            usual = self._said(subject, begins - (REACH * _DAY), begins - GUARD * _DAY, None)
            own = self._own_words(subject)
            texts, others = ([one.item.text for one in map(mention_of, group)] for group in (said, usual))
            body |= story_facts(said, self._names)
            body["terms"] = [clean(term) for term in telling_terms(texts, others, own, _TERMS)]
        series = days.series(rule, subject, REACH + _BEHIND)
        if negative and (share := _share(series, found)):
            body["share"] = share
        past = [one for one in series if one.day < begins]
        tested = backtest(replace(rule, subject=subject), past, p=threshold, last=_BEHIND)
        return body | {"backtest": backtest_facts(tested)}

    def contrary(self, rule: AlertRule, subject: str, since: datetime) -> Iterator[ContraryStory]:
        """The stories told since then that go against a message, as surely as the rule asks; people's word counts."""
        labelled = self._learning.as_labelled(self._store.briefly({subject}, since))
        own_stories = self._store.owned_stories({subject}, {one.mention.story for one in labelled})
        for story in earned_stories(labelled, own_stories):
            worst = self._worst(rule, story)
            if worst is not None:
                told = [one.mention.told_at for one in story]
                name = story[0].mention.story or story[0].mention.id
                contradicts = worst[1].outcome is Outcome.CONTRARY
                mentions = tuple(one.mention.id for one in story)
                yield ContraryStory(name, min(told), max(told), contradicts, mentions)

    def of_story(self, rule: AlertRule, story: ContraryStory) -> Facts | None:
        """The facts of a story that goes against a message; None where it does so no more."""
        found = [self._store.mention(name) for name in story.mentions]
        told = self._learning.as_labelled([one for one in found if isinstance(one, ScoredMention)])
        worst = self._worst(rule, told)
        if worst is None:
            return None
        scored, alignment = worst
        contrary = contrary_facts(scored, alignment, self._statements[alignment.message])
        return {"contrary": contrary} | story_facts(told, self._names)

    def _worst(self, rule: AlertRule, story: Sequence[ScoredMention]) -> Coded | None:
        """What goes against a message most, as surely as the rule asks, and the mention that shows it."""
        coded = [
            (scored, alignment)
            for message, (scored, alignment) in strongest(story).items()
            if alignment.outcome in HURTS and alignment.confidence >= rule.confidence and message in self._statements
        ]
        return min(coded, key=lambda pair: (HURTS.index(pair[1].outcome), -pair[1].confidence), default=None)

    def _said(self, subject: str, first: date, until: date, tone: str | None) -> tuple[ScoredMention | Mention, ...]:
        """What others said on these days, the newest first, at most a few hundred."""
        since, end = start_of(first, self._zone), start_of(until, self._zone)
        found = self._store.mentions(subject=subject, tone=tone, since=since, until=end)
        earned = (one for one in found if not (isinstance(one, ScoredMention) and one.owned))
        return tuple(islice((one for one in earned if not mention_of(one).item.removed), _READ))

    def _last_story(self, subject: str, first: date) -> Mapping[str, Any]:
        said = next(iter(self._said(subject, first - REACH * _DAY, first, None)), None)
        return {} if said is None else {"last_story": story_facts([said], self._names)["stories"][0]}

    def _own_words(self, subject: str) -> tuple[str, ...]:
        known = next((one for one in self._settings.subjects if one.id == subject), None)
        return () if known is None else (known.name, *known.handles, *known.domains, subject)

    def _coverage(self, subject: str, day: date, days: WatchedDays) -> float | None:
        back = (days.today - day).days
        shares = days.coverage(subject, REACH + _BEHIND)
        return shares[-1 - back] if back < len(shares) else None

    def _notes(self, rule: AlertRule, found: Judged, threshold: float, days: WatchedDays) -> list[str]:
        """What a reader must know before believing it."""
        notes: list[str] = []
        if rule.at_most is not None:
            notes.append(
                f"At most {rule.at_most.words}: the threshold that its own history asks for is p < {threshold:.2g}."
            )
        added = [self._names.get(name, name) for name in days.added(found.day - BASELINE * _DAY)]
        if added and rule.kind is not AlertKind.SILENCE:
            what = "this source was" if len(added) == 1 else "these sources were"
            notes.append(f"In the time that it is held against {what} added, which alone brings more: {joined(added)}.")
        return notes


def _share(series: tuple[DayNumbers, ...], found: Judged) -> Facts | None:
    """The share that is negative, beside that of the days before."""
    now = next((one for one in series if one.day == found.day), None)
    before = [one for one in series if one.day < found.day - GUARD * _DAY and one.whole and one.of]
    wholes = sum(one.of or 0 for one in before)
    if now is None or not now.of or now.count is None or not wholes:
        return None
    usual = sum(one.count or 0 for one in before) / wholes
    return {"negative": now.count, "of": now.of, "now": now.count / now.of, "usual": round(usual, 4)}
