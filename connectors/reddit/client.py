"""praw, held so that it never waits, never asks for more than it was told to, and never leaves a foreign error
behind.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import praw
from praw.objector import Objector
from prawcore import Session as CoreSession
from requests import Response

from bot.errors import RateLimited
from bot.model import Cost
from bot.ports import Clock, Deps
from connectors.reddit.errors import WINDOW, from_exception, no_listing, number
from connectors.reddit.normalise import Thing, fullname, thing_of
from connectors.reddit.options import Credentials, RedditOptions

OAUTH = "https://oauth.reddit.com"
SITE = "https://www.reddit.com"
TIMEOUT = 16
UNPACED = 10**9
"""prawcore spreads calls evenly over a window, by sleeping up to 10 s. Reddit's limit is an average that allows bursts,
and we stop at 0 ourselves; with a window this long nothing is left to spread."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One page of a listing: its posts and comments, and the fullname to go on after (None at the end)."""

    things: tuple[Thing, ...]
    after: str | None


class Answers:
    """Hears every answer on the wire (a requests hook): counts them, keeps the last one and when its window resets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.calls = 0
        self.last: Response | None = None
        self.reset_at: datetime | None = None

    def __call__(self, answer: Response, *_args: Any, **_kwargs: Any) -> None:
        """Notes ``answer``. Raises RateLimited where prawcore would sleep a whole window away before a retry."""
        self.calls += 1
        self.last = answer
        reset = number(answer.headers.get("x-ratelimit-reset"))
        if reset is not None:
            self.reset_at = self._clock.now() + timedelta(seconds=min(max(reset, 1.0), WINDOW.total_seconds()))
        remaining = number(answer.headers.get("x-ratelimit-remaining"))
        retried = answer.status_code in CoreSession.RETRY_STATUSES or answer.status_code == HTTPStatus.UNAUTHORIZED
        if retried and remaining is not None and remaining < 1:
            answer.close()
            raise RateLimited("Reddit's limit for this app is used up", retry_at=self.rest())

    def rest(self) -> datetime:
        """When a used-up limit is whole again; it may have passed."""
        return self.reset_at or self._clock.now() + WINDOW


class Client:
    """Read-only access to listings. praw is built at the first call, once a thread: it is not thread-safe."""

    def __init__(self, credentials: Credentials, options: RedditOptions, deps: Deps) -> None:
        self._credentials = credentials
        self._options = options
        self._deps = deps
        self._own = threading.local()
        self._rest: datetime | None = None

    def listing(self, path: str, params: Mapping[str, str | int], what: str) -> Chunk:
        """One call: one page of a listing, as Reddit sent it.

        Raises SourceError kinds; RateLimited without a call while Reddit's limit is known to be used up.
        """
        reddit, answers = self._ready()
        answers.last = None
        try:
            # Not reddit.get(): praw's objects fire a request for every attribute that a listing did not send, and a
            # single post that praw does not expect (an author that is null) would cost the whole page.
            found = reddit.request(method="GET", path=path, params=dict(params))
            if isinstance(found, dict):
                Objector.check_error(found)
        except Exception as error:
            # praw and prawcore raise builtin errors too (ValueError, KeyError, TypeError) on answers they do not
            # expect.
            ours = from_exception(error, answers.last, what, self._deps.clock.now())
            if isinstance(ours, RateLimited):
                self._rest = ours.retry_at
            raise ours from error
        data = found.get("data") if isinstance(found, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("children"), list):
            raise no_listing(answers.last, what)
        things = tuple(thing for thing in map(thing_of, data["children"]) if thing is not None)
        return Chunk(things, fullname(data.get("after")))

    def cost(self) -> Cost:
        """The requests since the last time this was asked. Reddit bills none of them."""
        answers: Answers | None = getattr(self._own, "answers", None)
        if answers is None:
            return Cost()
        calls, answers.calls = answers.calls, 0
        return Cost(reads=calls)

    def _ready(self) -> tuple[praw.Reddit, Answers]:
        """The praw in use and its ear. Raises RateLimited where prawcore would sleep."""
        own, now = self._own, self._deps.clock.now()
        if self._rest is not None and now < self._rest:
            raise RateLimited("Reddit's limit for this app is used up", retry_at=self._rest)
        reddit: praw.Reddit | None = getattr(own, "reddit", None)
        remaining = reddit.auth.limits["remaining"] if reddit is not None else None
        if remaining is not None and int(remaining) < 1:
            # This praw would sleep by the machine's clock, whatever ours says: the next window gets a new one.
            reddit, own.reddit, self._rest = None, None, own.answers.rest()
            if now < self._rest:
                raise RateLimited("Reddit's limit for this app is used up", retry_at=self._rest)
        if reddit is None:
            own.answers = Answers(self._deps.clock)
            reddit = own.reddit = self._build(own.answers)
        return reddit, own.answers

    def _build(self, answers: Answers) -> praw.Reddit:
        session = self._deps.session()
        session.hooks["response"].append(answers)
        options = self._options
        reddit_url = options.reddit_url or options.base_url or SITE
        return praw.Reddit(
            "DEFAULT",
            client_id=self._credentials.client_id,
            client_secret=self._credentials.client_secret,
            user_agent=options.user_agent,
            # Named, so that no praw.ini and no environment variable can turn this into something else.
            username=None,
            password=None,
            refresh_token=None,
            redirect_uri=None,
            oauth_url=options.oauth_url or options.base_url or OAUTH,
            reddit_url=reddit_url,
            short_url=reddit_url,
            check_for_updates=False,
            check_for_async=False,
            timeout=TIMEOUT,
            ratelimit_seconds=0,
            window_size=UNPACED,
            requestor_kwargs={"session": session},
        )
