"""The connector's contract (``bot.ports.Connector``): what every source keeps to, through its real client library.

Each installed connector has a made platform here; one that is added without fails the first test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.model import Allowance, Cursor, Item, Page, Query
from bot.ports import Connector
from bot.wiring import App
from config.settings import load_settings
from tests.support import jetstream
from tests.support.database import empty_database
from tests.support.feedserver import FeedServer
from tests.walk.platforms import PLATFORMS

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PIECES = 25
"""More than a page of any platform that pages here."""
SUBJECT = "[[subject]]\nid = 'acme'\nname = 'Acme'\nquery = 'acme'\n[http]\nallow_networks = ['127.0.0.0/8']\n"
BLUESKY = "[[source]]\nid = 'victim'\nconnector = 'bluesky'\npatience = 0.2\nlongest = 5\nhosts = ['{url}']\n"


@dataclass
class Source:
    """A connector, its platform and the clock."""

    connector: Connector
    queries: tuple[Query, ...]
    clock: ManualClock
    say: Callable[[int, datetime], None]

    def publish(self, first: int, count: int, until: datetime) -> None:
        """Pieces a minute apart, the last of them a minute before ``until``."""
        for number in range(count):
            self.say(first + number, until - (count - number) * MINUTE)

    def pages(self, cursor: Cursor | None = None) -> Iterator[Page]:
        return self.connector.fetch(self.queries, cursor, Allowance())

    def poll(self, cursor: Cursor | None = None) -> tuple[list[Page], Cursor | None]:
        """The pages, and the cursor as the store would give it back."""
        pages = list(self.pages(cursor))
        return pages, kept(pages, cursor)


def kept(pages: list[Page], before: Cursor | None) -> Cursor | None:
    last = next((page.cursor for page in reversed(pages) if page.cursor is not None), before)
    return None if last is None else json.loads(json.dumps(last))


def items(pages: list[Page]) -> list[Item]:
    return [item for page in pages for item in page.items if not item.removed]


@pytest.fixture(params=[*PLATFORMS, "bluesky"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    clock = ManualClock(NOW)
    with ExitStack() as opened:
        (tmp_path / "credential.txt").write_text("made-up", encoding="utf-8")
        if request.param == "bluesky":
            stream = opened.enter_context(jetstream.jetstream())
            table, say = BLUESKY.format(url=stream.url), _on(stream)
        else:
            server = opened.enter_context(FeedServer())
            platform: Any = PLATFORMS[request.param](clock)
            server.add(platform.path, platform.reply)
            table, say = platform.table(server), platform.say
        (tmp_path / "heard.toml").write_text(table + SUBJECT, encoding="utf-8")
        empty_database(tmp_path)
        app = App(load_settings(tmp_path / "heard.toml"), clock)
        opened.callback(app.close)
        (connector,) = app.connectors.values()
        yield Source(connector, app.queries, clock, say)


def _on(stream: jetstream.Jetstream) -> Callable[[int, datetime], None]:
    return lambda number, moment: stream.put(jetstream.post(moment, f"Acme piece {number}", rkey=f"r{number}"))


def test_every_installed_connector_is_held_to_the_contract() -> None:
    assert {entry.name for entry in entry_points(group="heard.connectors")} == {*PLATFORMS, "bluesky"}


def test_it_says_what_it_can_give_and_whether_its_texts_may_be_learned_from(source: Source) -> None:
    assert isinstance(source.connector.capabilities, frozenset)
    assert isinstance(source.connector.trainable, bool)


def test_nothing_said_is_no_item_and_no_error(source: Source) -> None:
    pages, cursor = source.poll()
    assert items(pages) == []
    assert items(source.poll(cursor)[0]) == []


def test_items_are_whole_and_pages_prove_only_what_was_before_now(source: Source) -> None:
    source.publish(1, PIECES, NOW - 5 * MINUTE)
    pages, _ = source.poll()
    found = items(pages)
    assert len({item.key for item in found}) == PIECES, (
        "a page may overlap another: the store's keys make that harmless"
    )
    for item in found:
        assert item.key.partition(":")[0].isalpha()
        assert item.text.startswith(item.title)
        assert "Acme" in item.text
        assert item.published_at is not None
        assert item.published_at.utcoffset() == timedelta(0)
        assert NOW - timedelta(hours=1) < item.published_at < NOW
        assert item.voice
    for page in pages:
        assert page.covered is None or page.covered.start < page.covered.end <= NOW
        assert all(gap.interval.start < gap.interval.end <= NOW for gap in page.gaps)
        assert page.cost.reads >= 0


def test_a_second_poll_brings_what_is_new_and_nothing_that_was_never_said(source: Source) -> None:
    source.publish(1, PIECES, NOW - 5 * MINUTE)
    pages, cursor = source.poll()
    before = {item.key for item in items(pages)}
    source.clock.set(NOW + 60 * MINUTE)
    source.publish(100, PIECES, source.clock.now() - 5 * MINUTE)
    again, _ = source.poll(cursor)
    after = {item.key for item in items(again)}
    assert len(after - before) == PIECES
    assert len(after | before) == 2 * PIECES


def test_a_walk_that_is_broken_off_anywhere_is_taken_up_without_loss(source: Source) -> None:
    source.publish(1, PIECES, NOW - 5 * MINUTE)
    _, cursor = source.poll()
    source.clock.set(NOW + 60 * MINUTE)
    source.publish(100, PIECES, source.clock.now() - 5 * MINUTE)
    whole = len(list(source.pages(cursor)))
    for broken_after in range(whole):
        walk = source.pages(cursor)
        read = [next(walk) for _ in range(broken_after)]
        walk.close()  # type: ignore[attr-defined] # every connector's fetch is a generator
        rest, _ = source.poll(kept(read, cursor))
        assert len({item.text for item in items(read + rest)} & _said(100)) == PIECES, broken_after


def _said(first: int) -> set[str]:
    numbers = range(first, first + PIECES)
    return {f"Acme{infix} piece {number}" for number in numbers for infix in ("", " victim")}
