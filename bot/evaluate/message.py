"""Key messages against labelled pairs of a text and a message: does the one carry the other?

Texts of one pool share their idf, as the mentions of a scoring period do; without pools each pair stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.evaluate import labels
from bot.evaluate.figures import Judged, mean, of_classes, of_ranking, of_yes_or_no, rounded
from bot.evaluate.metrics import average_precision
from bot.evaluate.result import Evaluation, Figures, Prediction, Task, Tell, quiet, rows_of, shown
from bot.evaluate.table import BadRow, Columns, Row, Table
from bot.model import CARRIES, KeyMessage, Outcome, ScoringContext
from bot.ports import MessageMatcher
from bot.score.context import build_context, embedder_of

COMPLETE = 0.7
"""Share of all pools' pairs that must be labelled for the official key-point figures: ArgKP's own files hold .8, and a
sample of pairs makes the strict figure far too low.
"""

TOP = 0.5
"""Share of a pool's texts, the surest first, that the official figure looks at."""

NO_POOL = ScoringContext("")


@dataclass(frozen=True, slots=True)
class Pair:
    """One labelled pair; ``outcome`` where the file says more than yes or no."""

    number: int
    text: str
    message: str
    carries: bool
    outcome: Outcome | None = None
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the matcher made of a pair."""

    likeness: float
    outcome: Outcome
    confidence: float

    @property
    def carries(self) -> bool:
        """Whether the text carries the message, in full or in part."""
        return self.outcome in CARRIES


class Pool:
    """The texts and messages of one pool, each once, and what the matcher makes of every pair of them."""

    def __init__(self, pairs: Sequence[Pair], matcher: MessageMatcher) -> None:
        self.pairs = pairs
        self.texts = list(dict.fromkeys(pair.text for pair in pairs))
        self.messages = list(dict.fromkeys(pair.message for pair in pairs))
        self._matcher = matcher
        name = pairs[0].pool
        self._context = (
            NO_POOL if name is None else build_context(f"pool/{name}", self.texts, {}, embedder=embedder_of(matcher))
        )

    @cached_property
    def likenesses(self) -> Mapping[tuple[str, str], float]:
        """By text and message."""
        rows = self._matcher.likenesses(self.texts, self.messages, self._context)
        return {
            (text, message): likeness
            for text, row in zip(self.texts, rows, strict=True)
            for message, likeness in zip(self.messages, row, strict=True)
        }

    def found(self) -> Mapping[tuple[str, str], Found]:
        """By text and message, with the outcome."""
        messages = [KeyMessage(str(number), statement) for number, statement in enumerate(self.messages)]
        return {
            (text, message): Found(self.likenesses[text, message], alignment.outcome, alignment.confidence)
            for text in self.texts
            for message, alignment in zip(
                self.messages, self._matcher.align(text, messages, self._context), strict=True
            )
        }


def message(table: Table, columns: Columns, matcher: MessageMatcher, *, tell: Tell = quiet) -> Evaluation:
    """Evaluates message matching. Raises HeardError when a column is missing, or no row has a readable label."""
    pairs, bad = _parse(table, columns)
    pools: dict[str | int, list[Pair]] = {}
    for pair in pairs:
        pools.setdefault(pair.number if pair.pool is None else pair.pool, []).append(pair)
    found: dict[int, Found] = {}
    read: list[Pool] = []
    for members in pools.values():
        pool = Pool(members, matcher)
        by_pair = pool.found()
        found |= {pair.number: by_pair[pair.text, pair.message] for pair in members}
        if members[0].pool is not None:
            read.append(pool)
        tell(len(found))
    named = any(pair.outcome is not None for pair in pairs)
    figures = _figures(pairs, [found[pair.number] for pair in pairs], named=named)
    figures |= official(read)
    figures["matcher"] = matcher.version
    predictions = tuple(_prediction(pair.number, found[pair.number], named=named) for pair in pairs)
    return Evaluation(Task.MESSAGE, figures, predictions, (*table.bad, *bad))


def official(pools: Sequence[Pool]) -> Figures:
    """ArgKP-2021's mean average precision over pools; nothing where too few of a pool's pairs are labelled.

    Each text goes with its message of the highest score; of the surer half of the texts, the average precision times
    the share that is right. A pair without a label is wrong (strict) or right (relaxed).
    """
    labelled, whole = sum(len(pool.pairs) for pool in pools), sum(len(p.texts) * len(p.messages) for p in pools)
    if not whole or labelled < COMPLETE * whole:
        return {}
    figures = [_official(pool) for pool in pools]
    return {
        "map_strict": rounded(mean(strict for strict, _ in figures)),
        "map_relaxed": rounded(mean(relaxed for _, relaxed in figures)),
        "pools": len(pools),
    }


def _official(pool: Pool) -> tuple[float, float]:
    """The pool's figure, strict and relaxed; 0 where nothing of the surer half is right."""
    known = {(pair.text, pair.message): pair.carries for pair in pool.pairs}
    best = []
    for text in pool.texts:
        likeness, at = max((pool.likenesses[text, one], -place) for place, one in enumerate(pool.messages))
        best.append((likeness, known.get((text, pool.messages[-at]))))
    best.sort(key=lambda pair: -pair[0])
    top = best[: int(len(best) * TOP)]
    scores = [score for score, _ in top]
    return (
        _retrieved([right is True for _, right in top], scores),
        _retrieved([right is not False for _, right in top], scores),
    )


def _retrieved(right: Sequence[bool], scores: Sequence[float]) -> float:
    return (average_precision(right, scores) or 0.0) * sum(right) / max(len(right), 1)


def _parse(table: Table, columns: Columns) -> tuple[list[Pair], list[BadRow]]:
    columns.require("message", "text", "label", task=Task.MESSAGE)

    def pair_of(row: Row) -> Pair:
        given = columns.value(row, "label") or ""
        outcome, carries = labels.outcome(given), labels.truth(given)
        if outcome is not None:
            carries = outcome in CARRIES
        if carries is None:
            raise ValueError(f"label {shown(given)} is neither 1 nor 0, nor one of {', '.join(Outcome)}")
        statement = columns.value(row, "message") or ""
        if not statement.strip():
            raise ValueError("the message is empty")
        text = columns.value(row, "text") or ""
        return Pair(row.number, text, statement, carries, outcome, columns.value(row, "pool"))

    return rows_of(table.rows, pair_of)


def _figures(pairs: Sequence[Pair], found: Sequence[Found], *, named: bool) -> Figures:
    """Whether it is carried at all; with outcomes by name, which of them too."""
    if named:
        judged = [
            Judged(str(pair.outcome or _plainly(pair.carries)), str(one.outcome), said=True)
            for pair, one in zip(pairs, found, strict=True)
        ]
        figures = of_classes(judged, tuple(map(str, Outcome)))
    else:
        figures = of_classes(
            [
                Judged(_digit(pair.carries), _digit(one.carries), said=True)
                for pair, one in zip(pairs, found, strict=True)
            ],
            ("0", "1"),
        )
    figures |= of_yes_or_no([(pair.carries, one.carries) for pair, one in zip(pairs, found, strict=True)])
    return figures | of_ranking([pair.carries for pair in pairs], [one.likeness for one in found])


def _prediction(number: int, found: Found, *, named: bool) -> Prediction:
    label = str(found.outcome) if named else _digit(found.carries)
    return Prediction(number, found.likeness, label, found.confidence)


def _plainly(carries: bool) -> Outcome:
    return Outcome.FULL if carries else Outcome.NONE


def _digit(carries: bool) -> str:
    return "1" if carries else "0"
