"""``heard digest``: preview, send, list."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_day, print_json
from bot.digest.plain import clean
from bot.errors import ConfigError
from bot.shapes import digest_shape

if TYPE_CHECKING:
    from bot.model import Digest
    from bot.wiring import App


@click.group()
def digest() -> None:
    """Preview, send and list digests."""


@digest.command()
@click.argument("report", metavar="ID")
@click.option(
    "--date", "day", metavar="DAY", help="The last day that it covers, like 2026-11-21 (else the last full one)."
)
@click.option("--format", "form", type=click.Choice(["terminal", "text", "html", "json", "pdf"]),
              help="How to print it (else as fits a terminal or a pipe); pdf goes into a file or a pipe.")  # fmt: skip
@config_option
@click.pass_context
def preview(ctx: click.Context, report: str, day: str | None, form: str | None) -> None:
    """Show a digest without sending or keeping it.

    It says what it would with what is known today, of any day that is past. Where that day's digest was sent, standard
    error says so, and what it told otherwise.
    """
    app = open_app(ctx)
    app.expect("digest", report)
    last_day = parse_day(day) if day else None
    _refuse_what_is_to_come(app, last_day)
    named, window = app.telling.window(report, last_day)
    body = app.telling.compose(named, window)
    _print_as(form, body, app.clock.now())
    _beside_what_was_sent(app, app.store.digest_for(report, window), body)


def _refuse_what_is_to_come(app: App, day: date | None) -> None:
    """Raises UsageError for a day that has not begun; says so of one that is not over."""
    today = app.clock.now().astimezone(ZoneInfo(app.settings.timezone)).date()
    if day is not None and day > today:
        raise click.UsageError(f"{day} is yet to come; the last day that is over is {today - timedelta(days=1)}")
    if day == today:
        click.echo(f"{day} is not over: this is what is known so far.", err=True)


def _print_as(form: str | None, body: Mapping[str, Any], now: datetime) -> None:
    from bot.digest.forms import render

    match form:
        case "pdf":
            if sys.stdout.isatty():
                raise click.UsageError("a PDF does not fit a terminal; put '> digest.pdf' behind the command")
            from bot.wiring.export.exporting import digest_pdf

            sys.stdout.flush()
            sys.stdout.buffer.write(digest_pdf(body, now))
        case "html":
            click.echo(render.render_html(body))
        case "json":
            click.echo(render.render_json(body))
        case "text":
            click.echo(render.render_text(body))
        case _ if form == "terminal" or sys.stdout.isatty():
            console().print(render.render_terminal(body))
        case _:
            click.echo(render.render_text(body))


def _beside_what_was_sent(app: App, sent: Digest | None, body: Mapping[str, Any]) -> None:
    """Says, beside the preview, that this digest was written before and what it told otherwise."""
    if sent is None:
        return
    from bot.digest.content.preview import since_sent

    changes = since_sent(sent.body, body)
    otherwise = "and said the same." if not changes else "and said otherwise:"
    click.echo(f"This digest was written on {app.local(sent.created_at)} {otherwise}", err=True)
    for change in changes:
        click.echo(f"  {clean(change)}", err=True)


@digest.command()
@click.argument("report", metavar="ID")
@click.option(
    "--date", "day", metavar="DAY", help="The last day that it covers, like 2026-11-21 (else the last full one)."
)
@click.option(
    "--held", is_flag=True, help="Also send what is held since a restore: this digest's letters, and notices."
)
@config_option
@click.pass_context
def send(ctx: click.Context, report: str, day: str | None, *, held: bool) -> None:
    """Write a digest once, and send what is due.

    A digest that was written before is not written again: this sends what of it still waits. The next digest tells
    only what this one did not.
    """
    app = open_app(ctx)
    app.expect("digest", report)
    published = app.telling.publish(*app.telling.window(report, parse_day(day) if day else None))
    click.echo(f"{published.id}: {published.subject_line}")
    app.watching.announce()
    if held:
        click.echo(f"  no longer held: {app.telling.release_held(report):,}")
    outcomes = app.telling.deliver()
    for outcome in outcomes:
        click.echo(
            f"  {outcome.channel} → {outcome.recipient}: {outcome.state}{f', {outcome.error}' if outcome.error else ''}"
        )
    if not outcomes:
        click.echo(
            "  nothing to send: it was sent before, waits for its next try, or has no channels (see 'heard digest list')"
        )
    if any(outcome.error for outcome in outcomes):
        ctx.exit(1)


@digest.command()
@click.argument("report", metavar="ID")
@click.option("--renew", is_flag=True, help="Make a new address; the old one leads nowhere from now on.")
@json_option
@config_option
@click.pass_context
def feed(ctx: click.Context, report: str, *, renew: bool, as_json: bool) -> None:
    """Show the secret address of a digest's RSS feed.

    Whoever has it reads the verdicts of this digest, so give it to readers' programs and to nobody else.
    """
    app = open_app(ctx)
    app.expect("digest", report)
    address = app.publishing_feed.address(report, renew=renew)
    if as_json:
        print_json([{"digest": report, "address": address}])
    else:
        click.echo(address)
    if app.settings.public_url is None:
        click.echo(
            "Set public_url in [heard], so that it can be read from elsewhere, and its items lead somewhere.", err=True
        )


@digest.command("list")
@click.argument("digest_id", metavar="[ID]", required=False)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=20, show_default=True,
              help="How many, newest first.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def list_digests(ctx: click.Context, digest_id: str | None, limit: int, *, as_json: bool) -> None:
    """List digests and their deliveries.

    With an ID every attempt at the deliveries of one: a digest as --json names it, or a configured digest, then its
    newest.
    """
    app = open_app(ctx)
    if digest_id is not None:
        _show_log(app, digest_id, as_json=as_json)
        return
    rows = app.store.digests(limit)
    if as_json:
        print_json(digest_shape(digest, deliveries) for digest, deliveries in rows)
        return
    if not rows:
        click.echo("No digest has been made yet. See one without sending it: heard digest preview ID")
    for published, deliveries in rows:
        click.echo(f"{published.report}  {_days(published)}  {published.subject_line}")
        for delivery in deliveries:
            when = f" at {app.local(delivery.sent_at)}" if delivery.sent_at else ""
            trouble = f", {delivery.error}" if delivery.error else ""
            click.echo(f"    {delivery.channel} → {delivery.recipient}: {delivery.state}{when}{trouble}")


def _show_log(app: App, digest_id: str, *, as_json: bool) -> None:
    """One digest, its deliveries and every attempt at them."""
    found = app.store.digest(digest_id) or app.store.last_digest(digest_id)
    if found is None:
        raise ConfigError(f"there is no digest '{digest_id}'; see: heard digest list --json")
    deliveries, tried = app.store.deliveries_of(found.id), app.store.attempts(found.id)
    if as_json:
        print_json([digest_shape(found, deliveries, tried)])
        return
    click.echo(f"{found.id}  {found.report}  {_days(found)}  {found.subject_line}")
    for delivery in deliveries:
        click.echo(f"    {delivery.channel} → {delivery.recipient}: {delivery.state}")
        if delivery.instead:
            click.echo(f"        {clean(delivery.instead)}")
        for attempt in tried.get(delivery.id, ()):
            trouble = f", {clean(attempt.error)}" if attempt.error else ""
            click.echo(f"        {app.local(attempt.at)}: {attempt.state}{trouble}")
        if delivery.next_attempt_at:
            click.echo(f"        next attempt {app.local(delivery.next_attempt_at)}")


def _days(published: Digest) -> str:
    from bot.digest.sending.windows import days_in

    first, last = days_in(published.window)
    return f"{first}" if first == last else f"{first} – {last}"
