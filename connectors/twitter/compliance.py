"""Whether posts still stand, by X's batch compliance: ids are uploaded, and X says later which of them must go.

X runs one job about posts at a time. Its upload address lives a quarter of an hour, its result a week. The cursor holds
the job's id; all else is asked of X, so that the signed addresses are stored nowhere. What was handed in is noted
before it is uploaded: whatever dies in between, the result finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from requests import Response
from requests.exceptions import RequestException

from bot.errors import AccessDenied, BadResponse, RateLimited, Unauthorised, Unavailable
from bot.foreign import read_foreign_json
from bot.model import Allowance, Cursor
from bot.model.rechecking import Gone, Look
from bot.ports import Clock, SessionFactory
from connectors.answers import from_answer, from_wire
from connectors.twitter.api import SearchApi
from connectors.twitter.errors import RefusedParameter
from connectors.twitter.ids import is_id

PREFIX = "x:"
MOST = 10_000
"""Ids a job: some 200 kB up, and some 1 MB back if all of them were gone."""
POLL = timedelta(minutes=5)
"""How often a job in progress is asked after; X allows 150 questions in a quarter of an hour."""
BUSY = timedelta(minutes=15)
"""How long to leave X alone while it works on another program's job."""
MARGIN = timedelta(minutes=1)
"""An upload is not begun so shortly before its address ends."""
NAME = "heard"
WHO = "X's store of compliance files"
_OPEN = ("created", "in_progress")
_STAGES = ("created", "complete", "failed", "expired")
"""What a job can be called but for being worked on."""


class Compliance:
    """Hands ids to X's compliance jobs and reads what comes of it; costs nothing."""

    most = MOST
    notices = (
        "X's compliance jobs name what is deleted, suspended, protected or deactivated; edits are not seen, and a post that "
        "was edited is kept as it was read"
    )

    def __init__(self, api: SearchApi, session: SessionFactory, clock: Clock, *, local: bool) -> None:
        self._api, self._session, self._clock = api, session, clock
        self._schemes = {"https", "http"} if local else {"https"}

    def recheck(self, keys: Sequence[str], cursor: Cursor | None, allowance: Allowance) -> Iterator[Look]:
        """The next steps of the job that is under way, else of a new one. Raises SourceError kinds."""
        del allowance
        job_id = cursor.get("job") if cursor else None
        if isinstance(job_id, str) and is_id(job_id):
            yield from self._go_on(job_id, keys)
        elif cursor:
            yield Look(released=True, cursor={})
        elif keys:
            yield from self._begin(keys)

    def _begin(self, keys: Sequence[str]) -> Iterator[Look]:
        ids = {key: key.removeprefix(PREFIX) for key in keys if is_id(key.removeprefix(PREFIX))}
        if strange := tuple(key for key in keys if key not in ids):
            yield Look(looked=strange)
        if not ids:
            return
        job = self._created()
        job_id = str(job["id"])
        yield Look(taken=tuple(ids), cursor={"job": job_id})
        self._upload(job, list(ids.values()))
        yield Look(come_back_after=POLL)

    def _go_on(self, job_id: str, keys: Sequence[str]) -> Iterator[Look]:
        job = self._api.job(job_id, self._clock.now())
        status = job.get("status") if isinstance(job, dict) else None
        match status:
            case "complete" if self._still(job, "download_expires_at"):
                yield Look(gone=self._result(job), settled=True, cursor={})
            case str() if status not in _STAGES:  # in_progress, and whatever else X may call it
                yield Look(come_back_after=POLL)
            case "created" if self._still(job, "upload_expires_at"):
                # Uploaded or not, nobody can say: what is uploaded again takes the place of what was.
                self._upload(job, [key.removeprefix(PREFIX) for key in keys])
                yield Look(come_back_after=POLL)
            case _:
                yield Look(released=True, cursor={})
                if status == "failed":
                    raise Unavailable("X's compliance job failed; another is begun later")

    def _created(self) -> Mapping[str, Any]:
        """A new job. Raises RateLimited while X has another under way, which may be one that was made and forgotten."""
        self._wait_for_others()
        try:
            job = self._api.create_job(NAME, self._clock.now())
        except Unauthorised:
            raise
        except BadResponse:
            self._wait_for_others()
            raise
        except (AccessDenied, RefusedParameter) as refused:
            self._wait_for_others()
            raise AccessDenied(
                f"X gives this app no compliance jobs ({refused}). Where its plan has none, say "
                'follow_deletions = "reread" in the [[source]]'
            ) from refused
        if not isinstance(job, dict) or not is_id(job.get("id")):
            raise BadResponse("X made a compliance job without an id", sample=str(job))
        return job

    def _wait_for_others(self) -> None:
        """Raises RateLimited while X works on another job about posts; one that was never given ids ends by itself."""
        found = [job for job in self._api.jobs(self._clock.now()) if isinstance(job, dict)]
        if any(job.get("status") in _OPEN and not self._is_over(job) for job in found):
            retry_at = self._clock.now() + BUSY
            raise RateLimited(
                "X works on another compliance job of this app, and takes one at a time", retry_at=retry_at
            )

    def _is_over(self, job: Mapping[str, Any]) -> bool:
        """Whether a job waited for its ids longer than X waits; X may still call it created."""
        return job.get("status") == "created" and not self._still(job, "upload_expires_at", timedelta(0))

    def _still(self, job: Mapping[str, Any], name: str, margin: timedelta = MARGIN) -> bool:
        """Whether an address of the job is good for now; X's word is taken where it says when it ends."""
        until = _moment(job.get(name))
        return until is None or self._clock.now() + margin <= until

    def _upload(self, job: Mapping[str, Any], ids: Sequence[str]) -> None:
        body = "".join(f"{post_id}\n" for post_id in ids).encode()
        self._call("PUT", job.get("upload_url"), body)

    def _result(self, job: Mapping[str, Any]) -> tuple[Gone, ...]:
        """What X wants gone. Raises BadResponse for a line that is none of X's: nothing of it is believed then."""
        text = self._call("GET", job.get("download_url"), None).content
        return tuple(gone for line in text.splitlines() if line.strip() and (gone := _gone(line)) is not None)

    def _call(self, method: str, address: object, body: bytes | None) -> Response:
        """A request to the address that X named, without the token. Raises SourceError kinds."""
        if not isinstance(address, str) or urlsplit(address).scheme not in self._schemes:
            raise BadResponse("X's compliance job names no safe address")
        headers = {} if body is None else {"Content-Type": "text/plain"}
        try:
            with self._session() as session:
                answer = session.request(method, address, data=body, headers=headers)
        except (RequestException, OSError, ValueError) as error:
            raise from_wire(error, WHO) from error
        if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            named = {name.lower(): value for name, value in answer.headers.items()}
            refused = from_answer(answer.status_code, named, "", WHO, self._clock.now())
            if isinstance(refused, AccessDenied):
                # an address that has run out: asking X after the job says what to do, so no person is needed
                raise Unavailable(f"{WHO} refuses the address ({answer.status_code}); X is asked after the job again")
            raise refused
        return answer


def _gone(line: bytes) -> Gone | None:
    """A line of the result; None for one that asks for nothing to go."""
    try:
        said = read_foreign_json(line)
        post_id, action = str(said["id"]), said.get("action", "delete")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadResponse("X's compliance result has a line that makes no sense", sample=repr(line[:100])) from error
    if action != "delete" or not is_id(post_id):
        return None
    return Gone(f"{PREFIX}{post_id}", str(said.get("reason", "deleted"))[:40], _moment(said.get("redacted_at")))


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return None if found is None else found.replace(tzinfo=found.tzinfo or UTC)
