"""kill -9 at every statement between a poll that breaks a source and the notice of it: told once, and only once."""

from __future__ import annotations

import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.digest.notices.sources import Desk, announce_due
from bot.errors import AccessDenied
from bot.listen.polling import after_error
from bot.model import PollReport, Target
from bot.store.sqlite import open_store
from tests.support.counts import FULL

NOW = datetime(2026, 3, 10, 4, 10, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BLOG = Target("blog")
DESK = Desk({"blog": "Blog"}, [("mail", "ops@example.org")], "UTC")
STEP = 1 if FULL else 6


def break_and_tell(path: str, statements: int) -> None:
    """A poll that is refused, and the notice of it; the process ends itself before its ``statements``-th statement."""
    store = open_store(Path(path))
    left = [statements]

    def count(_statement: str) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    store._connections.database().conn.set_trace_callback(count)
    state = store.lease(BLOG, "child", NOW, NOW + HOUR)
    assert state is not None
    after = after_error(state, AccessDenied("403"), NOW, HOUR)
    store.finish_poll(PollReport(BLOG, NOW, after.state), after, (), owner="child")
    announce_due(store, DESK, NOW + MINUTE)
    store.close()


def test_a_notice_is_told_once_wherever_its_process_is_killed(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    killed = 0
    for statements in range(1, 200, STEP):
        path = tmp_path / f"{statements}.db"
        store = open_store(path)
        store.add_targets([BLOG], NOW)
        process = context.Process(target=break_and_tell, args=(str(path), statements))
        process.start()
        process.join()
        assert process.exitcode in {0, -signal.SIGKILL}
        broken = bool(store.incidents())
        for minutes in (2, 3):
            announce_due(store, DESK, NOW + minutes * MINUTE)
        told = store.notices(9)
        assert len(told) == broken, "once, if the poll that broke it was written"
        assert all(len(deliveries) == 1 for _, deliveries in told)
        assert store.integrity_check() == ()
        store.close()
        if process.exitcode == 0:
            break
        killed += 1
    assert killed > 20 / STEP, "it was killed on the way"
    assert broken
