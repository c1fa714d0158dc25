"""The shared corpus as a small internet on loopback: its feeds, an X and a Reddit that answer with what was recorded.

Words, figures, ids and headers are as recorded. What had to be made, because no recording has it: the page tokens that
chain X's recorded search answers into one walk, and the times of posts and comments (recorded 2010 to 2025, while a
listener asks for a week), which are spread evenly over six days: X's by their ids, Reddit's as they were recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.support.feedserver import FeedServer, Reply, conditional
from tests.support.feedserver import Request as FeedRequest
from tests.support.reddit import TOKEN, Shelf
from tests.support.replay import Answer, ReplayServer, Request
from tests.support.shared import shared_path

X_SEARCH = "/2/tweets/search/recent"
FIRST_WEEK = timedelta(days=6)


def serve_feeds(server: FeedServer) -> dict[str, str]:
    """Serves every feed file of the corpus; its name below ``feeds`` by its address.

    By turns a feed has an ETag, a Last-Modified, or neither: of those, only the bytes can say that nothing is new.
    """
    folder = shared_path("corpus/feeds")
    served: dict[str, str] = {}
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        name = path.relative_to(folder).as_posix()
        served[server.add(f"/{name}", _route(path, number))] = name
    return served


def _route(path: Path, number: int) -> Any:
    body, headers = path.read_bytes(), {"Content-Type": _media_type(path)}
    match number % 3:
        case 0:
            answer = conditional(body, etag=f'"{sha256(body).hexdigest()[:16]}"')
        case 1:
            answer = conditional(body, modified="Sat, 05 Sep 2026 10:00:00 GMT")
        case _:
            return Reply(200, headers, body)

    def typed(request: FeedRequest) -> Reply:
        reply = answer(request)
        return Reply(reply.status, {**headers, **reply.headers}, reply.body)

    return typed


def _media_type(path: Path) -> str:
    return "application/feed+json" if path.suffix == ".json" else "application/xml"


class RecordedX:
    """X's recent search: every recorded search answer, one after another, whatever is asked for.

    So it finds far more than was asked, and the local evaluator has the last word. ``since_id`` is heeded.
    """

    def __init__(self, now: datetime) -> None:
        self.pages = list(_search_answers())
        ids = sorted({int(post["id"]) for page in self.pages for post in page["data"]}, reverse=True)
        moments = {str(post): moment for post, moment in zip(ids, _moments(len(ids), now), strict=True)}
        for page in self.pages:
            for post in page["data"]:
                post["created_at"] = moments[post["id"]].strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def answer(self, request: Request) -> Answer:
        at = int(request.query.get("next_token", "page-0").removeprefix("page-"))
        since = int(request.query.get("since_id", 0))
        page = self.pages[at]
        posts = [post for post in page["data"] if int(post["id"]) > since]
        if not posts:
            return Answer(body={"meta": {"result_count": 0}})
        meta = {name: value for name, value in page["meta"].items() if name != "next_token"}
        if at + 1 < len(self.pages):
            meta["next_token"] = f"page-{at + 1}"
        return Answer(body={**page, "data": posts, "meta": meta})


def _search_answers() -> Iterator[dict[str, Any]]:
    for path in sorted(shared_path("corpus/x/academic").glob("tweets_search_all_*.json")):
        for exchange in _exchanges(path):
            if exchange["response"]["status"] == 200:
                yield json.loads(exchange["response"]["body"])


class RecordedReddit:
    """Reddit's API: the recorded posts as what a search finds, the recorded comments as those of the subreddits."""

    def __init__(self, now: datetime) -> None:
        things = dict(_things())
        self.posts = _spread([thing for name, thing in things.items() if name.startswith("t3_")], now)
        self.comments = _spread([thing for name, thing in things.items() if name.startswith("t1_")], now)

    def serve(self, server: ReplayServer, subreddit: str) -> None:
        server.add("POST", "/api/v1/access_token", answer=Answer(body=TOKEN))
        server.add("GET", "/r/all/search/", answer=self.posts.answer)
        server.add("GET", f"/r/{subreddit}/comments/", answer=self.comments.answer)


def _things() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every post and comment in a recorded listing, by its full name."""
    for path in sorted(shared_path("corpus/reddit").glob("*/*.json")):
        for exchange in _exchanges(path):
            listing = _listing(exchange["response"].get("body"))
            for child in listing.get("children", ()):
                if child["kind"] in {"t1", "t3"}:
                    yield child["data"]["name"], child


def _listing(body: object) -> Mapping[str, Any]:
    try:
        parsed = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return {}
    return parsed["data"] if isinstance(parsed, dict) and parsed.get("kind") == "Listing" else {}


def _spread(things: list[dict[str, Any]], now: datetime) -> Shelf:
    shelf = Shelf()
    shelf.put(
        *(
            {**thing, "data": {**thing["data"], "created_utc": moment.timestamp()}}
            for thing, moment in zip(things, _moments(len(things), now), strict=True)
        )
    )
    return shelf


def _moments(number: int, now: datetime) -> Iterator[datetime]:
    """So many moments of the last six days, newest first."""
    return ((now - FIRST_WEEK * (place + 1) / number).astimezone(UTC) for place in range(number))


def _exchanges(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["exchanges"]
