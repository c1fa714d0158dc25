"""X's JSON to items: every recorded post of the corpus, and made ones (labelled) for what nobody has recorded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Author, ItemKind
from connectors.twitter.normalise import items_of, posts_of
from tests.support.counts import examples
from tests.support.shared import shared_path

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
POSTS_PATHS = ("/tweets", "/tweets/search/all", "/tweets/search/recent", "/mentions", "/liked_tweets", "/quote_tweets")


def one(post: dict[str, Any], **includes: Any):
    [item] = items_of({"data": [{"id": "1860000000000000000", "text": "acme", **post}], "includes": includes}, NOW)
    return item


def recorded_bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every recorded JSON object of API v2 that has posts."""
    for folder in ("tweepy", "academic"):
        for path in sorted(shared_path(f"corpus/x/{folder}").glob("*.json")):
            for exchange in json.loads(path.read_text())["exchanges"]:
                where = exchange["request"]["uri"].split("?")[0]
                if "/2/" in where and where.endswith(POSTS_PATHS) and exchange["response"]["status"] == 200:
                    yield path.name, json.loads(exchange["response"]["body"])
    for name in ("brexit", "noflat", "quoted_edit", "withheld", "media_tweet", "verified_type"):
        for line in shared_path(f"corpus/x/twarc/{name}.jsonl").read_text().splitlines():
            yield name, json.loads(line)
    for name in (
        "apis_searches_search_tweets_for_nyc",
        "apis_searches_search_tweets_query",
        "apis_timeline_timeline_tweets",
    ):
        yield name, json.loads(shared_path(f"corpus/x/pytwitter/{name}.json").read_text())
    for path in sorted(shared_path("corpus/x/docs-examples").glob("posts_*.json")):
        for example in json.loads(path.read_text())["examples"]:
            data = example.get("data")
            if isinstance(data, list) and data and "text" in data[0]:
                yield path.name, example


def test_every_recorded_post_becomes_an_item():
    counted: Counter[str] = Counter()
    for name, body in recorded_bodies():
        posts, items = posts_of(body), items_of(body, NOW)
        assert len(items) == len(posts), name
        counted["bodies"] += 1
        for post, item in zip(posts, items, strict=True):
            counted["posts"] += 1
            counted[item.kind] += 1
            assert item.key.startswith("x:")
            assert item.url.endswith(f"/status/{post['id']}")
            assert item.title == ""
            assert not any(escape in item.text for escape in ("&amp;", "&lt;", "&gt;"))
            assert item.text.isprintable() or "\n" in item.text or any(ord(char) > 127 for char in item.text)
            assert item.author.id == post.get("author_id")
            assert all(link.startswith("http") and "//t.co/" not in link for link in item.links)
            assert item.language is None or len(item.language) == 2
            if "created_at" in post:
                assert item.published_at == datetime.fromisoformat(post["created_at"])
            counted["followers"] += item.author.followers is not None
            counted["links"] += len(item.links)
    assert counted["posts"] > 2000, counted
    assert counted[ItemKind.REPOST] > 1000, counted
    assert counted[ItemKind.QUOTE] > 50, counted
    assert counted["followers"] > 1000, counted


def test_a_recorded_repost_says_what_the_included_post_says():
    seen = 0
    for _, body in recorded_bodies():
        includes = {post["id"]: post for post in body.get("includes", {}).get("tweets", [])}
        for post, item in zip(posts_of(body), items_of(body, NOW), strict=True):
            references = {each["type"]: each["id"] for each in post.get("referenced_tweets", [])}
            original = includes.get(references.get("retweeted"))
            if original is not None and "edit_history_tweet_ids" not in original:
                seen += 1
                assert item.kind is ItemKind.REPOST
                assert item.refers_to == f"x:{original['id']}"
                assert not item.text.startswith("RT @")
                assert len(item.text) >= len(original["text"].replace("&amp;", "&").replace("&lt;", "<")) - 10
    assert seen > 50


def test_a_recorded_quote_of_an_edited_post_refers_to_the_chain():
    [body] = (json.loads(line) for line in shared_path("corpus/x/twarc/quoted_edit.jsonl").read_text().splitlines())
    [item] = items_of(body, NOW)
    versions = [post for post in body["includes"]["tweets"] if len(post["edit_history_tweet_ids"]) > 1]
    assert len(versions) == 2
    first = f"x:{versions[0]['edit_history_tweet_ids'][0]}"
    assert (item.kind, item.refers_to) == (ItemKind.QUOTE, first)
    assert {version.key for version in items_of({"data": versions}, NOW)} == {first}
    assert len({version.url for version in items_of({"data": versions}, NOW)}) == 2
    reply = {"id": "20", "text": "t", "referenced_tweets": [{"type": "replied_to", "id": versions[1]["id"]}]}
    [replying] = items_of({"data": [reply], "includes": body["includes"]}, NOW)
    assert (replying.kind, replying.refers_to) == (ItemKind.POST, first)


def test_a_recorded_post_that_is_withheld_in_some_countries_is_kept():
    bodies = [json.loads(line) for line in shared_path("corpus/x/twarc/withheld.jsonl").read_text().splitlines()]
    found = [
        (post, item)
        for body in bodies
        for post, item in zip(posts_of(body), items_of(body, NOW), strict=True)
        if "withheld" in post
    ]
    assert len(found) >= 5
    for post, item in found:
        assert item.removed == ("has been withheld in" in post["text"])


@pytest.mark.parametrize(
    ("name", "history"), [("note_tweet", "edit_history_tweet_ids"), ("note_post", "edit_history_post_ids")]
)
def test_a_long_post_is_its_whole_text_in_both_vocabularies(name, history):
    """Made: no long post was ever recorded (shapes of API descriptions 2.166 and 2.167)."""
    links = {"urls": [{"url": "https://t.co/b", "expanded_url": "https://blog.example/b"}]}
    item = one(
        {
            "text": "short… https://t.co/a",
            name: {"text": "long &amp; whole " * 40, "entities": links},
            history: ["7", "8"],
        }
    )
    assert item.text == ("long & whole " * 40).strip()
    assert item.links == ("https://blog.example/b",)
    assert item.key == "x:7"


def test_the_new_vocabulary_gives_the_same_item():
    """Made, after API description 2.167."""
    old = {
        "referenced_tweets": [{"type": "quoted", "id": "5"}],
        "public_metrics": {"retweet_count": 3, "like_count": 0},
    }
    new = {"referenced_posts": [{"type": "quoted", "id": "5"}], "public_metrics": {"repost_count": 3, "like_count": 0}}
    before, after = one(old, tweets=[{"id": "5", "text": "t"}]), one(new, posts=[{"id": "5", "text": "t"}])
    assert (before.kind, before.refers_to) == (after.kind, after.refers_to) == (ItemKind.QUOTE, "x:5")
    assert (before.metrics, after.metrics) == (
        {"retweet_count": 3, "like_count": 0},
        {"repost_count": 3, "like_count": 0},
    )


def test_the_author_is_known_as_far_as_was_asked():
    user = {"id": "9", "name": "Ann\u0000\n Ex", "username": "ann", "public_metrics": {"followers_count": 12}}
    item = one({"author_id": "9"}, users=[user])
    assert item.author == Author("Ann Ex", "ann", "9", "https://x.com/ann", 12)
    assert item.url == "https://x.com/ann/status/1860000000000000000"
    cheap = one({"author_id": "9"})
    assert cheap.author == Author(id="9", url="https://x.com/i/user/9")
    assert cheap.url == "https://x.com/i/status/1860000000000000000"


@pytest.mark.parametrize(
    ("created", "count", "known"),
    [
        ("2022-11-01T00:00:00.000Z", 0, False),
        ("2022-11-01T00:00:00.000Z", 5, True),
        ("2026-11-01T00:00:00Z", 0, True),
    ],
)
def test_no_views_of_a_post_from_before_views_were_counted_is_unknown(created, count, known):
    item = one({"created_at": created, "public_metrics": {"impression_count": count, "like_count": 0}})
    assert item.metrics == {"like_count": 0.0} | ({"impression_count": float(count)} if known else {})


@pytest.mark.parametrize(
    ("code", "language"),
    [
        *[("en", "en"), ("in", "id"), ("iw", "he"), ("zh-TW", "zh")],
        *((code, None) for code in ("ckb", "und", "qme", "zxx", "qst", "", None, 3)),
    ],
)
def test_languages_are_iso_codes_or_unknown(code, language):
    assert one({"lang": code}).language == language


def test_links_are_where_they_lead_and_nothing_dangerous():
    urls = [
        {"expanded_url": "https://short.example/x", "unwound_url": "https://blog.example/long"},
        {"expanded_url": "https://twitter.com/ann/status/1/photo/1"},
        {"expanded_url": "https://x.com/ann/status/1"},
        {"expanded_url": "javascript:alert(1)"},
        {"expanded_url": "https://blog.example/long"},
        {"expanded_url": None},
        {"expanded_url": "https://pic.example/m", "media_key": "3_1"},
        "nonsense",
    ]
    assert one({"entities": {"urls": urls}}).links == ("https://blog.example/long", "https://x.com/ann/status/1")


def test_the_text_is_plain_and_kept_as_said():
    said = "a\u0000b &amp;lt; <b>bold</b> \ud800x\r\nhttps://t.co/abc &#39; \u202e"
    assert one({"text": said}).text == "ab &lt; <b>bold</b> x\nhttps://t.co/abc &#39; \u202e"


@pytest.mark.parametrize("codes", [["XX"], ["XY"], ["DE", "XX"]])
def test_a_post_that_is_withheld_everywhere_is_removed(codes):
    assert one({"withheld": {"copyright": False, "country_codes": codes}}).removed
    assert not one({"withheld": {"copyright": False, "country_codes": ["DE"]}}).removed


@pytest.mark.parametrize(
    "created", ["2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "soon", 5, None, "9999-12-31T23:59:59-23:59"]
)
def test_a_date_that_cannot_be_is_taken_from_the_id(created):
    assert one({"created_at": created}).published_at == datetime(2024, 11, 22, 16, 38, 51, 785000, tzinfo=UTC)
    assert one({"created_at": created, "id": "12345"}).published_at is None


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
POST_KEYS = ["id", "text", "created_at", "author_id", "lang", "entities", "public_metrics", "referenced_tweets"]
POST_KEYS += ["referenced_posts", "note_tweet", "note_post", "edit_history_tweet_ids", "withheld"]


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(POST_KEYS, json_values)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(["users", "tweets", "posts"], json_values)),
)
@settings(max_examples=examples(100), deadline=None)
def test_hostile_json_never_breaks_a_page(post, includes):
    good = {"id": "20", "text": "fine"}
    for broken in (
        post,
        {"id": "1860000000000000000", "text": "t", **{k: v for k, v in post.items() if k not in ("id", "text")}},
    ):
        items = items_of({"data": [broken, good, None, 3], "includes": includes}, NOW)
        assert "x:20" in {item.key for item in items}
        for item in items:
            item.text.encode()
            item.url.encode()
