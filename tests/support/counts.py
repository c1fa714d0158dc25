"""How much of the long tests is run: a sample, or with ``HEARD_FULL`` the full count."""

from __future__ import annotations

import os

FULL = bool(os.environ.get("HEARD_FULL"))
MORE, FEWER = 5, 3


def examples(usual: int) -> int:
    """How many examples a property test tries: a third of the ``usual``, or five times as many in the full run."""
    return usual * MORE if FULL else max(10, usual // FEWER)
