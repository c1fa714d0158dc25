"""Walking listings back to a watermark, interrupted anywhere, against a made Reddit that pages like the real one."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.model import Allowance, Gap, GapCause, Interval, Page, Query, Term, TermKind
from connectors.reddit import connect
from tests.support.counts import examples
from tests.support.reddit import (
    BRAND,
    NOW,
    OPTIONS,
    SEARCH,
    Shelf,
    comment,
    connected,
    cursor_of,
    deps,
    items,
    listing,
    pages,
    post,
    reddit,
)
from tests.support.replay import ReplayServer

COMMENTS = "/r/chocolate/comments/"
T0 = NOW.timestamp()
HOUR = 3600.0
UNLIMITED = Allowance()


def keys(found: list[Page]) -> list[str]:
    return [item.key for item in items(found)]


def made(server: ReplayServer, path: str = SEARCH, **shape: int) -> Shelf:
    shelf = Shelf(**shape)
    server.add("GET", path, answer=shelf.answer)
    return shelf


def test_the_first_poll_reaches_back_a_week_and_says_so() -> None:
    with reddit() as server:
        made(server).put(*(post(n, T0 - n * 24 * HOUR) for n in range(1, 20)))
        found = pages(connected(server))
    assert len(keys(found)) == 7
    assert found[-1].covered == Interval(NOW - timedelta(days=7), NOW)
    assert sum(page.cost.reads for page in found) == 2  # the token and one search
    assert all(page.cost.usd == 0 for page in found)
    assert not any(page.gaps for page in found)


def test_the_next_poll_gives_what_is_new_and_the_overlap() -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server)
        shelf.put(*(post(n, T0 - n * HOUR) for n in range(1, 50)))
        connector = connected(server, clock)
        first = pages(connector)
        clock.advance(timedelta(hours=2))
        shelf.put(post(900, T0 + HOUR), post(901, T0 - HOUR - 600))  # one new, one that Reddit shows late
        second = pages(connector, cursor_of(first))
    assert set(keys(second)) == {"reddit:t3_p0", "reddit:t3_p1", "reddit:t3_1"}
    assert second[-1].covered == Interval(NOW, NOW + timedelta(hours=2))
    assert not any("before" in request.query for request in server.requests)


def test_nothing_new_is_no_items_and_covered_all_the_same() -> None:
    with reddit() as server:
        made(server)
        clock = ManualClock(NOW)
        connector = connected(server, clock)
        first = pages(connector)
        clock.advance(timedelta(hours=1))
        second = pages(connector, cursor_of(first))
    assert items(second) == []
    assert second[-1].covered == Interval(NOW, NOW + timedelta(hours=1))


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    size=st.integers(1, 7),
    fresh=st.integers(0, 30),
    polls=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5)), max_size=6),
)
def test_walks_interrupted_at_any_page_lose_nothing_and_repeat_only_the_watermark(
    size: int, fresh: int, polls: list[tuple[int, int]]
) -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server, page=size)
        shelf.put(*(post(1 + n, T0 - HOUR - n) for n in range(5)))
        connector = connected(server, clock, overlap=0)
        cursor = cursor_of(pages(connector))
        clock.advance(timedelta(hours=1))
        shelf.put(*(post(1000 + n, T0 + n + 1) for n in range(fresh)))
        seen: list[str] = []
        walks = 0
        # Each poll is killed after some pages, while new posts come in; at the end two polls are let through.
        for stop, late in [*polls, (None, 0), (None, 0)]:
            walks += not any(trail["step"] for trail in cursor["trails"].values())
            some = list(islice(connector.fetch([BRAND], cursor, UNLIMITED), stop))
            seen += keys(some)
            cursor = cursor_of(some, cursor)
            assert not any(page.gaps for page in some)
            clock.advance(timedelta(minutes=5))
            now = clock.now().timestamp()
            shelf.put(*(post(5000 + len(shelf.things) + n, now - n) for n in range(late)))
    expected = {f"reddit:{thing['data']['name']}" for thing in shelf.things if thing["data"]["created_utc"] > T0}
    assert expected <= set(seen)
    # A walk sees the post at its watermark once more; no other post comes twice.
    assert len(seen) - len(set(seen)) <= walks


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    fresh=st.integers(0, 400),
    polls=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 200)), max_size=4),
)
def test_whatever_a_cut_off_listing_loses_lies_in_a_gap_and_not_in_what_is_covered(
    fresh: int, polls: list[tuple[int, int]]
) -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server, cap=250)
        shelf.put(post(1, T0 - HOUR))
        connector = connected(server, clock, overlap=0)
        found = pages(connector)
        cursor = cursor_of(found)
        clock.advance(timedelta(hours=1))
        shelf.put(*(post(1000 + n, T0 + 1 + n) for n in range(fresh)))
        for stop, late in [*polls, (None, 0), (None, 0)]:
            some = list(islice(connector.fetch([BRAND], cursor, UNLIMITED), stop))
            found += some
            cursor = cursor_of(some, cursor)
            clock.advance(timedelta(minutes=5))
            now = clock.now().timestamp()
            shelf.put(*(post(5000 + len(shelf.things) + n, now - n) for n in range(late)))
    seen = set(keys(found))
    gaps = [gap.interval for page in found for gap in page.gaps]
    covered = [page.covered for page in found if page.covered]
    for thing in shelf.things:
        at = datetime.fromtimestamp(thing["data"]["created_utc"], UTC)
        if f"reddit:{thing['data']['name']}" not in seen:
            assert any(gap.start <= at < gap.end for gap in gaps)
            assert not any(interval.start <= at < interval.end for interval in covered)


@pytest.mark.parametrize("stop", range(1, 11))
def test_a_resumed_walk_repeats_no_page_and_the_watermark_waits_for_it(stop: int) -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server, page=10)
        connector = connected(server, clock)
        shelf.put(post(1, T0 - HOUR))
        cursor = cursor_of(pages(connector))
        clock.advance(timedelta(hours=1))
        shelf.put(*(post(100 + n, T0 + n) for n in range(100)))
        walk = connector.fetch([BRAND], cursor, UNLIMITED)
        before = [next(walk) for _ in range(stop)]
        walk.close()
        trail = next(iter(before[-1].cursor["trails"].values()))
        assert trail["mark"] == T0 - HOUR
        after = pages(connector, cursor_of(before))
    assert len(keys(before)) == len(set(keys(before))) == 10 * stop
    assert not set(keys(before)) & set(keys(after))
    assert {*keys(before), *keys(after)} >= {f"reddit:{thing['data']['name']}" for thing in shelf.things}
    assert next(iter(after[-1].cursor["trails"].values()))["mark"] == T0 + 99


def test_an_interrupted_poll_covers_nothing_until_every_listing_has_arrived() -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        made(server).put(post(1, T0 - HOUR))
        made(server, COMMENTS, page=2).put(*(comment(n, T0 - n * 60) for n in range(1, 7)))
        connector = connected(server, clock, comments=["chocolate"])
        walk = connector.fetch([BRAND], None, UNLIMITED)
        some = [next(walk), next(walk)]
        walk.close()
        assert not any(page.covered for page in some)
        clock.advance(timedelta(hours=1))
        rest = pages(connector, cursor_of(some))
    assert rest[-1].covered == Interval(NOW - timedelta(days=7), NOW)
    assert set(keys(some) + keys(rest)) == {"reddit:t3_1", *(f"reddit:t1_{n}" for n in range(1, 7))}


def test_a_walk_whose_way_on_was_deleted_starts_over() -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server, page=3)
        shelf.put(*(post(n, T0 - n * 60) for n in range(1, 10)))
        connector = connected(server, clock)
        walk = connector.fetch([BRAND], None, UNLIMITED)
        cursor = cursor_of([next(walk)])
        walk.close()
        shelf.things = [thing for thing in shelf.things if thing["data"]["name"] != "t3_3"]
        rest = pages(connector, cursor)
    assert set(keys(rest)) == {f"reddit:t3_{n}" for n in range(1, 10)} - {"reddit:t3_3"}
    assert rest[-1].covered is not None


def test_a_refused_way_on_starts_over_too() -> None:
    with reddit() as server:
        server.add("GET", SEARCH, 400, body={"message": "Bad Request", "error": 400}, query={"after": "t3_zz"})
        made(server).put(post(1, T0 - 60))
        step = {"after": "t3_zz", "began": T0 - 60, "top": T0 - 60, "oldest": T0 - 60, "seen": 100}
        connector = connected(server)
        cursor = cursor_of(pages(connector))
        next(iter(cursor["trails"].values()))["step"] = step
        assert keys(pages(connector, cursor)) == ["reddit:t3_1"]


def test_a_search_cut_off_before_the_watermark_is_a_gap() -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server, cap=250)
        shelf.put(post(1, T0 - HOUR))
        connector = connected(server, clock)
        first = pages(connector)
        clock.advance(timedelta(hours=1))
        shelf.put(*(post(1000 + n, T0 + n) for n in range(400)))
        second = pages(connector, cursor_of(first))
        clock.advance(timedelta(hours=1))
        third = pages(connector, cursor_of(second))
    lost = Interval(NOW - timedelta(hours=1), NOW + timedelta(seconds=150))
    assert [gap for page in second for gap in page.gaps] == [Gap(lost, GapCause.OVERFLOW)]
    assert second[-1].covered == Interval(lost.end, NOW + timedelta(hours=1))
    assert len(items(second)) == 250
    assert not any(page.gaps for page in third)
    assert third[-1].covered == Interval(NOW + timedelta(hours=1), NOW + timedelta(hours=2))


def test_a_comment_listing_cut_off_at_a_thousand_is_a_gap() -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server, COMMENTS, cap=1000)
        shelf.put(comment(1, T0 - HOUR))
        connector = connected(server, clock, comments=["chocolate"])
        made(server)
        first = pages(connector)
        clock.advance(timedelta(hours=1))
        shelf.put(*(comment(1000 + n, T0 + n) for n in range(1200)))
        second = pages(connector, cursor_of(first))
    assert [gap.cause for page in second for gap in page.gaps] == [GapCause.OVERFLOW]
    assert len(items(second)) == 1000


def test_the_first_poll_of_a_busy_listing_is_no_gap_but_covers_only_what_it_saw() -> None:
    with reddit() as server:
        made(server, cap=250).put(*(post(n, T0 - n) for n in range(1, 400)))
        found = pages(connected(server))
    assert not any(page.gaps for page in found)
    assert found[-1].covered == Interval(NOW - timedelta(seconds=250), NOW)


def test_a_short_listing_that_ends_before_the_watermark_is_no_gap() -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server)
        shelf.put(post(1, T0 - HOUR))
        connector = connected(server, clock)
        first = pages(connector)
        clock.advance(timedelta(hours=1))
        shelf.things = [post(2, T0 + 60)]  # the thing at the watermark was deleted
        second = pages(connector, cursor_of(first))
    assert keys(second) == ["reddit:t3_2"]
    assert not any(page.gaps for page in second)


def test_a_listing_that_never_ends_is_left() -> None:
    with reddit() as server:
        server.add("GET", SEARCH, body=listing([post(1, T0 - 60)], "t3_1"))
        found = pages(connected(server))
    assert len(server.requests) < 20
    assert len(set(keys(found))) == 1


def test_a_date_in_the_future_does_not_blind_the_next_polls() -> None:
    clock = ManualClock(NOW)
    with reddit() as server:
        shelf = made(server)
        shelf.put(post(1, T0 + 20 * HOUR), post(2, T0 + 900 * HOUR), post(3, T0 - HOUR))
        connector = connected(server, clock)
        first = pages(connector)
        clock.advance(timedelta(hours=1))
        shelf.put(post(4, T0 + 60))
        second = pages(connector, cursor_of(first))
    dates = {item.key: item.published_at for item in items(first)}
    assert dates["reddit:t3_2"] is None
    assert "reddit:t3_4" in keys(second)


def test_the_budget_stops_the_walk_and_the_next_poll_goes_on() -> None:
    with reddit() as server:
        shelf = made(server, page=10)
        shelf.put(*(post(n, T0 - n * 60) for n in range(1, 41)))
        connector = connected(server)
        some = pages(connector, reads=3)
        assert sum(page.cost.reads for page in some) == 3
        assert not any(page.covered for page in some)
        rest = pages(connector, cursor_of(some))
    assert sorted(keys(some) + keys(rest)) == sorted(f"reddit:{thing['data']['name']}" for thing in shelf.things)


@pytest.mark.parametrize(
    "cursor",
    [
        {},
        {"version": 2, "mode": "oauth"},
        {"version": 1, "mode": "feed", "marks": {}},
        {"version": 1, "mode": "oauth", "trails": 7},
        {"version": 1, "mode": "oauth", "trails": {"x": {"mark": "yesterday"}}},
        {"version": 1, "mode": "oauth", "trails": {"x": {"step": {"after": "../../x", "began": 0, "seen": 1}}}},
    ],
)
def test_a_cursor_that_says_nothing_is_a_first_poll(cursor: dict) -> None:
    with reddit() as server:
        made(server).put(post(1, T0 - HOUR))
        assert keys(pages(connected(server), cursor)) == ["reddit:t3_1"]


def test_the_cursor_forgets_searches_that_are_no_longer_made() -> None:
    with reddit() as server:
        made(server)
        connector = connected(server)
        cursor = None
        for n in range(5):
            query = Query("s", f"word{n}", Term(TermKind.WORD, f"word{n}"))
            cursor = cursor_of(list(connector.fetch([query], cursor, UNLIMITED)))
    assert len(cursor["trails"]) == 1


def test_nothing_to_read_asks_nothing() -> None:
    with reddit() as server:
        assert list(connected(server).fetch([], None, UNLIMITED)) == []
        assert server.requests == []


def test_connecting_sends_nothing_and_the_calls_are_read_only() -> None:
    with reddit() as server:
        connector = connect("reddit", OPTIONS | {"base_url": server.base_url}, deps())
        assert server.requests == []
        made(server)
        pages(connector)
        token, search = server.requests
    assert (token.method, token.body) == ("POST", b"grant_type=client_credentials")
    assert search.headers["user-agent"].startswith(OPTIONS["user_agent"])
    assert search.query == {
        "q": "truffle", "restrict_sr": "False", "sort": "new", "syntax": "lucene", "t": "all", "limit": "100",
        "raw_json": "1",
    }  # fmt: skip


def test_each_thread_has_a_praw_of_its_own() -> None:
    with reddit() as server:
        made(server)
        connector = connected(server)
        for _ in range(2):
            thread = threading.Thread(target=pages, args=(connector,))
            thread.start()
            thread.join()
        pages(connector)
        pages(connector)
        tokens = [request for request in server.requests if request.method == "POST"]
    assert len(tokens) == 3


def test_named_subreddits_are_joined_and_the_search_is_kept_to_them() -> None:
    with reddit() as server:
        made(server, "/r/chocolate+candy/search/")
        made(server, "/r/a1+b2/comments/")
        pages(connected(server, subreddits=["r/chocolate", "candy"], comments=["a1", "/r/b2/"]))
        assert not server.unmatched
        assert server.requests[1].query["restrict_sr"] == "True"


def test_reddit_text_is_never_trained_on_and_the_api_gives_figures() -> None:
    with reddit() as server:
        connector = connected(server)
    assert connector.trainable is False
    assert connector.capabilities >= {"score", "upvote_ratio", "num_comments", "controversiality"}
