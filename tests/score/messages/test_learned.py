from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from bot.model import (
    KeyMessage,
    LearnNeeds,
    LikenessCalibration,
    Mention,
    MessageClassifier,
    MessageModel,
    Outcome,
    ScoringContext,
    Side,
)
from bot.score.alignment import LexicalMatcher
from bot.score.messages.classifier import chance_of, chances, fingerprint, holds_for
from bot.score.messages.learned import LearnedMatcher
from bot.score.messages.training import Example, f_of_sides, fit
from tests.score.made import FAIR, NOW, mention

RULES = LexicalMatcher()
NO_POOL = ScoringContext("none")
SAYING = ("they pay the growers properly", "growers get a decent price", "straight from the plantation, no agents")
DENYING = ("the growers see nothing of it", "agents take the money", "poor growers, rich agents")
ELSE = ("lovely box", "the queue was long", "ribbons and paper", "my aunt likes it")


def made(number: int, text: str) -> Mention:
    return mention(f"Marzipan & Moon {text}", key=f"x:{number}", story=f"s{number}")


def examples(number: int, *, noise: float = 0.0) -> list[Example]:
    draw = random.Random(4)
    found = []
    for at in range(number):
        texts, said = ((SAYING, Outcome.PARTIAL), (DENYING, Outcome.CONTRARY), (ELSE, Outcome.NONE))[at % 3]
        one = made(at, f"{draw.choice(texts)} {draw.choice('abcdefgh')}{at % 7}")
        if draw.random() < noise:
            said = draw.choice((Outcome.PARTIAL, Outcome.CONTRARY, Outcome.NONE))
        found.append(Example(one, RULES.align(one.item.text, [FAIR], NO_POOL)[0], said))
    return found


def test_enough_labels_teach_what_the_rules_cannot_know() -> None:
    model = fit(FAIR, examples(120), NOW)
    assert model.classifier is not None
    assert (model.carried, model.against, model.absent) == (40, 40, 40)
    matcher = LearnedMatcher([model])
    (found,) = matcher.align("At Marzipan & Moon growers get a decent price. Nice box.", [FAIR], NO_POOL)
    assert found.outcome is Outcome.PARTIAL
    assert found.quote == "At Marzipan & Moon growers get a decent price."
    assert "the classifier of 120 labels" in found.reason
    (against,) = matcher.align("Marzipan & Moon: agents take the money", [FAIR], NO_POOL)
    assert against.outcome is Outcome.CONTRARY
    assert all(low <= value <= high for value, low, high in model.figures.values())


def test_labels_that_nothing_follows_from_leave_the_rules_alone() -> None:
    draw = random.Random(1)
    rows = [
        Example(one.mention, one.ruled, draw.choice((Outcome.FULL, Outcome.CONTRARY, Outcome.NONE)))
        for one in examples(150)
    ]
    model = fit(FAIR, rows, NOW)
    assert model.classifier is None
    assert "did not better the rules" in model.why


@pytest.mark.parametrize(("number", "why"), [(30, "under 50 labels"), (99, "under 100 labels")])
def test_too_few_labels_say_so(number: int, why: str) -> None:
    model = fit(FAIR, examples(number), NOW)
    assert model.classifier is None
    assert why in model.why


def test_how_many_are_enough_can_be_set() -> None:
    assert fit(FAIR, examples(60), NOW, LearnNeeds(30, 60)).classifier is not None


def test_copies_of_one_story_do_not_make_enough() -> None:
    rows = [
        Example(mention(one.mention.item.text, key=one.mention.item.key, story=str(one.said)), one.ruled, one.said)
        for one in examples(120)
    ]
    assert fit(FAIR, rows, NOW).classifier is None


def test_the_same_labels_teach_the_same_and_the_version_tells_what_was_learned() -> None:
    one, other = fit(FAIR, examples(120), NOW), fit(FAIR, examples(120)[::-1], NOW + timedelta(days=1))
    assert (one.version, one.classifier) == (other.version, other.classifier)
    assert one.version != fit(FAIR, examples(150), NOW).version
    assert LearnedMatcher().version == RULES.version
    assert LearnedMatcher([one]).version != RULES.version


def model(**changes: object) -> MessageModel:
    given = {"message": "fair", "version": "v", "statement": fingerprint(FAIR), "fitted_at": datetime(2026, 3, 1, tzinfo=UTC),
             "carried": 30, "against": 0, "absent": 30} | changes  # fmt: skip
    return MessageModel(**given)  # type: ignore[arg-type]


def test_a_message_that_is_put_otherwise_now_has_learned_nothing() -> None:
    changed = KeyMessage("fair", "Something else entirely.")
    assert holds_for(model(), FAIR)
    assert not holds_for(model(), changed)


def test_a_calibrated_likeness_decides_where_the_rules_would_not_and_quotes_what_comes_nearest() -> None:
    text = "Nice day out. Marzipan & Moon and their farmers, a story of cocoa."
    (ruled,) = RULES.align(text, [FAIR], NO_POOL)
    assert ruled.outcome is Outcome.NONE
    generous = model(calibration=LikenessCalibration(8.0, 0.0, 0.05, 60))
    (found,) = LearnedMatcher([generous]).align(text, [FAIR], NO_POOL)
    assert found.outcome is Outcome.PARTIAL
    assert found.quote == "Marzipan & Moon and their farmers, a story of cocoa."
    assert text[found.start : found.end] == found.quote
    assert "calibrated: by 60 labels" in found.reason


def test_a_likeness_that_proved_worthless_takes_a_paraphrase_back_but_no_verbatim_one() -> None:
    strict = LearnedMatcher([model(calibration=LikenessCalibration(2.0, -3.0, None, 60))])
    paraphrase = "They know all of their cocoa farmers by name, mostly"
    assert RULES.align(paraphrase, [FAIR], NO_POOL)[0].outcome is not Outcome.NONE
    verbatim = "All our cocoa is bought directly from farmers."
    assert strict.align(verbatim, [FAIR], NO_POOL)[0].outcome is Outcome.FULL


def test_a_denial_is_never_made_into_support_by_its_likeness() -> None:
    generous = LearnedMatcher([model(calibration=LikenessCalibration(8.0, 0.0, 0.01, 60))])
    (found,) = generous.align("Their cocoa isn't bought directly from farmers at all!", [FAIR], NO_POOL)
    assert found.outcome is Outcome.CONTRARY


def test_a_side_without_a_threshold_gets_no_verdict() -> None:
    mute = MessageClassifier((5.0, 0.0, 0.0), {}, {}, {Side.CARRIES: Outcome.FULL})
    assert max(chances(mute, ()).values()) > 0.9
    text = "anything at all"
    assert LearnedMatcher([model(classifier=mute)]).align(text, [FAIR], NO_POOL) == RULES.align(text, [FAIR], NO_POOL)


@pytest.mark.parametrize("likeness", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("slope", [-1e4, 0.0, 1e4])
def test_chances_stay_chances(likeness: float, slope: float) -> None:
    assert 0 <= chance_of(LikenessCalibration(slope, 0.0, None, 50), likeness) <= 1


def test_the_figure_of_sides_is_the_mean_of_two_f1() -> None:
    truth = [Side.CARRIES, Side.AGAINST, Side.ABSENT, Side.AGAINST]
    assert f_of_sides(truth, truth) == 1
    assert f_of_sides(truth, [Side.AGAINST] * 4) == pytest.approx((0 + 2 * 2 / 6) / 2)
