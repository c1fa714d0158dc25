"""Old scores against new: the sums worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import (
    UNKNOWN_REACH,
    Author,
    Mention,
    Outcome,
    Relevance,
    RelevanceBasis,
    Score,
    ScoreBrief,
    ScoringContext,
    ToneLabel,
    ToneReading,
    Weights,
    brief_of,
)
from bot.score.difference import Change, change_of, difference
from bot.score.scoring import score_mention
from tests.score.made import FAIR, NOW, ORGANIC, OWN, RIVAL, mention
from tests.score.test_score_mentions import settings

NEGATIVE, NEUTRAL, POSITIVE = ToneLabel


def a_brief(
    tone: float | None = 0.0,
    label: ToneLabel | None = NEUTRAL,
    fair: Outcome = Outcome.NONE,
    *,
    message: float = 0.0,
    weight: float = 0.5,
    engine: str = "vader 3.3.2",
    rules: str = "1",
    owned: bool = False,
) -> ScoreBrief:
    values = {"message": message, "advocacy": 0.0, "prominence": 1.0, "reach_weight": weight,
              "weight_tone": 0.5, "weight_message": 0.4, "weight_advocacy": 0.1}  # fmt: skip
    if tone is not None:
        values["tone"] = tone
    score = None if tone is None else 10 * (0.5 * tone + 0.4 * message) * weight
    return ScoreBrief(rules, label, score, values, {"tone": engine, "weight_tone": "weights 1"}, {"fair": fair}, owned)


def a_change(before: ScoreBrief, after: ScoreBrief, number: int = 1, **changes: object) -> Change:
    made = mention(f"Marzipan & Moon, number {number}", key=f"x:{number}")
    return change_of(replace(made, **changes), before, after)  # type: ignore[arg-type]


def test_labels_outcomes_and_scores_are_summed() -> None:
    rows = [
        a_change(a_brief(), a_brief(0.6, POSITIVE, Outcome.FULL, message=1.0), 1),
        a_change(a_brief(), a_brief(), 2),
        a_change(a_brief(0.5, POSITIVE), a_brief(-0.5, NEGATIVE), 3),
        a_change(a_brief(None, None), a_brief(0.2, NEUTRAL), 4),
    ]
    found = difference(rows, [OWN, RIVAL], [FAIR])
    assert (found.mentions, found.changed, found.relabelled, found.compared) == (4, 3, 3, 3)
    assert dict(found.labels) == {
        (NEUTRAL, POSITIVE): 1, (NEUTRAL, NEUTRAL): 1, (POSITIVE, NEGATIVE): 1, (None, NEUTRAL): 1,
    }  # fmt: skip
    assert dict(found.outcomes) == {(Outcome.NONE, Outcome.FULL): 1, (Outcome.NONE, Outcome.NONE): 3}
    # 3.5 up, 0, and 2.5 down
    assert (found.mean_change, found.mean_absolute, found.largest_change) == pytest.approx((1 / 3, 2.0, 3.5))
    assert found.net_before is not None
    assert found.net_after is not None
    assert (found.net_before.value, found.net_after.value) == pytest.approx((1 / 3, 0.0))
    [fair] = found.messages
    assert fair.before is not None
    assert fair.after is not None
    assert (fair.stories, fair.before.value, fair.after.value) == (4, 0.0, 0.25)
    assert fair.after.low < 0.25 < fair.after.high
    assert [row.mention for row in found.largest] == [rows[3].mention, rows[0].mention, rows[2].mention]


def test_nothing_to_compare_is_no_error_and_no_figure() -> None:
    found = difference([], [OWN], [FAIR])
    assert (found.mentions, found.mean_change, found.net_before, found.largest) == (0, None, None, ())
    assert (found.messages[0].before, found.messages[0].stories) == (None, 0)


def test_copies_own_words_rivals_and_what_is_irrelevant_carry_no_message() -> None:
    full = a_brief(0.6, POSITIVE, Outcome.FULL, message=1.0)
    no = Relevance(relevant=False, basis=RelevanceBasis.RULE)
    rows = [
        a_change(a_brief(), full, 1, story="s"),
        a_change(a_brief(), a_brief(), 2, story="s"),
        a_change(a_brief(), a_brief(fair=Outcome.CONTRARY, message=-1.0), 3, story="against"),
        a_change(a_brief(), replace(full, outcomes={"fair": Outcome.CONTRARY}), 4, story="against"),
        a_change(a_brief(owned=True), replace(full, owned=True), 5),
        a_change(a_brief(), full, 6, story="release"),
        a_change(a_brief(), full, 7, subject="hut"),
        a_change(a_brief(), full, 8, relevance=no),
    ]
    [fair] = difference(rows, [OWN, RIVAL], [FAIR], own_stories={"release"}).messages
    assert fair.after is not None
    assert (fair.stories, fair.after.value) == (2, 0.5)


def test_a_change_names_its_reasons_what_moved_the_score_most_first() -> None:
    row = a_change(
        a_brief(), a_brief(-0.1, NEUTRAL, Outcome.FULL, message=1.0, weight=0.6, engine="heard 1", rules="2")
    )
    assert row.reasons == (
        "message 0.00 → 1.00 (fair: none → full)",
        "tone 0.00 → -0.10 (vader 3.3.2 → heard 1)",
        "reach weight 0.50 → 0.60",
    )
    assert a_change(a_brief(None, None), a_brief(0.4, POSITIVE)).reasons == ("tone unknown → 0.40",)
    assert a_change(a_brief(), a_brief()).reasons == ()
    assert a_change(a_brief(), a_brief(label=POSITIVE)).reasons == ("label neutral → positive",)
    # a competitor's message or one's own words: coded otherwise, and the score stays
    assert a_change(a_brief(), a_brief(fair=Outcome.FULL)).reasons == ("message (fair: none → full)",)


def test_weights_are_a_reason_by_their_version() -> None:
    rules = settings(messages=(FAIR, ORGANIC))
    heavier = settings(messages=(FAIR, ORGANIC), weights=Weights("2", 0.9, 0.05, 0.05))
    made = mention("Marzipan & Moon is lovely")
    before, after = (brief_of(score_mention(made, one, ScoringContext("c"), "v")) for one in (rules, heavier))
    row = change_of(made, before, after)
    assert row.reasons == ("weights (weights 1 → weights 2)",)
    assert row.by is not None
    assert row.by > 0


def test_a_brief_holds_the_numbers_and_no_word_of_the_text() -> None:
    made = mention("Marzipan & Moon is lovely", author=Author(handle="someone-private"))
    score = score_mention(made, settings(), ScoringContext("c"), "v")
    brief = brief_of(score)
    assert (brief.score, brief.label, brief.rules_version) == (score.score, score.tone.label, "v")
    assert brief.values["tone"] == score.tone.tone
    assert "lovely" not in str(brief)
    assert "someone-private" not in str(brief)


def test_a_headline_is_short_and_on_one_line() -> None:
    made: Mention = mention("Marzipan\n & Moon " * 3_000, title="")
    row = change_of(made, a_brief(), a_brief())
    assert len(row.headline) <= 100
    assert "\n" not in row.headline


def test_a_mention_without_any_factor_is_compared_all_the_same() -> None:
    bare = Score("m", "1", "c", ToneReading(None, None, None), UNKNOWN_REACH, 0, 0, 0, None, None, None, (), "")
    row = change_of(mention("x"), brief_of(bare), a_brief())
    assert row.by is None
    assert row.is_change


def test_times_are_those_that_were_told() -> None:
    assert a_change(a_brief(), a_brief()).told_at == NOW
