"""One world: a database from its making on, and the rounds of work on it, most of which are killed on the way."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.stewardship.reckoning import TRIED
from tests.kills.database import FAULTS, Ground
from tests.kills.death import Mark
from tests.kills.invariants import Watch
from tests.kills.killing import Killer
from tests.kills.victim import Round
from tests.kills.world import World, configured
from tests.support.feedserver import FeedServer
from tests.support.shops import SECRET
from tests.support.smtp import Mailbox, smtp_server

ALWAYS = ("collect", "score", "tell", "deliver")
JOBS = (*ALWAYS, "watch", "trace", "alarm", "settle", "expire", "learn", "follow", "keep", "beat")
"""The jobs of ``heard run`` but for the ping, which no address is configured for."""
OFTEN = 0.7
"""How often each of the other jobs is a part of a round."""
STEPS = (timedelta(minutes=20), timedelta(hours=1), timedelta(hours=3), timedelta(hours=6))
"""How far the clock moves on from one round to the next."""
AT_START = 2
"""Kills of a new world while its database is made, or brought up to date."""
UNHARMED = 3
"""Rounds in which a new world settles, and is measured."""
MOST_IN_A_ROW = 6
"""Killed rounds, before one is let through: nothing falls out of a feed unread, and no delivery is given up."""
LET_THROUGH = 0.12
WAYS = {"time": 38, "statement": 34, "commit": 16, "start": 3, "letter": 5, "feed": 4}
"""How rounds are killed: at a moment, before a statement, after a commit, while the database is opened, when a letter was
taken and its sender not told, while a feed is asked for."""
BESIDE = 0.06
"""How often a second process works on the same database at the same time."""
FORGETS, BACKS_UP, DEEP = 0.15, 0.1, 8
_SOON = timedelta(minutes=35)
AT_REST = (_SOON, _SOON, _SOON, TRIED + _SOON, _SOON)
"""The rounds at the end. So many in a row were killed that the clock may seem to have jumped: it is believed after a day."""


@dataclass
class Tally:
    """What happened. ``inside`` counts kills while a transaction that writes was open."""

    stages: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def kills(self) -> int:
        """Processes that were killed."""
        return self.stages.total()

    def __iadd__(self, other: Tally) -> Self:
        for part in fields(self):
            getattr(self, part.name).update(getattr(other, part.name))
        return self


class Postbox(Mailbox):
    """A mail server, and who is told when it has taken a letter and has not yet said so."""

    taken: Callable[[], None] | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd calls it so
        answer = await super().handle_DATA(server, session, envelope)
        if self.taken:
            self.taken()
        return answer


class Campaign:
    """The rounds of one world."""

    def __init__(self, ground: Ground, folder: Path, rng: random.Random) -> None:
        self._ground, self._folder, self._rng = ground, folder, rng
        self._killer, self._mailbox, self._world = Killer(ground, rng), Postbox(), World()
        self.watch = Watch(self._world, self._mailbox, folder, ground.address)
        self._last, self._number, self._in_a_row = Mark("start"), 0, 0
        self.tally = Tally()

    def run(self, kills: int, tell: Callable[[Tally], None] = lambda _tally: None) -> Tally:
        """Kills so often, lets everything come to rest, and looks at what there is. Raises Broken."""
        with ExitStack() as stack:
            feeds = stack.enter_context(FeedServer())
            stack.enter_context(smtp_server(self._mailbox))
            self._world.serve(feeds, asked=self._killer.asked)
            self._mailbox.taken = self._killer.letter
            self._write_configuration()
            for way in ("start",) * min(AT_START, kills) + (None,) * UNHARMED:
                self._round(way)
            while self.tally.kills < kills:
                self._round(self._way())
                tell(self.tally)
            self._world.now += timedelta(days=1)
            for step in AT_REST:  # what was left in doubt comes back, and what is due is told
                self._round(None, jobs=JOBS, step=step)
            self.tally.counts.update(self.watch.at_the_end(self._number))
        self.tally.checks["at the end"] += 1
        return self.tally

    def _write_configuration(self) -> None:
        config = configured(self._world, self._ground.address, self._mailbox.port)
        (self._folder / "heard.toml").write_text(config, encoding="utf-8")
        (self._folder / "secret.txt").write_text(SECRET, encoding="utf-8")

    def _way(self) -> str | None:
        """How the next round is harmed."""
        if self._in_a_row >= MOST_IN_A_ROW or self._rng.random() < LET_THROUGH:
            return None
        for fault in self._ground.faults:
            if self._rng.random() < FAULTS[fault]:
                return fault
        return self._rng.choices(tuple(WAYS), tuple(WAYS.values()))[0]

    def _round(self, way: str | None, *, jobs: tuple[str, ...] = (), step: timedelta | None = None) -> None:
        self._number += 1
        self._world.now += step or self._rng.choice(STEPS)
        plan = self._planned(way, jobs)
        other = replace(plan, name="other", statement=0, commit=0, forgets=None, backs_up=False)
        beside = other if way not in {None, "start"} and self._rng.random() < BESIDE else None
        outcome = self._killer.run(plan, way, beside)
        if way is None:
            self._killer.seconds, self._last = outcome.seconds, outcome.mark
        elif outcome.killed:
            self.tally.stages[outcome.mark.stage] += 1
            self.tally.ways[way] += 1
            self.tally.counts["inside a transaction"] += outcome.mark.writing > 0
        elif way in FAULTS:
            self.tally.faults[way] += 1
            self.watch.lost_moments()
        self.tally.counts.update({"rounds": 1, "two processes at once": beside is not None})
        self._in_a_row = self._in_a_row + 1 if outcome.killed else 0
        self.watch.letters_of_round(harmed=way is not None, several=beside is not None)
        self.tally.checks.update(self.watch.after_a_round(deep=bool(jobs) or self._number % DEEP == 0))

    def _planned(self, way: str | None, jobs: tuple[str, ...]) -> Round:
        rng = self._rng
        return Round(
            self._folder / "heard.toml",
            self._number,
            self._world.now,
            jobs=jobs or tuple(job for job in JOBS if job in ALWAYS or rng.random() < OFTEN),
            statement=rng.randint(1, max(1, self._last.statements)) if way == "statement" else 0,
            commit=rng.randint(1, max(1, self._last.commits)) if way == "commit" else 0,
            forgets=self.watch.wish(rng) if not jobs and rng.random() < FORGETS else None,
            backs_up=not self._ground.faults and not jobs and rng.random() < BACKS_UP,
        )
