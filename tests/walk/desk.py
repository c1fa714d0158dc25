"""A configuration in a folder and the ``heard`` program, for walks through the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.support.feedserver import FeedServer, Reply, entry, rss
from tests.support.reddit import TOKEN
from tests.support.replay import Answer, ReplayServer

TOKEN_TEXT = "made-up-bearer-token-nobody-may-see"


@dataclass
class Outcome:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Desk:
    """A configuration in a folder, and the command line."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def config(self) -> Path:
        return self.folder / "heard.toml"

    def configure(self, *tables: str, http: str = "") -> None:
        """Writes the configuration: one subject, Acme, and what is given."""
        (self.folder / "credential.txt").write_text(TOKEN_TEXT, encoding="utf-8")
        subject = "[[subject]]\nid = 'acme'\nname = 'Acme'\nquery = 'acme'\n"
        limits = f"[http]\nallow_networks = ['127.0.0.0/8']\n{http}\n"
        self.config.write_text("\n".join([subject, *tables, limits]), encoding="utf-8")

    def heard(self, *args: str) -> Outcome:
        """Runs a command in this process, as the ``heard`` program does."""
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(self.config), *args])
        said = self.capture.readouterr()
        return Outcome(int(ended.value.code or 0), said.out, said.err)

    def states(self) -> dict[str, dict[str, Any]]:
        """Each target's row, by feed path or source."""
        return {name_of(row): row for row in self.heard("sources", "--json").rows}

    def mentions(self) -> list[dict[str, Any]]:
        return self.heard("mentions", "--json").rows


def name_of(row: Mapping[str, Any]) -> str:
    return re.sub(r"^https?://[^/]+", "", row["feed"]) if row["feed"] else str(row["source"])


def feeds(*addresses: str, name: str = "feeds") -> str:
    return f"[[source]]\nid = '{name}'\nconnector = 'rss'\nfeeds = {json.dumps(addresses)}\n"


def x(address: str) -> str:
    return (
        f"[[source]]\nid = 'x'\nconnector = 'twitter'\nbase_url = '{address}'\nbearer_token_file = 'credential.txt'\n"
    )


def reddit(address: str) -> str:
    return (
        f"[[source]]\nid = 'reddit'\nconnector = 'reddit'\nmode = 'oauth'\nbase_url = '{address}'\n"
        "client_id_file = 'credential.txt'\nclient_secret_file = 'credential.txt'\n"
        "user_agent = 'linux:org.example.heard:v1 (by /u/somebody)'\n"
    )


def good(number: int = 1, **more: str) -> str:
    return entry(f"Acme opens shop {number}", guid=f"g{number}", link=f"https://news.example/{number}", **more)


def feed_of(*entries: str) -> Reply:
    return Reply(headers={"content-type": "application/rss+xml"}, body=rss(*entries))


@contextmanager
def platforms() -> Iterator[tuple[FeedServer, ReplayServer, ReplayServer]]:
    with FeedServer() as blogs, ReplayServer() as x_server, ReplayServer() as reddit_server:
        reddit_server.add("POST", "/api/v1/access_token", answer=Answer(body=TOKEN))
        yield blogs, x_server, reddit_server
