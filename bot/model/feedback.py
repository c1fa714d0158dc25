"""What readers of a digest answer to it: one judgement by one link, without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

FROM_DIGEST = "digest"
"""The source of labels that readers gave by a link: they chose what to correct, so these are no random sample."""


class Judgement(StrEnum):
    """What a reader may set right about a mention."""

    RELEVANT = "relevant"
    TONE = "tone"
    MESSAGE = "message"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class FeedbackLink:
    """One link under a story: what it sets right, the words that people read, and where it leads."""

    judgement: Judgement
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link gives the right to: one judgement of a mention in a digest, to one reader (a recipient, hashed)."""

    digest: str
    mention: str
    judgement: Judgement
    reader: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A judgement that came back by a link: of which mention in which digest, by whom (a recipient, hashed), what was
    said. ``message`` names the key message where the judgement is about one, ``other`` the other mention where it is
    about a duplicate. ``was`` is what held before, in the same words as ``value``; empty: nothing did.
    """

    digest: str
    mention: str
    judgement: Judgement
    value: str
    reader: str
    at: datetime
    message: str | None = None
    other: str | None = None
    was: str = ""

    @property
    def changed(self) -> bool:
        """Whether it set anything right, or agreed with what was there."""
        return self.value != self.was
