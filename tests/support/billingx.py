"""An X that bills: recent search, counts and usage for made posts, an invoice by UTC day, and faults on the way."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.clock import ManualClock
from connectors.twitter.ids import id_at, time_of
from tests.support.replay import Answer, ReplayServer, Request

SEARCH = "/2/tweets/search/recent"
COUNTS = "/2/tweets/counts/recent"
USAGE = "/2/usage/tweets"
POST, USER, REQUEST = 0.005, 0.010, 0.005
SETTLE = timedelta(seconds=30)
PEOPLE = 400
SPIKE = 6
FAULTS = ("busy", "wait", "lost", "garbage")


@dataclass
class Invoice:
    """What X bills, by UTC day: each post and user once a day, each request for counts."""

    posts: Counter[date] = field(default_factory=Counter)
    users: Counter[date] = field(default_factory=Counter)
    counts: Counter[date] = field(default_factory=Counter)
    seen: set[tuple[date, str, str]] = field(default_factory=set)

    def bill(self, day: date, kind: str, ids: Sequence[str]) -> None:
        ledger = self.posts if kind == "post" else self.users
        for one in ids:
            if (day, kind, one) not in self.seen:
                self.seen.add((day, kind, one))
                ledger[day] += 1

    def usd(self, day: date) -> float:
        return self.posts[day] * POST + self.users[day] * USER + self.counts[day] * REQUEST

    def reads(self, day: date) -> int:
        return self.posts[day] + self.users[day]

    def month(self, day: date) -> float:
        days = {*self.posts, *self.users, *self.counts}
        return sum(self.usd(one) for one in days if (one.year, one.month) == (day.year, day.month))


class BillingX:
    """Answers like X by the clock it is given. ``faulty``: the share of requests that go wrong."""

    def __init__(
        self, clock: ManualClock, posts: Sequence[dict[str, Any]], *, seed: int = 0, faulty: float = 0
    ) -> None:
        self.clock = clock
        self.posts = sorted(posts, key=_newest_first)
        self.invoice = Invoice()
        self.faulty = faulty
        self.faults: Counter[str] = Counter()
        self._rng = random.Random(seed)

    def serve(self, server: ReplayServer) -> None:
        for path, answer in ((SEARCH, self.search), (COUNTS, self.count), (USAGE, self.usage)):
            server.add("GET", path, answer=answer)

    @property
    def today(self) -> date:
        return self.clock.now().date()

    def search(self, request: Request) -> Answer:
        if (fault := self._fault()) in {"busy", "wait"}:
            return self._refusal(fault)
        found = self._found(request)
        if token := request.query.get("next_token"):
            found = [post for post in found if int(post["id"]) < int(token)]
        size = int(request.query["max_results"])
        page = found[:size]
        self.invoice.bill(self.today, "post", [post["id"] for post in page])
        body: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            body["data"] = page
            body["meta"]["newest_id"] = page[0]["id"]
        if "expansions" in request.query and page:
            users = sorted({post["author_id"] for post in page})
            self.invoice.bill(self.today, "user", users)
            body["includes"] = {"users": [{"id": u, "name": u, "username": f"u{u}"} for u in users]}
        if len(found) > size:
            body["meta"]["next_token"] = page[-1]["id"]
        return self._sent(fault, body)

    def count(self, request: Request) -> Answer:
        if (fault := self._fault()) in {"busy", "wait"}:
            return self._refusal(fault)
        self.invoice.counts[self.today] += 1
        start, end = (datetime.fromisoformat(request.query[name]) for name in ("start_time", "end_time"))
        made = Counter(hour_of(post) for post in self._found(request))
        hours = []
        while start < end:
            stop = min(start.replace(minute=0, second=0) + timedelta(hours=1), end)
            hour = start.replace(minute=0, second=0)
            hours.append(
                {
                    "start": f"{start:%Y-%m-%dT%H:%M:%S.000Z}",
                    "end": f"{stop:%Y-%m-%dT%H:%M:%S.000Z}",
                    "tweet_count": made[hour],
                }
            )
            start = stop
        return self._sent(fault, {"data": hours, "meta": {"total_tweet_count": sum(made.values())}})

    def usage(self, request: Request) -> Answer:
        days = [self.today - timedelta(days=back) for back in range(int(request.query["days"]))]
        used = [{"date": f"{day}T00:00:00.000Z", "usage": str(self.invoice.posts[day])} for day in days]
        return Answer(body={"data": {"daily_project_usage": {"project_id": "1", "usage": used}, "project_usage": "1"}})

    def _found(self, request: Request) -> list[dict[str, Any]]:
        """The posts that a request asks for, newest first."""
        asked, now = request.query, self.clock.now()
        start = datetime.fromisoformat(asked["start_time"]) if "start_time" in asked else now - timedelta(days=7)
        first = max(int(asked.get("since_id", 0)) + 1, int(id_at(start)))
        end = min(datetime.fromisoformat(asked["end_time"]) if "end_time" in asked else now, now - SETTLE)
        word = asked["query"].split()[0]
        newest, oldest = (bisect_left(self.posts, 1 - bound, key=_newest_first) for bound in (int(id_at(end)), first))
        return [post for post in self.posts[newest:oldest] if word in post["text"]]

    def _fault(self) -> str | None:
        fault = self._rng.choice(FAULTS) if self._rng.random() < self.faulty else None
        self.faults[fault or "none"] += 1
        return fault

    def _refusal(self, fault: str) -> Answer:
        if fault == "busy":
            return Answer(503, body="<html>over capacity")
        reset = str(int((self.clock.now() + timedelta(minutes=9)).timestamp()))
        return Answer(429, {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}, {"title": "Too Many Requests"})

    @staticmethod
    def _sent(fault: str | None, body: dict[str, Any]) -> Answer:
        """What was billed may yet be lost on the way, or come as something else."""
        if fault == "lost":
            return Answer(drop=True)
        return Answer(body="<html>hello" if fault == "garbage" else body)


def _newest_first(post: dict[str, Any]) -> int:
    return -int(post["id"])


def hour_of(post: dict[str, Any]) -> datetime:
    moment = time_of(post["id"])
    assert moment is not None
    return moment.replace(minute=0, second=0, microsecond=0)


def made_posts(start: datetime, days: int, a_day: float, *, words: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """Posts over so many days: busy and calm ones, weekends, and a few spikes; one in ten names two of the words."""
    rng = random.Random(seed)
    spikes = set(rng.sample(range(days), k=max(1, days // 15)))
    posts = []
    for day in range(days):
        begins = start + timedelta(days=day)
        mean = a_day * (0.7 if begins.weekday() > 4 else 1.1) * (SPIKE if day in spikes else 1)
        for _ in range(round(rng.gammavariate(8, mean / 8))):
            moment = begins + timedelta(seconds=rng.uniform(0, 86399))
            text = " and ".join(rng.sample(list(words), k=2 if rng.random() < 0.1 else 1))
            post_id = str(int(id_at(moment)) + rng.randrange(4096))
            posts.append(
                {
                    "id": post_id,
                    "text": f"{text} it is, says {rng.randrange(10**6)}",
                    "author_id": str(rng.randrange(1, PEOPLE)),
                    "created_at": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                    "edit_history_tweet_ids": [post_id],
                }
            )
    return list({post["id"]: post for post in posts}.values())
