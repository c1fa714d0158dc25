"""``heard import``: takes in what others have written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, json_option, open_app, print_json

if TYPE_CHECKING:
    from bot.model import BadLine
    from bot.wiring.impact.observing import Observed
    from bot.wiring.listen.feeds import Imported
    from bot.wiring.offers.importing import ImportReport

SHOWN = 64
"""Characters of a code that are shown."""
MANY = 2000
"""Lines that take so long that people want to see how far it is."""
MOST_TOLD = 200
"""Lines that people are told of one by one."""


@click.group("import")
@config_option
def import_() -> None:
    """Take in a list: feeds, observations, redemptions, counts.

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
    """Add what other tools counted.

    That is measured views of your own posts, or figures over time. With a column metric, FILE is CSV of what analytics,
    a CRM or a mail tool counted: metric, provider, method, value, and day, or start and end; campaign, subject,
    objective or attribution, low, high, basis, version are optional.

    Else FILE is CSV whose first line names its columns: item (a mention's ID, or the piece's address), value (views
    counted), provider (who counted), method (such as bl.own or rd.own), at (when); low and high are optional. - reads
    standard input. What was measured is the reach of these pieces from now on, and with 30 of your own it calibrates
    what is estimated for others. A figure that comes again is kept once, another one for the same time corrects it.
    Exit status 1 when a line was bad.
    """
    _tell_observed(ctx, open_app(ctx).observing.take_in(file.read()), "Observations", as_json=as_json)


@import_.command()
@click.argument("file", type=click.File("rb"))
@json_option
@config_option
@click.pass_context
def counts(ctx: click.Context, file: IO[bytes], *, as_json: bool) -> None:
    """Add what a shop's own counter says.

    FILE is CSV whose first line names its columns: offer, day, provider (the shop that counted), and count (that day's
    number; empty: the shop has none) or order_id (one counted order a line, so that a difference can be named exactly);
    placement, code and method are optional. - reads standard input. 'heard offers reconcile' holds it against the
    ledger. A count that comes again is kept once, another one for the same day corrects it. Exit status 1 when a line
    was bad.
    """
    _tell_observed(ctx, open_app(ctx).reconciling.take_in(file.read()), "Counts", as_json=as_json)


def _tell_observed(ctx: click.Context, done: Observed, what: str, *, as_json: bool) -> None:
    """What became of a list of figures; leaves with exit status 1 when a line was bad."""
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
            f"{what}: {done.new} added ({done.corrected} in place of earlier ones), {done.known} known already, "
            f"{len(done.bad)} refused."
        )
    if done.bad:
        ctx.exit(1)


@import_.command()
@click.argument("file", type=click.File("rb"))
@click.option("--shop", metavar="ID", help="The [[shop]] whose orders these are: what its webhooks told counts once.")
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and change nothing.")
@json_option
@config_option
@click.pass_context
def redemptions(ctx: click.Context, file: IO[bytes], *, shop: str | None, dry_run: bool, as_json: bool) -> None:
    """Add redemptions from a list.

    FILE is CSV whose first line names its columns: code and redeemed_at; offer, placement, customer, order_id,
    order_value, currency, new_customer (yes or no) and key are optional. - reads standard input. Commas, semicolons and
    tabs part columns; times without an offset are meant in the configured zone. A line counts once however often the
    file comes: by its key, else by its order and code, else by all that it says; two equal lines in one file are two
    redemptions. Exit status 1 when a line was bad or refused.
    """
    from bot.cli.progress import progress

    app = open_app(ctx)
    app.expect("shop", shop)
    body = file.read()
    lines = body.count(b"\n")
    with progress("Lines", lines) if lines >= MANY else nullcontext() as tell:
        done = app.importing.redemptions(body, shop=shop, dry_run=dry_run, progress=tell)
    if as_json:
        print_json([_import_shape(done, dry_run=dry_run)])
    else:
        _tell_import(done, dry_run=dry_run)
    if done.problems:
        ctx.exit(1)


def _import_shape(done: ImportReport, *, dry_run: bool) -> dict[str, Any]:
    from bot.offers.intake.import_redemptions import LineResult

    return {
        "dry_run": dry_run,
        "encoding": done.encoding,
        "separator": done.separator,
        **{str(result): done.counts[result] for result in LineResult},
        "problems": [
            {
                "line": one.line,
                "code": one.code[:SHOWN] or None,
                "reason": str(one.reason) if one.reason else None,
                "message": one.why or None,
            }
            for one in done.problems
        ],
    }


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


def _tell_import(done: ImportReport, *, dry_run: bool) -> None:
    from bot.cli.redeem import meaning
    from bot.digest.plain import clean
    from bot.offers.intake.import_redemptions import LineResult

    for one in done.problems[:MOST_TOLD]:
        code = f"'{clean(one.code)[:SHOWN]}': " if one.code else ""
        click.echo(f"line {one.line}: {code}{clean(one.why) or meaning(str(one.reason))}", err=True)
    if len(done.problems) > MOST_TOLD:
        click.echo(f"… and {len(done.problems) - MOST_TOLD:,} more; --json has them all.", err=True)
    counts = done.counts
    parts = [
        f"{counts[LineResult.REDEEMED]:,} {'would be ' if dry_run else ''}added",
        f"{counts[LineResult.KNOWN]:,} known already",
        f"{counts[LineResult.REFUSED]:,} refused",
        f"{counts[LineResult.BAD]:,} not understood",
    ]
    parts += [f"{counts[LineResult.WITHOUT_CODE]:,} without a code"] if counts[LineResult.WITHOUT_CODE] else []
    parts += [f"{counts[LineResult.NOT_PAID]:,} not paid"] if counts[LineResult.NOT_PAID] else []
    click.echo(f"Redemptions: {', '.join(parts)} (read as {done.encoding}, {done.separator} between columns).")
