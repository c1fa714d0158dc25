"""The development figures of message coding hold (issue 4, point 4). ``argkp_train14k`` chose, the others confirm."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence

import pytest

from bot.model import Side
from bot.score.alignment import LexicalMatcher
from bot.score.context import build_context
from bot.score.messages.training import f_of_sides, held_out
from tests.support.counts import FULL
from tests.support.shared import shared_path

Rows = list[dict[str, str]]
SIDES = {"favor": Side.CARRIES, "favour": Side.CARRIES, "against": Side.AGAINST, "none": Side.ABSENT}


def rows_of(name: str) -> Rows:
    with shared_path(f"eval/{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_key_points_are_ranked_as_well_as_the_target_asks() -> None:
    """ArgKP development file, official mean average precision: .487 strict, .701 relaxed when it was built."""
    groups: dict[tuple[str, str], Rows] = defaultdict(list)
    texts: dict[str, set[str]] = defaultdict(set)
    for row in rows_of("align/argkp_dev"):
        groups[row["topic"], row["stance"]].append(row)
        texts[row["topic"]].add(row["text"])
    figures = [_official(rows, sorted(texts[topic])) for (topic, _), rows in groups.items()]
    strict, relaxed = (sum(figure[at] for figure in figures) / len(figures) for at in (0, 1))
    assert strict >= 0.475
    assert relaxed >= 0.68


def _official(rows: Rows, pool: Sequence[str]) -> tuple[float, float]:
    arguments = {row["arg_id"]: row["text"] for row in rows}
    points = {row["key_point_id"]: row["message"] for row in rows}
    said = {(row["arg_id"], row["key_point_id"]): int(row["match"]) for row in rows}
    table = LexicalMatcher().likenesses(
        list(arguments.values()), list(points.values()), build_context(f"pool {pool[0]}", pool, {})
    )
    best = {argument: max(zip(row, points, strict=True)) for argument, row in zip(arguments, table, strict=True)}
    top = sorted(best, key=lambda argument: -best[argument][0])[: len(best) // 2]

    def figure(undecided: int) -> float:
        right = [said.get((argument, best[argument][1]), undecided) for argument in top]
        precisions = [sum(right[:at]) / at for at, one in enumerate(right, 1) if one]
        return sum(precisions) / max(1, len(precisions)) * sum(right) / len(right)

    return figure(0), figure(1)


@pytest.mark.full
def test_contradictions_rank_below_entailments() -> None:
    """SICK development file: AUC .926 when it was built; likeness without polarity stands at .34."""
    rows = [row for row in rows_of("align/sick_train") if row["entailment"] != "neutral"]
    context = build_context("sick", [row[key] for row in rows for key in ("text_a", "text_b")], {})
    matcher = LexicalMatcher()
    found: dict[str, list[float]] = {"entailment": [], "contradiction": []}
    for row in rows:
        found[row["entailment"]].append(matcher.likenesses([row["text_a"]], [row["text_b"]], context)[0][0])
    above = sum((one > other) + (one == other) / 2 for one in found["entailment"] for other in found["contradiction"])
    assert above / (len(found["entailment"]) * len(found["contradiction"])) >= 0.90


@pytest.mark.parametrize(
    ("statement", "denied"),
    [
        ("The bar is safe for children", "Inspectors found the bar unsafe for children"),
        ("The firm keeps its climate promise", "The firm failed to keep its climate promise"),
        ("The factory has no child labour", "The factory has child labour"),
        ("The airline refunds cancelled flights", "The airline refuses refunds for cancelled flights"),
        ("Prices fall this year", "Prices rise this year"),
        ("The medicine was approved by the agency", "The medicine was rejected by the agency"),
        ("Customers trust the bank", "Customers distrust the bank"),
        ("Two people a day get a free truffle", "Nine people a day get a free truffle"),
        ("All cocoa is organic", "Some cocoa is organic"),
    ],
)
def test_denials_as_people_write_them_stand_lower_than_the_statement(statement: str, denied: str) -> None:
    ((said, other),) = zip(
        *LexicalMatcher().likenesses([statement, denied], [statement], build_context("c", (), {})), strict=True
    )
    assert other < said / 1.2


@pytest.mark.full
def test_a_targets_own_labels_tell_favour_from_against() -> None:
    """SemEval-2016 6A training file, five folds within each target: F .67 when it was built; sampled, one target."""
    by_target: dict[str, Rows] = defaultdict(list)
    for row in rows_of("target/stance16_train"):
        by_target[row["target"]].append(row)
    truth: list[Side] = []
    told: list[Side] = []
    for target, rows in by_target.items():
        if not FULL and target != "hillary":
            continue
        sides = [SIDES[row["stance"]] for row in rows]
        found = held_out([row["text"] for row in rows], sides, [str(at) for at in range(len(rows))])
        truth += sides
        told += [max(zip(one, Side, strict=True))[1] for one in found]
    assert f_of_sides(truth, told) >= (0.665 if FULL else 0.55)
