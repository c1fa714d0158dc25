"""Stands in for X, Reddit and four blogs on loopback: serves the packaged, made-up captures as the platforms would.

Each stand-in answers from one capture in the platform's own wire format and shows only what had been published by the
demo's clock: X reaches back seven days and pages newest first, Reddit lists newest first, a feed holds its newest
entries and answers conditional requests.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources.abc import Traversable
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from bot.ports import Clock

Answer = tuple[int, Mapping[str, str], bytes]
JSON_TYPE = "application/json; charset=utf-8"
X_MEMORY = timedelta(days=7)
FEED_LENGTH = 12


class Platforms:
    """The stand-ins, each on a port of its own; a context manager. ``rebase`` leads real origins to them."""

    def __init__(self, captures: Traversable, clock: Clock) -> None:
        self._servers: list[ThreadingHTTPServer] = []
        self._threads: list[Thread] = []
        self.rebase: dict[str, str] = {}
        x = _X(captures / "x", clock)
        reddit = _Reddit(captures / "reddit", clock)
        answers: dict[str, Callable[[_Request], Answer]] = {
            "https://api.twitter.com": x,
            "https://api.x.com": x,
            "https://oauth.reddit.com": reddit,
            "https://www.reddit.com": reddit,
        }
        for file in sorted((captures / "feeds").iterdir(), key=lambda entry: entry.name):
            answers[f"https://{file.name.removesuffix('.xml')}"] = _Feed(file.read_text(encoding="utf-8"), clock)
        for origin, answer in answers.items():
            self._serve(origin, answer)

    def _serve(self, origin: str, answer: Callable[[_Request], Answer]) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer))
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name=f"demo {origin}")
        thread.start()
        self._servers.append(server)
        self._threads.append(thread)
        self.rebase[origin] = f"http://127.0.0.1:{server.server_port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()


class _Request:
    """What a stand-in looks at: path, parameters, headers (lower-case names)."""

    def __init__(self, target: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(target)
        self.path = parts.path
        self.query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.headers = {name.lower(): value for name, value in headers.items()}


def _handler(answer: Callable[[_Request], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave in one packet: in two, each answer would wait 40 ms for an acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = answer(_Request(self.path, dict(self.headers.items())))
            self.send_response_only(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the signature of http.server
            """Stays silent: the demo's output is the digest."""

    return Handler


class _X:
    """``GET /2/tweets/search/recent`` of X API v2, from one capture a query."""

    def __init__(self, folder: Traversable, clock: Clock) -> None:
        self._captures = {
            file.name.split("-")[0].removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
            for file in folder.iterdir()
        }
        self._clock = clock

    def __call__(self, request: _Request) -> Answer:
        now = self._clock.now()
        asked = request.query.get("query", "").casefold()
        capture: Mapping[str, Any] = next((c for word, c in self._captures.items() if word in asked), {})
        since = int(request.query.get("since_id", 0))
        start = max(_moment(request.query.get("start_time")) or now - X_MEMORY, now - X_MEMORY)
        end = min(_moment(request.query.get("end_time")) or now, now - timedelta(seconds=10))
        posts = [
            post
            for post in capture.get("data", ())
            if int(post["id"]) > since and start <= (_moment(post["created_at"]) or now) < end
        ]
        posts.sort(key=lambda post: int(post["id"]), reverse=True)
        return 200, _rate_headers(now, 450), _json(self._page(capture, posts, request.query))

    @staticmethod
    def _page(capture: Mapping[str, Any], posts: Sequence[Any], query: Mapping[str, str]) -> dict[str, Any]:
        size, offset = int(query.get("max_results", 10)), int(query.get("next_token", "t0")[1:])
        page = list(posts[offset : offset + size])
        meta: dict[str, Any] = {"result_count": len(page)}
        if not page:
            return {"meta": meta}
        meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if offset + size < len(posts):
            meta["next_token"] = f"t{offset + size}"
        authors = {post["author_id"] for post in page}
        users = [user for user in capture["includes"]["users"] if user["id"] in authors]
        return {"data": page, "includes": {"users": users}, "meta": meta}


class _Reddit:
    """Token, search and comment listings of Reddit's API, from one capture each."""

    def __init__(self, folder: Traversable, clock: Clock) -> None:
        self._listings = {
            name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["data"]["children"]
            for name in ("search", "comments")
        }
        self._clock = clock

    def __call__(self, request: _Request) -> Answer:
        now = self._clock.now()
        limits = {"x-ratelimit-remaining": "99.0", "x-ratelimit-used": "1", "x-ratelimit-reset": "300"}
        if request.path.endswith("/access_token"):
            token = {"access_token": "made-up", "token_type": "bearer", "expires_in": 86400, "scope": "*"}
            return 200, {"Content-Type": JSON_TYPE}, _json(token)
        kind = "comments" if "/comments" in request.path else "search"
        shown = [child for child in self._listings[kind] if child["data"]["created_utc"] < now.timestamp()]
        shown.sort(key=lambda child: (child["data"]["created_utc"], child["data"]["name"]), reverse=True)
        after, limit = request.query.get("after"), int(request.query.get("limit", 25))
        start = next((at + 1 for at, child in enumerate(shown) if child["data"]["name"] == after), 0)
        page = shown[start : start + limit]
        following = page[-1]["data"]["name"] if start + limit < len(shown) else None
        data = {"after": following, "before": None, "dist": len(page), "modhash": "", "children": page}
        return 200, {"Content-Type": JSON_TYPE, **limits}, _json({"kind": "Listing", "data": data})


class _Feed:
    """A blog's feed: the newest entries that were out by now, with validators. It may turn into a log-in page."""

    _ENTRY = re.compile(r"\s*<(item|entry)\b.*?</\1>", re.DOTALL)
    _DATE = re.compile(r"<(?:pubDate|published)>([^<]+)<")
    _BROKEN = re.compile(r"<!-- demo: from (\S+) on this address shows a log-in page -->")

    def __init__(self, text: str, clock: Clock) -> None:
        self._clock = clock
        broken = self._BROKEN.search(text)
        self._broken_from = _moment(broken[1]) if broken else None
        self._text = self._BROKEN.sub("", text)
        self._entries = [(found.group(0), self._date_of(found.group(0))) for found in self._ENTRY.finditer(self._text)]

    def _date_of(self, entry: str) -> datetime:
        found = self._DATE.search(entry)
        if found is None:
            raise ValueError(f"a demo entry has no date: {entry[:80]}")
        text = found[1].strip()
        return _moment(text) if text[0].isdigit() else parsedate_to_datetime(text).astimezone(UTC)  # type: ignore[return-value]  # digits begin ISO dates only

    def __call__(self, request: _Request) -> Answer:
        now = self._clock.now()
        if self._broken_from is not None and now >= self._broken_from:
            page = "<!doctype html><html><head><title>Please log in</title></head><body>Members only.</body></html>"
            return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()
        out = sorted(((entry, date) for entry, date in self._entries if date <= now), key=lambda pair: pair[1])
        shown = {entry for entry, _ in out[-FEED_LENGTH:]}
        body = self._ENTRY.sub(lambda found: found.group(0) if found.group(0) in shown else "", self._text).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == tag:
            return 304, {"ETag": tag}, b""
        headers = {"Content-Type": "application/xml; charset=utf-8", "ETag": tag}
        if out:
            headers["Last-Modified"] = format_datetime(out[-1][1], usegmt=True)
        return 200, headers, body


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _rate_headers(now: datetime, left: int) -> dict[str, str]:
    return {
        "Content-Type": JSON_TYPE,
        "x-rate-limit-limit": str(left),
        "x-rate-limit-remaining": str(left - 1),
        "x-rate-limit-reset": str(int(now.timestamp()) + 900),
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
