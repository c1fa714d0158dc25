"""What every command shares: finding the configuration, printing for people or programs, logging."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from rich.console import Console

    from bot.wiring import App

Command = TypeVar("Command", bound=Callable[..., Any])
YEARS = range(1970, 9000)
"""Days outside of these are typing errors; inside of them every window and every time zone can be worked out."""
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1)}


HANDLER = "heard"
"""The name of the handler that writes Heard's log."""
WIDE = 240
"""Columns of a table that goes into a pipe or a file: room for everything, nothing cut off."""


def config_option(command: Command) -> Command:
    """``--config`` and ``-v`` on the command too, so that they may stand before or after the command's name."""

    def remember(ctx: click.Context, parameter: click.Parameter, value: str | bool | None) -> None:
        if value:
            ctx.ensure_object(dict)[str(parameter.name)] = value

    command = click.option(
        "-v", "--verbose", is_flag=True, expose_value=False, callback=remember, help="Show log lines on standard error."
    )(command)
    return click.option(
        "--config", metavar="PATH", expose_value=False, callback=remember, help="The configuration file."
    )(command)


def json_option(command: Command) -> Command:
    """``--json``: one JSON object a line, stable keys."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")(command)


def open_app(ctx: click.Context) -> App:
    """The application of the configuration that holds here; closed when the command ends."""
    from bot.wiring import App
    from config.finding import find_config
    from config.secrets import load_secrets_file, secrets_file
    from config.settings import load_settings

    given = ctx.ensure_object(dict)
    configure_logging(verbose=bool(given.get("verbose")))
    path = find_config(given.get("config"))
    load_secrets_file(secrets_file(path))
    app = App(load_settings(path))
    if app.settings.log.format != "text":
        configure_logging(verbose=bool(given.get("verbose")), form=app.settings.log.format)
    ctx.call_on_close(app.close)
    return app


def configure_logging(*, verbose: bool, level: str = "ERROR", form: str = "text") -> None:
    """Log lines go to standard error: errors only (or what ``level`` says); when asked, everything of Heard's own and
    the warnings of libraries. ``form`` is one of :data:`bot.cli.logs.FORMATS`; called again, it changes what was set.
    """
    from bot.cli.logs import FORMATS

    handler = logging.StreamHandler(sys.stderr)
    handler.set_name(HANDLER)
    handler.setFormatter(FORMATS[form]())
    handler.setLevel(logging.INFO if verbose else level)
    root = logging.getLogger()
    ours = [known for known in root.handlers if known.get_name() == HANDLER]
    if ours:
        root.removeHandler(ours[0])
    if ours or not root.handlers:
        root.addHandler(handler)
        root.setLevel(logging.WARNING)
    logging.getLogger("heard").setLevel(logging.INFO if verbose else level)


def print_json(rows: Iterable[Mapping[str, Any]]) -> None:
    """One object a line, text as it is (UTF-8)."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False))


def console(*, stderr: bool = False) -> Console:
    """A console for people; into a pipe or a file, plain text that is as wide as it needs to be."""
    from rich.console import Console

    class Out(Console):
        def on_broken_pipe(self) -> None:
            """Leaves the reader that has gone to :func:`bot.cli.main`, like everything else that prints."""
            raise BrokenPipeError

    out = Out(stderr=stderr, highlight=False, soft_wrap=False)
    return out if out.is_terminal else Out(stderr=stderr, highlight=False, soft_wrap=False, width=WIDE)


def parse_day(text: str) -> date:
    """A day written as 2026-11-21. Raises a usage error otherwise."""
    day: date | None = None
    with suppress(ValueError):
        day = date.fromisoformat(text)
    if day is None or day.year not in YEARS:
        raise click.BadParameter(f"'{text}' is not a day; write it as 2026-11-21")
    return day


def parse_moment(text: str | None, zone: str, now: datetime) -> datetime | None:
    """A day, a time, or a span back from now (``7d``, ``12h``); days and bare times are meant in ``zone``."""
    if text is None:
        return None
    moment: datetime | None = None
    with suppress(ValueError, OverflowError):
        moment = _span_back(text, now) or datetime.fromisoformat(text)
    if moment is None or moment.year not in YEARS:
        raise click.BadParameter(f"'{text}' is not a time; write 2026-11-21, 2026-11-21T08:00 or a span such as 7d")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


def _span_back(text: str, now: datetime) -> datetime | None:
    number, unit = text[:-1], text[-1:]
    if unit not in UNITS or not (number.isascii() and number.isdigit()):
        return None
    return now - int(number) * UNITS[unit]
