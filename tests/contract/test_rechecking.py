"""The contract of looking again (``bot.ports.Rechecking``): what every platform that is asked keeps to, its real client
library against a made platform, and every fault of the shared table.

X's compliance jobs, whose answer comes later, have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.clock import ManualClock
from bot.errors import BudgetSpent, SourceError
from bot.model import Allowance, Cost
from bot.model.rechecking import Look
from bot.ports import Rechecking
from bot.wiring import App
from config.settings import load_settings
from tests.support import reddit as made_reddit
from tests.support import replay
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.faults import FAULTS, Fault
from tests.support.feedserver import FeedServer, Reply, Request
from tests.walk.platforms import PLATFORMS

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEYS = {
    "hackernews": ("hn:11", "hn:12", "hn:13"),
    "reddit": ("reddit:t3_b", "reddit:t3_c", "reddit:t3_d"),
    "twitter": ("x:11", "x:12", "x:13"),
}
ASKS = {"twitter": 'follow_deletions = "reread"\n', "reddit": "", "hackernews": 'items_url = "{url}"\n'}
LIMITS = "[http]\nallow_networks = ['127.0.0.0/8']\nmax_body = 400000\nread_timeout = 0.5\ntotal_timeout = 1.0\n"
SUBJECT = "[[subject]]\nid = 'acme'\nname = 'Acme'\nquery = 'acme'\n"


def _json(body: Any, status: int = 200) -> Reply:
    headers, encoded = replay.Answer(status, body=body).encoded()
    headers.pop("content-length")
    return Reply(status, headers, encoded)


def _hacker_news(request: Request, deleted: set[str]) -> Reply:
    number = request.path.removeprefix("/v0/item/").removesuffix(".json")
    gone = {"deleted": True} if f"hn:{number}" in deleted else {"by": "someone", "title": "Acme launches a thing"}
    return _json({"id": int(number), "type": "story", "time": 1_790_000_000, **gone})


def _reddit(request: Request, deleted: set[str]) -> Reply:
    asked = parse_qs(urlsplit(request.path).query)["id"][0].split(",")
    stands = [name for name in asked if f"reddit:{name}" not in deleted]
    things = [made_reddit.post(int(name[3:], 36), NOW.timestamp()) for name in stands]
    return _json(made_reddit.listing(things))


def _x(request: Request, deleted: set[str]) -> Reply:
    asked = parse_qs(urlsplit(request.path).query)["ids"][0].split(",")
    problem = {
        "type": "https://api.x.com/2/problems/resource-not-found",
        "parameter": "ids",
        "title": "Not Found Error",
    }
    said: dict[str, Any] = {"data": [{"id": one, "text": "Acme"} for one in asked if f"x:{one}" not in deleted]}
    if errors := [{**problem, "resource_id": one} for one in asked if f"x:{one}" in deleted]:
        said["errors"] = errors
    return _json(said)


@dataclass
class Desk:
    """A connector, its platform, and what is deleted there. ``breaks`` takes the place of every answer while it is set."""

    platform: str
    connector: Rechecking
    answer: Callable[[Request, set[str]], Reply]
    deleted: set[str] = field(default_factory=set)
    breaks: Callable[[datetime], Reply] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return KEYS[self.platform]

    def reply(self, request: Request) -> Reply:
        return self.breaks(NOW) if self.breaks else self.answer(request, self.deleted)

    def looks(self, allowance: Allowance | None = None) -> list[Look]:
        return list(self.connector.recheck(self.keys, None, allowance or Allowance()))


ANSWERS: Mapping[str, tuple[Callable[[Request, set[str]], Reply], tuple[str, ...]]] = {
    "hackernews": (_hacker_news, tuple(f"/v0/item/{number}.json" for number in (11, 12, 13))),
    "reddit": (_reddit, ("/api/info/",)),
    "twitter": (_x, ("/2/tweets",)),
}


def a_desk(platform: str, folder: Path, opened: ExitStack) -> Desk:
    server = opened.enter_context(FeedServer())
    clock = ManualClock(NOW)
    (folder / "credential.txt").write_text("made-up", encoding="utf-8")
    (folder / "credential.txt").chmod(0o600)
    table = PLATFORMS[platform](clock).table(server) + ASKS[platform].format(url=server.url(""))
    (folder / "heard.toml").write_text(f"{table}{SUBJECT}{LIMITS}", encoding="utf-8")
    empty_database(folder)
    app = App(load_settings(folder / "heard.toml"), clock)
    opened.callback(app.close)
    (connector,) = app.connectors.values()
    assert isinstance(connector, Rechecking)
    answer, paths = ANSWERS[platform]
    desk = Desk(platform, connector, answer)
    for path in paths:
        server.add(path, desk.reply)
    return desk


@pytest.fixture(params=list(ANSWERS))
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as opened:
        yield a_desk(request.param, tmp_path, opened)


def test_its_keys_and_its_batches_say_what_can_be_asked(desk: Desk) -> None:
    assert all(key.startswith(f"{desk.connector.platform}:") for key in desk.keys)
    assert desk.connector.recheck_batch >= len(desk.keys)


def test_what_is_deleted_is_gone_and_every_key_is_answered_once(desk: Desk) -> None:
    desk.deleted = {desk.keys[1]}
    looks = desk.looks()
    assert sorted(key for look in looks for key in look.looked) == sorted(desk.keys)
    assert [one.key for look in looks for one in look.gone] == [desk.keys[1]]
    assert all(one.reason for look in looks for one in look.gone)
    assert sum(look.cost.reads for look in looks) > 0


def test_where_nothing_is_deleted_nothing_is_gone(desk: Desk) -> None:
    assert not [one for look in desk.looks() for one in look.gone]


def test_keys_that_are_none_of_its_own_are_answered_and_not_asked(desk: Desk) -> None:
    strange = (f"{desk.connector.platform}:not/../one", f"{desk.connector.platform}:", "rss:something")
    (look,) = desk.connector.recheck(strange, None, Allowance())
    assert (look.looked, look.gone, look.cost) == (strange, (), Cost())


SAYS_NOTHING = {("hackernews", "200 with null")}
"""An answer that is right, and says nothing: the site gives null for a number that it does not know (yet)."""


def _cases() -> Iterator[Any]:
    """In short runs every twelfth fault, and nothing that the library retries slowly, of which full ones take some."""
    for platform in ANSWERS:
        for number, fault in enumerate(FAULTS):
            slow = platform in fault.slow
            taken = number % (12 if slow else 1) == 0 if FULL else number % 12 == 0 and not slow
            if taken or (platform, fault.name) in SAYS_NOTHING:
                yield pytest.param(platform, fault, id=f"{platform}: {fault}")


@pytest.mark.parametrize(("platform", "fault"), list(_cases()))
def test_a_fault_is_named_and_nothing_is_taken_for_deleted(tmp_path: Path, platform: str, fault: Fault) -> None:
    with ExitStack() as opened:
        desk = a_desk(platform, tmp_path, opened)
        desk.breaks = fault.reply
        found: list[Look] = []
        error: SourceError | None = None
        try:
            for look in desk.connector.recheck(desk.keys, None, Allowance()):
                found.append(look)  # noqa: PERF402 what came before the fault is wanted too
        except SourceError as raised:
            error = raised
        assert not [one for look in found for one in look.gone]
        if (platform, fault.name) in SAYS_NOTHING:
            assert error is None
            assert [look.looked for look in found] == [desk.keys]
            return
        assert type(error).__name__ == fault.kind_at(platform), repr(error)
        assert not [key for look in found for key in look.looked], "what was not answered is still due"


@dataclass
class Purse:
    """A source's budget of reads."""

    reads: int
    asked: list[Cost] = field(default_factory=list)

    def left(self) -> Allowance:
        return Allowance(self.reads)

    def set_aside(self, most: Cost, what: str = "") -> None:
        del what
        if most.reads > self.reads:
            raise BudgetSpent("spent")
        self.asked.append(most)


def test_hacker_news_asks_for_no_more_than_its_budget_holds(tmp_path: Path) -> None:
    with ExitStack() as opened:
        desk = a_desk("hackernews", tmp_path, opened)
        purse = Purse(2)
        steps = desk.connector.recheck(desk.keys, None, Allowance(2, purse=purse))
        first = next(steps)
        assert first.looked == desk.keys[:2]
        purse.reads -= first.cost.reads
        with pytest.raises(BudgetSpent):
            next(steps)
        assert purse.asked == [Cost(2)]
