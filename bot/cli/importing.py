"""``heard import``: takes in what others have written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, json_option, open_app, print_json

if TYPE_CHECKING:
    from bot.model import BadLine
    from bot.wiring.feeds import Imported


@click.group("import")
@config_option
def import_() -> None:
    """Take in a list: feeds, observations.

    A bad line is named with its number and the reason; the good ones are kept once, however often the file comes.
    """


@import_.command()
@click.argument("file", type=click.File("rb"))
@click.option("--source", metavar="ID", help="The source to add them to, where there are several of feeds.")
@json_option
@config_option
@click.pass_context
def feeds(ctx: click.Context, file: IO[bytes], source: str | None, *, as_json: bool) -> None:
    """Add the feeds of an OPML file to a source.

    FILE is OPML, as feed readers export it, or text with one address a line; - reads standard input. Titles and folders
    are kept, in the OPML file that the source names; where it names none, one is made beside the configuration. Exit
    status 1 when a line was bad.
    """
    app = open_app(ctx)
    done = app.feeds.take_in(file.read(), source)
    if as_json:
        print_json(_rows(done))
    else:
        _tell(done)
    if done.bad:
        ctx.exit(1)


@import_.command()
@click.argument("file", type=click.File("rb"))
@json_option
@config_option
@click.pass_context
def observations(ctx: click.Context, file: IO[bytes], *, as_json: bool) -> None:
    """Add measured views of your own posts.

    FILE is CSV whose first line names its columns: item (a mention's ID, or the piece's address), value (views counted),
    provider (who counted), method (such as bl.own or rd.own), at (when); low and high are optional. - reads standard
    input. What was measured is the reach of these pieces from now on, and with 30 of your own it calibrates what is
    estimated for others. A figure that comes again is kept once, another one for the same time corrects it. Exit status
    1 when a line was bad.
    """
    done = open_app(ctx).observing.take_in(file.read())
    if as_json:
        print_json(
            [
                {
                    "new": done.new,
                    "corrected": done.corrected,
                    "known": done.known,
                    "bad": [{"line": bad.line, "reason": bad.reason} for bad in done.bad],
                }
            ]
        )
    else:
        _tell_bad(done.bad)
        click.echo(
            f"Observations: {done.new} added ({done.corrected} in place of earlier ones), {done.known} known already, "
            f"{len(done.bad)} refused."
        )
    if done.bad:
        ctx.exit(1)


def _rows(done: Imported) -> Iterator[dict[str, Any]]:
    """One row a line of the list, in its order."""
    from bot.http import redact

    rows: list[tuple[int, str | None, str, str | None]]
    rows = [(feed.line, redact(feed.address), "added", None) for feed in done.added]
    rows += [(feed.line, redact(feed.address), "known", None) for feed in done.known]
    rows += [(bad.line, None, "refused", bad.reason) for bad in done.bad]
    for line, address, result, reason in sorted(rows, key=lambda row: row[0]):
        yield {"source": done.source, "line": line, "address": address, "result": result, "reason": reason}


def _tell_bad(lines: Iterable[BadLine]) -> None:
    from bot.digest.plain import clean

    for bad in lines:
        click.echo(f"line {bad.line}: {clean(bad.reason)}", err=True)


def _tell(done: Imported) -> None:
    _tell_bad(done.bad)
    parts = [f"{len(done.added)} added to {done.path}" if done.added else "none added"]
    parts += [f"{len(done.known)} known already"] if done.known else []
    parts += [f"{len(done.bad)} refused"] if done.bad else []
    click.echo(f"Feeds: {', '.join(parts)}.")
    if done.to_add:
        click.echo(f'Add this line to the [[source]] with id = "{done.source}", so that they are read:\n{done.to_add}')
