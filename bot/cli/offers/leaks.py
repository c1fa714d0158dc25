"""``heard offers leaks`` and ``heard offers chain``: codes in what others say, and what came of it."""

from __future__ import annotations

import shlex
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, console, json_option, open_app, parse_moment, print_json
from bot.cli.show import plain, table
from bot.digest.notices.leaks import wording_of
from bot.digest.plain import clean
from bot.digest.wording import reach_words
from bot.model import OfferKind
from bot.offers.ledger.codes import tidy
from bot.offers.tracing.trace_shapes import chain_shape, flag_shape, leak_shape
from bot.phrases import plural

if TYPE_CHECKING:
    from bot.model import Chain, Leak
    from bot.wiring import App

MONTH = timedelta(days=30)
SHOWN = 3
"""Places of a story that are named, and leaks of which it is said what stops them; of more, how many there are."""


@click.command()
@json_option
@config_option
@click.pass_context
def leaks(ctx: click.Context, *, as_json: bool) -> None:
    """Show codes seen outside their places, and what stands out.

    Facts with their numbers, no accusations: where a live code was seen in what was collected, how long after it was
    given out, what was redeemed before and since; waves, another mix of customers or placements than usual, and wrong
    codes tried in number. Looks at what was collected since the last look first.
    """
    app = open_app(ctx)
    app.tracing.look()
    found, flags = app.tracing.leaks(), app.tracing.flags()
    if as_json:
        print_json((*map(leak_shape, found), *map(flag_shape, flags)))
        return
    out = console()
    for leak in found:
        out.print(_leak_line(app, leak))
    for flag in flags:
        out.print(
            f"[bold]{flag.kind}[/bold] {plain(flag.offer)} {plain(flag.words)}"
            + ("" if flag.p is None else f" (p = {flag.p:.1g})")
        )
    if not found and not flags:
        out.print("No code was seen outside its places, and nothing stands out in the ledger.")
    else:
        out.print("These are facts and no accusations; nothing was stopped.")
        active = [leak for leak in found if leak.active]
        if active:
            out.print("A place that is welcome goes into the offer's 'places'; a code is stopped by:")
        for leak in active[:SHOWN]:
            out.print(f"  {_stop(app, leak)}", soft_wrap=True, markup=False, highlight=False)
        if len(active) > SHOWN:
            out.print(f"  and so for {len(active) - SHOWN} more.")


@click.command()
@click.argument("offer", metavar="[ID]", required=False)
@click.option("--since", metavar="WHEN", help="From when on: a day, a time or a span such as 7d. By default 30d.")
@click.option("--until", metavar="WHEN", help="Until when; by default now.")
@json_option
@config_option
@click.pass_context
def chain(ctx: click.Context, offer: str | None, since: str | None, until: str | None, *, as_json: bool) -> None:
    """Show who named an offer, and what was redeemed.

    Stories and posts that named the code or the offer, whom they reached by kind of figure, and redemptions by
    placement and day: joined by code, placement and time, never by people.
    """
    from bot.model import Interval

    app = open_app(ctx)
    app.expect("offer", offer)
    app.tracing.look()
    now, zone = app.clock.now(), app.settings.timezone
    end = parse_moment(until, zone, now) or now
    start = parse_moment(since, zone, now) or end - MONTH
    if start >= end:
        raise click.BadParameter("--since must be before --until")
    wanted = [offer] if offer else [one.id for one in app.settings.offers]
    found = [app.tracing.chain(one, Interval(start, end)) for one in wanted]
    if as_json:
        print_json(map(chain_shape, found))
    for number, one in enumerate(found if not as_json else ()):
        if number:
            click.echo()
        _print_chain(app, one)
    if not wanted and not as_json:
        click.echo("No offers are configured. Add an [[offer]] with its code to the configuration.")


def _leak_line(app: App, leak: Leak) -> str:
    after = "" if leak.time_to_leak is None else f", {wording_of(leak.time_to_leak)} after it was given out"
    link = f" {plain(leak.first.url)}" if leak.first.url else ""
    where = f" and {len(leak.places) - 1} more" if len(leak.places) > 1 else ""
    state = "" if leak.active else ", no longer active"
    return (
        f"[bold]leak seen[/bold] {plain(leak.offer)} “{plain(tidy(leak.code))}” at {plain(leak.first.place)}{where}, "
        f"{app.local(leak.since)}{after}: {leak.before:,} redeemed before, {leak.after:,} since{state}.{link}"
    )


def _stop(app: App, leak: Leak) -> str:
    """What stops a leaked code, as it is typed: a phrase goes with its offer, a code of many alone."""
    alone = any(one.id == leak.offer and one.kind is OfferKind.UNIQUE_CODES for one in app.settings.offers)
    code = ["--code", tidy(leak.code)] if alone else []
    return clean(shlex.join(["heard", "offers", "disable", leak.offer, *code]))


def _print_chain(app: App, found: Chain) -> None:
    out = console()
    out.print(f"[bold]{plain(found.name)}[/bold], {app.local(found.window.start)} – {app.local(found.window.end)}")
    out.print(plain(found.line) + ".")
    if found.stories:
        shown = table("first", "where", "story", "named", right=("posts", "voices"))
        for story in found.stories:
            more = len(story.places) - SHOWN
            places = ", ".join(story.places[:SHOWN]) + (f" and {more} more" if more > 0 else "")
            said = " and ".join(f"the {one}" for one in story.named)
            outside = " (outside its places)" if "outside" in story.standings else " (own)" if story.owned else ""
            shown.add_row(app.local(story.first_at), plain(places), plain(story.title), said + outside,
                          str(story.posts), str(story.voices))  # fmt: skip
        out.print(shown)
    for kind, reach in found.reach.items():
        out.print(f"Reach by {kind.value.replace('_', '-')} figures: {reach_words(reach, kind)}")
    if found.unknown_voices:
        out.print(f"Reach unknown for {plural(found.unknown_voices, 'voice')}.")
    if found.days:
        counts = table("day", "placement", right=("redeemed", "after a leak"))
        for row in found.days:
            note = "" if row.status == "final" else f" ({row.status})"
            counts.add_row(
                f"{row.day:%a %d %b}", plain(row.placement or "not said"), f"{row.redeemed}{note}", str(row.after_leak)
            )
        out.print(counts)
    out.print(plain(found.caveat))
