"""An archive of millions on both stores: what a poll, a digest, a page, an erasure and the upkeep take, and what it weighs.

``HEARD_BENCH_MILLIONS`` mentions (5,000,000) of 2,500 a day, one store after the other; some 20 GB in ``TMPDIR`` for each.
``HEARD_BENCH_STORES`` names one store, ``HEARD_BENCH_POSTGRES`` the empty database of a server that runs already.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bot.model.keeping import Cause
from bot.store.verbs import HeardStore
from bot.web.metrics import Metrics
from bot.wiring.tell.evidence import Wanted
from tests.bench.archive import POSTGRES, REPORTS, Archive, archive
from tests.bench.growth import NEW, STORES, collect
from tests.bench.row import Row
from tests.bench.servers import Meter, Spent, databases
from tests.support.services import postgres_tool

SIZE = int(os.environ.get("HEARD_BENCH_MILLIONS", "5000000"))
A_DAY = 2_500
ERASED = 25
"""Items of one erasure."""
WRITES = 500
"""Writes of one writer, to see how many transactions of writers a second there are."""
WEIGHED = {
    True: "SELECT relname AS name, pg_table_size(oid) AS bytes, pg_indexes_size(oid) AS indexes FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = CAST(current_schema() AS regnamespace) ORDER BY pg_total_relation_size(oid) DESC LIMIT 4",
    False: "SELECT m.tbl_name AS name, SUM(CASE WHEN m.type = 'table' THEN d.pgsize ELSE 0 END) AS bytes, "
    "SUM(CASE WHEN m.type = 'index' THEN d.pgsize ELSE 0 END) AS indexes FROM dbstat d JOIN sqlite_master m ON m.name = d.name "
    "WHERE d.aggregate = 1 GROUP BY m.tbl_name ORDER BY SUM(d.pgsize) DESC LIMIT 4",
}


def rows(options: argparse.Namespace) -> list[Row]:
    """Every figure by store; seconds of processor stand beside those on the wall."""
    found: list[Row] = []
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    with databases(*STORES) as there:
        for store, database in there:
            with (
                tempfile.TemporaryDirectory() as folder,
                archive(Path(folder), yesterday, database, a_day=A_DAY) as grown,
            ):
                built = Meter(grown.plain.store)(lambda: grown.grow(SIZE, searched=True))
                found.append(Row(f"{store}: build the archive", built.wall, "s", "processor", built.processor))
                found += [
                    row._replace(name=f"{store}: {row.name}") for row in measured(grown, Path(folder), options.runs)
                ]
    return found


def measured(grown: Archive, folder: Path, runs: int) -> Iterator[Row]:
    """What is done again and again, and what the archive weighs."""
    works, meter = _works(grown), Meter(grown.plain.store)
    spent: dict[str, list[Spent]] = {name: [] for name in works}
    for _ in range(runs + 1):
        for name, work in works.items():  # in turns: what was kept is then scored
            spent[name].append(meter(work))
    for name, found in spent.items():
        wall, processor = (1000 * median(figures) for figures in zip(*found[1:], strict=True))
        yield Row(name, wall, "ms", "processor", processor)
    for writers in (1, 4):
        yield Row(f"transactions of {writers} writers", _writes(grown, writers), "a second")
    yield from _weights(grown, folder)


def _works(grown: Archive) -> dict[str, Callable[[], object]]:
    heard, now = grown.plain, grown.clock.now()
    composed = {}
    for name in REPORTS:
        desk = grown.desk(name)
        report, window = desk.telling.window(name, grown.start.date())
        composed[f"digest for {name}"] = lambda desk=desk, report=report, window=window: desk.telling.compose(
            report, window
        )
    keys = iter(_keys(grown, 100 * ERASED))

    def published() -> None:
        grown.publish(NEW)
        grown.clock.advance(timedelta(hours=1))
        collect(grown)

    return {
        f"keep {NEW} new items": published,
        f"score {NEW} items": lambda: heard.listening.score(),  # noqa: PLW0108 read anew
        **composed,
        "page of evidence": lambda: heard.evidence.list(Wanted(subject="crumb")),
        "page of what was against": lambda: heard.evidence.list(Wanted(subject="crumb", tone="negative")),
        "look of the alarm": lambda: grown.aiming.alarms.look(),  # noqa: PLW0108 read anew
        f"erase {ERASED} items": lambda: heard.store.forget_items(
            [next(keys) for _ in range(ERASED)], cause=Cause.UPSTREAM, noticed_at=now, now=now
        ),
        "due re-checks": lambda: heard.store.due_rechecks("rss", now, now + timedelta(days=3650), 100),
        "scrape of /metrics": lambda: Metrics(grown.aiming).exposed(""),
    }


def _keys(grown: Archive, number: int) -> list[str]:
    with grown.plain.store._read() as db:
        asked = "SELECT key FROM items WHERE collected_at < :before AND removed = 0 ORDER BY collected_at DESC, id LIMIT :number"
        before = (grown.start - timedelta(days=90)).isoformat()
        return [str(row["key"]) for row in db.execute(asked, {"before": before, "number": number}).fetchall()]


def _writes(grown: Archive, writers: int) -> float:
    """Transactions a second of so many threads that all write."""
    store = grown.plain.store
    began = threading.Barrier(writers + 1)

    def write() -> None:
        _write(store)
        began.wait()
        for _ in range(WRITES):
            _write(store)

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()

    def all_of_them() -> None:
        began.wait()
        for thread in threads:
            thread.join()

    return writers * WRITES / Meter(store)(all_of_them).wall


def _write(store: HeardStore) -> None:
    with store._write(durable=True) as db:
        db.execute("UPDATE coverage SET end_at = end_at || ''", {})


def _weights(grown: Archive, folder: Path) -> Iterator[Row]:
    store = grown.plain.store
    is_postgres = store.path.startswith(POSTGRES)
    yield Row("database", (store.size() or 0) / 1e9, "GB")
    with store._read() as db:
        for row in db.execute(WEIGHED[is_postgres], {}).fetchall():
            yield Row(f"bytes of {row['name']}, a mention", row["bytes"] / SIZE, "B", "indexes", row["indexes"] / SIZE)
    copy = folder / "copy"
    if is_postgres:
        words = [postgres_tool("pg_dump"), "--format=custom", "--file", str(copy), grown.database]
        spent = Meter(store)(lambda: subprocess.run(words, check=True))
    elif shutil.disk_usage(folder).free < 2 * (store.size() or 0):
        return
    else:
        spent = Meter(store)(lambda: grown.plain.backups.back_up(copy))
    yield Row("backup", spent.wall, "s")
    yield Row("backup: size", copy.stat().st_size / 1e9, "GB")
