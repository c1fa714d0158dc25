"""``heard init``: a few questions, then a configuration file that works."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bot.errors import HeardError


@click.command()
@click.option("--path", "path", type=click.Path(path_type=Path), default=Path("config/heard.toml"), show_default=True,
              help="Where to write the configuration.")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite a configuration that is there.")
def init(path: Path, *, force: bool) -> None:
    """Answer a few questions and get a configuration file.

    Everything can be changed later in the file; comments in it say how. Secrets go into a private file beside it.
    """
    if path.exists() and not force:
        raise HeardError(f"{path} exists already. Edit it, or say --force to start over")
    from config.starter import Answers, secrets_text, starter_text

    click.echo("Press Enter to take what is in [brackets]; leave blank what you do not have yet.\n")
    brand = click.prompt("Your brand's name")
    answers = Answers(
        brand=brand,
        query=click.prompt('Search for (words, "phrases", OR, NOT, @handle, #tag)', default=f'"{brand}"'),
        handle=click.prompt("Your handle on X, without @", default="", show_default=False),
        domain=click.prompt("Your web address (example.org)", default="", show_default=False),
        timezone=click.prompt("Time zone", default="UTC", value_proc=_zone),
        feeds=_several("Address of a blog or news feed (or a Google Alert as RSS)"),
        message=click.prompt("A message that you want to get out, in one sentence", default="", show_default=False),
        phrase=click.prompt("A code phrase that earns something free", default="", show_default=False),
        mail_to=click.prompt("Send the digest to (e-mail; blank: write files)", default="", show_default=False),
        mail_host=click.prompt("Mail server (blank if none)", default="", show_default=False),
        reddit=click.confirm("Do you have Reddit API access?", default=False),
        x=click.confirm("Do you have an X API bearer token? (reading costs money)", default=False),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    secrets = path.parent / "secrets.env"
    path.write_text(starter_text(answers), encoding="utf-8")
    if not secrets.exists():
        secrets.touch(mode=0o600)
        secrets.write_text(secrets_text(answers), encoding="utf-8")
    os.chmod(secrets, 0o600)  # noqa: PTH101 a secrets file that was there before is made private too
    click.echo(f"\nWritten: {path} and {secrets} (private: put passwords and tokens there).")
    click.echo("Next: heard check    then: heard collect    then: heard run")


def _several(question: str) -> tuple[str, ...]:
    found: list[str] = []
    while answer := click.prompt(question if not found else "Another one", default="", show_default=False).strip():
        found.append(answer)
    return tuple(found)


def _zone(text: str) -> str:
    from zoneinfo import available_timezones

    if text not in available_timezones():
        raise click.BadParameter(f"'{text}' is not a time zone name such as Europe/Berlin")
    return text
