"""``heard check``: is everything in order before it runs unattended?"""

from __future__ import annotations

import json
from typing import Any

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.cli.masking import without_secrets


@click.command()
@click.option(
    "--live",
    is_flag=True,
    help="Also ask every source for one page (this can cost money on X) and send a test letter through every channel.",
)
@click.option("--show", is_flag=True, help="Print the merged configuration, secrets masked.")
@json_option
@config_option
@click.pass_context
def check(ctx: click.Context, *, live: bool, show: bool, as_json: bool) -> None:
    """Look over the configuration, the queries, the database and the channels.

    Asks and sends nothing unless --live. Exit status 2 when something is wrong.
    """
    app = open_app(ctx)
    if show:
        from config.secrets import masked

        click.echo(json.dumps(_redacted(masked(app.settings.raw)), indent=2, ensure_ascii=False, default=str))
        return
    from bot.wiring.checking import Checking

    findings = Checking(app, live=live).findings()
    if as_json:
        print_json({"check": name, "ok": ok, "detail": without_secrets(detail)} for name, ok, detail in findings)
    else:
        for name, ok, detail in findings:
            click.echo(f"{'ok   ' if ok else 'WRONG'} {name}: {without_secrets(detail)}")
    if not all(ok for _, ok, _ in findings):
        ctx.exit(2)


def _redacted(tables: Any) -> Any:
    """The tables with what is secret in an address masked: a feed's token, a database's password."""
    match tables:
        case str():
            return without_secrets(tables)
        case dict():
            return {key: _redacted(value) for key, value in tables.items()}
        case list() | tuple():
            return [_redacted(value) for value in tables]
    return tables
