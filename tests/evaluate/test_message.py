"""Messages against labelled pairs; the official key-point figure against a plain retelling of its script."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from sklearn.metrics import average_precision_score

from bot.errors import HeardError
from bot.evaluate.evaluate import Readers
from bot.evaluate.result import Task
from tests.evaluate.made import CountingMatcher, FirstWordIdentifier, WordEngine, evaluated


def test_one_and_zero_ask_whether_the_message_is_carried_at_all() -> None:
    rows = ["red fox,red fox,1", "red hen,red fox,1", "blue hen,red fox,0", "red cow,red fox,0"]
    found = evaluated("text,message,label\n" + "\n".join(rows) + "\n")
    figures = found.figures
    assert found.task is Task.MESSAGE
    assert (figures["precision"], figures["recall"], figures["f1"]) == (pytest.approx(2 / 3, abs=1e-4), 1.0, 0.8)
    assert figures["average_precision"] == pytest.approx(0.8333, abs=1e-4)
    assert [(one.score, one.label) for one in found.predictions] == [(1, "1"), (0.5, "1"), (0, "0"), (0.5, "1")]


def test_outcomes_by_name_are_told_apart_and_only_full_and_partial_carry() -> None:
    rows = ["red fox,full", "red hen,partial", "not red fox,contrary", "hen,none", "red hen,full"]
    found = evaluated("text,label,message\n" + "\n".join(f"{row},red fox" for row in rows) + "\n")
    assert set(found.figures["per_label"]) == {"full", "partial", "contrary", "none"}
    assert found.figures["accuracy"] == 0.8
    assert (found.figures["precision"], found.figures["recall"]) == (1.0, 1.0)
    assert [one.label for one in found.predictions] == ["full", "partial", "contrary", "none", "partial"]


def test_a_wrong_label_and_an_empty_message_are_bad_rows() -> None:
    found = evaluated("text,message,label\na,a,1\na,a,maybe\na, ,1\n")
    assert [(bad.number, bad.reason) for bad in found.bad] == [
        (2, "label 'maybe' is neither 1 nor 0, nor one of full, partial, misframed, contrary, none"),
        (3, "the message is empty"),
    ]
    with pytest.raises(HeardError, match="no row to evaluate: row 1: label 'maybe'"):
        evaluated("text,message,label\na,a,maybe\n")


def test_rows_of_one_pool_share_a_context_of_its_texts_and_rows_without_a_pool_stand_alone() -> None:
    matcher = CountingMatcher()
    readers = Readers(WordEngine(), matcher, FirstWordIdentifier())
    rows = "a b,a,1,x\na b,b,1,x\nc,a,0,x\nd,d,1,y\n"
    evaluated(f"text,message,label,pool\n{rows}", readers=readers)
    assert matcher.pools == [2, 1]
    matcher.pools.clear()
    evaluated("text,message,label\na,a,1\nb,a,0\n", readers=readers)
    assert matcher.pools == [0, 0]


def official(pairs: list[tuple[str, str, str, float, int]], relaxed: bool) -> float:
    """The shared task's script, in short: pairs are (pool, text, message, score, label)."""
    pools = defaultdict(lambda: defaultdict(list))
    known = {(pool, text, message): label for pool, text, message, _, label in pairs if label >= 0}
    for pool, text, message, score, _ in pairs:
        pools[pool][text].append((score, message))
    values = []
    for pool, texts in pools.items():
        best = sorted(((*max(scored), text) for text, scored in texts.items()), reverse=True)
        top = best[: int(0.5 * len(best))]
        right = [known.get((pool, text, message), int(relaxed)) for _, message, text in top]
        value = average_precision_score(right, [score for score, _, _ in top]) if any(right) else 0.0
        values.append(value * sum(right) / len(right))
    return sum(values) / len(values)


class ChanceMatcher(CountingMatcher):
    """A likeness by chance, so that no two are equal."""

    @staticmethod
    def _share(text: str, statement: str) -> float:
        return random.Random(f"{text}/{statement}").random()


def test_the_official_figure_is_that_of_the_shared_tasks_script() -> None:
    chance = random.Random(5)
    pairs, lines = [], []
    for pool in ("p", "q"):
        for text in (f"{pool} text {number}" for number in range(41)):
            for number, message in enumerate((f"{pool} one", f"{pool} two", f"{pool} three")):
                label = chance.choice([0, 1, 1, -1]) if number else chance.choice([0, 1])
                pairs.append((pool, text, message, ChanceMatcher._share(text, message), label))
                if label >= 0:
                    lines.append(f"{pool},{text},{message},{label}")
    readers = Readers(WordEngine(), ChanceMatcher(), FirstWordIdentifier())
    figures = evaluated("pool,text,message,label\n" + "\n".join(lines) + "\n", readers=readers).figures
    assert figures["map_strict"] == pytest.approx(official(pairs, relaxed=False), abs=1e-4)
    assert figures["map_relaxed"] == pytest.approx(official(pairs, relaxed=True), abs=1e-4)
    assert figures["map_strict"] < figures["map_relaxed"]
    assert figures["pools"] == 2


def test_a_pool_of_which_few_pairs_are_labelled_has_no_official_figure() -> None:
    rows = "\n".join(f"p,text {number},message {number},1" for number in range(10))
    assert "map_strict" not in evaluated(f"pool,text,message,label\n{rows}\n").figures
