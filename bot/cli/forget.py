"""``heard forget``: erases what a person asks to have erased."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, json_option, open_app, parse_moment, print_json
from bot.cli.show import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model.keeping import Sample
    from bot.wiring import App

SHOWN = 5


@click.command()
@click.option("--author", metavar="NAME", help="A handle (with or without @), an id, a name or a profile's address.")
@click.option("--url", metavar="URL", help="What stands at this address.")
@click.option("--before", metavar="WHEN", help="What was collected before then: a day, or 400d.")
@click.option("--subject", metavar="ID", help="Only what names this subject.")
@click.option("--source", metavar="ID", help="Only what this source brought.")
@click.option("--dry-run", is_flag=True, help="Show what would be erased; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@config_option
@click.pass_context
def forget(
    ctx: click.Context, author: str | None, url: str | None, before: str | None, subject: str | None,
    source: str | None, *, dry_run: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Erase what an author said, what stands at an address, or what is old.

    Text, quotes, author and link go from the database and from digests that were sent, with reposts of it; numbers
    stay. It does not come back when its source still shows it. What is given together must all hold. Sent e-mails, chat
    messages, exports and backups of yours are not reached: docs/keeping.md.
    """
    from bot.model.keeping import Wanted

    if author is None and url is None and before is None:
        raise click.UsageError("say what is to be forgotten: --author, --url or --before")
    app = open_app(ctx)
    app.expect("subject", subject)
    app.expect("source", source)
    start = parse_moment(before, app.settings.timezone, app.clock.now())
    wanted = Wanted(author, url, start, subject, source)
    found = list(app.keeping.asked_for(wanted))
    hidden = _hidden(app, author, found)
    if hidden:
        click.echo(hidden, err=True)
    counts = {"items": len(found), "mentions": None, "digests": None}
    if not dry_run and found:
        if not as_json:
            _show(found)
        if not yes:
            click.confirm(f"Erase {_items(len(found))} for good?", abort=True, err=True)
        done, settled = app.keeping.forget(wanted, getpass.getuser())
        if not settled:
            click.echo(
                "Somebody reads the database just now: its log is cut off when 'heard run' looks next.", err=True
            )
        counts = {"items": done.items, "mentions": done.mentions, "digests": done.digests}
        for line in app.backups.put_aside_lines():
            click.echo(f"Not reached: {plain(line)}", err=True)
    if as_json:
        print_json([{**counts, "dry_run": dry_run, "samples": [_sample(one) for one in found[:SHOWN]],
                     "pseudonyms": hidden}])  # fmt: skip
    elif not found:
        click.echo("Nothing that is kept is meant by that.")
    elif dry_run:
        _show(found)
        click.echo(f"{_items(len(found))} would be erased. Nothing was changed.")
    else:
        click.echo(
            f"Erased {_items(counts['items'] or 0)}, {counts['mentions']} mentions; {counts['digests']} digests changed."
        )


def _hidden(app: App, author: str | None, found: Sequence[Sample]) -> str | None:
    """What is to be said of authors under pseudonyms: where they are kept so, and where nothing was found."""
    retention = app.settings.retention
    if author is None or (found and not retention.pseudonymise and retention.authors is None):
        return None
    from bot.stewardship.pseudonyms import reach_of

    return reach_of(author)


def _show(found: Sequence[Sample]) -> None:
    for one in found[:SHOWN]:
        said = _sample(one)
        click.echo(f"{said['collected']}  {plain(one.source)}  {plain(one.outlet)}  {said['author']}  {said['text']}")
    if len(found) > SHOWN:
        click.echo(f"and {len(found) - SHOWN:,} more")


def _sample(one: Sample) -> dict[str, str]:
    """Enough to see that it is meant; what is to be forgotten is not printed once more."""
    words = plain(" ".join(one.text.split()))
    return {
        "source": one.source,
        "outlet": one.outlet,
        "collected": one.collected_at.date().isoformat(),
        "author": f"{plain(one.author)[:2]}…" if one.author else "–",
        "text": f"{words[:12]}… ({len(one.text):,} characters)",
    }


def _items(number: int) -> str:
    return f"{number:,} item{'' if number == 1 else 's'}"
