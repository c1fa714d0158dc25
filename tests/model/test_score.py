"""Mentions with and without a score, taken alike."""

from __future__ import annotations

from dataclasses import replace

from bot.model import ScoredMention, ToneLabel, ToneReading, has_unknown_tone, mention_of
from tests.support.samples import a_mention, a_score, an_item

MENTION = a_mention(an_item())
SCORED = ScoredMention(MENTION, a_score(MENTION))


def test_a_mention_is_had_from_either() -> None:
    assert mention_of(MENTION) is mention_of(SCORED) is MENTION


def test_the_tone_is_unknown_without_a_score_and_where_the_engine_abstained() -> None:
    abstained = replace(SCORED.score, tone=ToneReading(None, None, None))
    neutral = replace(SCORED.score, tone=ToneReading(0.0, ToneLabel.NEUTRAL, 0.9))
    assert has_unknown_tone(MENTION)
    assert has_unknown_tone(replace(SCORED, score=abstained))
    assert not has_unknown_tone(replace(SCORED, score=neutral))
