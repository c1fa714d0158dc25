"""``heard demo``: the whole main job on a made-up brand."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import configure_logging, console

if TYPE_CHECKING:
    from bot.demo.run import Outcome


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("heard-demo"), show_default=True,
              help="Where the database and the digests go; an earlier demo there is replaced.")  # fmt: skip
@click.pass_context
def demo(ctx: click.Context, folder: Path) -> None:
    """See the whole job on a made-up brand: no account, no network, no configuration.

    Real clients of X, Reddit and feeds poll stand-ins on this machine through two made-up weeks of a small chocolate
    maker; everything is scored, and the week's digest is printed and written as a page.
    """
    configure_logging(verbose=bool(ctx.obj and ctx.obj.get("verbose")), level="CRITICAL")
    started = time.perf_counter()
    out = console(stderr=True)
    with out.status("starting") as status:
        from bot.demo.run import run_demo

        def show(done: int, steps: int, doing: str) -> None:
            status.update(f"{doing} ({done} of {steps})")
            if not out.is_terminal and done % 7 == 0:
                click.echo(f"{doing} ({done} of {steps})", err=True)

        outcome = run_demo(folder, show)
    _print(outcome, time.perf_counter() - started)


def _print(outcome: Outcome, seconds: float) -> None:
    from bot.digest.render import render_terminal, render_text

    out = console()
    body = outcome.digests["pr-weekly"].body
    if out.is_terminal:
        out.print(render_terminal(body))
    else:
        click.echo(render_text(body))
    last = outcome.last_day
    out.print(
        f"\n[bold]That was the job:[/bold] {outcome.polls} polls of X, Reddit and blogs over two made-up weeks"
        f" ({outcome.failed_polls} failed, as the digest says), {outcome.fetched} items read,"
        f" {outcome.mentions} mentions kept and scored, in {seconds:.1f} s."
    )
    out.print("\n[bold]Look at it[/bold]")
    for name, what in (
        ("pr-weekly", "the page of this digest"),
        ("community-weekly", "the one for community managers"),
    ):
        click.echo(f"  {outcome.folder / 'digests' / f'{name}-{last}.html'}   {what}")
    click.echo(f"  {outcome.folder / 'heard.db'}   every mention, score and redemption (SQLite)")
    out.print("\n[bold]Type next[/bold]")
    heard = "heard" if shutil.which("heard") else os.path.relpath(sys.argv[0])
    config = f"{heard} --config {outcome.config}"
    click.echo(f"  {config} mentions")
    click.echo(f"  {config} explain {outcome.explain}")
    click.echo(f"  {config} digest preview community-weekly --date {last}")
    click.echo(f"  {config} offers")
    click.echo(f"  {heard} init   to listen for a brand of your own")
