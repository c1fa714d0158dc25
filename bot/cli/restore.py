"""``heard restore``: a backup in the place of the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, open_app

if TYPE_CHECKING:
    from bot.model.backup import Restored


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--send-waiting", is_flag=True, help="Let deliveries go out that waited then, though they may have gone out since."
)
@config_option
@click.pass_context
def restore(ctx: click.Context, file: Path, *, send_waiting: bool) -> None:
    """Put a backup in the place of the database.

    Refused while the bot or its pages run. The backup is verified first; one that is cut off, altered or of a newer
    Heard changes nothing. What was erased since is erased again. A replaced SQLite file stays beside the new one; of
    PostgreSQL, back up first what you may want back. Digests and notices that may have gone out since the backup are
    held: 'heard digest send ID --held' lets them go.
    """
    from bot.cli.progress import progress

    app = open_app(ctx)
    with progress("Restoring (%)", 100) as tell:
        done = app.backups.restore(
            file, hold=not send_waiting, progress=lambda at, total: tell(100 * at // max(1, total))
        )
    _tell(done, app.local(done.manifest.made_at))
    click.echo(f"The database is at schema {app.store.schema_version()}.")
    if again := _erased_again(done):
        click.echo(again)


def _tell(done: Restored, made_at: str) -> None:
    counts = done.manifest.counts
    click.echo(
        f"Restored the backup of {made_at} (Heard {done.manifest.version}): {counts.get('mentions', 0):,} mentions, "
        f"{counts.get('offer_events', 0):,} lines of the ledger, {counts.get('digests', 0):,} digests."
    )
    if done.replaced is not None:
        click.echo(f"The replaced database is {done.replaced}; remove it when you need it no more.")
    if done.lost is not None:
        click.echo(
            f"Since the backup it had gathered {done.lost.mentions:,} mentions and {done.lost.redemptions:,} redemptions, "
            f"and sent {done.lost.sent:,} letters; of these the restored one knows nothing. Mentions are read again as "
            "far back as their platforms reach; redemptions come back only by importing them (heard import redemptions)."
        )
    elif done.replaced is not None:
        click.echo("It cannot be read, so nobody can say what it had gathered since the backup.")
    if done.held:
        click.echo(
            f"{done.held:,} deliveries were waiting then and may have gone out since: they are held. See 'heard digest "
            "list'; 'heard digest send ID --held' sends those of a digest."
        )


def _erased_again(done: Restored) -> str:
    """What is to be said of what was erased since the backup."""
    if done.erased is None:
        return (
            "What was erased since the backup is in it again, and no log of the replaced database says what that was. "
            "Erase again what people asked for (heard forget); what platforms removed follows by itself."
        )
    if not done.erased:
        return ""
    return (
        f"Erased again, as since the backup: {done.erased:,} items. The backup and the replaced file hold them still."
    )
