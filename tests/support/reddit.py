"""Made and recorded Reddit for the tests: listings, a server that pages like Reddit, and connectors on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.http import Http, HttpLimits
from bot.model import Allowance, Cursor, Item, Page, Query, Term, TermKind
from bot.ports import Connector, Deps
from connectors.reddit import connect
from tests.support.replay import Answer, ReplayServer, Request
from tests.support.shared import shared_path

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOKEN = {"access_token": "made-bearer-token", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
SECRETS = {"REDDIT_ID": "made-client-id", "REDDIT_SECRET": "made-client-secret"}
LOOPBACK = HttpLimits(allow_networks=("127.0.0.0/8",), read_timeout=3)
USER_AGENT = "linux:org.example.heard:v1 (by /u/somebody)"
SEARCH = "/r/all/search/"
BRAND = Query("truffle", "truffle", Term(TermKind.WORD, "truffle"))
OPTIONS = {
    "mode": "oauth",
    "client_id_env": "REDDIT_ID",
    "client_secret_env": "REDDIT_SECRET",
    "user_agent": USER_AGENT,
}


def post(number: int, at: float, **fields: Any) -> dict[str, Any]:
    """A made submission as the API lists it."""
    data = {"id": base36(number), "created_utc": at, "title": f"Post {number}", "selftext": "", "author": "somebody"}
    data |= {"subreddit": "chocolate", "permalink": f"/r/chocolate/comments/{base36(number)}/post/", "is_self": True}
    return {"kind": "t3", "data": data | {"name": f"t3_{data['id']}"} | fields}


def comment(number: int, at: float, **fields: Any) -> dict[str, Any]:
    """A made comment as the API lists it."""
    data = {"id": base36(number), "created_utc": at, "body": f"Comment {number}", "author": "somebody"}
    data |= {"subreddit": "chocolate", "parent_id": "t3_abc", "link_id": "t3_abc", "link_title": "A truffle"}
    return {"kind": "t1", "data": data | {"name": f"t1_{data['id']}"} | fields}


def listing(children: Sequence[Mapping[str, Any]], after: str | None = None) -> dict[str, Any]:
    """A listing's envelope."""
    return {"kind": "Listing", "data": {"children": list(children), "after": after, "before": None}}


def base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    found = ""
    while number:
        number, digit = divmod(number, 36)
        found = digits[digit] + found
    return found or "0"


@dataclass
class Shelf:
    """A newest-first listing that pages like Reddit: ``after`` a thing that is gone gives nothing; cut at ``cap``."""

    things: list[dict[str, Any]] = field(default_factory=list)
    page: int = 100
    cap: int = 1000

    def put(self, *things: dict[str, Any]) -> None:
        self.things = sorted([*self.things, *things], key=lambda thing: -thing["data"]["created_utc"])

    def answer(self, request: Request) -> Answer:
        shown = self.things[: self.cap]
        names = [thing["data"]["name"] for thing in shown]
        start = 0
        if "after" in request.query:
            if request.query["after"] not in names:
                return Answer(body=listing([]))
            start = names.index(request.query["after"]) + 1
        some = shown[start : start + min(self.page, int(request.query["limit"]))]
        more = start + len(some) < len(shown)
        return Answer(body=listing(some, some[-1]["data"]["name"] if some and more else None))


_open: list[Http] = []


@contextmanager
def reddit(token: Answer | None = None) -> Iterator[ReplayServer]:
    """A loopback Reddit that gives tokens. Connections that :func:`deps` opened are closed with it."""
    with ReplayServer() as server:
        server.add("POST", "/api/v1/access_token", answer=token or Answer(body=TOKEN))
        try:
            yield server
        finally:
            while _open:
                _open.pop().close()


def deps(clock: ManualClock | None = None, secrets: Mapping[str, str] = SECRETS, limits: HttpLimits = LOOPBACK) -> Deps:
    """What wiring would give, with made secrets."""

    def secret(options: Mapping[str, Any], name: str) -> str:
        value = secrets.get(str(options.get(f"{name}_env")))
        if value is None:
            raise ConfigError(f"{name}_env: not set")
        return value

    http = Http(limits)
    _open.append(http)
    return Deps(session=http.session, clock=clock or ManualClock(NOW), secret=secret)


def connected(server: ReplayServer, clock: ManualClock | None = None, **options: Any) -> Connector:
    """The connector in oauth mode against ``server``."""
    return connect("reddit", OPTIONS | {"base_url": server.base_url} | options, deps(clock))


def pages(connector: Connector, cursor: Cursor | None = None, reads: int | None = None) -> list[Page]:
    """One poll for the made brand; cursors go through JSON, as they do in the store."""
    found = list(connector.fetch([BRAND], cursor, Allowance(reads=reads)))
    json.dumps([page.cursor for page in found])
    return found


def cursor_of(found: Sequence[Page], before: Cursor | None = None) -> Cursor | None:
    """The cursor that the store would hold after these pages."""
    last = next((page.cursor for page in reversed(found) if page.cursor is not None), before)
    return None if last is None else json.loads(json.dumps(last))


def items(found: Sequence[Page]) -> list[Item]:
    return [item for page in found for item in page.items]


def recorded(name: str) -> list[tuple[dict[str, Any], Answer]]:
    """The exchanges of a recording below ``corpus/reddit``: request, and answer to replay wherever it is wanted."""
    path = shared_path(f"corpus/reddit/{name}.json")
    found = []
    for exchange in json.loads(path.read_text(encoding="utf-8"))["exchanges"]:
        response = exchange["response"]
        headers = {
            key: ", ".join(value) if isinstance(value, list) else str(value)
            for key, value in response["headers"].items()
        }
        found.append((exchange["request"], Answer(response["status"], headers, response.get("body") or "")))
    return found
