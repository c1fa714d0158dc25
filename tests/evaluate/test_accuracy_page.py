"""docs/accuracy.md says what the code gives, where the labelled data are present."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.accuracy.__main__ import PAGE, engines
from tests.accuracy.data import LANGUAGES, MESSAGES, TARGETS, TEXTS, Data
from tests.accuracy.measure import ends, found, measured
from tests.accuracy.page import page
from tests.support.counts import FULL
from tests.support.shared import shared_path, shared_root

SMALL = {"newsmtsc_mt_dev": 1, "tweets_lid_dev": 8}
"""File → every how-maniest row is read here."""

ROUNDED = 0.0006
EXACT = [data for data in (*TEXTS, *TARGETS, *LANGUAGES) if FULL or data.name in SMALL]


def told(data: Data, figure: str, title: str) -> float | None:
    """A figure as the page tells it in the column of that title; None where the page has none."""
    lines = [
        line.strip("|").split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")
    ]
    heading: list[str] = []
    for cells in (list(map(str.strip, line)) for line in lines):
        if cells[0] == "data":
            heading = cells
        elif cells[0] == data.name and cells[3:4] == [figure] and title in heading:
            value = cells[heading.index(title)]
            return None if value == "–" else float(re.split(r"[ †]", value)[0])
    return None


@pytest.mark.parametrize("data", EXACT, ids=lambda data: data.name)
def test_the_pages_figures_come_out_of_the_code(data: Data) -> None:
    shared_path(f"eval/{data.file}")
    if not PAGE.exists():
        pytest.skip("docs/accuracy.md was not made yet: make accuracy")
    tone = data in (*TEXTS, *TARGETS)
    for engine in [one for one in engines() if one.most is None][: None if tone else 1]:
        reader = engine.readers.engine
        if tone and f"`{reader.name}` {reader.version}," not in PAGE.read_text(encoding="utf-8"):
            continue  # the page was made with another version of the engine, and says so
        every = 1 if FULL else SMALL[data.name]
        figures = measured(data, engine, shared_root() / "eval", every=every)
        for figure in data.figures:
            value, interval = found(figures, figure), ends(figures, figure)
            assert value is not None
            slack = ROUNDED if every == 1 else (interval[1] - interval[0]) if interval else 0.02
            assert told(data, figure.name, engine.title if tone else "Heard") == pytest.approx(value, abs=slack)


@pytest.mark.full
def test_the_page_is_the_same_but_for_the_day() -> None:
    made = {
        ("tweeteval_val", "VADER"): {"n": 3, "accuracy": 0.5, "coverage": 0.9, "selective_accuracy": 0.6,
                                     "macro_recall": 0.55, "macro_recall_low": 0.5, "macro_recall_high": 0.6},
        ("argkp_dev", "VADER"): {"n": 5, "map_strict": 0.48, "map_relaxed": 0.6},
    }  # fmt: skip
    columns = engines()[:1]
    one, again = (page(made, columns, columns, {}, date(2026, 1, day)) for day in (1, 2))
    assert one.replace("2026-01-01", "2026-01-02") == again
    assert "| tweeteval_val | tweets; OK, CC BY 3.0 | 3 | macro-recall | – | 0.550 [0.50, 0.60] |" in one
    assert "| argkp_dev | official mAP, strict | 0.475 | 0.480 | met |" in one
    assert "| argkp_dev | official mAP, relaxed | 0.68 | 0.600 | missed by 0.080 |" in one
    assert "| airline | tweets at airlines; R: evaluated only | absent |" in one


def test_every_file_that_is_measured_says_what_it_is() -> None:
    for data in (*TEXTS, *TARGETS, *MESSAGES, *LANGUAGES):
        assert data.licence.startswith(("OK", "R"))
        assert data.wish.task is not None
