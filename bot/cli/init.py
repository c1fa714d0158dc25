"""``heard init``: a few questions, then a configuration file that works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import HeardError

if TYPE_CHECKING:
    from config.starter import Answers

Check = Callable[[str], str]


@click.command()
@click.option("--path", "path", type=click.Path(path_type=Path), default=Path("config/heard.toml"), show_default=True,
              help="Where to write the configuration.")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite a configuration that is there; secrets are kept.")
def init(path: Path, *, force: bool) -> None:
    """Answer a few questions and get a configuration file.

    Everything can be changed later in the file; comments in it say how. Secrets go into a private file beside it.
    """
    if path.exists() and not force:
        raise HeardError(f"{path} exists already. Edit it, or say --force to start over")
    from bot.files import PRIVATE, fresh_file
    from config.secrets import secrets_file
    from config.starter import secrets_text, starter_text

    click.echo("Press Enter to take what is in [brackets]; leave blank what you do not have yet.\n")
    answers = _ask()
    path.parent.mkdir(parents=True, exist_ok=True)
    secrets = secrets_file(path)
    path.write_text(starter_text(answers), encoding="utf-8")
    if not secrets.exists():
        with fresh_file(secrets) as file:
            file.write(secrets_text(answers).encode())
    secrets.chmod(PRIVATE)
    click.echo(f"\nWritten: {path} and {secrets} (private: put passwords and tokens there).")
    named = "" if path == Path("config/heard.toml") else f" --config {path}"
    click.echo(f"Next: heard check{named}    then: heard collect{named}    then: heard run{named}")


def _ask() -> Answers:
    from config import starter
    from config.starter import Answers

    brand = _prompt("Your brand's name", starter.one_line)
    handle = _prompt("Your handle on X, without @", starter.handle, blank=True)
    domain = _prompt("Your web address (example.org)", starter.domain, blank=True)
    return Answers(
        brand=brand,
        query=_prompt('Search for (words, "phrases", OR, NOT, @handle, #tag)', _query,
                      default=starter.first_query(brand, handle, domain)),
        handle=handle,
        domain=domain,
        timezone=_prompt("Time zone", _zone, default="UTC"),
        feeds=_several("Address of a blog or news feed (or a Google Alert as RSS)", starter.address),
        message=_prompt("A message that you want to get out, in one sentence", starter.one_line, blank=True),
        phrase=_prompt("A code phrase that earns something free", starter.one_line, blank=True),
        mail_to=(to := _prompt("Send the digest to (e-mail; blank: write files)", starter.mail_address, blank=True)),
        mail_host=_prompt("Mail server (smtp.example.org)", starter.host) if to else "",
        reddit=click.confirm("Do you have Reddit API access?", default=False),
        x=click.confirm("Do you have an X API bearer token? (reading costs money)", default=False),
    )  # fmt: skip


def _prompt(question: str, check: Check, *, default: str | None = None, blank: bool = False) -> str:
    """An answer that ``check`` takes; asked again, with the reason, until it does."""

    def value(text: str) -> str:
        try:
            return check(text.strip()) if text.strip() or not blank else ""
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    given = "" if blank else default
    answer: str = click.prompt(question, default=given, show_default=not blank, value_proc=value)
    return answer


def _several(question: str, check: Check) -> tuple[str, ...]:
    found: list[str] = []
    while answer := _prompt(question if not found else "Another one", check, blank=True):
        found.append(answer)
    return tuple(found)


def _query(text: str) -> str:
    from bot.errors import QueryError
    from bot.listen.query import parse_query

    try:
        parse_query("subject", text)
    except QueryError as error:
        raise ValueError(str(error)) from error
    return text


def _zone(text: str) -> str:
    from zoneinfo import available_timezones

    if text not in available_timezones():
        raise ValueError(f"'{text}' is not a time zone name such as Europe/Berlin")
    return text
