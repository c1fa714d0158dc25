"""Replaying Jetstream from a cursor, against a loopback server that speaks the real protocol."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from bot.clock import ManualClock
from bot.errors import AccessDenied, BadResponse, ConfigError, RateLimited, SourceError, Unauthorised, Unavailable
from bot.http import HttpLimits
from bot.listen.query import parse_query
from bot.model import Allowance, Cursor, GapCause, Interval, Page
from bot.ports import Deps
from connectors.bluesky import BlueskyFeed, connect
from tests.support.jetstream import (
    ALICE,
    BOB,
    NOW,
    Jetstream,
    account,
    commit,
    deps,
    event,
    jetstream,
    minutes,
    post,
    refusal,
    sequence,
    us,
)
from tests.support.shared import shared_path

ACME = parse_query("acme", "acme OR @acme OR acme.example")


@contextmanager
def feed(stream: Jetstream, clock: ManualClock | None = None, **options: Any) -> Iterator[BlueskyFeed]:
    with deps(clock) as given:
        yield connect("bsky", {"hosts": [stream.url], "longest": 3, "patience": 0.3, **options}, given)


def read(connector: BlueskyFeed, cursor: Cursor | None = None) -> list[Page]:
    return list(connector.fetch([ACME], cursor, Allowance()))


def keys(pages: list[Page]) -> list[str]:
    return [item.key for page in pages for item in page.items]


def at(time: int) -> Cursor:
    return {"version": 1, "time_us": time}


def live() -> dict[str, Any]:
    """An event of the present, by which a poll sees that it has caught up."""
    return post(NOW + timedelta(seconds=1), "the present", rkey="live")


def test_a_poll_replays_from_the_cursor_until_the_present_and_hangs_up() -> None:
    with (
        jetstream(post(NOW - minutes(3), "old acme", rkey="old"), post(NOW - minutes(1), rkey="new"), live()) as stream,
        feed(stream) as connector,
    ):
        pages = read(connector, at(us(NOW - minutes(2))))
    assert keys(pages) == [f"bsky:{ALICE}/new"]
    asked = stream.asked[0]
    assert asked["wantedCollections"] == "app.bsky.feed.post"
    assert int(asked["cursor"]) == us(NOW - minutes(2) - timedelta(seconds=10))
    assert pages[-1].cursor == at(us(NOW + timedelta(seconds=1)))
    assert pages[-1].covered == Interval(NOW - minutes(2), NOW + timedelta(seconds=1))
    assert not any(page.gaps for page in pages)


def test_a_first_poll_reaches_back_as_far_as_it_was_told() -> None:
    with jetstream(live()) as stream, feed(stream, look_back=30, overlap=0) as connector:
        (page,) = read(connector)
    assert int(stream.asked[0]["cursor"]) == us(NOW - minutes(30))
    assert page.gaps == ()  # nothing was read before that could be missing
    assert page.covered == Interval(NOW + timedelta(seconds=1), NOW + timedelta(seconds=1)) or page.covered is None


def test_only_posts_that_could_match_become_items() -> None:
    texts = ["nothing", "ACME!", "ÅCMÉ", "see acme.example", "ac-me", "a c m e", "@acme", "＃acme"]
    events = [post(NOW - timedelta(seconds=60 - n), text, rkey=f"n{n}") for n, text in enumerate(texts)]
    with jetstream(*events, live()) as stream, feed(stream) as connector:
        pages = read(connector, at(us(NOW - minutes(2))))
    assert [key.rpartition("/")[2] for key in keys(pages)] == ["n1", "n2", "n3", "n6", "n7"]


def test_what_was_read_is_paged_and_any_page_can_be_the_last() -> None:
    # So long that no single read of the line, however late it comes, holds them all.
    posts = sequence(450, NOW - minutes(5), lambda n: f"acme number {n}" + " and on" * 300, timedelta(milliseconds=500))
    seen: list[str] = []
    cursor: Cursor | None = at(us(NOW - minutes(6)))
    with jetstream(*posts, live()) as stream, feed(stream, overlap=0) as connector:
        for _ in range(100):
            pages = list(islice(connector.fetch([ACME], cursor, Allowance()), 1))  # killed after every page
            seen += keys(pages)
            assert len(pages[0].items) < 450
            cursor = pages[0].cursor
            if cursor == at(us(NOW + timedelta(seconds=1))):
                break
    assert set(seen) == {f"bsky:{ALICE}/n{n}" for n in range(450)}
    assert len(seen) <= 450 + 100  # at most the event at each cursor comes twice


def test_a_quiet_server_is_asked_whether_it_is_there_and_then_all_is_covered() -> None:
    with jetstream(post(NOW - minutes(1), rkey="a")) as stream, feed(stream, longest=30) as connector:
        began = time.monotonic()
        (page,) = read(connector, at(us(NOW - minutes(2))))
    assert time.monotonic() - began < 2
    assert page.covered == Interval(NOW - minutes(2), NOW)
    assert page.cursor == at(us(NOW - minutes(1)))  # what has not been seen is not passed over


def test_a_cursor_that_is_too_old_for_the_server_is_a_gap() -> None:
    mark = NOW - timedelta(days=8)
    with jetstream(post(NOW - timedelta(days=3), rkey="kept"), live()) as stream, feed(stream) as connector:
        pages = read(connector, at(us(mark)))
    (gap,) = pages[0].gaps
    assert gap.cause is GapCause.STALE_CURSOR
    assert gap.interval == Interval(mark, NOW - timedelta(days=3))
    assert keys(pages) == [f"bsky:{ALICE}/kept"]
    assert pages[0].covered == Interval(NOW - timedelta(days=3), NOW + timedelta(seconds=1))


def test_a_cursor_from_the_future_starts_from_the_present() -> None:
    with jetstream(live()) as stream, feed(stream, overlap=0) as connector:
        (page,) = read(connector, at(us(NOW + timedelta(days=2))))
    assert int(stream.asked[0]["cursor"]) == us(NOW)
    assert page.cursor == at(us(NOW + timedelta(seconds=1)))
    assert page.gaps == ()


@pytest.mark.parametrize(
    "cursor", [{}, {"version": 2, "time_us": 5}, at(-1), {"version": 1, "time_us": True}, {"version": 1}]
)
def test_a_cursor_that_makes_no_sense_is_none(cursor: Mapping[str, Any]) -> None:
    with jetstream(live()) as stream, feed(stream, overlap=0) as connector:
        read(connector, cursor)
    assert int(stream.asked[0]["cursor"]) == us(NOW - minutes(60))


def test_an_event_from_the_far_future_moves_the_cursor_no_further_than_the_poll_may_last() -> None:
    far = post(NOW - minutes(1), rkey="far") | {"time_us": 2**62}
    with jetstream(far) as stream, feed(stream) as connector:
        (page,) = read(connector, at(us(NOW - minutes(2))))
    assert page.cursor is not None
    assert page.cursor["time_us"] == us(NOW + timedelta(seconds=3))
    assert keys([page]) == [f"bsky:{ALICE}/far"]


def test_deleted_posts_are_named_and_taken_back_from_the_page() -> None:
    events = (
        post(NOW - minutes(1), rkey="here"),
        commit(NOW - timedelta(seconds=50), "delete", "here"),
        commit(NOW - timedelta(seconds=49), "delete", "long-known", BOB),
        commit(NOW - timedelta(seconds=48), "delete", "like", BOB, collection="app.bsky.feed.like"),
        post(NOW - timedelta(seconds=47), rkey="other"),
    )
    with jetstream(*events, live()) as stream, feed(stream) as connector:
        (page,) = read(connector, at(us(NOW - minutes(2))))
    assert page.removed == (f"bsky:{ALICE}/here", f"bsky:{BOB}/long-known")
    assert keys([page]) == [f"bsky:{ALICE}/other"]


@pytest.mark.parametrize(
    ("status", "goes"),
    [("deleted", True), ("takendown", True), ("suspended", True), ("deactivated", True), ("desynchronized", False),
     ("throttled", False), (None, False)],
)  # fmt: skip
def test_an_account_that_is_gone_takes_all_its_posts_with_it(status: str | None, goes: bool) -> None:
    events = (post(NOW - minutes(1), rkey="mine"), post(NOW - minutes(1), rkey="his", did=BOB), account(NOW, status))
    with jetstream(*events, live()) as stream, feed(stream) as connector:
        pages = read(connector, at(us(NOW - minutes(2))))
    assert [page.removed_under for page in pages] == [(f"bsky:{ALICE}/",) if goes else ()]
    assert (f"bsky:{ALICE}/mine" in keys(pages)) is not goes
    assert f"bsky:{BOB}/his" in keys(pages)


def test_an_edit_is_given_even_when_it_names_nobody_any_more() -> None:
    record = {"$type": "app.bsky.feed.post", "createdAt": NOW.isoformat(), "text": "nothing at all"}
    with jetstream(commit(NOW, "update", "e", record=record), live()) as stream, feed(stream) as connector:
        pages = read(connector, at(us(NOW - minutes(2))))
    assert [item.text for page in pages for item in page.items] == ["nothing at all"]


def test_a_handle_is_known_once_an_event_has_told_it() -> None:
    events = (
        post(NOW - minutes(1), rkey="before"),
        event(NOW - minutes(1), ALICE, "identity", handle="alice.example"),
        post(NOW - minutes(1), rkey="after"),
        event(NOW - minutes(1), ALICE, "identity", handle="handle.invalid"),
        post(NOW - minutes(1), rkey="invalid"),
    )
    with jetstream(*events, live()) as stream, feed(stream) as connector:
        (page,) = read(connector, at(us(NOW - minutes(2))))
    assert [item.author.handle for item in page.items] == [None, "alice.example", None]
    assert {item.author.id for item in page.items} == {ALICE}


ODD: tuple[str, ...] = (
    "", "{", "[]", "null", "7", '"x"', "{}", '{"time_us": 1}', '{"time_us": "1", "kind": "commit", "did": "d"}',
    '{"time_us": 1e99, "kind": "commit", "did": "d", "commit": {}}', '{"time_us": 1, "kind": [], "did": "d"}',
    '{"time_us": 1, "kind": "commit", "did": "d", "commit": []}', "[" * 100_000, '{"time_us": ' + "9" * 5000 + "}",
    json.dumps(post(NOW - minutes(1)) | {"did": "not a did"}), json.dumps(commit(NOW - minutes(1), "create", "x")),
    json.dumps(commit(NOW - minutes(1), "create", "../x", record={"text": "acme"})),
    json.dumps(commit(NOW - minutes(1), "create", "x", record={"text": 7, "embed": [], "facets": {}, "langs": "en"})),
)  # fmt: skip


def test_messages_that_are_no_events_are_passed_over() -> None:
    def play(connection: ServerConnection, stream: Jetstream) -> None:
        for message in (*ODD, *stream.messages(0)):
            connection.send(message)
        connection.recv()

    with jetstream(post(NOW - minutes(1), rkey="good"), live()) as stream, feed(stream) as connector:
        stream.play = play
        pages = read(connector, at(us(NOW - minutes(2))))
    assert keys(pages) == [f"bsky:{ALICE}/good"]


def test_messages_may_come_in_fragments_between_pings() -> None:
    def play(connection: ServerConnection, stream: Jetstream) -> None:
        for message in stream.messages(0):
            connection.ping()
            connection.send([message[:7], message[7:30], message[30:]])
        connection.recv()

    with jetstream(post(NOW - minutes(1), "naïve acme 🍫", rkey="good"), live()) as stream, feed(stream) as connector:
        stream.play = play
        pages = read(connector, at(us(NOW - minutes(2))))
    assert [item.text for page in pages for item in page.items] == ["naïve acme 🍫"]


def hang_up(connection: ServerConnection, _stream: Jetstream) -> None:
    connection.socket.shutdown(socket.SHUT_RDWR)


def say_goodbye(connection: ServerConnection, _stream: Jetstream) -> None:
    connection.close(1013, "too slow")


def fall_silent(connection: ServerConnection, _stream: Jetstream) -> None:
    connection.protocol.send_pong = lambda _data: None  # type: ignore[method-assign]
    connection.protocol.recv_frame = lambda _frame: None  # type: ignore[method-assign]
    time.sleep(1)


def send_zstd(connection: ServerConnection, _stream: Jetstream) -> None:
    connection.send(b"\x28\xb5\x2f\xfd" * 10)


def send_a_giant(connection: ServerConnection, _stream: Jetstream) -> None:
    connection.send("a" * (2**20 + 1))


def send_a_giant_in_pieces(connection: ServerConnection, _stream: Jetstream) -> None:
    connection.send("a" * 2**16 for _ in range(17))


def claim_compression(connection: ServerConnection, _stream: Jetstream) -> None:
    connection.socket.sendall(b"\xc1\x05hello")


def send_rubbish(connection: ServerConnection, _stream: Jetstream) -> None:
    connection.socket.sendall(b"\xff" * 100)


@pytest.mark.parametrize(
    ("play", "kind"),
    [
        (hang_up, Unavailable),
        (say_goodbye, Unavailable),
        (send_zstd, BadResponse),
        (send_a_giant, BadResponse),
        (send_a_giant_in_pieces, BadResponse),
        (claim_compression, BadResponse),
        (send_rubbish, BadResponse),
    ],
)
def test_a_stream_that_breaks_keeps_what_came_before(play: Any, kind: type[SourceError]) -> None:
    def first_good(connection: ServerConnection, stream: Jetstream) -> None:
        connection.send(stream.messages(0)[0])
        play(connection, stream)

    with jetstream(post(NOW - minutes(1), rkey="good")) as stream, feed(stream) as connector:
        stream.play = first_good
        pages = connector.fetch([ACME], at(us(NOW - minutes(2))), Allowance())
        page = next(pages)
        with pytest.raises(SourceError) as caught:
            next(pages)
    assert type(caught.value) is kind
    assert keys([page]) == [f"bsky:{ALICE}/good"]
    assert page.cursor == at(us(NOW - minutes(1)))


def test_a_server_that_falls_silent_is_unavailable() -> None:
    with jetstream() as stream, feed(stream, longest=30) as connector:
        stream.play = fall_silent
        with pytest.raises(Unavailable, match="silent"):
            read(connector)


def test_a_server_that_drips_is_left_when_the_time_is_over_and_the_next_poll_goes_on() -> None:
    def drip(connection: ServerConnection, stream: Jetstream) -> None:
        for message in stream.messages(int(stream.asked[-1]["cursor"])):
            connection.send(message)
            time.sleep(0.2)

    posts = sequence(100, NOW - minutes(50), lambda n: f"acme {n}", timedelta(seconds=20))
    with jetstream(*posts) as stream, feed(stream, longest=1, overlap=0) as connector:
        stream.play = drip
        began = time.monotonic()
        pages = read(connector, at(us(NOW - minutes(50))))
        assert time.monotonic() - began < 2.5
        again = read(connector, pages[-1].cursor)
    assert 2 <= len(keys(pages)) <= 6
    assert keys(again)[0] == keys(pages)[-1]
    assert len(keys(again)) >= 2


def test_a_server_that_never_sends_a_whole_message_is_unavailable() -> None:
    def drip(connection: ServerConnection, _stream: Jetstream) -> None:
        for byte in b"\x81\x7e\xff\xff" + b"a" * 1000:
            connection.socket.sendall(bytes([byte]))
            time.sleep(0.05)

    with jetstream() as stream, feed(stream, longest=1) as connector:
        stream.play = drip
        with pytest.raises(Unavailable, match="no event"):
            read(connector)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(429, Retry_After="600"), RateLimited),
        (refusal(429), RateLimited),
        (refusal(503, "<html>", Retry_After="Fri, 20 Nov 2026 13:00:00 GMT"), Unavailable),
        (refusal(503), Unavailable),
        (refusal(500), Unavailable),
        (refusal(302, Location="ws://169.254.169.254/"), AccessDenied),
        (refusal(403), AccessDenied),
        (refusal(401), Unauthorised),
        (refusal(404), AccessDenied),
        (refusal(400), BadResponse),
        (refusal(200, "<html>hello</html>"), BadResponse),
    ],
)
def test_each_answer_in_place_of_a_stream_is_the_right_kind(answer: Any, kind: type[SourceError]) -> None:
    with jetstream() as stream, feed(stream) as connector:
        stream.refuses = answer
        with pytest.raises(SourceError) as caught:
            read(connector)
    assert type(caught.value) is kind
    assert len(stream.asked) == 1  # no redirect is followed, nothing is tried again


def test_the_wait_that_a_server_names_is_kept() -> None:
    with jetstream() as stream, feed(stream) as connector:
        stream.refuses = refusal(429, Retry_After="600")
        with pytest.raises(RateLimited) as caught:
            read(connector)
    assert caught.value.retry_at == NOW + minutes(10)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 101 X\r\n\r\n", b"\x00" * 50, b"HTTP/1.1 101 X\r\n" + b"a: b\r\n" * 500, b"x" * 20_000]
)
def test_a_server_that_speaks_something_else_is_told_apart(answer: bytes) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, deps() as given:
        connector = connect(
            "bsky", {"hosts": [f"ws://127.0.0.1:{listener.getsockname()[1]}"], "longest": 1, "patience": 0.5}, given
        )

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises((BadResponse, Unavailable)):
            read(connector)
        thread.join()


def test_another_host_is_asked_when_the_first_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"ws://127.0.0.1:{closed.getsockname()[1]}"
    with jetstream(post(NOW - minutes(1), rkey="a"), live()) as stream, feed(stream, hosts=[dead, stream.url]) as both:
        assert keys(read(both)) == [f"bsky:{ALICE}/a"]
        assert keys(read(both)) == [f"bsky:{ALICE}/a"]


def test_an_address_that_is_not_public_is_never_asked() -> None:
    with jetstream(live()) as stream, deps(limits=HttpLimits()) as given:
        connector = connect("bsky", {"hosts": [stream.url]}, given)
        with pytest.raises(Unavailable, match="not asked"):
            read(connector)
    assert stream.asked == []


@pytest.mark.parametrize(
    "options",
    [{"hosts": []}, {"hosts": ["https://a.example"]}, {"hosts": ["wss://a.example/path"]}, {"hosts": ["wss://u:p@a.example"]},
     {"hosts": ["wss://a.example:99999"]}, {"hosts": ["wss://"]}, {"overlap": -1}, {"longest": 0}, {"nonsense": 1}],
)  # fmt: skip
def test_wrong_options_are_named(options: dict[str, Any]) -> None:
    with deps() as given, pytest.raises(ConfigError, match="source 'bsky'"):
        connect("bsky", options, given)


def test_without_a_way_to_dial_it_says_so() -> None:
    with deps() as given, pytest.raises(ConfigError, match="WebSocket"):
        connect("bsky", {}, Deps(given.session, given.clock, given.secret))


@pytest.mark.parametrize("name", ["jetstream_expected_v1", "jetstream_golden_v1"])
def test_recorded_events_become_items(name: str) -> None:
    lines = shared_path(f"corpus/later/bluesky/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    expected = [
        f"bsky:{found['did']}/{found['commit']['rkey']}"
        for found in events
        if found.get("commit", {}).get("collection") == "app.bsky.feed.post"
        and found["commit"]["operation"] == "create"
    ]
    everything = parse_query("all", "bsky.app")  # every post's address is on it
    with jetstream(*events) as stream, deps() as given:
        connector = connect("bsky", {"hosts": [stream.url], "longest": 30, "patience": 0.2}, given)
        pages = list(connector.fetch([everything], at(events[0]["time_us"]), Allowance()))
    items = [item for page in pages for item in page.items]
    assert [item.key for item in items] == expected
    assert all(item.text or item.links for item in items)
    assert all(item.published_at is not None for item in items)
    assert {key for page in pages for key in page.removed} == {
        f"bsky:{found['did']}/{found['commit']['rkey']}"
        for found in events
        if found.get("commit", {}).get("operation") == "delete"
        and found["commit"]["collection"] == "app.bsky.feed.post"
    }


def test_a_post_that_was_deleted_does_not_come_back_when_the_overlap_is_read_again() -> None:
    born, gone = NOW - timedelta(seconds=60), NOW - timedelta(seconds=50)
    events = (post(born, rkey="short-lived"), *sequence(150, born, lambda n: f"acme {n}", timedelta(milliseconds=1)))
    mark = at(us(gone + timedelta(seconds=1)))
    with (
        jetstream(*events, commit(gone, "delete", "short-lived"), live()) as stream,
        feed(stream, overlap=30) as bluesky,
    ):
        pages = read(bluesky, mark)
    assert f"bsky:{ALICE}/short-lived" not in keys(pages)  # though the first page was full before the delete came
    assert len(keys(pages)) >= 150


def test_a_server_that_lags_behind_the_cursor_gives_nothing_twice_and_covers_nothing() -> None:
    born = NOW - timedelta(seconds=60)
    mark = us(NOW - timedelta(seconds=50))
    with jetstream(post(born, rkey="deleted-elsewhere")) as stream, feed(stream, overlap=30) as connector:
        (page,) = read(connector, at(mark))
    assert (page.items, page.covered, page.cursor) == ((), None, at(mark))
