"""The use case of pausing: a person stops or resumes a source, and the ledger says what was not looked at for it."""

from __future__ import annotations

from datetime import datetime

from bot.listen.polling import unpolled
from bot.ports import ListenStore


def set_paused(store: ListenStore, source: str, *, paused: bool, now: datetime) -> int:
    """Pauses or resumes a source's targets; how many there were.

    What the state that they leave kept from being looked at becomes a gap; what the next poll proves closes it again.
    """
    for state in store.target_states():
        if state.target.source == source and (missed := unpolled(state, now)):
            store.add_gaps(state.target, missed)
    return store.set_paused(source, paused, now)
