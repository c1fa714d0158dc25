"""One search of Algolia's Hacker News API, and what its answers mean."""

from __future__ import annotations

import json
from datetime import datetime
from http import HTTPStatus
from typing import Any

from requests.exceptions import RequestException

from bot.errors import BadResponse
from bot.ports import SessionFactory
from connectors.answers import from_answer, from_wire
from connectors.hackernews.options import HackerNewsOptions

WHO = "Hacker News' search"


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
        try:
            with self._session() as session:
                answer = session.get(self._address, params=asked, headers={"Accept": "application/json"})
        except (RequestException, OSError, ValueError) as error:
            raise from_wire(error, WHO) from error
        if answer.status_code != HTTPStatus.OK:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            raise from_answer(answer.status_code, headers, answer.text[:1000], WHO, now)
        return _hits(answer.content, size)


def _hits(body: bytes, size: int) -> tuple[list[dict[str, Any]], bool]:
    try:
        answer = json.loads(body)
        found, count = answer["hits"], answer.get("nbHits")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        sample = body[:200].decode("utf-8", "replace")
        raise BadResponse(f"{WHO} answered with something that is no list of hits", sample=sample) from error
    if not isinstance(found, list):
        raise BadResponse(f"{WHO} answered with something that is no list of hits", sample=str(found))
    more = len(found) >= size or (isinstance(count, int) and 0 < len(found) < count)
    return [hit for hit in found if isinstance(hit, dict)], more
