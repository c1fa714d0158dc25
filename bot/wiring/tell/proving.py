"""Proof, wired: what the desks of impact, voices, alarms and feedback know, beside what a digest is made of already."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from bot.digest.given import DigestInput
from bot.digest.sections import sections_of
from bot.model import Interval
from bot.ports import Clock
from bot.store.verbs import HeardStore
from bot.wiring.impact.aims import Impact
from bot.wiring.impact.voices import Voices
from bot.wiring.tell.feedback import Feedbacks
from config.settings import Settings


class ProofDesks(NamedTuple):
    """Who knows what came of the work."""

    impact: Impact
    voices: Voices
    feedback: Feedbacks


class Proving:
    """Who adds the proof to a digest; each desk is asked only where a section wants its answer."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, desks: ProofDesks) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._desks = desks

    def proven(self, given: DigestInput) -> DigestInput:
        """What the digest is made of, with objectives, voices, lifts, funnel, alerts, feedback as its sections want."""
        shown, window, desks = frozenset(sections_of(given.report)), given.window, self._desks
        as_of = min(window.end, self._clock.now())
        aims = desks.impact.standings(as_of) if shown & {"objectives", "advice"} else ()
        return replace(
            given,
            objectives=aims,
            charts=tuple(desks.impact.chart(one) for one in aims if one.trend) if "objectives" in shown else (),
            voices=desks.voices.share_of_voice(window.interval, given.previous_window.interval)
            if "share" in shown and self._has_rivals()
            else None,
            lifts=desks.voices.lifts(as_of, due=window.interval) if shown & {"lift", "advice"} else (),
            funnel=desks.impact.funnel(window.interval) if "funnel" in shown else None,
            value=desks.impact.value_where_earned(window.interval) if "value" in shown else None,
            alerts=self._store.alerts(since=window.start, until=window.end) if "alerts" in shown else (),
            feedback=desks.feedback.changes(self._since_told(given)) if "feedback" in shown else None,
        )

    def _has_rivals(self) -> bool:
        return len({subject.own for subject in self._settings.subjects}) > 1

    def _since_told(self, given: DigestInput) -> Interval:
        """From when the last digest was written until this one was, or is: readers answer to what they have read."""
        report, window = given.report, given.window
        last, this = self._store.last_digest(report.id, window.start), self._store.digest_for(report.id, window)
        until: datetime = this.created_at if this else self._clock.now()
        since = last.created_at if last else window.start
        return Interval(min(since, until), until)
