"""JSON Schemas of the answers, each with an example; the values themselves are made by ``bot.shapes``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.model import Reason

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
TIME: Schema = {"type": "string", "format": "date-time"}
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
NUMBER_OR_NULL: Schema = {"type": ["number", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}


def thing(properties: Mapping[str, Schema]) -> Schema:
    """An object that has all of these and may grow more."""
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def page_of(item: Mapping[str, Schema], example: Mapping[str, Any]) -> Schema:
    """A page of a list: ``next`` is the cursor of the page after it, null on the last."""
    schema = thing({"items": {"type": "array", "items": thing(item)}, "next": TEXT_OR_NULL})
    return {"schema": schema, "example": {"items": [dict(example)], "next": None}}


PROBLEM: Schema = thing({"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT}) | {
    "description": "RFC 9457. `reason` stands where a redemption was refused, `incident` where Heard has a bug.",
}
PROBLEM["properties"] |= {
    "reason": {"type": "string", "enum": [str(reason) for reason in Reason]},
    "incident": TEXT,
    "problems": {"type": "array", "items": thing({"at": TEXT, "problem": TEXT})},
}

REDEEMED: Schema = {
    "schema": thing(
        {
            "result": {"type": "string", "enum": ["redeemed"]},
            "redemption": TEXT,
            "offer": TEXT,
            "placement": TEXT_OR_NULL,
            "code": TEXT,
            "redeemed_at": TIME,
        }
    ),
    "example": {
        "result": "redeemed",
        "redemption": "r_5f0c2d9a41b7e386",
        "offer": "truffle",
        "placement": "counter",
        "code": "THE MOON IS MADE OF GANACHE",
        "redeemed_at": "2026-11-21T10:15:00Z",
    },
}
ROLLBACK: Schema = {
    "schema": thing(
        {
            "result": {"type": "string", "enum": ["rolled_back"]},
            "redemption": TEXT,
            "rollback": TEXT,
            "offer": TEXT,
            "placement": TEXT_OR_NULL,
            "rolled_back_at": TIME,
        }
    ),
    "example": {
        "result": "rolled_back",
        "redemption": "r_5f0c2d9a41b7e386",
        "rollback": "r_19d7a0ce5b8f4432",
        "offer": "truffle",
        "placement": "counter",
        "rolled_back_at": "2026-11-21T10:40:00Z",
    },
}
RESERVED: Schema = {
    "schema": thing(
        {
            "result": {"type": "string", "enum": ["reserved"]},
            "reservation": TEXT,
            "offer": TEXT,
            "placement": TEXT_OR_NULL,
            "code": TEXT,
            "reserved_at": TIME,
            "expires_at": TIME,
        }
    ),
    "example": {
        "result": "reserved",
        "reservation": "r_7be1440d92c35af8",
        "offer": "cards",
        "placement": None,
        "code": "VC7K3M9QXT",
        "reserved_at": "2026-11-21T10:15:00Z",
        "expires_at": "2026-11-21T10:30:00Z",
    },
}
OFFERS = page_of(
    {
        "offer": TEXT, "name": TEXT, "placement": TEXT_OR_NULL, "code_kind": TEXT, "today": COUNT, "this_week": COUNT,
        "total": COUNT, "refused": COUNT, "rolled_back": COUNT, "cap_remaining": COUNT_OR_NULL, "status": TEXT,
        "held": COUNT, "provisional": COUNT, "mismatch": COUNT_OR_NULL,
        "per_day": NUMBER_OR_NULL, "low": NUMBER_OR_NULL, "high": NUMBER_OR_NULL, "verdict": TEXT,
    },
    {
        "offer": "truffle", "name": "Free truffle", "placement": None, "code_kind": "code-phrase", "today": 3,
        "this_week": 11, "total": 41, "refused": 2, "rolled_back": 1, "cap_remaining": 59, "status": "final",
        "held": 0, "provisional": 0, "mismatch": None,
        "per_day": 2.05, "low": 1.47, "high": 2.78, "verdict": "2.1 a day [1.5, 2.8], 41 in all",
    },
)  # fmt: skip
EVENTS = page_of(
    {
        "id": TEXT, "kind": TEXT, "offer": TEXT, "code": TEXT, "placement": TEXT_OR_NULL, "at": TIME,
        "told_at": TIME_OR_NULL, "reason": TEXT_OR_NULL, "refers_to": TEXT_OR_NULL, "order_id": TEXT_OR_NULL,
        "order_value": TEXT_OR_NULL, "currency": TEXT_OR_NULL, "new_customer": {"type": ["boolean", "null"]},
        "door": TEXT_OR_NULL, "actor": TEXT_OR_NULL, "expires_at": TIME_OR_NULL,
    },
    {
        "id": "r_5f0c2d9a41b7e386", "kind": "redeemed", "offer": "truffle", "code": "the moon is made of ganache",
        "placement": "counter", "at": "2026-11-21T10:15:00Z", "told_at": "2026-11-21T10:15:00Z", "reason": None,
        "refers_to": None, "order_id": "A-1007", "order_value": "14.80", "currency": "EUR", "new_customer": True,
        "door": "api", "actor": "key:k_1", "expires_at": None,
    },
)  # fmt: skip
MENTIONS = page_of(
    {
        "id": TEXT, "subject": TEXT, "source": TEXT, "url": TEXT_OR_NULL, "published_at": TIME_OR_NULL,
        "collected_at": TIME, "title": TEXT_OR_NULL, "text": TEXT_OR_NULL, "tone": NUMBER_OR_NULL,
        "tone_label": TEXT_OR_NULL, "reach": NUMBER_OR_NULL, "reach_basis": TEXT, "score": NUMBER_OR_NULL,
        "removed": {"type": "boolean"}, "alignments": {"type": "array", "items": {"type": "object"}},
    },
    {
        "id": "k4w2m7qz5xva", "subject": "crumb", "source": "blogs", "url": "https://paper.example/praise",
        "published_at": "2026-11-20T09:00:00Z", "collected_at": "2026-11-20T09:12:31Z",
        "title": "Velvet Crumb wins everybody over", "text": "Velvet Crumb wins everybody over\nEvery truffle …",
        "tone": 0.61, "tone_label": "positive", "reach": 1200.0, "reach_basis": "estimated", "score": 3.2,
        "removed": False, "alignments": [{"message": "hand-rolled", "outcome": "full", "quote": "Every truffle …"}],
    },
)  # fmt: skip
MESSAGES = page_of(
    {
        "message": TEXT, "statement": TEXT, "period": {"type": "object"}, "relevant": COUNT, "full": COUNT,
        "partial": COUNT, "misframed": COUNT, "contrary": COUNT, "penetration": NUMBER_OR_NULL, "verdict": TEXT,
        "evidence": {"type": "array", "items": {"type": "object"}},
    },
    {
        "message": "hand-rolled", "statement": "Every truffle is rolled by hand each morning.",
        "period": {"start": "2026-11-14T00:00:00Z", "end": "2026-11-21T00:00:00Z"}, "relevant": 32, "full": 9,
        "partial": 4, "misframed": 0, "contrary": 1, "penetration": 0.41, "verdict": "getting through",
        "evidence": [{"mention": "k4w2m7qz5xva", "quote": "rolled by hand", "url": "https://paper.example/praise"}],
    },
)  # fmt: skip
DIGESTS = page_of(
    {
        "digest": TEXT, "report": TEXT, "audience": TEXT, "period": {"type": "object"}, "subject_line": TEXT,
        "created_at": TIME, "deliveries": {"type": "array", "items": {"type": "object"}},
    },
    {
        "digest": "pr-daily:2026-11-20", "report": "pr-daily", "audience": "pr",
        "period": {"start": "2026-11-19T23:00:00Z", "end": "2026-11-20T23:00:00Z", "timezone": "Europe/Berlin"},
        "subject_line": "Velvet Crumb: 6 stories, 1 contradicts", "created_at": "2026-11-21T06:00:02Z",
        "deliveries": [{"channel": "folder", "state": "sent", "sent_at": "2026-11-21T06:00:04Z", "error": None}],
    },
)  # fmt: skip
STATUS = page_of(
    {
        "source": TEXT, "feed": TEXT_OR_NULL, "state": TEXT, "since": TIME_OR_NULL, "last_success": TIME_OR_NULL,
        "next_poll_at": TIME_OR_NULL, "coverage": NUMBER_OR_NULL, "gaps": {"type": "array"}, "failures": COUNT,
        "error": {"type": ["object", "null"]},
    },
    {
        "source": "blogs", "feed": "https://paper.example/feed.xml", "state": "ok", "since": "2026-11-01T08:00:00Z",
        "last_success": "2026-11-21T09:55:10Z", "next_poll_at": "2026-11-21T10:55:10Z", "coverage": 0.9986, "gaps": [],
        "failures": 0, "error": None,
    },
)  # fmt: skip
IMPACT = {
    "schema": {
        "type": "object",
        "required": ["as_of"],
        "properties": {
            "as_of": TIME,
            "window": {"type": "array", "items": TIME},
            "objectives": {"type": "array", "items": {"type": "object"}},
            "activities": {"type": "array", "items": {"type": "object"}},
            "share_of_voice": {"type": "object"},
            "lifts": {"type": "array", "items": {"type": "object"}},
            "funnel": {"type": "object"},
            "value": {"type": "object"},
            "providers": {"type": "array", "items": {"type": "object"}},
        },
    },
    "example": {
        "as_of": "2026-11-21T08:00:00Z",
        "window": ["2026-10-24T00:00:00Z", "2026-11-21T00:00:00Z"],
        "objectives": [
            {
                "id": "understood", "statement": "People know that every truffle is rolled by hand",
                "department": "Press", "metric": "penetration", "target": 0.15, "verdict": "on_track", "unit": "share",
                "value": 0.13, "low": 0.09, "high": 0.18, "n": 212,
            }
        ],
    },
}  # fmt: skip
