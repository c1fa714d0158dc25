"""kill -9 at random moments during collecting, scoring, publishing and delivering: nothing lost, nothing doubled.

Each round is a process of its own that does one round of unattended work on a real SQLite file, against a real feed
server and a real SMTP server; most rounds are killed somewhere on the way. The clock moves on six hours a round. At the
end one round runs through, and the store, the outbox and the mailbox are held against what the world had to offer.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.model import DeliveryState, ScoredMention
from bot.store.sqlite import open_store
from tests.support.counts import FULL
from tests.support.feedserver import FeedServer, Reply, entry, rss
from tests.support.smtp import Mailbox, smtp_server
from tests.walk.victim import work

WORLDS = 4 if FULL else 1
KILLS = 50 if FULL else 4
"""In each world: two hundred in the full run. A world's rounds follow one another, the worlds run side by side."""
START = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
ROUND = timedelta(hours=6)
EVERY = timedelta(minutes=45)
UNHARMED = 8
"""Rounds before the first kill: two days, in which the first digest is published."""
LET_THROUGH = 0.2
SHOWN = 600
"""Entries that the feed shows: almost three weeks of them, or 75 rounds. What falls out of a feed while every round is
killed before its poll is saved is lost to anybody; so many in a row are never killed."""


class World:
    """What there is to hear: a feed that goes on growing, by the clock of the rounds."""

    def __init__(self) -> None:
        self.now = START

    def count(self) -> int:
        return int((self.now - START) / EVERY) + 1

    def feed(self, _request: object) -> Reply:
        numbers = range(max(0, self.count() - SHOWN), self.count())
        entries = [
            entry(
                f"Velvet Crumb, part {number}",
                guid=f"part-{number}",
                link=f"https://blog.example/{number}",
                text=f"Velvet Crumb is lovely, says letter {number * 7919} about chocolate number {number}.",
                date=format_datetime(START + number * EVERY),
            )
            for number in reversed(numbers)
        ]
        return Reply(
            headers={"content-type": "application/rss+xml"},
            body=rss(*entries, channel="<title>A blog</title><language>en</language>"),
        )


def configured(folder: Path, feed: str, port: int) -> Path:
    config = folder / "heard.toml"
    config.write_text(
        f"""
        [[subject]]
        id = "crumb"
        name = "Velvet Crumb"
        query = '"velvet crumb"'
        [[source]]
        id = "blog"
        connector = "rss"
        feeds = ["{feed}"]
        [[message]]
        id = "lovely"
        statement = "Velvet Crumb is lovely"
        [[channel]]
        id = "mail"
        kind = "email"
        host = "127.0.0.1"
        port = {port}
        security = "none"
        from = "heard@desk.example"
        to = ["pr@desk.example", "boss@desk.example"]
        [[channel]]
        id = "folder"
        kind = "file"
        folder = "digests"
        [[digest]]
        id = "pr"
        audience = "pr"
        period = "day"
        at = "00:10"
        channels = ["mail", "folder"]
        [http]
        allow_networks = ["127.0.0.0/8"]
        """,
        encoding="utf-8",
    )
    return config


@pytest.mark.timeout(840)
@pytest.mark.parametrize("seed", range(WORLDS))
def test_killing_at_random_moments_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    world, rng = World(), random.Random(20260302 + seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.walk.warm"])
    with FeedServer() as feeds, smtp_server() as mailbox:
        config = configured(tmp_path, feeds.add("/feed.xml", world.feed), mailbox.port)
        unharmed = []
        for _ in range(UNHARMED):
            world.now += ROUND
            unharmed.append(_run(context, config, world.now, None))
        # The first round also loads what later ones share; the longest of the others is one that publishes.
        whole = max(unharmed[1:])
        kills = 0
        while kills < KILLS:
            world.now += ROUND
            # Some rounds are let through: what piles up makes the next one longer, and so ever likelier to be killed.
            moment = None if rng.random() < LET_THROUGH else rng.uniform(0, whole * 2)
            kills += _run(context, config, world.now, moment) < 0
        world.now += timedelta(days=1)
        for _ in range(3):  # a delivery left in doubt comes back after a quarter of an hour
            world.now += timedelta(minutes=30)
            assert _run(context, config, world.now, None) > 0
    _everything_is_there_once(tmp_path, world, mailbox)


def _run(
    context: multiprocessing.context.ForkServerContext, config: Path, now: datetime, kill_after: float | None
) -> float:
    """Runs one round; seconds that it took, or -1 when it was killed on the way."""
    process = context.Process(target=work, args=(str(config), now.isoformat()))
    started = time.perf_counter()
    process.start()
    process.join(kill_after)
    if process.is_alive():
        with suppress(ProcessLookupError):
            os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    took, code = time.perf_counter() - started, process.exitcode
    process.close()
    assert code in {0, -signal.SIGKILL}, f"a round ended with {code}"
    return took if code == 0 else -1


def _everything_is_there_once(folder: Path, world: World, mailbox: Mailbox) -> None:
    store = open_store(folder / "heard.db")
    try:
        assert store.integrity_check() == ()
        mentions = list(store.mentions())
        assert all(isinstance(mention, ScoredMention) for mention in mentions), "everything is scored"
        parts = Counter(mention.mention.item.title for mention in mentions if isinstance(mention, ScoredMention))
        expected = {f"Velvet Crumb, part {number}" for number in range(world.count())}
        assert set(parts) == expected, "no mention is lost"
        assert set(parts.values()) == {1}, "no mention is doubled"
        digests = store.digests(10_000)
        assert digests
        windows = [digest.window.start for digest, _ in digests]
        assert len(windows) == len(set(windows)), "one digest row a window"
        told = Counter(mention for digest, _ in digests for mention in digest.mentions)
        assert set(told.values()) <= {1}, "no mention is told twice"
        wanted = {(digest.id, to) for digest, _ in digests for to in ("pr@desk.example", "boss@desk.example")}
        assert {row.state for _, rows in digests for row in rows} == {DeliveryState.SENT}, "no delivery is lost"
        assert {len(rows) for _, rows in digests} == {3}, "one delivery row a recipient"
    finally:
        store.close()
    arrived = Counter(
        (str(message["Message-ID"]).strip("<>").partition("@")[0], to[0])
        for message, (_, to, _) in zip(mailbox.messages, mailbox.envelopes, strict=True)
    )
    assert set(arrived) == wanted, "every letter arrived, each with its digest's own Message-ID"
    assert len({*(folder / "digests").glob("*.html")}) == len(digests)
