"""``heard web`` as a process of its own, and a port that is taken."""

from __future__ import annotations

import http.client
import os
import re
import signal
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.web.server import address_of, bind
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.desk import Desk
from tests.support.webserver import PATIENCE, PHRASE, Client, new_key, processes, wait_for_address


class Visitor:
    """Somebody who asks for something again and again, from another thread: after a moment's hesitation, once they are
    connected, or over one connection for as long as the server keeps it (``stays``).
    """

    def __init__(self, address: str, *, hesitates: float = 0, stays: bool = False) -> None:
        self.statuses: list[int | str] = []
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE)
        self._hesitates, self._stays = hesitates, stays
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        while not self._stop.wait(0.05):
            try:
                if self._connection.sock is None:
                    self._connection.connect()
                time.sleep(self._hesitates)
                self._connection.request("GET", "/healthz/live")
                answer = self._connection.getresponse()
                answer.read()
                self.statuses.append(answer.status)
            except (OSError, http.client.HTTPException) as error:
                self.statuses.append(repr(error))
                self._connection.close()
            if not self._stays:
                self._connection.close()

    def leave(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        self._connection.close()


def test_it_serves_until_it_is_stopped(desk: Desk) -> None:
    key = desk.heard("keys", "create", "--scope", "redeem", "--json").rows[0]["key"]
    process = desk.start("--config", str(desk.config), "web")
    client = Client(wait_for_address(process), key)
    assert client.redeem("the moon is made of ganache").status == 201
    asked = time.monotonic()
    process.terminate()
    assert process.wait(timeout=PATIENCE) == 0
    assert time.monotonic() - asked < 10
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.skipif(not FULL, reason="several processes take long to start; HEARD_FULL=1 tries it")
def test_a_process_that_dies_is_replaced_and_all_end_together(tmp_path: Path) -> None:
    with processes(tmp_path, 2) as (app, address, supervisor):
        client = Client(address, new_key(app))
        assert client.redeem(PHRASE).status == 201
        workers = workers_of(supervisor.pid)
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        assert client.redeem(PHRASE, key="after").status == 201
        soon = time.monotonic() + 5
        while len(set(workers_of(supervisor.pid)) - {workers[0]}) < 2 and time.monotonic() < soon:
            time.sleep(0.1)
        assert len(set(workers_of(supervisor.pid)) - {workers[0]}) == 2, "another took its place"
        asked = time.monotonic()
        supervisor.terminate()
        assert supervisor.wait(timeout=PATIENCE) == 0
        assert time.monotonic() - asked < 15


@pytest.mark.skipif(not FULL, reason="several processes take long to start; HEARD_FULL=1 tries it")
def test_no_process_stays_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    with processes(tmp_path, 2) as (_, address, supervisor):
        workers = workers_of(supervisor.pid)
        supervisor.kill()
        supervisor.wait(timeout=PATIENCE)
        soon = time.monotonic() + 15
        while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < soon:
            time.sleep(0.1)
        with pytest.raises(ConnectionRefusedError):
            Client(address).get("/healthz/live")


@pytest.mark.skipif(not FULL, reason="several processes take long to start; HEARD_FULL=1 tries it")
def test_a_hangup_puts_other_processes_in_their_places_and_all_count_on_together(tmp_path: Path) -> None:
    with processes(tmp_path, 2) as (app, address, supervisor), ExitStack() as leaving:
        visitors = [Visitor(address), Visitor(address, hesitates=0.05), Visitor(address, stays=True)]
        for visitor in visitors:
            leaving.callback(visitor.leave)
        client, statuses = Client(address, new_key(app)), set()
        claims = [client.redeem(PHRASE, key=f"claim {number}").status for number in range(6)]
        assert set(claims) == {201}
        before = set(workers_of(supervisor.pid))
        assert {redeemed(client) for _ in range(8)} == {6}, "whichever process is asked"

        config = tmp_path / "heard.toml"
        text = config.read_text(encoding="utf-8")
        config.write_text(text + "\n[[offer]]\nid = 'half", encoding="utf-8")
        supervisor.send_signal(signal.SIGHUP)
        time.sleep(4)
        assert set(workers_of(supervisor.pid)) == before, "a half-written file changes nothing"

        config.write_text(text.replace('name = "Free truffle"', 'name = "Free lunch"'), encoding="utf-8")
        for _in_a_row in range(3):
            supervisor.send_signal(signal.SIGHUP)
        soon = time.monotonic() + PATIENCE
        while set(workers_of(supervisor.pid)) & before or len(workers_of(supervisor.pid)) != 2:
            statuses.add(client.get("/healthz/live").status)
            assert time.monotonic() < soon
        for _again in range(8):
            statuses.add(client.get("/healthz/ready").status)
        for visitor in visitors:
            visitor.leave()
        assert statuses == {200}, "nobody was turned away"
        assert [set(visitor.statuses) for visitor in visitors] == [{200}] * 3, "nor did anybody's connection break"
        assert client.redeem(PHRASE, key="after").status == 201
        assert {redeemed(client) for _ in range(8)} == {7}, "what those counted that have ended stays counted"
        supervisor.send_signal(signal.SIGHUP)
        supervisor.terminate()
        assert supervisor.wait(timeout=PATIENCE) == 0, "a reload and the end at once"


def redeemed(client: Client) -> int:
    """Claims that were redeemed, as the metrics have it."""
    families = text_string_to_metric_families(client.get("/metrics").body.decode())
    samples = (sample for family in families for sample in family.samples)
    return round(
        sum(
            one.value for one in samples if one.name == "heard_redemptions_total" and one.labels["result"] == "redeemed"
        )
    )


def workers_of(supervisor: int) -> list[int]:
    """The processes that serve."""
    children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.parametrize("command", ["run", "web"])
def test_a_port_that_is_taken_ends_the_command_with_2_before_anything_begins(desk: Desk, command: str) -> None:
    taken = bind(load_settings(desk.config))
    try:
        port = address_of(taken).rpartition(":")[2]
        desk.write(desk.config.read_text(encoding="utf-8").replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        said = desk.heard(command)
    finally:
        taken.close()
    assert said.code == 2
    assert re.search(rf"listen = '127\.0\.0\.1:{port}': Address already in use", said.err)
    assert "poll source" not in said.err
    assert desk.heard("mentions", "--json").rows == []
