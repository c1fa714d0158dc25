"""``heard users``: people's accounts and roles."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.context import config_option, console, json_option, open_app, print_json
from bot.cli.keys import actor
from bot.cli.show import plain, table
from bot.errors import ConfigError, PasswordRefused
from bot.model.access import Role
from bot.shapes import time_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.model.access import AccessEvent, Account

LONGEST_FILE = 10_000
"""Characters of a password file that are read: more than any password has."""
ROLES = click.Choice([str(role) for role in Role])


def password_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The ways of giving a password: typed unseen, read from a file or from standard input, or made up."""
    command = click.option(
        "--generate", is_flag=True, help="Make a password up, and show it this once on standard output."
    )(command)
    return click.option(
        "--password-file", metavar="PATH", help="Read the password from the first line of this file ('-': from input)."
    )(command)


@click.group()
def users() -> None:
    """Add, list and change people's accounts for the web pages.

    Roles: viewer reads; community reads, redeems, gives back and issues codes; pr reads and labels; admin may do
    everything.
    """


@users.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True, help="What they are in the team.")
@password_options
@config_option
@click.pass_context
def add(ctx: click.Context, name: str, role: str, password_file: str | None, *, generate: bool) -> None:
    """Add an account. The password is typed, unless told otherwise."""
    app = open_app(ctx)
    with _told():
        password = _password(password_file, generate=generate)
        account = app.access.add_account(name, Role(role), password, actor=actor())
    click.echo(f"{plain(account.name)} may sign in as {role}.", err=generate)
    if generate:
        click.echo(password)


@users.command(name="list")
@json_option
@config_option
@click.pass_context
def list_(ctx: click.Context, *, as_json: bool) -> None:
    """List every account with its role and last sign-in."""
    app = open_app(ctx)
    found = app.access.accounts()
    if as_json:
        print_json(map(_shape, found))
    elif not found:
        click.echo("There are no accounts. Add one: heard users add NAME --role community")
    else:
        shown = table("name", "role", "added", "last sign-in", "state")
        for account in found:
            times = (app.local(account.created_at), app.local(account.last_sign_in))
            state = f"shut out {app.local(account.disabled_at)}" if account.disabled_at else "may sign in"
            shown.add_row(plain(account.name), account.role, *times, state)
        console().print(shown)


@users.command()
@click.argument("name")
@click.argument("role", type=ROLES)
@config_option
@click.pass_context
def role(ctx: click.Context, name: str, role: str) -> None:
    """Give an account another role; it is signed out everywhere."""
    open_app(ctx).access.set_role(name, Role(role), actor=actor())
    click.echo(f"{plain(name)} is {role} now, and is signed out everywhere.")


@users.command()
@click.argument("name")
@password_options
@config_option
@click.pass_context
def password(ctx: click.Context, name: str, password_file: str | None, *, generate: bool) -> None:
    """Give an account another password; it is signed out everywhere."""
    app = open_app(ctx)
    with _told():
        fresh = _password(password_file, generate=generate)
        app.access.set_password(name, fresh, actor=actor())
    click.echo(f"{plain(name)} has another password and is signed out everywhere.", err=generate)
    if generate:
        click.echo(fresh)


@users.command()
@click.argument("name")
@config_option
@click.pass_context
def disable(ctx: click.Context, name: str) -> None:
    """Shut an account out: signed out everywhere, and in no more."""
    open_app(ctx).access.set_disabled(name, disabled=True, actor=actor())
    click.echo(f"{plain(name)} is signed out everywhere and cannot sign in.")


@users.command()
@click.argument("name")
@config_option
@click.pass_context
def enable(ctx: click.Context, name: str) -> None:
    """Let an account in again that was shut out."""
    open_app(ctx).access.set_disabled(name, disabled=False, actor=actor())
    click.echo(f"{plain(name)} may sign in again.")


@users.command()
@click.argument("name")
@config_option
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Remove an account and its sessions. What it did stays in the log and in the ledger."""
    open_app(ctx).access.remove_account(name, actor=actor())
    click.echo(f"{plain(name)} is removed.")


@users.command(name="sign-out")
@click.argument("name", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody, and every phone at a till.")
@config_option
@click.pass_context
def sign_out(ctx: click.Context, name: str | None, *, everybody: bool) -> None:
    """Sign an account out everywhere, or everybody.

    With --all phones at the till go too, and open their link again. Passwords and keys stay as they are.
    """
    if everybody == (name is not None):
        raise click.UsageError("say who: NAME, or --all")
    ended = open_app(ctx).access.end_sessions(name, actor=actor())
    click.echo(f"{plain(name or 'Everybody')} is signed out everywhere: {ended} session{'s' if ended != 1 else ''}.")


@users.command()
@json_option
@config_option
@click.pass_context
def log(ctx: click.Context, *, as_json: bool) -> None:
    """Show who changed what about keys and accounts, oldest first."""
    app = open_app(ctx)
    if as_json:
        print_json(map(_event_shape, app.access.log()))
        return
    for event in app.access.log():
        told = " ".join(filter(None, (event.kind, event.about, event.detail)))
        click.echo(f"{app.local(event.at)}  {plain(event.actor)}: {plain(told)}")


@contextmanager
def _told() -> Iterator[None]:
    """A refused password is a wrong use of the command, in its own words."""
    try:
        yield
    except PasswordRefused as refused:
        raise ConfigError(str(refused)) from refused


def _password(file: str | None, *, generate: bool) -> str:
    if generate and file is not None:
        raise click.UsageError("either --generate or --password-file, not both")
    if generate:
        from bot.access.passwords import generate as made_up

        return made_up()
    if file is None and sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return _first_line(file)


def _first_line(file: str | None) -> str:
    try:
        if file is None or file == "-":
            text = sys.stdin.read(LONGEST_FILE)
        else:
            with Path(file).open(encoding="utf-8") as opened:
                text = opened.read(LONGEST_FILE)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file or 'the input'} is no text in UTF-8") from error
    return text.partition("\n")[0].removesuffix("\r")


def _shape(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role,
        "created_at": time_shape(account.created_at),
        "disabled_at": time_shape(account.disabled_at),
        "last_sign_in": time_shape(account.last_sign_in),
    }


def _event_shape(event: AccessEvent) -> dict[str, Any]:
    return {
        "at": time_shape(event.at),
        "actor": event.actor,
        "kind": event.kind,
        "about": event.about,
        "detail": event.detail,
    }
