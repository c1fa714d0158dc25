"""Text and figures as platforms send them, made fit to be kept. One home for what every connector does to them."""

from __future__ import annotations

import math
import re

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\ufeff]")
_WEB = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)
SURROGATE = re.compile(r"[\ud800-\udfff]")
"""Halves of characters: no text may hold them."""


def clean(text: str) -> str:
    """Without control characters, zero-width spaces and halves of characters, and with one kind of line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATE.sub("\ufffd", _CONTROL.sub("", text)).strip()


def web_address(value: object) -> str | None:
    """``value``, cleaned, when it is the address of a page (http or https), else None."""
    address = clean(value) if isinstance(value, str) else ""
    return address if _WEB.fullmatch(address) else None


def string(value: object) -> str:
    """``value`` where it is text, else none."""
    return value if isinstance(value, str) else ""


def is_number(value: object) -> bool:
    """Whether it is a figure that can be kept: finite, and neither a truth value nor beyond what a float holds."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False
