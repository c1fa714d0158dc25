"""What a feed says, before identity and dates are judged: the common shape of RSS, Atom and JSON feeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.model import Author


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, its texts already plain. ``dates`` are raw, best first; ``publisher`` is where an aggregator took it,
    and ``publisher_name`` what it calls that place.
    """

    id: str
    link: str | None
    title: str
    body: str
    dates: tuple[str, ...] = ()
    author: Author = field(default_factory=Author)
    language: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    publisher: str | None = None
    publisher_name: str = ""


@dataclass(frozen=True, slots=True)
class UnreadEntry:
    """An entry with a link that no query can match; ``open`` gives the whole of it."""

    id: str
    link: str
    dates: tuple[str, ...]
    open: Callable[[], Entry] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Document:
    """A feed. ``pace`` is how often its publisher wants it read, if it says so; ``whole``: it did not break off."""

    entries: tuple[Entry | UnreadEntry, ...]
    language: str | None = None
    pace: timedelta | None = None
    whole: bool = True


def two_letters(language: object) -> str | None:
    """``en`` of ``en-US``; None when it is not an ISO 639-1 code in front."""
    if not language:
        return None
    text = str(language).strip().lower().replace("_", "-")
    code = text.partition("-")[0]
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None  # noqa: PLR2004 ISO 639-1


def count(value: object) -> float | None:
    """A count of things, as a number; None when it is none."""
    if value is None:
        return None
    text = str(value).strip()
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None  # noqa: PLR2004 exact floats
