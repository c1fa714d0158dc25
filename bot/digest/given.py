"""Everything that a digest is made of: values only, gathered by the wiring from every stage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.digest.content.feedback import Changes
from bot.digest.content.links import Links
from bot.digest.content.stories import StoryReach
from bot.digest.content.volume import History
from bot.model import (
    Chain,
    Gap,
    Interval,
    KeepVerdict,
    LateTally,
    MessageStanding,
    OfferCount,
    PeriodChange,
    PeriodScore,
    Report,
    RulesVersion,
    ScoredMention,
    Subject,
    Target,
    TargetState,
    ToneStanding,
    Window,
)
from bot.model.aims import Funnel
from bot.model.alert import Alert
from bot.model.impact import Activity, Lift, ObjectiveStanding, ShareOfVoice
from bot.model.value import ValueLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestInput:
    """Everything that a digest is made of.

    ``mentions`` are the scored mentions to tell, late ones flagged; ``set_aside`` counts own ones of the window that
    were judged irrelevant; ``unscored`` counts own ones of the window that have no score yet, and are told when they
    do; ``previous`` those of the window before; ``messages`` and ``messages_before`` the standings of both, without
    late ones; ``tone`` the net tone of the window, and ``drifts`` what must be said of a model that does otherwise than
    before. ``own_stories`` are the ids of the stories that hold a text of one's own. ``told_until`` is where this
    report's last digest ended. ``rules`` are the sets of rules that scores were made by. ``score``, ``score_before``
    and ``score_change`` are what the scores of others' mentions come to in both windows. ``offers`` are counted for
    ``window``, with the ledger up to its event ``ledger``; ``late_redemptions`` are what became known since of days
    told before; ``chains`` who named each offer, ``keeps`` whether to keep it up. ``targets``, ``covered``, ``gaps``
    and ``polls`` say whether we looked (``polls`` per source: polls, failed, billable reads, US dollars);
    ``coverage_before`` is the share of the window before that was looked at.
    ``connectors`` maps source ids to connector names, ``money`` to what want of money left out, in words.
    ``story_reach`` gives a story's reach from its mentions. ``now`` (aware UTC) only dates the words.
    ``quiet_coverage`` is the least share of the window that every source must have covered before silence may be called
    quiet. ``public_url`` is where Heard's pages are, to which numbers lead; empty: they lead nowhere. ``history`` is
    how much others said over time. ``activities`` were done on purpose, ``objectives`` are what they are for, with
    their trends as ``charts``, ``lifts``, ``funnel``, ``value`` and ``voices`` (the share of voice) beside. ``alerts``
    were raised in the window; ``feedback`` is what readers set right since the last digest; ``due`` are lines about
    what is due for a look at its source, or for deletion.
    """

    report: Report
    window: Window
    previous_window: Window
    now: datetime
    subjects: Sequence[Subject]
    mentions: Sequence[ScoredMention]
    story_reach: StoryReach
    unscored: int = 0
    set_aside: int = 0
    previous: Sequence[ScoredMention] = ()
    own_stories: Collection[str] = ()
    told_until: datetime | None = None
    messages: Sequence[MessageStanding] = ()
    messages_before: Sequence[MessageStanding] = ()
    tone: ToneStanding | None = None
    drifts: Sequence[str] = ()
    rules: Sequence[RulesVersion] = ()
    score: PeriodScore | None = None
    score_before: PeriodScore | None = None
    score_change: PeriodChange | None = None
    offers: Sequence[OfferCount] = ()
    ledger: int = 0
    late_redemptions: Sequence[LateTally] = ()
    chains: Sequence[Chain] = ()
    keeps: Sequence[KeepVerdict] = ()
    targets: Sequence[TargetState] = ()
    covered: Mapping[Target, tuple[Interval, ...]] = field(default_factory=dict)
    gaps: Mapping[Target, tuple[Gap, ...]] = field(default_factory=dict)
    polls: Mapping[str, tuple[int, int, int, float]] = field(default_factory=dict)
    coverage_before: float = 1.0
    connectors: Mapping[str, str] = field(default_factory=dict)
    money: Mapping[str, str] = field(default_factory=dict)
    quiet_coverage: float = 0.9
    public_url: str = ""
    history: History | None = None
    activities: Sequence[Activity] = ()
    objectives: Sequence[ObjectiveStanding] = ()
    charts: Sequence[Mapping[str, Any]] = ()
    voices: ShareOfVoice | None = None
    lifts: Sequence[Lift] = ()
    funnel: Funnel | None = None
    value: ValueLedger | None = None
    alerts: Sequence[Alert] = ()
    feedback: Changes | None = None
    due: Sequence[str] = ()

    @property
    def links(self) -> Links:
        """Addresses of the evidence."""
        own = [subject.id for subject in self.subjects if subject.own]
        return Links(self.public_url, own[0] if len(own) == 1 else "")
