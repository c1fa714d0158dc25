"""The score of the period, as people read it: the sum never without its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.digest.compose import compose
from bot.digest.content.period import period_row
from bot.digest.forms.render import render_html, render_text
from bot.model import Audience, ChannelScore, PeriodChange, PeriodScore
from tests.digest.sample import REPORT, given

EXAMPLE = PeriodScore(
    mentions=4,
    score=5.1137,
    quality=1.2875,
    weight=0.6806,
    interaction=1.6088,
    mean=1.2784,
    low=None,
    high=None,
    channels=(
        ChannelScore("rss", 2, 8.791),
        ChannelScore("x", 1, -2.459),
        ChannelScore("reddit", 1, -1.218),
    ),
    measured=1,
    reported=1,
    unknown=0,
    rules_version="1",
)
MANY = replace(EXAMPLE, mentions=40, low=-0.213, high=2.742, unknown=3)
CHANGE = PeriodChange(volume=1.4, quality=-0.6, reach=0.01, interaction=0.3)


def row(score: PeriodScore = EXAMPLE, before: PeriodScore | None = None, change: PeriodChange | None = None) -> Any:
    return period_row(score, before, change, "Monday")


def test_the_sum_is_told_with_its_parts() -> None:
    told = row()
    assert told["text"] == (
        "Score +5.1 in all, from 4 mentions by others: 4 × mean quality +1.288 × mean reach weight 0.681 = +3.5, "
        "and +1.6 since what was good reached further."
    )
    assert told["channels_text"] == "By channel: blogs and press +8.8 (2), X −2.5 (1), Reddit −1.2 (1)."
    assert told["reach_text"] == ("Reach: measured for 25 % of the mentions, reported by the platform for 25 %.")
    assert (told["mean_text"], told["change_text"], told["change"]) == ("", "", None)
    assert (told["score"], told["interaction"], told["low"]) == (5.1137, 1.6088, None)


def test_the_mean_is_told_with_its_interval_or_not_at_all() -> None:
    assert row(MANY)["mean_text"] == "A mention scores +1.3 [−0.2, +2.7] on average, of −10 to +10."
    assert (row(MANY)["mean"], row(MANY)["low"], row(MANY)["high"]) == (1.3, -0.2, 2.7)


def test_a_difference_names_what_made_it_and_leaves_out_what_did_not() -> None:
    before = replace(EXAMPLE, score=4.0037, mentions=3)
    told = row(EXAMPLE, before, CHANGE)
    assert told["change_text"] == (
        "Monday: +4.0 from 3 mentions. The difference of +1.1: number +1.4, quality −0.6, how they went together +0.3."
    )
    assert told["change"]["reach"] == 0.01
    quiet = PeriodChange(0.0, 0.0, 0.0, 0.0)
    assert row(EXAMPLE, before, quiet)["change_text"] == "Monday: +4.0 from 3 mentions."


def test_one_mention_has_no_parts_and_one_channel_none() -> None:
    alone = replace(EXAMPLE, mentions=1, channels=(ChannelScore("x", 1, 5.1137),), interaction=0.0)
    assert row(alone)["text"] == "Score +5.1, from 1 mention."
    assert row(alone)["channels_text"] == ""


def test_what_is_bad_and_reaches_far_is_said_so_and_a_hostile_channel_is_plain() -> None:
    bad = replace(EXAMPLE, interaction=-0.8, channels=(ChannelScore("x\x1b[31m", 2, 1.0), ChannelScore("z", 2, 1.0)))
    assert row(bad)["text"].endswith("and −0.8 since what was bad reached further.")
    assert "\x1b" not in row(bad)["channels_text"]
    assert row(MANY)["reach_text"].endswith("unknown for 3, which weigh what is usual in their channel.")


def test_nothing_that_can_be_added_up_is_no_section() -> None:
    assert period_row(None, EXAMPLE, None, "Monday") is None
    body = compose(given())
    assert body["period_score"] is None
    assert "The score" not in render_text(body)


@pytest.mark.parametrize("render", [render_text, render_html])
def test_it_stands_where_a_digest_asks_for_it_and_by_default_in_none(render: Any) -> None:
    asked = replace(REPORT, sections=("stories", "tone", "score", "redemptions"))
    body = compose(given(score=MANY, score_before=EXAMPLE, score_change=CHANGE, report=asked))
    page = " ".join(render(body).split())
    assert page.index("12 positive") < page.index("mean reach weight") < page.index("Free truffle")
    for audience in Audience:
        other = compose(given(score=MANY, report=replace(REPORT, audience=audience)))
        assert other["period_score"] is None
        assert "reach weight" not in render(other)
