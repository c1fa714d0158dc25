"""The use cases: judging anew what an older judgement holds for, and taking a person's label."""

from __future__ import annotations

from collections.abc import Callable

from bot.listen.relevance.judge import Judge, labelled_by
from bot.model import YES, Label, LabelKind, Mention, Relevance, RelevanceBasis, RelevanceModel
from bot.ports import RelevanceStore

BATCH = 500
"""Mentions that are read, and saved, at a time."""
GREW = 10
"""A classifier is fitted anew when so many labels have come (or a tenth of what it knew, if that is more)."""
MOST_LABELS = 5_000
"""The newest so many labels of a subject are fitted to, which bounds the work."""


def judge_mentions(store: RelevanceStore, judge: Judge, *, stop: Callable[[], bool]) -> int:
    """Judges what no present judgement holds for; how many mentions. ``stop`` is asked before each batch.

    A mention that a digest has told keeps what it was told by, unless a person labels it.
    """
    done = 0
    for subject, version in judge.versions.items():
        seen: set[str] = set()
        while not stop():
            fresh = [found for found in store.unjudged(subject, version, BATCH) if found[0].id not in seen]
            if not fresh:
                break
            seen.update(mention.id for mention, _ in fresh)
            store.save_relevance([(mention, judge.judged(mention, label)) for mention, label in fresh])
            done += len(fresh)
    return done


def take_label(store: RelevanceStore, mention: Mention, label: Label) -> None:
    """Keeps a label; one about relevance decides the mention's at once."""
    store.add_label(label, decided_by(mention, label))


def decided_by(mention: Mention, label: Label) -> Relevance | None:
    """The relevance that a label decides for its mention; None when it is about something else."""
    if label.kind is not LabelKind.RELEVANT:
        return None
    return Relevance(label.value == YES, RelevanceBasis.LABEL, labelled_by(label), mention.relevance.by)


def wants_fit(model: RelevanceModel | None, yes: int, no: int) -> bool:
    """Whether a subject's labels, ``yes`` and ``no`` of them, have grown enough since its classifier was fitted."""
    if not (yes and no):
        return False
    known = model.yes + model.no if model else 0
    return abs(yes + no - known) >= max(GREW, known // 10)
