"""How much of the long tests is run: a sample, or with ``HEARD_FULL`` the full count."""

from __future__ import annotations

import os

FULL = bool(os.environ.get("HEARD_FULL"))
FEWER = 10


def examples(usual: int) -> int:
    """How many examples a property test tries: the ``usual`` number in the full run, else a tenth of it."""
    return usual if FULL else max(10, usual // FEWER)
