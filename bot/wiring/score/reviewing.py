"""Reviewing, wired: what people look over, what they said, and the model's counts corrected by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.digest.sending.windows import window_ending_before
from bot.model import (
    NO,
    YES,
    Agreement,
    Audience,
    Coding,
    Drift,
    Gold,
    Interval,
    LabelKind,
    MessageStanding,
    Period,
    Report,
    ReviewSample,
    ScoredMention,
    Stratum,
    ToneStanding,
)
from bot.model.feedback import FROM_DIGEST
from bot.ports import Clock
from bot.score.agreement import agreements
from bot.score.drift import BEFORE, RECENT, check_messages, check_tone, drift
from bot.score.review import asked_of, beyond_answered, draw, flagged, gold, uncertain, waiting_for
from bot.score.reviewed import UNCORRECTED, Reviewed, Story, correct, tone_standing
from bot.score.summary import earned_stories
from bot.store.verbs import HeardStore
from bot.wiring.listen.judging import Judging
from config.settings import Settings

VALID_FOR = timedelta(weeks=8)
"""How long labels say something about the model (measurement §6.3)."""
SOURCE = "review"

_WEEKS = Report("review", Audience.PR, Period.WEEK)


@dataclass(frozen=True, slots=True)
class Piece:
    """One mention to look over; ``asked`` are the messages that the coder is asked about."""

    sample: ReviewSample
    scored: ScoredMention
    asked: tuple[str, ...]


class Reviewing:
    """The desk that looks over what the model says."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, judging: Judging) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._judging = judging
        self._own = {subject.id for subject in settings.subjects if subject.own}
        self._messages = {message.id: message for message in settings.messages}

    @property
    def period(self) -> Interval:
        """The last week that is over: the one whose sample is looked over."""
        return window_ending_before(_WEEKS, self._clock.now(), self._settings.timezone).interval

    def pick(self) -> None:
        """Draws the last week's random sample, once, and picks what else is to be looked over, of this week too."""
        now, period, rules = self._clock.now(), self.period, self._settings.review
        seed = self._store.salt().hex()
        stories = self.stories(period)
        if stories:
            self._store.draw_sample(period, draw(stories, period, rules.sample, seed, now))
        present = Interval(period.end, period.end + (period.end - period.start))
        for span, found in ((period, stories), (present, self.stories(present))):
            self._store.add_samples(flagged(found, span, seed, now))
            kept = self._store.review_samples(span.start, span.end)
            left = rules.uncertain - sum(one.stratum is Stratum.UNCERTAIN for one in kept)
            known = {one.mention for one in kept}
            fresh = [story for story in found if story[0].mention.id not in known]
            self._store.add_samples(uncertain(fresh, span, max(0, left), now))

    def waiting(self, who: str, strata: Collection[Stratum] = tuple(Stratum)) -> tuple[Piece, ...]:
        """What a coder is still to look over, in the order of asking: of this week and the eight before."""
        since, until = self._clock.now() - VALID_FOR, self._clock.now()
        pieces = self._pieces(since, until)
        samples = [one for one in self._store.review_samples(since, until) if one.stratum in strata]
        asked = {mention: asked_of(scored, self._messages) for mention, scored in pieces.items()}
        left = waiting_for(who, samples, self.gold(), asked, self._settings.review.overlap)
        return tuple(Piece(one, pieces[one.mention], asked[one.mention]) for one in left)

    def keep(self, piece: Piece, coding: Coding, who: str) -> None:
        """Keeps what a coder said of a piece as labels; a word on relevance decides it at once."""
        mention = piece.scored.mention
        said: list[tuple[LabelKind, str, str | None]] = []
        if coding.relevant is not None:
            said.append((LabelKind.RELEVANT, YES if coding.relevant else NO, None))
        if coding.tone is not None:
            said.append((LabelKind.TONE, coding.tone.value, None))
        said += [(LabelKind.MESSAGE, outcome.value, message) for message, outcome in coding.messages.items()]
        for kind, value, about in said:
            self._judging.label(mention, kind, value, who=who, source=SOURCE, about=about)

    def gold(self) -> Gold:
        """What each coder says of each labelled mention, the last word of a kind.

        Readers of digests are no coders: what they set right is what they saw to be wrong, and would make the model
        look worse than it is wherever it was taken for a part of the random sample.
        """
        return gold(label for label in self._store.labels() if label.source != FROM_DIGEST)

    def agreement(self) -> Mapping[LabelKind, Agreement]:
        """How well coders agree on what two or more of them looked over in the last half year."""
        now = self._clock.now()
        picked = {one.mention for one in self._store.review_samples(now - BEFORE, now)}
        return agreements({mention: by for mention, by in self.gold().items() if mention in picked})

    def drifts(self) -> tuple[Drift, ...]:
        """Whether the model does worse lately than before, on tone and on messages, by the random sample."""
        now, codings = self._clock.now(), self.gold()
        since = now - RECENT - BEFORE
        samples = self._store.review_samples(since, now)
        drawn = _drawn(samples).keys() - beyond_answered(samples, codings)
        pieces = self._pieces(since, now)
        checked = [
            (scored, next(iter(codings[mention].values())))
            for mention, scored in pieces.items()
            if mention in drawn and mention in codings
        ]
        tones = [(one.mention.told_at, check) for one, coding in checked if (check := check_tone(one, coding))]
        messages = [(one.mention.told_at, check) for one, coding in checked for check in check_messages(one, coding)]
        return tuple(
            drift(
                kind,
                [check for at, check in checks if at >= now - RECENT],
                [check for at, check in checks if at < now - RECENT],
            )
            for kind, checks in ((LabelKind.TONE, tones), (LabelKind.MESSAGE, messages))
        )

    def corrects(self, period: Interval) -> bool:
        """Whether people may know better than the scores what was said in a period: :meth:`corrected` then reads it."""
        return bool(self._reviewed(period.end).drawn)

    def corrected(
        self,
        standings: Sequence[MessageStanding],
        mentions: Sequence[ScoredMention],
        period: Interval,
        *,
        alone: bool = False,
    ) -> tuple[MessageStanding, ...]:
        """The standings of a period as people's labels correct them; ``mentions`` are what they were counted from.

        ``alone``: the basis says nothing of the weeks before, which then are not read.
        """
        by = self._reviewed(period.end)
        if not by.drawn:
            return tuple(replace(one, labels=0, basis=UNCORRECTED) for one in standings)
        stories = self._with_refused(mentions, period)
        past = tuple if alone else _Past(self, period)
        return tuple(correct(one, self._messages[one.message], stories, by, past) for one in standings)

    def tone(self, mentions: Sequence[ScoredMention], period: Interval) -> ToneStanding:
        """The net tone of a period, corrected by people's labels where there are enough."""
        stories = self._with_refused(mentions, period)
        return tone_standing(stories, period, self._reviewed(period.end), _Past(self, period))

    def stories(self, period: Interval) -> tuple[Story, ...]:
        """What others said of the own subjects in a period, by story; what people refused is left out."""
        found = self._store.mentions(since=period.start, until=period.end)
        return self._earned([one for one in found if isinstance(one, ScoredMention)])

    def looked_over(self, period: Interval) -> tuple[Story, ...]:
        """The same with what was drawn at random and refused by people as not about the subject."""
        return self._with_refused(self._store.briefly(self._own, period.start, period.end), period)

    def _with_refused(self, mentions: Sequence[ScoredMention], period: Interval) -> tuple[Story, ...]:
        samples = self._store.review_samples(period.start, period.end)
        drawn = _drawn(samples).keys() - beyond_answered(samples, self.gold()) if samples else frozenset()
        known = {scored.mention.id for scored in mentions}
        refused = [
            scored
            for mention, scored in self._pieces(period.start, period.end).items()
            if mention in drawn
            and mention not in known
            and scored.mention.relevance.relevant is False
            and period.start <= scored.mention.told_at < period.end
        ]
        return self._earned([*mentions, *refused])

    def _earned(self, mentions: Sequence[ScoredMention]) -> tuple[Story, ...]:
        said = [scored for scored in mentions if scored.mention.subject in self._own]
        among = {scored.mention.story for scored in said}
        return earned_stories(said, self._store.owned_stories(self._own, among)) if said else ()

    def _reviewed(self, until: datetime) -> Reviewed:
        """What people know of the eight weeks before ``until``."""
        samples = self._store.review_samples(until - VALID_FOR, until)
        drawn = _drawn(samples)
        if not drawn:
            return Reviewed()
        codings = self.gold()
        return Reviewed(drawn, codings, self.agreement(), beyond_answered(samples, codings))

    def _pieces(self, since: datetime, until: datetime) -> dict[str, ScoredMention]:
        found = self._store.review_mentions(since, until)
        return {one.mention.id: one for one in found if isinstance(one, ScoredMention) and not one.mention.item.removed}


class _Past:
    """The stories of the eight weeks before a period's end, read once and only when asked for."""

    def __init__(self, desk: Reviewing, period: Interval) -> None:
        self._desk = desk
        self._span = Interval(period.end - VALID_FOR, period.end)
        self._found: tuple[Story, ...] | None = None

    def __call__(self) -> tuple[Story, ...]:
        if self._found is None:
            self._found = self._desk.looked_over(self._span)
        return self._found


def _drawn(samples: Sequence[ReviewSample]) -> dict[str, Interval]:
    return {one.mention: one.period for one in samples if one.stratum is Stratum.RANDOM}
