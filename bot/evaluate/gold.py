"""The desk's own labels against what Heard would say now, task by task and source by source.

Every text that people labelled is evaluated here, Reddit's too: nothing is learned from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.evaluate.figures import TOO_FEW, Judged, if_enough, mean, of_classes, of_yes_or_no, rounded
from bot.evaluate.result import Evaluation, Figures, Task
from bot.model import CARRIES, NO, TONE_VALUE, YES, Label, LabelKind, Mention, Outcome, Relevance, Score, ToneLabel


@dataclass(frozen=True, slots=True)
class Desk:
    """What the gold set is held against: the mention of an id (None: gone), score and relevance by present rules."""

    mention: Callable[[str], Mention | None]
    score: Callable[[Mention], Score]
    relevance: Callable[[Mention], Relevance]


def gold(labels: Iterable[Label], desk: Desk, only: Task | None = None) -> Iterator[Evaluation]:
    """One evaluation for each task that has labels; of a mention labelled several times the last label holds."""
    last: dict[tuple[str, LabelKind, str | None], Label] = {}
    for label in labels:
        last[label.mention, label.kind, label.about] = label
    for task, kind, values, evaluated in (
        (Task.TONE, LabelKind.TONE, tuple(ToneLabel), _tone),
        (Task.MESSAGE, LabelKind.MESSAGE, tuple(Outcome), _message),
        (Task.DUPLICATE, LabelKind.DUPLICATE, (YES, NO), _duplicate),
        (Task.RELEVANT, LabelKind.RELEVANT, (YES, NO), _relevant),
    ):
        held = [label for label in last.values() if label.kind is kind and label.value in values]
        if only in (None, task) and (held or only is task):
            found = [(mention, label) for label in held if (mention := desk.mention(label.mention)) is not None]
            figures = evaluated(found, desk) if found else {"n": 0, "verdict": TOO_FEW}
            yield Evaluation(task, {"gold": True} | figures)


Found = Sequence[tuple[Mention, Label]]


def _tone(found: Found, desk: Desk) -> Figures:
    judged = []
    for mention, label in found:
        reading = desk.score(mention).tone
        likely = None if reading.likely is None else str(reading.likely)
        judged.append((mention.source, Judged(label.value, likely, said=reading.label is not None)))
    return _by_source(judged, lambda part: of_classes(part, tuple(map(str, ToneLabel))) | _net(part))


def _net(part: Sequence[Judged]) -> Figures:
    """Net tone as people say and as most likely labels count."""
    values = {str(label): value for label, value in TONE_VALUE.items()}
    return {
        "net_true": rounded(mean(values[one.true] for one in part)),
        "net_counted": rounded(mean(values[one.likely] if one.likely else 0.0 for one in part)),
    }


def _message(found: Found, desk: Desk) -> Figures:
    judged = []
    for mention, label in found:
        outcome = next(
            (one.outcome for one in desk.score(mention).alignments if one.message == label.about), None
        )  # a message that is gone, or was not live then, was not looked for
        judged.append((mention.source, Judged(label.value, outcome and str(outcome), said=outcome is not None)))
    return _by_source(judged, _of_outcomes)


def _of_outcomes(part: Sequence[Judged]) -> Figures:
    pairs = [(one.true in CARRIES, None if one.likely is None else one.likely in CARRIES) for one in part]
    return of_classes(part, tuple(map(str, Outcome))) | of_yes_or_no(pairs)


def _duplicate(found: Found, desk: Desk) -> Figures:
    judged = []
    for mention, label in found:
        other = desk.mention(label.about or "")
        together = other is not None and bool(mention.story) and mention.story == other.story
        judged.append((mention.source, Judged(label.value, YES if together else NO, said=True)))
    return _by_source(judged, _of_yes_or_no)


def _relevant(found: Found, desk: Desk) -> Figures:
    """What rules and classifier say without the label; a classifier has learned from these same labels."""
    judged = []
    for mention, label in found:
        verdict = desk.relevance(mention).relevant
        counted = NO if verdict is False else YES  # what nobody could tell counts until somebody says otherwise
        judged.append((mention.source, Judged(label.value, counted, said=verdict is not None)))
    return _by_source(judged, _of_yes_or_no)


def _of_yes_or_no(part: Sequence[Judged]) -> Figures:
    return of_classes(part, (YES, NO)) | of_yes_or_no([(one.true == YES, one.likely == YES) for one in part])


def _by_source(judged: Sequence[tuple[str, Judged]], figures: Callable[[Sequence[Judged]], Figures]) -> Figures:
    """The figures of all, and of each source; none where there are too few."""

    def told(part: Sequence[Judged]) -> Figures:
        return if_enough(len(part), lambda: figures(part))

    sources = sorted({source for source, _ in judged})
    parts: Mapping[str, Figures] = {
        source: told([one for where, one in judged if where == source]) for source in sources
    }
    return told([one for _, one in judged]) | {"by_source": parts}
