"""Heard's side of the benchmark: one poll of every feed, matched, stored and scored."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.wiring import App
from config.settings import load_settings

EVERYTHING = "--everything"
"""Asks for a query that nearly every entry matches, so that no entry can be left out."""
MATCHES_ALL = "the OR a OR to OR of OR and OR in OR for OR is OR on OR with OR de OR die OR la"
QUERY = 'google OR apple OR microsoft OR python OR "open source" OR security OR podcast'


def main() -> None:
    """Prints one JSON object with the figures."""
    folder = Path(sys.argv[1])
    warm_up, *feeds = json.loads((folder / "feeds.json").read_text(encoding="utf-8"))
    query = MATCHES_ALL if EVERYTHING in sys.argv else QUERY
    with desk(folder / "warm-up", [warm_up]) as app:
        list(app.listening.collect(app.listening.due()))
        app.listening.score()
    with desk(folder, feeds, query) as app:
        targets = app.listening.due()
        started, worked = time.perf_counter(), time.process_time()
        reports = list(app.listening.collect(targets))
        collect_seconds, collect_cpu = time.perf_counter() - started, time.process_time() - worked
        if query == QUERY:
            app.listening.score()
        seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    figures = {
        "items": sum(report.fetched for report in reports),
        "mentions": sum(report.new for report in reports),
        "seconds": seconds,
        "cpu": cpu,
        "collect_seconds": collect_seconds,
        "collect_cpu": collect_cpu,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(figures))


@contextmanager
def desk(folder: Path, feeds: Sequence[str], query: str = QUERY) -> Iterator[App]:
    """A listening desk of its own, with a database file in the folder."""
    folder.mkdir(exist_ok=True)
    config = folder / "heard.toml"
    config.write_text(
        f"[heard]\ndatabase = 'sqlite:///{folder / 'heard.db'}'\n"
        "[[subject]]\nid = 'bench'\nname = 'Bench'\n"
        f"query = '''{query}'''\n"
        f"[[source]]\nid = 'feeds'\nconnector = 'rss'\nfeeds = {json.dumps(feeds)}\n"
        "[http]\nallow_networks = ['127.0.0.0/8']\n",
        encoding="utf-8",
    )
    app = App(load_settings(config))
    try:
        yield app
    finally:
        app.close()


def peak_mb() -> float:
    """The most memory that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
