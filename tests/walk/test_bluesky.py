"""Bluesky through the whole desk: what is said is kept once, what is deleted is erased, what was told stays counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.model import Interval, PollReport, State
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.faults import FAULTS, Fault
from tests.support.jetstream import ALICE, BOB, NOW, Jetstream, account, commit, jetstream, minutes, post, refusal, us

HOUR = timedelta(hours=1)


class Desk:
    """A desk that reads one made Jetstream."""

    def __init__(self, folder: Path, stream: Jetstream) -> None:
        self.stream, self.clock = stream, ManualClock(NOW)
        path = folder / "heard.toml"
        path.write_text(
            "[http]\nallow_networks = ['127.0.0.0/8']\n[[subject]]\nid = 'acme'\nname = 'Acme'\nquery = 'acme'\n"
            "[[source]]\nid = 'bsky'\nconnector = 'bluesky'\nevery = '5m'\npatience = 0.2\nlongest = 5\n"
            f"hosts = ['{stream.url}']\n",
            encoding="utf-8",
        )
        empty_database(folder)
        self.app = App(load_settings(path), self.clock)

    def poll(self, later: timedelta = timedelta(0), *events: dict[str, Any]) -> PollReport:
        self.clock.advance(later)
        self.stream.put(*events, post(self.clock.now() + timedelta(seconds=1), "the present", rkey="live", did=BOB))
        (report,) = self.app.listening.collect(self.app.listening.due())
        return report

    def items(self) -> dict[str, Any]:
        found = [getattr(one, "mention", one).item for one in self.app.store.mentions()]
        return {item.key.rpartition("/")[2]: item for item in found}

    def rows(self, table: str) -> int:
        with self.app.store._read() as db:
            return int(db.execute(f"SELECT COUNT(*) AS n FROM {table}").fetchone()["n"])  # noqa: S608 a test's own table


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as made:
        yield made


@contextmanager
def opened(folder: Path) -> Iterator[Desk]:
    with jetstream() as stream:
        made = Desk(folder, stream)
        yield made
        made.app.close()


def test_what_is_said_is_kept_once_over_many_polls(desk: Desk) -> None:
    first = desk.poll(timedelta(0), post(NOW - minutes(5), rkey="one"), post(NOW - minutes(4), "else", rkey="no"))
    assert (first.state, first.new, first.fetched) == (State.OK, 1, 1)
    second = desk.poll(minutes(10), post(NOW + minutes(1), "acme again, and quite another thing", rkey="two"))
    assert (second.new, second.state) == (1, State.OK)
    assert set(desk.items()) == {"one", "two"}
    assert desk.rows("items") == 2


def test_a_deleted_post_and_a_deleted_account_are_erased(desk: Desk) -> None:
    desk.poll(
        timedelta(0),
        post(NOW - minutes(5), "acme, my first words", rkey="mine"),
        post(NOW - minutes(4), "acme, my second and different words", rkey="mine-too"),
        post(NOW - minutes(3), "his own words about acme in the news", rkey="his", did=BOB),
        post(NOW - minutes(3), "more of his words on acme and chocolate", rkey="his-too", did=BOB),
    )
    desk.poll(minutes(10), account(NOW + minutes(1), "deleted", ALICE), commit(NOW + minutes(1), "delete", "his", BOB))
    found = desk.items()
    assert [rkey for rkey, item in found.items() if not item.removed] == ["his-too"]
    assert sum(item.removed for item in found.values()) == 3, "of them, no key says who it was"
    assert {item.text for item in found.values() if item.removed} == {""}
    assert list(desk.app.store.mentions(search="first words")) == []


def test_deletions_of_what_nobody_kept_store_nothing(desk: Desk) -> None:
    desk.poll(
        timedelta(0),
        *(commit(NOW - minutes(1), "delete", f"x{n}") for n in range(2500)),
        account(NOW, "takendown", BOB),
    )
    assert desk.rows("items") == 0


def test_an_edit_that_names_nobody_any_more_takes_the_mention_away(desk: Desk) -> None:
    desk.poll(timedelta(0), post(NOW - minutes(1), rkey="e"))
    record = {"$type": "app.bsky.feed.post", "createdAt": NOW.isoformat(), "text": "nothing at all"}
    desk.poll(minutes(10), commit(NOW + minutes(1), "update", "e", record=record))
    assert desk.items() == {}


def test_a_long_pause_is_a_gap_of_what_the_server_no_longer_has(desk: Desk) -> None:
    desk.poll(timedelta(0), post(NOW - minutes(1), rkey="a"))
    desk.clock.advance(timedelta(days=8))
    desk.stream.oldest = us(desk.clock.now() - timedelta(days=1))
    desk.poll(timedelta(0), post(desk.clock.now() - timedelta(hours=20), "acme once more, later", rkey="b"))
    (gap,) = (gap for found in desk.app.store.gaps(NOW, desk.clock.now()).values() for gap in found)
    assert gap.interval == Interval(NOW + timedelta(seconds=1), NOW + timedelta(days=8, hours=-20))
    assert set(desk.items()) == {"a", "b"}


def refused() -> Iterator[Any]:
    """The faults of the shared table that a server can answer a handshake with; in short runs every fourth."""
    for number, fault in enumerate(FAULTS):
        reply = fault.reply(NOW)
        if reply.status >= 400 and not reply.raw and (FULL or number % 4 == 0):
            yield pytest.param(fault, id=str(fault))


@pytest.mark.parametrize("fault", list(refused()))
def test_a_refused_handshake_is_named_waited_out_and_made_up_for(desk: Desk, fault: Fault) -> None:
    desk.poll(timedelta(0), post(NOW - minutes(1), rkey="a"))
    reply = fault.reply(desk.clock.now() + minutes(10))
    body = reply.body if isinstance(reply.body, str) else ""
    desk.stream.refuses = refusal(reply.status, body, **dict(reply.headers))
    broken = desk.poll(minutes(10), post(NOW + minutes(2), "acme in the meantime, while all was down", rkey="b"))
    assert broken.error_kind == fault.kind_at("bluesky"), broken.error
    desk.stream.refuses = None
    if broken.retry_at is None:
        desk.app.store.set_paused("bsky", False, desk.clock.now())
    else:
        assert broken.retry_at - desk.clock.now() >= (fault.wait or timedelta(seconds=1)) - timedelta(seconds=1)
        desk.clock.set(broken.retry_at)
    assert desk.poll().state is State.OK
    assert set(desk.items()) == {"a", "b"}
    assert not [gap for found in desk.app.store.gaps(NOW, desk.clock.now()).values() for gap in found]


def test_an_outage_is_waited_out_and_made_up_for(desk: Desk) -> None:
    desk.poll(timedelta(0), post(NOW - minutes(1), rkey="a"))
    desk.stream.refuses = refusal(503)
    broken = desk.poll(minutes(10), post(NOW + minutes(2), "acme in the meantime, while all was down", rkey="b"))
    assert broken.error_kind == "Unavailable"
    assert broken.retry_at is not None
    desk.stream.refuses = None
    desk.clock.set(broken.retry_at)
    assert desk.poll().state is State.OK
    assert set(desk.items()) == {"a", "b"}
    assert not [gap for found in desk.app.store.gaps(NOW, desk.clock.now()).values() for gap in found]
