"""kill -9 at every statement of delivering, where a channel refuses and another one takes over."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.digest.sending.deliver import Forms, deliver
from bot.digest.sending.publish import Draft, publish
from bot.errors import DeliveryError
from bot.model import Audience, DeliveryState, Digest, Letter, Report, Window
from bot.store.sqlite import SqliteStore, open_store
from tests.support.counts import FULL
from tests.support.database import empty_database

WINDOW = Window(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC), "Europe/Berlin")
NOW = WINDOW.end + timedelta(hours=8)
HOUR = timedelta(hours=1)
STEP = 1 if FULL else 29
PAIRS = [("mail", "ada@example.org"), ("mail", "ben@example.org"), ("chat", "#pr")]


@dataclass
class Server:
    """A far side that outlives whoever sends: what it accepted stands in a file, a line a letter."""

    accepted: Path
    recipients: tuple[str, ...]
    refuses: str = ""

    def send(self, letter: Letter) -> None:
        if letter.recipient == self.refuses:
            raise DeliveryError("550 no such user", retry=False)
        with self.accepted.open("a", encoding="utf-8") as file:
            file.write(f"{letter.recipient} {letter.key}\n")


def forms(_digest: Digest, _recipient: str) -> Forms:
    return Forms("text", "<p>html</p>", "{}")


def send_all(folder: Path, store: SqliteStore, now: datetime) -> None:
    ways = {
        "mail": Server(folder / "accepted", ("ada@example.org", "ben@example.org"), refuses="ada@example.org"),
        "chat": Server(folder / "accepted", ("#pr",)),
        "folder": Server(folder / "accepted", ("digests",)),
    }
    deliver(store, ways, forms, ManualClock(now), otherwise={"mail": "folder"})


def send_and_die(folder: str, statements: int) -> None:
    """Delivers what is due; the process ends itself before its ``statements``-th statement."""
    store, left = open_store(Path(folder, "heard.db")), [statements]

    def count(_statement: str) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    store._connections.database().conn.set_trace_callback(count)
    send_all(Path(folder), store, NOW)
    store.close()


def filled(folder: Path) -> Path:
    """A database with one digest that is due to three recipients."""
    folder.mkdir()
    store = open_store(empty_database(folder))
    draft = Draft({"subject_line": "Loved on 3 blogs"})
    publish(store, Report("pr", Audience.PR), WINDOW, compose=lambda: draft, recipients=PAIRS, now=NOW)
    store.close()
    return folder / "heard.db"


def test_everybody_is_reached_and_only_a_death_in_the_act_repeats(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    made, killed, repeated = filled(tmp_path / "made"), 0, 0
    for statements in range(1, 400, STEP):
        folder = tmp_path / str(statements)
        folder.mkdir()
        shutil.copy(made, folder / "heard.db")
        process = context.Process(target=send_and_die, args=(str(folder), statements))
        process.start()
        process.join()
        assert process.exitcode in {0, -signal.SIGKILL}
        store = open_store(folder / "heard.db")
        for hours in (1, 2, 3):
            send_all(folder, store, NOW + hours * HOUR)
        ((digest, deliveries),) = store.digests(9)
        assert [(one.channel, one.recipient, one.state) for one in deliveries] == [
            ("chat", "#pr", DeliveryState.SENT),
            ("folder", "digests", DeliveryState.SENT),
            ("mail", "ada@example.org", DeliveryState.FAILED),
            ("mail", "ben@example.org", DeliveryState.SENT),
        ]
        lines = (folder / "accepted").read_text("utf-8").splitlines()
        assert set(lines) == {f"{to} {digest.id}" for to in ("#pr", "digests", "ben@example.org")}
        assert len(lines) <= 3 + (process.exitcode != 0), "one that was in hand may come twice, no other"
        assert all(store.attempts(digest.id)[one.id] for one in deliveries)
        assert store.integrity_check() == ()
        store.close()
        repeated += len(lines) > 3
        if process.exitcode == 0:
            break
        killed += 1
    assert killed > 60 / STEP, "it was killed on the way"
    if FULL:
        assert repeated, "once it was in the act"


def test_two_processes_that_deliver_at_once_send_each_letter_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    folder = tmp_path / "both"
    filled(folder)
    processes = [context.Process(target=send_and_die, args=(str(folder), 10_000)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    lines = (folder / "accepted").read_text("utf-8").splitlines()
    assert sorted(line.split()[0] for line in lines) == ["#pr", "ben@example.org", "digests"]
