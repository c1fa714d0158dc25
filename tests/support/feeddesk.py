"""A feed server, the real HTTP seam and a clock set by hand, brought together to poll one feed after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from bot.clock import ManualClock
from bot.http import Http, HttpLimits, public_address
from bot.model import Allowance, Cursor, Interval, Item, Page, Query, Term, TermKind
from bot.ports import Deps
from connectors.rss.feed import FeedConnector
from tests.support.feedserver import FeedServer

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
FAST = HttpLimits(
    connect_timeout=1, read_timeout=0.5, total_timeout=0.8, max_body=2**20, allow_networks=("127.0.0.1/32",)
)


def no_secret(options: Mapping[str, Any], name: str) -> str:
    """For sources without secrets."""
    raise AssertionError(f"{name} was asked for in {options}")


def query(text: str = "truffle") -> Query:
    """A query for one word."""
    return Query("brand", text, Term(TermKind.WORD, text))


class FeedDesk:
    """Polls feeds as the collector would: the cursor of the last page that had one is handed to the next poll."""

    def __init__(self, limits: HttpLimits = FAST) -> None:
        self.server = FeedServer()
        self.http = Http(limits)
        self.clock = ManualClock(START)
        self.deps = Deps(self.http.session, self.clock, no_secret)
        self.cursors: dict[str, Cursor] = {}

    def poll(self, address: str, *, max_items: int = 1000, queries: Sequence[Query] = (query(),)) -> list[Page]:
        """The pages of one poll. Keeps what was yielded before an error, as the collector does."""
        connector = FeedConnector(address, public_address, self.deps, max_items)
        pages = []
        for page in connector.fetch(queries, self.cursors.get(address), Allowance()):
            if page.cursor is not None:
                self.cursors[address] = page.cursor
            pages.append(page)
        return pages

    def items(self, address: str, **options: Any) -> list[Item]:
        """The items of one poll."""
        return [item for page in self.poll(address, **options) for item in page.items]

    def covered(self, pages: Sequence[Page]) -> Interval | None:
        """What the last page says was looked at."""
        return pages[-1].covered

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        self.server.__exit__(kind, error, trace)
