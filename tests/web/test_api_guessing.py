"""Who guesses codes is slowed down; who redeems is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ManualClock
from bot.model import Reason
from tests.support.crowd import all_at_once
from tests.support.webserver import CONFIG, PHRASE, Client, Till, served

NOW = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)
TIGHT = f"{CONFIG}wrong_codes_per_minute = 3\nwrong_codes_per_hour = 5\n"


@pytest.fixture
def till(tmp_path: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with served(tmp_path_factory.mktemp("guess"), text=TIGHT, clock=ManualClock(NOW)) as till:
        yield till


def pace(answer: object) -> tuple[int, ...]:
    names = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
    return tuple(int(answer.headers[name]) for name in names)  # type: ignore[attr-defined]


def wrong(client: Client) -> list[int]:
    return [client.redeem(f"guess {number}").status for number in range(4)]


def test_wrong_codes_run_out_for_the_minute_and_for_the_hour(till: Till) -> None:
    assert till.clock is not None
    client = till.client()
    first = client.redeem("guess")
    assert (first.status, pace(first)[:2]) == (404, (3, 2))
    assert [client.redeem(code).status for code in ("", "🍫", "again")] == [404, 404, 429]
    blocked = client.redeem(PHRASE)
    assert (blocked.status, pace(blocked), blocked.headers["retry-after"]) == (429, (3, 0, 60), "60")
    assert blocked.headers["content-type"] == "application/problem+json"
    till.clock.advance(timedelta(seconds=61))
    assert wrong(client) == [404, 404, 429, 429], "five an hour, and three were tried before"
    assert int(client.redeem(PHRASE).headers["retry-after"]) == 3600 - 61
    till.clock.advance(timedelta(seconds=3600 - 61))
    assert client.redeem(PHRASE).status == 201


def test_what_is_blocked_leaves_no_trace_and_right_codes_cost_nothing(till: Till) -> None:
    client = till.client()
    assert {client.redeem(PHRASE).status for _ in range(10)} == {201}
    assert client.redeem(PHRASE, placement="the moon").status == 409
    assert wrong(client) == [404, 404, 404, 429]
    before = len(list(till.app.store.offer_events()))
    assert client.redeem(PHRASE, key="blocked").status == 429
    assert client.call("POST", "/api/v1/reservations", {"code": "guess"}).status == 429
    assert len(list(till.app.store.offer_events())) == before


def test_many_wrong_codes_at_the_same_moment_get_no_more_than_one_after_the_other(till: Till) -> None:
    client = till.client()
    requests = [({"code": f"guess {number}"}, f"burst-{number}") for number in range(40)]
    answers = all_at_once(client, "/api/v1/redemptions", requests)
    assert Counter(answer.status for answer in answers) == {404: 3, 429: 37}
    assert sum(event.reason is Reason.UNKNOWN_CODE for event in till.app.store.offer_events()) == 3


def test_a_reservation_that_there_is_not_is_a_guess_and_one_that_there_is_can_be_redeemed(till: Till) -> None:
    client = till.client()
    held = client.call("POST", "/api/v1/reservations", {"code": PHRASE}).json["reservation"]
    paths = [f"/api/v1/reservations/r_{number}/redeem" for number in range(5)]
    assert [client.call("POST", path).status for path in paths] == [404, 404, 404, 429, 429]
    assert client.call("POST", f"/api/v1/reservations/{held}/redeem").status == 201, "somebody is paying just now"


def test_an_answer_that_was_given_is_given_again_to_who_is_blocked(till: Till) -> None:
    client = till.client()
    first = client.redeem(PHRASE, key="mine")
    assert wrong(client)[-1] == 429
    again = client.redeem(PHRASE, key="mine")
    assert (again.status, again.body, again.headers["ratelimit-remaining"]) == (200, first.body, "0")


def test_a_replayed_wrong_code_is_no_new_guess(till: Till) -> None:
    client = till.client()
    first = client.redeem("guess", key="one")
    again = [client.redeem("guess", key="one") for _ in range(5)]
    assert {(one.status, one.body) for one in again} == {(404, first.body)}
    assert pace(again[-1])[1] == 2


def test_one_caller_does_not_spend_anothers(till: Till) -> None:
    one, other = till.client(), till.client()
    assert wrong(one)[-1] == 429
    assert other.redeem(PHRASE).status == 201
