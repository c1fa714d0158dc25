"""A connector over the real HTTP seam, and an X that answers recent search from made posts (shapes: connectors.md §1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import ManualClock
from bot.http import Http, HttpLimits
from bot.model import Allowance, Query, Term, TermKind
from bot.ports import Deps
from connectors.twitter import TwitterSearch, connect
from connectors.twitter.ids import id_at, time_of
from tests.support.replay import Answer, ReplayServer, Request

TOKEN = "AAAAAAAAAAmadeUpBearerToken%3Dnot-a-real-one"
SEARCH = "/2/tweets/search/recent"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUERY = Query("acme", "acme", Term(TermKind.WORD, "acme"))


@dataclass
class Bench:
    """What a test holds: the connector, the server it talks to, and the clock."""

    connector: TwitterSearch
    server: ReplayServer
    clock: ManualClock

    def fetch(self, cursor: Mapping[str, Any] | None = None, allowance: Any = None, queries: Any = (QUERY,)) -> Any:
        return self.connector.fetch(queries, cursor, allowance or Allowance())


@contextmanager
def bench(now: datetime = NOW, **options: Any) -> Iterator[Bench]:
    """A connector over the real session factory, against an empty replay server."""
    clock = ManualClock(now)
    with ReplayServer() as server, Http(HttpLimits(allow_networks=("127.0.0.0/8",), read_timeout=5)) as http:
        deps = Deps(http.session, clock, lambda _options, _name: TOKEN)
        yield Bench(connect("x", {"base_url": server.base_url, **options}, deps), server, clock)


def made_post(moment: datetime, text: str = "acme", **more: Any) -> dict[str, Any]:
    """A made post in the old vocabulary, with the id that its moment gives."""
    post_id = more.pop("id", id_at(moment))
    return {
        "id": post_id,
        "text": text,
        "author_id": "100",
        "created_at": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "edit_history_tweet_ids": [post_id],
        **more,
    }


def made_page(posts: Sequence[Mapping[str, Any]], token: str | None = None, **more: Any) -> dict[str, Any]:
    """A made page of recent search."""
    meta: dict[str, Any] = {"result_count": len(posts)}
    if posts:
        meta |= {"newest_id": posts[0]["id"], "oldest_id": posts[-1]["id"]}
    if token:
        meta["next_token"] = token
    return {**({"data": list(posts)} if posts else {}), "meta": meta, **more}


def refusal(parameter: str, value: str, message: str) -> Answer:
    """A 400 in the shape of the recorded ones (x/academic/tweets_search_all_40_400.json)."""
    body = {
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }
    return Answer(400, {}, body)


@dataclass
class MadeX:
    """Answers recent search like X: newest first, by since_id or start_time, in pages; refuses what is too old."""

    clock: ManualClock
    posts: list[dict[str, Any]] = field(default_factory=list)
    page: int = 100
    tokens_valid: bool = True

    def __call__(self, request: Request) -> Answer:
        now = self.clock.now()
        since, start = request.query.get("since_id"), request.query.get("start_time")
        oldest = now - timedelta(days=7)
        if since and (time_of(since) or oldest) < oldest:
            limit = f"{oldest:%Y-%m-%dT%H:%MZ}. Please use a 'since_id' that is larger than {id_at(oldest)}"
            return refusal("since_id", since, f"'since_id' must be a tweet id created after {limit}.")
        if start and datetime.fromisoformat(start) < oldest:
            return refusal("start_time", start, f"Invalid 'start_time':'{start}'.")
        first = int(since) + 1 if since else int(id_at(datetime.fromisoformat(start)))
        last = int(id_at(now - timedelta(seconds=30)))
        found = sorted((p for p in self.posts if first <= int(p["id"]) <= last), key=lambda p: -int(p["id"]))
        if token := request.query.get("next_token"):
            if not self.tokens_valid:
                self.tokens_valid = True
                return refusal("next_token", token, f"The `next_token` query parameter value [{token}] is not valid")
            found = [post for post in found if int(post["id"]) < int(token.removeprefix("after"))]
        size = min(self.page, int(request.query["max_results"]))
        now_page, more = found[:size], found[size:]
        return Answer(200, {}, made_page(now_page, f"after{now_page[-1]['id']}" if more else None))
