"""The limit on wrong codes, wired."""

from __future__ import annotations

from datetime import timedelta

from bot.offers.ledger.guessing import Allowance, Window, allowance
from bot.ports import Clock
from bot.store.verbs import HeardStore
from config.tables import WebTable

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def windows_of(web: WebTable) -> tuple[Window, ...]:
    """How many wrong codes a caller may try, in which time."""
    return (MINUTE, web.wrong_codes_per_minute), (HOUR, web.wrong_codes_per_hour)


class Guessing:
    """How many wrong codes each caller may still try."""

    def __init__(self, web: WebTable, store: HeardStore, clock: Clock) -> None:
        self._windows = windows_of(web)
        self._store = store
        self._clock = clock

    def allowance(self, actor: str) -> Allowance:
        """What is left to a caller now.

        Derived from the ledger, so that it is the same in every process and after a restart. Claims that are being
        judged at this moment are not in it yet; the till itself holds them to the limit.
        """
        now = self._clock.now()
        return allowance(self._store.guesses(actor, now - HOUR), now, self._windows)
