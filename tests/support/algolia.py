"""A made Algolia for Hacker News: filters by time, sorts and cuts off like the real one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.support.replay import Answer, Request

PATH = "/api/v1/search_by_date"


def story(number: int, made: int, **more: Any) -> dict[str, Any]:
    return {
        "objectID": str(number), "created_at_i": made, "title": "Acme launches a thing", "author": "someone",
        "url": "https://acme.example/thing", "points": 12, "num_comments": 3, "_tags": ["story"], **more,
    }  # fmt: skip


def comment(number: int, made: int, **more: Any) -> dict[str, Any]:
    return {
        "objectID": str(number), "created_at_i": made, "author": "critic", "points": None, "title": None, "url": None,
        "comment_text": '<p>I like <i>acme</i> &amp; co: <a href="https:&#x2F;&#x2F;acme.example&#x2F;a?b=1" rel="nofollow">https:&#x2F;&#x2F;acme.ex...</a>',
        "story_id": 7, "parent_id": 8, "story_title": "Other", "story_url": "https://other.example/", "_tags": ["comment"],
        **more,
    }  # fmt: skip


@dataclass
class Algolia:
    """Newest first, by time, at most 1,000 hits."""

    hits: list[dict[str, Any]] = field(default_factory=list)
    most: int = 1000

    def answer(self, request: Request) -> Answer:
        found = re.fullmatch(r"created_at_i>=(-?\d+),created_at_i<=(-?\d+)", request.query["numericFilters"])
        assert found is not None
        since, until = int(found[1]), int(found[2])
        fitting = sorted(
            (h for h in self.hits if since <= h["created_at_i"] <= until), key=lambda h: -h["created_at_i"]
        )
        some = fitting[: min(int(request.query["hitsPerPage"]), self.most)]
        return Answer(200, {}, {"hits": some, "nbHits": len(fitting), "page": 0})
