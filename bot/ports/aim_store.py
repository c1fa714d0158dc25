"""What is asked of the store about objectives' reviews and tagged links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.model.aims import Decision, TrackedLink


class AimStore(Protocol):
    """Reviews of objectives and tagged links; nothing of either is changed or taken back."""

    def add_decision(self, decision: Decision) -> None:
        """Writes a review down, for good."""
        ...

    def decisions(self, objective: str | None = None) -> tuple[Decision, ...]:
        """The reviews of an objective, or of all, oldest first."""
        ...

    def add_link(self, link: TrackedLink) -> TrackedLink:
        """Keeps a link; the one that is kept by that address, which is the first that was made."""
        ...

    def links(self) -> tuple[TrackedLink, ...]:
        """Every link that was made, oldest first."""
        ...
