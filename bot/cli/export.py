"""``heard export``: gives out what others can read."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.cli.context import config_option, open_app


@click.group()
@config_option
def export() -> None:
    """Give out a list: feeds."""


@export.command()
@click.option("--source", metavar="ID", help="Only the feeds of this source.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              help="Write into this file instead of printing.")  # fmt: skip
@config_option
@click.pass_context
def feeds(ctx: click.Context, source: str | None, output: Path | None) -> None:
    """Print the feeds as OPML 2.0, for any feed reader.

    Titles, pages and folders are those of the source's own OPML file. Feeds that are given as secrets (feeds_env,
    feeds_file) are left out.
    """
    app = open_app(ctx)
    content, count, secret = app.feeds.give_out(source)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)
        click.echo(f"Feeds: {count} written to {output}.")
    for name in secret:
        click.echo(f"The secret feeds of {name} are left out.", err=True)
