"""What a chat gets of a letter: the verdict, a few stories with links, the figures, and where the whole is. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.foreign import read_foreign_json
from bot.model import Letter

STORIES = 3
_FIGURES = ("tone", "period_score", "coverage")
_LINE = 200
_WORD = 60
_LONG_WORD = re.compile(rf"\S{{{_WORD},}}")


@dataclass(frozen=True, slots=True)
class Linked:
    """A story: its headline, why it is told, and its address where it has a plain one."""

    headline: str
    why: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Brief:
    """A letter in short. ``note`` says why it comes this way; ``page`` is where the whole is."""

    title: str
    verdict: tuple[str, ...]
    stories: tuple[Linked, ...] = ()
    figures: tuple[str, ...] = ()
    note: str = ""
    page: str | None = None


def brief_of(letter: Letter) -> Brief:
    """The brief of a digest or notice; of a letter that is neither, its text."""
    body = _body(letter.json)
    if isinstance(verdict := body.get("verdict"), str):
        stories = tuple(_story(story) for story in body.get("stories", ())[:STORIES])
        said = tuple(_figures(body))
        return Brief(_short(letter.subject_line), (_short(verdict),), stories, said, _short(letter.note), letter.page)
    paragraphs = body.get("paragraphs")
    if not isinstance(paragraphs, list):
        paragraphs = letter.text.removeprefix(letter.note).split("\n\n")
    told = tuple(_short(str(one)) for one in paragraphs if str(one).strip())
    return Brief(_short(letter.subject_line), told, note=_short(letter.note), page=letter.page)


def _body(text: str) -> Mapping[str, Any]:
    try:
        found = read_foreign_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _story(story: Mapping[str, Any]) -> Linked:
    return Linked(_short(story["headline"], _LINE), _short(story["why"], _LINE), story["url"])


def _figures(body: Mapping[str, Any]) -> Iterator[str]:
    for row in body.get("redemptions", ()):
        if row["placement"] is None:
            yield _short(f"{row['name']}: {row['in_window']} redeemed")
    for key in _FIGURES:
        part = body.get(key)
        if isinstance(part, Mapping) and part.get("text"):
            yield _short(str(part["text"]))


def _short(text: str, length: int | None = None) -> str:
    """Words that no line can hold are cut: they push everything else out of a narrow window."""
    line = _LONG_WORD.sub(lambda word: word[0][: _WORD - 1] + "…", " ".join(text.split()))
    return line if length is None else textwrap.shorten(line, length, placeholder=" …")
