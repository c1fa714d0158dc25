"""An alert of leaks takes the notices of leaks over: whoever is told is told once."""

from __future__ import annotations

from pathlib import Path

from bot.model import NoticeKind
from bot.model.alert import Severity
from tests.watch.watchroom import HOUR, TODAY, Watchroom

OFFER = """
[[offer]]
id = "card"
name = "Parcel card"
kind = "unique-codes"
placements = ["parcel"]
[notices]
channels = ["boss"]
"""
ALERT = '[[alert]]\nid = "leak"\nkind = "code-leak"\nchannels = ["team"]\n'


def leaked(folder: Path, tables: str) -> Watchroom:
    room = Watchroom(folder, tables)
    room.clock.set(room.at(TODAY, 8))
    room.app.counting.issue("card", 1, "parcel")
    room.clock.set(room.at(TODAY))
    post(room, "deals.example")
    return room


def post(room: Watchroom, outlet: str) -> None:
    """Somebody gives the code away."""
    ((code, *_),) = room.app.store.codes("card")
    room.say(TODAY, 1, f"Velvet Crumb: use the code {code} and pay nothing", outlet=outlet)
    room.app.tracing.look()


def test_without_an_alert_the_notice_of_a_leak_goes_where_notices_go(tmp_path: Path) -> None:
    room = leaked(tmp_path, OFFER)
    assert [one.kind for one in room.app.tracing.announce()] == [NoticeKind.LEAK]
    assert room.look() == ()


def test_with_an_alert_it_is_told_by_the_alert_alone_and_once(tmp_path: Path) -> None:
    room = leaked(tmp_path, OFFER + ALERT)
    assert room.app.tracing.announce() == ()
    (notice,) = room.look()
    assert notice.kind is NoticeKind.ALERT
    assert "Parcel card" in notice.subject_line
    assert "deals.example" in notice.subject_line
    ((_, deliveries),) = room.told()
    assert [one.channel for one in deliveries] == ["team"]
    assert room.look() == () == room.look(room.again())
    (alert,) = room.app.alarms.latest()
    assert (alert.severity, alert.subject) == (Severity.MEDIUM, "card")


def test_what_was_told_before_the_alert_was_configured_is_not_told_again(tmp_path: Path) -> None:
    room = leaked(tmp_path, OFFER)
    assert len(room.app.tracing.announce()) == 1
    room.path.write_text(room.path.read_text("utf-8") + ALERT, "utf-8")
    assert room.look(room.again()) == ()


def test_another_place_is_told_after_the_cooldown(tmp_path: Path) -> None:
    room = leaked(tmp_path, OFFER + ALERT)
    assert len(room.look()) == 1
    post(room, "more-deals.example")
    assert room.look() == ()
    room.clock.advance(HOUR)
    (notice,) = room.look()
    assert "more-deals.example" in notice.subject_line
    assert len(room.app.store.leaks_told()) == 2
