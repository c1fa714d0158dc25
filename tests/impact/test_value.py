"""The value ledger: money where it was measured and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.impact.value import return_on
from bot.model import ReachBasis
from bot.model.value import Amount, Column, Count
from config.tables import ConfigFile

MARGIN = Amount("margin", "EUR", 300.0, 250.0, 360.0)
COST = Amount("cost", "EUR", 100.0, 90.0, 120.0)
EXPOSURE = re.compile(r"reach|impression|mention|view|reader|audience|follower|stor(y|ies)|post|item|click")
PRICE = re.compile(r"price|value|worth|cost|usd|eur|gbp|currency|money|multiplier")
BANNED = re.compile(r"(^|_)(ave|cpm|cpc|emv)($|_)|advertis|media_value|earned_media")


def test_the_return_is_of_measured_money_with_the_bounds_of_both() -> None:
    found = return_on([MARGIN], [COST])
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 250 / 120 - 1, 360 / 90 - 1))
    assert found.text == "Return on what was spent: +200 % [+108 %, +300 %]."
    loss = return_on([Amount("margin", "EUR", -100.0, -120.0, -80.0)], [COST])
    assert (loss.value, loss.low, loss.high) == pytest.approx((-2.0, -120 / 90 - 1, -80 / 120 - 1))
    assert return_on([Amount("m", "EUR", 50.0)], [COST]).text.startswith("Return on what was spent: −50 %")


@pytest.mark.parametrize(
    ("benefits", "costs", "why"),
    [
        ([], [COST], "missing: the benefit"),
        ([MARGIN], [], "missing: the cost"),
        ([Amount("margin", "EUR", None)], [COST], "margin is not known"),
        ([Amount("margin", "EUR", 9.0, basis=ReachBasis.ESTIMATED)], [COST], "margin is estimated, not measured"),
        (
            [MARGIN],
            [Amount("print", "EUR", 9.0, basis=ReachBasis.PLATFORM_REPORTED)],
            "platform reported, not measured",
        ),
        ([MARGIN], [Amount("print", "USD", 9.0)], "in EUR and USD, which are not converted"),
        ([MARGIN], [Amount("print", "EUR", 0.0)], "nothing was spent"),
        ([MARGIN], [COST, Amount("print", "EUR", None)], "print is not known"),
    ],
)
def test_what_is_missing_makes_no_return(benefits: list[Amount], costs: list[Amount], why: str) -> None:
    found = return_on(benefits, costs)
    assert found.value is None
    assert why in found.why
    assert "not computable" in found.text


@pytest.mark.parametrize("changes", [(1.0, 2.0, 3.0), (float("nan"), None, None), (5.0, 1.0, 4.0)])
def test_an_amount_lies_in_its_bounds(changes: tuple[float, float | None, float | None]) -> None:
    with pytest.raises(ValueError, match="bounds"):
        Amount("margin", "EUR", *changes)


def test_only_direct_figures_are_money() -> None:
    assert Count(Column.ASSOCIATED, "leads with a social touch", 12, "leads").value == 12
    with pytest.raises(ValueError, match="has no price"):
        Count(Column.INDIRECT, "pull-through", 1200, "EUR")
    with pytest.raises(ValueError, match="is an amount of money"):
        Count(Column.DIRECT, "margin", 3, "sales")
    with pytest.raises(ValueError, match="no currency"):
        Amount("margin", "euros", 3.0)


def _keys(schema: dict[str, Any]) -> Iterator[str]:
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {})


def test_no_setting_prices_reach_impressions_or_mentions() -> None:
    keys = set(_keys(ConfigFile.model_json_schema()))
    assert {"unit_cost", "audience_universe"} <= keys
    assert [key for key in keys if BANNED.search(key)] == []
    assert [key for key in keys if EXPOSURE.search(key) and PRICE.search(key)] == []


def test_the_documentation_says_why_there_is_no_advertising_value() -> None:
    page = (Path(__file__).parents[2] / "docs" / "measurement.md").read_text(encoding="utf-8")
    assert "Advertising value equivalence" in page
    assert "no setting that would make one" in page
