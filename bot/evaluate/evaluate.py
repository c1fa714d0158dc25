"""The use case: a labelled file against the readers that are in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.errors import HeardError
from bot.evaluate.duplicate import duplicate
from bot.evaluate.language import language
from bot.evaluate.message import message
from bot.evaluate.result import Evaluation, Task, Tell, quiet
from bot.evaluate.table import Columns, Table
from bot.evaluate.tone import RATINGS, Reader, tone
from bot.model import Genre
from bot.ports import LanguageIdentifier, MessageMatcher, SentimentEngine

_LANGUAGES = ("lang", "language")


@dataclass(frozen=True, slots=True)
class Readers:
    """What is evaluated."""

    engine: SentimentEngine
    matcher: MessageMatcher
    identifier: LanguageIdentifier


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be read: ``genre`` is what kind of writing it holds; ``group`` and ``document`` name columns by
    which tone is also compared in the mean.
    """

    task: Task | None = None
    columns: Sequence[str] = ()
    genre: Genre | None = None
    group: Sequence[str] = ()
    document: str | None = None


def evaluate(table: Table, wish: Wish, readers: Readers, *, tell: Tell = quiet) -> Evaluation:
    """The figures of one file. Raises HeardError that names the columns found where they do not fit the task."""
    columns = Columns(table, wish.columns)
    task = wish.task or guessed_task(columns)
    if task is Task.TONE:
        reader = Reader(readers.engine, readers.identifier, wish.genre)
        found = tone(table, columns, reader, group=wish.group, document=wish.document, tell=tell)
    elif task is Task.MESSAGE:
        found = message(table, columns, readers.matcher, tell=tell)
    elif task is Task.DUPLICATE:
        found = duplicate(table, columns, genre=wish.genre, tell=tell)
    elif task is Task.LANGUAGE:
        found = language(table, columns, readers.identifier, tell=tell)
    else:
        raise HeardError("relevance can be evaluated on the desk's own labels only: leave the file away")
    return replace(found, bad=tuple(sorted(found.bad, key=lambda bad: bad.number)))


def guessed_task(columns: Columns) -> Task:
    """What the columns are labels of. Raises HeardError that names them when they fit no task."""
    if "a" in columns and "b" in columns and "label" in columns:
        return Task.DUPLICATE
    if "text" in columns:
        if "message" in columns and "label" in columns:
            return Task.MESSAGE
        if any(name in columns for name in ("label", *RATINGS)):
            return Task.TONE
        if any(name in columns for name in _LANGUAGES):
            return Task.LANGUAGE
    raise HeardError(
        f"the file has {columns.found}, which fit no task. Tone needs text,label; message needs message,text,label; "
        "duplicate needs a,b,label; language needs text,lang. Map other names: --columns label=stance,text=body"
    )
