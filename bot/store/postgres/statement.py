"""Statements as both databases take them, in psycopg's way of writing values.

``:name`` becomes ``%(name)s`` wherever it stands for a value: not in quoted strings, not in comments. A ``%`` is
doubled everywhere, as psycopg wants it.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::|:([A-Za-z_]\w*)")


@lru_cache(maxsize=1024)
def in_psycopg(statement: str) -> bytes:
    """The statement with psycopg's placeholders."""
    parts = _PARTS.sub(lambda found: f"%({found[1]})s" if found[1] else found[0], statement.replace("%", "%%"))
    return parts.encode()
