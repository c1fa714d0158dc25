"""A small installation for tests of the command line: a configuration, feeds on loopback, and the ``heard`` command."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from tests.support.feedserver import FeedServer, Reply, entry, rss

HEARD = Path(sys.executable).with_name("heard")
ZONE = "Europe/Berlin"
TOKEN = "s3cr3t-t0ken-4711"

CONFIG = """
[heard]
timezone = "Europe/Berlin"

[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'

[[subject]]
id = "lantern"
name = "Cocoa Lantern"
own = false
query = '"cocoa lantern"'

[[source]]
id = "blogs"
connector = "rss"
every = "1h"
feeds = [{feeds}]

[[message]]
id = "hand-rolled"
statement = "Every truffle is rolled by hand each morning."
counter = ["The truffles are made by a machine."]

[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
placements = ["counter", "market"]
cap = 3

[[offer]]
id = "cards"
name = "Gift cards"
kind = "unique-codes"

[[channel]]
id = "folder"
kind = "file"
folder = "digests"

[[digest]]
id = "pr-daily"
audience = "pr"
at = "00:00"
channels = ["folder"]

[[digest]]
id = "community-daily"
audience = "community"
at = "00:00"
channels = ["folder"]

[http]
allow_networks = ["127.0.0.0/8"]

[web]
listen = "127.0.0.1:0"
"""


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The output as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Desk:
    """A folder with a configuration; commands run in it."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "heard.toml"

    def write(self, text: str) -> Path:
        """Writes the configuration."""
        self.config.write_text(text, encoding="utf-8")
        return self.config

    def heard(self, *args: str, answers: str = "", config: bool = True) -> Said:
        """Runs a command in this process, as the ``heard`` script does."""
        return run([*(["--config", str(self.config)] if config else []), *args], answers)

    def start(self, *args: str, **more: Any) -> subprocess.Popen[str]:
        """Starts the real command in a process of its own; its output is piped."""
        environment = {name: value for name, value in os.environ.items() if name != "HEARD_CONFIG"} | self.env
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": self.folder} | more
        return subprocess.Popen([HEARD, *args], text=True, env=environment, **pipes)


class Stream(io.BytesIO):
    """What a standard stream is over, with a name as those have."""

    name = "<stdin>"


def run(args: list[str], answers: str = "") -> Said:
    """The command's ``main`` with these arguments and this standard input."""
    from bot.cli import main

    level = logging.getLogger("heard").level
    out, err, given = (io.TextIOWrapper(Stream(), "utf-8", newline="", write_through=True) for _ in range(3))
    given.write(answers)
    given.seek(0)
    code = 0
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "stdin", given),
        patch.dict(os.environ),
    ):
        try:
            main(args)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        finally:
            logging.getLogger("heard").setLevel(level)
    return Said(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def feeds_config(*addresses: str, text: str = CONFIG) -> str:
    """The configuration with these feeds."""
    return text.replace("{feeds}", ", ".join(f'"{address}"' for address in addresses))


def yesterday(hour: int = 12) -> str:
    """A time of yesterday, by the desk's own days, as feeds write it."""
    day = datetime.now(ZoneInfo(ZONE)) - timedelta(days=1)
    return format_datetime(day.replace(hour=hour, minute=0, second=0, microsecond=0))


def stories() -> str:
    """A feed of what was said about Velvet Crumb yesterday: praise, complaint, another language, hostility."""
    return rss(
        entry(
            "Velvet Crumb wins everybody over",
            guid="praise",
            link="https://paper.example/praise",
            date=yesterday(9),
            text="I love Velvet Crumb, the best shop in town. At Velvet Crumb every truffle is rolled by hand each morning.",
        ),
        entry(
            "A bad day at Velvet Crumb",
            guid="complaint",
            link="https://paper.example/complaint",
            date=yesterday(10),
            text="Velvet Crumb was awful, terrible and rude. The truffles are made by a machine.",
        ),
        entry(
            "Velvet Crumb eröffnet ein Geschäft",
            guid="german",
            link="https://zeitung.example/neu",
            date=yesterday(11),
            text="Die Pralinen von Velvet Crumb werden jeden Morgen in der Brückenstraße gemacht, sagt die Inhaberin heute.",
        ),
        entry(
            "Velvet Crumb [bold]and[/bold] \u009b31m\u202eeman",
            guid="hostile",
            link="javascript:alert(1)",
            date=yesterday(12),
            text="Velvet Crumb [/] is here. " + "x" * 300,
        ),
        entry(
            "Cocoa Lantern lights up",
            guid="rival",
            link="https://paper.example/rival",
            date=yesterday(13),
            text="Good.",
        ),
        entry("Nothing of ours", guid="other", link="https://paper.example/other", date=yesterday(14), text="At all."),
    )


def serve_stories(server: FeedServer) -> str:
    """The address of a feed with what was said."""
    return server.add("/feed.xml", Reply(body=stories()))
