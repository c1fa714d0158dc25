from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.model import (
    Interval,
    Label,
    LabelKind,
    LikenessCalibration,
    MessageClassifier,
    MessageModel,
    Outcome,
    Page,
    ReviewSample,
    Score,
    ScoredMention,
    Side,
    Stratum,
    Target,
)
from bot.store.sqlite import open_store
from tests.score.made import NOW, mention
from tests.score.test_score_mentions import SAYS_IT, score

MODEL = MessageModel(
    "fair", "v1", "abc", NOW, 3, 2, 1,
    LikenessCalibration(2.0, -1.0, 0.3, 60),
    MessageClassifier((0.1, 0.2, 0.3), {"word:fair": (1.0, -1.0, 0.0)}, {Side.CARRIES: 0.6}, {Side.CARRIES: Outcome.PARTIAL}),
    {"rules_right": (0.5, 0.4, 0.6)}, "why",
)  # fmt: skip


def test_what_was_learned_and_likeness_come_back_as_they_were(tmp_path: Path) -> None:
    store = open_store(tmp_path / "heard.db")
    trainable, not_trainable = mention(SAYS_IT), mention(SAYS_IT, key="reddit:t3_1")
    for made, allowed in ((trainable, True), (not_trainable, False)):
        target = Target(made.source)
        store.add_targets([target], NOW)
        store.save_page(target, Page(items=(made.item,)), [made], NOW, NOW, trainable=allowed)
    given: Score = score(trainable)
    store.save_scores([given], NOW)
    found = store.mention(trainable.id)
    assert isinstance(found, ScoredMention)
    assert [one.likeness for one in found.score.alignments] == [one.likeness for one in given.alignments]
    assert all(one.likeness is not None for one in found.score.alignments)
    for made in (trainable, not_trainable):
        for value in ("none", "full"):
            store.add_label(Label(made.id, LabelKind.MESSAGE, value, "jo", "cli", NOW, "fair"), None)
    assert [(one.id, said) for one, said in store.message_labels("fair", 10, drawn_before=NOW)] == [
        (trainable.id, Outcome.FULL)
    ]
    assert store.count_message_labels("fair", drawn_before=NOW) == 1
    assert store.count_message_labels("other", drawn_before=NOW) == 0
    assert [label.value for label in store.peoples_words([trainable.id])[trainable.id]] == ["none", "full"]
    store.save_message_model(MODEL)
    store.save_message_model(MODEL)
    assert store.message_models() == (MODEL,)
    assert store.message_versions() == {"fair": "v1"}
    store.close()


def test_what_estimates_rest_on_teaches_nothing_and_neither_do_its_copies(tmp_path: Path) -> None:
    store = open_store(tmp_path / "heard.db")
    drawn, copy, flagged = (
        replace(mention(f"{SAYS_IT} {n}", key=f"rss:{n}"), story=story) for n, story in enumerate(("s1", "s1", "s2"))
    )
    target = Target(drawn.source)
    store.add_targets([target], NOW)
    for made in (drawn, copy, flagged):
        store.save_page(target, Page(items=(made.item,)), [made], NOW, NOW, trainable=True)
        store.add_label(Label(made.id, LabelKind.MESSAGE, "full", "jo", "review", NOW, "fair"), None)
    week = Interval(NOW - timedelta(days=7), NOW)
    store.draw_sample(week, [ReviewSample(week, drawn.id, drawn.subject, Stratum.RANDOM, 0, 0.5, NOW)])
    store.add_samples([ReviewSample(week, flagged.id, flagged.subject, Stratum.FLAGGED, 0, 1.0, NOW)])
    recently = NOW - timedelta(days=1)
    assert [one.id for one, _ in store.message_labels("fair", 10, drawn_before=recently)] == [flagged.id]
    assert store.count_message_labels("fair", drawn_before=recently) == 1
    assert store.count_message_labels("fair", drawn_before=NOW) == 3
    store.close()
