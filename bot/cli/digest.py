"""``heard digest``: preview, send, list."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_day, print_json
from bot.shapes import time_shape

if TYPE_CHECKING:
    from bot.model import Delivery, Digest


@click.group()
def digest() -> None:
    """Preview, send and list digests."""


@digest.command()
@click.argument("report", metavar="ID")
@click.option(
    "--date", "day", metavar="DAY", help="The last day that it covers, like 2026-11-21 (else the last full one)."
)
@click.option("--format", "form", type=click.Choice(["terminal", "text", "html", "json"]),
              help="How to print it (else as fits a terminal or a pipe).")  # fmt: skip
@config_option
@click.pass_context
def preview(ctx: click.Context, report: str, day: str | None, form: str | None) -> None:
    """Show a digest without sending or keeping it.

    What a digest that was sent has told is not told again, so that a preview of its days shows what came since.
    """
    app = open_app(ctx)
    app.expect("digest", report)
    body = app.telling.compose(*app.telling.window(report, parse_day(day) if day else None))
    from bot.digest import render

    match form:
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


@digest.command()
@click.argument("report", metavar="ID")
@click.option(
    "--date", "day", metavar="DAY", help="The last day that it covers, like 2026-11-21 (else the last full one)."
)
@config_option
@click.pass_context
def send(ctx: click.Context, report: str, day: str | None) -> None:
    """Write a digest once, and send what is due.

    A digest that was written before is not written again: this sends what of it still waits. The next digest tells
    only what this one did not.
    """
    app = open_app(ctx)
    app.expect("digest", report)
    published = app.telling.publish(*app.telling.window(report, parse_day(day) if day else None))
    click.echo(f"{published.id}: {published.subject_line}")
    app.watching.announce()
    outcomes = app.telling.deliver()
    for outcome in outcomes:
        click.echo(
            f"  {outcome.channel} → {outcome.recipient}: {outcome.state}{f', {outcome.error}' if outcome.error else ''}"
        )
    if not outcomes:
        click.echo("  nothing to send: it was sent before, or this digest has no channels (see 'heard digest list')")
    if any(outcome.error for outcome in outcomes):
        ctx.exit(1)


@digest.command("list")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=20, show_default=True,
              help="How many, newest first.")  # fmt: skip
@json_option
@config_option
@click.pass_context
def list_digests(ctx: click.Context, limit: int, *, as_json: bool) -> None:
    """List digests and their deliveries."""
    app = open_app(ctx)
    rows = app.store.digests(limit)
    if as_json:
        print_json(_shape(digest, deliveries) for digest, deliveries in rows)
        return
    if not rows:
        click.echo("No digest has been made yet. See one without sending it: heard digest preview ID")
    for published, deliveries in rows:
        click.echo(f"{published.report}  {_days(published)}  {published.subject_line}")
        for delivery in deliveries:
            when = f" at {app.local(delivery.sent_at)}" if delivery.sent_at else ""
            trouble = f", {delivery.error}" if delivery.error else ""
            click.echo(f"    {delivery.channel} → {delivery.recipient}: {delivery.state}{when}{trouble}")


def _days(published: Digest) -> str:
    from bot.digest.windows import days_in

    first, last = days_in(published.window)
    return f"{first}" if first == last else f"{first} – {last}"


def _shape(published: Digest, deliveries: tuple[Delivery, ...]) -> dict[str, object]:
    return {
        "digest": published.id,
        "report": published.report,
        "audience": str(published.audience),
        "period": {
            "start": time_shape(published.window.start),
            "end": time_shape(published.window.end),
            "timezone": published.window.timezone,
        },
        "subject_line": published.subject_line,
        "created_at": time_shape(published.created_at),
        "deliveries": [
            {
                "channel": delivery.channel,
                "recipient": delivery.recipient,
                "state": str(delivery.state),
                "attempts": delivery.attempts,
                "sent_at": time_shape(delivery.sent_at),
                "next_attempt_at": time_shape(delivery.next_attempt_at),
                "error": delivery.error,
            }
            for delivery in deliveries
        ],
    }
