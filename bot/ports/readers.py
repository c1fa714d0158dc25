"""What scoring asks of its engines, and the digest of a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.model import Alignment, Genre, KeyMessage, Letter, ScoringContext, ToneReading


class SentimentEngine(Protocol):
    """Reads the tone toward a subject."""

    name: str
    version: str
    languages: frozenset[str]
    """ISO 639-1 codes it can read; a text in another language gets no tone."""

    def read(
        self, passages: Sequence[Passage], overrides: Mapping[str, float], genre: Genre | None = None
    ) -> ToneReading:
        """The tone of the passages together. ``overrides`` gives words a valence of the desk's own, in [-4, 4].

        ``genre`` is what kind of writing they come from; None: the engine sees for itself.
        """
        ...


@runtime_checkable
class MultilingualEngine(Protocol):
    """An engine that is several: each reads its own languages."""

    def reader(self, language: str | None) -> SentimentEngine:
        """The engine for texts in this language; None: nobody can tell."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence that concerns the subject. ``start`` is its offset in the mention's text; ``masked`` are stretches of
    ``text`` (code points, half-open) that carry no tone: the subject's name, handles, neutral phrases. ``named`` are
    those that name the subject; none in a sentence that only refers back to it.
    """

    text: str
    start: int
    masked: tuple[tuple[int, int], ...] = ()
    named: tuple[tuple[int, int], ...] = ()


class LanguageIdentifier(Protocol):
    """Tells a text's language, or abstains. It decides what is scored, so its ``version`` is part of the rules'."""

    version: str

    def identify(self, text: str) -> str | None:
        """ISO 639-1 code, or None when the text is too short or too mixed to say."""
        ...

    def guess(self, text: str) -> tuple[str, float] | None:
        """The most likely language and its probability, however low; None for a text without letters."""
        ...


class MessageMatcher(Protocol):
    """Finds key messages in a text."""

    version: str
    languages: frozenset[str]
    """ISO 639-1 codes whose denials and opposites it knows. A text in another language is coded only for messages that
    are put in that language too."""

    def align(self, text: str, messages: Sequence[KeyMessage], context: ScoringContext) -> tuple[Alignment, ...]:
        """One alignment a message, in order, ``none`` included; each quote is verbatim from ``text``."""
        ...

    def likenesses(
        self, texts: Sequence[str], statements: Sequence[str], context: ScoringContext
    ) -> Sequence[Sequence[float]]:
        """How near each text comes to saying each statement, in [0, 1]: a row a text, a column a statement.

        What ranks texts by a statement, and statements by a text: it falls where a text denies, contradicts or gives
        another number. ``context`` is the texts' own pool, for one by ``build_context(id, texts, {})``; a figure of one
        pool says nothing beside a figure of another.
        """
        ...


class Embedder(Protocol):
    """Gives texts vectors that lie near each other where they mean much the same."""

    version: str

    def embed(self, text: str) -> NDArray[np.float32]:
        """The embedding of a text, of length 1; all zeros for a text without tokens."""
        ...


@runtime_checkable
class EmbeddingMatcher(Protocol):
    """A matcher that may compare embeddings; its scoring contexts then hold the pool's mean vector."""

    @property
    def embedder(self) -> Embedder | None:
        """What embeds for it; None: nothing does."""
        ...


class Notifier(Protocol):
    """Delivers a letter once; never retries, never de-duplicates."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom this channel reaches; a digest is one delivery to each."""
        ...

    def send(self, letter: Letter) -> None:
        """Returns when the far side has accepted. Raises ``DeliveryError``; anything else is a bug."""
        ...
