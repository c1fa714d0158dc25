"""An evaluation's figures, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bot.digest.plain import clean
from bot.phrases import plural

if TYPE_CHECKING:
    from bot.evaluate.result import Evaluation

NAMES = {
    "accuracy": "accuracy",
    "macro_recall": "macro-recall",
    "macro_f1": "macro-F1",
    "average_precision": "average precision",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "pearson": "Pearson r",
    "spearman": "Spearman r",
    "pearson_of_row_means": "Pearson r of the rows' means",
    "map_strict": "mAP, strict",
    "map_relaxed": "mAP, relaxed",
    "coverage": "coverage",
    "selective_accuracy": "accuracy where it answers",
    "selective_macro_recall": "macro-recall where it answers",
    "selective_macro_f1": "macro-F1 where it answers",
    "net_true": "net tone, as labelled",
    "net_counted": "net tone, most likely labels",
    "net_tone": "mean tone",
    "net_error": "mean error of net tone",
    "unread": "rows without any reading",
    "unknown": "texts of no known language, left out",
    "unknown_abstained": "abstained on those",
}
"""What is told, in this order."""

WIDTH = max(map(len, NAMES.values())) + 2


def lines(found: Evaluation) -> Iterator[str]:
    """The figures, a line each, with their intervals; then each label's and each source's."""
    figures = found.figures
    by = figures.get("engine") or figures.get("matcher")
    yield f"{found.task}{f', {by}' if by else ''}: {_size(figures)}"
    yield from _figures(figures)
    for heading, part in (("Groups", figures.get("groups")), ("Documents", figures.get("documents"))):
        if part:
            yield f"{heading}: {_size(part)}"
            yield from _figures(part)
    for label, part in figures.get("per_label", {}).items():
        told = ", ".join(f"{name} {_shown(part[name])}" for name in ("precision", "recall", "f1"))
        yield f"  {clean(label)}: {part['n']:,}; {told}"
    for source, part in figures.get("by_source", {}).items():
        yield f"Source {clean(source)}: {_size(part)}"
        yield from _figures(part)
    if found.bad:
        yield f"Rows left out: {len(found.bad):,}."


def _size(figures: Mapping[str, Any]) -> str:
    parts = [plural(figures["n"], "label" if figures.get("gold") else "row")]
    if figures.get("abstained"):
        parts.append(f"{figures['abstained']:,} abstained")
    if figures.get("verdict"):
        parts.append(str(figures["verdict"]))
    return ", ".join(parts)


def _figures(figures: Mapping[str, Any]) -> Iterator[str]:
    for name, words in NAMES.items():
        if figures.get(name) is None or (name.startswith("selective_") and not figures.get("abstained")):
            continue
        low, high = figures.get(f"{name}_low"), figures.get(f"{name}_high")
        ends = f"  [{low:.3f}, {high:.3f}]" if low is not None and high is not None else ""
        if low is None and f"{name}_low" in figures:
            ends = "  [too few to say]"
        yield f"  {words:<{WIDTH}}{_shown(figures[name])}{ends}"


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
