"""``heard db``: the database's care."""

from __future__ import annotations

import click

from bot.cli.backup import backup
from bot.cli.context import config_option, json_option, open_app, print_json
from bot.cli.copy import copy
from bot.cli.export import export
from bot.cli.restore import restore
from bot.errors import HeardError


@click.group()
def db() -> None:
    """Look after the database: upgrade, backup, restore, copy, export, check."""


db.add_command(backup)
db.add_command(restore)
db.add_command(copy)
db.add_command(export)


@db.command()
@click.option("--no-backup", is_flag=True, help="Without a backup beside the database before it is changed.")
@json_option
@config_option
@click.pass_context
def upgrade(ctx: click.Context, *, no_backup: bool, as_json: bool) -> None:
    """Bring the database to this version's schema.

    Every command does so when it opens an older database, after a backup beside it (heard.db.before-….bak, for 'heard
    restore'); a newer one is refused and left as it is.
    """
    app = open_app(ctx)
    app.backs_up = not no_backup
    version, backup = app.store.schema_version(), app.backups.before_upgrade
    if as_json:
        print_json([{"database": app.database, "schema": version, "backup": backup and str(backup)}])
    else:
        click.echo(f"{app.database} is at schema {version}, the newest this version knows.")
        if backup is not None:
            click.echo(f"As it was before, it is in {backup}; heard restore takes it back.")


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
        print_json([{"database": app.database, "problems": list(problems), "counts": dict(counts)}])
    else:
        for table, count in counts.items():
            click.echo(f"{count:>12,}  {table}")
        click.echo("No damage found." if not problems else "\n".join(problems))
    if problems:
        raise HeardError("the database is damaged: stop the bot, keep a copy of the file, and go back to a backup")
