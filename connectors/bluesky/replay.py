"""What a stream of events comes to: items, removals, and how far it was read.

Times are microseconds since 1970, Jetstream's own. They are its clock's, not the authors', and come slightly out of
order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.foreign import read_foreign_json
from bot.model import Cursor, Gap, GapCause, Interval, Item, Page
from connectors.bluesky.glance import Glance
from connectors.bluesky.normalise import POSTS, Json, beginning_of, item_of, key_of, said

VERSION = 1
GONE = frozenset({"deleted", "takendown", "suspended", "deactivated"})
"""What an account can be for its posts to be shown no more; the other states are troubles between servers."""
LATE = 60_000_000
"""When the first event is this much younger than where we were, the server keeps none that is older: all of Bluesky is
never silent for so long.
"""
ITEMS = 100
REMOVALS = 1_000
EVENTS = 10_000
"""A page is full with so many of any of these."""
HELD = 10_000
"""So many items are held back at the most until what deletes them would have come."""
NAMES = 20_000
"""Names of accounts that are remembered."""


class Names:
    """Handles of accounts, as far as events have told them; the latest few thousand."""

    def __init__(self) -> None:
        self._handles: OrderedDict[str, str] = OrderedDict()

    def learn(self, did: str, handle: object) -> None:
        """Notes the handle, or that there is no valid one."""
        self._handles.pop(did, None)
        if isinstance(handle, str) and 0 < len(handle) <= 253 and handle != "handle.invalid":  # noqa: PLR2004 a host name's
            self._handles[did] = handle
            if len(self._handles) > NAMES:
                self._handles.popitem(last=False)

    def of(self, did: str) -> str | None:
        """The handle, if it is known."""
        return self._handles.get(did)


class Replay:
    """Collects events into pages.

    ``mark``: how far was read before (None: never); ``asked``: the cursor that was sent; ``latest``: no event can be
    younger, whatever the server says.
    """

    def __init__(
        self, names: Names, could_match: Callable[[str], bool], mark: int | None, asked: int, latest: int
    ) -> None:
        self._names, self._could_match = names, could_match
        self._glance = Glance(could_match, names.of)
        self._mark, self._asked, self._latest = mark, asked, latest
        self.newest: int | None = None
        """The youngest event so far."""
        self._events = 0
        self._gaps: tuple[Gap, ...] = ()
        self._covered = mark if mark is not None else asked
        self._clear()

    def take(self, message: bytes) -> None:
        """One event; what is no event is passed over, because the next one may be."""
        unwanted = self._glance.time_of_unwanted(message)
        if unwanted:
            self._events += 1
            self._note(min(unwanted, self._latest))
            return
        try:
            event = read_foreign_json(message)
            time = event["time_us"]
            kind, did = event["kind"], event["did"]
        except (ValueError, KeyError, TypeError):
            return
        if not isinstance(time, int) or isinstance(time, bool) or time <= 0 or not isinstance(did, str):
            return
        self._events += 1
        self._note(min(time, self._latest))
        part = event.get(kind) if isinstance(kind, str) else None
        if not isinstance(part, dict):
            return
        if kind == "commit":
            self._commit(did, part, time)
        elif kind == "identity":
            self._names.learn(did, part.get("handle"))
        elif kind == "account":
            self._account(did, part)

    @property
    def is_full(self) -> bool:
        """Whether it is time for a page."""
        if self._is_behind:
            return len(self._items) >= HELD
        removals = len(self._removed) + len(self._under)
        return self._events >= EVENTS or len(self._items) >= ITEMS or removals >= REMOVALS

    def page(self, quiet_until: int = 0) -> Page:
        """What was collected since the last page. ``quiet_until``: the server said that there is nothing more by then.

        The cursor never passes the youngest event, because the server's clock and ours may differ. A stream that ends
        before it has come to where we were gives no items: what has since deleted them may be in the part that is left,
        and the next poll reads all of it again.
        """
        if self._is_behind and not self.is_full:
            self._items.clear()
            quiet_until = 0
        read = max(self._covered, self.newest or 0, quiet_until)
        covered = Interval(moment(self._covered), moment(read)) if read > self._covered else None
        self._covered = read
        page = Page(
            items=tuple(self._items.values()),
            cursor={"version": VERSION, "time_us": max(self.newest or 0, self._mark or self._asked)},
            covered=covered,
            gaps=self._gaps,
            removed=tuple(self._removed),
            removed_under=tuple(self._under),
        )
        self._clear()
        return page

    @property
    def _is_behind(self) -> bool:
        """Whether the events are still such as were read before."""
        return self._mark is not None and self.newest is not None and self.newest < self._mark

    def _clear(self) -> None:
        self._items: dict[str, Item] = {}
        self._removed: dict[str, None] = {}
        self._under: dict[str, None] = {}
        self._gaps = ()
        self._events = 0

    def _note(self, time: int) -> None:
        since = self._mark or self._asked
        if self.newest is None and time - since > LATE:
            if self._mark is not None:
                self._gaps = (Gap(Interval(moment(self._mark), moment(time)), GapCause.STALE_CURSOR),)
            self._covered = max(self._covered, time)
        self.newest = time if self.newest is None else max(self.newest, time)

    def _commit(self, did: str, commit: Json, time: int) -> None:
        key = key_of(did, commit.get("rkey"))
        if key is None or commit.get("collection") != POSTS:
            return
        if commit.get("operation") == "delete":
            self._items.pop(key, None)
            self._removed[key] = None
            return
        record = commit.get("record")
        if not isinstance(record, dict):
            return
        words, handle = said(record), self._names.of(did)
        # an edit may take a name out of a post that is kept for it
        if commit.get("operation") == "update" or self._could_match(words.shown(key, handle)):
            self._items[key] = item_of(key, record, words, handle, moment(min(time, self._latest)))

    def _account(self, did: str, account: Json) -> None:
        beginning = beginning_of(did)
        if beginning is None or account.get("active") is not False or account.get("status") not in GONE:
            return
        self._items = {key: item for key, item in self._items.items() if not key.startswith(beginning)}
        self._under[beginning] = None


def mark_of(cursor: Cursor | None) -> int | None:
    """How far a cursor says that was read; None for one that this version did not write."""
    if not cursor or cursor.get("version") != VERSION:
        return None
    time = cursor.get("time_us")
    return time if isinstance(time, int) and not isinstance(time, bool) and time > 0 else None


def micros(time: datetime) -> int:
    """A moment (aware) as Jetstream counts."""
    return (time - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)


def moment(time: int) -> datetime:
    """The other way round; the year 9999 and what is beyond it are one."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=min(time, 253_402_300_799_000_000))
