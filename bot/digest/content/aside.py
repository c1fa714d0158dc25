"""What was set aside because it only holds the name, and what nothing could tell, in words. Pure."""

from __future__ import annotations

from bot.digest.figures import count
from bot.phrases import plural


def aside_line(set_aside: int, not_judged: int) -> str:
    """``12 mentions were set aside as irrelevant and not counted; 3 could not be judged, and count.``; else empty."""
    parts = []
    if set_aside:
        were = "was" if set_aside == 1 else "were"
        parts.append(f"{plural(set_aside, 'mention')} {were} set aside as irrelevant and not counted")
    if not_judged:
        what = f"{count(not_judged)} more" if set_aside else plural(not_judged, "mention")
        parts.append(f"{what} could not be judged relevant or not, and {'counts' if not_judged == 1 else 'count'}")
    return "; ".join(parts) + "." if parts else ""
