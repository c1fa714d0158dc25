"""Hacker News through a made Algolia that filters, sorts and cuts off like the real one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.errors import (
    AccessDenied,
    BadResponse,
    ConfigError,
    RateLimited,
    SourceError,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from bot.http import Http, HttpLimits
from bot.listen.matching import Matcher
from bot.listen.query import parse_query
from bot.model import Allowance, Author, GapCause, Interval, Item, ItemKind, Page
from bot.ports import Deps
from connectors.hackernews import HackerNewsFeed, compiled, connect
from connectors.hackernews.normalise import item_of
from connectors.hackernews.search import searches_of
from tests.support.algolia import PATH, Algolia, comment, story
from tests.support.counts import examples
from tests.support.replay import Answer, ReplayServer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
T0 = int(NOW.timestamp())
HOUR = 3600
ACME = parse_query("acme", "acme")


@dataclass
class Bench:
    connector: HackerNewsFeed
    server: ReplayServer
    clock: ManualClock
    algolia: Algolia

    def read(self, cursor: Any = None, allowance: Allowance | None = None) -> list[Page]:
        return list(self.connector.fetch([ACME], cursor, allowance or Allowance()))


@contextmanager
def bench(*hits: dict[str, Any], **options: Any) -> Iterator[Bench]:
    clock, algolia = ManualClock(NOW), Algolia(list(hits))
    limits = HttpLimits(allow_networks=("127.0.0.0/8",), connect_timeout=2, read_timeout=1, max_body=5_000_000)
    with ReplayServer() as server, Http(limits) as http:
        deps = Deps(http.session, clock, lambda _options, _name: "")
        yield Bench(connect("hn", {"base_url": server.base_url, **options}, deps), server, clock, algolia)


@contextmanager
def served(*hits: dict[str, Any], **options: Any) -> Iterator[Bench]:
    with bench(*hits, **options) as found:
        found.server.add("GET", PATH, answer=found.algolia.answer)
        yield found


def keys(pages: list[Page]) -> list[str]:
    return [item.key for page in pages for item in page.items]


def cursor_of(pages: list[Page], before: Any = None) -> Any:
    return next((page.cursor for page in reversed(pages) if page.cursor is not None), before)


def test_a_story_and_a_comment_become_items() -> None:
    with served(story(1, T0 - HOUR), comment(2, T0 - 2 * HOUR)) as found:
        pages = found.read()
    first, second = (item for page in pages for item in page.items)
    assert first == Item(
        key="hn:1",
        kind=ItemKind.POST,
        url="https://news.ycombinator.com/item?id=1",
        title="Acme launches a thing",
        text="Acme launches a thing",
        published_at=NOW - timedelta(hours=1),
        outlet="news.ycombinator.com",
        author=Author(handle="someone", url="https://news.ycombinator.com/user?id=someone"),
        metrics={"points": 12.0, "num_comments": 3.0},
        links=("https://acme.example/thing",),
    )
    assert second.kind is ItemKind.COMMENT
    assert second.text == "I like acme & co: https://acme.ex..."
    assert second.links == ("https://acme.example/a?b=1",)
    assert second.refers_to == "hn:8"
    assert dict(second.metrics) == {}  # nobody said how many points
    assert second.title == ""


def test_the_request_is_exact_and_the_last_page_says_what_is_covered() -> None:
    with served(story(1, T0 - HOUR), look_back=24, page_size=50) as found:
        pages = found.read()
        (request,) = found.server.requests
    assert request.query == {
        "query": "acme",
        "tags": "(story,comment)",
        "numericFilters": f"created_at_i>={T0 - 24 * HOUR},created_at_i<={T0}",
        "typoTolerance": "false",
        "hitsPerPage": "50",
    }
    assert pages[-1].covered == Interval(NOW - timedelta(hours=24), NOW)
    assert sum(page.cost.reads for page in pages) == 1
    assert all(page.cost.usd == 0 for page in pages)


def test_the_next_poll_reads_what_is_new_and_the_overlap() -> None:
    with served(story(1, T0 - HOUR // 2), story(2, T0 - 2 * HOUR), comments=False) as found:
        cursor = cursor_of(found.read())
        found.clock.advance(timedelta(hours=1))
        found.algolia.hits.append(story(3, T0 + 60, points=99))
        pages = found.read(cursor)
        assert found.server.requests[-1].query["tags"] == "story"
    assert keys(pages) == ["hn:3", "hn:1"]
    assert pages[-1].covered == Interval(NOW, NOW + timedelta(hours=1))


def test_more_than_a_thousand_hits_are_read_by_narrowing_the_time() -> None:
    hits = [story(n, T0 - 10 * n) for n in range(2500)]
    with served(*hits, page_size=1000) as found:
        pages = found.read()
    assert set(keys(pages)) == {f"hn:{n}" for n in range(2500)}
    assert not any(page.gaps for page in pages)


def test_more_than_a_thousand_in_one_second_are_a_gap_and_not_silence() -> None:
    hits = [story(n, T0 - HOUR) for n in range(1200)] + [story(5000, T0 - 2 * HOUR)]
    with served(*hits) as found:
        pages = found.read()
    ((gap,),) = [page.gaps for page in pages if page.gaps]
    assert gap.cause is GapCause.OVERFLOW
    assert gap.interval == Interval(NOW - timedelta(hours=1), NOW - timedelta(hours=1) + timedelta(seconds=1))
    assert len(set(keys(pages))) == 1001
    assert "hn:5000" in keys(pages)
    before, after = [page.covered for page in pages if page.covered]
    assert (before.end, after) == (gap.interval.start, Interval(gap.interval.end, NOW)), "what is covered leaves it out"


def test_a_server_that_gives_less_than_was_asked_for_is_asked_on() -> None:
    with served(*(story(n, T0 - n) for n in range(70))) as found:
        found.algolia.most = 20
        pages = found.read()
    assert len(set(keys(pages))) == 70


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    times=st.lists(st.integers(0, 600), max_size=60),
    polls=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 5)), max_size=5),
)
def test_walks_killed_anywhere_lose_nothing(times: list[int], polls: list[tuple[int, int]]) -> None:
    with served(*(story(n, T0 - HOUR - time) for n, time in enumerate(times)), page_size=10, overlap=0) as found:
        seen: list[str] = []
        cursor: Any = None
        for stop, late in [*polls, (None, 0), (None, 0)]:
            some = list(islice(found.connector.fetch([ACME], cursor, Allowance()), stop))
            seen += keys(some)
            cursor = cursor_of(some, cursor)
            assert not any(page.gaps for page in some)
            found.clock.advance(timedelta(minutes=5))
            now = int(found.clock.now().timestamp())
            found.algolia.hits += [story(1000 + len(found.algolia.hits) + n, now - n) for n in range(late)]
        assert set(seen) == {f"hn:{hit['objectID']}" for hit in found.algolia.hits}


def test_a_poll_asks_no_more_often_than_it_may_and_the_next_goes_on() -> None:
    hits = [story(n, T0 - 10 * n) for n in range(300)]
    with served(*hits, page_size=10, requests=5) as found:
        first = found.read()
        assert len(found.server.requests) == 5
        assert first[-1].covered is None
        second = found.read(cursor_of(first), Allowance(reads=2))
        assert len(found.server.requests) == 7
        cursor, seen = cursor_of(second), keys(first) + keys(second)
        for _ in range(10):
            pages = found.read(cursor)
            cursor, seen = cursor_of(pages), seen + keys(pages)
    assert set(seen) == {f"hn:{n}" for n in range(300)}


def test_a_mark_from_the_future_is_taken_back() -> None:
    with served(story(1, T0 - 60)) as found:
        found.clock.advance(timedelta(days=30))
        cursor = cursor_of(found.read())
        found.clock.set(NOW)
        pages = found.read(cursor)
    assert keys(pages) == ["hn:1"]
    assert all(page.covered is None or page.covered.end <= NOW for page in pages)


def test_what_is_gone_is_removed_and_what_is_odd_harms_nobody() -> None:
    odd: list[dict[str, Any]] = [
        {"objectID": None, "created_at_i": T0 - 5},
        {"objectID": "../x", "created_at_i": T0 - 5, "title": "acme"},
        story(3, T0 - 5, title=None),
        comment(4, T0 - 5, comment_text="[deleted]"),
        comment(5, T0 - 5, parent_id="x", story_id=None, author=None, points=float("inf")),
        story(6, T0 - 5, url="javascript:alert(1)", points=True, num_comments="7", title="a\x00b \u202e acme"),
    ]
    with served(*odd) as found:
        pages = found.read()
    by_key = {item.key: item for page in pages for item in page.items}
    assert set(by_key) == {"hn:5", "hn:6"}
    assert [page.removed for page in pages if page.removed] == [("hn:3", "hn:4")]
    assert by_key["hn:5"].refers_to is None
    assert by_key["hn:5"].author == Author()
    assert dict(by_key["hn:6"].metrics) == {}
    assert by_key["hn:6"].links == ()
    assert "\x00" not in by_key["hn:6"].text


@pytest.mark.parametrize("seconds", [None, True, "1", -(10**30), 10**30, 0, T0 + 10 * 86400])
def test_a_time_that_cannot_be_is_unknown(seconds: object) -> None:
    item = item_of(story(1, 0, created_at_i=seconds), "hn:1", NOW)
    assert item is not None
    assert item.published_at is None


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(429, {"retry-after": "900"}), RateLimited),
        (Answer(429), RateLimited),
        (Answer(503, {"retry-after": "900"}), Unavailable),
        (Answer(500, {}, "<html>"), Unavailable),
        (Answer(502), Unavailable),
        (Answer(403, {}, "<html>blocked"), AccessDenied),
        (Answer(401), Unauthorised),
        (Answer(400, {}, {"message": "invalid numericFilters"}), BadResponse),
        (Answer(404), AccessDenied),
        (Answer(200, {}, "<html>captive portal</html>"), BadResponse),
        (Answer(200, {}, '{"hits": ['), BadResponse),
        (Answer(200, {}, "[" * 200_000), BadResponse),
        (Answer(200, {}, []), BadResponse),
        (Answer(200, {}, {"hits": 7}), BadResponse),
        (Answer(200, {}, {}), BadResponse),
        (Answer(200, {}, b"\xff\xfe"), BadResponse),
        (Answer(204), BadResponse),
        (Answer(200, {}, "x" * 6_000_000), BadResponse),
        (Answer(302, {"location": f"{PATH}?again"}), BadResponse),
        (Answer(302, {"location": "http://[bad"}), BadResponse),
        (Answer(drop=True), Unavailable),
        (Answer(delay=1.5), Unreachable),
    ],
)
def test_each_answer_is_the_right_kind_of_error(answer: Answer, kind: type[SourceError]) -> None:
    with bench() as found:
        found.server.add("GET", PATH, answer=answer)
        with pytest.raises(SourceError) as caught:
            found.read()
    assert type(caught.value) is kind


def test_a_redirect_to_a_private_address_is_not_followed() -> None:
    with bench() as found:
        found.server.add("GET", PATH, 302, {"location": "http://169.254.169.254/latest"})
        with pytest.raises(Unavailable, match="not asked"):
            found.read()


def test_an_error_in_the_middle_keeps_what_was_read() -> None:
    hits = [story(n, T0 - 10 * n) for n in range(25)]
    with bench(*hits, page_size=10) as found:
        found.server.add("GET", PATH, answer=found.algolia.answer)
        found.server.add("GET", PATH, 503)
        pages = found.connector.fetch([ACME], None, Allowance())
        first = next(pages)
        with pytest.raises(Unavailable):
            next(pages)
        found.server.clear()
        found.server.add("GET", PATH, answer=found.algolia.answer)
        rest = found.read(first.cursor)
    assert set(keys([first, *rest])) == {f"hn:{n}" for n in range(25)}
    assert len(keys([first])) == 10


def test_a_server_that_ignores_the_time_is_bad_and_not_endless() -> None:
    with bench(page_size=10) as found:
        same = {"hits": [story(n, T0 + 5 * HOUR + n) for n in range(10)]}
        found.server.add("GET", PATH, 200, {}, same)
        with pytest.raises(BadResponse, match="other times"):
            found.read()


@pytest.mark.parametrize(
    "cursor", [{}, {"version": 9}, {"version": 1, "trails": 7}, {"version": 1, "trails": {"a": {"mark": "x"}}}]
)
def test_a_cursor_that_makes_no_sense_is_none(cursor: Mapping[str, Any]) -> None:
    with served(story(1, T0 - 60)) as found:
        assert keys(found.read(cursor)) == ["hn:1"]


@pytest.mark.parametrize(
    ("query", "searches"),
    [
        ("acme", ("acme",)),
        ("acme OR globex", ("acme", "globex")),
        ('"free chocolate" acme', ("acme chocolate free",)),
        ("acme NOT recipe", ("acme",)),
        ("acme OR (acme AND launch)", ("acme",)),
        ("truffle* AND acme", ("acme truffle",)),
        ("@acme OR #globex OR www.acme.example", ("acme", "globex", "acme.example")),
        ("(acme OR globex) AND (price OR cost)", ("acme price", "acme cost", "globex price", "cost globex")),
        ("coca-cola", ("coca cola",)),
        ("acme AND lang:en", ("acme",)),
        ("author:pg", ("",)),
        ("acme OR author:pg", ("",)),
        ("acme NEAR/3 (price OR cost)", ("acme price", "acme cost")),
    ],
)
def test_queries_become_searches(query: str, searches: tuple[str, ...]) -> None:
    assert searches_of([parse_query("s", query)]) == searches


def test_a_wide_and_is_not_written_out() -> None:
    wide = " AND ".join("(" + " OR ".join(f"w{n}x{m}" for m in range(9)) + ")" for n in range(9))
    assert 0 < len(searches_of([parse_query("s", wide)])) <= 20


def test_a_search_is_no_longer_than_algolia_takes() -> None:
    (search,) = searches_of([parse_query("s", " ".join(f"wörd{n}" for n in range(300)))])
    assert 0 < len(search.encode()) <= 512


WORDS = st.sampled_from(
    ["acme", "Globex", '"free acme"', "tru*", "@acme", "#acme", "acme.example", "co-op", "C++", "McX's"]
)
QUERIES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} AND {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} NOT {pair[1]})"),
    ),
    max_leaves=5,
)
TEXTS = st.lists(
    st.sampled_from(["acme", "GLOBEX", "free", "free acme", "truffle", "@acme", "#acme", "acme.example", "co op", "c++", "McX’s", "x"]),
    min_size=1, max_size=6,
).map(" ".join)  # fmt: skip


@given(query=QUERIES, text=TEXTS)
def test_every_match_is_found_by_one_of_the_searches(query: str, text: str) -> None:
    parsed = parse_query("s", query)
    item = Item("hn:1", ItemKind.POST, None, "", text, NOW, "news.ycombinator.com")
    if not Matcher([parsed]).match(item):
        return
    tokens = re.findall(r"\w+", text.casefold())

    def finds(search: str) -> bool:
        *words, last = re.findall(r"\w+", search.casefold()) or [""]
        return all(word in tokens for word in words) and any(token.startswith(last) for token in tokens)

    assert any(finds(search) for search in searches_of([parsed]))


@pytest.mark.parametrize(
    "options",
    [{"base_url": "ftp://x"}, {"base_url": "https://u:p@x.example"}, {"page_size": 5000}, {"overlap": -1}, {"x": 1}],
)
def test_wrong_options_are_named(options: dict[str, Any]) -> None:
    with Http() as http, pytest.raises(ConfigError, match="source 'hn'"):
        connect("hn", options, Deps(http.session, ManualClock(NOW), lambda _options, _name: ""))


@pytest.mark.parametrize(
    ("text", "sent", "notes"),
    [
        ("acme", ["acme"], []),
        ("acme OR apex", ["acme", "apex"], []),
        ("acme lang:en -pie", ["acme"], [("lang:en", ""), ("NOT pie", "")]),
        ('"acme shop"', ["acme shop"], [('"acme shop"', "acme shop")]),
        ("acme NEAR/3 (shop OR store)", ["acme shop", "acme store"],
         [("acme NEAR/3 (shop OR store)", "acme shop / acme store")]),
        ("author:acme", [""], [("author:acme", ""), ("author:acme", "")]),
    ],
)  # fmt: skip
def test_what_is_sent_for_a_query_can_be_shown(text: str, sent: list[str], notes: list[tuple[str, str]]) -> None:
    (found,) = compiled([parse_query("s", text)], {})
    assert [search.text for search in found.sent] == sent
    assert [(note.what, note.instead) for note in found.notes] == notes
    assert not any(note.loses for note in found.notes)
