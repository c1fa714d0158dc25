from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.keeping import Cause, Erasure, Forgotten, Held, Retention
from bot.stewardship.audit import verified
from bot.stewardship.retention import sentences
from bot.stewardship.statement import erased_by, within
from tests.support.counts import examples

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def chain(*lags: int, cause: Cause = Cause.UPSTREAM, source: str = "x") -> list[Erasure]:
    """A log of as many lines, erased one an hour, each so many hours after its notice."""
    lines: list[Erasure] = []
    for number, lag in enumerate(lags, 1):
        at, before = NOON + number * HOUR, lines[-1].seal if lines else ""
        line = Erasure(
            number, "heard", cause, Held.WORDS, source, at - lag * HOUR, at, Forgotten(1, 2, 1), (f"m{number}",), before
        )
        lines.append(replace(line, seal=line.sealed()))
    return lines


def test_a_whole_chain_is_verified_and_says_its_last_seal() -> None:
    lines = chain(1, 2, 3)
    assert verified(lines, lines[1].seal).wrong is None
    assert (verified(lines).lines, verified(lines).last) == (3, lines[-1].seal)
    assert verified([]).last == ""


CHANGES = st.sampled_from(
    [
        {"who": "mallory"},
        {"cause": Cause.RETENTION},
        {"source": "reddit"},
        {"noticed_at": NOON - 9 * HOUR * 24},
        {"forgotten": Forgotten(7)},
        {"marks": ()},
        {"before": "0" * 64},
        {"seal": "0" * 64},
        {"seq": 9},
    ]
)


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(0, 4), CHANGES)
def test_any_change_of_any_line_shows(place: int, change: dict[str, object]) -> None:
    lines = chain(1, 2, 3, 4, 5)
    lines[place] = replace(lines[place], **change)
    assert verified(lines).wrong is not None


@pytest.mark.parametrize("place", range(4))
def test_a_line_that_was_taken_away_shows(place: int) -> None:
    lines = chain(1, 2, 3, 4, 5)
    del lines[place]
    assert verified(lines).wrong is not None


def test_lines_cut_off_at_the_end_show_by_a_seal_that_was_noted() -> None:
    lines = chain(1, 2, 3)
    cut = lines[:2]
    assert verified(cut).wrong is None
    assert "gone" in (verified(cut, lines[-1].seal).wrong or "")


def test_the_statement_counts_items_and_their_lags() -> None:
    (row,) = erased_by(chain(*range(1, 101)))
    assert (row.items, row.mentions, row.digests) == (100, 200, 100)
    assert (row.lags.median, row.lags.p95, row.lags.worst) == (50 * HOUR, 95 * HOUR, 100 * HOUR)


def test_a_clock_that_went_back_makes_no_lag_below_nothing() -> None:
    (row,) = erased_by(chain(-5))
    assert row.lags.worst == timedelta(0)


def test_the_statement_is_of_its_time_alone() -> None:
    lines = chain(1, 1, 1)
    assert within(lines, NOON + 2 * HOUR, NOON + 3 * HOUR) == (lines[1],)


def test_each_setting_is_told_in_a_sentence() -> None:
    days = timedelta(days=1)
    told = list(sentences(Retention(400 * days, 90 * days, 1100 * days)))
    assert [sentence.split(",")[0] for sentence in told] == [
        "words", "authors become pseudonyms after 90 days", "numbers of single mentions go after 1",
    ]  # fmt: skip
    assert list(sentences(Retention(pseudonymise=True)))[1] == "authors are kept under a pseudonym from the beginning"
    assert Retention().before(Held.WORDS, NOON) is None
    assert Retention(pseudonymise=True).before(Held.AUTHORS, NOON) == NOON
