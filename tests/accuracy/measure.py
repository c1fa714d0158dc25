"""Measures one file by one engine, as ``heard evaluate`` does."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.evaluate.evaluate import Readers, evaluate
from bot.evaluate.table import Table, read_table
from tests.accuracy.data import Data, Figure


@dataclass(frozen=True)
class Engine:
    """A column of the page. ``most``: rows of a file that are read, every n-th of it, where all take too long."""

    title: str
    readers: Readers
    most: int | None = None


def measured(data: Data, engine: Engine, root: Path, *, every: int = 1) -> dict[str, Any]:
    """The figures of a file, or of every n-th of its rows; empty where the file is absent."""
    path = root / data.file
    if not path.exists():
        return {}
    table = read_table(path.read_bytes(), path.name)
    for most in (engine.most, data.most):
        if most is not None:
            every = max(every, -(-len(table.rows) // most))
    print(f"{data.name}: {engine.title}", file=sys.stderr, flush=True)
    return evaluate(_sampled(table, every), data.wish, engine.readers).figures


def found(figures: dict[str, Any], figure: Figure) -> float | None:
    """The figure where it stands."""
    here: Any = figures
    for name in figure.path:
        here = here.get(name) if here else None
    return here


def ends(figures: dict[str, Any], figure: Figure) -> tuple[float, float] | None:
    """The ends of its interval, where it has one."""
    low, high = (found(figures, replace(figure, path=(*figure.path[:-1], f"{figure.path[-1]}_{end}")))
                 for end in ("low", "high"))  # fmt: skip
    return None if low is None or high is None else (low, high)


def _sampled(table: Table, every: int) -> Table:
    return replace(table, rows=table.rows[::every]) if every > 1 else table
