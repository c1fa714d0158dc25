"""The command line: a dumb door. Each command's module is imported when the command is called, not before.

Exit 0: done. 1: something failed and was named. 2: the command or the configuration is wrong.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import import_module
from importlib.util import find_spec
from keyword import iskeyword
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from bot.cli.ending import hangups_held
from bot.errors import ConfigError, HeardError, QueryError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "See the whole job on a made-up brand: no account, no network, no configuration."),
    "init": ("init", "Answer a few questions and get a configuration file."),
    "check": ("check", "Look over the configuration, the queries, the database and the channels."),
    "run": ("run", "Run unattended: listen, score, send digests, serve pages and API."),
    "worker": ("worker", "Run without pages and API: listen, score and send digests."),
    "web": ("web", "Serve the pages and the API."),
    "collect": ("collect", "Poll what is due (or the sources you name) once."),
    "mentions": ("mentions", "List what was said, newest first."),
    "query": ("query", "Try a query: what it finds, and what is sent where."),
    "explain": ("explain", "Show why a mention has its score, factor by factor."),
    "messages": ("messages", "Show whether the key messages come through, with quotes."),
    "label": ("label", "Say what a mention is: your word decides, and the classifier learns from it."),
    "review": ("review", "Look over what Heard found, so that its counts can be corrected."),
    "relevance": (
        "relevance",
        "Show how each subject is told from words that only look like its name; learn from the labels.",
    ),
    "evaluate": ("evaluate", "Measure how often Heard is right, on a labelled file or the desk's own labels."),
    "rescore": ("rescore", "Score history anew by the present rules, and show what that changed."),
    "rehearse": ("rehearse", "Show what another configuration would have done on stored history."),
    "digest": ("digest", "Preview, send and list digests."),
    "alerts": ("alerts", "Show what was raised, and test what would have been."),
    "impact": ("impact", "Show how each department's objectives stand, and what came of what was said."),
    "link": ("link", "Make a tagged link, so that clicks trace to what brought them."),
    "redeem": ("redeem", "Redeem one offer code."),
    "offers": ("offers", "Show redemption counts; issue and list codes."),
    "status": ("status", "Show how listening is going: states, coverage, gaps, cost."),
    "sources": ("sources", "Show every source; pause or resume one; coverage; find feeds; look again."),
    "budget": ("budget", "Show what each source has cost, what it will cost, and what it buys."),
    "backfill": ("backfill", "Read a source's past, as far as its platform gives it."),
    "import": ("importing", "Take in a list: feeds, observations, redemptions, counts."),
    "export": ("export", "Give out lists and tables: CSV, JSON Lines, Parquet, Excel, PDF."),
    "users": ("users", "Add, list and change people's accounts for the web pages."),
    "keys": ("keys", "Make, list and revoke API keys, and key links for the till."),
    "db": ("db", "Look after the database: upgrade, backup, restore, copy, export, check."),
    "backup": ("backup", "Back the database up into one file, also while the bot runs."),
    "restore": ("restore", "Put a backup in the place of the database."),
    "forget": ("forget", "Erase what an author said, what stands at an address, or what is old."),
    "audit": ("audit", "List what was erased, and verify that the log is whole."),
    "compliance": ("compliance", "State what is held, what was erased, why, and how soon."),
    "completion": ("completion", "Print the shell completion script."),
}
"""Name → (module, one line of help); a test holds the lines against the commands' own."""

SERVING = frozenset({"run", "worker", "web"})
"""The commands that serve for long, and read the configuration anew at SIGHUP."""

HEADINGS = {
    "demo": "Begin",
    "run": "Run it",
    "collect": "What is said",
    "label": "Put it right",
    "digest": "Tell it, and what came of it",
    "redeem": "Offers",
    "status": "Look after it",
}
"""The heading that the help sets before a command."""


class ReaderGone(Exception):
    """Whoever read our output does so no longer (heard mentions | head); that is no error of ours."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and one-line helps, and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the day's work."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, importing its module."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"bot.cli.{COMMANDS[cmd_name][0]}")
        # "import" is a word of Python's own, and so its function has an underscore behind.
        command: click.Command = getattr(module, f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is asked for; one that is wrong by a letter or two is told with what may be meant."""
        if args[0].isalpha() and args[0] not in COMMANDS:
            from bot.model.nearest import did_you_mean

            ctx.fail(f"No such command '{args[0]}'{did_you_mean(args[0], COMMANDS) or '.'}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; a reader of its output that has gone is told in a way that click does not answer itself."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands from the table, under their headings, so that help imports nothing."""
        del ctx
        rows: dict[str, list[tuple[str, str]]] = {}
        heading = ""
        for name, (_, help_line) in COMMANDS.items():
            heading = HEADINGS.get(name, heading)
            rows.setdefault(heading, []).append((name, help_line))
        widest = max(map(len, COMMANDS))
        for title, commands in rows.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(widest), line) for name, line in commands])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="New here? Type 'heard demo'. Every reading command takes --json.",
)
@click.option(
    "--config", "config_path", metavar="PATH", help="The configuration file (else $HEARD_CONFIG, ./config/heard.toml)."
)
@click.option("-v", "--verbose", is_flag=True, help="Show log lines on standard error.")
@click.version_option(package_name="heard", prog_name="heard")
@click.pass_context
def cli(ctx: click.Context, config_path: str | None, *, verbose: bool) -> None:
    """Heard: is your message being heard?

    Collects what is said about your brand on blogs, Reddit and X, scores each mention like a press mention, shows
    whether your key messages get through (with the quote that proves it), and counts redeemed offer codes.
    """
    ctx.obj = {"config": config_path, "verbose": verbose}


def main(args: list[str] | None = None) -> None:
    """The ``heard`` command: turns Heard's own errors into one clear message and an exit code."""
    sys.excepthook = _tell_bug
    with hangups_held() if _serves(sys.argv[1:] if args is None else args) else nullcontext():
        sys.exit(_ended(args))


def _serves(args: Sequence[str]) -> bool:
    """Whether it is one of the commands that a SIGHUP is for."""
    return next((word for word in args if word in COMMANDS), None) in SERVING


def _ended(args: list[str] | None) -> int:
    """Runs a command, and tells what kept it from its end; the exit code."""
    try:
        _require_one_house()
        # Without click's own ending, what it returns is the exit code of ctx.exit(), or a command's None.
        code = cli.main(args=args, prog_name="heard", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        code = 130
    except (ReaderGone, BrokenPipeError):
        # What is still buffered goes nowhere, so that Python does not complain about it when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except (ConfigError, QueryError) as error:
        code = _say(error, 2)
    except (HeardError, OSError) as error:
        code = _say(_in_words(error), 1)
    return code if isinstance(code, int) else 0


def _in_words(error: Exception) -> Exception:
    """A full disk, told as what to do about it: Python's own words for it are a number and no place."""
    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return error
    place = error.filename or "the output"
    return HeardError(f"{place} could not be written to its end: the disk is full. Free some space and run it again.")


def _say(error: Exception, code: int) -> int:
    """One line for each problem, with no secret in it, and nothing from a hostile file that moves a terminal."""
    from bot.cli.masking import without_secrets

    said = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    told = "".join(char if char.isprintable() or char == "\n" else " " for char in without_secrets(said))
    click.echo(f"heard: {told}", err=True)
    return code


def _tell_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A bug in full, as Python tells it, but for the secrets in it."""
    from bot.cli.masking import without_secrets

    sys.stderr.write(without_secrets("".join(traceback.format_exception(kind, error, trace))))


def _require_one_house() -> None:
    """Raises ConfigError when a package of another project, found first on Python's path, stands in for one of ours:
    the names ``bot``, ``connectors`` and ``config`` are anybody's.
    """
    specs = {name: find_spec(name) for name in ("bot", "connectors", "config")}
    homes = {
        name: str(Path(spec.origin).parents[1]) if spec and spec.origin else "nowhere" for name, spec in specs.items()
    }
    if len(set(homes.values())) > 1:
        found = ", ".join(f"{name} in {home}" for name, home in homes.items())
        raise ConfigError(
            f"another project's packages are found before Heard's own: {found}. "
            "Install Heard in an environment of its own, and look at PYTHONPATH"
        )
