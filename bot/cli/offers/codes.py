"""``heard offers issue``, ``sheet``, ``disable`` and ``enable``: what makes, prints and switches codes."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.cli.progress import progress
from bot.errors import ConfigError, HeardError
from bot.offers.ledger.codes import ALPHABET, grouped
from bot.offers.ledger.issue import AT_ONCE, CodeShape
from bot.spreadsheet import safe_rows

if TYPE_CHECKING:
    from bot.model import IssuedCode


@click.command()
@click.argument("offer", metavar="ID")
@click.option("--count", metavar="N", type=click.IntRange(1, 1_000_000), required=True, help="How many codes to make.")
@click.option("--placement", metavar="NAME", help="Where these codes will be given out.")
@click.option("--prefix", metavar="TEXT", default="", help="What every code begins with.")
@click.option("--length", metavar="N", type=click.IntRange(6, 32), default=10, show_default=True,
              help="Random characters of a code, from 6 to 32.")  # fmt: skip
@click.option("--alphabet", metavar="CHARS", default=ALPHABET,
              help="The characters they are drawn from; look-alikes such as O beside 0 are refused.")  # fmt: skip
@click.option("--format", "as_", type=click.Choice(["text", "csv"]), default="text", help="One code a line, or CSV.")
@json_option
@config_option
@click.pass_context
def issue(ctx: click.Context, /, offer: str, count: int, *, as_: str, as_json: bool, **said: str | int | None) -> None:
    """Make unique codes and print them.

    One code a line, ready for a file: heard offers issue ID --count 500 > codes.txt. Every code has a check character,
    so that a mistyped one is never taken for another.
    """
    app = open_app(ctx)
    app.expect("offer", offer)
    placement = str(said["placement"]) if said["placement"] else None
    shape = CodeShape(str(said["prefix"]), int(said["length"] or 0), str(said["alphabet"]))
    with progress("codes issued", count) if count > AT_ONCE else nullcontext() as tell:
        codes = app.counting.issue(offer, count, placement, shape=shape, tell=tell)
    if as_json:
        print_json({"offer": offer, "code": code, "placement": placement} for code in codes)
        return
    if as_ == "csv":
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(("offer", "code", "printed", "placement"))
        rows.writerows(safe_rows((offer, code, grouped(code), placement) for code in codes))
    else:
        sys.stdout.writelines(f"{code}\n" for code in codes)
    sys.stdout.flush()
    click.echo(f"{len(codes)} code{'s' if len(codes) != 1 else ''} issued.", err=True)


@click.command()
@click.argument("offer", metavar="ID")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The HTML file to write.")
@click.option("--placement", metavar="NAME", help="Only the codes that were issued for this placement.")
@click.option("--unused", is_flag=True, help="Only the codes that have not been used.")
@click.option("--till", is_flag=True, help="QR codes open the till page with the code filled in (needs public_url).")
@config_option
@click.pass_context
def sheet(ctx: click.Context, offer: str, out: Path, placement: str | None, *, unused: bool, till: bool) -> None:
    """Write a sheet of an offer's codes to print.

    Cards with the code and its QR code. Open the file in a browser and print it on A4. It fetches nothing from
    anywhere. A QR code holds its code; with --till it is for the phones of staff, and leads them to the till.
    """
    from bot.files import fresh_file
    from bot.offers.ledger.sheet import sheet as pieces

    app = open_app(ctx)
    app.expect("offer", offer)
    public = app.settings.public_url
    if till and public is None:
        raise ConfigError("--till needs the address of the till: set public_url in [heard]")
    codes = [
        code
        for code in app.counting.codes(offer)
        if not (unused and code.used)
        and (placement is None or placement.casefold() == (code.placement or "").casefold())
    ]
    if not codes:
        raise HeardError(f"there are no such codes of offer '{offer}'; heard offers issue makes them")
    chosen = next(one for one in app.settings.offers if one.id == offer)
    try:
        with fresh_file(out) as file:  # codes are worth money: for this user alone
            file.writelines(
                piece.encode() for piece in pieces(chosen, codes, link=f"{public}/till?code=" if till else None)
            )
    except FileExistsError as error:
        raise HeardError(f"{out} exists already; a sheet never overwrites. Name another file") from error
    click.echo(f"{len(codes):,} code{'s' if len(codes) != 1 else ''} on {out}")


@click.command()
@click.argument("offer", metavar="ID")
@click.option("--code", metavar="CODE", help="Only this code of the offer.")
@config_option
@click.pass_context
def disable(ctx: click.Context, offer: str, code: str | None) -> None:
    """Switch an offer, or one code of it, off.

    Nothing is redeemed from now on, until 'enable' switches it on again. What was counted stays.
    """
    app = open_app(ctx)
    app.counting.disable(offer, code=code)
    click.echo(f"Off: {code or offer}")


@click.command()
@click.argument("offer", metavar="ID")
@click.option("--code", metavar="CODE", help="Only this code of the offer.")
@config_option
@click.pass_context
def enable(ctx: click.Context, offer: str, code: str | None) -> None:
    """Switch on again what 'disable' switched off.

    A code of an offer that is off stays off with it, and what the configuration disables stays disabled.
    """
    app = open_app(ctx)
    app.counting.enable(offer, code=code)
    click.echo(f"On: {code or offer}")


def print_codes(listed: Iterable[IssuedCode], *, as_json: bool) -> None:
    """Issued codes, each with its placement and whether it was used."""
    if as_json:
        print_json({"code": _shown(code), "placement": code.placement, "used": code.used} for code in listed)
        return
    for code in listed:
        click.echo(f"{_shown(code)}  {'used' if code.used else 'open'}  {code.placement or ''}".rstrip())


def _shown(code: IssuedCode) -> str:
    return code.printed or code.code.upper()
