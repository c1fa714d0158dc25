"""What a digest shows: means over groups of texts, against the means of what people said; pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.evaluate.figures import mean, of_series, rounded
from bot.evaluate.result import Figures

LEAST = 30
"""Texts from which a group counts: the mean of fewer is mostly chance."""

Entry = tuple[tuple[str, ...], float, float | None, float | None]
"""Group, what people said, the tone that was read, the value of the most likely label."""


def of_groups(entries: Iterable[Entry], *, classes: bool) -> Figures:
    """The correlation of groups' mean tone with people's mean; with ``classes`` also how far net tone, the share of
    positive less that of negative labels, is off in the mean.
    """
    found: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry[0], []).append(entry)
    large = [group for group in found.values() if len(group) >= LEAST]
    series = [
        (mean(entry[1] for entry in group) or 0.0, mean(entry[2] for entry in group if entry[2] is not None))
        for group in large
    ]
    figures = of_series(series) | {"least": LEAST}
    if classes:
        figures["net_error"] = rounded(
            mean(
                abs((mean(entry[3] or 0.0 for entry in group) or 0.0) - human)
                for group, (human, _) in zip(large, series, strict=True)
            )
        )
    return figures
