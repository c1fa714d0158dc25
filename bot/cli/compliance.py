"""``heard compliance``: the dated statement."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.cli.show import plain, table
from bot.errors import ConfigError, HeardError
from bot.phrases import plural
from bot.shapes import time_shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.stewardship.statement import Statement
    from bot.wiring import App


@click.group()
def compliance() -> None:
    """State what is held, what was erased, why, and how soon."""


@compliance.command()
@click.option("--since", metavar="WHEN", help="Erasures since then: a day, or 30d.")
@click.option("--until", metavar="WHEN", help="Erasures before then.")
@click.option("--verify", is_flag=True, help="Fail where the audit log that it is counted from is not whole.")
@json_option
@config_option
@click.pass_context
def report(
    ctx: click.Context, since: str | None, until: str | None, *, verify: bool, as_json: bool
) -> None:  # fmt: skip
    """Print the statement of what is held and what was erased.

    It names no person and repeats no words. Everything erased is counted from the audit log, whose state it names by
    its last seal: 'heard audit --seal' says later whether that line still stands.
    """
    app = open_app(ctx)
    zone, now = app.settings.timezone, app.clock.now()
    start, end = parse_moment(since, zone, now), parse_moment(until, zone, now)
    found = app.keeping.statement(start, end)
    coverage, follow_up = _coverage(app)
    if as_json:
        print_json([{**_shape(found), "coverage": dict(coverage), "follow_up": list(follow_up)}])
    else:
        _print(app, found)
        click.echo("What is noticed of what is taken back or changed at its source:")
        for source, said in coverage.items():
            click.echo(f"  {plain(source)}: {plain(said)}")
        for line in follow_up:
            click.echo(f"  {plain(line)}")
    if verify and found.wrong is not None:
        raise HeardError(f"the audit log is not whole: {found.wrong}")


def _coverage(app: App) -> tuple[Mapping[str, str], Sequence[str]]:
    """What is noticed of each source, and how following it stands; not known where its credentials are not at hand."""
    try:
        return app.following.coverage(), app.following.lines()
    except ConfigError as error:
        return {}, [f"this is not known here: {error}"]


def _print(app: App, found: Statement) -> None:
    click.echo(f"Statement of {app.local(found.at)} ({app.settings.timezone})")
    click.echo("Settings: " + ("; ".join(found.settings) or "nothing goes by itself") + ".")
    held = table("source", "items", "with words", "with authors", "oldest")
    for one in found.held:
        held.add_row(plain(one.platform), f"{one.items:,}", f"{one.words:,}", f"{one.authors:,}", app.local(one.oldest))
    console().print(held)
    gone = table("source", "cause", "what", "items", "digests changed", "median", "95 %", "worst")
    for row in found.erased:
        lags = (_span(row.lags.median), _span(row.lags.p95), _span(row.lags.worst))
        gone.add_row(plain(row.source), row.cause, row.what, f"{row.items:,}", f"{row.digests:,}", *lags)
    console().print(gone)
    click.echo(f"Overdue now: {found.overdue:,}")
    whole = "every seal fits" if found.wrong is None else f"NOT WHOLE: {found.wrong}"
    click.echo(
        f"Counted from {plural(found.lines, 'line')} of the audit log ({whole}); its last seal: {found.seal or 'none'}"
    )


def _span(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:,.1f} h"


def _shape(found: Statement) -> dict[str, Any]:
    return {
        "at": time_shape(found.at),
        "since": time_shape(found.since),
        "until": time_shape(found.until),
        "settings": list(found.settings),
        "held": [
            {
                "source": one.platform,
                "items": one.items,
                "with_words": one.words,
                "with_authors": one.authors,
                "oldest": time_shape(one.oldest),
            }
            for one in found.held
        ],
        "erased": [
            {
                "source": row.source,
                "cause": row.cause.value,
                "what": row.what.value,
                "items": row.items,
                "mentions": row.mentions,
                "digests": row.digests,
                "lag_seconds": {
                    "median": row.lags.median.total_seconds(),
                    "p95": row.lags.p95.total_seconds(),
                    "worst": row.lags.worst.total_seconds(),
                },
            }
            for row in found.erased
        ],
        "overdue": found.overdue,
        "audit_lines": found.lines,
        "audit_seal": found.seal or None,
        "audit_wrong": found.wrong,
    }
