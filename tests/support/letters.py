"""A letter to send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.model import Letter, Window

LETTER = Letter(
    key="20260301-abcdefgh2345",
    recipient="pat@example.org",
    subject_line="Pralinenwerk: loved on 3 blogs, one angry thread — “zu süß”",
    text="Good morning.\n.leading dot\nZu süß? 🍫\n",
    html="<!doctype html><p>Good morning. <b>Zu süß?</b> 🍫</p>\n",
    json='{"digest": "pr"}\n',
    report="pr",
    created_at=datetime(2026, 3, 2, 7, 0, tzinfo=UTC),
    window=Window(datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 3, 1, 23, tzinfo=UTC), "Europe/Berlin"),
)


def letter(**changes: Any) -> Letter:
    """A digest's letter, with changes."""
    return replace(LETTER, **changes)
