"""``heard backup``: a copy of the database that proves itself whole."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.shapes import time_shape

MEGABYTE = 10**6


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", "folder", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path),
              help="Put it into this folder, by a name with the date (else 'backups' beside the database).")  # fmt: skip
@click.option("--keep", metavar="N", type=click.IntRange(min=1),
              help="Keep the newest N of that folder; older backups go once the new one is whole.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def backup(ctx: click.Context, file: Path | None, folder: Path | None, keep: int | None, *, as_json: bool) -> None:
    """Back the database up into one file, also while the bot runs.

    The file holds one moment's state with a manifest, which 'heard restore' holds it against. Configuration and secrets
    are not in it: keep copies of heard.toml and secrets.env yourself.
    """
    if file is not None and (folder is not None or keep is not None):
        raise click.UsageError("name a FILE, or a folder (--to) of which to keep N; not both")
    from bot.cli.progress import progress

    backups = open_app(ctx).backups
    with progress("Backing up (MB)", _megabytes(backups.size)) as tell:
        made = backups.back_up(file, folder, keep=keep, progress=lambda done, _total: tell(_megabytes(done)))
    size = made.file.stat().st_size
    if as_json:
        print_json([
            {
                "file": str(made.file),
                "bytes": size,
                "made_at": time_shape(made.manifest.made_at),
                "schema": made.manifest.schema,
                "sha256": made.manifest.sha256,
                "counts": dict(made.manifest.counts),
                "removed": [str(gone) for gone in made.removed],
            }
        ])  # fmt: skip
        return
    counts = made.manifest.counts
    click.echo(
        f"Backed up to {made.file} ({size:,} bytes): schema {made.manifest.schema}, {counts.get('mentions', 0):,} "
        f"mentions, {counts.get('offer_events', 0):,} lines of the ledger, {counts.get('digests', 0):,} digests."
    )
    for gone in made.removed:
        click.echo(f"Removed {gone}")


def _megabytes(size: int) -> int:
    return max(1, round(size / MEGABYTE))
