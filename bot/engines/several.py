"""Several tone engines as one: each text is read by the first that reads its language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.model import Genre, ToneReading
from bot.ports import Passage, SentimentEngine


class SeveralEngines:
    """A ``MultilingualEngine``; the order of ``engines`` decides where two read one language."""

    def __init__(self, engines: Sequence[SentimentEngine]) -> None:
        self._engines = tuple(engines)
        self.name = "+".join(engine.name for engine in engines)
        self.version = "+".join(engine.version for engine in engines)
        self.languages = frozenset().union(*(engine.languages for engine in engines))

    def reader(self, language: str | None) -> SentimentEngine:
        """The first engine that reads the language; the first of all where none does, or nobody can tell."""
        return next((engine for engine in self._engines if language in engine.languages), self._engines[0])

    def read(
        self, passages: Sequence[Passage], overrides: Mapping[str, float], genre: Genre | None = None
    ) -> ToneReading:
        """What the first engine reads: of a text whose language nobody can tell."""
        return self.reader(None).read(passages, overrides, genre)


def as_one(engines: Sequence[SentimentEngine]) -> SentimentEngine:
    """The one engine, or several as one."""
    return engines[0] if len(engines) == 1 else SeveralEngines(engines)
