"""``heard demo``: the whole main job on a made-up brand."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import configure_logging, console

if TYPE_CHECKING:
    from bot.demo.run import Outcome


@click.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("heard-demo"), show_default=True,
              help="Where the database and the digests go; an earlier demo there is replaced.")  # fmt: skip
@click.option("--serve", is_flag=True, help="Then open the pages on it: the till and the desk.")
@click.pass_context
def demo(ctx: click.Context, folder: Path, *, serve: bool) -> None:
    """See the whole job on a made-up brand: no account, no network, no configuration.

    Real clients of X, Reddit and feeds poll stand-ins on this machine through two made-up weeks of a small chocolate
    maker; everything is scored, free truffles are redeemed, and the week's digest is printed and written as a page.
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
    _print(outcome, time.perf_counter() - started, serve=serve)
    if serve:
        _serve(outcome)


def _serve(outcome: Outcome) -> None:
    """The demo's pages on a free port of this machine, its last evening going on, until Ctrl-C."""
    from dataclasses import replace

    from bot.clock import ShiftedClock
    from bot.demo.run import EVENING
    from bot.model.access import Role, Scope
    from bot.web.server import address_of, bind, serve
    from bot.wiring import App
    from config.settings import load_settings

    settings = load_settings(outcome.config)
    listening = bind(replace(settings, web=settings.web.model_copy(update={"listen": "127.0.0.1:0"})))
    here = address_of(listening)
    app = App(replace(settings, public_url=here), ShiftedClock(EVENING))
    password = f"truffle-{secrets.token_hex(6)}"
    app.access.add_account("demo", Role.ADMIN, password, actor="demo")
    _, key = app.access.create_key([Scope.REDEEM], actor="demo", name="Counter phone", till=True, placement="counter")
    out = console()
    out.print(f"\n[bold]The pages[/bold], as on the evening of {EVENING:%A %d %B}, until you press Ctrl-C")
    click.echo(f"  {here}/desk   sign in as demo with the password {password}")
    click.echo(f"  {here}/till/enter#{key}")
    click.echo("      what a phone at the counter is given; try the code phrase: the moon is made of ganache")
    try:
        serve(app, listening, lambda heard: heard)  # its configuration is its own: there is nothing to read anew
    finally:
        app.close()


def _print(outcome: Outcome, seconds: float, *, serve: bool) -> None:
    from bot.digest.forms.render import render_terminal, render_text

    out = console()
    body = outcome.digests["pr-weekly"].body
    if out.is_terminal:
        out.print(render_terminal(body))
    else:
        click.echo(render_text(body))
    last = outcome.last_day
    out.print(
        f"\n[bold]That was the job:[/bold] {outcome.polls} polls of X, Reddit and blogs over two made-up weeks"
        f" ({outcome.failed_polls} failed; the digest counts those of its week), {outcome.fetched} items read,"
        f" {outcome.mentions} mentions kept, {outcome.scored} of them with a score, in {seconds:.1f} s."
    )
    out.print("\n[bold]Look at it[/bold]")
    for name, what in (
        ("pr-weekly", "the page of this digest"),
        ("community-weekly", "the one for community managers"),
        ("executive-weekly", "the one for heads of departments: objectives, and what to start, stop and continue"),
        ("operations-daily", "the one for whoever keeps it running"),
    ):
        click.echo(f"  {outcome.folder / 'digests' / f'{name}-{last}.html'}   {what}")
    click.echo(f"  {outcome.folder / 'heard.db'}   every mention, score and redemption (SQLite)")
    out.print("\n[bold]Type next[/bold]")
    heard = "heard" if shutil.which("heard") else os.path.relpath(sys.argv[0])
    config = f"{heard} --config {outcome.config}"
    click.echo(f"  {config} mentions")
    click.echo(f"  {config} explain {outcome.explain}")
    click.echo(f"  {config} digest preview community-weekly --date {last}")
    click.echo(
        f"  {config} offers chain free-truffle --since {last - timedelta(days=6)} --until {last + timedelta(days=1)}"
    )
    click.echo(f"  {config} offers leaks")
    if not serve:
        click.echo(f"  {heard} demo --serve   to see the pages for the till and the desk")
    click.echo(f"  {heard} init   to listen for a brand of your own")
