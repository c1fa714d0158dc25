"""The walk through X's search, with the real tweepy, against a made X that behaves as connectors.md §1.3 says."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import AccessDenied, BadResponse, BudgetSpent, RateLimited
from bot.model import Allowance, Cost, GapCause, Interval, Or, Query, Term, TermKind
from connectors.twitter.api import NEW_FIELDS, OLD_FIELDS, USER_FIELDS
from connectors.twitter.ids import id_at, time_of
from tests.connectors.twitter_support import NOW, QUERY, SEARCH, MadeX, bench, made_page, made_post, refusal
from tests.support.counts import examples
from tests.support.replay import Answer
from tests.support.shared import shared_path

MINUTE = timedelta(minutes=1)
OTHER = Query("other", "other", Term(TermKind.WORD, "other"))


def posts_before(moment: datetime, count: int, step: timedelta = MINUTE) -> list[dict]:
    return [made_post(moment - step * (n + 1), f"acme {n}") for n in range(count)]


def keys(pages) -> list[str]:
    return [item.key for page in pages for item in page.items]


def test_ids_hold_their_time_to_the_millisecond():
    moment = datetime.fromisoformat("2026-11-20T11:22:33.456+00:00")
    assert time_of(id_at(moment)) == moment
    assert time_of("1212092628029698048") == datetime.fromisoformat("2019-12-31T19:26:16.771+00:00")
    assert time_of("1234567890") is None


def test_a_first_poll_reads_as_far_back_as_the_options_say_and_a_second_from_there():
    with bench(look_back_hours=3) as x:
        made = MadeX(x.clock, posts_before(NOW, 300))
        x.server.add("GET", SEARCH, answer=made)
        pages = list(x.fetch())
        assert len(keys(pages)) == 180
        assert [page.covered for page in pages] == [None, Interval(NOW - 180 * MINUTE, NOW - 0.5 * MINUTE)]
        assert "since_id" not in x.server.requests[0].query
        assert x.server.requests[0].query["start_time"] == "2026-11-20T09:00:00Z"

        x.clock.advance(15 * MINUTE)
        made.posts += [made_post(NOW + MINUTE, "acme new")]
        again = list(x.fetch(pages[-1].cursor))
        assert x.server.requests[-1].query["since_id"] == id_at(NOW - 10.5 * MINUTE)
        assert set(keys(again)) - set(keys(pages)) == {"x:" + id_at(NOW + MINUTE)}
        assert again[-1].covered == Interval(NOW - 0.5 * MINUTE, NOW + 14.5 * MINUTE)


def test_the_newest_id_is_not_adopted_before_the_walk_is_complete():
    with bench(page_size=10, look_back_hours=1) as x:
        x.server.add("GET", SEARCH, answer=MadeX(x.clock, posts_before(NOW, 25)))
        pages = list(x.fetch())
        assert [len(page.items) for page in pages] == [10, 10, 5]
        newest = id_at(NOW - MINUTE)
        for page in pages[:-1]:
            assert page.cursor["marks"] == {}
            assert page.cursor["round"]["walk"]["newest_id"] == newest
            assert page.covered is None
        [mark] = pages[-1].cursor["marks"].values()
        assert mark["newest_id"] == newest
        assert "round" not in pages[-1].cursor


@given(
    count=st.integers(0, 45),
    more=st.integers(0, 25),
    stops=st.lists(st.integers(1, 3), max_size=8),
    rest=st.integers(0, 40),
    late=st.integers(0, 9),
)
@settings(max_examples=examples(40), deadline=None)
def test_a_walk_that_is_stopped_after_any_page_loses_and_repeats_nothing(count, more, stops, rest, late):
    with bench(page_size=10, look_back_hours=4) as x:
        made = MadeX(x.clock, posts_before(NOW, count))
        x.server.add("GET", SEARCH, answer=made)
        store: dict[str, str] = {}
        cursor, covered = None, []
        for number, stop in enumerate([*stops, 999]):
            for taken, page in enumerate(x.fetch(cursor, queries=(QUERY, OTHER)), start=1):
                store |= {item.key: item.text for item in page.items}
                cursor = json.loads(json.dumps(page.cursor))
                covered += [page.covered] if page.covered else []
                if taken >= stop:
                    break
            x.clock.advance(rest * MINUTE)
            if number == 0:
                # new ones, and one that X finds late: inside the overlap, older than what was read
                made.posts += [made_post(NOW + n * MINUTE + timedelta(seconds=1), f"new {n}") for n in range(more)]
                made.posts.append(made_post(NOW - late * MINUTE + timedelta(seconds=7), "late"))
        x.clock.advance(timedelta(minutes=60))
        for page in x.fetch(cursor, queries=(QUERY, OTHER)):
            store |= {item.key: item.text for item in page.items}
            covered += [page.covered] if page.covered else []
        wanted = {f"x:{post['id']}" for post in made.posts if time_of(post["id"]) >= NOW - 4 * 60 * MINUTE}
        assert store.keys() == wanted
        assert all(later.start <= earlier.end for earlier, later in pairwise(covered))
        assert covered[-1].end == x.clock.now() - MINUTE / 2


def test_a_walk_read_to_its_end_asks_for_every_post_once():
    with bench(page_size=10, look_back_hours=1) as x:
        x.server.add("GET", SEARCH, answer=MadeX(x.clock, posts_before(NOW, 35)))
        pages, cursor = [], None
        for _ in range(3):
            page = next(x.fetch(cursor))
            pages.append(page)
            cursor = page.cursor
        rest = x.fetch(cursor)
        pages.append(next(rest))
        found = keys(pages)
        assert len(found) == len(set(found)) == 35
        assert pages[-1].covered == Interval(NOW - 60 * MINUTE, NOW - MINUTE / 2)


def test_an_empty_page_with_a_next_token_goes_on():
    with bench() as x:
        last = made_post(NOW - MINUTE)
        x.server.add("GET", SEARCH, body=made_page([], "go-on"))
        x.server.add("GET", SEARCH, body=made_page([last]), query={"next_token": "go-on"})
        pages = list(x.fetch())
        assert [len(page.items) for page in pages] == [0, 1]
        [mark] = pages[-1].cursor["marks"].values()
        assert mark["newest_id"] == last["id"]


def test_no_hits_are_zero_items_and_still_covered():
    with bench() as x:
        x.server.add("GET", SEARCH, body=made_page([]))
        [page] = x.fetch()
        assert page.items == ()
        assert page.cost == Cost(0, 0)
        assert page.covered == Interval(NOW - timedelta(hours=48), NOW - MINUTE / 2)


def test_a_refused_page_token_starts_the_walk_again_from_since_id():
    with bench(page_size=10, look_back_hours=1) as x:
        made = MadeX(x.clock, posts_before(NOW, 25))
        x.server.add("GET", SEARCH, answer=made)
        first = next(x.fetch())
        made.tokens_valid = False
        pages = list(x.fetch(first.cursor))
        assert set(keys([first, *pages])) == {f"x:{post['id']}" for post in made.posts}
        assert not any(page.gaps for page in pages)
        refused, again = x.server.requests[1:3]
        assert "next_token" in refused.query
        assert again.query == {name: value for name, value in refused.query.items() if name != "next_token"}


def test_a_token_that_is_refused_again_and_again_is_not_asked_for_ever():
    with bench() as x:
        first = Answer(200, {}, made_page([made_post(NOW - MINUTE)], "t"))
        refused = refusal("next_token", "t", "no")
        x.server.add("GET", SEARCH, answer=lambda request: refused if "next_token" in request.query else first)
        with pytest.raises(BadResponse, match="again"):
            list(x.fetch())
        assert len(x.server.requests) < 6


def test_page_tokens_that_lead_in_a_circle_are_an_error():
    with bench() as x:
        x.server.add("GET", SEARCH, body=made_page([made_post(NOW - MINUTE)], "round"))
        pages = []
        with pytest.raises(BadResponse, match="circle"):
            pages.extend(x.fetch())
        assert len(x.server.requests) == 2


def test_a_stale_since_id_falls_back_to_a_time_and_records_the_gap():
    with bench(look_back_hours=1) as x:
        made = MadeX(x.clock, posts_before(NOW, 5))
        x.server.add("GET", SEARCH, answer=made)
        *_, page = x.fetch()
        x.clock.advance(timedelta(days=10))
        later = x.clock.now()
        made.posts += posts_before(later, 3, timedelta(days=2))
        pages = list(x.fetch(page.cursor))
        floor = later - timedelta(days=7) + 5 * MINUTE
        assert keys(pages) == [f"x:{id_at(later - timedelta(days=days))}" for days in (2, 4, 6)]
        [gap] = [gap for page in pages for gap in page.gaps]
        assert gap.cause is GapCause.STALE_CURSOR
        assert gap.interval == Interval(NOW - 10.5 * MINUTE, floor)
        assert pages[-1].covered == Interval(floor, later - MINUTE / 2)
        assert x.server.requests[-1].query["start_time"] == floor.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_quiet_brand_whose_last_post_is_old_is_no_gap_and_is_refused_only_once():
    with bench(look_back_hours=160) as x:
        x.server.add("GET", SEARCH, answer=MadeX(x.clock, [made_post(NOW - timedelta(days=6))]))
        *_, page = x.fetch()
        gaps, asked = [], []
        for _ in range(4):
            x.clock.advance(timedelta(hours=12))
            before = len(x.server.requests)
            *_, page = pages = list(x.fetch(page.cursor))
            asked.append(len(x.server.requests) - before)
            gaps += [gap for each in pages for gap in each.gaps]
        assert gaps == []
        assert sorted(asked) == [1, 1, 1, 2]


def test_a_walk_that_waited_until_its_start_was_too_old_goes_on_with_a_gap():
    with bench(page_size=10, look_back_hours=100) as x:
        made = MadeX(x.clock, posts_before(NOW, 25))
        x.server.add("GET", SEARCH, answer=made)
        first = next(x.fetch())
        x.clock.advance(timedelta(days=5))
        pages = list(x.fetch(first.cursor))
        assert set(keys([first, *pages])) == {f"x:{post['id']}" for post in made.posts}
        [gap] = [gap for page in pages for gap in page.gaps]
        assert gap.interval.start == NOW - timedelta(hours=100)


def test_several_queries_are_covered_only_when_all_are_read():
    with bench() as x:
        x.server.add("GET", SEARCH, body=made_page([made_post(NOW - MINUTE)]))
        pages = list(x.fetch(queries=(QUERY, OTHER)))
        assert [page.covered is not None for page in pages] == [False, True]
        assert [request.query["query"] for request in x.server.requests] == [
            "acme -is:retweet",
            "other -is:retweet",
        ]
        assert len(pages[-1].cursor["marks"]) == 2


def test_what_is_covered_ends_where_the_first_of_the_queries_was_read():
    with bench() as x:
        x.server.add("GET", SEARCH, body=made_page([]))
        pages = x.fetch(queries=(QUERY, OTHER))
        next(pages)
        x.clock.advance(30 * MINUTE)
        assert next(pages).covered == Interval(NOW + 30 * MINUTE - timedelta(hours=48), NOW - MINUTE / 2)


def test_a_walk_goes_on_first_even_when_the_queries_have_changed_places():
    with bench(page_size=10, look_back_hours=1) as x:
        made = MadeX(x.clock, posts_before(NOW, 15))
        x.server.add("GET", SEARCH, answer=made)
        page = next(x.fetch(queries=(OTHER, QUERY)))
        rest = list(x.fetch(page.cursor, queries=(QUERY, OTHER)))
        asked = [("next_token" in r.query, r.query["query"][:5]) for r in x.server.requests[1:4]]
        assert asked == [(True, "other"), (False, "acme "), (True, "acme ")]
        assert rest[-1].covered is not None or rest[2].covered is not None


def test_a_query_whose_words_changed_goes_on_from_where_the_old_one_stood():
    with bench(look_back_hours=1) as x:
        x.server.add("GET", SEARCH, body=made_page([]))
        [page] = x.fetch()
        x.clock.advance(timedelta(hours=5))
        changed = Query("acme", "acme OR acmé", Or((Term(TermKind.WORD, "acme"), Term(TermKind.WORD, "acmé"))))
        [page] = x.fetch(page.cursor, queries=(changed,))
        assert page.covered.start == NOW - 0.5 * MINUTE
        assert len(page.cursor["marks"]) == 1


def test_a_walk_of_a_query_that_is_gone_is_dropped():
    with bench() as x:
        x.server.add("GET", SEARCH, body=made_page([made_post(NOW - MINUTE)], "more"))
        first = next(x.fetch(queries=(OTHER,)))
        x.server.clear()
        x.server.add("GET", SEARCH, body=made_page([]))
        pages = list(x.fetch(first.cursor))
        assert all("next_token" not in request.query for request in x.server.requests)
        assert pages[-1].cursor["marks"]


@pytest.mark.parametrize("cursor", [{"marks": 3}, {"round": {"began": "yesterday"}}, {"else": 1}, {"marks": {"k": {}}}])
def test_a_cursor_that_makes_no_sense_is_a_new_beginning(cursor):
    with bench() as x:
        x.server.add("GET", SEARCH, body=made_page([]))
        [page] = x.fetch(cursor)
        assert page.covered.start == NOW - timedelta(hours=48)


def test_a_query_that_x_cannot_say_asks_nothing():
    with bench() as x:
        assert list(x.fetch(queries=(Query("odd", "-", Term(TermKind.PHRASE, "!!!")),))) == []
        assert x.server.requests == []


# What it costs


def with_authors(posts):
    users = [{"id": author, "name": "N", "username": "n" + author} for author in {p["author_id"] for p in posts}]
    return made_page(posts, None, includes={"users": users})


def test_every_post_and_every_user_is_billed():
    posts = posts_before(NOW, 3)
    posts[2]["author_id"] = "101"
    with bench() as x:
        x.server.add("GET", SEARCH, body=with_authors(posts))
        [page] = x.fetch()
        assert page.cost.reads == 5
        assert page.cost.usd == pytest.approx(3 * 0.005 + 2 * 0.010)
        query = x.server.requests[0].query
        assert (query["expansions"], "followers_count" in x.connector.capabilities) == ("author_id", True)
    with bench(authors=False, usd_per_post=0.1) as x:
        x.server.add("GET", SEARCH, body=made_page(posts))
        [page] = x.fetch()
        assert page.cost == Cost(3, pytest.approx(0.3))
        query = x.server.requests[0].query
        assert "expansions" not in query
        assert "user.fields" not in query
        assert "followers_count" not in x.connector.capabilities


@given(reads=st.integers(0, 120), authors=st.booleans(), size=st.integers(10, 100))
@settings(max_examples=examples(25), deadline=None)
def test_an_allowance_is_never_passed(reads, authors, size):
    with bench(authors=authors, page_size=size, look_back_hours=5) as x:
        made = MadeX(x.clock, [dict(post, author_id=str(n + 1)) for n, post in enumerate(posts_before(NOW, 90))])

        def answer(request):
            found = made(request)
            if "expansions" not in request.query:
                return found
            return Answer(200, {}, {**with_authors(found.body.get("data", [])), "meta": found.body["meta"]})

        x.server.add("GET", SEARCH, answer=answer)
        pages = []
        until = None
        try:
            pages.extend(x.fetch(allowance=Allowance(reads=reads)))
        except BudgetSpent as spent:
            until = spent.until
        used = sum((page.cost for page in pages), Cost()).reads
        assert used <= reads
        if until is not None:
            assert until == datetime.fromisoformat("2026-11-21T00:00:00+00:00")
            assert reads - used < (20 if authors else 10)


def test_an_allowance_of_dollars_holds_too_and_the_walk_goes_on_with_the_next():
    with bench(page_size=20, look_back_hours=2, authors=False) as x:
        made = MadeX(x.clock, posts_before(NOW, 60))
        x.server.add("GET", SEARCH, answer=made)
        pages = []
        with pytest.raises(BudgetSpent, match=r"\$0\.04") as spent:
            pages.extend(x.fetch(allowance=Allowance(usd=0.24)))
        assert spent.value.until == datetime.fromisoformat("2026-12-01T00:00:00+00:00")
        assert len(keys(pages)) == 40
        pages += [page for page in x.fetch(pages[-1].cursor) if page.items]
        assert set(keys(pages)) == {f"x:{post['id']}" for post in made.posts}


def test_a_limit_that_is_used_up_is_not_asked_again_before_it_ends():
    with bench() as x:
        reset = NOW + timedelta(minutes=7)
        headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(reset.timestamp()))}
        x.server.add("GET", SEARCH, 200, headers, made_page([made_post(NOW - MINUTE)], "more"))
        x.server.add("GET", SEARCH, body=made_page([]))
        pages = []
        with pytest.raises(RateLimited) as limited:
            pages.extend(x.fetch())
        assert limited.value.retry_at == reset
        assert (len(pages), len(x.server.requests)) == (1, 1)
        x.clock.set(reset)
        assert list(x.fetch(pages[0].cursor))[-1].covered
        assert x.server.requests[1].query["next_token"] == "more"


# The two vocabularies


@pytest.mark.parametrize(
    "message",
    [
        {"parameters": {"tweet.fields": ["x"]}, "message": "The query parameter [tweet.fields] is not one of [x]"},
        {"parameter": "tweet.fields", "detail": "unknown"},
        {"message": "The `tweet.fields` query parameter value [note_tweet] is not one of [note_post]"},
    ],
)
def test_a_refused_field_list_is_asked_once_more_in_the_other_vocabulary(message):
    """Made after API description 2.167: no answer in the new vocabulary was ever recorded."""
    post = {"id": id_at(NOW - MINUTE), "text": "acme and more…", "created_at": "2026-11-20T11:59:00Z"}
    post |= {"note_post": {"text": "acme and more of it"}, "public_metrics": {"repost_count": 2}}
    with bench() as x:

        def answer(request):
            if "tweet.fields" in request.query:
                return Answer(400, {}, {"errors": [message], "title": "Invalid Request"})
            return Answer(200, {}, made_page([post]))

        x.server.add("GET", SEARCH, answer=answer)
        [page] = x.fetch()
        [item] = page.items
        assert (item.text, item.metrics) == ("acme and more of it", {"repost_count": 2})
        old, new = x.server.requests
        assert "note_tweet" in old.query["tweet.fields"].split(",")
        assert "note_post" in new.query["post.fields"].split(",")
        shared = old.query.keys() & new.query.keys()
        assert {name: old.query[name] for name in shared} == {name: new.query[name] for name in shared}
        assert {"query", "max_results", "start_time", "expansions", "user.fields"} == shared
        list(x.fetch(page.cursor))
        assert "post.fields" in x.server.requests[2].query


def test_what_is_asked_for_stands_in_both_api_descriptions():
    asked = {
        "openapi_2.166_tweet-vocabulary_subset": {"tweet.fields": OLD_FIELDS, "user.fields": USER_FIELDS},
        "openapi_2.167_post-vocabulary_subset": {"post.fields": NEW_FIELDS, "user.fields": USER_FIELDS},
    }
    for name, fields in asked.items():
        description = json.loads(shared_path(f"corpus/x/spec/{name}.json").read_text())
        listed = {}
        for parameter in description["paths"][SEARCH]["get"]["parameters"]:
            shared = parameter.get("$ref", "").rsplit("/", 1)[-1]
            found = description["components"]["parameters"][shared] if shared else parameter
            listed[found["name"]] = found["schema"].get("items", {}).get("enum", [])
        assert "author_id" in listed["expansions"]
        for parameter, values in fields.items():
            assert set(values) <= set(listed[parameter])


def test_a_field_list_that_is_refused_in_both_vocabularies_needs_a_person():
    with bench() as x:
        x.server.add("GET", SEARCH, answer=refusal("tweet.fields", "x", "no such field"))
        x.server.add("GET", SEARCH, answer=refusal("post.fields", "x", "no such field"))
        with pytest.raises(AccessDenied, match="no such field"):
            list(x.fetch())
        assert len(x.server.requests) == 2
