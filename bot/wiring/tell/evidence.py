"""The evidence behind a digest's numbers, wired: what an address counts, mention by mention, and each one's receipt.

An address with a ``tone`` lists the mentions by others that a digest counts under that tone; one with a ``message`` the
stories of others, each by the mention that says most about the message; any other lists all mentions, one's own marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from bot.digest.content.answers import ANY, wanting
from bot.digest.content.numbers import Numbers, numbers_of
from bot.errors import ConfigError, unknown
from bot.model import UNKNOWN_TONE, Alignment, Mention, Outcome, RulesVersion, ScoredMention, ToneLabel, mention_of
from bot.model.keeping import GONE
from bot.ports import Clock
from bot.score.receipt import recompute
from bot.score.summary import earned_stories, strongest
from bot.store.verbs import HeardStore
from bot.wiring.score.learning import Learning
from bot.wiring.score.rescoring import Rescoring
from config.settings import Settings

PAGE = 50
MOST = 5_000
"""Mentions that one address looks through; a longer stretch is told to be one, and what is counted is its newest
part.
"""
USUAL = timedelta(days=7)
"""How far back an address goes that names neither days nor a story."""
OTHERS, OURS = "others", "own"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for; None: anything. ``since`` and ``until`` are local days, the last one exclusive.

    ``by`` is ``others`` or ``own``; ``digest`` asks for what that one told; ``answer`` for what wants one, of a kind
    or of any.
    """

    subject: str | None = None
    source: str | None = None
    since: date | None = None
    until: date | None = None
    tone: str | None = None
    message: str | None = None
    outcome: Outcome | None = None
    story: str | None = None
    objective: str | None = None
    by: str | None = None
    digest: str | None = None
    answer: str | None = None

    @property
    def of_stories(self) -> bool:
        """Whether stories are counted, as the standing of a message does."""
        return bool(self.message or self.outcome or self.objective) and not self.answer

    @property
    def of_others(self) -> bool:
        """Whether only what others say is counted."""
        return self.of_stories or self.tone is not None or self.by == OTHERS or self.answer is not None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of evidence. ``alignments`` are those asked about, else all that say anything; ``ours``: the subject's
    own text, or a copy of it; ``copies`` how many more mentions tell the same story, of whatever day, on the lines of a
    page.
    """

    found: ScoredMention | Mention
    alignments: tuple[Alignment, ...]
    ours: bool
    copies: int = 0

    @property
    def mention(self) -> Mention:
        """The mention itself."""
        return mention_of(self.found)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an address counts: ``total`` stories or mentions, of which ``rows`` is one page. ``others`` of the listed
    mentions are by others. ``gone`` more would be listed if their words were still there. ``cut``: there are more than
    are looked through. ``after`` leads to the next page.
    """

    wanted: Wanted
    rows: tuple[Row, ...]
    total: int
    numbers: Numbers
    others: int
    gone: int
    cut: bool
    outcomes: Mapping[Outcome, int]
    after: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """All about one mention. ``again`` is the score worked out anew from its factors; ``otherwise`` what the present
    rules would do differently.
    """

    found: ScoredMention | Mention
    again: float | None = None
    rules: RulesVersion | None = None
    otherwise: tuple[str, ...] = ()
    copies: int = 0

    @property
    def mention(self) -> Mention:
        """The mention itself."""
        return mention_of(self.found)

    @property
    def same(self) -> bool:
        """Whether the stored score is what its factors give."""
        return not isinstance(self.found, ScoredMention) or self.again == self.found.score.score


class Archive:
    """Who looks up what a number was counted from."""

    def __init__(
        self, settings: Settings, store: HeardStore, clock: Clock, learning: Learning, rescoring: Rescoring
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._learning = learning
        self._rescoring = rescoring
        self._own = {subject.id for subject in settings.subjects if subject.own}

    def list(self, wanted: Wanted, after: tuple[datetime, str] | None = None) -> Evidence:
        """A page of what ``wanted`` counts, newest first. Raises ConfigError for what is not configured."""
        self._expect(wanted)
        wanted = self._bounded(wanted)
        found = list(islice(self._candidates(wanted), MOST + 1))
        cut, found = len(found) > MOST, found[:MOST]
        gone = sum(mention_of(one).item.removed for one in found)
        found = [one for one in found if not mention_of(one).item.removed]
        own_stories = self._store.owned_stories(self._own, {_story(one) for one in found})
        rows = list((self._stories if wanted.of_stories else self._mentions)(wanted, found, own_stories))
        if wanted.answer is not None:
            rows = _to_answer(rows, wanted.answer)
        rows.sort(key=lambda row: (row.mention.told_at, row.mention.id), reverse=True)
        rest = [row for row in rows if after is None or (row.mention.told_at, row.mention.id) < after]
        shown = tuple(map(self._opened, rest[:PAGE]))
        last = shown[-1].mention if len(rest) > PAGE else None
        return Evidence(
            wanted=wanted,
            rows=shown,
            total=len(rows),
            numbers=numbers_of(row.found for row in rows),
            others=sum(not row.ours for row in rows),
            gone=gone,
            cut=cut,
            outcomes=_by_outcome(rows) if wanted.message and not wanted.outcome else {},
            after=None if last is None else (last.told_at, last.id),
        )

    def receipt(self, mention_id: str) -> Receipt | None:
        """All about a mention; None when there is none of that id."""
        found = self._store.mention(mention_id)
        if found is None:
            return None
        copies = self._copies(mention_of(found))
        if not isinstance(found, ScoredMention):
            return Receipt(found, copies=copies)
        (found,) = self._learning.as_labelled([found])
        rules, otherwise = self._rescoring.made_by(found.score)
        return Receipt(found, recompute(found.score.factors), rules, otherwise, copies)

    def gone(self, mention: Mention) -> tuple[str, datetime] | None:
        """Why the words of a mention are gone, for people, and since when; None where they are there."""
        why = self._store.why_gone(mention.item.key) if mention.item.removed else None
        return None if why is None else (GONE[why[0]], why[1])

    def _copies(self, mention: Mention) -> int:
        """How many more mentions of the subject tell the same story."""
        told = self._store.copies({mention.story}) if mention.story else {}
        return max(0, told.get((mention.subject, mention.story), 0) - 1)

    def _expect(self, wanted: Wanted) -> None:
        known = {
            "subject": [row.id for row in self._settings.subjects],
            "source": [row.id for row in self._settings.sources],
            "message": [row.id for row in self._settings.messages],
            "objective": [row.id for row in self._settings.objectives],
        }
        for kind, names in known.items():
            name = getattr(wanted, kind)
            if name is not None and name not in names:
                raise unknown(kind, name, names)

    def _bounded(self, wanted: Wanted) -> Wanted:
        """With the days that it looks at, where it names none."""
        if wanted.since or wanted.until or wanted.story or wanted.digest:
            return wanted
        today = self._clock.now().astimezone(ZoneInfo(self._settings.timezone)).date()
        return replace(wanted, since=today - USUAL + timedelta(days=1), until=today + timedelta(days=1))

    def _opened(self, row: Row) -> Row:
        """A line with the words of its mention, and how many tell the same."""
        found = next(self._learning.as_told(filter(None, [self._store.mention(row.mention.id)])), row.found)
        said = {one.message: one for one in found.score.alignments} if isinstance(found, ScoredMention) else {}
        alignments = tuple(said.get(one.message, one) for one in row.alignments)
        return replace(row, found=found, alignments=alignments, copies=self._copies(row.mention))

    def _candidates(self, wanted: Wanted) -> Iterator[ScoredMention | Mention]:
        """Mentions that count, newest first, without their words but as people labelled them.

        Tone, message and voice are looked at later; whether one wants an answer its words say, which are then read.
        """
        among = None if wanted.digest is None else self._told(wanted.digest)
        since, until = self._start(wanted.since), self._start(wanted.until)
        tone = None if wanted.tone == UNKNOWN_TONE else wanted.tone
        # A story that does something to a message does it by those of its mentions that do.
        message = None if wanted.outcome in (None, Outcome.NONE) else wanted.message
        subject, source, story = wanted.subject, wanted.source, wanted.story
        if wanted.answer is None:
            found = self._store.listed_briefly(
                among=among, subject=subject, source=source, since=since, until=until, story=story, tone=tone,
                message=message,
            )  # fmt: skip
        else:
            whole = self._store.mentions(
                subject=subject, source=source, since=since, until=until, story=story, tone=tone, message=message
            )
            found = (one for one in whole if among is None or mention_of(one).id in among)
        for one in self._learning.as_told(found):
            mention = mention_of(one)
            named = wanted.subject is not None or not self._own or mention.subject in self._own
            if named:
                yield one

    def _mentions(
        self, wanted: Wanted, found: Sequence[ScoredMention | Mention], own_stories: Collection[str]
    ) -> Iterator[Row]:
        for one in found:
            ours = _is_ours(one, own_stories)
            if (wanted.of_others and ours) or (wanted.by == OURS and not ours):
                continue
            if wanted.tone is not None and wanted.tone != _tone(one):
                continue
            said = one.score.alignments if isinstance(one, ScoredMention) else ()
            yield Row(one, tuple(alignment for alignment in said if alignment.outcome is not Outcome.NONE), ours)

    def _stories(
        self, wanted: Wanted, found: Sequence[ScoredMention | Mention], own_stories: Collection[str]
    ) -> Iterator[Row]:
        """Each story by the mention that says most about the message."""
        messages = self._messages(wanted)
        scored = [one for one in found if isinstance(one, ScoredMention)]
        if wanted.tone is not None:
            scored = [one for one in scored if _tone(one) == wanted.tone]
        for story in earned_stories(scored, own_stories):
            coded = strongest(story)
            said = [coded[message] for message in messages if message in coded]
            if wanted.message is None:
                said = [pair for pair in said if pair[1].outcome is not Outcome.NONE]
            if wanted.outcome is not None:
                said = [pair for pair in said if pair[1].outcome is wanted.outcome]
            if said:
                yield Row(said[0][0], tuple(alignment for _, alignment in said), ours=False)

    def _messages(self, wanted: Wanted) -> tuple[str, ...]:
        """The messages that are asked about."""
        if wanted.message is not None:
            return (wanted.message,)
        rows = self._settings.messages
        return tuple(row.id for row in rows if wanted.objective is None or row.objective == wanted.objective)

    def _told(self, digest_id: str) -> Collection[str]:
        digest = self._store.digest(digest_id)
        if digest is None:
            raise ConfigError(f"there is no digest '{digest_id}'")
        return frozenset(digest.mentions)

    def _start(self, day: date | None) -> datetime | None:
        """The instant at which a local day begins."""
        return None if day is None else datetime.combine(day, time(), ZoneInfo(self._settings.timezone))


def _to_answer(rows: Sequence[Row], kind: str) -> list[Row]:
    """Those that want an answer, each story once, as a digest counts them."""
    known = {row.found.mention.id: row for row in rows if isinstance(row.found, ScoredMention)}
    heard = [row.found for row in known.values() if isinstance(row.found, ScoredMention)]
    return [known[one.mention.id] for found, one in wanting(heard) if kind in (ANY, found)]


def _by_outcome(rows: Sequence[Row]) -> Mapping[Outcome, int]:
    """How many stories do what to the one message."""
    return Counter(row.alignments[0].outcome for row in rows)


def _tone(one: ScoredMention | Mention) -> str:
    """The tone that a digest counts it under."""
    scored = one.score if isinstance(one, ScoredMention) and one.score.score is not None else None
    label: ToneLabel | None = scored.tone.label if scored else None
    return UNKNOWN_TONE if label is None else label.value


def _is_ours(one: ScoredMention | Mention, own_stories: Collection[str]) -> bool:
    return (isinstance(one, ScoredMention) and one.owned) or _story(one) in own_stories


def _story(one: ScoredMention | Mention) -> str:
    mention = mention_of(one)
    return mention.story or mention.id
