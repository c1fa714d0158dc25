"""The peer's side of the benchmark: lemon24/reader updates the same feeds into a fresh database file."""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import closing
from pathlib import Path

from reader import make_reader


def main() -> None:
    """Prints one JSON object with the figures."""
    folder = Path(sys.argv[1])
    warm_up, *feeds = json.loads((folder / "feeds.json").read_text(encoding="utf-8"))
    with closing(make_reader(":memory:")) as reader:
        reader.add_feed(warm_up)
        reader.update_feeds()
    reader = make_reader(str(folder / "reader.sqlite"))
    for feed in feeds:
        reader.add_feed(feed)
    started, worked = time.perf_counter(), time.process_time()
    for _ in reader.update_feeds_iter():
        pass
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    items = reader.get_entry_counts().total or 0
    reader.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"items": items, "seconds": seconds, "cpu": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
