"""Following deletions as the bot does it: real clients against made platforms, a real store, kills and clocks on the way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.model import ItemKind, Page, State, Target
from bot.model.keeping import Cause
from bot.stewardship.following import LEASE, FollowReport
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.deletingx import JOBS, DeletingX
from tests.support.reddit import TOKEN, USER_AGENT, listing, post
from tests.support.replay import Answer, ReplayServer, Request
from tests.support.samples import a_mention, an_item

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
X, REDDIT, HN = Target("x"), Target("reddit"), Target("hn")

HEAD = """
[heard]
timezone = "UTC"
database = "sqlite:///heard.db"
[http]
allow_networks = ["127.0.0.0/8"]
[[subject]]
id = "moon"
name = "Moon"
query = "moon"
"""
ON_X = """
[[source]]
id = "x"
connector = "twitter"
bearer_token_file = "token"
base_url = "{base}"
"""
ON_REDDIT = """
[[source]]
id = "reddit"
connector = "reddit"
mode = "oauth"
client_id_file = "token"
client_secret_file = "token"
user_agent = "{agent}"
base_url = "{base}"
"""
FEED_OF_REDDIT = """
[[source]]
id = "reddit"
connector = "reddit"
mode = "feed"
feeds = ["{base}/.rss?feed=token&user=me"]
"""
ON_HACKER_NEWS = """
[[source]]
id = "hn"
connector = "hackernews"
items_url = "{base}"
"""


@dataclass
class Desk:
    """An installation in a folder, its clock, and the platforms that it asks."""

    folder: Path
    server: ReplayServer
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    app: App = field(init=False)

    def open(self, config: str) -> App:
        """The bot, as it is started with this configuration."""
        (self.folder / "token").write_text("a-made-up-token")
        (self.folder / "token").chmod(0o600)
        path = self.folder / "heard.toml"
        path.write_text(HEAD + config.replace("{base}", self.server.base_url).replace("{agent}", USER_AGENT))
        self.app = App(load_settings(path), self.clock)
        self.app.listening.add_targets()
        return self.app

    def again(self) -> App:
        """The bot after it was killed."""
        self.app.close()
        self.app = App(self.app.settings, self.clock)
        return self.app

    def keep(self, target: Target, keys: Sequence[str], at: datetime | None = None) -> None:
        """Items of this source, as a poll would have saved them."""
        at = at or self.clock.now()
        items = [replace(an_item(1, key=key), published_at=at, kind=ItemKind.POST) for key in keys]
        mentions = [a_mention(item, collected_at=at) for item in items]
        self.app.store.save_page(target, Page(items=tuple(items)), mentions, at, at)

    def round(self) -> tuple[FollowReport, ...]:
        return tuple(self.app.following.due())

    def run(self, span: timedelta, step: timedelta = HOUR) -> int:
        """Rounds over a stretch of time; how many items were found gone."""
        end, gone = self.clock.now() + span, 0
        while self.clock.now() < end:
            self.clock.advance(step)
            gone += sum(report.gone for report in self.round())
        return gone

    @property
    def words(self) -> set[str]:
        """The keys of the items that still have words."""
        return {one.item.key for one in self.all if one.item.text}

    @property
    def all(self) -> list[Any]:
        return [getattr(one, "mention", one) for one in self.app.store.mentions()]

    @property
    def logged(self) -> int:
        """Items in the log of erasures."""
        return sum(line.forgotten.items for line in self.app.store.erasures())


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with ReplayServer() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, server: ReplayServer) -> Iterator[Desk]:
    empty_database(tmp_path)
    made = Desk(tmp_path, server)
    yield made
    made.app.close()


def an_x(desk: Desk, extra: str = "") -> DeletingX:
    x = DeletingX(desk.clock, desk.server)
    x.serve()
    desk.open(ON_X + extra)
    return x


def test_a_deleted_post_loses_its_words_within_its_due_time_and_a_job(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:11", "x:12"])
    x.delete(["12"])
    assert desk.run(DAY - HOUR) == 0  # nothing is due yet, so nothing is asked
    assert x.jobs == []
    desk.run(3 * HOUR, timedelta(minutes=10))
    assert desk.words == {"x:11"}
    assert desk.logged == 1
    assert len(desk.all) == 2  # the mention stays, as a number
    (line,) = desk.app.store.erasures()
    assert line.cause is Cause.UPSTREAM


def test_a_kill_between_upload_and_result_asks_for_nothing_twice(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:11", "x:12"])
    x.delete(["12"])
    desk.clock.advance(DAY + HOUR)
    desk.round()
    assert len(x.uploaded) == 1
    desk.again()
    desk.run(2 * HOUR, timedelta(minutes=10))
    assert desk.words == {"x:11"}
    assert len(x.jobs) == 1
    assert desk.logged == 1


def test_a_job_whose_upload_address_ran_out_while_the_bot_was_down_is_done_again(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:11", "x:12"])
    x.delete(["12"])
    desk.clock.advance(DAY + HOUR)
    x.works = timedelta(days=30)
    desk.round()
    x.jobs[0].ids = None  # it never arrived
    x.jobs[0].status = "created"
    x.works = timedelta(minutes=20)
    desk.clock.advance(2 * HOUR)
    desk.again()
    desk.run(4 * HOUR, timedelta(minutes=10))
    assert desk.words == {"x:11"}


def test_a_result_that_lay_for_more_than_a_week_is_asked_for_anew(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:11", "x:12"])
    x.delete(["12"])
    desk.clock.advance(DAY + HOUR)
    desk.round()
    desk.clock.advance(timedelta(days=9))
    desk.run(4 * HOUR, timedelta(minutes=10))
    assert desk.words == {"x:11"}
    assert len(x.jobs) == 2


def test_another_programs_job_is_waited_for(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:11", "x:12"])
    x.delete(["12"])
    desk.clock.advance(DAY + HOUR)
    x._create(Request("POST", JOBS, {}, {}, b""))
    (report,) = desk.round()
    assert report.state is not None
    assert report.state.state is State.RATE_LIMITED
    assert desk.run(3 * HOUR, timedelta(minutes=5)) == 1
    assert desk.words == {"x:11"}


def test_what_comes_back_is_followed_again(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:12"])
    x.delete(["12"], "suspended")
    desk.run(DAY + 3 * HOUR, timedelta(minutes=30))
    assert desk.words == set()
    x.gone.clear()
    desk.keep(X, ["x:12"], NOW)  # the same source gives it again
    assert desk.words == {"x:12"}
    x.delete(["12"])
    desk.run(DAY + 3 * HOUR, timedelta(minutes=30))
    assert desk.words == set()
    assert desk.logged == 2


def test_an_edit_on_x_is_taken_over_where_posts_are_read_again(desk: Desk) -> None:
    x = an_x(desk, 'follow_deletions = "reread"\n')
    desk.keep(X, ["x:11"])
    x.edited = {"11": "21"}
    desk.run(DAY + 2 * HOUR)
    (mention,) = desk.all
    assert mention.item.text == "Moon is what it says now"
    assert mention.story == "s1"


def test_reading_again_is_charged_to_the_sources_budget_and_rests_with_it(desk: Desk) -> None:
    x = an_x(desk, 'follow_deletions = "reread"\n[source.budget]\nreads_per_day = 50\n')
    desk.keep(X, [f"x:{number}" for number in range(100, 220)])
    desk.clock.advance(DAY + HOUR)
    (report,) = desk.round()
    assert (report.looked, report.cost.reads) == (50, 50)
    assert report.state is not None
    assert report.state.state is State.OUT_OF_CREDIT
    assert report.state.next_poll_at == datetime(2026, 11, 22, tzinfo=UTC)
    assert desk.app.store.spent("x", NOW).reads == 50
    desk.run(3 * DAY)
    assert sum(x.billed.values()) <= 4 * 50


def test_out_of_credit_is_told_and_tried_again_the_next_day(desk: Desk) -> None:
    x = an_x(desk, 'follow_deletions = "reread"\n')
    desk.keep(X, ["x:11"])
    x.refuses = [Answer(402, body={"title": "CreditsDepleted"})]
    desk.clock.advance(DAY + HOUR)
    (report,) = desk.round()
    assert report.state is not None
    assert report.state.state is State.OUT_OF_CREDIT
    x.delete(["11"])
    assert desk.round() == ()
    assert desk.run(DAY + HOUR) == 1


def test_what_a_person_must_put_right_is_left_until_it_is(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:11"])
    x.delete(["11"])
    x.refuses = [Answer(401, body={"title": "Unauthorized"})]
    desk.run(3 * DAY)
    (standing,) = desk.app.following.standing()
    assert standing.state is not None
    assert standing.state.state is State.UNAUTHORISED
    assert (standing.due, standing.overdue) == (1, 1)
    (line,) = desk.app.following.lines()
    assert line.startswith("X: 1 of 1 to be asked about now, 1 overdue by more than a day.")
    assert "Unauthorised: X refuses the bearer token" in line
    desk.app.following.resume("x")
    assert desk.run(2 * HOUR, timedelta(minutes=10)) == 1


def test_two_workers_do_not_ask_for_the_same(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:11"])
    desk.clock.advance(DAY + HOUR)
    other = App(desk.app.settings, desk.clock)
    held = desk.app.store.lease_recheck("x", X, "somebody", desk.clock.now(), desk.clock.now() + LEASE)
    assert held is not None
    assert list(other.following.due()) == []
    assert x.jobs == []
    desk.clock.advance(2 * HOUR)  # whoever it was has died
    assert len(list(other.following.due())) == 1
    other.close()


def test_a_clock_that_ran_ahead_puts_nothing_off(desk: Desk) -> None:
    x = an_x(desk)
    desk.keep(X, ["x:11"])
    desk.clock.advance(400 * DAY)
    desk.run(3 * HOUR, timedelta(minutes=30))
    assert len(x.uploaded) == 1
    desk.clock.set(NOW + DAY)
    x.delete(["11"])
    x.jobs.clear()
    desk.run(3 * HOUR, timedelta(minutes=10))
    assert desk.words == set()


def test_nothing_is_asked_where_following_is_switched_off(desk: Desk) -> None:
    x = an_x(desk, "[retention]\ndelete_follow_up = false\n")
    desk.keep(X, ["x:11"])
    x.delete(["11"])
    desk.run(3 * DAY)
    assert desk.words == {"x:11"}
    assert x.jobs == []
    assert desk.app.following.standing() == ()


def test_what_reddit_gave_is_purged_where_following_is_switched_off(desk: Desk) -> None:
    desk.open(ON_REDDIT + "[retention]\ndelete_follow_up = false\n")
    desk.keep(REDDIT, ["reddit:t3_a1"])
    desk.run(3 * DAY)
    assert desk.words == set()


def info(things: dict[str, dict[str, Any]]) -> Any:
    def answer(request: Request) -> Answer:
        asked = request.query["id"].split(",")
        assert len(asked) <= 100
        return Answer(body=listing([things[name] for name in asked if name in things]))

    return answer


def test_reddit_is_asked_by_name_at_a_day_and_at_two(desk: Desk) -> None:
    things = {f"t3_{one['data']['id']}": one for one in (post(number, NOW.timestamp()) for number in range(40, 300))}
    desk.server.add("POST", "/api/v1/access_token", body=TOKEN)
    desk.server.add("GET", "/api/info/", answer=info(things))
    desk.open(ON_REDDIT)
    names = sorted(things)
    desk.keep(REDDIT, [f"reddit:{name}" for name in names])
    del things[names[0]]
    things[names[1]]["data"]["selftext"] = "[removed]"
    things[names[2]]["data"]["author"] = "[deleted]"
    things[names[3]]["data"]["author"] = None
    things[names[4]]["data"]["removed_by_category"] = "moderator"
    assert desk.run(DAY + 2 * HOUR) == 5
    assert desk.words == {f"reddit:{name}" for name in names[5:]}
    things[names[5]]["data"]["selftext"] = "[deleted]"
    assert desk.run(DAY) == 1
    asked = [request for request in desk.server.requests if request.path == "/api/info/"]
    assert len(asked) == 6


def a_hacker_news(desk: Desk, numbers: range, extra: str = "") -> dict[str, Any]:
    """The site's own API; what it says of each number can be changed."""
    said: dict[str, Any] = {str(number): {"id": number, "type": "comment", "text": "Moon"} for number in numbers}
    for number in numbers:
        desk.server.add("GET", f"/v0/item/{number}.json", answer=lambda asked: Answer(body=said[Path(asked.path).stem]))
    desk.open(ON_HACKER_NEWS + extra)
    desk.keep(HN, [f"hn:{number}" for number in numbers])
    return said


def test_hacker_news_is_asked_for_each_and_what_is_dead_or_unknown_stays(desk: Desk) -> None:
    said = a_hacker_news(desk, range(41, 46))
    said["41"] = {"id": 41, "deleted": True, "type": "comment", "time": 1}
    said["42"] = {"id": 42, "dead": True, "type": "comment", "text": "[flagged]"}
    said["43"] = None
    assert desk.run(DAY - HOUR) == 0
    assert desk.server.requests == []
    assert desk.run(3 * HOUR) == 1
    assert desk.words == {"hn:42", "hn:43", "hn:44", "hn:45"}
    (line,) = desk.app.following.lines()
    assert line.startswith("Hacker News: 0 of 5 to be asked about now. In the last 7 days 5 were looked at and 1 were")
    said["43"] = {"id": 43, "deleted": True}
    assert desk.run(DAY) == 1
    assert desk.logged == 2
    assert len(desk.server.requests) == 5 + 4


def test_a_backlog_on_hacker_news_is_asked_about_a_few_at_a_time(desk: Desk) -> None:
    said = a_hacker_news(desk, range(100, 170), "requests = 30\n")
    said["169"] = {"id": 169, "deleted": True}
    desk.clock.advance(DAY + HOUR)
    (report,) = desk.round()
    assert (report.looked, len(desk.server.requests)) == (30, 30)
    assert desk.run(timedelta(minutes=9), timedelta(minutes=1)) == 0
    assert len(desk.server.requests) == 30
    assert desk.run(timedelta(minutes=11), timedelta(minutes=1)) == 1
    assert len(desk.server.requests) == 70


def test_asking_hacker_news_counts_against_its_budget(desk: Desk) -> None:
    a_hacker_news(desk, range(100, 170), "[source.budget]\nreads_per_day = 50\n")
    desk.clock.advance(DAY + HOUR)
    (report,) = desk.round()
    assert (report.looked, report.cost.reads, len(desk.server.requests)) == (50, 50, 50)
    assert report.state is not None
    assert report.state.state is State.OUT_OF_CREDIT
    assert desk.app.store.spent("hn", NOW).reads == 50
    desk.run(DAY / 2)
    assert len(desk.server.requests) == 70


def test_an_outage_of_hacker_news_loses_no_answer_that_came_before_it(desk: Desk) -> None:
    said = a_hacker_news(desk, range(41, 45))
    said["41"], said["43"] = {"id": 41, "deleted": True}, {"id": 99, "deleted": True}  # a cache that mixes things up
    desk.clock.advance(DAY + HOUR)
    (report,) = desk.round()
    assert (report.looked, report.gone) == (2, 1)
    assert report.state is not None
    assert report.state.error_kind == "BadResponse"
    assert desk.words == {"hn:42", "hn:43", "hn:44"}
    said["43"] = {"id": 43}
    desk.run(2 * HOUR)
    assert [Path(request.path).stem for request in desk.server.requests] == ["41", "42", "43", "43", "44"]


def test_nobody_is_asked_where_the_source_says_so(desk: Desk) -> None:
    a_hacker_news(desk, range(41, 43), "follow_deletions = false\n")
    desk.run(2 * DAY)
    assert desk.server.requests == []
    assert desk.app.following.asked == {}
    assert desk.words == {"hn:41", "hn:42"}


def test_what_came_by_reddits_feeds_is_purged_at_48_hours_and_stays_away(desk: Desk) -> None:
    desk.open(FEED_OF_REDDIT)
    desk.keep(REDDIT, ["reddit:t3_a"])
    desk.keep(REDDIT, ["reddit:t3_b"], NOW + DAY)
    desk.run(2 * DAY - HOUR)
    assert desk.words == {"reddit:t3_a", "reddit:t3_b"}
    desk.run(2 * HOUR)
    assert desk.words == {"reddit:t3_b"}
    desk.keep(REDDIT, ["reddit:t3_a"], NOW)  # the feed still shows it
    assert desk.words == {"reddit:t3_b"}
    (line,) = desk.app.store.erasures()
    assert line.cause is Cause.RETENTION
    assert desk.server.requests == []


def test_a_month_of_random_deletions_leaves_no_word_beyond_its_due_time(desk: Desk) -> None:
    """Each post is looked at daily for a week, then weekly; a job takes 20 minutes and begins within the hour."""
    count, days, step = (600, 28, 1) if FULL else (30, 10, 6)
    x = an_x(desk)
    rng = random.Random(7)
    gone_at: dict[str, datetime] = {}
    born: dict[str, datetime] = {}
    for hour in range(0, 24 * days, step):
        desk.clock.advance(step * HOUR)
        now = desk.clock.now()
        if len(born) < count and rng.random() < 0.6:
            number = str(1000 + len(born))
            born[number] = now
            desk.keep(X, [f"x:{number}"])
        for number in born:
            if number not in gone_at and rng.random() < 0.004 * step:
                gone_at[number] = now
                x.delete([number])
        if rng.random() < 0.05:
            x.refuses = [rng.choice((Answer(503), Answer(drop=True), Answer(429, body={"title": "Too Many Requests"})))]
        if rng.random() < 0.02:
            x.fails = 1
        if hour % 48 == 0:
            desk.again()
        desk.round()
        if hour % 24 == 0:
            late = {f"x:{one}" for one, at in gone_at.items() if now - at > _promised(born[one], at)}
            assert not late & desk.words
    assert len(gone_at) > count / 10
    desk.run(8 * DAY, timedelta(hours=6))
    assert not {f"x:{one}" for one in gone_at} & desk.words
    assert {f"x:{one}" for one in born.keys() - gone_at.keys()} <= desk.words
    assert desk.logged == len(gone_at)


def _promised(born: datetime, gone: datetime) -> timedelta:
    """How long a deletion may go unnoticed: until the next look at this age, and what a job with troubles takes."""
    return (DAY if gone - born < timedelta(days=6) else timedelta(days=7)) + timedelta(hours=24)
