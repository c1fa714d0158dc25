"""An X that deletes: compliance jobs with their uploads, results and windows, and lookup of posts by id; it bills.

Jobs are shaped like the recorded ones (x/academic/compliance_jobs_*.json), result lines like x/twarc/tweets_compliance.jsonl,
errors of lookup like x/tweepy/test_client_get_tweets.json.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.clock import ManualClock
from tests.support.replay import Answer, ReplayServer, Request

JOBS = "/2/compliance/jobs"
LOOKUP = "/2/tweets"
UPLOAD, RESULT = timedelta(minutes=15), timedelta(days=7)
PRICE = 0.005


@dataclass
class Job:
    """One job about posts."""

    id: str
    created: datetime
    ids: list[str] | None = None
    status: str = "created"


@dataclass
class DeletingX:
    """``gone`` are ids with the reason why; ``works`` is how long a job takes; ``refuses`` answers the next requests."""

    clock: ManualClock
    server: ReplayServer
    gone: dict[str, str] = field(default_factory=dict)
    edited: dict[str, str] = field(default_factory=dict)
    works: timedelta = timedelta(minutes=20)
    jobs: list[Job] = field(default_factory=list)
    refuses: list[Answer] = field(default_factory=list)
    billed: Counter[str] = field(default_factory=Counter)
    fails: int = 0

    def serve(self) -> None:
        self.server.add("POST", JOBS, answer=self._create)
        self.server.add("GET", JOBS, answer=self._list)
        self.server.add("GET", LOOKUP, answer=self._lookup)

    @property
    def uploaded(self) -> list[list[str]]:
        """The ids of each job that was given some."""
        return [job.ids for job in self.jobs if job.ids is not None]

    @property
    def busy(self) -> bool:
        return any(self._now(job).status in {"created", "in_progress"} for job in self.jobs)

    def _now(self, job: Job) -> Job:
        now = self.clock.now()
        if job.status == "created" and job.ids is None and now >= job.created + UPLOAD:
            job.status = "expired"
        if job.status == "created" and job.ids is not None:
            job.status = "in_progress"
        if job.status == "in_progress" and now >= job.created + self.works:
            job.status, self.fails = ("failed", self.fails - 1) if self.fails else ("complete", 0)
        return job

    def _shape(self, job: Job) -> dict[str, Any]:
        def written(moment: datetime) -> str:
            return f"{moment:%Y-%m-%dT%H:%M:%S.000Z}"

        base = self.server.base_url
        return {
            "id": job.id,
            "type": "tweets",
            "status": self._now(job).status,
            "resumable": False,
            "created_at": written(job.created),
            "upload_url": f"{base}/submission/{job.id}?X-Goog-Signature=SCRUBBED",
            "upload_expires_at": written(job.created + UPLOAD),
            "download_url": f"{base}/delivery/{job.id}?X-Goog-Signature=SCRUBBED",
            "download_expires_at": written(job.created + RESULT),
        }

    def _create(self, _request: Request) -> Answer:
        if self.refuses:
            return self.refuses.pop(0)
        if self.busy:
            problem = {
                "title": "Invalid Request",
                "detail": "You have reached the limit of concurrent jobs",
                "status": 400,
            }
            return Answer(400, {}, problem)
        job = Job(str(1460716596591312898 + len(self.jobs)), self.clock.now())
        self.jobs.append(job)
        self.server.add("PUT", f"/submission/{job.id}", answer=lambda request: self._upload(job, request))
        self.server.add("GET", f"{JOBS}/{job.id}", answer=lambda _request: self._described(job))
        self.server.add("GET", f"/delivery/{job.id}", answer=lambda _request: self._result(job))
        return Answer(body={"data": self._shape(job)})

    def _list(self, _request: Request) -> Answer:
        found = [self._shape(job) for job in self.jobs]
        return Answer(
            body={"data": found, "meta": {"result_count": len(found)}} if found else {"meta": {"result_count": 0}}
        )

    def _described(self, job: Job) -> Answer:
        if self.refuses:
            return self.refuses.pop(0)
        if self.clock.now() >= job.created + RESULT:
            return Answer(404, body={"title": "Not Found Error", "type": "about:blank", "status": 404})
        return Answer(body={"data": self._shape(job)})

    def _upload(self, job: Job, request: Request) -> Answer:
        assert "authorization" not in request.headers, "the token went to the store of files"
        if self.clock.now() >= job.created + UPLOAD:
            return Answer(403, {"content-type": "application/xml"}, "<Error><Code>ExpiredToken</Code></Error>")
        assert request.headers["content-type"] == "text/plain"
        job.ids = request.body.decode().split()
        return Answer(200)

    def _result(self, job: Job) -> Answer:
        lines = [
            json.dumps(
                {
                    "id": one,
                    "action": "delete",
                    "created_at": "2019-09-07T01:30:03.390Z",
                    "redacted_at": f"{self.clock.now() - timedelta(hours=2):%Y-%m-%dT%H:%M:%S.000Z}",
                    "reason": self.gone[one],
                }
            )
            for one in job.ids or ()
            if one in self.gone
        ]
        return Answer(200, {"content-type": "application/octet-stream"}, "\n".join(lines))

    def _lookup(self, request: Request) -> Answer:
        if self.refuses:
            return self.refuses.pop(0)
        asked = request.query["ids"].split(",")
        assert len(asked) <= 100
        stands = [one for one in asked if one not in self.gone]
        for one in stands:
            self.billed[f"{self.clock.now():%Y-%m-%d} {one}"] = 1
        body: dict[str, Any] = {"data": [self._post(one) for one in stands]} if stands else {}
        if errors := [self._problem(one) for one in asked if one in self.gone]:
            body["errors"] = errors
        return Answer(body=body)

    def _post(self, one: str) -> dict[str, Any]:
        first = next((old for old, new in self.edited.items() if new == one), one)
        chain = [first, self.edited[first]] if first in self.edited else [one]
        text = "Moon is what it says now" if one in self.edited.values() else "Moon opened today"
        return {"id": one, "text": text, "author_id": "100", "edit_history_tweet_ids": chain}

    def _problem(self, one: str) -> dict[str, Any]:
        kind = "not-authorized-for-resource" if self.gone[one] in {"protected", "suspended"} else "resource-not-found"
        return {
            "value": one,
            "resource_id": one,
            "resource_type": "tweet",
            "parameter": "ids",
            "title": "Not Found Error",
            "type": f"https://api.twitter.com/2/problems/{kind}",
        }

    def usd(self) -> float:
        """What lookups cost: each post that stands, once a UTC day."""
        return sum(self.billed.values()) * PRICE

    def delete(self, ids: Iterable[str], reason: str = "deleted") -> None:
        self.gone |= dict.fromkeys(ids, reason)
