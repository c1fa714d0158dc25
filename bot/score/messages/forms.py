"""The ways in which a message is put, and the stretches of a text that may carry it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from rapidfuzz.utils import default_process

from bot.model import KeyMessage
from bot.score.sentences import split_sentences
from bot.score.words import Word, stems_of, words_of


class Role(Enum):
    """What a form of a message is there for."""

    SUPPORT = "the statement"
    PARTIAL = "a part of the message"
    COUNTER = "a counter-statement"


@dataclass(frozen=True, slots=True)
class Form:
    """One way of putting a message; ``plain`` is how the fuzzy comparison sees it."""

    message: int
    role: Role
    text: str
    plain: str
    stems: tuple[str, ...]
    content: frozenset[str]


@dataclass(frozen=True)
class Piece:
    """A stretch of the text that may carry a message: a sentence."""

    text: str
    start: int
    stems: Sequence[str]

    @cached_property
    def words(self) -> Sequence[Word]:
        """Its words with their places, which only a piece that comes near a message is asked for."""
        return words_of(self.text)

    @cached_property
    def plain(self) -> str:
        """How the fuzzy comparison sees it."""
        return default_process(self.text)


def forms_of(number: int, message: KeyMessage) -> Iterator[Form]:
    """The forms of a message that hold a word; ``number`` is its place among the messages."""
    for role, texts in (
        (Role.SUPPORT, (message.statement, *message.variants)),
        (Role.PARTIAL, message.partials),
        (Role.COUNTER, message.counter),
    ):
        for text in texts:
            stems = tuple(stems_of(text))
            if stems:
                yield Form(number, role, text, default_process(text), stems, frozenset(stems))


def pieces_of(text: str) -> Iterator[Piece]:
    """The sentences of ``text`` that hold a word, in order."""
    for start, end in split_sentences(text):
        sentence = text[start:end]
        stems = stems_of(sentence)
        if stems:
            yield Piece(sentence, start, stems)


def clauses_of(text: str) -> Iterator[tuple[int, int]]:
    """Stretches between commas, semicolons, colons and dashes, without white space at their ends."""
    start = 0
    for at, sign in enumerate(f"{text};"):
        if sign in ",;:–—":
            piece = text[start:at]
            left = start + len(piece) - len(piece.lstrip())
            right = start + len(piece.rstrip())
            if left < right:
                yield left, right
            start = at + 1
