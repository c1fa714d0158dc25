"""Deletions at the source, at the command line: looking again by hand, and what readers of a removed mention are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.model import ItemKind, Page, Target
from bot.store.sqlite import open_store
from tests.support.database import empty_database
from tests.support.deletingx import LOOKUP
from tests.support.desk import Said, run
from tests.support.replay import Answer, ReplayServer, Request
from tests.support.samples import a_mention, an_item

CONFIG = """
[heard]
timezone = "UTC"
[http]
allow_networks = ["127.0.0.0/8"]
[[subject]]
id = "moon"
name = "Moon"
query = "moon"
[[source]]
id = "x"
connector = "twitter"
bearer_token_file = "token"
follow_deletions = "reread"
base_url = "{base}"
[[source]]
id = "blogs"
connector = "rss"
feeds = ["https://example.org/feed.xml"]
"""


class Heard:
    """The command over an installation that keeps two posts on X, collected two days ago, of which one is deleted."""

    def __init__(self, folder: Path, server: ReplayServer) -> None:
        self.config = folder / "heard.toml"
        self.config.write_text(CONFIG.format(base=server.base_url))
        (folder / "token").write_text("a-made-up-token")
        (folder / "token").chmod(0o600)
        store = open_store(empty_database(folder))
        at = SystemClock().now() - timedelta(days=2)
        store.add_targets([Target("x")], at)
        items = [
            replace(an_item(1, key=key), kind=ItemKind.POST, published_at=at, text=f"Moon {key} 4711")
            for key in ("x:11", "x:12")
        ]
        self.mentions = [a_mention(item, collected_at=at) for item in items]
        store.save_page(Target("x"), Page(items=tuple(items)), self.mentions, at, at)
        store.close()
        server.add("GET", LOOKUP, answer=self._lookup)

    @staticmethod
    def _lookup(request: Request) -> Answer:
        problem = {"value": "12", "parameter": "ids", "type": "https://api.x.com/2/problems/resource-not-found"}
        stands = [{"id": one, "text": "moon"} for one in request.query["ids"].split(",") if one != "12"]
        return Answer(body={"data": stands, "errors": [problem]} if stands else {"errors": [problem]})

    def __call__(self, *words: str) -> Said:
        return run(["--config", str(self.config), *words])

    def rows(self, *words: str) -> list[dict[str, Any]]:
        return self(*words, "--json").rows


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    with ReplayServer() as server:
        yield Heard(tmp_path, server)


def test_looking_again_by_hand_erases_what_is_gone_and_readers_are_told(heard: Heard) -> None:
    done = heard("sources", "recheck", "x")
    assert done.code == 0, done.err
    assert "2 looked at, 1 gone at the source and erased, $0.01" in done.out
    gone = heard.mentions[1].id
    listed = {row["id"]: row for row in heard.rows("mentions")}
    assert (listed[gone]["removed"], listed[gone]["text"], listed[gone]["author"], listed[gone]["url"]) == (
        True, "", None, None
    )  # fmt: skip
    assert listed[heard.mentions[0].id]["removed"] is False
    explained = heard("explain", gone)
    assert explained.code == 0
    assert "Removed at source, noticed" in explained.out
    assert "4711" not in explained.out
    assert "(removed at source, noticed" in heard("mentions").out


def test_a_program_is_told_in_json(heard: Heard) -> None:
    (row,) = heard.rows("sources", "recheck")
    assert (row["platform"], row["source"], row["looked"], row["gone"], row["reads"]) == ("x", "x", 2, 1, 1)
    assert row["error"] is None


def test_a_source_that_nobody_can_ask_is_said_to_be_one(heard: Heard) -> None:
    done = heard("sources", "recheck", "blogs")
    assert done.code == 0
    assert "Nobody can be asked" in done.out
    assert heard("sources", "recheck", "nowhere").code == 2
