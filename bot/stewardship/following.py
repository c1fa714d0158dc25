"""The use case of following deletions: ask platforms about what is due, and forget what they do not show any more.

Each step's findings, the next due times and the connector's cursor are saved in one transaction, so that a process that
dies forgets nothing twice and asks again for nothing it knows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.errors import SourceError, StoreError, Unavailable
from bot.model import FREE, Allowance, Cost, Cursor, Item, Mention, Page, Target, TargetState
from bot.model.keeping import Cause
from bot.model.rechecking import Kept, Look, RecheckPlan
from bot.ports import Clock, ListenStore, Rechecking, RecheckStore
from bot.ports.keeping_store import KeepingStore
from bot.stewardship.rechecks import due_at, longest_wait, note_of, purge_at

LEASE = timedelta(minutes=10)
"""How long a silent worker keeps a platform before another may take it; every step renews it."""
ROUND = timedelta(hours=1)
"""How often what has come due is gathered and asked about together."""
AT_ONCE = 50
"""Items that are forgotten in one transaction: some ten milliseconds."""

log = logging.getLogger("heard.follow")


class Keeping(ListenStore, RecheckStore, KeepingStore, Protocol):
    """The parts of the store that following needs."""

    def together(self) -> AbstractContextManager[None]:
        """One transaction of all that this thread writes inside."""
        ...


class Money(Protocol):
    """The source's budget, as far as looking again spends of it."""

    def begin(self) -> Allowance:
        """What may be used. Raises BudgetSpent where nothing may."""
        ...

    def take(self) -> int | None:
        """The charge of the request whose answer is about to be saved."""
        ...


@dataclass(frozen=True, slots=True)
class FollowDesk:
    """What following one platform works with. ``target`` pays for it; ``owner`` is nobody who polls. ``mentions``
    matches what has changed; ``settled`` and ``failed`` say how the platform stands after a round that came through,
    with the time until the next, and after one that did not.
    """

    store: Keeping
    clock: Clock
    platform: str
    target: Target
    connector: Rechecking
    trainable: bool
    plan: RecheckPlan
    money: Money
    mentions: Callable[[Sequence[Item]], list[Mention]]
    settled: Callable[[TargetState, datetime, timedelta], TargetState]
    failed: Callable[[TargetState, SourceError, datetime], TargetState]
    owner: str
    stop: Callable[[], bool] = lambda: False
    progress: Callable[[int], None] = lambda _looked: None


@dataclass(frozen=True, slots=True)
class FollowReport:
    """What one round with one platform did; ``in_hand``: how many were handed in, for an answer that is to come."""

    platform: str
    source: str
    looked: int = 0
    gone: int = 0
    in_hand: int = 0
    cost: Cost = FREE
    state: TargetState | None = None


def follow(desk: FollowDesk, *, anyway: bool = False) -> FollowReport | None:
    """One round with one platform; None where another worker holds it, or it is not time yet.

    ``anyway``: whether it is time or not, and although it is blocked.
    """
    now = desk.clock.now()
    state = desk.store.lease_recheck(desk.platform, desk.target, desk.owner, now, now + LEASE)
    if state is None:
        return None
    if not (anyway or is_time(state, now)):
        desk.store.finish_recheck(desk.platform, desk.owner, state)
        return None
    walk = _Walk(desk, state)
    try:
        rest = walk.go()
    except SourceError as error:
        return walk.ended(desk.failed(walk.state, error, desk.clock.now()))
    except StoreError:
        raise  # no fault of the platform, and nothing could be noted about it either
    except Exception as error:
        # A connector may only raise SourceError kinds, so this is a bug: seen in full, and the others go on.
        log.exception("follow platform=%s bug=%s", desk.platform, type(error).__name__)
        bug = Unavailable(f"a bug in the connector: {type(error).__name__}: {error}. Please report it with the log.")
        return walk.ended(desk.failed(walk.state, bug, desk.clock.now()))
    return walk.ended(desk.settled(walk.state, desk.clock.now(), rest))


def purge(store: Keeping, platform: str, plan: RecheckPlan, now: datetime, stop: Callable[[], bool]) -> int:
    """Forgets the words of what nobody can ask about and is older than the plan allows; how many items."""
    age = plan.purge
    if age is None:
        return 0
    store.enrol_rechecks(platform, lambda kept: purge_at(kept, age), now, stop=stop)
    forgotten = 0
    far = now + longest_wait(plan)
    while not stop() and (due := store.due_rechecks(platform, now, far, AT_ONCE)):
        # what was enrolled while there was somebody to ask may be due for a look, and its time not be up yet
        times = {one.key: purge_at(one, age) for one in due}
        over = [one for one in due if times[one.key] <= now]
        with store.together():
            went = store.forget_items([one.key for one in over], cause=Cause.RETENTION, noticed_at=now, now=now)
            store.reschedule(
                {key: min(at, far) if at > now else now + plan.then_every for key, at in times.items()}, now
            )
            if went.items:
                store.note_look(platform, "", replace(note_of(over, (), went.items, now), looked=0), now)
        forgotten += went.items
    return forgotten


def is_time(state: TargetState, now: datetime) -> bool:
    """Whether the next round is due, was never planned, or is planned further ahead than any wait can be."""
    if state.next_poll_at is None:
        return state.last_success is None and state.error is None
    return state.next_poll_at <= now or state.next_poll_at > now + timedelta(days=33)


class _Walk:
    """One round: hands over what is due, and saves each step."""

    def __init__(self, desk: FollowDesk, state: TargetState) -> None:
        self._desk = desk
        self.state = state
        self._report = FollowReport(desk.platform, desk.target.source)
        self._kept: dict[str, Kept] = {}

    def go(self) -> timedelta:
        """The steps of the round; the time until the next. Raises SourceError kinds."""
        desk, platform = self._desk, self._desk.platform
        now = desk.clock.now()
        desk.store.enrol_rechecks(
            platform, lambda kept: due_at(kept, desk.plan, kept.collected_at), now, stop=desk.stop
        )
        while not desk.stop():
            in_hand = desk.store.in_hand(platform)
            kept = in_hand or self._due()
            if not (kept or self.state.cursor):
                return ROUND
            self._kept = {one.key: one for one in kept}
            before = self._report
            rest = self._steps(list(self._kept))
            if rest is not None:
                return rest
            if self._report == before:
                return ROUND  # nothing came of it: what is left is asked about in the next round
        return timedelta(0)

    def _due(self) -> Sequence[Kept]:
        """What is to be asked about next. What is forgotten already needs no asking, and only gets its next time."""
        desk = self._desk
        now = desk.clock.now()
        far = now + longest_wait(desk.plan)
        while found := desk.store.due_rechecks(desk.platform, now, far, desk.connector.recheck_batch):
            self._reschedule([one for one in found if one.removed], now)
            if kept := [one for one in found if not one.removed]:
                return kept
        return ()

    def _steps(self, keys: Sequence[str]) -> timedelta | None:
        rest = None
        for look in self._desk.connector.recheck(keys, self.state.cursor, self._desk.money.begin()):
            self._take(look)
            rest = look.come_back_after
            if self._desk.stop():
                break
        return rest

    def _take(self, look: Look) -> None:
        desk, store, platform = self._desk, self._desk.store, self._desk.platform
        now = desk.clock.now()
        mentions = desk.mentions(look.items) if look.items else []
        keys = [one.key for one in look.gone]
        *before, last = [keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)] or [[]]
        went = 0
        for part in before:  # nobody waits for all of it; should this process die, the rest goes when it is asked again
            with store.together():
                self._hold(None, now)
                went += self._forget(part, now)
        with store.together():
            self._hold(look.cursor, now)
            booked = self._booked(look, mentions, now)
            went += self._forget(last, now)
            answered = self._answered(look)
            self._reschedule(answered, now)
            store.take_in_hand(platform, look.taken, now)
            if look.released:
                store.release_in_hand(platform)
            if answered or look.gone:
                note = note_of(answered, look.gone, went, now)
                store.note_look(platform, desk.target.source, replace(note, cost=booked), now)
        self._add(look, len(answered), went, booked)

    def _hold(self, cursor: Cursor | None, now: datetime) -> None:
        """Renews the lease. Raises Unavailable where somebody else has it by now."""
        if not self._desk.store.keep_recheck(self._desk.platform, self._desk.owner, now + LEASE, cursor):
            raise Unavailable("another worker has taken over")

    def _forget(self, keys: Sequence[str], now: datetime) -> int:
        return self._desk.store.forget_items(keys, cause=Cause.UPSTREAM, noticed_at=now, now=now).items if keys else 0

    def _booked(self, look: Look, mentions: list[Mention], now: datetime) -> Cost:
        """Saves what has changed and what the step cost; nothing is written for a free one that brought nothing."""
        desk, charge = self._desk, self._desk.money.take()
        if charge is None and not look.items and look.cost == FREE:
            return FREE
        page = Page(items=look.items, cost=look.cost, bill=look.bill)
        saved = desk.store.save_page(
            desk.target, page, mentions, now, now, owner=desk.owner, trainable=desk.trainable, charge=charge
        )
        return saved.cost

    def _answered(self, look: Look) -> Sequence[Kept]:
        """What an answer has come for, in this step or, where all that was handed in is settled, by it."""
        if look.settled:
            return self._desk.store.in_hand(self._desk.platform)
        return [self._kept[key] for key in look.looked if key in self._kept]

    def _reschedule(self, kept: Iterable[Kept], now: datetime) -> None:
        self._desk.store.reschedule({one.key: due_at(one, self._desk.plan, now) for one in kept}, now)

    def _add(self, look: Look, looked: int, gone: int, cost: Cost) -> None:
        if look.cursor is not None:
            self.state = replace(self.state, cursor=look.cursor or None)
        before = self._report
        self._report = replace(
            before,
            looked=before.looked + looked,
            gone=before.gone + gone,
            in_hand=before.in_hand + len(look.taken),
            cost=before.cost + cost,
        )
        self._desk.progress(self._report.looked)

    def ended(self, state: TargetState) -> FollowReport:
        """Closes the round with the state that it leaves."""
        desk = self._desk
        desk.store.finish_recheck(desk.platform, desk.owner, state)
        report = replace(self._report, state=state)
        log.log(
            logging.WARNING if state.error and not self.state.error else logging.INFO,
            "follow platform=%s source=%s state=%s looked=%d gone=%d in_hand=%d usd=%.3f error=%s",
            report.platform,
            report.source,
            state.state,
            report.looked,
            report.gone,
            report.in_hand,
            report.cost.usd,
            state.error or "-",
        )
        return report
