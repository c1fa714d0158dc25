"""What is said when something is lost or doubled."""

from __future__ import annotations


class Broken(Exception):
    """Something was lost, doubled, or went wrong that nothing excuses."""


def must(holds: bool, otherwise: str) -> None:
    """Raises Broken where something does not hold."""
    if not holds:
        raise Broken(otherwise)
