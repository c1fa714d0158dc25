"""The value ledger, wired: money from tills and accounts, people and words without a price."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.impact.shapes import value_shape
from bot.model import Claim
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
PHRASE = "the moon is made of ganache"
CONFIG = """
[heard]
timezone = "Europe/Berlin"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
[[message]]
id = "hand-rolled"
statement = "Every truffle is rolled by hand each morning."
[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
starts = 2026-03-01
COSTS
[impact]
RECORD
"""
HEAD = "metric,provider,method,value,low,high,start,end,currency,attribution,campaign"
MARCH = "2026-03-05,2026-04-02"  # the 28 days before today
COSTS = 'unit_cost = 1\nfixed_cost_per_day = 0\ncurrency = "EUR"'


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., App]]:
    """An installation in which ten people redeemed with orders of 12.50 EUR, with these costs, record and figures."""
    apps: list[App] = []

    def make(*lines: str, costs: str = "", record: str = "") -> App:
        empty_database(tmp_path)
        path = tmp_path / "heard.toml"
        path.write_text(CONFIG.replace("COSTS", costs).replace("RECORD", record), encoding="utf-8")
        clock = ManualClock(NOW)
        apps.append(app := App(load_settings(path), clock))
        for day in range(10):
            clock.set(NOW - timedelta(days=1 + day))
            app.counting.redeem(Claim(PHRASE, order=f"o{day}", value=Decimal("12.50"), currency="EUR"))
        clock.set(NOW)
        if lines:
            taken = app.observing.take_in("\n".join([HEAD, *lines]).encode())
            assert taken.bad == ()
        return app

    yield make
    for app in apps:
        app.close()


def test_without_a_measured_margin_there_is_no_return_and_the_rest_is_told(made: Callable[..., App]) -> None:
    app = made(costs='unit_cost = 0.45\nfixed_cost_per_day = 0\ncurrency = "EUR"')
    ledger = app.impact.value(app.impact.window())
    assert [(one.what, one.value, one.currency) for one in ledger.spent] == [("cost of Free truffle", 4.5, "EUR")]
    assert [(one.value, one.currency) for one in ledger.turnover] == [(125.0, "EUR")]
    assert ledger.result.value is None
    assert "missing: the benefit" in ledger.result.why
    assert app.impact.value_where_earned(app.impact.window()) is None, "a digest keeps silent of it"
    assert [one.value for one in ledger.indirect] == [None, None]
    assert "is no margin" in " ".join(ledger.lines)


def test_a_measured_margin_is_held_against_all_that_was_spent(made: Callable[..., App]) -> None:
    app = made(
        f"margin,till,orders,60,50,70,{MARCH},EUR,,",
        f"cost,accounts,invoices,15.5,,,{MARCH},EUR,,",
        f"leads,crm,forms,12,,,{MARCH},,assisted,",
        costs='unit_cost = 0.45\nfixed_cost_per_day = 0\ncurrency = "EUR"',
    )
    ledger = app.impact.value(app.impact.window())
    assert ledger.result.value == pytest.approx((60 - 20) / 20)
    assert ledger.result.low == pytest.approx((50 - 20) / 20)
    assert [(one.what, one.value, one.unit) for one in ledger.associated] == [("Leads, assisted", 12.0, "leads")]
    assert "Return on what was spent: +200 % [+150 %, +250 %]." in ledger.lines
    shape = value_shape(ledger)
    assert json.loads(json.dumps(shape)) == shape
    assert shape["direct"]["return"]["why"] is None
    assert app.impact.value_where_earned(app.impact.window()) is not None


@pytest.mark.parametrize(
    ("lines", "more", "why"),
    [
        ((f"margin,till,orders,60,,,{MARCH},EUR,,",), "", "set unit_cost of the offer"),
        ((f"margin,till,orders,60,,,{MARCH},EUR,,",), "unit_cost = 1", "set currency of the offer"),
        ((f"margin,till,orders,60,,,{MARCH},USD,,",), 'unit_cost = 1\ncurrency = "EUR"', "in EUR and USD"),
        (
            (f"margin,till,orders,60,,,{MARCH},EUR,,", f"margin,crm,deals,70,,,{MARCH},EUR,,"),
            'unit_cost = 1\ncurrency = "EUR"',
            "several providers count it",
        ),
        (
            (f"margin,till,orders,60,,,{MARCH},EUR,,", f"margin,crm,deals,20,,,{MARCH},EUR,,spring"),
            'unit_cost = 1\ncurrency = "EUR"',
            "several providers count it",
        ),
        ((f"margin,till,orders,,,,{MARCH},EUR,,",), COSTS, "there is no figure"),
        (
            (f"margin,till,orders,60,,,{MARCH},EUR,,",),
            'unit_cost = 1\ncurrency = "EUR"',
            "cost of Free truffle: set fixed_cost_per_day of the offer (0 is a value)",
        ),
        (("margin,till,orders,700,,,2026-03-26,2026-04-02,EUR,,",), COSTS, "covers 7 of 28 days"),
        (
            (
                f"margin,till,orders,60,,,{MARCH},EUR,,",
                "cost,accounts,invoices,31,,,2026-03-05,2026-04-01,EUR,,spring",
                f"cost,accounts,invoices,2,,,{MARCH},EUR,,summer",
            ),
            COSTS,
            "cost of campaign:spring: covers 27 of 28 days",
        ),
        (
            (f"margin,till,orders,60,,,{MARCH},EUR,,", "cost,accounts,invoices,310,,,2026-03-01,2026-04-01,EUR,,"),
            COSTS,
            "cost: the figure of 1 Mar 2026 to 31 Mar 2026 does not lie within the window",
        ),
        (
            (
                "margin,till,orders,60,,,2026-03-06,2026-04-02,EUR,,",
                "margin,till,orders,9,,,2026-02-27,2026-03-06,EUR,,",
            ),
            COSTS,
            "covers 27 of 28 days, the figure of 27 Feb 2026 to 5 Mar 2026 does not lie within the window",
        ),
        ((f"margin,till,orders,60,,,{MARCH},EUR,,",), f"{COSTS}\ngaps = [2026-03-07]", "of 1 day not all redemptions"),
    ],
)
def test_what_is_missing_is_named(made: Callable[..., App], lines: tuple[str, ...], more: str, why: str) -> None:
    app = made(*lines, costs=more)
    result = app.impact.value(app.impact.window()).result
    assert result.value is None
    assert why in result.why


def test_the_declared_record_is_reckoned_with_and_parts_of_one_provider_are_added(made: Callable[..., App]) -> None:
    app = made(
        f"margin,till,orders,40,,,{MARCH},EUR,,spring",
        f"margin,till,orders,20,,,{MARCH},EUR,,summer",
        f"margin,crm,deals,999,,,{MARCH},EUR,,spring",
        costs='unit_cost = 1\nfixed_cost_per_day = 0\ncurrency = "EUR"',
        record='record = { margin = "till" }',
    )
    ledger = app.impact.value(app.impact.window())
    assert sorted(one.value or 0.0 for one in ledger.earned) == [20.0, 40.0]
    assert ledger.result.value == pytest.approx(5.0)


def test_a_figure_says_how_many_days_of_the_window_it_tells_of(made: Callable[..., App]) -> None:
    app = made("margin,till,orders,700,,,2026-03-26,2026-04-02,EUR,,", costs=COSTS)
    ledger = app.impact.value(app.impact.window())
    assert [(one.value, one.days) for one in ledger.earned] == [(700.0, 7)]
    assert value_shape(ledger)["direct"]["earned"][0]["days"] == 7
    week = app.impact.window(since=NOW - timedelta(days=7))
    assert app.impact.value(week).result.value == pytest.approx((700 - 7) / 7), "and of these seven it tells all"


def test_a_figure_across_the_windows_edge_is_shown_as_unknown_and_one_beside_it_is_not_shown(
    made: Callable[..., App],
) -> None:
    app = made(
        "cost,accounts,invoices,310,,,2026-03-01,2026-04-01,EUR,,",
        "cost,print,bills,90,,,2026-02-01,2026-03-05,EUR,,",
        costs=COSTS,
    )
    ledger = app.impact.value(app.impact.window())
    assert [(one.value, one.source) for one in ledger.spent if one.what == "cost"] == [(None, "accounts, invoices")]
    assert any("cost unknown (accounts, invoices); the figure of 1 Mar 2026" in line for line in ledger.lines)


@pytest.mark.parametrize(
    ("costs", "told"),
    [
        ("unit_cost = 1\nfixed_cost_per_day = 2", [("cost of Free truffle", 8.0)]),
        ("unit_cost = 1\nfixed_cost_per_day = 0", []),
        ("unit_cost = 1", [("cost of Free truffle", None)]),
        ("unit_cost = 1\nfixed_cost_per_day = 0\ngaps = [2026-03-07]", [("cost of Free truffle", 0.0)]),
    ],
)
def test_a_window_without_redemptions_costs_what_is_known_of_its_days(
    made: Callable[..., App], costs: str, told: list[tuple[str, float | None]]
) -> None:
    app = made(costs=f'{costs}\ncurrency = "EUR"')
    quiet = app.impact.window(since=NOW - timedelta(days=28), until=NOW - timedelta(days=24))
    assert [(one.what, one.value) for one in app.impact.value(quiet).spent] == told
