"""One search of Algolia's Hacker News API, one item of the site's own, and what their answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from requests import Response
from requests.exceptions import RequestException

from bot.errors import BadResponse
from bot.foreign import read_foreign_json
from bot.ports import SessionFactory
from connectors.answers import from_answer, from_wire
from connectors.hackernews.options import HackerNewsOptions

WHO = "Hacker News' search"
SITE = "Hacker News' own API"


class SearchApi:
    """Asks; makes a session for each request, so that several polls may share it."""

    def __init__(self, session: SessionFactory, options: HackerNewsOptions) -> None:
        self._session = session
        self._address = f"{options.base_url}/api/v1/search_by_date"
        self._tags = "(story,comment)" if options.comments else "story"

    def hits(self, search: str, since: int, until: int, size: int, now: datetime) -> tuple[list[dict[str, Any]], bool]:
        """The newest ``size`` pieces made from ``since`` to ``until`` (Unix seconds, both included), as they came;
        and whether there are more of them.

        Raises SourceError kinds; ``now`` (aware UTC) is for waits that the server names.
        """
        asked: dict[str, str | int] = {
            "query": search,
            "tags": self._tags,
            "numericFilters": f"created_at_i>={since},created_at_i<={until}",
            "typoTolerance": "false",
            "hitsPerPage": size,
        }
        return _hits(_get(self._session, self._address, asked, WHO, now).content, size)


class ItemsApi:
    """Asks the site itself for pieces by their numbers, a request each; it names no limit of requests."""

    def __init__(self, session: SessionFactory, options: HackerNewsOptions) -> None:
        self._session = session
        self._address = f"{options.items_url}/v0/item"

    def item(self, number: str, now: datetime) -> Mapping[str, Any] | None:
        """The piece as the site has it; None where it says nothing about that number. Raises SourceError kinds."""
        body = _get(self._session, f"{self._address}/{number}.json", {}, SITE, now).content
        try:
            said = read_foreign_json(body)
            fits = said is None or str(said["id"]) == number
        except (ValueError, KeyError, TypeError):
            fits = False
        if not fits:
            sample = body[:200].decode("utf-8", "replace")
            raise BadResponse(f"{SITE} answered with something that is not the item that was asked for", sample=sample)
        return said if isinstance(said, dict) else None


def _get(session: SessionFactory, address: str, asked: Mapping[str, str | int], who: str, now: datetime) -> Response:
    """A good answer. Raises SourceError kinds."""
    try:
        with session() as door:
            answer = door.get(address, params=asked, headers={"Accept": "application/json"})
    except (RequestException, OSError, ValueError) as error:
        raise from_wire(error, who) from error
    if answer.status_code != HTTPStatus.OK:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        raise from_answer(answer.status_code, headers, answer.text[:1000], who, now)
    return answer


def _hits(body: bytes, size: int) -> tuple[list[dict[str, Any]], bool]:
    try:
        answer = read_foreign_json(body)
        found, count = answer["hits"], answer.get("nbHits")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        sample = body[:200].decode("utf-8", "replace")
        raise BadResponse(f"{WHO} answered with something that is no list of hits", sample=sample) from error
    if not isinstance(found, list):
        raise BadResponse(f"{WHO} answered with something that is no list of hits", sample=str(found))
    more = len(found) >= size or (isinstance(count, int) and 0 < len(found) < count)
    return [hit for hit in found if isinstance(hit, dict)], more
