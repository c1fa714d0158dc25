"""Looking into a chart's specification: what is drawn, without drawing it."""

from __future__ import annotations

from typing import Any

import altair as alt


def layers(chart: alt.TopLevelMixin) -> list[dict[str, Any]]:
    """The chart's layers, each with its rows under ``rows``."""
    spec = chart.to_dict()
    sets = spec.get("datasets", {})
    found = []
    for layer in spec["layer"]:
        data = layer["data"]
        rows = sets[data["name"]] if "name" in data else data["values"]
        found.append({**layer, "rows": rows, "kind": layer["mark"]["type"]})
    return found


def words(chart: alt.TopLevelMixin) -> list[str]:
    """Every text that stands in the plot, in the order of the layers."""
    said: list[str] = []
    for layer in layers(chart):
        if layer["kind"] == "text":
            for row in layer["rows"]:
                said += row["words"] if isinstance(row["words"], list) else [row["words"]]
    return said
