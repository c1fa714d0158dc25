"""Alerts through crashes, other processes, clocks that jump, what comes late, and configurations that change."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from datetime import UTC, date, datetime, time
from pathlib import Path
from threading import Barrier, Thread

import pytest

from bot.clock import ManualClock
from bot.errors import HeardError
from bot.model import LabelKind, ScoredMention, ToneLabel
from bot.model.alert import Alert
from bot.model.notice import Notice
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.watch.test_leak_alert import ALERT, OFFER, leaked
from tests.watch.watchroom import DAY, HOUR, SPIKE, TODAY, Watchroom

MOMENTS = range(1, 60)
"""Statements before which a look is killed, one process each."""
QUIET = '[[alert]]\nid = "quiet"\nkind = "silence"\nchannels = ["team"]\n'


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with nine weeks behind it, made once."""
    folder = tmp_path_factory.mktemp("lived")
    Watchroom(folder).live(63)
    return folder / "heard.db"


def a_room(folder: Path, lived: Path, tables: str = SPIKE, **more: str) -> Watchroom:
    shutil.copy(lived, folder / "heard.db")
    room = Watchroom(folder, tables, **more)
    room._numbers = iter(range(10_000, 20_000))  # type: ignore[assignment]  # past what was said before
    return room


def changed(room: Watchroom, tables: str) -> App:
    """The same installation under another configuration."""
    text = room.path.read_text("utf-8")
    room.path.write_text(text[: text.index('folder = "boss"\n')] + 'folder = "boss"\n' + tables, "utf-8")
    return room.again()


def alerts(room: Watchroom) -> tuple[Alert, ...]:
    return room.app.alarms.latest()


def test_an_alarm_months_after_the_last_one_is_told(tmp_path: Path, lived: Path) -> None:
    room = a_room(tmp_path, lived)
    room.say(TODAY, 25)
    assert len(room.look()) == 1
    later = TODAY + 90 * DAY
    room.live(89, until=later)
    room.clock.set(room.at(later))
    room.say(later, 30)
    assert len(room.look()) == 1
    assert len(room.told()) == 2


def test_what_comes_late_for_the_day_before_an_event_is_no_second_event(tmp_path: Path, lived: Path) -> None:
    room = a_room(tmp_path, lived, SPIKE + 'cooldown = "1h"\n')
    room.say(TODAY, 25)
    assert len(room.look()) == 1
    room.say(TODAY - DAY, 25)
    room.clock.advance(2 * HOUR)
    assert room.look() == ()
    assert [one.day for one in alerts(room)] == [TODAY]


def test_an_event_that_ended_and_returns_is_another_one(tmp_path: Path, lived: Path) -> None:
    room = a_room(tmp_path, lived)
    room.say(TODAY, 25)
    assert len(room.look()) == 1
    room.cover(TODAY, TODAY + 2 * DAY)
    room.say(TODAY + DAY, 4)
    room.clock.set(room.at(TODAY + 2 * DAY))
    room.say(TODAY + 2 * DAY, 26)
    (notice,) = room.look()
    assert "still growing" not in notice.subject_line
    assert len(alerts(room)) == 2


def test_the_first_look_at_an_archive_says_nothing_of_what_is_long_past(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, SPIKE + QUIET)
    room.live(120)
    for back in range(10, 60, 6):
        room.say(TODAY - back * DAY, 40)
    assert room.look() == ()
    assert alerts(room) == ()


def test_what_is_found_late_relabelled_or_taken_away_raises_nothing_for_the_long_past_and_nothing_twice(
    tmp_path: Path, lived: Path
) -> None:
    room = a_room(tmp_path, lived)
    said = room.say(TODAY, 25)
    assert len(room.look()) == 1
    room.clock.advance(2 * DAY)
    room.cover(TODAY, TODAY + 2 * DAY)
    room.say(TODAY - 20 * DAY, 60, tone=ToneLabel.NEGATIVE)  # a backfill
    mentions = [room.app.store.mention(one) for one in said[:20]]
    for word in ("no", "yes"):  # judged irrelevant, and then right after all
        for found in mentions:
            assert isinstance(found, ScoredMention)
            mention = found.mention
            room.app.judging.label(mention, LabelKind.RELEVANT, word, who="ada", source="cli", about=None)
        assert room.look() == ()
    assert len(alerts(room)) == 1


def test_a_clock_that_is_a_week_ahead_for_a_while_raises_nothing_and_silences_nothing(
    tmp_path: Path, lived: Path
) -> None:
    room = a_room(tmp_path, lived, SPIKE + QUIET)
    room.clock.set(room.at(TODAY + 7 * DAY))
    assert room.look() == ()
    room.clock.set(room.at(TODAY))
    room.say(TODAY, 25)
    assert len(room.look()) == 1
    room.clock.set(room.at(TODAY + 7 * DAY))
    assert room.look() == ()
    room.clock.set(room.at(TODAY, 13))
    assert room.look() == ()


def test_a_rule_that_fails_holds_up_no_other(tmp_path: Path, lived: Path) -> None:
    first = SPIKE.replace('"spike"\nkind', '"first"\nkind').replace('"team"', '"lost"')
    room = a_room(
        tmp_path, lived, '[[channel]]\nid = "lost"\nkind = "webhook"\nurl_env = "HEARD_NOWHERE"\n' + first + SPIKE
    )
    room.say(TODAY, 25)
    with pytest.raises(HeardError, match="first"):
        room.look()
    assert [notice.source for notice, _ in room.told()] == ["spike"]
    assert len(alerts(room)) == 2


def test_an_alert_that_was_taken_out_before_it_was_told_is_no_news_weeks_later(tmp_path: Path, lived: Path) -> None:
    room = a_room(tmp_path, lived, SPIKE + 'cooldown = "6d"\n')
    room.say(TODAY, 25)
    assert len(room.look()) == 1
    room.cover(TODAY, TODAY + 3 * DAY)
    room.clock.set(room.at(TODAY + 3 * DAY))
    room.say(TODAY + 3 * DAY, 30)
    assert room.look() == ()  # it cools down
    assert len(alerts(room)) == 2
    assert changed(room, "").alarms.look() == ()
    room.clock.advance(20 * DAY)
    assert changed(room, SPIKE).alarms.look() == ()


def test_what_waits_goes_out_though_its_rule_was_renamed_or_taken_out(tmp_path: Path, lived: Path) -> None:
    room = a_room(tmp_path, lived, SPIKE + 'quiet_hours = "11:00-13:00"\n')
    room.say(TODAY, 25)
    assert len(room.look()) == 1
    app = changed(room, "")
    app.telling.deliver()
    assert not list((tmp_path / "team").rglob("*.txt"))
    room.clock.advance(HOUR)
    app.telling.deliver()
    assert len(list((tmp_path / "team").rglob("*.txt"))) == 1


def test_a_leak_that_was_told_by_a_notice_keeps_no_other_leak_from_being_told(tmp_path: Path) -> None:
    room = leaked(tmp_path, OFFER + ALERT + 'cooldown = "6h"\n')
    assert len(room.look()) == 1
    room.clock.set(room.at(TODAY, 13))
    room.app.counting.issue("card", 1, "parcel")
    first, second = (code for code, *_ in room.app.store.codes("card"))
    give_away(room, f"{first} and {second}", "deals.example")
    assert room.look() == ()  # kept, and cooling down
    assert len(alerts(room)) == 2
    without = changed(room, OFFER)
    assert len(without.tracing.announce()) == 1  # the rule is gone for an hour: the notice tells of it
    room.clock.advance(7 * HOUR)
    again = changed(room, OFFER + ALERT)
    assert again.alarms.look() == ()
    give_away(room, first, "third.example")
    assert len(again.alarms.look()) == 1
    assert len(room.app.store.leaks_told()) == 3
    assert len(room.told()) == 3


def give_away(room: Watchroom, codes: str, outlet: str) -> None:
    room.say(TODAY, 1, f"Velvet Crumb: the codes {codes} work", outlet=outlet)
    room.app.tracing.look()


def look_and_die(config: str, day: date, statements: int) -> None:
    """A look of the alarm; the process ends itself before its ``statements``-th statement from the first write on."""
    settings = load_settings(Path(config))
    app = App(settings, ManualClock(datetime.combine(day, time(12), UTC)))
    seen: list[str] = []

    def count(statement: str) -> None:
        if seen or statement == "BEGIN IMMEDIATE":
            seen.append(statement)
        if len(seen) == statements:
            os.kill(os.getpid(), signal.SIGKILL)

    app.store._connections.database().conn.set_trace_callback(count)
    app.alarms.look()
    app.close()


@pytest.mark.skipif(not FULL, reason="a process a moment: in the full run, HEARD_FULL=1")
@pytest.mark.timeout(600)
def test_an_event_is_told_once_wherever_the_look_is_killed(tmp_path: Path, lived: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    killed = 0
    for statements in MOMENTS:
        folder = tmp_path / str(statements)
        folder.mkdir()
        room = a_room(folder, lived)
        room.say(TODAY, 25)
        process = context.Process(target=look_and_die, args=(str(room.path), TODAY, statements))
        process.start()
        process.join()
        assert process.exitcode in {0, -signal.SIGKILL}
        for _look in range(2):
            room.clock.advance(HOUR)
            room.look()
        ((_, deliveries),) = room.told()
        assert len(deliveries) == 1
        (alert,) = alerts(room)
        assert alert.told_size == 25
        assert room.app.store.integrity_check() == ()
        room.app.close()
        if process.exitcode == 0:
            break
        killed += 1
    assert killed > 8, "it was killed on the way"


def test_looks_at_the_same_time_end_with_one_alert_and_one_notice(tmp_path: Path, lived: Path) -> None:
    room = a_room(tmp_path, lived)
    room.say(TODAY, 25)
    start, notices = Barrier(4), list[Notice]()

    def look() -> None:
        app = room.again()
        start.wait()
        notices.extend(app.alarms.look())
        app.close()

    threads = [Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(notices) == 1
    assert len(room.told()) == 1
    assert len(alerts(room)) == 1


def test_a_look_that_is_asked_to_stop_ends_between_two_stories_and_loses_none(tmp_path: Path, lived: Path) -> None:
    room = a_room(tmp_path, lived, '[[alert]]\nid = "against"\nkind = "contrary-message"\nchannels = ["team"]\n')
    room.say(TODAY, 5, contrary=0.9)
    asked = iter([False, False, False])
    room.app.alarms.look(stop=lambda: next(asked, True))
    assert len(alerts(room)) < 5
    room.look()
    assert len(alerts(room)) == 5
