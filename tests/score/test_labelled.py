from __future__ import annotations

import pytest

from bot.model import Label, LabelKind, Outcome, ScoredMention, ToneLabel
from bot.score.labelled import as_labelled, said_by_people
from bot.score.receipt import recompute
from tests.score.made import NOW, mention
from tests.score.test_score_mentions import SAYS_IT, score


def scored(text: str = SAYS_IT) -> ScoredMention:
    made = mention(text)
    return ScoredMention(made, score(made))


def label(kind: LabelKind, value: str, about: str | None = None) -> Label:
    return Label("m", kind, value, "jo", "cli", NOW, about)


def test_without_labels_nothing_changes() -> None:
    one = scored()
    assert as_labelled(one, ()) is one
    assert as_labelled(one, [label(LabelKind.RELEVANT, "yes")]) is one


def test_a_persons_outcome_decides_with_certainty_and_the_score_follows() -> None:
    one = scored()
    found = as_labelled(one, [label(LabelKind.MESSAGE, "full", "fair"), label(LabelKind.MESSAGE, "contrary", "fair")])
    fair = next(entry for entry in found.score.alignments if entry.message == "fair")
    assert (fair.outcome, fair.confidence) == (Outcome.CONTRARY, 1.0)
    assert fair.reason.startswith("labelled by a person; the rules said full")
    assert found.mention.item.text[fair.start : fair.end] == fair.quote
    assert (found.score.score or 0) < (one.score.score or 0)
    assert recompute(found.score.factors) == found.score.score


def test_an_outcome_of_none_takes_the_quote_away_and_an_unknown_message_is_added() -> None:
    found = as_labelled(
        scored(), [label(LabelKind.MESSAGE, "none", "fair"), label(LabelKind.MESSAGE, "partial", "elsewhere")]
    )
    by = {entry.message: entry for entry in found.score.alignments}
    assert (by["fair"].outcome, by["fair"].quote) == (Outcome.NONE, "")
    assert (by["elsewhere"].outcome, by["elsewhere"].quote) == (Outcome.PARTIAL, "")


@pytest.mark.parametrize(("said", "tone"), [("negative", -1.0), ("neutral", 0.0)])
def test_a_tone_that_the_rules_read_otherwise_becomes_what_the_person_said(said: str, tone: float) -> None:
    one = scored("Marzipan & Moon is great, I love it")
    assert one.score.tone.label is ToneLabel.POSITIVE
    found = as_labelled(one, [label(LabelKind.TONE, said)])
    assert (found.score.tone.tone, found.score.tone.label, found.score.tone.confidence) == (tone, ToneLabel(said), 1.0)
    assert recompute(found.score.factors) == found.score.score


def test_a_tone_that_the_person_confirms_keeps_its_strength() -> None:
    one = scored("Marzipan & Moon is great, I love it")
    found = as_labelled(one, [label(LabelKind.TONE, "positive")])
    assert found.score.tone.tone == one.score.tone.tone
    assert found.score.score == one.score.score


def test_a_label_gives_a_text_that_nothing_could_read_a_tone_and_a_score() -> None:
    made = mention("Marzipan & Moon ist prima", language="de")
    one = ScoredMention(made, score(made))
    assert one.score.score is None
    found = as_labelled(one, [label(LabelKind.TONE, "positive")])
    assert found.score.score is not None
    assert "tone_unknown" not in found.score.flags
    assert "tone_unknown" in one.score.flags


def test_it_is_known_how_many_count_as_people_said() -> None:
    one = scored()
    found = [as_labelled(one, [label(LabelKind.MESSAGE, "full", "fair"), label(LabelKind.TONE, "neutral")]), one]
    assert said_by_people(found, "fair") == 1
    assert said_by_people(found, "organic") == said_by_people([one], "fair") == 0
