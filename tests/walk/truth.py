"""What is true of a source that a simulation does things to: what was shown in full, and why the rest was not seen.

It is told only what happened outside the ledger: what each platform showed, how each poll ended, pauses, and when the
next poll was to be. The rules, in order:

1. Time that a platform showed in full to a poll whose pages were saved is covered, whatever else is true of it.
2. Other time has the cause that was **known first**. A cause becomes known at an event (a poll begins, a poll ends, a
   pause begins or ends, somebody asks for the report) and claims all time before it that has no cause yet. At one event:
   a. the trouble or the pause that has lasted since the event before claims first, up to the event, or up to when the
      next poll was due if nobody came for it within two hours;
   b. then, from when it was due, that nobody was there;
   c. then what the platform's answer itself shows: what lies before its reach fell out of it;
   d. then how the poll failed.
3. Time after the last cover that none of it claims is pending.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from bot.listen.coverage import Look
from bot.model import GapCause

PATIENCE = timedelta(hours=2)
"""Later than this, nobody was there for a poll."""

Part = tuple[datetime, datetime, Look, GapCause | None]


@dataclass
class Truth:
    """One source's truth. Times are aware UTC; ``due`` is when the next poll was to be (None: when somebody says so)."""

    first: datetime | None = None
    _known: GapCause | None = None
    _since: datetime | None = None
    _shown: list[tuple[datetime, datetime]] = field(default_factory=list)
    claims: list[tuple[datetime | None, datetime, GapCause]] = field(default_factory=list)

    def lasted(self, now: datetime, due: datetime | None) -> None:
        """An event at ``now`` (rules 2a and 2b)."""
        self.claims += self._lasting(now, due)

    def showed(self, start: datetime, end: datetime) -> None:
        """A platform showed this in full."""
        self._shown.append((start, end))

    def lost(self, end: datetime, cause: GapCause, start: datetime | None = None) -> None:
        """An answer shows that what was before ``end`` cannot be seen any more (rule 2c)."""
        self.claims.append((start, end, cause))

    def ended(self, now: datetime, cause: GapCause | None, *, lasting: bool = True) -> None:
        """A poll ended: with a failure of this cause, which lasts unless each poll anew decides; or well."""
        self.first = self.first or now
        if cause is not None:
            self.claims.append((None, now, cause))
        self._known, self._since = cause if lasting else None, now

    def paused(self, now: datetime, *, paused: bool) -> None:
        """Somebody paused or resumed it, which ends whatever trouble there was."""
        self._known, self._since = GapCause.PAUSED if paused else None, now

    def parts(self, now: datetime, due: datetime | None) -> list[Part]:
        """All time from the first poll to ``now``, cut by what became of it; parts that touch are different."""
        first = self.first
        assert first is not None
        claims = [*self.claims, *self._lasting(now, due)]
        bounds = [moment for span in [*self._shown, *(claim[:2] for claim in claims)] for moment in span if moment]
        cuts = sorted({first, now, *(moment for moment in bounds if first < moment < now)})
        return merged([(start, end, *self._at(start, claims)) for start, end in pairwise(cuts)])

    def _lasting(self, now: datetime, due: datetime | None) -> list[tuple[datetime | None, datetime, GapCause]]:
        nobody = due is not None and now - due > PATIENCE and self._known is not GapCause.PAUSED
        found: list[tuple[datetime | None, datetime, GapCause]] = []
        if self._known is not None and self._since != now:
            found.append((None, due if nobody and due else now, self._known))
        if nobody and self.first is not None:
            found.append((None, now, GapCause.NOT_POLLED))
        return found

    def _at(
        self, moment: datetime, claims: list[tuple[datetime | None, datetime, GapCause]]
    ) -> tuple[Look, GapCause | None]:
        if any(start <= moment < end for start, end in self._shown):
            return Look.COVERED, None
        for start, end, cause in claims:
            if (start is None or start <= moment) and moment < end:
                return Look.MISSED, cause
        return Look.PENDING, None


def merged(parts: list[Part]) -> list[Part]:
    """The same with neighbours of one kind made one."""
    found: list[Part] = []
    for part in parts:
        if found and found[-1][1] == part[0] and found[-1][2:] == part[2:]:
            found[-1] = (found[-1][0], *part[1:])
        else:
            found.append(part)
    return found
