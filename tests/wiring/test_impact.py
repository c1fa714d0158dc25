"""Impact, wired: what the pages and the command say is what the store holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.model import Claim
from bot.model.aims import Course
from bot.model.impact import ObjectiveVerdict
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
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

[[objective]]
id = "two-a-day"
statement = "Two people a day come with the sentence"
department = "Shop"
measure = { metric = "redemptions", offer = "truffle", period = "7d" }
target = 2
by = 2026-06-01
review_every = "28d"

[[objective]]
id = "clicks"
statement = "A hundred clicks a day"
measure = { metric = "clicks", period = "14d" }
target = 100
by = 2026-04-01

[[objective]]
id = "heard"
statement = "People know it"
measure = { metric = "penetration", message = "hand-rolled" }
target = 0.15

[[objective]]
id = "sometime"
statement = "Something good"

[[activity]]
id = "letter"
name = "Spring letter"
kind = "mailing"
at = 2026-03-20T10:00:00

[impact]
record = { clicks = "analytics" }
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A month of trade and of imported clicks, only read or added to."""
    folder = tmp_path_factory.mktemp("impact")
    empty_database(folder)
    path = folder / "heard.toml"
    path.write_text(CONFIG, encoding="utf-8")
    clock = ManualClock(NOW)
    app = App(load_settings(path), clock)
    for back in range(31, 0, -1):
        clock.set(NOW - back * DAY)
        for _ in range(3 if back > 7 else 5):
            app.counting.redeem(Claim(PHRASE))
    clock.set(NOW)
    lines = ["metric,provider,method,day,value,campaign"]
    for back in range(28, 0, -1):
        day = (NOW - back * DAY).date()
        lines += [
            f"clicks,analytics,events,{day},{40 + back % 3},",
            f"clicks,shortener,redirects,{day},{90 + back % 3},",
        ]
        lines += [f"clicks,analytics,events,{day},7,letter"]
    done = app.observing.take_in("\n".join(lines).encode())
    assert (done.new, done.bad) == (84, ())
    yield app
    app.close()


def standing(app: App, name: str, as_of: datetime | None = None):
    return app.impact.standing(name, as_of)


def test_redemptions_a_day_are_those_of_the_ledger(app: App) -> None:
    found = standing(app, "two-a-day")
    assert found.measured.value == 5
    assert found.measured.n == 35
    assert [one.value for one in found.trend] == [2.25, 3, 3, 3], "the first of them are the days since the start"
    assert found.trend[0].low is None, "four days are too few for an interval"
    assert found.verdict is ObjectiveVerdict.MET


def test_it_can_be_told_how_it_stood_on_a_day_that_is_past(app: App) -> None:
    then = standing(app, "two-a-day", NOW - 7 * DAY)
    assert then.measured.value == pytest.approx(3)


def test_today_is_in_no_window_for_it_is_not_over(app: App) -> None:
    zone_midnight = datetime(2026, 4, 1, 22, tzinfo=UTC)
    assert standing(app, "two-a-day").measured.window.end == zone_midnight


def test_the_record_is_the_figure_and_others_are_never_added(app: App) -> None:
    found = standing(app, "clicks")
    assert found.measured.value == pytest.approx(41, abs=0.5)
    assert found.verdict is ObjectiveVerdict.MISSED


def test_where_nothing_was_looked_at_nothing_is_known(app: App) -> None:
    found = standing(app, "heard")
    assert found.measured.value is None
    assert found.verdict is ObjectiveVerdict.CANNOT_TELL
    assert "looked at" in found.text


def test_an_objective_without_a_measure_says_so(app: App) -> None:
    assert "names no measure" in standing(app, "sometime").text


def test_an_objective_that_is_not_there_is_named(app: App) -> None:
    with pytest.raises(ConfigError, match="there is no objective 'nothing'; configured: two-a-day"):
        standing(app, "nothing")


def test_the_funnel_shows_each_provider_and_traces_a_campaign_to_its_activity(app: App) -> None:
    app.impact.make_link("https://shop.example/", activity="letter", source="letter", medium="email")
    stages = {stage.name: stage for stage in app.impact.funnel().stages}
    clicks = {(one.provider, one.of): one for one in stages["click"].tallies}
    assert clicks["analytics", "campaign:letter"].activities == ("letter",)
    assert clicks["analytics", "whole"].record
    assert clicks["shortener", "whole"].value != clicks["analytics", "whole"].value
    (redeemed,) = stages["redemption"].tallies
    assert (redeemed.value, redeemed.provider) == (21 * 3 + 7 * 5, "Heard")
    assert stages["exposure"].tallies[0].value is None, "nobody looked"


def test_the_panel_holds_the_shortener_against_the_record(app: App) -> None:
    panel = next(one for one in app.impact.providers() if one.of == "whole")
    assert [row.tally.provider for row in panel.rows] == ["analytics", "shortener"]
    assert panel.rows[1].ratio == pytest.approx(2.2, abs=0.1)


def test_a_review_keeps_how_it_stood_and_is_then_no_longer_due(app: App) -> None:
    (before,) = app.impact.reviewed(objective="two-a-day")
    assert before.due
    decision = app.impact.decide("two-a-day", Course.KEEP, " it works ", actor="ada")
    assert (decision.verdict, decision.reason, decision.value) == (ObjectiveVerdict.MET, "it works", 5)
    (after,) = app.impact.reviewed(objective="two-a-day")
    assert (after.decisions, after.due) == ((decision,), False)


def test_a_decision_without_a_reason_is_none(app: App) -> None:
    with pytest.raises(ConfigError, match="needs its reason"):
        app.impact.decide("two-a-day", Course.STOP, "  ")


def test_a_link_for_nothing_or_for_an_unknown_activity_is_refused(app: App) -> None:
    with pytest.raises(ConfigError, match="there is no activity 'x'; configured: letter"):
        app.impact.make_link("https://shop.example/", activity="x", source="a", medium="b")
    with pytest.raises(ConfigError, match="say what the link is for"):
        app.impact.make_link("https://shop.example/", source="a", medium="b")


def test_a_stretch_without_a_whole_day_is_refused(app: App) -> None:
    with pytest.raises(ConfigError, match="no whole day"):
        app.impact.window(NOW, NOW)


def test_every_chart_carries_what_was_done_in_its_time(app: App) -> None:
    chart = app.impact.chart(standing(app, "two-a-day"))
    assert [mark["text"] for mark in chart["marks"]] == ["Spring letter"]
    assert (chart["kind"], chart["target"], len(chart["points"])) == ("trend", 2, 5)


def written(folder: Path, objective: str) -> Path:
    path = folder / "heard.toml"
    path.write_text(CONFIG + f'\n[[objective]]\nid = "x"\nstatement = "y"\n{objective}\n', encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        ('measure = "ad-value"', "Heard measures no 'ad-value'; metrics are penetration"),
        ('measure = { message = "hand-rolled" }', "Heard measures no 'None'"),
        ('measure = "penetration"', "needs to know of which"),
        ('measure = { metric = "penetration", message = "x" }', "message names 'x', which is not configured"),
        ('measure = { metric = "net_tone", offer = "truffle" }', "'net_tone' has no filter 'offer'; it has period"),
        ('measure = { metric = "clicks", period = "2h" }', "period must be a day or more"),
        ('measure = { metric = "clicks", period = "soon" }', "write a duration"),
        ('measure = { metric = "clicks", provider = 5 }', "provider must be a name in quotes"),
        ('measure = { metric = "net_tone" }\ntarget = 15', "target = 15 cannot be: 'net_tone' lies between -1 and 1"),
        ('measure = "clicks"\ntarget = -1', "target = -1 cannot be: 'clicks' is 0 or more"),
        ("target = nan", "finite number"),
        ("[impact]\n", "Cannot declare"),
    ],
)
def test_what_heard_cannot_measure_is_named_with_what_it_can(tmp_path: Path, objective: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(written(tmp_path, objective))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('record = { reach = "x" }', "record names the metric 'reach'"),
        ('stages = ["exposure", "heaven"]', "stages names 'heaven'; stages are exposure"),
        ('stages = ["click", "click"]', "a stage twice"),
    ],
)
def test_the_table_impact_names_what_there_is(tmp_path: Path, table: str, said: str) -> None:
    path = tmp_path / "heard.toml"
    path.write_text(f"[impact]\n{table}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert said in str(caught.value)


@pytest.mark.parametrize(("since", "until"), [(NOW - 3_000 * DAY, NOW), (NOW + 90_000 * DAY, NOW + 90_007 * DAY)])
def test_a_stretch_of_more_than_three_years_or_far_ahead_is_refused(app: App, since: datetime, until: datetime) -> None:
    with pytest.raises(ConfigError, match="longer than 1,100 days, or far ahead"):
        app.impact.window(since, until)
    assert app.impact.window(NOW - 1_000 * DAY, NOW).end < NOW


@pytest.mark.parametrize(
    ("gaps", "value", "why"),
    [
        ((1, 2), 5.0, "of 2 of 14 days not all redemptions were told (gaps)"),
        (
            range(1, 9),
            5.0,
            "fewer than 7 days are counted, of 8 of 14 days not all redemptions were told (gaps)",
        ),
        ((30,), 5.0, ""),
        (range(1, 15), None, "of 14 of 14 days not all redemptions were told (gaps)"),
    ],
)
def test_redemptions_a_day_are_of_the_days_of_which_all_were_told(
    tmp_path: Path, gaps: Iterable[int], value: float | None, why: str
) -> None:
    """Five a day, but none on the days of which the till told nothing."""
    days = [(NOW - back * DAY).astimezone(ZoneInfo("Europe/Berlin")).date() for back in gaps]
    path = tmp_path / "heard.toml"
    told = f"starts = 2026-03-01\ngaps = [{', '.join(map(str, days))}]"
    path.write_text(CONFIG.replace("starts = 2026-03-01", told).replace('"7d"', '"14d"'), encoding="utf-8")
    clock = ManualClock(NOW)
    app = App(load_settings(path), clock)
    for back in sorted(set(range(1, 15)) - set(gaps), reverse=True):
        clock.set(NOW - back * DAY)
        for _ in range(5):
            app.counting.redeem(Claim(PHRASE))
    clock.set(NOW)
    found = standing(app, "two-a-day").measured
    assert (found.value, found.why) == (value, why)
    window = app.impact.window(since=NOW - 14 * DAY)
    (tally,) = (one for stage in app.impact.funnel(window).stages for one in stage.tallies if one.of == "offer:truffle")
    within = len(set(gaps) & set(range(1, 15)))
    assert (tally.value, tally.days) == (None if value is None else 5.0 * (14 - within), 14 - within)
    assert tally.why == why.removeprefix("fewer than 7 days are counted, ")
    app.close()
