"""``heard collect``: poll once, keep what names a subject, score it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import label, plain, targets
from bot.model import State
from bot.shapes import poll_shape

if TYPE_CHECKING:
    from bot.model import PollReport, Target
    from bot.wiring import App


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--workers", metavar="N", type=click.IntRange(min=1), default=16, show_default=True,
              help="How many hosts are asked at the same time.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def collect(ctx: click.Context, sources: tuple[str, ...], workers: int, *, as_json: bool) -> None:
    """Poll what is due (or the sources you name) once.

    Prints one line a source (for feeds: one a feed). Naming a source polls it whether it is due or not; one that is
    blocked is tried again. Exit status 1 when a source failed; the others are collected all the same.
    """
    app = open_app(ctx)
    app.expect("source", *sources)
    targets = app.listening.due(sources)
    if not targets and not as_json:
        click.echo(_nothing_due(app))
    reports = list(
        _with_progress(app.listening.collect(targets, workers=workers, only_due=not sources), targets, quiet=as_json)
    )
    if as_json:
        print_json(poll_shape(report) for report in reports)
    elif reports:
        _print_table(reports)
    if held := len(targets) - len(reports):
        click.echo(_held(held, len(targets)), err=True)
    scored = app.listening.score()
    if scored and not as_json:
        click.echo(f"{scored} mention{'s' if scored != 1 else ''} scored. See them: heard mentions")
    # To be asked to wait is no failure.
    if any(report.error and report.state is not State.RATE_LIMITED for report in reports):
        ctx.exit(1)


def _with_progress(reports: Iterator[PollReport], targets: tuple[Target, ...], *, quiet: bool) -> Iterator[PollReport]:
    if quiet or len(targets) <= 1 or not sys.stderr.isatty():
        yield from reports
        return
    from rich.progress import track

    yield from track(reports, total=len(targets), description="Listening", console=console(stderr=True), transient=True)


def _held(number: int, targets: int) -> str:
    from bot.listen.collect import LEASE

    return (
        f"{number} of {targets} not polled: another process is reading them, or broke off while it did. "
        f"Then they are free again after {LEASE.seconds // 60} minutes at most."
    )


def _nothing_due(app: App) -> str:
    coming = app.listening.next_poll()
    if not app.connectors:
        return "No sources are configured. Add a [[source]] to the configuration."
    if coming is None:
        return "Nothing is due: every source is paused or blocked. See: heard sources"
    return f"Nothing is due; the next poll is at {app.local(coming)}. To poll now, name the source."


def _print_table(reports: list[PollReport]) -> None:
    out = console()
    rows = [["source", "state", "fetched", "mentions", "new", "known"]]
    for report in sorted(reports, key=lambda report: (report.target.source, report.target.feed)):
        counts = (report.fetched, report.matched, report.new, report.duplicates)
        rows.append([label(report.target), str(report.state), *map(str, counts)])
    targets(out, rows, (13, -7, -8, -7, -7))
    for report in reports:
        if report.error:
            out.print(f"[bold]{plain(label(report.target))}[/bold]: {plain(report.error)}", soft_wrap=True)
