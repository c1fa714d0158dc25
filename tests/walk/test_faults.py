"""Every fault of the shared table against every connector: the right kind, the right next poll, nothing lost, nothing
doubled, and the other sources on time.

Each walk is lived three times over: all is well; twenty-five new pieces are out and the platform has a fault, at the
first page or in the middle of the listing; the fault is over. Real client libraries, a real database, a clock set by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.model import PollReport, State
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.faults import FAULTS, Fault
from tests.support.feedserver import FeedServer, Reply, Request
from tests.walk.platforms import PLATFORMS, Blog

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PIECES = 25
STAYS = {"AccessDenied", "Unauthorised"}
"""Kinds that are not asked again until a person acts."""
PAGED = ("reddit", "twitter", "hackernews")
LIMITS = "[http]\nallow_networks = ['127.0.0.0/8']\nmax_body = 400000\nread_timeout = 0.5\ntotal_timeout = 1.0\n"


class World:
    """One desk with the platform under test and a blog that is always well."""

    def __init__(self, folder: Path, platform: str, server: FeedServer) -> None:
        self.clock = ManualClock(START)
        self.victim = PLATFORMS[platform](self.clock)
        self.neighbour = Blog(self.clock, "/neighbour.xml", "neighbour")
        self._server = server
        self._fault: tuple[Fault, int] | None = None
        self._pages = 0
        server.add(self.victim.path, self._answer)
        server.add(self.neighbour.path, self.neighbour.reply)
        (folder / "credential.txt").write_text("made-up", encoding="utf-8")
        subject = "[[subject]]\nid = 'acme'\nname = 'Acme'\nquery = 'acme'\n"
        tables = [subject, self.victim.table(server), self.neighbour.table(server), LIMITS]
        (folder / "heard.toml").write_text("\n".join(tables), encoding="utf-8")
        empty_database(folder)
        self.app = App(load_settings(folder / "heard.toml"), self.clock)
        self._number = 0

    def publish(self) -> None:
        """Pieces from the last twenty minutes, and one from next door."""
        for minute in range(PIECES):
            self._number += 1
            self.victim.say(self._number, self.clock.now() - 20 * MINUTE + minute * MINUTE / 3)
        self.neighbour.say(self._number, self.clock.now() - MINUTE)

    def break_down(self, fault: Fault, page: int) -> None:
        self._fault, self._pages = (fault, page), 0

    def mend(self) -> None:
        self._fault = None

    def poll(self) -> dict[str, PollReport]:
        """One round of what is due."""
        listening = self.app.listening
        return {report.target.source: report for report in listening.collect(listening.due())}

    def kept(self) -> Counter[str]:
        """Texts in the store, by source."""
        return Counter(mention.item.text for mention in self.mentions("victim"))

    def mentions(self, source: str) -> list[Any]:
        found = self.app.store.mentions(source=source)
        return [getattr(one, "mention", one) for one in found]

    def _answer(self, request: Request) -> Reply:
        self._pages += 1
        if self._fault is not None and self._pages >= self._fault[1]:
            return self._fault[0].reply(self.clock.now())
        return self.victim.reply(request)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Any]:
    with FeedServer() as server:
        worlds: list[World] = []

        def made(platform: str) -> World:
            worlds.append(World(tmp_path, platform, server))
            return worlds[-1]

        yield made
        for world in worlds:
            world.app.close()


def cases() -> Iterator[Any]:
    """Each fault at each platform, at the first page and in the middle. In short runs every ninth fault, and of the
    second page and of what the library retries slowly, every eighteenth.
    """
    for platform in PLATFORMS:
        for number, fault in enumerate(FAULTS):
            for page in (1, 2) if platform in PAGED else (1,):
                often = page == 1 and platform not in fault.slow
                if FULL or number % (9 if often else 18) == 0:
                    yield pytest.param(platform, fault, page, id=f"{platform}, page {page}: {fault}")


@pytest.mark.parametrize(("platform", "fault", "page"), list(cases()))
def test_a_fault_is_named_waited_out_and_made_up_for(make: Any, platform: str, fault: Fault, page: int) -> None:
    world = make(platform)
    world.publish()
    assert world.poll()["victim"].state is State.OK
    world.clock.set(START + 2 * HOUR)
    world.publish()
    world.break_down(fault, page)
    broken_at = world.clock.now()
    reports = world.poll()

    hit = reports["victim"]
    assert hit.error_kind == fault.kind_at(platform), hit.error
    assert hit.error
    assert reports["neighbour"].state is State.OK, "the others go on"
    assert len(world.mentions("neighbour")) == 2, "and on time"
    assert set(world.kept().values()) == {1}

    world.mend()
    if hit.error_kind in STAYS:
        assert hit.retry_at is None, "only a person can help"
        assert "victim" not in world.poll()
        world.clock.set(broken_at + 3 * HOUR)
        world.app.store.set_paused("victim", False, world.clock.now())
    else:
        assert hit.retry_at is not None
        wait = hit.retry_at - broken_at
        assert wait >= (fault.wait - timedelta(seconds=1) if fault.wait else timedelta(seconds=1))
        assert wait <= timedelta(days=32)
        assert "victim" not in world.poll(), "not asked before its time"
        world.clock.set(hit.retry_at)

    again = world.poll()["victim"]
    assert again.state is State.OK, again.error
    kept = world.kept()
    assert len(kept) == 2 * PIECES, "nothing is lost"
    assert set(kept.values()) == {1}, "nothing is doubled"
    # What lies in the platform's own delay is proven by the poll after that.
    world.clock.set(world.clock.now() + 2 * HOUR)
    assert world.poll()["victim"].state is State.OK
    since = START - timedelta(minutes=20)
    gaps = world.app.store.gaps(since, world.clock.now())
    assert not [gap for target, found in gaps.items() if target.source == "victim" for gap in found]
