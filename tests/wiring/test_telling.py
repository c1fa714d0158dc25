"""A desk with one real feed and a clock set by hand: what becomes of its digests when things come in an odd order."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.digest.content.preview import since_sent
from bot.errors import ConfigError, HeardError
from bot.model import DeliveryState, ScoredMention
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.feedserver import FeedServer, Reply, entry, rss

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TUESDAY, WEDNESDAY, THURSDAY = MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY
CONFIG = """
[heard]
timezone = "UTC"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
[[source]]
id = "blog"
connector = "rss"
every = "1h"
feeds = ["{feed}"]
[[channel]]
id = "folder"
kind = "file"
folder = "digests"
[[digest]]
id = "pr"
audience = "pr"
at = "08:00"
channels = ["folder"]
[http]
allow_networks = ["127.0.0.0/8"]
"""
MAIL = """
[[channel]]
id = "mail"
kind = "email"
host = "smtp.example.org"
username = "heard"
password_env = "HEARD_TEST_NO_SUCH_PASSWORD"
from = "heard@example.org"
to = ["pat@example.org"]
"""
BY_MAIL = """
[[digest]]
id = "by-mail"
audience = "executive"
at = "08:00"
channels = ["mail"]
"""


class World:
    """The application, its clock, and a feed that shows what was said by then."""

    def __init__(self, folder: Path, config: str = CONFIG) -> None:
        self.clock = ManualClock(MONDAY + 18 * HOUR)
        self.said: list[tuple[datetime, str]] = []
        self.server = FeedServer()
        self.folder = folder
        (folder / "heard.toml").write_text(
            config.replace("{feed}", self.server.add("/feed.xml", self._feed)), encoding="utf-8"
        )
        empty_database(folder)
        self.app = self.start()

    def start(self) -> App:
        """Another process with the same configuration and database."""
        return App(load_settings(self.folder / "heard.toml"), self.clock)

    def poll(self) -> None:
        list(self.app.listening.collect(self.app.listening.due()))

    def at(self, moment: datetime) -> World:
        self.clock.set(moment)
        return self

    def lived(self, until: datetime) -> World:
        """Unattended work, hour by hour."""
        while self.clock.now() < until:
            self.clock.set(min(self.clock.now() + HOUR, until))
            self.poll()
            self.app.listening.score()
            self.app.telling.publish_due()
        return self

    def _feed(self, _request: object) -> Reply:
        entries = [
            entry(f"On {number}", guid=str(number), link=f"https://paper.example/{number}", text=text,
                  date=format_datetime(moment))
            for number, (moment, text) in enumerate(self.said)
            if moment <= self.clock.now()
        ]  # fmt: skip
        body = rss(*entries, channel="<title>A paper</title><language>en</language>")
        return Reply(headers={"content-type": "application/rss+xml"}, body=body)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    with made.server:
        yield made
        made.app.close()


def subjects(world: World) -> list[str]:
    return [digest.subject_line for digest, _ in world.app.store.digests(99)]


def test_what_was_collected_a_moment_before_the_digest_is_scored_and_told(world: World) -> None:
    world.said.append((TUESDAY + 15 * HOUR, "Velvet Crumb is a terrible disgrace."))
    world.lived(TUESDAY + 9 * HOUR)
    world.at(WEDNESDAY + 8 * HOUR).poll()
    [digest] = world.app.telling.publish_due()
    assert (digest.body["mentions"], digest.body["not_scored"]) == (1, 0)
    assert "quiet" not in digest.subject_line


def test_a_preview_of_a_day_with_unscored_mentions_calls_it_neither_quiet_nor_empty(world: World) -> None:
    world.said += [(TUESDAY + hour * HOUR, f"Velvet Crumb is lovely, says letter {hour}.") for hour in (14, 15)]
    world.lived(TUESDAY + 9 * HOUR)
    world.at(WEDNESDAY + 8 * HOUR).poll()
    body = world.app.telling.compose(*world.app.telling.window("pr", None))
    assert (body["mentions"], body["not_scored"], body["coverage"]["quiet"]) == (0, 2, False)
    assert body["subject_line"] == "Velvet Crumb: 2 mentions are not scored yet"
    assert body["verdict"] == "2 mentions are not scored yet: a later digest tells them."


def test_a_preview_of_a_day_that_was_told_shows_it_again_with_what_came_since(world: World) -> None:
    world.said += [
        (TUESDAY + 10 * HOUR, "Velvet Crumb is lovely, says one letter."),
        (WEDNESDAY + 10 * HOUR, "Velvet Crumb is a terrible disgrace, says another."),
    ]
    world.lived(THURSDAY + 9 * HOUR)
    report, window = world.app.telling.window("pr", date(2026, 3, 10))
    sent = world.app.store.digest_for("pr", window)
    assert sent is not None
    preview = world.app.telling.compose(report, window)
    told = ("subject_line", "verdict", "stories", "mentions", "late", "missed", "messages")
    assert [preview[key] for key in told] == [sent.body[key] for key in told]
    assert since_sent(sent.body, preview) == ()
    world.said.append((TUESDAY + 11 * HOUR, "Velvet Crumb truffles are wonderful, says a letter that came late."))
    world.lived(THURSDAY + 11 * HOUR)
    preview = world.app.telling.compose(report, window)
    assert (preview["mentions"], preview["late"]) == (2, 0)
    assert "2 mentions now, 1 then" in since_sent(sent.body, preview)


def test_a_preview_leaves_nothing_behind_and_the_next_digest_is_as_it_would_have_been(world: World) -> None:
    world.said.append((TUESDAY + 10 * HOUR, "Velvet Crumb is lovely, says one letter."))
    world.lived(WEDNESDAY + 9 * HOUR)
    before = world.app.store.digests(99)
    world.app.telling.compose(*world.app.telling.window("pr", date(2026, 3, 10)))
    assert world.app.store.digests(99) == before
    world.lived(THURSDAY + 9 * HOUR)
    last = world.app.store.last_digest("pr")
    assert last is not None
    assert (last.window.start, last.body["mentions"], last.body["late"]) == (WEDNESDAY, 0, 0)


def test_what_is_not_scored_yet_is_said_beside_what_was_told(world: World) -> None:
    world.said.append((TUESDAY + 10 * HOUR, "Velvet Crumb is lovely, says one letter."))
    world.lived(TUESDAY + 12 * HOUR)
    world.said.append((TUESDAY + 15 * HOUR, "Velvet Crumb is lovely, says quite another letter."))
    world.at(WEDNESDAY + 8 * HOUR).poll()
    body = world.app.telling.compose(*world.app.telling.window("pr", None))
    assert (body["mentions"], body["not_scored"]) == (1, 1)
    assert body["verdict"].endswith("1 mention is not scored yet.")


def test_a_digest_waits_for_the_sources_that_were_due_with_it_as_after_a_night_asleep(world: World) -> None:
    world.said.append((TUESDAY + 15 * HOUR, "Velvet Crumb truffles are wonderful."))
    world.lived(TUESDAY + 9 * HOUR)
    world.at(WEDNESDAY + 9 * HOUR)
    assert world.app.telling.publish_due() == ()
    world.poll()
    [digest] = world.app.telling.publish_due()
    assert digest.body["mentions"] == 1
    assert digest.body["coverage"]["share"] == 1


def test_a_restarted_bot_waits_as_well(world: World) -> None:
    world.lived(TUESDAY + 9 * HOUR)
    world.app.close()
    world.app = world.start()
    assert world.at(WEDNESDAY + 9 * HOUR).app.telling.publish_due() == ()


def test_a_digest_waits_for_a_quarter_of_an_hour_and_not_longer(world: World) -> None:
    world.lived(TUESDAY + 9 * HOUR)
    wakes = WEDNESDAY + 9 * HOUR
    for minute in range(15):
        assert world.at(wakes + timedelta(minutes=minute)).app.telling.publish_due() == ()
    [digest] = world.at(wakes + timedelta(minutes=15)).app.telling.publish_due()
    assert "could not look" in digest.subject_line


def test_a_clock_that_has_gone_back_to_before_the_installation_owes_no_digest_of_then(world: World) -> None:
    world.lived(WEDNESDAY + 9 * HOUR)
    told = subjects(world)
    assert told
    world.at(datetime(2025, 6, 1, 9, tzinfo=UTC)).poll()
    assert world.app.telling.publish_due() == ()
    world.at(WEDNESDAY + 10 * HOUR).lived(THURSDAY + 9 * HOUR)
    assert len(subjects(world)) == len(told) + 1


def test_time_asleep_is_no_waiting(world: World) -> None:
    world.lived(TUESDAY + 9 * HOUR)
    assert world.at(WEDNESDAY + 8 * HOUR).app.telling.publish_due() == ()
    assert world.at(WEDNESDAY + 10 * HOUR).app.telling.publish_due() == ()


def test_a_source_that_fell_due_after_the_digest_is_not_waited_for(world: World) -> None:
    world.lived(WEDNESDAY + 6 * HOUR)
    world.at(WEDNESDAY + 7 * HOUR + HOUR / 2).poll()  # next due at half past eight or, by its spread, a little later
    assert len(world.at(WEDNESDAY + 11 * HOUR).app.telling.publish_due()) == 1


def test_a_source_that_was_never_tried_is_waited_for_whenever_it_was_added(world: World) -> None:
    world.lived(TUESDAY + 9 * HOUR)
    config = world.folder / "heard.toml"
    more = world.server.add("/more.xml", Reply(body=rss()))
    config.write_text(config.read_text().replace("feeds = [", f'feeds = ["{more}", '), encoding="utf-8")
    world.app.close()
    world.app = world.at(WEDNESDAY + 7 * HOUR + HOUR / 2).start()
    world.server.add("/more.xml", Reply(body=rss()))
    list(world.app.listening.collect([one for one in world.app.connectors if one.feed.endswith("/feed.xml")]))
    world.at(WEDNESDAY + 8 * HOUR)
    assert world.app.telling.publish_due() == ()
    world.poll()
    assert len(world.app.telling.publish_due()) == 1


def test_a_source_that_failed_was_tried(world: World) -> None:
    world.lived(TUESDAY + 9 * HOUR)
    world.server.add("/feed.xml", Reply(status=500))
    world.at(WEDNESDAY + 9 * HOUR).poll()
    assert len(world.app.telling.publish_due()) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 11), date(2027, 1, 1)])
def test_a_day_that_is_not_over_is_not_sent_and_eats_nothing(world: World, day: date) -> None:
    world.said += [(WEDNESDAY + hour * HOUR, f"Velvet Crumb is lovely, says letter {hour}.") for hour in (9, 15)]
    world.lived(WEDNESDAY + 12 * HOUR)
    with pytest.raises(HeardError, match=r"this day is not over.*heard digest preview pr --date"):
        world.app.telling.publish(*world.app.telling.window("pr", day))
    world.lived(THURSDAY + 8 * HOUR)
    last = world.app.store.last_digest("pr")
    assert last is not None
    assert (last.window.end, last.body["mentions"]) == (THURSDAY, 2)


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[World]:
    """One channel lacks its password; the digest that goes there stands first."""
    made = World(tmp_path, CONFIG.replace("[[digest]]", BY_MAIL + MAIL + "[[digest]]"))
    with made.server:
        list(made.app.listening.collect(made.app.listening.due()))
        yield made
        made.app.close()


def test_a_digest_that_cannot_be_written_holds_up_no_other(broken: World, caplog: pytest.LogCaptureFixture) -> None:
    broken.at(TUESDAY + 8 * HOUR).poll()
    broken.app.telling.publish(*broken.app.telling.window("pr", date(2026, 3, 1)))
    broken.app.store.last_digest("pr")
    broken.at(WEDNESDAY + 8 * HOUR).poll()
    with pytest.raises(HeardError, match="not written: by-mail"):
        broken.app.telling.publish_due()
    assert "password_env: the environment variable HEARD_TEST_NO_SUCH_PASSWORD is not set" in caplog.text
    assert [digest.report for digest, _ in broken.app.store.digests(9) if digest.window.end == WEDNESDAY] == ["pr"]


def test_a_channel_that_cannot_be_built_holds_up_no_other_and_is_tried_again(
    broken: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as given:
        given.setenv("HEARD_TEST_NO_SUCH_PASSWORD", "s3cr3t")
        for report in ("by-mail", "pr"):
            broken.app.telling.publish(*broken.app.telling.window(report, date(2026, 3, 1)))
    broken.app.close()
    broken.app = broken.start()
    settled = {one.channel: one for one in broken.app.telling.deliver()}
    assert settled["folder"].state is DeliveryState.SENT
    assert settled["mail"].state is DeliveryState.PENDING
    assert "HEARD_TEST_NO_SUCH_PASSWORD is not set" in str(settled["mail"].error)
    assert settled["mail"].next_attempt_at is not None


def test_preparing_builds_every_channel_and_names_the_one_that_cannot_be_built(broken: World) -> None:
    with pytest.raises(ConfigError, match=r"\[\[channel\]\] 'mail': password_env"):
        broken.app.prepare()


def test_stopping_leaves_what_is_due_for_the_next_start(world: World) -> None:
    world.said.append((TUESDAY + 15 * HOUR, "Velvet Crumb is lovely."))
    world.lived(TUESDAY + 9 * HOUR)
    world.at(WEDNESDAY + 8 * HOUR).poll()
    before = len(subjects(world))
    assert world.app.telling.publish_due(stop=lambda: True) == ()
    assert len(subjects(world)) == before
    assert not any(isinstance(one, ScoredMention) for one in world.app.store.mentions())
    assert len(world.app.telling.publish_due()) == 1
    assert world.app.telling.deliver(stop=lambda: True) == ()
    assert {one.state for one in world.app.telling.deliver()} == {DeliveryState.SENT}


def test_the_log_says_what_a_digest_waits_for(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.lived(TUESDAY + 9 * HOUR)
    with caplog.at_level(logging.INFO, logger="heard.tell"):
        world.at(WEDNESDAY + 9 * HOUR).app.telling.publish_due()
    assert "digest=pr waits for targets=1" in caplog.text
