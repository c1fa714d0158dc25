"""Publishing into the real outbox."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.digest.sending.publish import Draft, digest_id, publish
from bot.errors import HeardError, Outdated
from bot.model import Audience, DeliveryState, Digest, Report, Window
from bot.store.sqlite import SqliteStore, open_store
from tests.support.database import empty_database

WINDOW = Window(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC), "Europe/Berlin")
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1), "Europe/Berlin")
NOW = WINDOW.end + timedelta(hours=8)
REPORT = Report("pr", Audience.PR, channels=("mail", "folder"))
QUIET = {"subject_line": "Quiet", "coverage": {"quiet": True}, "redemptions": [{"in_window": 0}]}
RECIPIENTS = [("mail", "pat@example.org"), ("mail", "sam@example.org"), ("folder", "digests")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(empty_database(tmp_path))
    yield opened
    opened.close()


def draft(**body: Any) -> Draft:
    return Draft({"subject_line": "Loved on 3 blogs", "coverage": {"quiet": False}, "redemptions": []} | body)


def put(store: SqliteStore, report: Report = REPORT, window: Window = WINDOW, made: Draft | None = None) -> Digest:
    return publish(
        store,
        report,
        window,
        compose=lambda: made or draft(),
        recipients=RECIPIENTS,
        now=window.end + timedelta(hours=8),
    )


def test_a_digest_is_published_with_one_pending_delivery_a_recipient_and_one_key(store: SqliteStore) -> None:
    digest = put(store)
    ((kept, deliveries),) = store.digests(10)
    assert kept == digest
    assert digest.subject_line == "Loved on 3 blogs"
    assert {(one.channel, one.recipient) for one in deliveries} == set(RECIPIENTS)
    assert {one.key for one in deliveries} == {digest.id}
    assert {(one.state, one.next_attempt_at) for one in deliveries} == {(DeliveryState.PENDING, NOW)}
    assert len({one.id for one in deliveries}) == 3


def test_publishing_again_composes_nothing_and_gives_the_first(store: SqliteStore) -> None:
    first = put(store)
    again = publish(
        store,
        REPORT,
        WINDOW,
        compose=lambda: pytest.fail("composed twice"),
        recipients=[("mail", "new@example.org")],
        now=NOW,
    )
    assert again == first
    assert len(store.digests(10)[0][1]) == 3


def test_each_report_and_window_has_a_digest_and_an_id_of_its_own(store: SqliteStore) -> None:
    community = Report("community", Audience.COMMUNITY)
    ids = {put(store, report, window).id for report in (REPORT, community) for window in (WINDOW, NEXT)}
    assert len(ids) == len(store.digests(10)) == 4


def test_the_id_depends_on_nothing_but_report_and_window_and_shows_the_last_day() -> None:
    assert digest_id("pr", WINDOW) == digest_id("pr", WINDOW)
    assert digest_id("pr", WINDOW).startswith("20260329-")
    assert digest_id("pr", WINDOW).replace("-", "").isalnum()
    berlin = Window(WINDOW.start.astimezone(), WINDOW.end.astimezone(), "Europe/Berlin")
    assert digest_id("pr", berlin) == digest_id("pr", WINDOW)


def test_a_recipient_who_is_named_twice_gets_one_delivery(store: SqliteStore) -> None:
    publish(store, REPORT, WINDOW, compose=draft, recipients=RECIPIENTS * 2, now=NOW)
    assert len(store.digests(1)[0][1]) == 3


@pytest.mark.parametrize(
    ("when_empty", "body", "sent"),
    [
        ("skip", QUIET, False),
        ("send", QUIET, True),
        ("skip", QUIET | {"coverage": {"quiet": False}}, True),
        ("skip", QUIET | {"redemptions": [{"in_window": 1}]}, True),
        ("skip", QUIET | {"redemptions_late": [{"text": "1 of Sat 11 July told late"}]}, True),
    ],
)
def test_an_empty_digest_is_held_back_only_when_asked_and_when_we_looked(store, when_empty, body, sent) -> None:
    put(store, Report("pr", Audience.PR, when_empty=when_empty), made=Draft(body))
    ((_digest, deliveries),) = store.digests(10)
    assert bool(deliveries) is sent


def test_two_processes_at_once_end_with_one_digest(tmp_path: Path) -> None:
    open_store(tmp_path / "heard.db").close()
    start, published = threading.Barrier(4), []

    def process(number: int) -> None:
        own = open_store(tmp_path / "heard.db")

        def compose() -> Draft:
            start.wait(5)  # all have looked, nobody has written
            return draft(subject_line=f"by {number}")

        published.append(publish(own, REPORT, WINDOW, compose=compose, recipients=RECIPIENTS, now=NOW))
        own.close()

    threads = [threading.Thread(target=process, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = open_store(tmp_path / "heard.db")
    ((kept, deliveries),) = store.digests(10)
    store.close()
    assert len(deliveries) == 3
    assert published == [kept] * 4


def test_a_digest_whose_mentions_went_away_is_composed_again(store: SqliteStore) -> None:
    drafts = [Draft(draft().body, ("gone",)), draft(subject_line="second try")]
    digest = publish(store, REPORT, WINDOW, compose=lambda: drafts.pop(0), recipients=RECIPIENTS, now=NOW)
    assert digest.subject_line == "second try"
    assert len(store.digests(10)) == 1


def test_composing_again_does_not_go_on_for_ever(store: SqliteStore) -> None:
    composed = []

    def compose() -> Draft:
        composed.append(1)
        return Draft(draft().body, ("gone",))

    with pytest.raises(Outdated):
        publish(store, REPORT, WINDOW, compose=compose, recipients=RECIPIENTS, now=NOW)
    assert len(composed) == 3
    assert not store.digests(10)


def test_a_window_that_is_not_over_is_refused_and_nothing_is_frozen(store: SqliteStore) -> None:
    soon = WINDOW.end - timedelta(microseconds=1)
    with pytest.raises(HeardError, match=r"this day is not over.*heard digest preview pr --date 2026-03-29"):
        publish(store, REPORT, WINDOW, compose=draft, recipients=RECIPIENTS, now=soon)
    assert not store.digests(10)
    assert publish(store, REPORT, WINDOW, compose=draft, recipients=RECIPIENTS, now=WINDOW.end).window == WINDOW
