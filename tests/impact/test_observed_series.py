"""Lines of what others counted: read with all that a figure must say, refused in words else."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.impact.observed_series import NEEDED, OPTIONAL, SeriesReader
from bot.model import Observation, ReachBasis
from bot.model.observation import METRICS
from tests.support.counts import examples

NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)
READER = SeriesReader("Europe/Berlin", NOW, {"subject": frozenset({"crumb"}), "objective": frozenset()})
GOOD = {"metric": "clicks", "provider": "analytics", "method": "events", "value": "12", "day": "2026-03-01"}


def read(**more: str) -> Observation:
    return READER.observation({**dict.fromkeys((*NEEDED, *OPTIONAL), ""), **GOOD, **more})


def test_a_day_is_the_local_one_whatever_the_clock_does() -> None:
    found = read(day="2026-03-29")
    assert found.window_end.astimezone(UTC) - found.window_start.astimezone(UTC) == (
        datetime(2026, 3, 29, 22, tzinfo=UTC) - datetime(2026, 3, 28, 23, tzinfo=UTC)
    )
    assert (found.value, found.low, found.high, found.subject_id) == (12, 12, 12, "whole")


def test_a_stretch_ends_with_the_first_day_that_is_not_in_it() -> None:
    found = read(day="", start="2026-03-01", end="2026-03-08", campaign="spring", low="10", high="15")
    assert (found.window_end - found.window_start).days == 7
    assert (found.subject_id, found.low, found.high) == ("campaign:spring", 10, 15)


def test_no_value_is_unknown_and_not_nought() -> None:
    found = read(value="")
    assert (found.value, found.basis) == (None, ReachBasis.UNKNOWN)


def test_money_has_the_currency_of_its_line_and_a_margin_may_be_a_loss() -> None:
    found = read(metric="margin", value="-12.5", currency="EUR")
    assert (found.value, found.unit) == (-12.5, "EUR")
    assert read(metric="cost", value="3", currency="USD").unit == "USD"


def test_how_it_was_attributed_is_one_of_four_words() -> None:
    assert read(attribution="Self-reported").subject_id == "attribution:self_reported"
    with pytest.raises(ValueError, match="direct, assisted, self_reported, unknown"):
        read(attribution="guessed")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"metric": "ad value"}, "no metric that is registered"),
        ({"metric": "redemptions"}, "heard import counts"),
        ({"metric": "score"}, "counts score itself"),
        ({"metric": "margin"}, "needs its currency"),
        ({"metric": "cost", "currency": "euros"}, "needs its currency"),
        ({"metric": "cost", "currency": "EUR", "value": "-3"}, "cannot be a count"),
        ({"currency": "EUR"}, "have no currency"),
        ({"provider": ""}, "its provider"),
        ({"method": ""}, "its method"),
        ({"value": "1,200"}, "no number"),
        ({"value": "-1"}, "cannot be a count"),
        ({"value": "nan"}, "cannot be a count"),
        ({"value": "inf"}, "cannot be a count"),
        ({"day": "01.03.2026"}, "no day"),
        ({"day": "0001-01-01"}, "no day of our time"),
        ({"day": ""}, "say when"),
        ({"start": "2026-03-01"}, "say when"),
        ({"day": "", "start": "2026-03-01", "end": "2026-03-01"}, "before it began"),
        ({"day": "", "start": "2026-03-01", "end": ""}, "no time"),
        ({"day": "2026-04-02"}, "not over yet"),
        ({"low": "13"}, "lies in its band"),
        ({"high": "11"}, "lies in its band"),
        ({"basis": "guessed"}, "basis is"),
        ({"subject": "nobody"}, "not configured"),
        ({"objective": "nothing"}, "not configured"),
        ({"subject": "crumb", "campaign": "spring"}, "one thing"),
        ({"campaign": "x" * 201}, "at most 200 characters"),
        ({"provider": "a\u202eb"}, "can be printed"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(**wrong)


@given(
    st.fixed_dictionaries({name: st.text(max_size=30) for name in (*NEEDED, *OPTIONAL)}),
    st.sampled_from(sorted(METRICS)),
)
@settings(max_examples=examples(300), deadline=None)
def test_no_line_upsets_the_reader(row: dict[str, str], metric: str) -> None:
    for line in (row, row | GOOD, row | GOOD | {"metric": metric, "start": "", "end": ""}):
        with suppress(ValueError):
            READER.observation(line)
