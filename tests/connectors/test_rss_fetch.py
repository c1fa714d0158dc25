from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.errors import AccessDenied, BadResponse, RateLimited, SourceError, Unauthorised, Unavailable, Unreachable
from bot.http import public_address
from bot.model import Allowance, Gap, GapCause, Interval
from bot.ports import Connector
from connectors.rss import connect
from connectors.rss.feed import _following
from connectors.rss.fetch import Answer
from connectors.rss.memory import Memory
from tests.support.feeddesk import START, FeedDesk, query
from tests.support.feedserver import (
    Reply,
    conditional,
    drip,
    endless,
    entry,
    gzip_bomb,
    packed,
    redirect,
    rss,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rfc(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def dated(*hours_before: float) -> str:
    return rss(*(entry(f"Piece {hours}", guid=f"g{hours}", date=rfc(START - HOUR * hours)) for hours in hours_before))


@pytest.fixture
def desk() -> Iterator[FeedDesk]:
    with FeedDesk() as desk:
        yield desk


def test_the_first_poll_gives_every_item_and_covers_from_the_oldest(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=dated(1, 5, 3)))
    (page,) = desk.poll(address)
    assert [item.title for item in page.items] == ["Piece 1", "Piece 5", "Piece 3"]
    assert page.covered == Interval(START - 5 * HOUR, START)
    assert page.gaps == ()
    assert page.cost.reads == 0


def test_both_validators_are_sent_back_as_they_came(desk: FeedDesk) -> None:
    modified = "mon, 2 mar 2026 (odd)"
    address = desk.server.add("/feed", conditional(dated(1), etag='W/"a\\b"', modified=modified))
    desk.poll(address)
    desk.clock.advance(HOUR)
    (page,) = desk.poll(address)
    first, second = desk.server.requests
    assert "if-none-match" not in first.headers
    assert "application/feed+json" in first.headers["accept"]
    assert second.headers["if-none-match"] == 'W/"a\\b"'
    assert second.headers["if-modified-since"] == modified
    assert page.items == ()
    assert page.covered == Interval(START, START + HOUR)


def test_last_modified_alone_is_enough(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", conditional(dated(1), modified=rfc(START)))
    assert len(desk.items(address)) == 1
    assert desk.items(address) == []


def test_the_same_body_is_not_read_twice(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=dated(1, 2)))
    assert len(desk.items(address)) == 2
    desk.clock.advance(HOUR)
    (page,) = desk.poll(address)
    assert (page.items, page.covered) == ((), Interval(START, START + HOUR))


def test_a_feed_that_broke_off_is_asked_for_as_a_whole_at_the_next_poll(desk: FeedDesk) -> None:
    """With its validators kept, the rest would be "nothing new" for as long as the publisher adds nothing."""
    whole = dated(1, 2, 3)
    address = desk.server.add("/feed", conditional(whole[: whole.index("g3")], etag='"1"'))
    assert [item.title for item in desk.items(address)][:2] == ["Piece 1", "Piece 2"]
    desk.server.add("/feed", conditional(whole, etag='"1"'))
    desk.clock.advance(HOUR)
    assert "Piece 3" in [item.title for item in desk.items(address)]
    desk.clock.advance(HOUR)
    assert desk.items(address) == [], "of the whole feed the validators are kept"


def test_a_new_query_reads_the_unchanged_feed_again(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", conditional(dated(1), etag='"1"'))
    desk.poll(address)
    assert desk.items(address, queries=(query(), query("praline")))
    assert desk.items(address, queries=(query("praline"), query())) == []


def test_once_a_week_the_whole_feed_is_fetched_whatever_the_server_says(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", conditional(dated(1), etag='"1"'))
    desk.poll(address)
    for _ in range(6):
        desk.clock.advance(DAY)
        assert desk.items(address) == []
    desk.clock.advance(DAY)
    assert len(desk.items(address)) == 1
    assert "if-none-match" not in desk.server.requests[-1].headers


def test_a_304_from_another_address_than_the_validators_is_not_believed(desk: FeedDesk) -> None:
    desk.server.add("/a", conditional(dated(1), etag='"same"'))
    desk.server.add("/b", conditional(dated(2), etag='"same"'))
    address = desk.server.add("/feed", [redirect("/a"), redirect("/b")])
    assert [item.title for item in desk.items(address)] == ["Piece 1"]
    assert [item.title for item in desk.items(address)] == ["Piece 2"]


def test_a_304_that_was_not_asked_for_is_a_bad_response(desk: FeedDesk) -> None:
    with pytest.raises(BadResponse, match="304"):
        desk.poll(desk.server.add("/feed", Reply(304)))


def test_a_cursor_of_nonsense_starts_afresh(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", conditional(dated(1), etag='"1"'))
    for nonsense in (
        {"format": 99, "etag": '"1"'},
        {"format": 1, "etag": 5, "full_at": "yesterday", "polled": "2026-01-01", "known": 3, "moved_seen": "x"},
        {},
    ):
        desk.cursors[address] = nonsense
        assert len(desk.items(address)) == 1


@pytest.mark.parametrize(
    ("headers", "channel", "expected"),
    [
        ({}, "", None),
        ({"Cache-Control": "public, max-age=7200"}, "", 2 * HOUR),
        ({"Cache-Control": "max-age=10"}, "", timedelta(minutes=5)),
        ({"Cache-Control": "max-age=0, no-cache"}, "", None),
        ({"Cache-Control": "max-age=99999999999999999999999"}, "", DAY),
        ({"Cache-Control": "max-age=soon"}, "", None),
        ({"Expires": rfc(START + 3 * HOUR)}, "", 3 * HOUR),
        ({"Expires": rfc(START + 9 * DAY + 3 * HOUR), "Date": rfc(START + 9 * DAY)}, "", 3 * HOUR),
        ({"Expires": "0"}, "", None),
        ({}, "<ttl>90</ttl>", timedelta(minutes=90)),
        ({}, "<ttl>often</ttl>", None),
        ({}, "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 6 * HOUR),
        ({}, "<sy:updatePeriod>weekly</sy:updatePeriod>", DAY),
        ({}, "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", HOUR),
        ({"Cache-Control": "max-age=600"}, "<ttl>60</ttl>", HOUR),
    ],
)
def test_the_pace_is_the_slowest_wish_within_bounds(
    desk: FeedDesk, headers: dict[str, str], channel: str, expected: timedelta | None
) -> None:
    # as raw bytes, because the standard library's server would add a Date of its own
    lines = [f"{name}: {value}" for name, value in headers.items()]
    body = rss(entry("One"), channel=channel).encode()
    raw = "\r\n".join(["HTTP/1.1 200 OK", *lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
    (page,) = desk.poll(desk.server.add("/feed", Reply(raw=[raw])))
    assert page.come_back_after == expected


def test_the_pace_of_the_feed_itself_holds_while_nothing_changes(desk: FeedDesk) -> None:
    body = rss(entry("One"), channel="<ttl>90</ttl>")
    address = desk.server.add("/feed", conditional(body, etag='"1"'))
    assert [desk.poll(address)[0].come_back_after for _ in range(2)] == [HOUR * 1.5] * 2


NO_CHARACTER = "<rss version='2.0'><channel><item><title>&#x110000;</title></item></channel></rss>"


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(401), Unauthorised, "sign-in"),
        (Reply(402), AccessDenied, "paid"),
        (Reply(403), AccessDenied, "does not let us in"),
        (Reply(451), AccessDenied, "legal"),
        (Reply(410), AccessDenied, "gone for good"),
        (Reply(404), Unavailable, "check the address"),
        (Reply(400), BadResponse, "answered 400"),
        (Reply(204), BadResponse, "answered 204"),
        (Reply(300), BadResponse, "answered 300"),
        (Reply(408), Unavailable, "fault"),
        (Reply(500), Unavailable, "answered 500"),
        (Reply(503, body="<html>"), Unavailable, "answered 503"),
        (Reply(200, body=""), BadResponse, "empty"),
        (Reply(200, body="hello"), BadResponse, "not a feed"),
        (Reply(200, body="<html><body>Hello</body></html>"), BadResponse, "web page"),
        (Reply(200, body='{"items": 3}'), BadResponse, "not a JSON Feed"),
        (Reply(200, body='{"items": [}'), BadResponse, "broken JSON"),
        (Reply(200, body="[" * 200_000), BadResponse, "broken JSON"),
        # Mended in the encodings that occur; in this one feedparser falls over it.
        (
            Reply(200, body=("<?xml version='1.0' encoding='utf-32-be'?>" + NO_CHARACTER).encode("utf-32-be")),
            BadResponse,
            "cannot be read",
        ),
        (Reply(200, body=b"half", length=8), Unavailable, "could not be reached"),
        (Reply(200, body=endless()), BadResponse, "too long"),
        (gzip_bomb(64 * 2**20), BadResponse, "too long"),
        (Reply(200, {"Content-Encoding": "gzip"}, b"no gzip"), BadResponse, "unpacked"),
        (Reply(raw=[b""]), Unavailable, "could not be reached"),
        (Reply(raw=[b"SSH-2.0-OpenSSH_9\r\n"]), Unavailable, "could not be reached"),
        (redirect("/feed"), BadResponse, "circle"),
        (redirect("ftp://127.0.0.1/feed"), BadResponse, "cannot be used"),
        (redirect("http://[bad/"), SourceError, "feed"),
        (redirect("http://10.0.0.1/feed"), Unavailable, "not a public address"),
        (redirect("http://127.0.0.2/feed"), Unavailable, "not a public address"),
        (redirect("http://no-such-host.invalid/feed"), Unavailable, "could not be reached"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_every_way_to_fail_has_its_kind_and_says_what_to_do(
    desk: FeedDesk, reply: Reply, kind: type[SourceError], words: str
) -> None:
    address = desk.server.add("/feed", reply)
    with pytest.raises(kind, match=words) as caught:
        desk.poll(address)
    assert address in str(caught.value)
    assert caught.value.__cause__ is None or not isinstance(caught.value.__cause__, SourceError)


def test_a_server_that_drips_is_left_and_counts_as_unavailable(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", lambda _: Reply(body=drip(b" " * 100, 0.05)))
    with pytest.raises(Unavailable, match="in time"):
        desk.poll(address)


def test_a_server_that_takes_a_call_and_says_nothing_is_unreachable(desk: FeedDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(Unreachable, match="in time"):
        desk.poll(f"http://127.0.0.1:{mute.getsockname()[1]}/feed")


def test_nobody_listening_is_unavailable(desk: FeedDesk) -> None:
    with pytest.raises(Unavailable, match="refused"):
        desk.poll("http://127.0.0.1:9/feed")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        ("1800", START + timedelta(minutes=30)),
        (rfc(START + 2 * HOUR), START + 2 * HOUR),
        ("3", START + timedelta(minutes=5)),
        (rfc(START - DAY), START + timedelta(minutes=5)),
        ("99999999999999999999", START + DAY),
        ("Fri, 31 Dec 9999 23:59:59 GMT", START + DAY),
        ("Mon, 01 Jan 0001 00:00:00 GMT", START + timedelta(minutes=5)),
    ],
)
def test_retry_after_in_both_forms_is_kept_to(desk: FeedDesk, status: int, wait: str, expected: datetime) -> None:
    address = desk.server.add("/feed", Reply(status, {"Retry-After": wait}))
    with pytest.raises(RateLimited) as caught:
        desk.poll(address)
    assert caught.value.retry_at == expected


@pytest.mark.parametrize("wait", ["later", "-5", "1e9", "1.5", "60, 120", "", "Fri, 31 Dec 9999 23:59:59 -1200"])
def test_too_many_requests_without_a_time_that_makes_sense_waits_half_an_hour(desk: FeedDesk, wait: str) -> None:
    with pytest.raises(RateLimited) as caught:
        desk.poll(desk.server.add("/feed", Reply(429, {"Retry-After": wait})))
    assert caught.value.retry_at == START + HOUR / 2


def test_a_fault_keeps_the_time_that_the_server_named(desk: FeedDesk) -> None:
    with pytest.raises(Unavailable) as caught:
        desk.poll(desk.server.add("/feed", Reply(500, {"Retry-After": "3600"})))
    assert caught.value.retry_at == START + HOUR


def test_a_missing_feed_is_a_fault_then_counted_in_days_then_a_matter_for_a_person(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(404))
    texts = []
    for _ in range(7):
        with pytest.raises(Unavailable) as passing:
            desk.poll(address)
        texts.append(str(passing.value))
        desk.clock.advance(DAY)
    assert "for 1 day;" in texts[1]
    assert "for 6 days;" in texts[6]
    with pytest.raises(AccessDenied, match="for 7 days"):
        desk.poll(address)
    desk.server.add("/feed", Reply(body=dated(1)))
    assert desk.items(address)
    desk.server.add("/feed", Reply(404))
    with pytest.raises(Unavailable, match="answered 404"):
        desk.poll(address)


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_move_is_adopted_after_it_was_seen_three_times(desk: FeedDesk, status: int) -> None:
    desk.server.add("/new", Reply(body=dated(1)))
    address = desk.server.add("/old", redirect("/new", status))
    for _ in range(3):
        desk.poll(address)
    assert len(desk.server.asked("/old")) == 3
    desk.poll(address)
    assert len(desk.server.asked("/old")) == 3
    assert len(desk.server.asked("/new")) == 4


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_passing_move_is_followed_and_never_adopted(desk: FeedDesk, status: int) -> None:
    desk.server.add("/new", Reply(body=dated(1)))
    address = desk.server.add("/old", redirect("/new", status))
    for _ in range(5):
        desk.poll(address)
    assert len(desk.server.asked("/old")) == 5


def test_only_the_permanent_beginning_of_a_chain_is_adopted(desk: FeedDesk) -> None:
    desk.server.add("/today", Reply(body=dated(1)))
    desk.server.add("/new", redirect("/today", 302))
    address = desk.server.add("/old", redirect("/new", 301))
    for _ in range(4):
        desk.poll(address)
    assert (len(desk.server.asked("/old")), len(desk.server.asked("/new"))) == (3, 4)


def test_a_move_to_something_that_is_no_feed_is_not_adopted(desk: FeedDesk) -> None:
    desk.server.add("/new", Reply(body="<html>parked</html>"))
    address = desk.server.add("/old", redirect("/new", 301))
    for _ in range(4):
        with pytest.raises(BadResponse):
            desk.poll(address)
    assert len(desk.server.asked("/old")) == 4


@pytest.mark.parametrize("status", [404, 410])
def test_an_adopted_home_that_goes_away_sends_us_back_to_the_configured_one(desk: FeedDesk, status: int) -> None:
    desk.server.add("/new", Reply(body=dated(1)))
    address = desk.server.add("/old", redirect("/new", 301))
    for _ in range(3):
        desk.poll(address)
    desk.server.add("/new", Reply(status))
    desk.server.add("/old", Reply(body=dated(1, 2)))
    with pytest.raises(Unavailable, match="old address is asked next"):
        desk.poll(address)
    assert len(desk.items(address)) == 2


@pytest.mark.parametrize("reply", [Reply(500), Reply(403), Reply(body="<html>Parked</html>"), Reply(raw=[b""])])
def test_an_adopted_home_that_turns_bad_sends_us_back_to_the_configured_one(desk: FeedDesk, reply: Reply) -> None:
    desk.server.add("/new", Reply(body=dated(1)))
    address = desk.server.add("/old", redirect("/new", 301))
    for _ in range(3):
        desk.poll(address)
    desk.server.add("/new", reply)
    desk.server.add("/old", Reply(body=dated(1, 2)))
    with pytest.raises(SourceError):
        desk.poll(address)
    assert len(desk.items(address)) == 2


def test_an_adopted_home_that_asks_for_patience_is_kept(desk: FeedDesk) -> None:
    new = desk.server.add("/new", Reply(body=dated(1)))
    address = desk.server.add("/old", redirect("/new", 301))
    for _ in range(3):
        desk.poll(address)
    desk.server.add("/new", Reply(429))
    with pytest.raises(RateLimited):
        desk.poll(address)
    assert (desk.cursors[address] or {})["address"] == new


def test_a_move_is_not_adopted_while_its_target_fails_now_and_then(desk: FeedDesk) -> None:
    desk.server.add("/new", [Reply(body=dated(1)), Reply(body="<html>"), Reply(500), Reply(body=dated(1))])
    address = desk.server.add("/old", redirect("/new", 301))
    for _ in range(4):
        with suppress(SourceError):
            desk.poll(address)
    assert len(desk.server.asked("/old")) == 4


def test_a_move_does_not_change_the_keys_of_the_items(desk: FeedDesk) -> None:
    desk.server.add("/new", Reply(body=dated(1)))
    address = desk.server.add("/old", Reply(body=dated(1)))
    before = desk.items(address)
    desk.server.add("/old", redirect("/new", 301))
    assert [item.key for item in desk.items(address)] == [item.key for item in before]


def test_a_private_address_stands_nowhere_in_cursor_items_or_errors(desk: FeedDesk) -> None:
    body = rss(entry("One", guid="1", link="#top", text='<a href="#a">a</a> <a href="?b">b</a> <a href="c">c</a>'))
    desk.server.add("/new", Reply(headers={"ETag": '"1"'}, body=body))
    address = desk.server.add("/feed", redirect("/new?token=s3kr1t", 301)) + "?feed=s3kr1t&user=somebody"
    for _ in range(4):
        assert "s3kr1t" not in repr(desk.poll(address))
    assert "s3kr1t" not in repr(list(desk.cursors.values()))
    desk.server.add("/feed", Reply(403))
    with pytest.raises(AccessDenied) as caught:
        desk.poll(address)
    assert "s3kr1t" not in str(caught.value)
    assert "feed=***" in str(caught.value)


def test_a_login_in_an_address_is_used_and_not_handed_on(desk: FeedDesk) -> None:
    body = rss(entry("One", guid="1", link="/a", text='<a href="b">b</a>'))
    address = desk.server.add("/feed", Reply(body=body)).replace("//", "//me:s3kr1t@")
    (page,) = desk.poll(address)
    assert desk.server.requests[0].headers["authorization"].startswith("Basic ")
    assert page.items[0].url == desk.server.url("/a")
    assert "s3kr1t" not in repr(page)


def test_a_changed_token_in_a_private_address_keeps_the_keys(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=rss(entry("One", guid="1"))))
    (one,) = desk.items(f"{address}?feed=aaa")
    (other,) = desk.items(f"{address}?feed=bbb")
    assert one.key == other.key


def test_items_that_fell_out_between_two_polls_are_a_gap(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=dated(30, 40)))
    desk.poll(address)
    desk.clock.advance(10 * HOUR)
    desk.server.add("/feed", Reply(body=dated(-5, -6)))
    (page,) = desk.poll(address)
    assert page.gaps == (Gap(Interval(START, START + 5 * HOUR), GapCause.ROLLED_OVER),)
    assert page.covered == Interval(START + 5 * HOUR, START + 10 * HOUR)


@pytest.mark.parametrize(
    "later",
    [dated(-5, 1), rss(entry("Piece 1", guid="g1", date=rfc(START + HOUR))), rss(entry("No date")), dated(-5, 2)],
    ids=["an old item is still there", "a known one was re-dated", "nothing has a date", "an older one turned up"],
)
def test_no_gap_is_claimed_without_cause(desk: FeedDesk, later: str) -> None:
    address = desk.server.add("/feed", Reply(body=dated(1, 1.5)))
    desk.poll(address)
    desk.clock.advance(10 * HOUR)
    desk.server.add("/feed", Reply(body=later))
    (page,) = desk.poll(address)
    assert page.gaps == ()
    assert page.covered == Interval(START, START + 10 * HOUR)


PIN = 24 * 365 * 7


def test_a_pinned_old_entry_hides_no_gap_and_claims_no_coverage(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=dated(PIN, 0.5, 1, 1.5, 2)))
    (first,) = desk.poll(address)
    assert first.covered == Interval(START - 2 * HOUR, START)
    desk.clock.advance(48 * HOUR)
    desk.server.add("/feed", Reply(body=dated(PIN, -45, -45.5, -46, -47)))
    (second,) = desk.poll(address)
    assert second.gaps == (Gap(Interval(START, START + 45 * HOUR), GapCause.ROLLED_OVER),)
    desk.clock.advance(2 * HOUR)
    desk.server.add("/feed", Reply(body=dated(PIN, -46, -47, -49, -49.5)))
    (third,) = desk.poll(address)
    assert (third.gaps, third.covered) == ((), Interval(START + 48 * HOUR, START + 50 * HOUR))


@pytest.mark.parametrize(
    ("ages", "start"),
    [((1, 2, 3, 4), 4), ((1, 900), 900), ((1, 500, 510, 520), 520), ((1, 2, 3, 4, 900, 9000), 4), ((5, 5, 5), 5)],
    ids=["a steady feed", "two entries tell nothing", "one new entry after a silence", "two pins", "one date"],
)
def test_the_first_poll_covers_from_the_start_of_the_recent_run(
    desk: FeedDesk, ages: tuple[float, ...], start: float
) -> None:
    (page,) = desk.poll(desk.server.add("/feed", Reply(body=dated(*ages))))
    assert page.covered == Interval(START - start * HOUR, START)


def test_a_gap_before_the_last_poll_begins_at_the_newest_item_seen(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=dated(1)))
    desk.poll(address)
    desk.clock.advance(HOUR)
    desk.server.add("/feed", Reply(body=dated(0.5)))
    (page,) = desk.poll(address)
    assert page.gaps == (Gap(Interval(START - HOUR, START - HOUR / 2), GapCause.ROLLED_OVER),)


def test_many_items_come_in_small_pages_and_only_the_last_moves_the_cursor(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=rss(*(entry(f"Piece {n}", guid=f"{n}") for n in range(250)))))
    pages = desk.poll(address)
    assert [len(page.items) for page in pages] == [100, 100, 50]
    assert [page.cursor is not None for page in pages] == [False, False, True]
    assert [page.covered is not None for page in pages] == [False, False, False]
    assert len({item.key for page in pages for item in page.items}) == 250


def test_more_items_than_wanted_keep_the_newest(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=dated(9, 1, 5, 3)))
    assert [item.title for item in desk.items(address, max_items=2)] == ["Piece 1", "Piece 3"]


@pytest.mark.parametrize("encodings", [("gzip",), ("deflate",), ("gzip", "gzip")])
def test_compressed_feeds_are_read(desk: FeedDesk, encodings: tuple[str, ...]) -> None:
    assert len(desk.items(desk.server.add("/feed", packed(dated(1, 2), *encodings)))) == 2


def test_a_feed_stored_compressed_is_read_and_a_bomb_of_that_kind_is_cut(desk: FeedDesk) -> None:
    stored = replace(packed(dated(1, 2), "gzip"), headers={})
    assert len(desk.items(desk.server.add("/feed", stored))) == 2
    with pytest.raises(BadResponse):
        desk.poll(desk.server.add("/bomb", replace(gzip_bomb(200 * 2**20), headers={})))


def test_old_pieces_under_new_ids_are_yielded_for_the_store_to_judge(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=dated(30, 40)))
    before = desk.items(address)
    moved = rss(*(entry(item.title, guid=f"new-{item.title}", date=rfc(START - 30 * HOUR)) for item in before))
    desk.server.add("/feed", Reply(body=moved))
    assert [item.title for item in desk.items(address)] == [item.title for item in before]


def test_two_servers_behind_one_address_with_different_lists_lose_nothing(desk: FeedDesk) -> None:
    one, other = dated(1, 2), dated(2, 3)
    address = desk.server.add("/feed", [Reply(body=body) for body in (one, other, one, other)])
    titles = {item.title for _ in range(4) for item in desk.items(address)}
    assert titles == {"Piece 1", "Piece 2", "Piece 3"}


def test_an_edit_keeps_the_key_and_changes_the_words(desk: FeedDesk) -> None:
    address = desk.server.add("/feed", Reply(body=rss(entry("Befor", guid="1"))))
    (before,) = desk.items(address)
    desk.server.add("/feed", Reply(body=rss(entry("Before", guid="1"))))
    (after,) = desk.items(address)
    assert after.key == before.key
    assert after.content_hash != before.content_hash


def test_the_clock_that_was_given_is_the_only_one(desk: FeedDesk) -> None:
    desk.clock.set(datetime(2011, 1, 1, tzinfo=UTC))
    address = desk.server.add("/feed", Reply(body=dated(1)))
    (item,) = desk.items(address)
    assert item.published_at is None, "a date of 2026 is not credible in 2011"


PRIVATE = "/rss/0f9e8d7c6b5a/feed.xml"
"""An address that no pattern knows as a secret: it is one because it was given as one."""


def private_desk(desk: FeedDesk, address: str) -> Mapping[str, Connector]:
    deps = replace(desk.deps, secret=lambda _options, _name: address)
    found = connect("alerts", {"feeds_env": "FEEDS"}, deps)
    assert isinstance(found, Mapping)
    return found


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=rss(entry("One", guid="1", link="page.html"))),
        redirect("/rss/0f9e8d7c6b5a/other.xml", 301),
        Reply(503),
        Reply(404),
        Reply(410),
        Reply(body="<html><body>log in</body></html>", headers={"Content-Type": "text/html"}),
        Reply(raw=[b"nonsense"]),
    ],
)
def test_an_address_given_as_a_secret_stands_nowhere(desk: FeedDesk, reply: Reply) -> None:
    parts = private_desk(desk, desk.server.add(PRIVATE, reply))
    ((shown, connector),) = parts.items()
    assert shown.startswith("http://127.0.0.1/***#")
    seen: list[object] = [shown]
    cursor = None
    for _ in range(4):
        try:
            for page in connector.fetch((), cursor, Allowance()):
                cursor = page.cursor or cursor
                seen.append(page)
        except SourceError as error:
            seen.append(str(error))
    assert len(seen) > 1
    assert "0f9e8d7c6b5a" not in repr(seen)


def test_a_move_away_from_tls_is_followed_and_never_adopted() -> None:
    answer = Answer("http://a.example/feed", {}, b"", moved_to="http://a.example/feed", secure=True)
    memory = Memory()
    for _ in range(5):
        memory = _following(memory, answer, public_address)
    assert memory == Memory()
    assert _following(memory, replace(answer, secure=False), public_address).moved_seen == 1
    assert _following(memory, replace(answer, moved_to="https://b.example/"), public_address).moved_seen == 1
