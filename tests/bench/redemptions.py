"""Redemptions a second: over HTTP from eight callers, in process, and beside what the database itself can write.

Each redemption is on the disk before it is answered (``synchronous = FULL``). The peer is the same disk and the same
SQLite with nothing around it: one row inserted and committed a time, one writer.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sqlite3
import statistics
import tempfile
import threading
import time
from itertools import count
from pathlib import Path

from bot.model import Claim
from tests.bench.row import Row
from tests.support.webserver import CONFIG, PHRASE, Client, forked, new_key

CALLERS, REDEMPTIONS, INSERTS = 8, 1_500, 1_500
PEER = "the database's own durable inserts"


def rows(options: argparse.Namespace) -> list[Row]:
    """Medians of the runs; each figure beside the database's own limit in the same run."""
    runs = max(1, min(options.runs, 3))
    found: dict[str, list[tuple[float, float]]] = {}
    own: list[float] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            own.append(_inserts(Path(folder)))
            for processes in (1, 2):
                with forked(Path(folder), processes, text=CONFIG) as (app, address):
                    client = Client(address, new_key(app))
                    _over_http(client, 200)
                    name = f"redeem over HTTP, {processes} process{'es' if processes > 1 else ''}"
                    found.setdefault(name, []).append(_over_http(client, REDEMPTIONS))
                    if processes == 1:
                        found.setdefault("redeem in process, one caller", []).append(_in_process(app.counting.redeem))
    limit = statistics.median(own)
    shown: list[Row] = []
    for name, figures in found.items():
        speed = statistics.median(speed for speed, _ in figures)
        ratio = statistics.median(speed / own[run] for run, (speed, _) in enumerate(figures))
        shown.append(Row(name, speed, "redemptions/s", PEER, limit, ratio))
        shown.append(Row(f"{name}: 95th percentile", statistics.median(late for _, late in figures), "ms"))
    return shown


def _inserts(folder: Path) -> float:
    database = sqlite3.connect(folder / "limit.db", isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, at TEXT, code TEXT)")
        begun = time.perf_counter()
        for number in range(INSERTS):
            database.execute(
                "INSERT INTO events (id, at, code) VALUES (?, ?, ?)", (f"r_{number}", "2026-03-02", PHRASE)
            )
        return INSERTS / (time.perf_counter() - begun)
    finally:
        database.close()


def _in_process(redeem: object) -> tuple[float, float]:
    """Redemptions a second, and the 95th percentile in milliseconds."""
    took: list[float] = []
    for _ in range(REDEMPTIONS):
        begun = time.perf_counter()
        assert redeem(Claim(PHRASE)).redeemed  # type: ignore[operator]
        took.append(time.perf_counter() - begun)
    return REDEMPTIONS / sum(took), _late(took)


def _over_http(client: Client, number: int) -> tuple[float, float]:
    """The same from callers that each keep a connection open."""
    took: list[float] = []
    numbers = count()

    def call() -> None:
        connection = http.client.HTTPConnection(client.host, client.port, timeout=60)
        body = json.dumps({"code": PHRASE}).encode()
        headers = {"Authorization": f"Bearer {client.key}", "Content-Type": "application/json"}
        while next(numbers) < number:
            begun = time.perf_counter()
            connection.request("POST", "/api/v1/redemptions", body, headers)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - begun)
            assert answer.status == 201
        connection.close()

    callers = [threading.Thread(target=call) for _ in range(CALLERS)]
    begun = time.perf_counter()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return len(took) / (time.perf_counter() - begun), _late(took)


def _late(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1] * 1000
