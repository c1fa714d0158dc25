"""What stands out is kept, explained and told: each event once, whoever looks and however often."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.digest.sending.machine import machine_json
from bot.errors import Outdated
from bot.model import Author, DeliveryState, NoticeKind, ToneLabel, Window
from bot.model.alert import AlertKind, Severity
from tests.support.desk import run
from tests.watch.watchroom import DAY, HOUR, SPIKE, TODAY, Watchroom


def test_a_spike_is_called_before_the_day_ends_and_told_once(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    room.say(TODAY, 25, "Velvet Crumb was on the telly tonight")
    notices = room.look()
    assert [notice.kind for notice in notices] == [NoticeKind.ALERT]
    assert "25 stories on Thu 12 Mar so far" in notices[0].subject_line
    assert room.look() == () == room.look(room.again())
    ((_, deliveries),) = room.told()
    assert [one.channel for one in deliveries] == ["team"]
    (letter,) = room.letters()
    assert "telly" in letter
    assert "What to do:" in letter


def test_an_ordinary_day_raises_nothing(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    room.say(TODAY, 6)
    assert room.look() == ()
    assert room.app.alarms.latest() == ()


def test_less_than_four_weeks_is_learning_and_raises_nothing(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(20)
    room.say(TODAY, 80)
    assert room.look() == ()
    (tested,) = room.app.alarms.tests()
    assert tested.found.learning


def test_days_that_nobody_looked_at_are_no_silence_and_teach_nothing(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, '[[alert]]\nid = "quiet"\nkind = "silence"\nchannels = ["team"]\n')
    room.live(63, until=TODAY - 3 * DAY)
    assert room.look() == ()
    series = room.app.alarms.series(room.app.alarms.watched()[0], 10)
    assert [day.whole for day in series][-4:] == [False] * 4


def test_a_day_of_which_nothing_was_looked_at_is_missing_but_what_came_in_all_the_same_counts(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63, until=TODAY - 20 * DAY)
    room.say(TODAY - 5 * DAY, 2)
    (watched,) = room.app.alarms.watched()
    series = {day.day: day for day in room.app.alarms.series(watched, 30)}
    assert series[TODAY - 21 * DAY].whole
    assert [series[TODAY - back * DAY].count for back in (20, 6, 1)] == [None] * 3
    late = series[TODAY - 5 * DAY]
    assert (late.count, late.whole) == (2, False)
    (tested,) = room.app.alarms.tests(days=30)
    assert tested.found.missing == 20, "today and the 20 days before it, but the one of which something is known"
    tell = ["--config", str(room.path), "alerts", "test", "--days"]  # by the machine's clock, long after
    assert "fewer than 28 covered days to judge by (30 days were not looked at)" in run([*tell, "30"]).out
    assert re.search(
        "[0-9]+ days judged, [0-9]+ days were not looked at; would not have fired", run([*tell, "730"]).out
    )


def test_silence_is_called_when_the_days_were_covered(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, '[[alert]]\nid = "quiet"\nkind = "silence"\nchannels = ["team"]\n')
    room.live(63, (12, 15, 14, 13, 15, 9, 9), until=TODAY - 2 * DAY)
    room.cover(TODAY - 2 * DAY, TODAY)
    (notice,) = room.look()
    assert "nothing said" in notice.subject_line
    (alert,) = room.app.alarms.latest()
    assert (alert.day, alert.last_day, alert.size) == (TODAY - 2 * DAY, TODAY - DAY, 2)


def test_an_event_that_grows_is_told_again_in_other_words_after_its_cooldown(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, SPIKE + 'cooldown = "2h"\n')
    room.live(63)
    room.say(TODAY, 20)
    (first,) = room.look()
    room.say(TODAY, 40)
    room.clock.advance(HOUR)
    assert room.look() == ()  # it cools down, and is kept up to date
    assert [one.count for one in room.app.alarms.latest()] == [60]
    room.clock.advance(HOUR)
    (second,) = room.look()
    assert second.id != first.id
    assert "still growing" in second.subject_line
    assert "20" in second.subject_line
    room.clock.advance(3 * HOUR)
    room.say(TODAY, 2)
    assert room.look() == ()  # two more are no news


def test_an_event_that_goes_on_the_next_day_is_the_same_event(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    room.say(TODAY, 25)
    assert len(room.look()) == 1
    room.cover(TODAY, TODAY + DAY)
    room.clock.advance(DAY)
    room.say(TODAY + DAY, 26)
    assert room.look() == ()
    (alert,) = room.app.alarms.latest()
    assert (alert.day, alert.last_day) == (TODAY, TODAY + DAY)


def test_quiet_hours_hold_the_letter_and_not_the_alarm(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, SPIKE + 'quiet_hours = "22:00-07:00"\n', zone="Europe/Berlin")
    room.live(63)
    room.say(TODAY, 25)
    room.clock.set(room.at(TODAY, 23))
    assert len(room.look()) == 1
    ((_, (delivery,)),) = room.told()
    assert delivery.next_attempt_at == datetime(2026, 3, 13, 6, tzinfo=UTC)
    assert room.letters() == []
    room.clock.set(room.at(TODAY + DAY, 7))
    assert len(room.letters()) == 1


def test_a_clock_that_is_put_back_neither_repeats_nor_loses(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    room.say(TODAY, 25)
    assert len(room.look()) == 1
    room.clock.set(room.at(TODAY - 2 * DAY))
    assert room.look() == ()
    room.clock.set(room.at(TODAY, 15))
    assert room.look() == ()
    assert len(room.app.alarms.latest()) == 1


def test_two_processes_that_tell_at_once_end_with_one_notice(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    room.say(TODAY, 25)
    (notice,) = room.look()
    (alert,) = room.app.alarms.latest()
    other = room.again().store
    with pytest.raises(Outdated):  # it had read the alert before the first one told of it
        other.tell_alerts(notice, [alert], [], None)
    assert len(room.told()) == 1


def test_negatives_that_grow_with_everything_else_are_no_surge(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, '[[alert]]\nid = "bad"\nkind = "negative-surge"\nchannels = ["team"]\n')
    for back in range(63, 0, -1):
        room.say(TODAY - back * DAY, 2, tone=ToneLabel.NEGATIVE)
    room.live(63, (4,))
    room.say(TODAY, 12, tone=ToneLabel.NEGATIVE)
    room.say(TODAY, 40)
    assert room.look() == ()
    room.say(TODAY, 20, tone=ToneLabel.NEGATIVE)
    (notice,) = room.look()
    assert "32 negative stories" in notice.subject_line
    (alert,) = room.app.alarms.latest()
    assert alert.body["share"]["of"] == 72


def test_a_story_against_a_message_is_one_alert_however_many_copies_it_has(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, '[[alert]]\nid = "against"\nkind = "contrary-message"\nchannels = ["team"]\n')
    room.live(5)
    room.say(TODAY, 3, "Their truffles are made by a machine", contrary=0.9, story="one")
    room.say(TODAY, 1, "Perhaps by a machine", contrary=0.5, story="unsure")
    (notice,) = room.look()
    assert "contradicts “Every truffle is rolled by hand”" in notice.subject_line
    assert [one.event for one in room.app.alarms.latest()] == ["one"]
    room.say(TODAY, 9, "Their truffles are made by a machine", contrary=0.9, story="one")
    assert room.look() == ()
    room.clock.advance(2 * HOUR)
    (again,) = room.look()
    assert "spreading" in again.subject_line


def test_programs_are_told_of_a_post_on_x_without_its_words_and_its_author(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, '[[alert]]\nid = "against"\nkind = "contrary-message"\nchannels = ["team"]\n')
    room.live(5)
    text = "Believe me, by a machine they roll every truffle, and not by hand"
    room.say(TODAY, 2, text, contrary=0.9, story="one", outlet="x.com", author=Author("moonlighter", None))
    (notice,) = room.look()
    assert text in json.dumps(notice.body)
    told = machine_json(notice.body)
    assert text not in told
    assert '"quote":null' in told
    assert '"author":null' in told
    assert "https://x.com/" in told


def test_several_stories_against_messages_in_the_cooldown_are_told_together(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, '[[alert]]\nid = "against"\nkind = "contrary-message"\nchannels = ["team"]\n')
    room.live(5)
    room.say(TODAY, 1, contrary=0.9)
    assert len(room.look()) == 1
    room.say(TODAY, 3, contrary=0.9)
    assert room.look() == ()
    room.clock.advance(HOUR)
    (together,) = room.look()
    assert together.subject_line.endswith("and 2 more")


def test_the_first_route_that_fits_decides_who_hears(tmp_path: Path) -> None:
    routes = '[[route]]\nmin_severity = "high"\nkind = "spike"\nchannels = ["boss"]\n[[route]]\nchannels = []\nkind = "silence"\n'
    room = Watchroom(tmp_path, SPIKE + routes)
    room.live(63)
    room.say(TODAY, 60)
    room.look()
    ((_, deliveries),) = room.told()
    assert [one.channel for one in deliveries] == ["boss"]
    heard = {(one.severity, one.channels) for one in room.app.alarms.hears()}
    assert heard == {(Severity.LOW, ("team",)), (Severity.MEDIUM, ("team",)), (Severity.HIGH, ("boss",))}


def test_what_hostile_stories_carry_reaches_no_letter(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    evil = "Velvet Crumb\u202e\u200b <script>alert(1)</script>\r\nBcc: all@example.org " + "a" * 5000
    room.say(TODAY, 30, evil, title="<b>\u202eVelvet\x00 Crumb</b>", author=Author("\u2066Eve\x1b[31m", None))
    (notice,) = room.look()
    (letter,) = room.letters()
    page = next((tmp_path / "team").rglob("*.html")).read_text("utf-8")
    for text in (notice.subject_line, letter, page):
        assert not set(text) & set("\u202e\u200b\u2066\x00\x1b\r")
    assert "<script" not in page
    assert "<b>" not in page


def test_what_was_raised_in_a_window_is_there_for_the_digest(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    room.say(TODAY, 25)
    room.look()
    now = room.clock.now()
    (alert,) = room.app.alarms.raised(Window(now - HOUR, now + HOUR, "UTC"))
    assert alert.kind is AlertKind.SPIKE
    assert room.app.alarms.raised(Window(now - 2 * HOUR, now, "UTC")) == ()


def test_own_texts_and_what_is_passed_on_of_them_are_no_spike(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    room.say(TODAY, 40, own=True)
    room.say(TODAY, 1, own=True, story="release")
    room.say(TODAY, 30, story="release")
    assert room.look() == ()


def test_a_spike_of_a_day_that_was_covered_in_part_is_still_called(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63, until=TODAY - DAY)
    room.say(TODAY - DAY, 30)
    (notice,) = room.look()
    assert "Wed 11 Mar" in notice.subject_line


def test_a_budget_chooses_its_threshold_from_history_and_says_so(tmp_path: Path) -> None:
    room = Watchroom(tmp_path, '[[alert]]\nid = "spike"\nkind = "spike"\nat_most = "1/quarter"\nchannels = ["team"]\n')
    room.live(100)
    room.say(TODAY - 10 * DAY, 22)
    room.say(TODAY - 30 * DAY, 25)
    (tested,) = room.app.alarms.tests()
    assert tested.found.p < 0.02
    assert len(tested.found.fired) <= 1
    room.say(TODAY, 300)
    room.look()
    (alert,) = [one for one in room.app.alarms.latest() if one.day == TODAY]
    assert any("At most 1/quarter" in note for note in alert.body["notes"])


def test_a_channel_that_is_slow_to_answer_leaves_the_delivery_waiting(tmp_path: Path) -> None:
    room = Watchroom(tmp_path)
    room.live(63)
    room.say(TODAY, 25)
    room.look()
    room.app.telling.deliver()
    ((_, (delivery,)),) = room.told()
    assert delivery.state is DeliveryState.SENT
    assert timedelta(0) == (delivery.sent_at or room.clock.now()) - room.clock.now()
