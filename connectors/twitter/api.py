"""X's recent search, counts, usage, lookup and compliance jobs through tweepy: one call a page, in the vocabulary that
X takes, within the limits last seen.

tweepy builds, signs and sends; the answer is kept as it came. It must neither wait nor print headers (connectors §1.4,
§1.5), and whatever it or its libraries raise is turned into the error tree here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import requests
import tweepy
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from bot.errors import AccessDenied, BadResponse, RateLimited
from connectors.twitter.errors import Answer, RefusedParameter, exhausted_until, from_exception

ORIGIN = "https://api.twitter.com"
"""The address that is written into tweepy; the session sends it on to the configured one."""
ROUTE = "/2/tweets/search/recent"
COUNTS = "/2/tweets/counts/recent"
USAGE = "/2/usage/tweets"
LOOKUP = "/2/tweets"
JOBS = "/2/compliance/jobs"

OLD_FIELDS = [
    "author_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "lang",
    "note_tweet",
    "public_metrics",
    "referenced_tweets",
    "withheld",
]
NEW_FIELDS = ["created_at", "entities", "lang", "note_post", "public_metrics", "withheld"]
"""What can be asked for by ``post.fields`` (API description 2.167); ids of author, chain and references come
unasked.
"""
USER_FIELDS = ["name", "public_metrics", "username"]
_FIELD_PARAMETERS = frozenset({"tweet.fields", "post.fields"})


class SearchApi:
    """Asks X. Knows the rate limits of its last answers and which vocabulary X took last."""

    def __init__(self, session: requests.Session, token: str) -> None:
        for name in ("tweepy", "tweepy.client"):
            # at DEBUG tweepy prints the bearer token
            logger = logging.getLogger(name)
            logger.setLevel(max(logger.level, logging.INFO))
        self._token = token
        self._new_vocabulary = False
        self._response: requests.Response | None = None
        self._route = ROUTE
        self._limits: dict[str, Mapping[str, str]] = {}
        self.billable = False
        """Whether X may bill the last request: an answer that is no success is free, and so is what was never sent."""
        session.hooks["response"].append(self._remember)
        self._client = tweepy.Client(token, return_type=dict, wait_on_rate_limit=False)
        self._client.session.close()
        self._client.session = session

    def search(self, params: Mapping[str, str | int], now: datetime, *, authors: bool) -> Mapping[str, Any]:
        """One page of answers to ``params`` (query, max_results, since_id …), with ``authors`` or without.

        ``now`` is aware UTC. Raises SourceError kinds, and RefusedParameter when X names a parameter that it does not
        take. Where that is the field list, the other vocabulary is tried once.
        """

        def ask() -> Mapping[str, Any]:
            return self._asked(lambda: self._search(params, authors=authors), ROUTE, now)

        return self._in_either_vocabulary(ask)

    def count(self, params: Mapping[str, str], now: datetime) -> Mapping[str, Any]:
        """How many posts a query finds, by the hour. Raises SourceError kinds."""
        return self._asked(lambda: self._client.get_recent_tweets_count(**params, granularity="hour"), COUNTS, now)

    def usage(self, days: int, now: datetime) -> Mapping[str, Any]:
        """What X counted as read on the last days, today among them. Raises SourceError kinds."""
        # tweepy has no method for it: its public request takes path and parameters as X spells them
        return self._asked(lambda: self._client.request("GET", USAGE, params={"days": days}).json(), USAGE, now)

    def lookup(self, ids: Sequence[str], now: datetime, *, authors: bool) -> Mapping[str, Any]:
        """The posts of these ids (100 at most), as far as they still stand; ``errors`` names those that do not.

        Raises SourceError kinds. Where X does not take the field list, the other vocabulary is tried once.
        """

        def ask() -> Mapping[str, Any]:
            return self._asked(lambda: self._lookup(ids, authors=authors), LOOKUP, now, holds=("data", "errors"))

        return self._in_either_vocabulary(ask)

    def jobs(self, now: datetime) -> Sequence[Any]:
        """The compliance jobs about posts that X remembers. Raises SourceError kinds."""
        body = self._asked(lambda: self._client.get_compliance_jobs("tweets"), JOBS, now)
        found = body.get("data")
        return found if isinstance(found, list) else ()

    def job(self, job_id: str, now: datetime) -> Any:
        """A compliance job as X describes it; None when X knows it no more. Raises SourceError kinds."""
        try:
            body = self._asked(lambda: self._client.get_compliance_job(job_id), JOBS, now, holds=("data", "errors"))
        except AccessDenied as refused:
            if isinstance(refused.__cause__, tweepy.NotFound):
                return None
            raise
        return body.get("data")

    def create_job(self, name: str, now: datetime) -> Any:
        """A new compliance job about posts. Raises SourceError kinds; X runs one at a time."""
        return self._asked(lambda: self._client.create_compliance_job("tweets", name=name), JOBS, now).get("data")

    def _in_either_vocabulary(self, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        try:
            return ask()
        except RefusedParameter as refused:
            if not refused.names & _FIELD_PARAMETERS:
                raise
        self._new_vocabulary = not self._new_vocabulary
        return ask()

    def _asked(
        self, call: Callable[[], Any], route: str, now: datetime, *, holds: tuple[str, ...] = ("data", "meta")
    ) -> Mapping[str, Any]:
        self.billable = False
        wait_until = exhausted_until(self._limits.get(route, {}), now)
        if wait_until is not None:
            raise RateLimited("X's limit of requests for this window is used up", retry_at=wait_until)
        self._response, self._route = None, route
        try:
            body = call()
        except Exception as error:
            # tweepy lets the errors of requests and of its own parsing through: all of it is sorted here
            answer = self._answer()
            self.billable = not _never_sent(error) if answer is None else answer.is_success
            raise from_exception(error, answer, now) from error
        self.billable = True
        if not isinstance(body, dict) or not any(name in body for name in holds):
            answer = self._answer()
            sample = "" if answer is None else answer.text
            raise BadResponse("X answered without posts and without a count", sample=sample)
        return body

    def _search(self, params: Mapping[str, str | int], *, authors: bool) -> Any:
        if not self._new_vocabulary:
            return self._client.search_recent_tweets(**params, **_people(authors=authors), tweet_fields=OLD_FIELDS)
        return self._client.request("GET", ROUTE, params={**params, **_new_fields(authors=authors)}).json()

    def _lookup(self, ids: Sequence[str], *, authors: bool) -> Any:
        if not self._new_vocabulary:
            return self._client.get_tweets(list(ids), **_people(authors=authors), tweet_fields=OLD_FIELDS)
        return self._client.request("GET", LOOKUP, params={"ids": ",".join(ids), **_new_fields(authors=authors)}).json()

    def _remember(self, response: requests.Response, *_args: object, **_kwargs: object) -> None:
        self._response = response
        self._limits[self._route] = {name.lower(): value for name, value in response.headers.items()}

    def _answer(self) -> Answer | None:
        """The last answer with the token masked, should a server ever send it back."""
        if self._response is None:
            return None
        try:
            text = self._response.text
        except (requests.RequestException, RuntimeError):
            text = ""
        return Answer(self._response.status_code, self._limits.get(self._route, {}), text.replace(self._token, "***"))


def _people(*, authors: bool) -> dict[str, list[str]]:
    return {"expansions": ["author_id"], "user_fields": USER_FIELDS} if authors else {}


def _new_fields(*, authors: bool) -> dict[str, str]:
    """As X spells them, for tweepy's public request method: it has no name for post.fields."""
    named = {name.replace("user_fields", "user.fields"): values for name, values in _people(authors=authors).items()}
    return {name: ",".join(values) for name, values in {**named, "post.fields": NEW_FIELDS}.items()}


def _never_sent(error: BaseException | None) -> bool:
    """Whether no connection was made at all, so that nothing can have been read; the reason may lie deeper down."""
    while error is not None and not isinstance(error, NewConnectionError | ConnectTimeoutError):
        error = error.__context__
    return error is not None
