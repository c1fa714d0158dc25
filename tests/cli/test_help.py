"""The first thing that people see: help that comes at once, is complete, and agrees with itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from keyword import iskeyword

import click
import pytest

from bot.cli import COMMANDS, cli
from tests.support.desk import HEARD, run

HEAVY = (
    *("requests", "pydantic", "tweepy", "praw", "prawcore", "feedparser", "sqlite_utils", "scipy", "numpy", "jinja2"),
    *("rich", "apscheduler", "lark", "css_inline", "py3langid", "rapidfuzz", "rensa", "ahocorasick_rs", "selectolax"),
    *("vaderSentiment", "w3lib", "sklearn", "platformdirs", "urllib3", "sqlite3", "smtplib"),
)


def every_command(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


ALL = list(every_command())


LATE = (
    *("scipy", "statsmodels", "sklearn", "pandas", "numpy", "py3langid", "altair", "vl_convert", "apprise", "fastapi"),
    *("jinja2", "css_inline", "rich", "bot.charts", "bot.web"),
)
"""What few commands need, however much of the application they use."""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], [], ["nonsense"], ["redeem", "--help"], ["status", "--help"]]
)
def test_help_imports_no_heavy_module(arguments: list[str]) -> None:
    code = (
        "import json, sys\nfrom bot.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "bot.cli" in loaded
    assert not loaded.intersection(HEAVY)


def test_the_application_brings_no_statistics_charts_or_pages_before_they_are_asked_for() -> None:
    code = "import json, sys, bot.wiring\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert {"bot.wiring.offers.comparing", "bot.wiring.listen.judging", "bot.store.sqlite"} <= loaded
    assert not loaded.intersection(LATE)
    assert not [name for name in loaded if name.startswith("bot.offers.verdicts")]


def test_the_installed_command_shows_help() -> None:
    done = subprocess.run([HEARD, "-h"], capture_output=True, text=True, check=True)
    assert "is your message being heard?" in done.stdout
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_one_line_help_is_the_commands_own(name: str) -> None:
    module, line = COMMANDS[name]
    command = getattr(import_module(f"bot.cli.{module}"), f"{name}_" if iskeyword(name) else name)
    assert command.help.split("\n\n")[0].replace("\n", " ").strip() == line


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_and_every_option_is_described(path: tuple[str, ...], command: click.Command) -> None:
    said = run([*path, "--help"])
    assert said.code == 0
    assert said.out.startswith(f"Usage: heard {' '.join(path)}")
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} says nothing"
            assert parameter.help.endswith((".", ")")) or parameter.name == "help"
    assert "Show this message" in said.out
    assert "..." not in said.out.replace("[SOURCE]...", "").replace("[ARGS]...", ""), "a line of help is cut off"
    assert max(map(len, said.out.splitlines())) <= 100


@pytest.mark.parametrize(
    "path",
    [
        *("mentions", "explain", "messages", "collect", "sources", "status", "offers", "redeem", "check"),
        *("digest list", "offers show", "offers issue", "db check", "db upgrade"),
    ],
)
def test_every_reading_command_takes_json(path: str) -> None:
    command = {" ".join(names): command for names, command in ALL}[path]
    assert any("--json" in parameter.opts for parameter in command.params)


def test_a_command_that_is_mistyped_is_a_usage_error() -> None:
    said = run(["mentionz"])
    assert (said.code, "No such command 'mentionz'" in said.err) == (2, True)
