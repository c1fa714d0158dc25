"""What programs read: pages of a list without gaps or repeats, and no text of X."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from bot.clock import ManualClock
from bot.model import Page, Target
from bot.model.access import Scope
from bot.web.api.cursor import write_cursor
from tests.support.samples import HOUR, NOON, a_delivery, a_digest, a_mention, a_score, a_window, an_item
from tests.support.webserver import CONFIG, FEW, PHRASE, Client, Till, served

TEXT = CONFIG.replace('id = "crumb"', 'id = "moon"').replace("hand-rolled", "hand-made")
NUMBER = 7


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """Seven mentions, two of them at the same moment, the newest from X; three digests; some redemptions."""
    with served(tmp_path_factory.mktemp("reading"), text=TEXT, clock=ManualClock(NOON)) as till:
        store, target = till.app.store, Target("blogs", "https://example.org/feed.xml")
        store.add_targets((target,), NOON)
        items = [
            an_item(number, key=f"{'x' if number == 0 else 'rss'}:{number}", published_at=NOON - max(1, number) * HOUR)
            for number in range(NUMBER)
        ]
        made = [a_mention(item, story=f"s{number}") for number, item in enumerate(items)]
        store.save_page(target, Page(items=tuple(items)), made, NOON, NOON)
        store.save_scores([a_score(mention) for mention in made], NOON)
        for day in range(3):
            digest = a_digest(a_window(day))
            store.publish(digest, [a_delivery(digest)])
        yield till


@pytest.fixture(scope="module")
def client(till: Till) -> Client:
    return till.client()


def test_mentions_come_page_by_page_without_gap_or_repeat(client: Client) -> None:
    whole = client.get("/api/v1/mentions?limit=500").json
    assert (len(whole["items"]), whole["next"]) == (NUMBER, None)
    for limit in (1, 2, 3, NUMBER):
        assert walked(client, f"/api/v1/mentions?limit={limit}") == whole["items"]


def test_filters_hold_on_every_page(client: Client) -> None:
    since = quote((NOON - 3 * HOUR).isoformat())
    found = walked(client, f"/api/v1/mentions?limit=1&since={since}&search=marzipan")
    assert len(found) == 4
    assert walked(client, "/api/v1/mentions?search=nothing") == []
    assert walked(client, "/api/v1/mentions?story=s3&limit=1")[0]["story"] == "s3"


def test_texts_of_x_stay_here(client: Client) -> None:
    rows = client.get("/api/v1/mentions").json["items"]
    withheld = [row for row in rows if row["text"] is None]
    assert len(withheld) == 1
    assert withheld[0]["title"] is None
    assert withheld[0]["url"]
    assert all(alignment["quote"] is None for alignment in withheld[0]["alignments"])


@pytest.mark.parametrize(
    "query",
    ["subject=none", "source=none", "message=none", "tone=happy", "limit=0", "limit=501", "limit=x", "since=yesterday",
     "since=2026-01-01", "since=2026-01-01T00:00:00", "until=99999", "search=%21%21", "cursor=abc", "cursor=W10",
     "cursor=WzFd", "cursor=%ff", "cursor=WyJ4IiwgInkiXQ", "sbject=moon", "search=" + "x" * 201, f"cursor={'W' * 401}"],
)  # fmt: skip
def test_what_makes_no_sense_is_422(client: Client, query: str) -> None:
    answer = client.get(f"/api/v1/mentions?{query}")
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json"), answer.body


def test_messages_are_told_over_a_stretch(client: Client) -> None:
    rows = client.get("/api/v1/messages").json["items"]
    assert [row["message"] for row in rows] == ["hand-made"]
    assert client.get("/api/v1/messages?since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z").status == 422


def test_digests_come_page_by_page_and_name_no_recipient(client: Client) -> None:
    answer = client.get("/api/v1/digests")
    assert len(answer.json["items"]) == 3
    assert b"pr@example.org" not in answer.body
    assert walked(client, "/api/v1/digests?limit=1") == answer.json["items"]
    assert client.get("/api/v1/digests?cursor=abc").status == 422


def test_status_tells_coverage(client: Client) -> None:
    told = client.get("/api/v1/status").json
    assert set(told) == {"items", "next", "coverage"}


def test_an_offer_is_told_with_its_counts_and_its_ledger(till: Till, client: Client) -> None:
    for number in range(4):
        client.redeem(FEW, customer="ada lovelace", key=f"few-{number}")
    client.redeem(PHRASE, placement="market")
    rows = client.get("/api/v1/offers").json["items"]
    assert {row["offer"] for row in rows} == {"truffle", "few", "over", "cards"}
    (few,) = [row for row in client.get("/api/v1/offers/few").json["items"] if row["placement"] is None]
    assert (few["total"], few["refused"], few["cap_remaining"]) == (3, 1, 0)
    events = walked(client, "/api/v1/offers/few/events?limit=2")
    assert [event["kind"] for event in events] == ["redeemed"] * 3 + ["refused"]
    assert events[-1]["reason"] == "offer_cap"
    assert not any("customer" in event or "lovelace" in str(event) for event in events)


def test_a_reader_that_comes_back_sees_what_came_since_and_nothing_twice(till: Till, client: Client) -> None:
    client.redeem(PHRASE)
    last = client.get("/api/v1/offers/truffle/events?limit=500").json
    assert last["next"] is None
    assert till.clock is not None
    client.redeem(PHRASE, redeemed_at=(NOON - timedelta(days=3)).isoformat(), order_id="late")
    since = client.get(f"/api/v1/offers/truffle/events?cursor={last['cursor']}").json
    assert [event["order_id"] for event in since["items"]] == ["late"]
    nothing = client.get(f"/api/v1/offers/truffle/events?cursor={since['cursor']}").json
    assert (nothing["items"], nothing["cursor"]) == ([], since["cursor"])


def test_a_digest_of_another_list_is_no_cursor_here(client: Client) -> None:
    cursor = client.get("/api/v1/digests?limit=1").json["next"]
    assert client.get(f"/api/v1/mentions?cursor={cursor}").status == 422
    assert client.get(f"/api/v1/offers/few/events?cursor={cursor}").status == 422


@pytest.mark.parametrize(
    ("path", "place"),
    [("offers/few/events", (2**63,)), ("offers/few/events", (-(10**40),)), ("digests", ("\ud800",)),
     ("mentions", ("2026-03-01T00:00:00+00:00", "\udfff"))],
)  # fmt: skip
def test_a_cursor_that_no_database_could_hold_is_none(client: Client, path: str, place: tuple[str | int, ...]) -> None:
    assert client.get(f"/api/v1/{path}?cursor={write_cursor(*place)}").status == 422


def test_reading_needs_the_scope_and_changes_nothing(till: Till) -> None:
    redeemer, reader = till.client(Scope.REDEEM), till.client(Scope.READ)
    for path in (
        "offers",
        "offers/few",
        "offers/few/events",
        "mentions",
        "messages",
        "digests",
        "status",
        "redemptions/r",
    ):
        assert redeemer.get(f"/api/v1/{path}").status == 403
        assert reader.get(f"/api/v1/{path}").status in {200, 404}


def walked(client: Client, path: str) -> list[dict[str, object]]:
    """The items of all pages."""
    found: list[dict[str, object]] = []
    cursor = None
    while True:
        answer = client.get(path if cursor is None else f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
        assert answer.status == 200, answer.body
        found += answer.json["items"]
        cursor = answer.json["next"]
        if cursor is None:
            return found
