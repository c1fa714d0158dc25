"""Exports, wired: which rows go into which file, and what of them the platforms let go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from bot.digest.forms.layout import lay_out
from bot.errors import ConfigError
from bot.export.lines import Tell, write_csv, write_jsonl
from bot.export.sheets import Sheet
from bot.export.table import Table
from bot.export.write import MISSING, Format, require_parquet, write_sheets, write_table
from bot.model import (
    UNKNOWN_TONE,
    Counted,
    Mention,
    MessageStanding,
    Reach,
    ScoredMention,
    has_unknown_tone,
    mention_of,
)
from bot.ports import Clock
from bot.score.bracket import story_reach
from bot.store.verbs import HeardStore
from bot.wiring.export.mentions import mention_columns, mention_rows
from bot.wiring.export.sheets import Told, method_sheet, summary_sheet
from bot.wiring.export.stories import story_columns, story_rows
from bot.wiring.export.tables import (
    digests_table,
    messages_table,
    observations_table,
    offers_table,
    redemptions_table,
)
from bot.wiring.export.terms import Terms, Texts
from bot.wiring.offers.reconciling import Reconciling
from bot.wiring.offers.tracing import Tracing
from bot.wiring.score.learning import Learning
from config.settings import Settings

MONTH = timedelta(days=30)
"""The period of what is a standing over a period, where none is asked for."""
INSTANT = timedelta(microseconds=1)


class What(StrEnum):
    """What can be exported."""

    MENTIONS = "mentions"
    STORIES = "stories"
    MESSAGES = "messages"
    REDEMPTIONS = "redemptions"
    OFFERS = "offers"
    DIGESTS = "digests"
    OBSERVATIONS = "observations"
    WORKBOOK = "workbook"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: every filter that is set must hold. ``tone`` may be ``unknown``.

    ``ledger``: whether a workbook has a sheet of redemptions.
    """

    subject: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    tone: str | None = None
    message: str | None = None
    story: str | None = None
    search: str | None = None
    offer: str | None = None
    counted: Counted = Counted.COUNTED
    ledger: bool = True


@dataclass(frozen=True, slots=True)
class Desks:
    """The desks that know what goes into the tables."""

    standings: Callable[[datetime, datetime], Iterable[MessageStanding]]
    learning: Learning
    reconciling: Reconciling
    tracing: Tracing


@dataclass(slots=True)
class Progress:
    """How far an export is: ``read`` of the mentions, which is told onwards, and how many ``rows`` were written."""

    onwards: Tell = field(default=lambda _: None)
    read: int = 0
    rows: int = 0

    def written(self, rows: int) -> None:
        """Takes down how many rows are written."""
        self.rows = rows

    def one_read(self) -> None:
        """Takes down that one more mention was read."""
        self.read += 1
        self.onwards(self.read)


class Exporting:
    """The export desk of one configuration."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock, desks: Desks) -> None:
        self._settings, self._store, self._clock, self._desks = settings, store, clock, desks
        self.terms = Terms(settings, store)

    def total(self, what: What, wanted: Wanted) -> int:
        """How many mentions will be read for it; 0 for what is made of something else, and is soon done."""
        times = {What.MENTIONS: 1, What.STORIES: 1, What.WORKBOOK: 2}.get(what, 0)
        return times and times * self._store.count_mentions(**self._filters(self._placed(what, wanted)))

    def texts(self, wanted: Wanted, account: str | None) -> Texts:
        """The texts that this export gives; those of X only to an ``account``, whose day they are counted for.

        Raises ConfigError when that would be more than a day allows.
        """
        if account is None:
            return Texts(self.terms)
        found = (mention_of(one) for one in self._mentions(wanted))
        return Texts(self.terms, self.terms.take_home(found, account, self._clock.now()))

    def table(self, what: What, wanted: Wanted, texts: Texts | None = None, progress: Progress | None = None) -> Table:
        """The table of what is asked for; its rows are read from the store as they are asked for.

        Raises ConfigError for a workbook, which is several.
        """
        if what in (What.MENTIONS, What.STORIES):
            found = self._mentions(wanted, progress)
            return self._said(what, found, texts or Texts(self.terms))
        makers: Mapping[What, Callable[[Wanted], Table]] = {
            What.MESSAGES: lambda _: messages_table(self._desks.standings(*self._period(wanted))),
            What.REDEMPTIONS: self._redemptions,
            What.OFFERS: self._offers,
            What.DIGESTS: self._digests,
            What.OBSERVATIONS: self._observations,
        }
        if what not in makers:
            raise ConfigError("a workbook is several tables and is written as xlsx; ask for one table in another form")
        return makers[what](wanted)

    def write(
        self, what: What, wanted: Wanted, form: Format, path: Path, *, account: str | None = None, tell: Tell
    ) -> int:
        """Writes the file whole or not at all; how many rows. ``account``: with the texts of X, counted for it.

        ``tell`` hears how many mentions were read, of :meth:`total`.
        Raises ConfigError for a form that does not fit, a library that is not there, and more texts than X allows.
        """
        progress = Progress(tell)
        if form is Format.PARQUET:
            require_parquet()  # before anything is counted as taken home
        texts = self.texts(wanted, account)
        if what is What.WORKBOOK and form is Format.XLSX:
            self._write_workbook(wanted, texts, path, progress)
            return progress.rows
        table = self.table(what, wanted, texts, progress)
        if form is Format.XLSX:
            now = self._clock.now()
            told = Told(self._brand(), wanted.since, wanted.until, now, self._settings.timezone)
            self._write_sheets((table, method_sheet((table,), told)), path, table.title, progress)
        else:
            write_table(table, form, path, progress.written)
        return progress.rows

    def stream(self, table: Table, form: Format, file: IO[str]) -> int:
        """Writes a table's lines into an open file; how many."""
        progress = Progress()
        (write_csv if form is Format.CSV else write_jsonl)(table, file, progress.written)
        return progress.rows

    def _write_workbook(self, wanted: Wanted, texts: Texts, path: Path, progress: Progress) -> None:
        wanted = self._placed(What.WORKBOOK, wanted)
        told = Told(self._brand(), wanted.since, wanted.until, self._clock.now(), self._settings.timezone)
        kinds = (What.STORIES, What.MENTIONS, What.MESSAGES, *([What.REDEMPTIONS] if wanted.ledger else []))
        stories, mentions, messages, *others = tables = [self.table(one, wanted, texts, progress) for one in kinds]
        stories = replace(stories, rows=told.watch_stories(stories))
        mentions = replace(mentions, rows=told.watch_mentions(mentions))
        sheets: tuple[Sheet, ...] = (
            summary_sheet(told, messages, self._offer_words(), self._coverage(*self._period(wanted))),
            stories,
            mentions,
            messages,
            *others,
            method_sheet(tables, told),
        )
        self._write_sheets(sheets, path, told.brand, progress)

    def _write_sheets(self, sheets: tuple[Sheet, ...], path: Path, title: str, progress: Progress) -> None:
        zone, now = self._settings.timezone, self._clock.now()
        write_sheets(sheets, path, zone, now, progress.written, title=f"Heard: {title}")

    def _mentions(self, wanted: Wanted, progress: Progress | None = None) -> Iterator[ScoredMention | Mention]:
        """What is wanted, with people's words in place of the rules'."""
        for one in self._desks.learning.as_told(self._store.mentions(**self._filters(wanted))):
            if progress is not None:
                progress.one_read()
            if wanted.tone != UNKNOWN_TONE or has_unknown_tone(one):
                yield one

    def _filters(self, wanted: Wanted) -> Mapping[str, Any]:
        return {
            "subject": wanted.subject,
            "source": wanted.source,
            "since": wanted.since,
            "until": wanted.until,
            "tone": None if wanted.tone == UNKNOWN_TONE else wanted.tone,
            "message": wanted.message,
            "story": wanted.story,
            "search": wanted.search,
            "counted": wanted.counted,
        }

    def _said(self, what: What, found: Iterator[ScoredMention | Mention], texts: Texts) -> Table:
        messages = self._settings.messages
        if what is What.MENTIONS:
            rows = mention_rows(found, messages, texts, self._store.trainable_among)
            return Table("mentions", "Mentions", mention_columns(messages), rows)
        stories = story_rows(found, messages, texts, self._own_stories(), self._reach_of_story)
        return Table("stories", "Stories", story_columns(messages), stories)

    def _redemptions(self, wanted: Wanted) -> Table:
        events = (one for one in self._store.offer_events(offer=wanted.offer) if _within(one.at, wanted))
        return redemptions_table(events, self._desks.tracing.after_leak())

    def _offers(self, wanted: Wanted) -> Table:
        return offers_table(one for one in self._desks.reconciling.counts() if wanted.offer in (None, one.offer))

    def _digests(self, wanted: Wanted) -> Table:
        return digests_table(self._store, lambda one: _within(one.window.end - INSTANT, wanted))

    def _observations(self, wanted: Wanted) -> Table:
        found = self._store.observations(wanted.subject)
        return observations_table(one for one in found if _within(one.window_start, wanted))

    def _placed(self, what: What, wanted: Wanted) -> Wanted:
        """What is wanted, with the period that a workbook has where none was asked for."""
        if what is not What.WORKBOOK:
            return wanted
        start, end = self._period(wanted)
        return replace(wanted, since=start, until=end)

    def _reach_of_story(self, placements: Iterable[tuple[str, Reach]]) -> tuple[Reach, int]:
        return story_reach(placements, self._settings.audience_universe)

    def _period(self, wanted: Wanted) -> tuple[datetime, datetime]:
        end = wanted.until or self._clock.now()
        start = wanted.since or end - MONTH
        if start >= end:
            raise ConfigError("since must lie before until")
        return start, end

    def _brand(self) -> str:
        return ", ".join(subject.name for subject in self._settings.subjects if subject.own)

    def _own_stories(self) -> frozenset[str]:
        return self._store.owned_stories({subject.id for subject in self._settings.subjects if subject.own})

    def _offer_words(self) -> tuple[tuple[str, str], ...]:
        counts = (one for one in self._desks.reconciling.counts() if one.placement is None)
        return tuple(
            (one.name, f"{one.total:,} redeemed in all, {one.this_week:,} this week: {one.status}") for one in counts
        )

    def _coverage(self, start: datetime, end: datetime) -> str:
        gaps = self._store.gaps(start, end)
        missed = sum(len(one) for one in gaps.values())
        return (
            "nothing was missed that Heard knows of"
            if not missed
            else (
                f"{missed:,} stretches of {len(gaps)} sources could not be looked at: 'heard sources coverage' names them"
            )
        )


def digest_pdf(body: Mapping[str, Any], written_at: datetime | None = None) -> bytes:
    """A digest's body as a PDF with its charts, dated ``written_at``. Raises ConfigError, with the command that mends
    it, when typst is not installed.
    """
    try:
        from bot.digest.forms.pdf import render_pdf  # noqa: PLC0415 an extra, and large
    except ImportError as error:
        raise ConfigError(MISSING.format(what="a PDF", library="typst")) from error
    from bot.wiring.tell.picturing import pictures_of  # noqa: PLC0415 brings the charts' library

    return render_pdf(lay_out(body), {picture.name: picture.png for picture in pictures_of(body)}, written_at)


def _within(moment: datetime, wanted: Wanted) -> bool:
    return not ((wanted.since and moment < wanted.since) or (wanted.until and moment >= wanted.until))
