"""A time that nobody looked at is told as one, and never as a nought; what is the same is not called otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.digest import wording
from bot.digest.compose import compose
from bot.digest.content.advice import advice_rows
from bot.digest.content.links import Links
from bot.digest.content.messages import message_rows
from bot.digest.content.numbers import Numbers
from bot.digest.content.objectives import objective_rows
from bot.digest.content.preview import since_sent
from bot.digest.forms.parts import said
from bot.model import Audience, Interval
from bot.model.impact import ObjectiveVerdict
from tests.digest import made, sample

NOTHING = {"mentions": (), "previous": (), "covered": {}, "coverage_before": 0.0}


def blind(**changes: Any) -> dict[str, Any]:
    """The body of a day, and one before, of which nothing was looked at."""
    empty = [replace(one, relevant=0, full=0, partial=0, misframed=0, contrary=0) for one in sample.standings()]
    given = made.given(Audience.PR, "stories", "messages", "tone", "share", "volume", "health")
    silent = {"voices": None, "messages": empty, "messages_before": empty}
    if given.history is not None:
        none = replace(given.history.now, positive=0, neutral=0, negative=0, unknown=0, looked=False)
        silent["history"] = replace(given.history, now=none, before=none)
    return dict(compose(replace(given, **(NOTHING | silent | changes))))


def test_what_nobody_looked_at_is_no_nought() -> None:
    body = blind()
    assert body["tone"]["text"] == "Nothing was looked at, so nothing is known."
    assert body["tone"]["before"] == "Mon 13 July: nothing was looked at."
    assert body["tone"]["competitors_text"] == ""
    assert body["coverage"] | {"looked": False, "looked_before": False} == body["coverage"]
    assert body["volume"]["text"] == (
        "Nothing was looked at, so how much was said is not known. Mon 13 July: nothing was looked at."
    )
    assert {row["text"] for row in body["messages"]} == {"nothing was looked at"}
    cells = [cell.text for group in said.messages(body).groups for row in group.rows for cell in row.cells]
    assert set(cells) == {"– (–)"}


def test_a_twentieth_of_a_day_is_hardly_any_of_it() -> None:
    window = sample.WINDOW
    looked = Interval(window.start, window.start + (window.end - window.start) / 30)
    body = blind(covered={state.target: (looked,) for state in sample.targets()}, coverage_before=0.04)
    assert body["tone"]["text"] == "Hardly anything was looked at, so nothing is known."
    assert body["tone"]["before"] == "Mon 13 July: hardly anything was looked at."


def test_a_share_of_voice_of_no_story_is_not_told_where_nobody_looked() -> None:
    voices = made.given(Audience.PR, "share", "tone").voices
    assert voices is not None
    none = replace(voices, shares=tuple(replace(one, stories=0, share=None) for one in voices.shares))
    assert blind(voices=none)["share_of_voice"] is None
    assert blind(voices=voices)["share_of_voice"] is not None, "what came in all the same is told"


def test_competitors_have_a_dash_for_the_time_that_nobody_looked_at() -> None:
    body = blind(coverage_before=1.0)
    assert body["tone"]["competitors_text"].startswith("Competitors, mentions: Cocoa Lane – (before 0).")
    assert body["tone"]["before"].startswith("Mon 13 July: 0 positive")
    body = compose(sample.given(coverage_before=0.0, previous=()))
    assert "(before –)" in body["tone"]["competitors_text"]


def test_what_was_told_all_the_same_is_counted() -> None:
    body = compose(sample.given(covered={}, coverage_before=0.0))
    assert body["tone"]["text"] == compose(sample.given())["tone"]["text"]
    assert body["tone"]["before"] == compose(sample.given())["tone"]["before"]


@pytest.mark.parametrize(
    ("share", "items", "told"),
    [
        (0.0, 0, "not known, nothing was looked at"),
        (0.03, 0, "not known, hardly anything was looked at"),
        (0.0, 2, "2 items, 2 stories, 2 voices"),
        (0.5, 0, "0 items, 0 stories, 0 voices"),
    ],
)
def test_numbers_of_an_unlooked_time_are_not_known(share: float, items: int, told: str) -> None:
    assert Numbers(items, items, items).told(share) == told


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("1 of 4 feeds failing (blog.example since Thu 07:00), so", "1 of 4 feeds failing (blog.example since 12 Mar 07:00), so"),
        ("X blocked since Thu 07:00, so", "X still blocked, for the third day (since Thu 07:00), so"),
        ("X still blocked, so", "X blocked for 255 days (nothing of it since 12 Mar), so"),
    ],
)  # fmt: skip
def test_a_trouble_is_the_same_on_whatever_day_it_is_told_of(then: str, now: str) -> None:
    assert since_sent({"verdict": then}, {"verdict": now}) == ()
    assert since_sent({"verdict": f"{then} 3 of them."}, {"verdict": f"{now} 4 of them."}) != ()


def test_a_digest_read_again_months_later_says_the_same() -> None:
    sent = compose(sample.given())
    today = compose(sample.given(now=sample.NOW + timedelta(days=200)))
    assert sent["verdict"] != today["verdict"]
    assert since_sent(sent, today) == ()


def test_a_verdict_stands_beside_its_target() -> None:
    known = {"relevant": 70, "penetration": 0.04, "penetration_low": 0.01, "penetration_high": 0.12}
    standing = replace(sample.standings()[0], **known, verdict="not happening", basis="")  # type: ignore[arg-type]
    texts = [
        message_rows([replace(standing, target=target)], (), (), sample.WINDOW)[0]["text"] for target in (0.125, None)
    ]
    assert texts[0] == "not happening: at least partly in 4 % [1, 12], target 12.5 %"
    assert texts[1] == "not happening: at least partly in 4 % [1, 12]"


def test_advice_on_a_message_says_that_its_objective_is_of_another_time() -> None:
    open_aim = made.standing("growers", ObjectiveVerdict.CANNOT_TELL, 0.04)
    aim = replace(open_aim.objective, measure={"metric": "penetration", "message": "by-hand"})
    rows = objective_rows([replace(open_aim, objective=aim)], "UTC", Links())
    message = {
        "message": "by-hand", "statement": "By hand.", "verdict": "not happening", "text": "not happening: 4 %",
        "addresses": {"relevant": None},
    }  # fmt: skip
    (told,) = [row["text"] for row in advice_rows(rows, [message], (), (), (), Links())]
    assert told.endswith(
        "It is not happening: 4 %. That is so in these days; whether its objective is met by 30 Sept 2026 cannot be told yet."
    )


def test_a_receipt_has_the_words_of_people() -> None:
    assert wording.in_words("by-hand: contrary, contrary: full") == "by-hand: contradicted, contrary: carried"
    assert wording.in_words("neutral 38%, positive 36%") == "neutral 38 %, positive 36 %"
