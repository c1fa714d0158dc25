"""The calls that change the ledger, over real HTTP: a redemption, its replay, its refusals, its way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bot.clock import ManualClock
from bot.model.access import Scope
from bot.shapes import time_shape
from tests.support.webserver import FEW, OVER, PHRASE, Client, Till, served

NOW = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)
NUMBERS = count()


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with served(tmp_path_factory.mktemp("till"), clock=ManualClock(NOW)) as till:
        yield till


@pytest.fixture
def client(till: Till) -> Client:
    """A caller of its own, so that no test spends another's wrong codes."""
    return till.client()


def fresh() -> str:
    return f"key-{next(NUMBERS)}"


def test_a_redemption_is_made_and_can_be_looked_up(till: Till, client: Client) -> None:
    assert till.clock is not None
    made = client.redeem("The Moon is made of GANACHE!", placement="counter", order_id="A-1", order_value="14.80",
                         currency="EUR", customer="ada", new_customer=True)  # fmt: skip
    assert made.status == 201
    assert made.json == {
        "result": "redeemed",
        "redemption": made.json["redemption"],
        "offer": "truffle",
        "placement": "counter",
        "code": "the moon is made of ganache",
        "redeemed_at": time_shape(till.clock.now()),
    }
    assert made.headers["content-type"] == "application/json"
    found = client.get(made.headers["location"])
    assert (found.status, found.json) == (200, made.json | {"rolled_back_at": None})


def test_the_same_key_gives_the_same_bytes_and_counts_once(till: Till, client: Client) -> None:
    key = fresh()
    first = client.redeem(PHRASE, key=key)
    assert till.clock is not None
    till.clock.advance(timedelta(seconds=1))
    again = [client.redeem("THE M00N - is made of ganache", key=key) for _ in range(3)]
    assert (first.status, "idempotent-replayed" in first.headers) == (201, False)
    assert {(one.status, one.headers["idempotent-replayed"], one.body) for one in again} == {(200, "true", first.body)}
    assert client.get(first.headers["location"]).status == 200


@pytest.mark.parametrize(
    "other", [{"code": FEW}, {"placement": "market"}, {"order_id": "B"}, {"customer": "grace"}, {"new_customer": True},
              {"order_value": 3, "currency": "EUR"}, {"offer": "truffle"}, {"redeemed_at": "2026-11-21T10:00:00Z"}],
)  # fmt: skip
def test_another_request_under_the_same_key_is_422_and_changes_nothing(
    client: Client, other: dict[str, object]
) -> None:
    key = fresh()
    first = client.redeem(PHRASE, key=key)
    answer = client.call("POST", "/api/v1/redemptions", {"code": PHRASE, **other}, key=key)
    assert (first.status, answer.status) == (201, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.redeem(PHRASE, key=key).body == first.body


def test_a_key_is_the_same_whoever_sends_it(till: Till, client: Client) -> None:
    key = fresh()
    first, other = client.redeem(PHRASE, key=key), till.client().redeem(PHRASE, key=key)
    assert (first.status, other.status, other.body) == (201, 200, first.body)


def test_a_refusal_is_answered_alike_under_its_key(client: Client) -> None:
    key = fresh()
    first, again = client.redeem(OVER, key=key), client.redeem(OVER, key=key)
    assert (first.status, first.reason) == (410, "expired")
    assert (again.status, again.body, again.headers["idempotent-replayed"]) == (410, first.body, "true")


def test_unknown_and_malformed_codes_cannot_be_told_apart(till: Till) -> None:
    wrong = ["no such phrase", "", "🍫" * 20, "x" * 10_000, "'; DROP TABLE offer_events; --", "<script>alert(1)</script>",
             "\x00\x07\u202e", "VC-0000-0000", "   ", "=cmd|'/c calc'!A1"]  # fmt: skip
    answers = [till.client().redeem(code) for code in wrong]
    told = {
        (one.status, one.body, tuple(sorted(set(one.headers.items()) - {("date", one.headers["date"])})))
        for one in answers
    }
    assert len(told) == 1, told
    assert (answers[0].status, answers[0].reason) == (404, "unknown_code")
    assert "hint" not in answers[0].json


def test_each_reason_has_its_status(till: Till, client: Client) -> None:
    assert [client.redeem(FEW).status for _ in range(4)] == [201, 201, 201, 409]
    assert client.redeem(FEW).reason == "offer_cap"
    assert client.redeem(PHRASE, placement="the moon").reason == "wrong_placement"
    (code,) = till.app.counting.issue("cards", 1)
    used = [client.redeem(code.lower()) for _ in range(2)]
    assert [(one.status, one.reason) for one in used] == [(201, None), (409, "used_up")]
    (off,) = till.app.counting.issue("cards", 1)
    till.app.counting.disable("cards", code=off)
    answer = client.redeem(off)
    assert (answer.status, answer.reason) == (410, "disabled")


def test_a_redemption_is_given_back_once(client: Client) -> None:
    made, key = client.redeem(PHRASE), fresh()
    path = f"{made.headers['location']}/rollback"
    back, again, other = (
        client.call("POST", path, key=key),
        client.call("POST", path, key=key),
        client.call("POST", path),
    )
    assert (back.status, back.json["result"], back.json["redemption"]) == (200, "rolled_back", made.json["redemption"])
    assert (again.status, again.body, again.headers["idempotent-replayed"]) == (200, back.body, "true")
    assert (other.status, other.reason) == (409, "already_rolled_back")
    assert client.get(made.headers["location"]).json["rolled_back_at"] is not None
    unknown = client.call("POST", "/api/v1/redemptions/r_none/rollback")
    assert (unknown.status, unknown.reason) == (404, "unknown_code")


def test_a_checkout_holds_redeems_and_lets_go(till: Till, client: Client) -> None:
    (code, other) = till.app.counting.issue("cards", 2)
    key = fresh()
    held = client.call("POST", "/api/v1/reservations", {"code": code, "hold_seconds": 600}, key=key)
    assert (held.status, held.json["expires_at"] > held.json["reserved_at"]) == (201, True)
    assert client.call("POST", "/api/v1/reservations", {"code": code, "hold_seconds": 600}, key=key).body == held.body
    assert (answer := client.redeem(code)).status == 409
    assert answer.reason in {"reserved", "used_up"}
    mine, path = fresh(), f"/api/v1/reservations/{held.json['reservation']}"
    done = client.call("POST", f"{path}/redeem", {"order_id": "A-9"}, key=mine)
    assert (done.status, done.json["result"]) == (201, "redeemed")
    assert client.call("POST", f"{path}/redeem", {"order_id": "A-9"}, key=mine).body == done.body
    assert client.call("DELETE", path).status == 409
    let_go = client.call("POST", "/api/v1/reservations", {"code": other}).json["reservation"]
    gone, again = (client.call("DELETE", f"/api/v1/reservations/{let_go}", key="let-go") for _ in range(2))
    assert (gone.status, gone.body, "idempotent-replayed" in gone.headers) == (204, b"", False)
    assert (again.status, again.headers["idempotent-replayed"]) == (204, "true")
    assert client.call("POST", f"/api/v1/reservations/{let_go}/redeem").reason == "reservation_expired"
    assert client.redeem(other).status == 201


def test_a_reservation_that_ran_out_holds_nothing(till: Till, client: Client) -> None:
    (code,) = till.app.counting.issue("cards", 1)
    held = client.call("POST", "/api/v1/reservations", {"code": code, "hold_seconds": 60}).json["reservation"]
    assert till.clock is not None
    till.clock.advance(timedelta(seconds=61))
    answer = client.call("POST", f"/api/v1/reservations/{held}/redeem")
    assert (answer.status, answer.reason) == (409, "reservation_expired")
    assert client.redeem(code).status == 201


def test_who_has_no_key_or_not_the_scope_is_told_so(till: Till) -> None:
    nobody, stranger, reader = (
        Client(till.address), Client(till.address, "heard_k_0000000000000000"), till.client(Scope.READ)
    )  # fmt: skip
    for client, status in ((nobody, 401), (stranger, 401), (reader, 403)):
        for method, path in (("POST", "/api/v1/redemptions"), ("POST", "/api/v1/reservations"),
                             ("POST", "/api/v1/redemptions/r_1/rollback"), ("DELETE", "/api/v1/reservations/r_1")):  # fmt: skip
            answer = client.call(method, path, {"code": PHRASE} if method == "POST" else None)
            assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), (
                method,
                path,
            )
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert till.client(Scope.REDEEM).get("/api/v1/offers").status == 403


def test_a_key_that_was_made_for_a_place_redeems_there(till: Till) -> None:
    _, text = till.app.access.create_key((Scope.REDEEM,), actor="test", placement="market")
    client = Client(till.address, text)
    assert client.redeem(PHRASE).json["placement"] == "market"
    assert client.redeem(PHRASE, placement="counter").json["placement"] == "counter"
