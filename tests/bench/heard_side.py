"""Heard's side of the benchmark: one poll of every feed, matched, stored and scored."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from bot.wiring import App
from config.settings import load_settings

QUERY = 'google OR apple OR microsoft OR python OR "open source" OR security OR podcast'


def main() -> None:
    """Prints one JSON object with the figures."""
    folder = Path(sys.argv[1])
    feeds = json.loads((folder / "feeds.json").read_text(encoding="utf-8"))
    config = folder / "heard.toml"
    config.write_text(
        "[[subject]]\nid = 'bench'\nname = 'Bench'\n"
        f"query = '''{QUERY}'''\n"
        f"[[source]]\nid = 'feeds'\nconnector = 'rss'\nfeeds = {json.dumps(feeds)}\n"
        "[http]\nallow_networks = ['127.0.0.0/8']\n",
        encoding="utf-8",
    )
    app = App(load_settings(config))
    targets = app.listening.due()
    started, worked = time.perf_counter(), time.process_time()
    reports = list(app.listening.collect(targets))
    collected = time.process_time()
    app.listening.score()
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    app.close()
    print(
        json.dumps(
            {
                "items": sum(report.fetched for report in reports),
                "mentions": sum(report.new for report in reports),
                "seconds": seconds,
                "cpu": cpu,
                "share_collect": (collected - worked) / cpu,
                "share_score": 1 - (collected - worked) / cpu,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
