"""What is asked of the store about how much was said, in what tone, and what it does to messages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from bot.model import Interval, Outcome
    from bot.model.digest import ToneCount


class ToneStore(Protocol):
    """Stories by others, counted by tone and by outcome."""

    def tone_counts(self, subjects: Collection[str], stretches: Sequence[Interval]) -> tuple[ToneCount, ...]:
        """How many scored stories by others about these subjects were told in each stretch, by tone.

        Copies are one story, whose tone is that of its first text in the stretch: what a person said of it, else the
        score's. Stories that hold a text of these subjects' own are left out, whenever that was said.
        """
        ...

    def outcome_counts(
        self, subjects: Collection[str], since: datetime, until: datetime
    ) -> Mapping[str, Mapping[Outcome, int]]:
        """By message: how many stories by others about these subjects, told in ``[since, until)``, have which outcome;
        one that no story was coded for has no entry.

        A story's outcome is the strongest of its mentions' (:func:`bot.score.summary.strongest`), each as people
        labelled it where they did. Stories that hold a text of these subjects' own are left out, whenever that was
        said.
        """
        ...
