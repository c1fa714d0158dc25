"""JSON that strangers wrote: read with a bound on how deeply it nests.

Python's own reader calls itself a level at a time, so that a body of brackets runs out of stack somewhere in the middle of
whatever else the interpreter does there (a collection of garbage, say, whose finalisers are then lost). Here such a body is
refused before it is read, like any other that makes no sense.
"""

from __future__ import annotations

import json
import re
from typing import Any

DEEPEST = 100
"""Levels of nesting that are read; what the platforms send has under twenty."""

_STEP = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([\[{])|[\]}]', re.DOTALL)


def read_foreign_json(text: str | bytes, **settings: Any) -> Any:
    """What the text holds, as ``json.loads`` reads it with these settings. Raises ValueError where that does, where the
    bytes are in no encoding that JSON knows, and for more than DEEPEST levels.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    if text.count("[") + text.count("{") > DEEPEST and _is_too_deep(text):
        raise ValueError(f"it nests more than {DEEPEST} levels deep")
    return json.loads(text, **settings)


def _is_too_deep(text: str) -> bool:
    level = 0
    for step in _STEP.finditer(text):
        if step[0][0] == '"':
            continue
        level += 1 if step[1] else -1
        if level > DEEPEST:
            return True
    return False
