"""``heard keys``: API keys for programs, and key links for phones at the till."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.show import plain, table
from bot.model.access import Scope
from bot.shapes import time_shape

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.model.access import ApiKey
    from bot.wiring import App

SCOPES = ", ".join(Scope)


@click.group()
def keys() -> None:
    """Make, list and revoke API keys, and key links for the till.

    A key is shown once, when it is made; what is kept is its hash. Scopes: read (counts and mentions), redeem (redeem
    and give back codes), label (correct what Heard thinks), admin (everything).
    """


@keys.command()
@click.option("--scope", "scopes", metavar="SCOPES", help=f"What it may do, with commas between: {SCOPES}.")
@click.option("--name", default="", help="What it is for, as lists show it.")
@click.option("--expires", metavar="SPAN", help="It runs out after this: 90d, 12h. Else it holds until it is revoked.")
@click.option("--till", is_flag=True, help="Print a link too that opens the till page on a phone (scope redeem).")
@click.option("--placement", metavar="NAME", help="Where it redeems, unless a request says otherwise.")
@click.option("--qr/--no-qr", default=None, help="Show the link as a QR code (by itself on a terminal).")
@json_option
@config_option
@click.pass_context
def create(
    ctx: click.Context,
    /,
    *,
    scopes: str | None,
    name: str,
    expires: str | None,
    till: bool,
    placement: str | None,
    qr: bool | None,
    as_json: bool,
) -> None:
    """Make a key, shown this once.

    With --till the link is for one phone each: revoking the key signs that phone out at once. Whoever has the link can
    redeem, so send it as you would send a password.
    """
    wanted = _scopes(scopes, till=till)
    lasts = _span(expires)
    app = open_app(ctx)
    key, text = app.access.create_key(wanted, actor=actor(), name=name, expires=lasts, till=till, placement=placement)
    link = f"{_home(app)}/till/enter#{text}" if till else None
    if as_json:
        shown = {"id": key.id, "key": text, "scopes": sorted(key.scopes)}
        print_json([shown | ({"link": link} if till else {}) | {"expires_at": time_shape(key.expires_at)}])
        return
    click.echo(text)
    click.echo(f"Key {key.id} may {', '.join(sorted(key.scopes))}{_until(app, key)}. It is shown this once.", err=True)
    if link is not None:
        click.echo(f"\nOpen this on the phone at the till, then press the button:\n{link}")
        if app.settings.public_url is None:
            click.echo("Set public_url in [heard], so that the link leads here from a phone too.", err=True)
        if qr or (qr is None and console().is_terminal):
            _print_qr(link)


@keys.command(name="list")
@json_option
@config_option
@click.pass_context
def list_(ctx: click.Context, *, as_json: bool) -> None:
    """List every key, oldest first, with its last use (to the hour)."""
    app = open_app(ctx)
    found = app.access.keys()
    if as_json:
        print_json(_shape(key, app.clock.now()) for key in found)
    elif not found:
        click.echo("There are no keys. Make one: heard keys create --scope redeem,read --name 'Web shop'")
    else:
        shown = table("id", "name", "may", "at", "made", "last used", "state")
        for key in found:
            does = "the till" if key.till else " ".join(sorted(key.scopes))
            where, state = plain(key.placement or "–"), _state(app, key)
            times = (app.local(key.created_at), app.local(key.last_used_at))
            shown.add_row(key.id, plain(key.name), does, where, *times, state)
        console().print(shown)


@keys.command()
@click.argument("key_id", metavar="ID")
@config_option
@click.pass_context
def revoke(ctx: click.Context, key_id: str) -> None:
    """End a key, and the tills that it opened, at once."""
    parts = key_id.split("_")
    bare = parts[1] if len(parts) > 1 else key_id  # somebody who pastes the whole key means its id
    if open_app(ctx).access.revoke_key(bare, actor=actor()):
        click.echo(f"Key {bare} opens nothing any more.")
    else:
        click.echo(f"Key {bare} was revoked before.")


def actor() -> str:
    """Who types, as the access log names them."""
    return f"command:{getpass.getuser()}"


def _scopes(text: str | None, *, till: bool) -> frozenset[Scope]:
    words = {word.strip().lower() for word in (text or ("redeem" if till else "")).split(",") if word.strip()}
    unknown = sorted(words - set(Scope))
    if unknown or not words:
        said = f"'{unknown[0]}' is no scope" if unknown else "say what the key may do"
        raise click.BadParameter(f"{said}; there is: {SCOPES}", param_hint="--scope")
    if till and words != {Scope.REDEEM}:
        raise click.BadParameter("a key for the till may redeem and nothing else", param_hint="--scope")
    return frozenset(map(Scope, words))


def _span(text: str | None) -> timedelta | None:
    if text is None:
        return None
    from bot.cli.context import UNITS

    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not (number.isascii() and number.isdigit() and int(number[:9]) > 0 and len(number) < 6):  # noqa: PLR2004 a few centuries
        raise click.BadParameter(f"'{text}' is not a span; write 90d or 12h", param_hint="--expires")
    return int(number) * UNITS[unit]


def _home(app: App) -> str:
    return app.settings.public_url or f"http://{app.settings.web.listen}"


def _until(app: App, key: ApiKey) -> str:
    return f", until {app.local(key.expires_at)}" if key.expires_at else ""


def _state(app: App, key: ApiKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {app.local(key.revoked_at)}"
    if not key.holds(app.clock.now()):
        return f"ran out {app.local(key.expires_at)}"
    return f"until {app.local(key.expires_at)}" if key.expires_at else "holds"


def _shape(key: ApiKey, now: datetime) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "till": key.till,
        "placement": key.placement,
        "created_at": time_shape(key.created_at),
        "created_by": key.created_by,
        "expires_at": time_shape(key.expires_at),
        "revoked_at": time_shape(key.revoked_at),
        "last_used_at": time_shape(key.last_used_at),
        "holds": key.holds(now),
    }


def _print_qr(link: str) -> None:
    import sys

    import segno

    segno.make(link, error="m").terminal(out=sys.stdout, compact=True)
