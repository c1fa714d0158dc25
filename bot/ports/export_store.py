"""What is asked of the store about exports: how much was given out where a platform caps it, and what may be trained
on.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Protocol


class ExportStore(Protocol):
    """What exports need besides what they read."""

    def take_posts(self, account: str, day: date, posts: int, most: int) -> int:
        """Counts ``posts`` for the account if that keeps it within ``most`` on this day; how many it had before.

        Refused, and not counted, are those with ``before + posts > most``. Two at once never pass the cap together.
        """
        ...

    def trainable_among(self, keys: Collection[str]) -> frozenset[str]:
        """Which of the items with these keys a platform's terms allow in the training of a model."""
        ...
