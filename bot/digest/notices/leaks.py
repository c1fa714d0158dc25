"""The use case of telling that a code was seen outside its places: each code and place once, not each repost."""

from __future__ import annotations

import hashlib
import logging
from base64 import b32encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.digest import wording
from bot.digest.notices.sources import Desk, delivery_of
from bot.digest.plain import clean, safe_url, shorten
from bot.errors import Outdated
from bot.model import Leak, Notice, NoticeKind
from bot.phrases import joined, plural
from bot.ports import DigestStore, SightingStore

BETWEEN = timedelta(hours=1)
"""The least time between two notices of one offer; what leaks in between is told together."""
_RECENT = 100
_NAMED = 20
_SHORT = 200

log = logging.getLogger("heard.leaks")

Told = tuple[str, str, str]


def announce_leaks(
    store: DigestStore,
    told: SightingStore,
    leaks: Sequence[Leak],
    desk: Desk,
    now: datetime,
    erasures: int | None = None,
) -> tuple[Notice, ...]:
    """Writes a notice for each offer of which an active code was seen at a place that nobody was told of yet.

    ``store`` and ``told`` are two views of one store; ``desk.names`` are the offers'. One transaction a notice, so that
    a crash, or two processes at once, end with one. Each is also a line in the log. ``erasures``: how many the log of
    erasures had before ``leaks`` were read; where there are more by then, the next look tells.
    """
    by_offer: dict[str, list[Leak]] = {}
    for leak in leaks:
        if leak.active:
            by_offer.setdefault(leak.offer, []).append(leak)
    if not by_offer:
        return ()
    known = told.leaks_told()
    last = {notice.source: notice for notice, _ in reversed(store.notices(_RECENT)) if notice.kind is NoticeKind.LEAK}
    made: list[Notice] = []
    for offer, those in by_offer.items():
        new = {one: places for one in those if (places := untold_places(one, known))}
        if not new or (offer in last and timedelta(0) <= now - last[offer].created_at < BETWEEN):
            continue
        notice = compose_leak_notice(offer, new, desk, now)
        marks = [(one.offer, one.code, place) for one, places in new.items() for place in places]
        with suppress(Outdated):  # another process was quicker, or something was erased just now: the next look tells
            deliveries = [delivery_of(notice, *pair, now) for pair in dict.fromkeys(desk.recipients)]
            told.tell_leaks(notice, marks, deliveries, erasures)
            log.warning("notice=%s offer=%s: %s", notice.id, offer, notice.subject_line)
            made.append(notice)
    return tuple(made)


def compose_leak_notice(offer: str, new: Mapping[Leak, Sequence[str]], desk: Desk, now: datetime) -> Notice:
    """Which code, where first, how long after it was given out, and what was redeemed since: facts, no accusations.

    ``body.seen`` is whose words the paragraphs rest on, as they were then: an erasure finds them by it.
    """
    name = shorten(clean(desk.names.get(offer, offer)), 60)
    leaks = sorted(new, key=lambda leak: (leak.since, leak.code))
    places = list(dict.fromkeys(place for leak in leaks for place in new[leak]))
    shown = joined([shorten(clean(place), 60) for place in places[:3]])
    more = f" and {len(places) - 3} more places" if len(places) > 3 else ""  # noqa: PLR2004 as many as a line holds
    what = f"the code “{shorten(_printed(leaks[0].code), 60)}”" if len(leaks) == 1 else f"{len(leaks)} codes"
    subject_line = (
        f"{name}: {what} was seen at {shown}{more}" if len(leaks) == 1 else f"{name}: {what} were seen at {shown}{more}"
    )
    paragraphs = [*(_words(leak, desk, now) for leak in leaks[:_NAMED])]
    if len(leaks) > _NAMED:
        paragraphs.append(f"And {len(leaks) - _NAMED} more codes; all are shown by: heard offers leaks")
    paragraphs.append(
        "This is a fact about places and no accusation. Nothing was stopped: redemptions go on and are shown apart. "
        "If the place is welcome, add it to the offer's 'places'; if not, the code can be switched off: heard offers disable."
    )
    mark = hashlib.sha256(repr(sorted((leak.code, *sorted(new[leak])) for leak in leaks)).encode("utf-8", "replace"))
    return Notice(
        id=f"leak-{b32encode(mark.digest() + offer.encode()).decode().lower()[:12]}",
        kind=NoticeKind.LEAK,
        source=offer,
        subject_line=subject_line,
        body={
            "notice": NoticeKind.LEAK.value,
            "source": offer,
            "subject_line": subject_line,
            "paragraphs": paragraphs,
            "targets": [],
            "seen": [
                {"mention": leak.first.mention or None, "url": leak.first.url, "author": leak.first.handle}
                for leak in leaks
            ],
        },
        created_at=now,
    )


def _words(leak: Leak, desk: Desk, now: datetime) -> str:
    first = leak.first
    when = wording.since(first.at, now, desk.timezone).removeprefix(" since ")
    link = safe_url(first.url)
    parts = [f"“{shorten(_printed(leak.code), 80)}” was first seen outside its places at {clean(first.place)}, {when}"]
    if leak.time_to_leak is not None:
        parts.append(f"{wording_of(leak.time_to_leak)} after it was given out")
    counts = f"{leak.before:,} redeemed before, {leak.after:,} since"
    return f"{', '.join(parts)}. {counts}." + (f" {shorten(link, _SHORT)}" if link else "")


def _printed(code: str) -> str:
    """A unique code in capitals, as it stands on its card; a phrase as it is said."""
    return clean(code if " " in code else code.upper())


def wording_of(span: timedelta) -> str:
    """A span in its largest two units: ``3 days 4 hours``, ``20 minutes``."""
    minutes = int(span.total_seconds() // 60)
    parts = [(minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute")]
    named = [plural(number, unit) for number, unit in parts if number][:2]
    return " ".join(named) or "less than a minute"


def untold_places(leak: Leak, known: frozenset[Told]) -> tuple[str, ...]:
    """The places of a leak that nobody was told of."""
    return tuple(place for place in leak.places if (leak.offer, leak.code, place) not in known)
