"""How much of the long tests is run: a sample, or with ``HEARD_FULL`` the full count."""

from __future__ import annotations

import os

FULL = bool(os.environ.get("HEARD_FULL"))
MORE = 5


def examples(sampled: int) -> int:
    """How many examples a property test tries: ``sampled``, or five times as many in the full run."""
    return sampled * MORE if FULL else sampled
