"""The two sheets of a workbook that are read and not filtered: what it comes to, and how the figures were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.export.sheets import Fact, Facts
from bot.export.table import Row, Table

METHOD = (
    Fact("How to read this"),
    Fact("Mention", "One piece (article, post, comment …) that names a subject. One that names two subjects is two."),
    Fact("Story", "Copies of one text: a release that forty sites reprint is one story."),
    Fact("Voice", "Who speaks. A voice counts once in a story, with its largest placement."),
    Fact("Unknown", "An empty cell is unknown, never 0. What could not be scored is left out of averages."),
    Fact("Reach", "Always beside its basis. Figures of different bases are not added; a story's reach is a bracket."),
    Fact("Shares", "With their 95 % intervals. Under 20 stories none is given: it would say more than is known."),
    Fact("Advertising value", "Is not worked out: what space would have cost says nothing of what was heard."),
    Fact("Texts", "X lets no program give out the texts of posts; their addresses and scores are here. "
         "What was deleted at its source goes out without its text. Where 'may train' is false, the platform's terms "
         "forbid to train a model on the text."),
    Fact("Keeping", "Delete this file when you are done: what is deleted at its source later is still in it."),
)  # fmt: skip


@dataclass(slots=True)
class Told:
    """What a workbook is about, and what was counted while its sheets were written. No bounds: all that is kept."""

    brand: str
    since: datetime | None
    until: datetime | None
    made_at: datetime
    zone: str
    stories: int = 0
    mentions: int = 0
    withheld: int = 0
    tones: dict[str, int] = field(default_factory=dict)

    def watch_stories(self, table: Table) -> Iterator[Row]:
        """The rows, counted as they pass."""
        for row in table.rows:
            self.stories += 1
            yield row

    def watch_mentions(self, table: Table) -> Iterator[Row]:
        """The rows, counted as they pass, with their tones and what was not given."""
        names = [column.name for column in table.columns]
        tone, withheld = names.index("tone_label"), names.index("withheld")
        for row in table.rows:
            self.mentions += 1
            self.withheld += row[withheld] is not None
            label = str(row[tone] or "not known")
            self.tones[label] = self.tones.get(label, 0) + 1
            yield row


def summary_sheet(told: Told, messages: Table, offers: Sequence[tuple[str, str]], coverage: str) -> Facts:
    """The first sheet: what was said, whether the messages come through, what was redeemed, and whether we looked."""
    standings = tuple(messages.rows)

    def lines() -> tuple[Fact, ...]:
        return tuple(_summary(told, standings, messages, offers, coverage))

    return Facts("Summary", told.brand or "Heard", lines)


def method_sheet(tables: Iterable[Table], told: Told) -> Facts:
    """The last sheet: what the words mean, and the data dictionary."""
    columns = [
        fact
        for table in tables
        for fact in (
            Fact(""),
            Fact(f"Sheet “{table.title}”"),
            *(Fact(column.heading, f"{column.means} ({column.kind})") for column in table.columns),
        )
    ]
    head = (*METHOD, Fact("Times", f"As clocks show them in {told.zone}."), Fact("Made at", told.made_at))
    return Facts("Method", "Method and meanings", lambda: (*head, *columns))


def _summary(
    told: Told, standings: Sequence[Row], messages: Table, offers: Sequence[tuple[str, str]], coverage: str
) -> Iterator[Fact]:
    yield Fact("From", told.since or "the beginning")
    yield Fact("Until (that moment is no part)", told.until or told.made_at)
    yield Fact("Made at", told.made_at)
    yield Fact("Times are those of", told.zone)
    yield Fact("")
    yield Fact("What was said")
    yield Fact("Stories", told.stories)
    yield Fact("Mentions", told.mentions)
    for label in ("positive", "neutral", "negative", "not known"):
        yield Fact(f"of them, tone {label}", told.tones.get(label, 0))
    if told.withheld:
        yield Fact("of them, without their text", told.withheld)
    yield Fact("")
    yield Fact("Is the message heard?")
    place = {column.name: number for number, column in enumerate(messages.columns)}
    for row in standings:
        yield Fact(str(row[place["statement"]]), row[place["verdict"]] or "nothing was coded in this time")
    if not standings:
        yield Fact("No key message", "is configured")
    if offers:
        yield Fact("")
        yield Fact("Redeemed")
        for name, words in offers:
            yield Fact(name, words)
    yield Fact("")
    yield Fact("Did we look?")
    yield Fact("Coverage", coverage)
