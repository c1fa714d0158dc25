"""One measured figure, beside a peer's where there is one."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """``ratio`` is the median over pairs of runs; ``peer`` names what the figure is compared with, empty for nothing."""

    name: str
    value: float
    unit: str
    peer: str = ""
    peer_value: float | None = None
    ratio: float | None = None
