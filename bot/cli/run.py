"""``heard run``: the unattended bot."""

from __future__ import annotations

import logging

import click

from bot.cli.context import config_option, open_app


@click.command()
@click.option("--workers", metavar="N", type=click.IntRange(min=1), default=16, show_default=True,
              help="How many hosts are asked at the same time.")  # fmt: skip
@config_option
@click.pass_context
def run(ctx: click.Context, workers: int) -> None:
    """Run unattended: listen, score, write and send digests until stopped.

    Stops on SIGTERM or Ctrl-C within seconds: the page in hand is finished and kept, nothing is lost. One log line a
    poll and a delivery on standard error.
    """
    ctx.obj["verbose"] = True
    app = open_app(ctx)
    app.prepare()
    from bot.scheduler import Runner

    logging.getLogger("heard.run").info("start config=%s database=%s", app.settings.path, app.settings.database)
    Runner(app, workers=workers).run_until_stopped()
