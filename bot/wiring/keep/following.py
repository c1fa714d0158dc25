"""Following deletions, wired: whom to ask about what is kept, when, and how that is going."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import uuid4

from bot.digest.content.following import following_lines
from bot.errors import SourceError
from bot.listen.collect import mentions_on
from bot.listen.dedupe import StoryIndex
from bot.listen.polling import after_error, after_success
from bot.listen.spending import SourcePurse
from bot.model import Allowance, Item, Mention, Source, Target, TargetState
from bot.model.rechecking import PlatformFollow, RecheckPlan
from bot.ports import Clock, Connector, Deps, Noticing, Rechecking
from bot.stewardship.following import ROUND, FollowDesk, FollowReport, follow, is_time, purge
from bot.stewardship.forgetting import reckon
from bot.store.verbs import HeardStore
from bot.wiring import adapters
from bot.wiring.listen.listening import Listening, never
from config.settings import Settings


class Following:
    """The desk that follows deletions: one round a platform, whatever number of sources reads it."""

    def __init__(
        self,
        settings: Settings,
        store: HeardStore,
        clock: Clock,
        listening: Listening,
        connectors: Mapping[Target, Connector],
        deps: Callable[[], Deps],
    ) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._listening, self._connectors, self._deps = listening, connectors, deps
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}:follow"

    def due(self, *, stop: Callable[[], bool] = never) -> Iterator[FollowReport]:
        """Asks each platform whose time has come, and purges what nobody can ask about; a report a platform asked."""
        plans, states, now = self._settings.rechecks, self._store.recheck_states(), self._clock.now()
        for platform, plan in plans.items():
            if stop():
                return
            if platform not in self._askable:
                purge(self._store, platform, plan, reckon(self._store, now), stop)
            elif platform not in states or is_time(states[platform], now):
                report = follow(self._desk(platform, plan, stop))
                if report is not None:
                    yield report

    def recheck(
        self, sources: Sequence[str] = (), *, progress: Callable[[int], None] = lambda _looked: None
    ) -> Iterator[FollowReport]:
        """Asks the platforms of these sources (all, if none is named) about what is due, blocked or not."""
        for platform, target in self._askable.items():
            if sources and target.source not in sources:
                continue
            desk = self._desk(platform, self._settings.rechecks[platform], never)
            report = follow(replace(desk, progress=progress), anyway=True)
            if report is not None:
                yield report

    def standing(self) -> tuple[PlatformFollow, ...]:
        """How following stands with each platform of which something is kept, or that was ever asked."""
        plans, asks = self._settings.rechecks, self._settings.follows_deletions
        found = self._store.following([name for name, plan in plans.items() if asks or plan.purge], self._clock.now())
        return tuple(one for one in found if one.kept or one.state is not None)

    def lines(self) -> tuple[str, ...]:
        """The same in words, a line a platform, for operations."""
        purged = {platform for platform, plan in self._settings.rechecks.items() if plan.purge}
        return following_lines(self.standing(), self.asked, purged - self.asked.keys())

    def coverage(self) -> Mapping[str, str]:
        """By source, in words: what is noticed of what is taken back or changed there, and what is not seen."""
        found: dict[str, str] = {}
        for target, connector in self._connectors.items():
            found.setdefault(target.source, self._notices(connector))
        return found

    def _notices(self, connector: Connector) -> str:
        if isinstance(connector, Rechecking):
            if target := self._askable.get(connector.platform):
                connector = self._connectors[target]  # one source asks for all of its platform
            elif connector.recheck_batch:
                return "nobody is asked ([retention] delete_follow_up = false): neither deletions nor edits are seen"
        return connector.notices if isinstance(connector, Noticing) else "nothing is known of what is deleted there"

    def resume(self, source: str) -> None:
        """Asks again where a person has put right what kept a platform from answering."""
        for platform, state in self._store.recheck_states().items():
            if state.target.source == source and state.next_poll_at is None:
                now = self._clock.now()
                if self._store.lease_recheck(platform, state.target, self._owner, now, now + ROUND) is not None:
                    self._store.finish_recheck(platform, self._owner, replace(state, next_poll_at=now))

    @property
    def asked(self) -> Mapping[str, str]:
        """The platforms that are asked, and by which source."""
        return {platform: target.source for platform, target in self._askable.items()}

    @cached_property
    def _askable(self) -> Mapping[str, Target]:
        """By platform, the first configured source that can ask about it; none where nobody is to be asked."""
        if not self._settings.follows_deletions:
            return {}
        found: dict[str, Target] = {}
        for target, connector in self._connectors.items():
            if isinstance(connector, Rechecking) and connector.recheck_batch:
                found.setdefault(connector.platform, target)
        return {platform: target for platform, target in found.items() if platform in self._settings.rechecks}

    @cached_property
    def _own(self) -> dict[str, Connector]:
        """Connectors of this desk's own: those that poll at the same time keep what they know of their last answers."""
        return {}

    def _connector(self, target: Target) -> Connector:
        if target.source not in self._own:
            made = adapters.build_source(self._settings, self._source(target), self._deps())
            self._own[target.source] = made[target]
        return self._own[target.source]

    def _source(self, target: Target) -> Source:
        return next(source for source in self._settings.sources if source.id == target.source)

    def _desk(self, platform: str, plan: RecheckPlan, stop: Callable[[], bool]) -> FollowDesk:
        self._listening.add_targets()
        target = self._askable[platform]
        connector = self._connector(target)
        assert isinstance(connector, Rechecking)  # noqa: S101 _askable has made sure
        return FollowDesk(
            store=self._store,
            clock=self._clock,
            platform=platform,
            target=target,
            connector=connector,
            trainable=self._connectors[target].trainable,
            plan=plan,
            money=_Money(self._store, self._clock, self._source(target), target),
            mentions=lambda items: self._mentions(target, items),
            settled=_settled,
            failed=_failed,
            owner=self._owner,
            stop=stop,
        )

    def _mentions(self, target: Target, items: Sequence[Item]) -> list[Mention]:
        """The mentions in what has changed. Those that are known keep their stories."""
        return mentions_on(replace(self._listening.desk(), stories=StoryIndex()), target, items, self._clock.now())


class _Money:
    """What looking again spends of its source's budget, request by request."""

    def __init__(self, store: HeardStore, clock: Clock, source: Source, target: Target) -> None:
        self._purse = SourcePurse(store, clock, source, target)

    def begin(self) -> Allowance:
        left = self._purse.left()
        return Allowance(left.reads, left.usd, purse=self._purse)

    def take(self) -> int | None:
        return self._purse.take()


def _settled(state: TargetState, now: datetime, rest: timedelta) -> TargetState:
    return replace(after_success(state, now, timedelta(0), None), next_poll_at=now + rest)


def _failed(state: TargetState, error: SourceError, now: datetime) -> TargetState:
    return after_error(state, error, now, ROUND)
