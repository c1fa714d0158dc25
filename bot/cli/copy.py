"""``heard db copy``: the whole archive moved to another database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, json_option, open_app, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.store.moving.copying import Copying, Held


@click.command()
@click.option("--to", "target", metavar="ADDRESS", required=True,
              help="The empty database to copy to: postgresql://user@host/name or sqlite:///file.db.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Look at both databases and say what would be copied; change nothing.")
@click.option("--anew", is_flag=True, help="Throw a half copy away and begin again.")
@json_option
@config_option
@click.pass_context
def copy(ctx: click.Context, target: str, *, dry_run: bool, anew: bool, as_json: bool) -> None:
    """Copy the whole archive to another database.

    From SQLite to PostgreSQL, or back. Stop the bot and its pages first. The source stays as it is. What is killed goes
    on where it was when the same command is given again. In the end every table is counted and compared on both sides;
    until they are equal nothing opens the copy. Put a password into secrets.env (PGPASSWORD=…), not into the address:
    others see what is typed here.
    """
    from bot.store.address import shown
    from bot.store.moving.copies import copying

    app = open_app(ctx)
    with copying(app.settings.database, target) as work:
        half, total = not anew and work.half(), work.total
        held = None if dry_run else _carry(work, anew=anew)
    if as_json:
        print_json([_told(work, held, shown(target), half=half)])
        return
    for table, count in work.counts.items():
        click.echo(f"{count:>12,}  {table}{f'  {held[table].checksum}' if held else ''}")
    if held is None:
        click.echo(f"Nothing was changed. {total:,} rows would go to {shown(target)}{_so_far(half)}.")
        return
    click.echo(
        f"Copied {total:,} rows to {shown(target)}; every table is the same there. Put this into the configuration, "
        f'and start the bot with no other:\n\n  [heard]\n  database = "{shown(target)}"\n'
    )
    if shown(target) != target:
        click.echo("The password belongs into secrets.env: PGPASSWORD=…")


def _carry(work: Copying, *, anew: bool) -> Mapping[str, Held]:
    from bot.cli.progress import progress

    with progress("Copying (rows)", work.total) as tell:
        work.carry(tell, anew=anew)
    with progress("Comparing (rows)", work.total) as tell:
        held = work.compare(tell)
    work.finish()
    return held


def _told(work: Copying, held: Mapping[str, Held] | None, target: str, *, half: bool) -> dict[str, Any]:
    return {
        "source": work.source.path,
        "target": target,
        "resumed": half,
        "copied": held is not None,
        "rows": work.total,
        "counts": dict(work.counts),
        "checksums": {table: one.checksum for table, one in held.items()} if held else None,
    }


def _so_far(half: bool) -> str:
    return ", less what a copy that was not finished has brought there" if half else ""
