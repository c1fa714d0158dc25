"""When a delivery that failed is tried again: doubling waits with a little jitter, for about a day. Pure."""

from __future__ import annotations

import hashlib
from datetime import timedelta

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 80, 160, 240, 240, 240, 360))
"""The wait after the first, second … failed attempt: 23 hours 18 minutes in all; after the last there is no more."""

_JITTER = 0.1


def wait_after(attempts: int, key: str) -> timedelta | None:
    """How long to wait after ``attempts`` (1 or more) failed ones; None when it is time to give up.

    Up to a tenth longer or shorter, by ``key``: deliveries that failed together do not all come back together, and the
    same delivery is always given the same time.
    """
    if attempts > len(WAITS):
        return None
    drawn = int.from_bytes(hashlib.sha256(f"{key}\0{attempts}".encode()).digest()[:4], "big") / 2**32
    return WAITS[max(attempts, 1) - 1] * (1 + _JITTER * (2 * drawn - 1))
