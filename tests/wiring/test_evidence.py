"""What the evidence lists is what the digest counted, number by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigError
from bot.model import LabelKind, Outcome
from bot.wiring.tell.evidence import Wanted
from tests.support.evidence import BLAME, DAY, HOUR, PRAISE, TUESDAY, Newsroom

DAYS = Wanted(subject="crumb", since=date(2026, 3, 10), until=date(2026, 3, 11))
KEYS = {
    Outcome.FULL: "full",
    Outcome.PARTIAL: "partial",
    Outcome.MISFRAMED: "misframed",
    Outcome.CONTRARY: "contrary",
    Outcome.NONE: "absent",
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """A day of everything that counting has to keep apart. It is only read."""
    made = Newsroom(tmp_path_factory.mktemp("archive"))
    judge = made.app.judging.label
    for place in range(3):
        made.find(PRAISE, outlet=f"{place}.example")
    made.find(PRAISE, story="copied")
    made.find(f"{PRAISE} And so said the paper.", story="copied", outlet="copy.example")
    made.find(f"Release. {PRAISE}", outlet="velvetcrumb.example", story="release")
    made.find(f"Release. {PRAISE}", outlet="reprint.example", story="release")
    made.find(BLAME)
    made.find("Velvet Crumb stands in Bridge Street.")
    made.find("Velvet Crumb öffnet heute Abend in der Brückenstraße, sagt die Inhaberin.", language="de")
    made.find("Cocoa Lantern is awful and terrible.", subject="lantern")
    made.find(PRAISE, said=TUESDAY - 2 * DAY)
    made.find(BLAME, said=TUESDAY + 26 * HOUR)
    judge(made.scored(made.find(BLAME)).mention, LabelKind.RELEVANT, "no", who="ada", source="cli", about=None)
    judge(made.scored(made.find(BLAME)).mention, LabelKind.TONE, "neutral", who="ada", source="cli", about=None)
    misread = made.scored(made.find(BLAME)).mention
    judge(misread, LabelKind.MESSAGE, "misframed", who="ada", source="cli", about="by-hand")
    made.remove(made.find(BLAME))
    yield made
    made.app.close()


@pytest.fixture(scope="module")
def body(room: Newsroom) -> Mapping[str, Any]:
    return room.app.telling.compose(*room.app.telling.window("pr", None))


@pytest.mark.parametrize(
    ("tone", "key"),
    [("positive", "positive"), ("neutral", "neutral"), ("negative", "negative"), ("unknown", "not_scored")],
)
def test_a_tone_lists_the_mentions_that_the_digest_counts_under_it(
    room: Newsroom, body: Mapping[str, Any], tone: str, key: str
) -> None:
    found = room.app.evidence.list(replace(DAYS, tone=tone))
    assert found.total == len(found.rows) == body["tone"][key]


def test_all_by_others_and_all_of_ones_own_add_up(room: Newsroom, body: Mapping[str, Any]) -> None:
    found = room.app.evidence.list(DAYS)
    assert found.others == body["tone"]["earned"] == room.app.evidence.list(replace(DAYS, by="others")).total
    ours = room.app.evidence.list(replace(DAYS, by="own"))
    assert ours.total == found.total - found.others == body["tone"]["own_text"]
    assert all(row.ours for row in ours.rows)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_lists_the_stories_that_the_digest_counts_under_it(
    room: Newsroom, body: Mapping[str, Any], outcome: Outcome
) -> None:
    for message in body["messages"]:
        found = room.app.evidence.list(replace(DAYS, message=message["message"], outcome=outcome))
        assert found.total == message[KEYS[outcome]]
        assert all(row.alignments[0].outcome is outcome for row in found.rows)


def test_a_message_lists_every_story_that_it_was_looked_for_in(room: Newsroom, body: Mapping[str, Any]) -> None:
    for message in body["messages"]:
        found = room.app.evidence.list(replace(DAYS, message=message["message"]))
        assert found.total == message["relevant"]
        assert {KEYS[one]: number for one, number in found.outcomes.items()} == {
            key: message[key] for key in KEYS.values() if message[key]
        }


def test_the_counts_are_of_something(body: Mapping[str, Any]) -> None:
    assert min(body["tone"][key] for key in ("positive", "neutral", "negative", "own_text")) > 0
    by_hand = body["messages"][0]
    assert min(by_hand[key] for key in ("full", "misframed", "contrary", "absent")) > 0


def test_copies_are_one_story_and_say_so(room: Newsroom) -> None:
    found = room.app.evidence.list(replace(DAYS, message="by-hand", outcome=Outcome.FULL))
    assert max(row.copies for row in found.rows) == 1
    story = next(row.mention.story for row in found.rows if row.copies)
    assert room.app.evidence.list(Wanted(story=story)).total == 2


def test_a_rival_is_listed_where_it_is_asked_for_and_nowhere_else(room: Newsroom) -> None:
    assert room.app.evidence.list(replace(DAYS, subject="lantern")).total == 1
    nobody = room.app.evidence.list(replace(DAYS, subject=None))
    assert {row.mention.subject for row in nobody.rows} == {"crumb"}


def test_without_days_the_last_week_is_meant_and_told(room: Newsroom) -> None:
    found = room.app.evidence.list(Wanted())
    assert (found.wanted.since, found.wanted.until) == (date(2026, 3, 5), date(2026, 3, 12))


def test_what_follows_a_place_in_the_list_is_the_rest_of_it_with_the_same_total(room: Newsroom) -> None:
    whole = room.app.evidence.list(DAYS)
    names = [row.mention.id for row in whole.rows]
    for place, row in enumerate(whole.rows, 1):
        rest = room.app.evidence.list(DAYS, (row.mention.told_at, row.mention.id))
        assert [one.mention.id for one in rest.rows] == names[place:]
        assert (rest.total, rest.after) == (whole.total, None)


def test_what_a_digest_told_is_listed_by_its_name(tmp_path: Path) -> None:
    made = Newsroom(tmp_path)
    first, _ = made.find(PRAISE), made.find(BLAME)
    digest = made.told(first)
    assert [row.mention.id for row in made.app.evidence.list(Wanted(digest=digest.id)).rows] == [first]
    made.app.close()


@pytest.mark.parametrize(
    "wanted",
    [Wanted(subject="nobody"), Wanted(source="nowhere"), Wanted(message="none"), Wanted(objective="none"), Wanted(digest="x")],
)  # fmt: skip
def test_what_is_not_configured_is_said(room: Newsroom, wanted: Wanted) -> None:
    with pytest.raises(ConfigError, match="there is no"):
        room.app.evidence.list(wanted)


def test_a_receipt_gives_the_stored_score_again(room: Newsroom) -> None:
    for row in room.app.evidence.list(DAYS).rows:
        receipt = room.app.evidence.receipt(row.mention.id)
        assert receipt is not None
        assert receipt.same
    assert room.app.evidence.receipt("nosuchmention") is None
