"""What scripts rely on: the JSON of every reading command, key by key (docs/json.md)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.desk import Desk
from tests.support.fits import TIME, maybe, misfits

ALIGNMENT = {
    "message": str,
    "outcome": str,
    "confidence": float,
    "quote": str,
    "start": int,
    "end": int,
    "reason": str,
}
MENTION = {
    "id": str,
    "subject": str,
    "source": str,
    "url": maybe(str),
    "author": maybe(str),
    "published_at": maybe(TIME),
    "collected_at": TIME,
    "title": str,
    "text": str,
    "language": maybe(str),
    "matched": [{"term": str, "field": str, "start": int, "end": int}],
    "story": maybe(str),
    "tone": maybe(float),
    "tone_label": maybe(str),
    "tone_confidence": maybe(float),
    "reach": maybe(float),
    "reach_low": maybe(float),
    "reach_high": maybe(float),
    "reach_basis": str,
    "prominence": maybe(float),
    "advocacy": maybe(float),
    "score": maybe(float),
    "rules_version": maybe(str),
    "alignments": [ALIGNMENT],
    "flags": [str],
}
FACTOR = {"name": str, "value": maybe((float, str)), "source": str, "method": str}
EXPLAIN = {
    **MENTION,
    "receipt": {"factors": [FACTOR], "formula": str, "result": maybe(float), "context_id": str},
    "tone_spans": [{"start": int, "end": int, "text": str, "contribution": float}],
}
SHARE = maybe(float)
MESSAGE: dict[str, Any] = {
    "message": str,
    "statement": str,
    "period": {"start": TIME, "end": TIME},
    "relevant": int,
    "full": int,
    "partial": int,
    "misframed": int,
    "contrary": int,
    "penetration": SHARE,
    "penetration_low": SHARE,
    "penetration_high": SHARE,
    "net_pull_through": SHARE,
    "low": SHARE,
    "high": SHARE,
    "corrected": bool,
    "previous": SHARE,
    "verdict": str,
    "evidence": [{"mention": str, "quote": str, "url": maybe(str), "outcome": maybe(str)}],
}
COLLECT = {
    "source": str,
    "feed": maybe(str),
    "state": str,
    "fetched": int,
    "matched": int,
    "new": int,
    "duplicates": int,
    "cost": {"reads": int, "usd": float},
    "covered": maybe([TIME]),
    "error": maybe({"kind": str, "message": str, "retry_at": maybe(TIME)}),
}
SOURCE = {
    "source": str,
    "state": str,
    "since": maybe(TIME),
    "last_success": maybe(TIME),
    "next_poll_at": maybe(TIME),
    "coverage": maybe(float),
    "gaps": [{"start": TIME, "end": TIME, "cause": str}],
    "failures": int,
    "error": maybe({"kind": str, "message": str}),
}
OFFER = {
    "offer": str,
    "placement": maybe(str),
    "code_kind": str,
    "today": int,
    "this_week": int,
    "total": int,
    "refused": int,
    "rolled_back": int,
    "cap_remaining": maybe(int),
    "status": str,
    "per_day": maybe(float),
    "low": maybe(float),
    "high": maybe(float),
    "verdict": str,
}
REDEEM = {
    "result": str,
    "redemption": maybe(str),
    "offer": maybe(str),
    "placement": maybe(str),
    "code": str,
    "reason": maybe(str),
    "redeemed_at": maybe(TIME),
    "replayed": bool,
}
DIGEST = {
    "digest": str,
    "audience": str,
    "period": {"start": TIME, "end": TIME, "timezone": str},
    "subject_line": str,
    "verdict": str,
    "stories": [
        {
            "story": str,
            "headline": str,
            "why": str,
            "score": maybe(float),
            "reach": maybe(float),
            "items": int,
            "voices": int,
            "url": maybe(str),
        }
    ],
    "messages": [MESSAGE | {"previous": maybe(dict)}],
    "redemptions": [OFFER],
    "health": [SOURCE],
    "coverage": {"text": str, "share": float},
    "cost": {"usd": float},
    "late": int,
    "not_scored": int,
}
DELIVERY = {
    "channel": str,
    "recipient": str,
    "state": str,
    "attempts": int,
    "sent_at": maybe(TIME),
    "next_attempt_at": maybe(TIME),
    "error": maybe(str),
}


@pytest.mark.parametrize(
    ("command", "shape", "at_least"),
    [
        (("mentions", "--json"), MENTION, 5),
        (("messages", "--json"), MESSAGE, 1),
        (("sources", "--json"), SOURCE, 2),
        (("status", "--json"), SOURCE, 2),
        (("offers", "--json"), OFFER, 4),
        (("digest", "preview", "pr-daily", "--format", "json"), DIGEST, 1),
        (("digest", "preview", "community-daily", "--format", "json"), DIGEST, 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_reading_commands_json_has_the_published_shape(
    collected: Desk, command: tuple[str, ...], shape: Any, at_least: int
) -> None:
    rows = collected.heard(*command).rows
    assert len(rows) >= at_least
    assert [line for row in rows for line in misfits(row, shape)] == []


def test_collect_tells_every_feed_with_its_outcome(desk: Desk) -> None:
    desk.write(desk.config.read_text().replace("feeds = [", 'feeds = ["http://127.0.0.1:9/refused", '))
    said = desk.heard("collect", "--json")
    assert said.code == 1
    assert [line for row in said.rows for line in misfits(row, COLLECT)] == []
    by_state = {row["state"]: row for row in said.rows}
    assert (by_state["ok"]["fetched"], by_state["ok"]["matched"], by_state["ok"]["new"]) == (6, 5, 5)
    assert by_state["ok"]["error"] is None
    assert len(by_state["ok"]["covered"]) == 2
    assert by_state["failing"]["error"]["kind"] == "Unavailable"
    assert by_state["failing"]["covered"] is None


def test_a_second_poll_finds_what_is_known(desk: Desk) -> None:
    assert desk.heard("collect", "--json").rows[0]["new"] == 5
    assert desk.heard("collect", "--json").rows == [], "nothing is due"
    (again,) = desk.heard("collect", "blogs", "--json").rows
    assert (again["state"], again["fetched"], again["new"]) == ("ok", 0, 0)
    assert len(desk.heard("mentions", "--json").rows) == 5


def test_explain_is_the_mention_with_a_receipt_that_works_out(collected: Desk) -> None:
    for mention in collected.heard("mentions", "--json").rows:
        said = collected.heard("explain", mention["id"], "--json")
        (told,) = said.rows
        assert misfits(told, EXPLAIN) == []
        assert said.code == 0
        assert {key: told[key] for key in mention} == mention
        assert told["receipt"]["result"] == told["score"] == told["recomputed"]
        for span in told["tone_spans"]:
            assert told["text"][span["start"] : span["end"]] == span["text"]


def test_offsets_are_code_points_into_the_text(collected: Desk) -> None:
    for mention in collected.heard("mentions", "--json").rows:
        for hit in mention["matched"]:
            assert mention["text"][hit["start"] : hit["end"]].casefold() in hit["term"].casefold()
        for alignment in mention["alignments"]:
            assert mention["text"][alignment["start"] : alignment["end"]] == alignment["quote"]


def test_what_is_not_known_is_null(collected: Desk) -> None:
    told = {row["title"]: row for row in collected.heard("mentions", "--json").rows}
    german = told["Velvet Crumb eröffnet ein Geschäft"]
    assert (german["tone"], german["tone_label"], german["score"], german["reach"]) == (None, None, None, None)
    assert (german["language"], german["reach_basis"]) == ("de", "unknown")
    hostile = next(row for title, row in told.items() if "[bold]" in title)
    assert hostile["url"] is None, "a script is no address"


def test_redeem_answers_in_the_published_shape(desk: Desk) -> None:
    redeem = ("redeem", "The Moon is made of GANACHE", "--placement", "counter", "--key", "till-1", "--json")
    first, again = desk.heard(*redeem), desk.heard(*redeem)
    assert (first.code, again.code) == (0, 0)
    assert misfits(first.rows[0], REDEEM) == []
    assert first.rows[0] | {"replayed": True} == again.rows[0]
    assert (first.rows[0]["result"], first.rows[0]["offer"], first.rows[0]["placement"]) == (
        "redeemed",
        "truffle",
        "counter",
    )
    refused = desk.heard("redeem", "the moon is made of cheese", "--json")
    assert refused.code == 1
    assert misfits(refused.rows[0], REDEEM) == []
    assert (refused.rows[0]["result"], refused.rows[0]["reason"], refused.rows[0]["redeemed_at"]) == (
        *("refused", "unknown_code"),
        None,
    )


def test_digest_list_tells_deliveries(desk: Desk) -> None:
    desk.heard("collect")
    assert desk.heard("digest", "send", "pr-daily").code == 0
    (row,) = desk.heard("digest", "list", "--json").rows
    shape = {"digest": str, "report": str, "audience": str, "period": DIGEST["period"], "subject_line": str}
    assert misfits(row, {**shape, "created_at": TIME, "deliveries": [DELIVERY]}) == []
    assert [delivery["state"] for delivery in row["deliveries"]] == ["sent"]


def test_a_digests_json_file_is_the_previews_json(desk: Desk) -> None:
    desk.heard("collect")
    preview = json.loads(desk.heard("digest", "preview", "pr-daily", "--format", "json").out)
    desk.heard("digest", "send", "pr-daily")
    (file,) = (desk.folder / "digests").glob("pr-daily-*.json")
    sent = json.loads(file.read_text(encoding="utf-8"))
    assert sent["stories"] == preview["stories"]
    assert sent.keys() == preview.keys()


def test_json_lines_of_care_commands(collected: Desk) -> None:
    (check,) = collected.heard("db", "check", "--json").rows
    assert (check["problems"], check["counts"]["mentions"]) == ([], 5)
    (upgrade,) = collected.heard("db", "upgrade", "--json").rows
    assert upgrade["schema"] > 0
    findings = collected.heard("check", "--json").rows
    assert {"check", "ok", "detail"} == set().union(*findings)
    assert all(finding["ok"] for finding in findings)
