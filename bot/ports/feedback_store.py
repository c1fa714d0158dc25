"""What readers' feedback asks of the store."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model import Label, Relevance
    from bot.model.feedback import Feedback, Ticket


class FeedbackStore(Protocol):
    """Answers that came by the links of a digest, and what those links are signed with."""

    def take_feedback(self, feedback: Feedback, label: Label, decided: Relevance | None) -> bool:
        """Keeps an answer, its label and the relevance that this decides, in one transaction; False, and nothing is
        written, when the link was used before. Raises StoreError when there is no such mention.
        """
        ...

    def feedback(self, ticket: Ticket) -> Feedback | None:
        """What was said by that link, if it was used."""
        ...

    def feedback_between(self, since: datetime, until: datetime) -> tuple[Feedback, ...]:
        """What came in ``[since, until)``, in the order in which it came."""
        ...

    def link_secret(self) -> str:
        """The secret that links are signed with where the configuration names none; made once, with the database."""
        ...
