"""Many series at once: the Benjamini–Hochberg procedure, so that watching more does not mean more false alarms.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

FALSE_DISCOVERIES = 0.05
"""The share of false ones among a day's alarms that is put up with (measurement §9.1)."""


def largest_discovery(p_values: Sequence[float]) -> float:
    """The largest of these probabilities that counts as a discovery; 0 where none does. Those up to it do.

    Benjamini and Hochberg 1995: the largest p(i) with p(i) ≤ ``FALSE_DISCOVERIES`` · i / K, in ascending order.
    """
    ordered = sorted(p_values)
    found = (p for place, p in enumerate(ordered, 1) if p <= FALSE_DISCOVERIES * place / len(ordered))
    return max(found, default=0.0)
