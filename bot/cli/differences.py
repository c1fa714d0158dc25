"""The report of differences between old scores and new, for people, programs and a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.cli.show import plain, table
from bot.digest.figures import percent_between
from bot.digest.plain import shorten
from bot.files import whole_file
from bot.model import Outcome, ToneLabel
from bot.shapes import time_shape
from bot.spreadsheet import safe_cell

if TYPE_CHECKING:
    from rich.console import Console

    from bot.model import ScoreBrief
    from bot.rates import Rate
    from bot.score.difference import Change, Difference

LABELS = (ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE, None)
HEADLINE = 40


def show(out: Console, found: Difference) -> None:
    """The report: labels, scores, net tone and messages before and after, and what changed most."""
    out.print(f"{found.mentions:,} mentions compared, {found.changed:,} changed, {found.relabelled:,} of another tone.")
    if not found.mentions:
        return
    if found.mean_change is not None and found.mean_absolute is not None and found.largest_change is not None:
        out.print(
            f"Score: {found.mean_change:+.2f} on average, {found.mean_absolute:.2f} either way, "
            f"{found.largest_change:.2f} at most ({found.compared:,} with a score before and after)."
        )
    out.print(f"Net tone of what others say: {_rate(found.net_before)} before, {_rate(found.net_after)} after.")
    _show_labels(out, found)
    _show_messages(out, found)
    _show_largest(out, found)


def _show_labels(out: Console, found: Difference) -> None:
    shown = table("tone before ↓ after →", right=[_label(label) for label in LABELS])
    for old in LABELS:
        shown.add_row(_label(old), *(f"{found.labels.get((old, new), 0):,}" for new in LABELS))
    out.print()
    out.print(shown)


def _show_messages(out: Console, found: Difference) -> None:
    for row in found.messages:
        if row.stories or row.before:
            out.print(
                f"message {plain(row.message)}: carried by {_share(row.before)} before, {_share(row.after)} after"
            )
    moved = [(old, new, count) for (old, new), count in found.outcomes.items() if old != new]
    if moved:
        order = list(Outcome)
        moved.sort(key=lambda one: (-one[2], order.index(one[0]), order.index(one[1])))
        out.print("outcomes: " + ", ".join(f"{old} → {new} {count:,}" for old, new, count in moved))


def _show_largest(out: Console, found: Difference) -> None:
    if not found.largest:
        return
    shown = table("mention", "tone", "why", "says", right=("before", "after"))
    for row in found.largest:
        old, new = _label(row.before.label), _label(row.after.label)
        shown.add_row(
            row.mention, old if old == new else f"{old} → {new}",
            plain("; ".join(row.reasons)), plain(shorten(row.headline, HEADLINE)),
            _score(row.before), _score(row.after),
        )  # fmt: skip
    out.print(f"\nThe {len(found.largest)} largest changes:")
    out.print(shown)


def change_shape(row: Change) -> dict[str, Any]:
    """One mention's change as ``--json`` prints it."""
    return {
        "row": "mention",
        "mention": row.mention,
        "subject": row.subject,
        "told_at": time_shape(row.told_at),
        "url": row.url,
        "changed": row.is_change,
        "before": _brief_shape(row.before),
        "after": _brief_shape(row.after),
        "change": row.by,
        "reasons": list(row.reasons) if row.is_change else [],
    }


def difference_shape(found: Difference) -> dict[str, Any]:
    """The sums as ``--json`` prints them, in one last row."""
    return {
        "row": "summary",
        "mentions": found.mentions,
        "changed": found.changed,
        "relabelled": found.relabelled,
        "labels": [
            {"before": old, "after": new, "mentions": found.labels.get((old, new), 0)} for old in LABELS for new in LABELS
        ],
        "outcomes": [
            {"before": str(old), "after": str(new), "mentions": count}
            for (old, new), count in sorted(found.outcomes.items())
        ],
        "mean_change": found.mean_change,
        "mean_absolute_change": found.mean_absolute,
        "largest_change": found.largest_change,
        "net_tone_before": _rate_shape(found.net_before),
        "net_tone_after": _rate_shape(found.net_after),
        "messages": [
            {"message": row.message, "stories": row.stories,
             "penetration_before": _rate_shape(row.before), "penetration_after": _rate_shape(row.after)}
            for row in found.messages
        ],
    }  # fmt: skip


def write_csv(path: Path, rows: Iterable[Change]) -> None:
    """One line a mention, without its words: not every platform lets them be given out.

    Raises OSError when the file cannot be written.
    """
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["mention", "subject", "told_at", "url", "rules_before", "rules_after", "tone_before",
                         "tone_after", "score_before", "score_after", "change", "outcomes_before", "outcomes_after",
                         "reasons"])  # fmt: skip
        for row in rows:
            before, after = row.before, row.after
            writer.writerow([
                row.mention, row.subject, time_shape(row.told_at), safe_cell(row.url),
                before.rules_version, after.rules_version, before.label or "", after.label or "",
                before.score, after.score, row.by, _outcomes(before), _outcomes(after),
                safe_cell("; ".join(row.reasons)) if row.is_change else "",
            ])  # fmt: skip


def _outcomes(brief: ScoreBrief) -> str:
    return ", ".join(f"{message}: {outcome}" for message, outcome in brief.outcomes.items() if outcome != Outcome.NONE)


def _brief_shape(brief: ScoreBrief) -> dict[str, Any]:
    return {
        "rules_version": brief.rules_version,
        "tone": brief.values.get("tone"),
        "tone_label": brief.label,
        "score": brief.score,
        "outcomes": {message: str(outcome) for message, outcome in brief.outcomes.items()},
    }


def _rate_shape(rate: Rate | None) -> dict[str, float] | None:
    return None if rate is None else {"value": rate.value, "low": rate.low, "high": rate.high}


def _rate(rate: Rate | None) -> str:
    return "unknown" if rate is None else f"{rate.value:+.2f} [{rate.low:+.2f}, {rate.high:+.2f}]"


def _share(rate: Rate | None) -> str:
    return "no story" if rate is None else percent_between(rate.value, rate.low, rate.high)


def _label(label: ToneLabel | None) -> str:
    return "unknown" if label is None else str(label)


def _score(brief: ScoreBrief) -> str:
    return "–" if brief.score is None else f"{brief.score:+.2f}"
