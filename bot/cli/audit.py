"""``heard audit``: the log of what was erased."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.cli.show import plain, table
from bot.errors import HeardError
from bot.phrases import plural
from bot.shapes import time_shape

SEAL = re.compile("[0-9a-f]{64}")
"""What a seal looks like: a SHA-256 in hexadecimal."""

if TYPE_CHECKING:
    from bot.model.keeping import Erasure


@click.command()
@click.option("--since", metavar="WHEN", help="Erased since then: a day, or 30d.")
@click.option("--seal", metavar="HEX", help="A last seal that was noted earlier: whether its line is still there.")
@json_option
@config_option
@click.pass_context
def audit(ctx: click.Context, since: str | None, seal: str | None, *, as_json: bool) -> None:
    """List what was erased, and verify that the log is whole.

    Each line is sealed over the one before it. The log holds nothing of what was erased: of each item a keyed hash.
    Exit 1 where a line was changed, put in or taken away.
    """
    if seal is not None and not SEAL.fullmatch(seal := seal.strip().lower()):
        raise click.BadParameter(
            f"'{seal[:80]}' is no seal; one has 64 digits and letters a to f, as 'heard audit' ends with",
            param_hint="--seal",
        )
    app = open_app(ctx)
    start = parse_moment(since, app.settings.timezone, app.clock.now())
    verdict, lines = app.keeping.verify(seal), app.keeping.audit(start)
    if as_json:
        print_json(map(_shape, lines))
    else:
        shown = table("line", "erased", "who", "cause", "what", "source", "items", "digests", "after")
        for one in lines:
            lag = f"{one.lag.total_seconds() / 3600:,.1f} h"
            shown.add_row(
                str(one.seq), app.local(one.erased_at), plain(one.who), one.cause, one.what, plain(one.source),
                f"{one.forgotten.items:,}", f"{one.forgotten.digests:,}", lag,
            )  # fmt: skip
        console().print(shown)
        if verdict.wrong is None:
            click.echo(f"{plural(verdict.lines, 'line')}, every seal fits; the last is {verdict.last or 'none'}")
    for line in app.backups.put_aside_lines():
        click.echo(plain(line), err=True)
    if verdict.wrong is not None:
        raise HeardError(f"the audit log is not whole: {verdict.wrong}")


def _shape(one: Erasure) -> dict[str, Any]:
    return {
        "line": one.seq,
        "erased_at": time_shape(one.erased_at),
        "noticed_at": time_shape(one.noticed_at),
        "who": one.who,
        "cause": one.cause.value,
        "what": one.what.value,
        "source": one.source,
        "items": one.forgotten.items,
        "mentions": one.forgotten.mentions,
        "digests": one.forgotten.digests,
        "marks": list(one.marks),
        "before": one.before,
        "seal": one.seal,
    }
