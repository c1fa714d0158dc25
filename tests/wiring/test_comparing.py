"""Verdicts over a real ledger, through the application and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.model import Answer, Claim, KeepWord, OfferEvent
from bot.wiring import App
from config.settings import load_settings
from tests.support.desk import Desk

STARTED = datetime(2026, 3, 1, 11, tzinfo=UTC)
CONFIG = """
[heard]
timezone = "Europe/Berlin"

[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
placements = ["counter", "market"]
placements_alike = true
starts = 2026-03-01
experiment = "spring"
exposure = "parallel"
unit_cost = 0.8
fixed_cost_per_day = 1
margin = 6
currency = "EUR"

[[offer]]
id = "brownie"
name = "Free brownie"
kind = "code-phrase"
code = "the sun is made of fudge"
starts = 2026-03-01
experiment = "spring"
exposure = "parallel"

[[offer]]
id = "tart"
name = "Free tart"
kind = "code-phrase"
code = "the stars are made of icing"
starts = 2026-03-01
gaps = [2026-03-07]
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Thirty days: four truffles a day, three of them at the counter, every second with a purchase; one brownie."""
    path = tmp_path_factory.mktemp("verdicts") / "heard.toml"
    path.write_text(CONFIG, encoding="utf-8")
    clock = ManualClock(STARTED)
    app = App(load_settings(path), clock)
    for day in range(30):
        for number in range(4):
            place, value = "market" if number == 3 else "counter", Decimal(9 if number % 2 else 0)
            app.counting.redeem(
                Claim(
                    "The moon is made of ganache", placement=place, value=value, currency="EUR", order=f"{day}-{number}"
                )
            )
        app.counting.redeem(Claim("the sun is made of fudge"))
        clock.advance(timedelta(days=1))
    yield app
    app.close()


def test_two_offers_are_compared_on_what_the_till_took(app: App) -> None:
    found = app.comparing.compare("truffle", "brownie")
    assert (found.answer, found.better, found.days) == (Answer.BETTER, "truffle", 30)
    assert (found.a.redeemed, found.b.redeemed, found.pairs) == (120, 30, 1)


def test_placements_are_compared_by_name_in_any_case(app: App) -> None:
    found = app.comparing.compare("truffle:Counter", "truffle:market")
    assert (found.a.id, found.a.redeemed, found.b.redeemed) == ("truffle:counter", 90, 30)
    assert found.better == "truffle:counter"


def test_every_pair_that_is_meant_to_be_compared_is(app: App) -> None:
    assert [(one.a.id, one.b.id) for one in app.comparing.compare_all()] == [
        ("truffle", "brownie"),
        ("truffle:counter", "truffle:market"),
    ]


@pytest.mark.parametrize("name", ["cake", "", ":", "truffle:moon", "truffle:", "'; DROP TABLE offers"])
def test_what_is_not_configured_is_named(app: App, name: str) -> None:
    with pytest.raises(ConfigError, match=r"there is no offer|has no placement"):
        app.comparing.compare(name, "brownie")


def test_so_is_an_offer_that_is_to_be_judged_or_announced(app: App) -> None:
    for asked in (lambda: app.comparing.keep("cake"), lambda: app.comparing.blocks("truffle", "cake", 1)):
        with pytest.raises(ConfigError, match="there is no offer 'cake'; configured: truffle, brownie, tart"):
            asked()


def test_an_offer_outside_the_experiment_is_refused(app: App) -> None:
    found = app.comparing.compare("truffle", "tart")
    assert (found.answer, "different experiments" in found.why) == (Answer.NOT_COMPARABLE, True)


def test_keeping_up_is_judged_on_what_the_till_took(app: App) -> None:
    found = app.comparing.keep("truffle")
    assert (found.word, found.redeemed, found.currency) == (KeepWord.KEEP, 112, "EUR")
    assert app.comparing.keep("tart").why.startswith("net value unknown: margin, unit_cost")


def test_asking_writes_nothing(app: App) -> None:
    def ledger() -> list[OfferEvent]:
        return list(app.store.offer_events())

    before = ledger()
    app.comparing.compare_all()
    app.comparing.keep("truffle")
    assert ledger() == before


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write(CONFIG)
    return desk


def test_the_commands_say_the_same_in_words_and_in_json(desk: Desk) -> None:
    shown = desk.heard("offers", "compare", "truffle", "tart")
    assert (shown.code, shown.out.count("\n")) == (0, 1)
    assert shown.out.startswith("This is not a comparison: they belong to different experiments")
    (row,) = desk.heard("offers", "compare", "truffle", "brownie", "--json").rows
    assert (row["verdict"], row["better"], row["a"]["id"]) == ("too_few", None, "truffle")
    assert len(desk.heard("offers", "compare", "--json").rows) == 2
    assert desk.heard("offers", "plan", "--rate", "9", "--lift", "2", "--json").rows[0]["days_needed"] < 30
    assert [row["offer"] for row in desk.heard("offers", "keep", "--json").rows] == ["truffle", "brownie", "tart"]
    desk.write(CONFIG.replace('"parallel"', '"blocks"'))
    (block, *_) = desk.heard("offers", "blocks", "truffle", "brownie", "--json").rows
    assert {block["leads"], block["follows"]} == {"truffle", "brownie"}
    assert desk.heard("offers", "blocks", "brownie", "truffle", "--count", "3").out.count("\n") == 3
    words = desk.heard("offers", "keep", "truffle")
    assert (words.code, "Free truffle" in words.out) == (0, True)


def test_a_control_that_no_figure_uses_is_told_of(desk: Desk) -> None:
    assert "not used yet" not in desk.heard("check").out
    desk.write(CONFIG.replace('id = "tart"', 'id = "tart"\ncontrol = "brownie"'))
    checked = desk.heard("check").out
    assert "control is kept and not used yet: what would have been bought without the offer is never" in checked


def test_a_tier_that_no_figure_uses_is_told_of(desk: Desk) -> None:
    desk.write(f"""{CONFIG}
[[outlet]]
match = "paper.example"
tier = 1
[[outlet]]
match = "r/chocolate"
[[outlet]]
match = "@sweet"
tier = 3
""")
    checked = desk.heard("check").out
    assert "tier (of paper.example and @sweet) is kept and not used yet: no figure reads it" in checked


@pytest.mark.parametrize(
    "wrong",
    [
        ("compare", "truffle"), ("compare", "truffle", "moon"), ("keep", "moon"),
        ("blocks", "truffle", "brownie"),
        ("plan",), ("plan", "--rate", "nan"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_an_error_of_use(desk: Desk, wrong: tuple[str, ...]) -> None:
    found = desk.heard("offers", *wrong)
    assert (found.code, found.out) == (2, "")
    assert found.err
