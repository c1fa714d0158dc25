"""``heard run`` as a process: it listens, tells, and stops when asked."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.desk import Desk, stories
from tests.support.feedserver import FeedServer, Reply
from tests.support.running import PATIENCE, Running
from tests.support.webserver import Client


def test_it_polls_tells_and_stops(desk: Desk) -> None:
    bot = Running(desk)
    bot.wait_for(lambda: bool(bot.said("poll source=blogs")))
    address = bot.said("web listening on ")[0].partition(" on ")[2].strip()
    assert Client(address).get("/healthz/ready").status == 200
    code, took = bot.stop()
    assert (code, took < 10) == (0, True), "".join(bot.lines)
    assert bot.said("http method=GET path=/healthz/ready status=200")
    assert bot.said("web stopped")
    assert len(bot.said("poll source=blogs")) == 1, "one line a poll"
    (line,) = bot.said("poll source=blogs")
    assert "state=ok" in line
    assert "fetched=6 matched=5 new=5" in line
    assert bot.said("start config=")
    assert bot.said("received SIGTERM")
    assert bot.said("stopped")
    assert not bot.said("Traceback")
    rows = desk.heard("mentions", "--json").rows
    assert len(rows) == 5
    assert desk.heard("digest", "list").out.startswith("No digest"), "a fresh installation owes nothing for yesterday"


@pytest.mark.full
def test_a_digest_that_is_due_is_written_and_delivered(desk: Desk) -> None:
    """The feed's stories are of yesterday, so that yesterday counts as looked at, and its digest as owed."""
    assert desk.heard("collect").code == 0
    desk.heard("digest", "send", "pr-daily", "--date", "2020-01-01")
    bot = Running(desk)
    bot.wait_for(lambda: bool(bot.said("delivery digest=")))
    assert bot.stop(signal.SIGINT)[0] == 0
    (line,) = bot.said("channel=folder")
    assert "state=sent" in line
    assert {file.suffix for file in (desk.folder / "digests").glob("pr-daily-2*")} == {".html", ".txt", ".json"}
    told = [row["report"] for row in desk.heard("digest", "list", "--json").rows]
    assert told.count("pr-daily") == 2


def test_a_page_in_hand_is_finished_and_kept(desk: Desk, server: FeedServer) -> None:
    begun = threading.Event()

    def slowly() -> Iterator[bytes]:
        body = stories().encode()
        begun.set()
        for part in (body[: len(body) // 2], body[len(body) // 2 :]):
            yield part
            time.sleep(1.5)

    server.add("/slow.xml", Reply(body=slowly()))
    desk.write(re.sub(r"feeds = \[.*\]", f'feeds = ["{server.url("/slow.xml")}"]', desk.config.read_text()))
    bot = Running(desk)
    bot.wait_for(begun.is_set)
    code, took = bot.stop()
    assert (code, took < 10) == (0, True), "".join(bot.lines)
    assert bot.said("state=ok")
    assert len(desk.heard("mentions", "--json").rows) == 5


def test_a_wrong_configuration_stops_it_at_once_with_2(desk: Desk) -> None:
    desk.write("[heard]\ntimezon = 'UTC'\n")
    said = desk.heard("run")
    assert (said.code, "did you mean 'timezone'" in said.err) == (2, True)


@pytest.mark.full
def test_one_source_or_channel_that_cannot_be_built_stops_it_at_once_with_2(desk: Desk) -> None:
    whole = desk.config.read_text()
    token = '[[source]]\nid = "x"\nconnector = "twitter"\nbearer_token_env = "HEARD_TEST_NO_TOKEN"\n'
    mail = (
        '[[channel]]\nid = "mail"\nkind = "email"\nhost = "smtp.example.org"\nusername = "u"\n'
        'password_env = "HEARD_TEST_NO_PASSWORD"\nfrom = "a@example.org"\nto = ["b@example.org"]\n'
    )
    for part, missing in ((token, "'x': bearer_token_env"), (mail, "'mail': password_env")):
        desk.write(whole + part)
        process = desk.start("--config", str(desk.config), "run")
        _, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, missing in err) == (2, True), err
        assert "poll source" not in err
