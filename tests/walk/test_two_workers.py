"""Two workers, processes of their own, on one PostgreSQL database: each page, digest, letter and alarm once."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import psycopg
import pytest

from tests.support import postgres
from tests.support.desk import Desk, feeds_config, stories, yesterday
from tests.support.feedserver import FeedServer, Reply, Request, entry, rss
from tests.support.smtp import Mailbox, smtp_server

pytestmark = pytest.mark.postgres
FEEDS = 6
PATIENCE = 90.0
EARLIER = b"""
UPDATE polls
SET started_at = to_char((now() AT TIME ZONE 'Europe/Berlin') - interval '1 day', 'YYYY-MM-DD"T02:00:00.000000Z"')
WHERE id = (SELECT MIN(id) FROM polls)
"""
MAIL = """
[[channel]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {port}
security = "none"
from = "heard@example.org"
to = ["reader@example.org", "second@example.org"]

[[alert]]
id = "against"
kind = "contrary-message"
channels = ["mail"]
"""


@pytest.fixture
def address() -> Iterator[str]:
    made = postgres.blank_database()
    yield made
    postgres.drop(made)


def slow(body: str) -> Callable[[Request], Reply]:
    """An answer that takes a moment, so that both workers stand in front of the same feed."""

    def answer(_request: Request) -> Reply:
        time.sleep(0.1)
        return Reply(body=body)

    return answer


def wait(happened: Callable[[], bool], *processes: Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not come to that"
        assert all(process.poll() is None for process in processes), "a worker ended"
        time.sleep(0.1)


def rows(address: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address) as db:
        return db.execute(sql.encode()).fetchall()


@pytest.mark.timeout(240)
def test_two_workers_do_everything_once_and_one_goes_on_when_the_other_is_killed(tmp_path: Path, address: str):
    with FeedServer() as server, smtp_server(Mailbox()) as mailbox, ExitStack() as ending:
        paths = [f"/{number}.xml" for number in range(FEEDS)]
        one = [
            rss(
                entry(
                    f"Velvet Crumb praised, part {path}", guid=path, link=f"https://p.example{path}", date=yesterday()
                )
            )
            for path in paths[1:]
        ]
        feeds = [server.add(path, slow(body)) for path, body in zip(paths, [stories(), *one], strict=True)]
        desk = Desk(tmp_path)
        config = feeds_config(*feeds).replace("[heard]", f'[heard]\ndatabase = "{address}"', 1)
        config = config.replace('channels = ["folder"]', 'channels = ["folder", "mail"]')
        desk.write(config + MAIL.format(port=mailbox.port))
        log = ending.enter_context((tmp_path / "log").open("w"))
        first, second = (desk.start("--config", str(desk.config), "-v", "worker", stdout=log, stderr=log) for _ in "ab")
        for process in (first, second):
            ending.callback(process.wait)
            ending.callback(process.kill)
        wait(lambda: all(server.asked(path) for path in paths), first, second)
        wait(lambda: rows(address, "SELECT COUNT(*) FROM polls") == [(FEEDS,)], first, second)
        with psycopg.connect(address) as db:  # as if they had been there yesterday already, when the digests' day began
            db.execute(EARLIER)
        wait(lambda: rows(address, "SELECT COUNT(*) FROM digests")[0][0] == 2, first, second)
        waiting = "SELECT COUNT(*) FROM deliveries WHERE state <> 'sent'"
        wait(lambda: rows(address, waiting) == [(0,)] and len(mailbox.envelopes) >= 4, first, second)
        first.send_signal(signal.SIGKILL)
        first.wait()
        due = "UPDATE targets SET next_poll_at = '2020-01-01T00:00:00.000000Z', lease_until = NULL, lease_owner = NULL"
        with psycopg.connect(address) as db:
            db.execute(due.encode())
        wait(lambda: all(len(server.asked(path)) == 2 for path in paths), second)
        wait(lambda: rows(address, "SELECT COUNT(*) FROM polls") == [(2 * FEEDS,)], second)
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=30) == 0
        said = (tmp_path / "log").read_text()
        assert "Traceback" not in said, said
        letters = Counter((str(letter["Message-ID"]), str(letter["To"])) for letter in mailbox.messages)
        assert set(letters.values()) == {1}, "each letter went out once"
        assert Counter(rows(address, "SELECT report, COUNT(*) FROM digests GROUP BY report")) == {
            ("pr-daily", 1): 1,
            ("community-daily", 1): 1,
        }
        assert (
            rows(address, "SELECT rule, subject, event FROM alerts GROUP BY rule, subject, event HAVING COUNT(*) > 1")
            == []
        )
        assert rows(address, "SELECT COUNT(*) - COUNT(DISTINCT key) FROM items") == [(0,)]
        assert len(list((tmp_path / "digests").glob("*.html"))) == 2
