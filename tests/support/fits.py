"""Compares JSON with a shape: every key is there, and every value has the right type."""

from __future__ import annotations

import re
from typing import Any

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
TIME = "a time"


def maybe(shape: Any) -> Any:
    """The shape, or null."""
    return (shape, None)


def misfits(value: Any, shape: Any, where: str = "") -> list[str]:
    """What does not fit, one line a place. Shapes: a type, TIME, None, [shape of each], {key: shape}, (this, or, that)."""
    match shape:
        case tuple():
            tried = [misfits(value, one, where) for one in shape]
            return min(tried, key=len) if all(tried) else []
        case dict() if isinstance(value, dict):
            lacking = [f"{where}.{key} is missing" for key in shape if key not in value]
            inner = (misfits(value[key], shape[key], f"{where}.{key}") for key in shape if key in value)
            return lacking + [line for lines in inner for line in lines]
        case list() if isinstance(value, list):
            return [line for at, one in enumerate(value) for line in misfits(one, shape[0], f"{where}[{at}]")]
    return [] if _fits(value, shape) else [f"{where}: {value!r:.60} is not {shape!r:.60}"]


def _fits(value: Any, shape: Any) -> bool:
    if shape == TIME:
        return isinstance(value, str) and bool(RFC3339.fullmatch(value))
    if shape is None:
        return value is None
    if isinstance(value, bool) or not isinstance(shape, type):
        return shape is bool
    return isinstance(value, float | int if shape is float else shape)
