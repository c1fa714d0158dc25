"""``heard rehearse``: another configuration, tried on stored history."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json

if TYPE_CHECKING:
    from bot.wiring.rehearse.alerts import RehearsedAlerts
    from bot.wiring.rehearse.rehearsing import Hit, Rehearsal

SHOWN = 5
"""Mentions gained and lost that are listed for each subject."""
NOT_FETCHED = (
    "Gains come only from what is stored: what was fetched and matched no query was not kept, and nobody has asked "
    "the platforms. Losses are told in full."
)
RELEVANCE = {True: "relevant", False: "irrelevant", None: "not known"}


@click.command()
@click.argument("file", metavar="FILE.toml", type=click.Path(path_type=Path))
@click.option("--since", metavar="WHEN", help="Only on what was told from then on: 2026-11-01, 30d. Else all.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              help="Write every mention's change to this CSV file.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def rehearse(ctx: click.Context, file: Path, *, since: str | None, out: Path | None, as_json: bool) -> None:
    """Show what another configuration would have done on stored history.

    FILE.toml is a whole configuration: a copy of yours with other queries, messages, weights, alerts or another engine.
    It is tried on this configuration's database, which is only read. Shown are mentions gained and lost, other
    judgements of relevance, every change of tone, message and score, as 'heard rescore' would make it, what messages
    win and lose with quotes, the stories that the last digests would have led with, the days on which alerts would have
    fired, and what is known of the cost.
    """
    from bot.cli.differences import write_csv
    from bot.cli.progress import progress
    from bot.store.opening import open_store
    from bot.wiring.rehearse.alerts import rehearse_alerts
    from bot.wiring.rehearse.rehearsing import Rehearsing
    from config.settings import load_settings

    app = open_app(ctx)
    start = parse_moment(since, app.settings.timezone, app.clock.now())
    other = load_settings(file)
    with closing(open_store(app.settings.database, read_only=True)) as store:
        rehearsing = Rehearsing(app.settings, other, store, app.clock)
        with progress("tried", rehearsing.total(start)) as tell:
            found = rehearsing.run(start, tell)
        alerts = rehearse_alerts(app.settings, other, app.clock, store)
    if out is not None:
        write_csv(out, found.changes)
    (_print if as_json else _show)(found, alerts)


def _print(found: Rehearsal, alerts: RehearsedAlerts) -> None:
    """One JSON line for each row; the last sums up."""
    from bot.cli.differences import change_shape, difference_shape
    from bot.cli.rehearsed import alert_shape, cost_shape, leads_shape, turns_shape

    print_json(_subject_shapes(found))
    print_json(turns_shape(row) for row in found.messages)
    print_json(leads_shape(row) for row in found.leads)
    print_json(alert_shape(row) for row in alerts.rows)
    print_json(cost_shape(row) for row in found.costs)
    print_json(change_shape(row) for row in found.changes)
    print_json([{**difference_shape(found.difference), **_summary_shape(found)}])


def _show(found: Rehearsal, alerts: RehearsedAlerts) -> None:
    from bot.cli.differences import show
    from bot.cli.rehearsed import show_alerts, show_cost, show_leads, show_messages

    _show_rules(found)
    _show_hits(found)
    _show_relevance(found)
    click.echo()
    show(console(), found.difference)
    show_messages(found.messages)
    show_leads(found.leads)
    show_alerts(alerts, counts_move=bool(found.rules) or any(row.change for row in found.subjects))
    show_cost(found.costs)


def _show_rules(found: Rehearsal) -> None:
    for change in found.rules:
        click.echo(f"rules: {change}")
    if not found.rules:
        click.echo("rules: as they are")
    if found.outdated:
        click.echo(
            f"{found.outdated:,} stored scores are by older rules than the present ones, so their changes are not the other "
            "configuration's alone: 'heard rescore' first, to tell them apart."
        )


def _show_hits(found: Rehearsal) -> None:
    changed = [row for row in found.subjects if row.change]
    for row in changed:
        click.echo(
            f"\nsubject {row.subject} ({row.change}): {row.kept:,} mentions stay, {len(row.gained):,} gained, "
            f"{len(row.lost):,} lost"
        )
        for sign, hits in (("+", row.gained), ("-", row.lost)):
            for hit in hits[:SHOWN]:
                click.echo(f"  {sign} {_line(hit)}")
            if len(hits) > SHOWN:
                click.echo(f"  {sign} and {len(hits) - SHOWN:,} more")
    if changed:
        click.echo(NOT_FETCHED)


def _line(hit: Hit) -> str:
    from bot.digest.plain import shorten

    tone = hit.score.label or "tone unknown" if hit.score else "not scored"
    judged = RELEVANCE[hit.mention.relevance.relevant]
    return f"{hit.mention.id}  {shorten(hit.mention.item.title or hit.mention.item.text, 60)} ({tone}, {judged})"


def _show_relevance(found: Rehearsal) -> None:
    moved = {pair: count for pair, count in found.relevance.items() if pair[0] != pair[1]}
    if moved:
        told = [f"{RELEVANCE[old]} → {RELEVANCE[new]} {count:,}" for (old, new), count in moved.items()]
        click.echo(f"\nrelevance: {', '.join(sorted(told))}")


def _subject_shapes(found: Rehearsal) -> list[dict[str, Any]]:
    return [
        {
            "row": "subject",
            "subject": row.subject,
            "query_change": row.change or None,
            "kept": row.kept,
            "gained": [hit.mention.id for hit in row.gained],
            "lost": [hit.mention.id for hit in row.lost],
        }
        for row in found.subjects
    ]


def _summary_shape(found: Rehearsal) -> dict[str, Any]:
    """What the last row says of a rehearsal besides the scores."""
    from bot.cli.rehearsed import usd_change

    return {
        "rules_changed": list(found.rules),
        "searches_changed": list(found.searches),
        "usd_change": usd_change(found.costs),
        "outdated": found.outdated,
        "relevance": [
            {"before": old, "after": new, "mentions": count} for (old, new), count in found.relevance.items()
        ],
    }
