"""``heard rescore``: history under the present rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.score.difference import Change
    from bot.wiring import App


@click.command()
@click.option("--since", metavar="WHEN", help="Only what was told from then on: 2026-11-01, 30d. Else all.")
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              help="Write every mention's change to this CSV file.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def rescore(ctx: click.Context, *, since: str | None, dry_run: bool, out: Path | None, as_json: bool) -> None:
    """Score history anew by the present rules, and show what that changed.

    After a change of engine, weights, messages or of Heard itself, what was scored before keeps its score, and digests
    and tables say "series break" instead of comparing. This scores it anew, newest first, each mention in the frozen
    context of its day. It may be stopped or killed at any moment and goes on where it was when it is called again.
    """
    app = open_app(ctx)
    start = parse_moment(since, app.settings.timezone, app.clock.now())
    waiting = app.rescoring.waiting(start)
    if not as_json:
        _announce(app, start, waiting, dry_run=dry_run)
    changes: Iterable[Change]
    if dry_run:
        changes = _followed(app.rescoring.would(start), waiting)
    else:
        _work(app, start, waiting)
        changes = app.rescoring.changes(start)
    report(app, tuple(changes), out, as_json=as_json)


def report(app: App, changes: tuple[Change, ...], out: Path | None, *, as_json: bool) -> None:
    """Prints the report of differences, and writes the file that was asked for."""
    from bot.cli.differences import change_shape, difference_shape, show, write_csv

    if out is not None:
        write_csv(out, changes)
    found = app.rescoring.difference(changes)
    if as_json:
        print_json(change_shape(row) for row in changes)
        print_json([difference_shape(found)])
        return
    show(console(), found)
    if out is not None:
        click.echo(f"Every mention's change is in {out}.")


def _work(app: App, since: datetime | None, waiting: int) -> None:
    """New mentions first, always; then history."""
    from bot.cli.progress import progress

    app.listening.score()
    if waiting:
        with progress("rescored", app.rescoring.waiting(since)) as tell:
            app.rescoring.run(since, tell)


def _followed(changes: Iterable[Change], total: int) -> Iterable[Change]:
    from bot.cli.progress import progress

    with progress("tried", total) as tell:
        for done, change in enumerate(changes, 1):
            tell(done)
            yield change


def _announce(app: App, since: datetime | None, waiting: int, *, dry_run: bool) -> None:
    """What waits, and what is otherwise in the present rules."""
    rules = app.rescoring.rules
    span = f" since {app.local(since)}" if since else ""
    if not waiting:
        click.echo(f"Everything{span} is scored by the present rules {rules.version}. What scoring anew has changed:")
        return
    would = "would be scored" if dry_run else "are scored"
    click.echo(f"{waiting:,} mentions{span} {would} anew, by rules {rules.version}.")
    for change in app.rescoring.changed_rules(since):
        click.echo(f"  {change}")
