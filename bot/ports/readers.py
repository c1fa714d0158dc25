"""What scoring asks of its engines, and the digest of a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
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
    """Tells a text's language, or abstains."""

    def identify(self, text: str) -> str | None:
        """ISO 639-1 code, or None when the text is too short or too mixed to say."""
        ...


class MessageMatcher(Protocol):
    """Finds key messages in a text."""

    version: str

    def align(self, text: str, messages: Sequence[KeyMessage], context: ScoringContext) -> tuple[Alignment, ...]:
        """One alignment a message, in order, ``none`` included; each quote is verbatim from ``text``."""
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
