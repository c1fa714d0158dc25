"""Shares of voice and lifts over a real database: what is counted, where it is alike, and what activities name."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.listen.query import parse_query
from bot.model import (
    OWNED,
    Interval,
    Item,
    Mention,
    Observation,
    Page,
    ReachBasis,
    ScoredMention,
    Source,
    Subject,
    Target,
    mention_id,
)
from bot.model.impact import Design, Lift
from bot.ports.voice_store import ToldStory
from bot.score.summary import earned_stories
from bot.wiring import App
from bot.wiring.impact.looks import limits_of, subjects_named
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.samples import a_score, an_item

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
BEGAN, NOW = MONDAY - 20 * WEEK, MONDAY + 9 * WEEK
PRESS, ALERTS = (
    Target("press", "https://paper.example/feed.xml"),
    Target("alerts", "https://search.example/?q=velvet-crumb"),
)
CONFIG = """
[heard]
timezone = "UTC"

[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
domains = ["velvetcrumb.example"]

[[subject]]
id = "lantern"
name = "Cocoa Lantern"
own = false
query = '"cocoa lantern"'

[[source]]
id = "press"
connector = "rss"
feeds = ["https://paper.example/feed.xml", "https://velvetcrumb.example/feed.xml"]

[[source]]
id = "alerts"
connector = "rss"
feeds = ["https://search.example/?q=velvet-crumb"]

[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
"""
DONE = """
[[activity]]
id = "mailing"
name = "Spring mailing"
kind = "mailing"
at = 2026-03-02

[[activity]]
id = "fair"
name = "Chocolate fair"
kind = "event"
at = 2026-04-30
"""


class Town:
    """An application over a real database in which things are said about two shops."""

    def __init__(self, folder: Path, done: str = DONE) -> None:
        self.folder = folder
        path = folder / "heard.toml"
        path.write_text(f"{CONFIG}\n{done}", encoding="utf-8")
        self._numbers = itertools.count(10_000 if (folder / "heard.db").exists() else 1)
        empty_database(folder)
        self.app = App(load_settings(path), ManualClock(NOW))

    def say(self, subject: str, moments: Iterable[datetime], target: Target = PRESS, *, story: str = "",
            flags: Sequence[str] = (), removed: bool = False) -> None:  # fmt: skip
        """One item at each moment, a story of its own unless ``story`` names one."""
        found = []
        for moment in moments:
            number = next(self._numbers)
            item = an_item(number, published_at=moment, url=f"https://paper.example/{number}", removed=removed)
            name = mention_id(item.key, subject)
            found.append(Mention(name, subject, item, (), target.source, moment, story or f"s{number}"))
        items: tuple[Item, ...] = tuple(one.item for one in found)
        self.app.store.save_page(target, Page(items=items), found, NOW, NOW)
        self.app.store.save_scores([a_score(one, flags=tuple(flags)) for one in found], NOW)

    def looked(self, start: datetime, end: datetime, *targets: Target) -> None:
        for target in targets or (PRESS, Target("press", "https://velvetcrumb.example/feed.xml"), ALERTS):
            self.app.store.save_page(target, Page(covered=Interval(start, end)), [], NOW, NOW)

    def lift(self, activity: str = "mailing") -> Lift:
        return next(one for one in self.app.voices.lifts() if one.activity == activity)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which both shops were spoken of over twenty-nine weeks, ours twice as often since the mailing."""
    made = Town(tmp_path_factory.mktemp("talk"))
    made.app.listening.add_targets()
    spoken(made)
    made.app.close()
    return made.folder / "heard.db"


@pytest.fixture
def talked(talk: Path, tmp_path: Path) -> Iterator[Town]:
    """A town of its own that begins with that talk."""
    shutil.copy(talk, tmp_path / "heard.db")
    made = Town(tmp_path)
    yield made
    made.app.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    made.app.listening.add_targets()
    yield made
    made.app.close()


def moments(start: datetime, end: datetime, a_day: float, seed: int = 0) -> list[datetime]:
    """So many a day, at random."""
    rng = np.random.default_rng(seed)
    length = (end - start) / DAY
    return [start + float(at) * DAY for at in np.sort(rng.uniform(0, length, rng.poisson(a_day * length)))]


def spoken(town: Town) -> None:
    """Both shops over twenty-nine weeks; the own one twice as often since the mailing."""
    town.looked(BEGAN, NOW)
    town.say("crumb", [*moments(BEGAN, MONDAY, 1.2), *moments(MONDAY, NOW, 2.4, 1)])
    town.say("lantern", moments(BEGAN, NOW, 1.5, 2))


def test_the_database_counts_stories_by_others_as_the_digest_does(town: Town) -> None:
    town.looked(BEGAN, NOW)
    town.say("crumb", [MONDAY, MONDAY + DAY], story="copied")
    town.say("crumb", [MONDAY], story="release", flags=[OWNED])
    town.say("crumb", [MONDAY + DAY], story="release")
    town.say("crumb", [MONDAY], story="")
    town.say("crumb", [MONDAY], removed=True)
    town.say("lantern", [MONDAY], story="release")
    town.say("crumb", [MONDAY - DAY, MONDAY + WEEK])
    store, window = town.app.store, Interval(MONDAY, MONDAY + WEEK)
    scored = [one for one in store.mentions(since=window.start, until=window.end) if isinstance(one, ScoredMention)]
    theirs = earned_stories((one for one in scored if one.mention.subject == "crumb"), store.owned_stories({"crumb"}))
    found = town.app.voices.share_of_voice(window)
    assert {one.subject: one.stories for one in found.shares} == {"crumb": len(theirs), "lantern": 1}
    assert len(theirs) == 2
    told = store.told_stories(["crumb"], window.start, window.end)
    assert ToldStory("crumb", "copied", "press", MONDAY) in told
    assert store.own_stories() == {"crumb": frozenset({"release"})}


def test_a_source_that_is_set_up_for_one_of_them_is_left_out_and_can_be_asked_for_alone(talked: Town) -> None:
    talked.say("crumb", moments(NOW - WEEK, NOW, 10, 7), ALERTS)
    window, before = Interval(NOW - 4 * WEEK, NOW), Interval(NOW - 8 * WEEK, NOW - 4 * WEEK)
    found = talked.app.voices.share_of_voice(window, before)
    assert found.sources == ("press",)
    assert found.left_out == {"alerts": "it is set up to look for Velvet Crumb only"}
    crumb, lantern = found.shares
    assert (crumb.subject, crumb.own, lantern.own) == ("crumb", True, False)
    assert crumb.share is not None
    assert 0.4 < crumb.share < 0.7
    assert crumb.change_low is not None
    assert crumb.change_high is not None
    assert crumb.change_low < 0 < crumb.change_high
    assert talked.app.voices.share_of_voice(window, source="alerts").shares == ()


def test_without_a_competitor_nothing_is_read(tmp_path: Path) -> None:
    made = Town(tmp_path)
    alone = made.app.settings.subjects[:1]
    object.__setattr__(made.app.settings, "subjects", alone)
    found = made.app.voices.share_of_voice(Interval(MONDAY, NOW))
    assert "no competitor is configured" in found.why
    made.app.close()


def test_a_mailing_that_doubled_the_stories_is_found_and_a_later_one_has_to_wait(talked: Town) -> None:
    mailing, fair = talked.app.voices.lifts()
    assert (mailing.activity, fair.activity) == ("mailing", "fair")
    assert mailing.design is Design.CONTROL
    assert mailing.low is not None
    assert mailing.high is not None
    assert 0 < mailing.low < 1.0 < mailing.high + 0.3
    assert "more stories came" in mailing.text
    assert "stories about Cocoa Lantern" in mailing.counterfactual
    assert (mailing.before, mailing.after, mailing.placebo) == (16, 8, None)
    assert "judged once" in fair.refused
    assert talked.app.voices.lifts(MONDAY - DAY) == ()


def test_a_lift_is_news_in_the_window_in_which_its_weeks_are_over(talked: Town) -> None:
    mailing = talked.app.settings.activities[0]
    over = mailing.starts + mailing.weeks * WEEK
    (told,) = talked.app.voices.lifts(due=Interval(over - DAY, over))
    assert told.activity == mailing.id
    assert not told.refused
    assert talked.app.voices.lifts(due=Interval(over, over + DAY)) == ()
    assert talked.app.voices.lifts(due=Interval(over - 2 * DAY, over - DAY)) == ()


def test_days_on_which_nobody_looked_are_unknown_and_their_weeks_left_out(town: Town) -> None:
    town.looked(BEGAN, MONDAY - 3 * WEEK)
    town.looked(MONDAY - 3 * WEEK + DAY, NOW)
    town.say("crumb", moments(BEGAN, NOW, 1.2))
    town.say("lantern", moments(BEGAN, NOW, 1.5, 2))
    found = town.lift()
    assert (found.before, found.after, found.left_out) == (15, 8, 1)
    assert "1 week not covered is left out" in found.text


def test_a_source_that_began_with_the_activity_makes_no_lift(town: Town) -> None:
    town.looked(BEGAN, NOW, PRESS, Target("press", "https://velvetcrumb.example/feed.xml"))
    town.say("crumb", moments(BEGAN, NOW, 1.2))
    town.say("lantern", moments(BEGAN, NOW, 1.5, 2))
    before = town.lift()
    town.looked(MONDAY, NOW, ALERTS)
    town.say("crumb", moments(MONDAY, NOW, 10, 9), ALERTS)
    assert town.lift().value == before.value
    assert not before.found


def test_a_competitor_that_is_listened_to_since_yesterday_is_no_control(town: Town) -> None:
    town.looked(BEGAN, NOW)
    town.say("crumb", moments(BEGAN, NOW, 1.2))
    town.say("lantern", moments(MONDAY - WEEK, NOW, 3, 2))
    assert "the data are too thin" in town.lift().refused


def test_a_control_that_is_told_of_with_us_is_touched(talked: Town) -> None:
    for number, moment in enumerate(moments(MONDAY, NOW, 2, 3)):
        talked.say("crumb", [moment], story=f"both{number}")
        talked.say("lantern", [moment], story=f"both{number}")
    assert "the control is touched by the activity too" in talked.lift().refused
    assert "tell of Velvet Crumb as well" in talked.lift().refused


def _figures(town: Town, provider: str, metric: str = "visits", *, lifted: float = 2.0, seed: int = 5) -> None:
    rng = np.random.default_rng(seed)
    town.app.store.add_observations(
        [
            Observation(metric, "shop", provider, "log", "1", "visits", start, start + DAY, "UTC",
                        value := float(rng.poisson(50 * (lifted if start >= MONDAY else 1))), value, value,
                        ReachBasis.MEASURED, NOW)
            for start in (BEGAN + n * DAY for n in range((NOW - BEGAN).days))
        ]
    )  # fmt: skip


def _with(folder: Path, series: str, control: str = "") -> Town:
    named = f'control = "{control}"' if control else ""
    return Town(folder, f'[[activity]]\nid = "site"\nname = "New site"\nkind = "site"\nat = 2026-03-02\n'
                f'series = "{series}"\n{named}')  # fmt: skip


def test_figures_that_were_brought_are_judged_against_another_provider_only_if_it_is_named(tmp_path: Path) -> None:
    made = _with(tmp_path, "observed:visits:shop@analytics", "observed:sessions:shop")
    assert "figures of visits for shop were never brought" in made.lift("site").refused
    _figures(made, "analytics")
    _figures(made, "log", "sessions", lifted=1.0, seed=6)
    found = made.lift("site")
    assert found.low is not None
    assert found.high is not None
    assert found.low < 1.0 < found.high
    assert found.unit == "visits"
    made.app.close()


def test_figures_of_several_providers_are_never_mixed(tmp_path: Path) -> None:
    made = _with(tmp_path, "observed:visits:shop")
    _figures(made, "analytics")
    _figures(made, "counter", seed=8)
    assert "come from analytics by log 1 and counter by log 1, which are never mixed" in made.lift("site").refused
    made.app.close()


def test_redemptions_before_the_first_are_unknown_and_not_nought(tmp_path: Path) -> None:
    made = _with(tmp_path, "redemptions:truffle")
    found = made.lift("site")
    assert "the data are too thin: 0 full covered weeks before it and 0 after" in found.refused
    assert found.design is Design.NO_CONTROL
    made.app.close()


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ('series = "reach:crumb"', "names no series"),
        ('series = "stories:nobody"', "no [[subject]] with that id"),
        ('control = "redemptions:nothing"', "no [[offer]] with that id"),
        ('control = "stories"', "is the series itself"),
        ("weeks = 3", "weeks"),
    ],
)
def test_an_activity_that_names_what_is_not_there_is_told_at_once(tmp_path: Path, lines: str, why: str) -> None:
    with pytest.raises(ConfigError) as told:
        Town(tmp_path, f'[[activity]]\nid = "x"\nname = "X"\nkind = "mailing"\nat = {date(2026, 3, 3)}\n{lines}')
    assert why in str(told.value)


def test_who_is_reading_says_nothing_of_where_is_read() -> None:
    crumb = Subject("crumb", "Velvet Crumb", '"velvet crumb"')
    lantern = Subject("lantern", "Cocoa Lantern", '"cocoa lantern"', own=False)

    def named(options: dict[str, object], *feeds: str) -> frozenset[str]:
        queries = tuple(parse_query(one.id, one.query) for one in (crumb, lantern))
        return subjects_named(Source("s", "reddit", DAY, options), feeds, (crumb, lantern), queries)

    assert named({"user_agent": "linux:velvetcrumb:1", "token_file": "/srv/velvet-crumb/t", "limit": 3}) == frozenset()
    assert named({"subreddits": ["VelvetCrumb"]}) == {"crumb"}
    assert named({}, "https://search.example/?q=%22Velvet%20Crumb%22+OR+cocoa-lantern") == {"crumb", "lantern"}


def test_limits_of_a_query_are_places_languages_and_authors() -> None:
    queries = [parse_query("crumb", '"velvet crumb" AND (lang:en OR site:paper.example) NOT lang:de')]
    assert limits_of(queries) == {"crumb": {"lang:en", "site:paper.example"}}
