"""The work of a new item, a digest, a page and the alarm's look does not grow with the archive: counted, not timed.

Two archives whose last twelve weeks are alike, one ten times the other's age. Counted are the steps of SQLite's virtual
machine, which are the same at each run on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.model import Item, Mention, Page
from bot.wiring import App
from bot.wiring.tell.evidence import Wanted
from tests.bench.archive import REPORTS, Archive, archive
from tests.support.samples import BLOGS, a_mention, an_item

A_DAY = 10
LAST_DAY = date(2026, 3, 10)
SMALL, LARGE = 100 * A_DAY, 1_000 * A_DAY
FLAT = 1.3
"""What an archive ten times as large may cost more: trees are a little deeper."""
_EVERY = 50
"""Steps are counted so many at a time."""


@dataclass
class Steps:
    """Counts the steps of this thread's connection to the database of a desk."""

    count: int = 0

    def of(self, heard: App, work: Callable[[], object]) -> int:
        with heard.store._read() as db:
            connection: Any = db.conn  # type: ignore[attr-defined]  # it is SQLite's
        self.count = 0
        connection.set_progress_handler(self._step, _EVERY)
        try:
            work()
        finally:
            connection.set_progress_handler(None, 0)
        return self.count

    def _step(self) -> int:
        self.count += 1
        return 0


def new_items(size: int, at: datetime) -> list[tuple[Item, Mention]]:
    """Told after the digests' day, so that both archives tell the same of it."""
    items = [an_item(1_000_000 + size + n, text=f"Velvet Crumb, letter {size} {n}", published_at=at) for n in range(10)]
    return [(item, a_mention(item, "crumb", story="")) for item in items]


def costs(grown: Archive, size: int) -> Iterator[tuple[str, int]]:
    """The steps of everything that is done again and again."""
    steps, heard, now = Steps(), grown.plain, grown.clock.now()
    grown.aiming.alarms.look()  # what it raises and tells is news once
    yield "look of the alarm", steps.of(grown.aiming, grown.aiming.alarms.look)
    found = new_items(size, now)
    page = Page(items=tuple(item for item, _ in found))
    heard.store.add_targets([BLOGS], now)
    yield (
        "keeping items",
        steps.of(heard, lambda: heard.store.save_page(BLOGS, page, [one for _, one in found], now, now)),
    )
    yield "scoring items", steps.of(heard, heard.listening.score)
    yield "remembering stories", steps.of(heard, lambda: list(heard.store.story_candidates(now - timedelta(days=14))))
    for name in REPORTS:
        desk = grown.desk(name)
        report, window = desk.telling.window(name, LAST_DAY)
        yield f"digest for {name}", steps.of(desk, lambda: desk.telling.compose(report, window))  # noqa: B023 at once
    yield "page of evidence", steps.of(heard, lambda: heard.evidence.list(Wanted(subject="crumb")))
    yield "one story's page", steps.of(heard, lambda: heard.evidence.list(Wanted(story=found[0][1].id)))


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int]]:
    """Of each work, its steps in the small archive and in the large one."""
    with archive(tmp_path_factory.mktemp("growth"), LAST_DAY, a_day=A_DAY) as grown:
        grown.grow(SMALL)
        small = dict(costs(grown, SMALL))
        grown.grow(LARGE)
        return {name: (small[name], number) for name, number in costs(grown, LARGE)}


@pytest.mark.parametrize(
    "work",
    ["keeping items", "scoring items", "remembering stories", *(f"digest for {name}" for name in REPORTS),
     "page of evidence", "one story's page", "look of the alarm"],
)  # fmt: skip
def test_work_stays_the_same_in_an_archive_ten_times_as_large(counted: dict[str, tuple[int, int]], work: str) -> None:
    small, large = counted[work]
    assert small > 0
    assert large <= FLAT * small + 20, f"{work}: {small * _EVERY:,} steps, then {large * _EVERY:,}"
