"""Worlds of one store, one after the other, until the bot was killed often enough."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.kills.campaign import Campaign, Tally
from tests.kills.database import Grounds
from tests.kills.truth import Broken

IN_A_WORLD = 50
"""Kills, before another world begins."""


@dataclass
class Summary:
    """What became of one store."""

    store: str
    seed: str
    seconds: float = 0.0
    tally: Tally = field(default_factory=Tally)
    broken: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "store": self.store,
            "seed": self.seed,
            "kills": self.tally.kills,
            "seconds": round(self.seconds, 1),
            "lost_or_doubled": int(self.broken is not None),
            "broken": self.broken,
            **{part.name: dict(getattr(self.tally, part.name).most_common()) for part in fields(self.tally)},
        }


def run(
    database: str, kills: int, seed: str, tell: Callable[[str, int], None] = lambda _store, _kills: None
) -> Summary:
    """Kills so often on one store; stops at the first thing that was lost or doubled, and at Ctrl-C."""
    multiprocessing.set_forkserver_preload(["tests.walk.warm"])
    grounds, began = Grounds(database), perf_counter()
    summary = Summary(grounds.name, seed)
    number, stopped = 0, False
    while summary.tally.kills < kills and summary.broken is None and not stopped:
        folder = Path(tempfile.mkdtemp(prefix="heard-kills-"))
        before, part = summary.tally.kills, min(IN_A_WORLD, kills - summary.tally.kills)
        rng = random.Random(f"{seed} {number}")
        with grounds.new(folder, rng) as ground:
            campaign = Campaign(ground, folder, rng)
            try:
                campaign.run(part, lambda tally, before=before: tell(grounds.name, before + tally.kills))
            except Broken as broken:
                summary.broken = f"world {number}, in {folder}: {broken}"
            except KeyboardInterrupt:
                stopped = True
        summary.tally += campaign.tally
        if summary.broken is None:
            shutil.rmtree(folder, ignore_errors=True)
        number += 1
    summary.seconds = perf_counter() - began
    return summary
