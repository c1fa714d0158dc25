"""``heard export``: gives out what others can read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.cli.choosing import mention_filters, since_option, until_option
from bot.cli.context import config_option, open_app, parse_day, parse_moment
from bot.model import Counted

if TYPE_CHECKING:
    from bot.wiring import App
    from bot.wiring.export.exporting import Wanted

Command = TypeVar("Command", bound=Callable[..., Any])

FORMATS = ("csv", "jsonl", "parquet", "xlsx")
LINES = ("csv", "jsonl")
"""The forms that can be printed."""
ACCOUNT = "command line"
"""For whom the posts are counted that the command line takes home with their texts."""


@click.group()
@config_option
def export() -> None:
    """Give out lists and tables: CSV, JSON Lines, Parquet, Excel, PDF."""


def _file_options(command: Command) -> Command:
    """``--format`` and ``-o``."""
    command = click.option(
        "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
        help="Write into this file, whole or not at all, instead of printing (csv and jsonl).",
    )(command)  # fmt: skip
    return click.option(
        "--format", "form", type=click.Choice(FORMATS), help="How to write it (else as the file is called, else csv)."
    )(command)


x_texts_option = click.option(
    "--with-x-texts", is_flag=True,
    help="With author and text of posts on X, at most 500 posts a day: X lets a person share no more, and programs none.",
)  # fmt: skip


@export.command()
@mention_filters
@x_texts_option
@_file_options
@config_option
@click.pass_context
def mentions(
    ctx: click.Context, /, form: str | None, output: Path | None, *, with_x_texts: bool, **said: str | None
) -> None:
    """Export mentions with their scores, newest first.

    Two columns for each key message: its outcome, and the quote that proves it.
    """
    app = open_app(ctx)
    _write(app, "mentions", _wanted(app, said), form, output, with_x_texts=with_x_texts)


@export.command()
@mention_filters
@x_texts_option
@_file_options
@config_option
@click.pass_context
def stories(
    ctx: click.Context, /, form: str | None, output: Path | None, *, with_x_texts: bool, **said: str | None
) -> None:
    """Export stories with their voices, reach and outcomes.

    Copies of one text are one story.
    """
    app = open_app(ctx)
    _write(app, "stories", _wanted(app, said), form, output, with_x_texts=with_x_texts)


@export.command()
@mention_filters
@x_texts_option
@click.option("-o", "--output", metavar="FILE", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The Excel file, like report.xlsx.")  # fmt: skip
@config_option
@click.pass_context
def workbook(ctx: click.Context, /, output: Path, *, with_x_texts: bool, **said: str | None) -> None:
    """Export an Excel workbook for people.

    Its sheets are summary, stories, mentions, messages, redemptions and method; of the last 30 days unless --since says
    otherwise.
    """
    app = open_app(ctx)
    _write(app, "workbook", _wanted(app, said), "xlsx", output, with_x_texts=with_x_texts)


@export.command()
@since_option
@until_option
@_file_options
@config_option
@click.pass_context
def messages(ctx: click.Context, /, form: str | None, output: Path | None, **said: str | None) -> None:
    """Export how each key message stands over a period.

    The last 30 days unless told.
    """
    app = open_app(ctx)
    _write(app, "messages", _wanted(app, said), form, output)


@export.command()
@click.option("--offer", metavar="ID", help="Only this offer.")
@since_option
@until_option
@_file_options
@config_option
@click.pass_context
def redemptions(ctx: click.Context, /, form: str | None, output: Path | None, **said: str | None) -> None:
    """Export what happened to offer codes, event by event.

    Nothing of the customers is in it.
    """
    app = open_app(ctx)
    app.expect("offer", said["offer"])
    _write(app, "redemptions", _wanted(app, said), form, output)


@export.command()
@click.option("--offer", metavar="ID", help="Only this offer.")
@_file_options
@config_option
@click.pass_context
def offers(ctx: click.Context, /, form: str | None, output: Path | None, **said: str | None) -> None:
    """Export the counts of each offer and placement."""
    app = open_app(ctx)
    app.expect("offer", said["offer"])
    _write(app, "offers", _wanted(app, said), form, output)


@export.command()
@since_option
@until_option
@_file_options
@config_option
@click.pass_context
def digests(ctx: click.Context, /, form: str | None, output: Path | None, **said: str | None) -> None:
    """Export the list of digests that were written."""
    app = open_app(ctx)
    _write(app, "digests", _wanted(app, said), form, output)


@export.command()
@click.option("--subject", metavar="NAME", help="Only figures of this subject, as the provider calls it.")
@since_option
@until_option
@_file_options
@config_option
@click.pass_context
def observations(ctx: click.Context, /, form: str | None, output: Path | None, **said: str | None) -> None:
    """Export figures that others measured."""
    app = open_app(ctx)
    _write(app, "observations", _wanted(app, said), form, output)


@export.command()
@click.argument("report", metavar="ID")
@click.option(
    "--date", "day", metavar="DAY", help="The last day that it covers, like 2026-11-21 (else the last full one)."
)
@click.option("-o", "--output", metavar="FILE", required=True, type=click.Path(dir_okay=False, path_type=Path),
              help="The PDF file, like digest.pdf.")  # fmt: skip
@config_option
@click.pass_context
def digest(ctx: click.Context, report: str, day: str | None, output: Path) -> None:
    """Export a digest as PDF.

    As it was sent if it was, else as it would be now.

    ID is a configured digest, with --date, or the id of a digest that was sent ('heard digest list').
    """
    from bot.files import whole_file
    from bot.wiring.export.exporting import digest_pdf

    app = open_app(ctx)
    sent = app.store.digest(report)
    if sent is None:
        app.expect("digest", report)
        named, window = app.telling.window(report, parse_day(day) if day else None)
        sent = app.store.digest_for(report, window)
        body = sent.body if sent else app.telling.compose(named, window)
    else:
        body = sent.body
    content = digest_pdf(body, sent.created_at if sent else app.clock.now())
    with whole_file(output) as part:
        part.write_bytes(content)
    click.echo(f"{'The digest that was sent' if sent else 'A preview of the digest'} is in {output}.")


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
        from bot.files import whole_file

        with whole_file(output) as part:
            part.write_bytes(content)
        click.echo(f"Feeds: {count} written to {output}.")
    for name in secret:
        click.echo(f"The secret feeds of {name} are left out.", err=True)


def _wanted(app: App, said: dict[str, str | None]) -> Wanted:
    """What the options ask for. Raises ConfigError for a name that is not configured."""
    from bot.wiring.export.exporting import Wanted

    now, zone = app.clock.now(), app.settings.timezone
    for kind in ("source", "message") + (("subject",) if "tone" in said else ()):
        app.expect(kind, said.get(kind))
    return Wanted(
        subject=said.get("subject"),
        source=said.get("source"),
        since=parse_moment(said.get("since"), zone, now),
        until=parse_moment(said.get("until"), zone, now),
        tone=said.get("tone"),
        message=said.get("message"),
        story=said.get("story"),
        search=said.get("search"),
        offer=said.get("offer"),
        counted=Counted(said.get("relevant") or Counted.COUNTED),
    )


def _write(
    app: App, name: str, wanted: Wanted, form: str | None, output: Path | None, *, with_x_texts: bool = False
) -> None:
    """Into the file with a bar that shows how far it is, or onto standard output."""
    from bot.cli.progress import progress
    from bot.export.write import Format
    from bot.wiring.export.exporting import What

    what, chosen = What(name), Format(_form_of(form, output))
    account = ACCOUNT if with_x_texts else None
    if output is None:
        if chosen not in LINES:
            raise click.UsageError(f"{chosen} is no text and cannot be printed; name a file: -o {name}.{chosen}")
        table = app.exporting.table(what, wanted, app.exporting.texts(wanted, account))
        app.exporting.stream(table, chosen, sys.stdout)
        return
    total = app.exporting.total(what, wanted)
    with progress("mentions read", total) if total else nullcontext(_quiet) as tell:
        rows = app.exporting.write(what, wanted, chosen, output, account=account, tell=tell)
    click.echo(f"{rows:,} rows are in {output}.")


def _quiet(_number: int) -> None:
    """What is soon done shows no bar."""


def _form_of(form: str | None, output: Path | None) -> str:
    """The form that was asked for, else the one that the file's name ends in."""
    if form is not None:
        return form
    ending = output.suffix.removeprefix(".").lower() if output else ""
    if output is not None and ending not in FORMATS:
        raise click.UsageError(f"what '{output.name}' is to be is not clear; say --format {', '.join(FORMATS)}")
    return ending or "csv"
