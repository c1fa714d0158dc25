"""Reddit's things as items: recorded ones through real praw, and made ones for what no recording shows."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.model import Item, ItemKind
from connectors.reddit.client import Client
from connectors.reddit.normalise import item_of
from connectors.reddit.options import Credentials, RedditOptions
from connectors.reddit.text import clean, html_text, outside
from tests.support.counts import examples
from tests.support.reddit import (
    NOW,
    SEARCH,
    USER_AGENT,
    comment,
    connected,
    deps,
    items,
    listing,
    pages,
    post,
    recorded,
    reddit,
)
from tests.support.replay import Answer

LISTINGS = [
    "praw/TestSubreddit.test_search",
    "praw/TestSubredditListings.test_hot",
    "praw/TestSubredditListings.test_top",
    "praw/TestDomainListing.test_new",
    "praw/TestSubredditStreams.test_comments",
    "praw/TestSubredditStreams.test_comments__with_pause",
    "praw/TestMultiredditListings.test_comments",
    "praw/TestMultiredditListings.test_rising",
    "praw/TestRedditorListings.test_comments__controversial",
    "praw/TestRedditorListings.test_comments__hot",
    "praw/TestRedditorListings.test_comments__top",
    "praw/TestRedditorListings.test_hot",
    "praw/TestRedditorListings.test_saved",
    "praw/TestRedditorListings.test_upvoted",
    "praw/TestRedditorListings.test_downvoted",
    "praw/TestReddit.test_info",
    "praw/TestComment.test_attributes",
    "praw/TestInbox.test_mentions",
    "prawcore/TestSession.test_request__with_invalid_access_token__retry",
]


def normalised(*answers: Answer) -> tuple[list[Item], int]:
    """The items of answers replayed through real praw, and how many requests that took."""
    with reddit() as server:
        for answer in answers:
            server.add("GET", SEARCH, answer=answer)
        options = RedditOptions(mode="oauth", user_agent=USER_AGENT, base_url=server.base_url)
        client = Client(Credentials("made", "made"), options, deps())
        things = [thing for _ in answers for thing in client.listing(SEARCH[1:], {}, "a recording").things]
        found = [item_of(thing, NOW) for thing in things]
        return found, len(server.requests)


def one(child: dict[str, Any]) -> Item:
    found, _ = normalised(Answer(body=listing([child])))
    return found[0]


@pytest.mark.parametrize("name", LISTINGS)
def test_every_recorded_listing_normalises_without_a_further_request(name: str) -> None:
    answers = [
        answer for request, answer in recorded(name) if request["method"] == "GET" and '"Listing"' in str(answer.body)
    ]
    sent = [
        child
        for answer in answers
        for child in (json.loads(answer.body) if isinstance(answer.body, str) else answer.body)["data"]["children"]
        if child["kind"] in {"t1", "t3"}
    ]
    found, requests = normalised(*answers)
    assert answers
    assert requests == len(answers) + 1
    assert [item.key for item in found] == [f"reddit:{child['data']['name']}" for child in sent]
    for item, child in zip(found, sent, strict=True):
        _agrees(item, child["data"], child["kind"])


def _agrees(item: Item, data: dict[str, Any], kind: str) -> None:
    assert item.kind is (ItemKind.POST if kind == "t3" else ItemKind.COMMENT)
    assert item.published_at == datetime.fromtimestamp(data["created_utc"], UTC)
    assert item.outlet in {f"r/{data['subreddit']}", data.get("subreddit_name_prefixed")}
    assert item.text.startswith(item.title)
    assert "<p>" not in item.text
    assert item.url is None or item.url.startswith("https://www.reddit.com/")
    gone = (data.get("selftext") or data.get("body")) in {"[deleted]", "[removed]"}
    assert item.removed is gone
    if gone:
        assert (item.title, item.text, item.links, item.author.handle) == ("", "", (), None)
        return
    assert item.author.handle == (None if data["author"] in {None, "[deleted]"} else data["author"])
    if kind == "t3":
        assert item.title == " ".join(clean(data["title"]).split())
        assert item.metrics["score"] == data["score"]
    else:
        assert item.title == ""
        assert item.refers_to == f"reddit:{data['parent_id']}"
        assert ("score" in item.metrics) is not bool(data.get("score_hidden"))


def test_a_post_keeps_its_figures_under_reddits_names() -> None:
    item = one(
        post(
            1, NOW.timestamp(), title="The new  truffle\n", selftext="raw **text**", score=412, upvote_ratio=0.91,
            selftext_html='<div class="md"><p>Bold &amp; <b>free</b></p>\n<p>see <a href="https://example.org/a">here</a></p></div>',
            num_comments=37, num_crossposts=2, subreddit_subscribers=90210, author_fullname="t2_a", over_18=True,
            is_self=False, url="https://example.com/truffle", subreddit_name_prefixed="r/chocolate",
        )
    )  # fmt: skip
    assert item.metrics == {
        "score": 412, "upvote_ratio": 0.91, "num_comments": 37, "num_crossposts": 2, "subreddit_subscribers": 90210,
    }  # fmt: skip
    assert item.text == "The new truffle\nBold & free\nsee here"
    assert item.title == "The new truffle"
    assert item.links == ("https://example.com/truffle", "https://example.org/a")
    assert item.url == "https://www.reddit.com/r/chocolate/comments/1/post/"
    assert (item.author.handle, item.author.id, item.author.url) == (
        "somebody", "t2_a", "https://www.reddit.com/user/somebody",
    )  # fmt: skip
    assert item.refers_to is None


def test_a_crosspost_refers_to_what_it_repeats() -> None:
    assert one(post(1, NOW.timestamp(), crosspost_parent="t3_xyz")).refers_to == "reddit:t3_xyz"


def test_a_comment_is_only_what_was_said() -> None:
    item = one(comment(7, NOW.timestamp(), parent_id="t1_6", score=5, controversiality=1))
    assert (item.key, item.kind, item.title, item.text) == ("reddit:t1_7", ItemKind.COMMENT, "", "Comment 7")
    assert item.refers_to == "reddit:t1_6"
    assert item.metrics == {"score": 5, "controversiality": 1}
    assert item.url == "https://www.reddit.com/comments/abc/_/7/"


def test_a_hidden_score_is_unknown_not_one() -> None:
    item = one(comment(7, NOW.timestamp(), score=1, score_hidden=True, controversiality=0))
    assert item.metrics == {"controversiality": 0}


@pytest.mark.parametrize(
    "fields",
    [
        {"selftext": "[deleted]", "author": "[deleted]"},
        {"selftext": "[removed]"},
        {"selftext": "still here", "removed_by_category": "moderator"},
        {"title": "[deleted by user]", "selftext": "[removed]", "author": "[deleted]"},
        {"selftext": "[ Removed by Reddit ]"},
    ],
)
def test_a_deleted_post_keeps_nothing_but_that_it_was(fields: dict[str, Any]) -> None:
    child = post(1, NOW.timestamp(), title="Leaked words", score=9, url="https://example.org/x", is_self=False)
    item = one({"kind": "t3", "data": child["data"] | fields})
    assert item.removed
    assert (item.title, item.text, item.links, item.metrics, item.author.handle) == ("", "", (), {}, None)
    assert item.url == "https://www.reddit.com/comments/1/"


@pytest.mark.parametrize("author", ["[deleted]", None, "", 5, {}])
def test_a_deleted_account_leaves_its_words_without_a_name(author: object) -> None:
    """Reddit sends ``[deleted]``; the others are made."""
    item = one(comment(1, NOW.timestamp(), author=author))
    assert (item.removed, item.text, item.author.handle) == (False, "Comment 1", None)


ODD: list[dict[str, Any]] = [
    {"created_utc": None},
    {"created_utc": "yesterday"},
    {"created_utc": -1},
    {"created_utc": 1e300},
    {"created_utc": True},
    {"created_utc": 0},
    {"created_utc": NOW.timestamp() + 3 * 86400},
]


@pytest.mark.parametrize("fields", ODD)
def test_a_date_that_cannot_be_is_unknown(fields: dict[str, Any]) -> None:
    assert one(post(1, 0, **fields)).published_at is None


def test_half_a_character_in_rendered_html_breaks_nothing() -> None:
    assert one(comment(1, NOW.timestamp(), body_html="<p>a\ud800b</p>")).text == "a\ufffdb"


def test_odd_fields_are_left_out_and_break_nothing() -> None:
    item = one(
        post(
            1, NOW.timestamp(), title=7, selftext=["x"], score="many", upvote_ratio=True, num_comments=10**400,
            permalink=5, url="javascript:alert(1)", crosspost_parent="../../etc", subreddit_name_prefixed=3,
            selftext_html={}, author_fullname=9, is_self=None,
        )
    )  # fmt: skip
    assert (item.title, item.text, item.metrics, item.links, item.refers_to) == ("", "", {}, (), None)
    assert item.outlet == "r/chocolate"


def test_an_infinite_figure_is_left_out() -> None:
    body = json.dumps(listing([post(1, NOW.timestamp(), score=math.inf, upvote_ratio=math.nan)]))
    assert normalised(Answer(200, {}, body))[0][0].metrics == {}


def test_control_characters_and_broken_characters_do_not_reach_the_store() -> None:
    item = one(comment(1, NOW.timestamp(), body="a\x00b\x07c\ud800d\u200be\r\nf"))
    assert item.text == "abc\ufffdde\nf"
    item.text.encode()


def test_other_kinds_in_a_listing_are_passed_over() -> None:
    other = [
        {"kind": "t5", "data": {"id": "x", "display_name": "y"}},
        {"kind": "t9", "data": {}},
        {
            "kind": "more",
            "data": {"id": "_", "children": [], "count": 0, "depth": 0, "name": "t1__", "parent_id": "t1_a"},
        },
    ]
    found, _ = normalised(Answer(body=listing([*other, post(1, NOW.timestamp())])))
    assert [item.key for item in found] == ["reddit:t3_1"]


def test_an_id_that_is_none_is_passed_over() -> None:
    found, _ = normalised(Answer(body=listing([post(1, NOW.timestamp(), id="../x"), post(2, NOW.timestamp(), id=5)])))
    assert found == []


def test_the_same_recorded_search_comes_through_the_whole_connector() -> None:
    """The recording's newest post is of 2017 and older, so the poll stands at that time."""
    answer = recorded("praw/TestSubreddit.test_search")[1][1]
    sent = json.loads(str(answer.body))["data"]["children"]
    newest = max(child["data"]["created_utc"] for child in sent)
    clock = ManualClock(datetime.fromtimestamp(newest, UTC) + timedelta(hours=1))
    with reddit() as server:
        server.add("GET", SEARCH, answer=answer)
        found = items(pages(connected(server, clock)))
    week = [child for child in sent if child["data"]["created_utc"] >= newest + 3600 - 7 * 86400]
    assert {item.key for item in found} == {f"reddit:{child['data']['name']}" for child in week}


@settings(max_examples=examples(100), deadline=None)
@given(st.text(st.characters(codec=None)) | st.text('<>/"= divpa&#;\x00\ud800'))
def test_any_html_becomes_clean_text(html: str) -> None:
    text, links = html_text(html)
    assert text == clean(text)
    assert all(link.startswith(("http://", "https://")) for link in links)


def test_deep_nesting_is_text_like_any_other() -> None:
    assert html_text("<div>" * 5000 + "truffle")[0] == "truffle"


def test_scripts_and_markup_are_gone_and_lines_are_kept() -> None:
    html = "<p>One<br>two</p><script>alert(1)</script><ul><li>three</li><li>four &lt;b&gt;</li></ul>"
    assert html_text(html)[0] == "One\ntwo\nthree\nfour <b>"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://example.org/a?b", "https://example.org/a?b"),
        ("https://www.reddit.com/r/x", None),
        ("https://i.redd.it/x.jpg", None),
        ("https://notreddit.com/", "https://notreddit.com/"),
        ("javascript:alert(1)", None),
        ("http://[::1", None),
        ("/r/x", None),
        (None, None),
    ],
)
def test_only_web_addresses_away_from_reddit_are_links(address: object, expected: str | None) -> None:
    assert outside(address) == expected
