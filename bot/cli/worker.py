"""``heard worker``: the bot without its pages and API."""

from __future__ import annotations

import click

from bot.cli.context import config_option
from bot.cli.run import HOSTS, ready, work


@click.command()
@HOSTS
@config_option
@click.pass_context
def worker(ctx: click.Context, workers: int) -> None:
    """Run without pages and API: listen, score and send digests.

    For a machine where 'heard web' serves them in processes of its own; the two share the database.
    """
    work(ready(ctx), workers)
