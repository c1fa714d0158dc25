"""The section of what was redeemed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from bot.digest.content.redemptions import IN_A_LINE
from bot.digest.figures import count
from bot.digest.forms.page import Group, Linked, Row, Section, cells, lines
from bot.model import CountStatus


def redemptions(body: Mapping[str, Any]) -> Section:
    """A table by placement for those at the till; for the others a line an offer. Then what else is to be said."""
    period = body["period"]
    daily = period["name"] == "day"
    late, news = body.get("redemptions_late", ()), body.get("offer_news", ())
    grouped = [list(found) for _, found in groupby(body["redemptions"], key=lambda row: row["offer"])]
    if body["audience"] in IN_A_LINE:
        said = {line["offer"]: line.get("said") or line["text"].rstrip(".") for line in news}
        told = [
            Linked(_line(rows[0], period, said.pop(rows[0]["offer"], "")), rows[0].get("evidence")) for rows in grouped
        ]
        rest = lines(*(line["text"] for line in late), *(line["text"] for line in news if line["offer"] in said))
        return Section("redemptions", "Redeemed", lines=(*told, *rest), run_in=True)
    beside = lines(*(line["text"] for line in (*late, *news)))
    columns = (period["label"], period["before"], "That week" if daily else "Last day", "In all")
    keys = ("in_window", "previous_window", "this_week" if daily else "today", "total")
    groups = tuple(
        Group(
            found[0]["name"],
            found[0]["text"],
            tuple(
                Row(_place(row, found[0]), cells(*(count(row[key]) for key in keys)), strong=row["placement"] is None)
                for row in found
            ),
            url=found[0].get("evidence"),
        )
        for found in grouped
    )
    return Section("redemptions", "Redeemed", columns=columns if groups else (), groups=groups, lines=beside)


def _place(row: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """A placement; with the word for its count unless all are final, which stands beside the offer's name."""
    if row["placement"] is None:
        return "All places"
    if whole["status"] == CountStatus.FINAL:
        return str(row["placement"])
    return f"{row['placement']} · {row.get('word', row['status'])}"


def _line(whole: Mapping[str, Any], period: Mapping[str, Any], news: str) -> str:
    """``Free truffle: 44 (2–8 Mar: 14), 58 in all, final, 342 left; 11 stories named it, 2 new places``."""
    then = f"({period['before']}: {count(whole['previous_window'])})"
    parts = [f"{count(whole['in_window'])} {then}", f"{count(whole['total'])} in all", _word(whole)]
    if whole["cap_remaining"] is not None:
        parts.append(f"{count(whole['cap_remaining'])} left")
    return f"{whole['name']}: {', '.join(parts)}{f'; {news}' if news else ''}."


def _word(whole: Mapping[str, Any]) -> str:
    """How certain the count is; of a mismatch with its days, which stand first in the offer's facts."""
    return str(whole["text"]).partition(" · ")[0]
