"""SIGHUP: the configuration is read anew while the bot goes on listening and serving."""

from __future__ import annotations

import logging
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from bot.cli.run import reread
from bot.scheduler import Runner
from bot.web.server import Beside, address_of, bind
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.desk import Desk, serve_stories, stories
from tests.support.feedserver import FeedServer, Reply
from tests.support.running import Running
from tests.support.webserver import Client
from tests.test_scheduler import OFTEN, wait_for

LIMIT = 20


class Visitor:
    """Somebody who asks the pages for something without a pause, from another thread."""

    def __init__(self, address: str) -> None:
        self.statuses: list[int] = []
        self._client = Client(address)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        while not self._stop.is_set():
            self.statuses.append(self._client.get("/healthz/ready").status)
            self._stop.wait(0.05)

    def leave(self) -> None:
        self._stop.set()
        self._thread.join()


HANGS_UP = """
import os, signal, sys
def look(event, told):
    if event == "open" and os.path.basename(str(told[0])).startswith(sys.argv[1] + ".") and "cli" in str(told[0]):
        os.kill(os.getpid(), signal.SIGHUP)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.addaudithook(look)
from bot.cli import main
main(sys.argv[1:])
"""
"""Sends itself a SIGHUP before the command's own module is there, let alone a handler."""


@pytest.mark.parametrize(
    ("command", "code"), [("web", 2), ("mentions", -signal.SIGHUP), ("worker", 2)][: None if FULL else 2]
)
def test_a_hangup_during_the_start_ends_no_command_that_serves(command: str, code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS_UP, command, "--config", "/nowhere/heard.toml"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == code, ended.stderr
    assert ("/nowhere/heard.toml" in ended.stderr) == (code == 2), "what the start failed for is what is told"


@pytest.mark.full
def test_the_configuration_is_read_anew_and_nothing_is_lost_or_turned_away(desk: Desk, server: FeedServer) -> None:
    """A page is in hand during it all: a feed that is slow to end."""
    go_on = threading.Event()

    def slowly() -> Iterator[bytes]:
        body = stories().encode()
        yield body[:100]
        go_on.wait(60)
        yield body[100:]

    slow = server.add("/slow.xml", Reply(body=slowly()))
    other = serve_stories(server)
    before = re.sub(r"feeds = \[.*\]", f'feeds = ["{slow}"]', desk.config.read_text())
    desk.write(before)
    bot = Running(desk)
    visitor = None
    try:
        bot.wait_for(lambda: bool(server.asked("/slow.xml") and bot.said("web listening on ")))
        visitor = Visitor(bot.said("web listening on ")[0].partition(" on ")[2].strip())

        desk.write(before + "\n[[digest]]\nid = 'x'\naudiense = 'pr'\n")
        bot.process.send_signal(signal.SIGHUP)
        bot.wait_for(lambda: bool(bot.said("not reloaded, going on with the one before")))
        (line,) = bot.said("not reloaded")
        assert str(desk.config) in line
        assert "audiense" in line

        more = f'\n[[source]]\nid = "more"\nconnector = "rss"\nfeeds = ["{other}"]\n[log]\nformat = "json"\n'
        desk.write(before.replace("[heard]", '[heard]\ndatabase = "sqlite:///other.db"') + more)
        bot.process.send_signal(signal.SIGHUP)
        bot.wait_for(lambda: bool(bot.said("configuration reloaded")))
        assert bot.said("[heard] database stays as it was until Heard is started anew")
        go_on.set()
        bot.wait_for(lambda: bool(bot.said("source=blogs") and bot.said("source=more")))
        assert '"event": "poll"' in bot.said("source=more")[0], "the new form of the log"
    finally:
        go_on.set()
        if visitor is not None:
            visitor.leave()
        code, _ = bot.stop()
    assert code == 0, "".join(bot.lines)
    assert set(visitor.statuses) == {200}
    assert "fetched=6 matched=5" in bot.said("source=blogs")[0], "the page in hand was finished"
    assert not (desk.folder / "other.db").exists()
    assert not bot.said("Traceback")


def test_hangups_in_a_row_half_written_files_among_them_lose_no_page(
    desk: Desk, server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The source whose page is in hand is taken out meanwhile, and others come, go and change their names."""
    caplog.set_level(logging.INFO, logger="heard")  # set back at the end, as what is read anew shows its log
    go_on = threading.Event()

    def slowly() -> Iterator[bytes]:
        body = stories().encode()
        yield body[:100]
        go_on.wait(LIMIT)
        yield body[100:]

    slow, other = server.add("/slow.xml", Reply(body=slowly())), serve_stories(server)
    first = re.sub(r"feeds = \[.*\]", f'feeds = ["{slow}"]', desk.config.read_text())
    desk.write(first)
    app = App(load_settings(desk.config))
    app.prepare()
    listening = bind(app.settings)
    web = Beside(app, listening, ended=lambda: None)

    def renewed(holds: App) -> App:
        new = reread(holds)
        web.serve_from_now_on(new)
        return new

    runner = Runner(app, every=OFTEN | dict.fromkeys(("keep", "follow", "learn", "alarm"), 60), reread=renewed)
    ended: list[tuple[str, ...]] = []
    thread = threading.Thread(target=lambda: ended.append(runner.run_until_stopped(signals=False)))
    web.start()
    thread.start()
    try:
        wait_for(lambda: bool(server.asked("/slow.xml")))
        visitor = Visitor(address_of(listening))
        second = first.replace('id = "blogs"', 'id = "papers"').replace(slow, other).replace('"crumb"', '"crumbs"')
        for text in (first[: len(first) // 2 + 7], second, "", first + "[[", second) * (2 if FULL else 1):
            desk.config.write_text(text)
            told = caplog.text.count("reloaded")
            runner._on_signal(signal.SIGHUP, None)
            wait_for(lambda told=told: caplog.text.count("reloaded") > told)  # type: ignore[misc]
        assert "poll source=blogs" not in caplog.text, "its page is in hand yet"
        go_on.set()
        wait_for(lambda: all(f"poll source={name} feed=" in caplog.text for name in ("blogs", "papers")))
        visitor.leave()
    finally:
        go_on.set()
        runner._on_signal(signal.SIGHUP, None)  # and one more, with the end behind it
        runner.stop()
        thread.join(LIMIT)
        web.stop()
        app.close()
    assert ended == [()]
    assert set(visitor.statuses) == {200}
    assert re.search(r"poll source=blogs .*fetched=6 matched=5", caplog.text), "the page in hand was finished"
    assert "bug" not in caplog.text
