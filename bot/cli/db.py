"""``heard db``: the database's care."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.errors import HeardError


@click.group()
def db() -> None:
    """Look after the database: version, upgrade, backup, check."""


@db.command()
@json_option
@config_option
@click.pass_context
def upgrade(ctx: click.Context, *, as_json: bool) -> None:
    """Bring the database to this version's schema.

    Every command does so when it opens an older database; a newer one is refused and left as it is.
    """
    app = open_app(ctx)
    version = app.store.schema_version()
    if as_json:
        print_json([{"database": app.settings.database, "schema": version}])
    else:
        click.echo(f"{app.settings.database} is at schema {version}, the newest this version knows.")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@click.pass_context
def backup(ctx: click.Context, file: Path) -> None:
    """Copy the database, also while the bot runs."""
    if file.exists():
        raise HeardError(f"{file} exists already; a backup never overwrites. Name another file")
    app = open_app(ctx)
    app.store.backup(file)
    click.echo(f"Backed up to {file} ({file.stat().st_size:,} bytes)")


@db.command()
@json_option
@config_option
@click.pass_context
def check(ctx: click.Context, *, as_json: bool) -> None:
    """Look for damage; count what is held."""
    app = open_app(ctx)
    problems = app.store.integrity_check()
    counts = app.store.counts()
    if as_json:
        print_json([{"database": app.settings.database, "problems": list(problems), "counts": dict(counts)}])
    else:
        for table, count in counts.items():
            click.echo(f"{count:>12,}  {table}")
        click.echo("No damage found." if not problems else "\n".join(problems))
    if problems:
        raise HeardError("the database is damaged: stop the bot, keep a copy of the file, and go back to a backup")
