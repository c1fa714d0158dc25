"""The parts of a digest's page, which every form (text, HTML, terminal, chat) only has to draw."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim words with where they stand. ``against``: they go against us and deserve the accent."""

    text: str
    source: str
    url: str | None
    against: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """Words, or a number; ``url`` leads to the evidence behind it, where Heard's pages are to be had."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A story or a mention: a headline that links, why it is here, facts in small, and a quote.

    ``mention`` is the id of what it shows: what readers say of the piece is said of that. ``evidence`` leads to what
    the facts were counted from.
    """

    mark: str
    headline: str
    url: str | None
    why: str
    facts: str = ""
    quote: Quote | None = None
    mention: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart's place in the page: ``name`` is that of the body's chart, ``alt`` says in words what it shows."""

    name: str
    alt: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; ``strong`` marks the present period or a total.

    Where a cell's own link has no room, as in plain text, the group's stands for it.
    """

    label: str
    cells: tuple[Linked, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one title. ``shares`` draw a bar: (outcome word, count), decoration only. ``url`` leads to the
    evidence. A ``picture`` shows what the rows say.
    """

    title: str
    facts: str
    rows: tuple[Row, ...]
    quotes: tuple[Quote, ...] = ()
    shares: tuple[tuple[str, int], ...] = ()
    url: str | None = None
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: pieces, a table of groups, and lines, as far as it has them.

    Without a ``title`` it goes on where the section before it ended; ``run_in`` sets the title in front of its first
    line, for what takes a line or two. A ``picture`` shows what the section says in words and figures, and nothing
    else: who does not see it misses nothing.
    """

    key: str
    title: str
    pieces: tuple[Piece, ...] = ()
    columns: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    lines: tuple[Linked, ...] = ()
    picture: Picture | None = None
    run_in: bool = False

    @property
    def lead(self) -> str:
        """The title as it stands in front of words."""
        return self.title if self.title.endswith("?") else f"{self.title}:"


@dataclass(frozen=True, slots=True)
class Page:
    """The whole digest as parts. ``verdict`` is its first sentence, ``beside`` the others."""

    brand: str
    title: str
    date: str
    subject_line: str
    verdict: str
    sections: tuple[Section, ...]
    foot: tuple[str, ...]
    beside: str = ""


def filled(*texts: str | None) -> tuple[str, ...]:
    """The texts that say something."""
    return tuple(text for text in texts if text)


def cells(*texts: str) -> tuple[Linked, ...]:
    """Cells that lead nowhere."""
    return tuple(Linked(text) for text in texts)


def lines(*texts: str | None, url: str | None = None) -> tuple[Linked, ...]:
    """A line for each text that says something; the first of them leads to ``url``."""
    said = filled(*texts)
    return tuple(Linked(text, None if place else url) for place, text in enumerate(said))
