"""Measures everything and writes the page. Takes some minutes; ``--only NAME`` prints one file's figures instead."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

from bot import plugins
from bot.engines.language import identifier
from bot.errors import ConfigError
from bot.evaluate.evaluate import Readers
from bot.wiring.adapters import LEXICAL, build_named_matcher
from config.tables import ScoreTable
from tests.accuracy.data import LANGUAGES, MESSAGES, TARGETS, TEXTS
from tests.accuracy.measure import Engine, measured
from tests.accuracy.page import page
from tests.support.shared import ROOT, shared_root

PAGE = ROOT / "docs" / "accuracy.md"
SLOW = 1_000
"""Rows of a file that an optional engine reads: a transformer takes its time."""


def engines() -> list[Engine]:
    """VADER alone, the default where it is another, and what else is installed and needs no options."""
    default = ScoreTable().engine[0]
    found = [Engine("VADER", _readers("vader"))]
    if default != "vader":
        found.append(Engine("default", _readers(default)))
    for name in plugins.names(plugins.ENGINES):
        if name in ("vader", default):
            continue
        try:
            found.append(Engine(f"optional, {name}", _readers(name), most=SLOW))
        except (ConfigError, OSError) as error:
            print(f"{name} is left out: {error}")
    return found


def matchers() -> list[Engine]:
    """The default matcher of messages, and the one with the packaged embeddings where they are installed."""
    found = [Engine("by words", _readers("vader"))]
    try:
        found.append(Engine("with embeddings", _readers("vader", "minilm")))
    except ConfigError as error:
        print(f"the matcher minilm is left out: {error}")
    return found


def _readers(name: str, matcher: str = LEXICAL) -> Readers:
    engine = plugins.load(plugins.ENGINES, name, "make accuracy")({})
    return Readers(engine, build_named_matcher(matcher, "make accuracy"), identifier())


def main() -> None:
    """Measures and writes."""
    options = argparse.ArgumentParser(prog="make accuracy", description=__doc__)
    options.add_argument("--only", action="append", help="measure this file (may be repeated) and print its figures")
    chosen = options.parse_args()
    root = shared_root() / "eval"
    if not root.is_dir():
        options.error(f"the labelled data are absent: {root} (set HEARD_SHARED to the folder that holds them)")
    columns, comparing = engines(), matchers()
    work = [(data, engine) for data in (*TEXTS, *TARGETS) for engine in columns]
    work += [(data, matcher) for data in MESSAGES for matcher in comparing]
    work += [(data, columns[0]) for data in LANGUAGES]
    if chosen.only:
        for data, engine in work:
            if data.name in chosen.only:
                print(json.dumps({"data": data.name, "engine": engine.title, **measured(data, engine, root)}))
        return
    figures = {(data.name, engine.title): measured(data, engine, root) for data, engine in work}
    baselines = json.loads((root / "baselines_dev.json").read_text(encoding="utf-8"))
    PAGE.write_text(page(figures, columns, comparing, baselines, datetime.now(UTC).date()), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
