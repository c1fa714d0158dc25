"""``heard completion``: the script that makes the shell complete Heard's commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the shell completion script.

    For bash it belongs into ~/.local/share/bash-completion/completions/heard, for fish into
    ~/.config/fish/completions/heard.fish, for zsh into a folder of your $fpath, as _heard.
    """
    from bot.cli import cli

    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(completer(cli, {}, "heard", "_HEARD_COMPLETE").source())
