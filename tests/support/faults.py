"""One table of what servers do wrong, shared by the tests of every connector: whoever adds a connector gets them all.

The rows are the behaviours of the platforms' documentation and recordings: statuses, bodies, and broken
transport. What each means is said by the kind of error; where a platform means something else by an answer, the row
names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from tests.support.feedserver import Reply, drip, endless, gzip_bomb, redirect

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = "<!doctype html><html><head><title>Just a moment…</title></head><body>Checking your browser.</body></html>"
TEN_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True)
class Fault:
    """What a server does (given the present, for headers that name a time), and what has to come of it.

    ``kind`` is the error's; ``at`` names the platforms that mean something else by it. ``wait`` is what the server
    asks for, at the least. ``slow``: the client library tries again by itself, with pauses.
    """

    name: str
    reply: Callable[[datetime], Reply]
    kind: str
    at: Mapping[str, str] = field(default_factory=dict)
    wait: timedelta | None = None
    slow: frozenset[str] = frozenset()

    def kind_at(self, platform: str) -> str:
        """The kind that this platform's connector raises."""
        return self.at.get(platform, self.kind)

    def __str__(self) -> str:
        return self.name


def _says(status: int, body: str = "", headers: Mapping[str, str] | None = None) -> Callable[[datetime], Reply]:
    return lambda _now: Reply(status, headers or {}, body)


def _does(reply: Callable[[], Reply]) -> Callable[[datetime], Reply]:
    return lambda _now: reply()


PRAW_RETRIES = frozenset({"reddit"})
AT_REDDIT = {"reddit": "BadResponse"}
"""praw follows no redirect, so that none leads anywhere."""
FAULTS: tuple[Fault, ...] = (
    # what the request was worth
    Fault("400", _says(400, "{}", JSON), "BadResponse", {"twitter": "AccessDenied"}),
    Fault("401", _says(401, "{}", JSON), "Unauthorised", slow=PRAW_RETRIES),
    Fault("402", _says(402, "{}", JSON), "BadResponse", {"twitter": "BudgetSpent", "rss": "AccessDenied"}),
    Fault("403 as JSON", _says(403, '{"reason": "private"}', JSON), "AccessDenied"),
    Fault("403 as a page", _says(403, PAGE, HTML), "AccessDenied"),
    Fault("404", _says(404, "{}", JSON), "AccessDenied", {"rss": "Unavailable"}),
    Fault("410", _says(410, "", {}), "AccessDenied"),
    Fault("418", _says(418, "short and stout"), "BadResponse"),
    Fault("451", _says(451, ""), "AccessDenied"),
    # come later
    Fault("408", _says(408), "Unavailable", slow=PRAW_RETRIES),
    Fault("429 without headers", _says(429), "RateLimited"),
    Fault("429 for seconds", _says(429, "", {"Retry-After": "600"}), "RateLimited", wait=TEN_MINUTES),
    Fault(
        "429 until a date",
        lambda now: Reply(429, {"Retry-After": format_datetime(now + TEN_MINUTES, usegmt=True)}),
        "RateLimited",
        wait=TEN_MINUTES,
    ),
    Fault("429 until nonsense", _says(429, "", {"Retry-After": "soon"}), "RateLimited"),
    Fault("429 for ever", _says(429, "", {"Retry-After": "9" * 30}), "RateLimited"),
    Fault("429 as a page", _says(429, PAGE, HTML), "RateLimited"),
    # down
    Fault("500", _says(500, "oops"), "Unavailable", slow=PRAW_RETRIES),
    Fault("502 as a page", _says(502, PAGE, HTML), "Unavailable", slow=PRAW_RETRIES),
    Fault("503 as a page", _says(503, PAGE, HTML), "Unavailable", slow=PRAW_RETRIES),
    Fault(
        "503 for seconds",
        _says(503, "", {"Retry-After": "600"}),
        "Unavailable",
        {"rss": "RateLimited"},
        wait=TEN_MINUTES,
        slow=PRAW_RETRIES,
    ),
    Fault("504", _says(504), "Unavailable", slow=PRAW_RETRIES),
    Fault("520", _says(520, PAGE, HTML), "Unavailable", slow=PRAW_RETRIES),
    Fault("521", _says(521, PAGE, HTML), "Unavailable"),
    # a success that is none
    Fault("200 with a page", _says(200, PAGE, HTML), "BadResponse"),
    Fault("200 with nothing", _says(200), "BadResponse"),
    Fault("200 cut short", _says(200, '{"data": [{"id": "1', JSON), "BadResponse"),
    Fault("200 with a list", _says(200, "[]", JSON), "BadResponse"),
    Fault("200 with null", _says(200, "null", JSON), "BadResponse"),
    Fault("200 with a number", _says(200, "1e999", JSON), "BadResponse"),
    Fault("200 without end of nesting", _says(200, "[" * 50_000, JSON), "BadResponse"),
    Fault("200 with bytes", lambda _now: Reply(body=bytes(range(256)) * 40), "BadResponse"),
    # below HTTP
    Fault("hangs up", _does(lambda: Reply(raw=[b""])), "Unavailable", slow=PRAW_RETRIES),
    Fault("speaks no HTTP", _does(lambda: Reply(raw=[b"SSH-2.0-OpenSSH_9.2\r\n"])), "Unavailable", slow=PRAW_RETRIES),
    Fault("body breaks off", _does(lambda: Reply(body=b"{", length=5000)), "Unavailable", slow=PRAW_RETRIES),
    Fault("body without end", _does(lambda: Reply(body=endless())), "BadResponse"),
    Fault("body that drips", _does(lambda: Reply(body=drip(b" " * 400, 0.05))), "Unavailable", slow=PRAW_RETRIES),
    Fault("gzip bomb", _does(lambda: gzip_bomb(2**24)), "BadResponse"),
    Fault("gzip that is none", _says(200, "{}", {"Content-Encoding": "gzip"}), "BadResponse"),
    # led astray
    Fault(
        "redirect inward", _does(lambda: redirect("http://169.254.169.254/latest/meta-data")), "Unavailable", AT_REDDIT
    ),
    Fault("redirect in a circle", _says(302, "", {"Location": "?again"}), "BadResponse"),
    Fault("redirect to a script", _does(lambda: redirect("javascript:alert(1)")), "BadResponse"),
)
