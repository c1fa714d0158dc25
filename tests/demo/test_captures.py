"""The packaged captures are in the true wire formats, agree with themselves, and name nobody real."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest

from bot.listen.matching import Matcher
from bot.listen.query import parse_query
from bot.model import Item
from bot.offers.ledger.codes import code_key
from config.settings import Settings, load_settings
from connectors.reddit.normalise import item_of, thing_of
from connectors.rss.items import items_of
from connectors.rss.parse import parse
from connectors.twitter.ids import time_of
from connectors.twitter.normalise import items_of as posts_as_items

DEMO = resources.files("config") / "demo"
X = ("velvet-crumb", "cocoa-lantern")
FEEDS = ("harbourpost.example", "cocoajournal.example", "crumbsandcorners.example", "twelvesquares.example")
BEGIN, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 16, tzinfo=UTC)
PLATFORMS_OWN = {"t.co", "x.com", "www.reddit.com"}
"""Addresses that X and Reddit themselves put into every answer."""
NAMESPACES = {"www.w3.org", "purl.org"}


def text_of(path: str) -> str:
    return (DEMO / path).read_text(encoding="utf-8")


def capture(name: str) -> Mapping[str, Any]:
    return json.loads(text_of(f"captures/x/{name}.json"))


def listing(name: str) -> list[Mapping[str, Any]]:
    return json.loads(text_of(f"captures/reddit/{name}.json"))["data"]["children"]


def feed_items(host: str) -> tuple[Item, ...]:
    address = f"https://{host}/feed.xml"
    document = parse(text_of(f"captures/feeds/{host}.xml").encode(), {}, address, address)
    return items_of(document, address, END, 1000)


def redemptions() -> list[dict[str, str]]:
    return list(csv.DictReader(text_of("redemptions.csv").splitlines()))


@pytest.fixture(scope="module")
def settings() -> Settings:
    with resources.as_file(DEMO) as folder:
        return load_settings(folder / "heard.toml")


def all_items() -> Iterator[Item]:
    for name in X:
        yield from posts_as_items(capture(name), END)
    for name in ("search", "comments"):
        yield from (item_of(thing, END) for child in listing(name) if (thing := thing_of(child)))
    for host in FEEDS:
        yield from feed_items(host)


@pytest.mark.parametrize("name", X)
def test_a_posts_id_holds_the_moment_at_which_it_was_made(name: str) -> None:
    for post in capture(name)["data"]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", post["created_at"])
        made = datetime.fromisoformat(post["created_at"])
        assert timedelta(0) <= time_of(post["id"]) - made < timedelta(seconds=1)


@pytest.mark.parametrize("name", X)
def test_the_meta_of_a_capture_tells_its_newest_and_oldest_post_and_their_number(name: str) -> None:
    body = capture(name)
    ids = [int(post["id"]) for post in body["data"]]
    assert ids == sorted(set(ids), reverse=True)
    assert body["meta"] == {"newest_id": str(ids[0]), "oldest_id": str(ids[-1]), "result_count": len(ids)}


@pytest.mark.parametrize("name", X)
def test_every_author_is_included_with_the_counts_of_a_user(name: str) -> None:
    body = capture(name)
    users = {user["id"]: user for user in body["includes"]["users"]}
    assert {post["author_id"] for post in body["data"]} == users.keys()
    for user in users.values():
        assert re.fullmatch(r"[A-Za-z0-9_]{4,15}", user["username"])
        assert user["public_metrics"].keys() >= {"followers_count", "following_count", "tweet_count", "listed_count"}


def stretches(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What each entity of a post says it covers, and what its offsets cover."""
    for kind, sign, key in (("urls", "", "url"), ("hashtags", "#", "tag"), ("mentions", "@", "username")):
        for entity in said.get("entities", {}).get(kind, ()):
            yield sign + entity[key], said["text"][entity["start"] : entity["end"]]


@pytest.mark.parametrize("name", X)
def test_every_entity_stands_where_its_offsets_say(name: str) -> None:
    posts = capture(name)["data"]
    pairs = [pair for post in posts for said in (post, post.get("note_tweet", {})) for pair in stretches(said)]
    assert pairs
    for claimed, covered in pairs:
        assert claimed == covered


@pytest.mark.parametrize("name", X)
def test_every_address_handle_and_tag_of_a_post_has_its_entity(name: str) -> None:
    for post in capture(name)["data"]:
        covered = Counter(covered for _, covered in stretches(post))
        assert Counter(re.findall(r"https?://\S+|(?<!\w)[@#]\w+", post["text"])) == covered


def test_references_lead_to_posts_of_the_capture_and_replies_share_their_conversation() -> None:
    posts = {post["id"]: post for post in capture("velvet-crumb")["data"]}
    kinds = Counter()
    for post in posts.values():
        for reference in post.get("referenced_tweets", ()):
            kinds[reference["type"]] += 1
            target = posts[reference["id"]]
            assert int(target["id"]) < int(post["id"])
            if reference["type"] == "replied_to":
                assert post["conversation_id"] == target["conversation_id"]
                assert post["in_reply_to_user_id"] == target["author_id"]
    assert kinds["quoted"] > 3
    assert kinds["replied_to"] > 3


def test_a_long_post_names_the_brand_only_beyond_what_its_short_text_shows() -> None:
    (post,) = (post for post in capture("velvet-crumb")["data"] if "note_tweet" in post)
    assert "Velvet Crumb" not in post["text"]
    assert post["note_tweet"]["text"].index("Velvet Crumb") > 280


def test_an_edited_post_carries_its_chain_of_ids() -> None:
    chains = [post["edit_history_tweet_ids"] for post in capture("velvet-crumb")["data"]]
    (edited,) = (chain for chain in chains if len(chain) > 1)
    assert edited == sorted(edited, key=int)


@pytest.mark.parametrize("name", X)
def test_a_posts_counts_are_plausible(name: str) -> None:
    for post in capture(name)["data"]:
        counts = post["public_metrics"]
        reactions = ("retweet_count", "reply_count", "like_count", "quote_count", "bookmark_count")
        assert sum(counts[one] for one in reactions) < counts["impression_count"]


def test_two_captures_of_x_agree_on_the_posts_that_both_hold() -> None:
    ours, theirs = ({post["id"]: post for post in capture(name)["data"]} for name in X)
    both = ours.keys() & theirs.keys()
    assert both
    assert all(ours[one] == theirs[one] for one in both)


@pytest.mark.parametrize(("name", "kind"), [("search", "t3"), ("comments", "t1")])
def test_a_listing_is_newest_first_with_unique_names_of_its_kind(name: str, kind: str) -> None:
    children = listing(name)
    moments = [child["data"]["created_utc"] for child in children]
    names = [child["data"]["name"] for child in children]
    assert moments == sorted(moments, reverse=True)
    assert {child["kind"] for child in children} == {kind}
    assert all(child["data"]["name"] == f"{kind}_{child['data']['id']}" for child in children)
    assert len(set(names)) == len(names)


def test_every_comment_hangs_under_a_post_of_the_search() -> None:
    posts = {child["data"]["name"]: child["data"] for child in listing("search")}
    names = {child["data"]["name"] for child in listing("comments")}
    for child in listing("comments"):
        comment = child["data"]
        post = posts[comment["link_id"]]
        assert comment["link_title"] == post["title"]
        assert comment["subreddit"] == post["subreddit"]
        assert comment["parent_id"] in {post["name"], *names}
        assert comment["created_utc"] > post["created_utc"]


def test_reddit_holds_a_deleted_author_a_removed_text_and_a_crosspost() -> None:
    posts = [child["data"] for child in listing("search")]
    assert sum(post["author"] == "[deleted]" for post in posts) == 1
    assert sum(post["removed_by_category"] is not None for post in posts) == 1
    (crosspost,) = (post for post in posts if post.get("crosspost_parent"))
    assert crosspost["crosspost_parent_list"][0]["name"] == crosspost["crosspost_parent"]


@pytest.mark.parametrize("host", FEEDS)
def test_a_feed_gives_all_its_entries_with_dates_and_addresses_of_its_own_host(host: str) -> None:
    items = feed_items(host)
    assert len(items) == len(re.findall(r"<(?:item|entry)>", text_of(f"captures/feeds/{host}.xml")))
    for item in items:
        assert item.published_at is not None
        assert item.outlet == host
        assert item.title
        assert item.body
        assert not re.search(r"</?\w+>|&\w+;", item.text)


def test_every_item_is_dated_within_the_two_weeks_and_has_a_key_of_its_own() -> None:
    items = list(all_items())
    assert all(item.published_at is not None and BEGIN <= item.published_at < END for item in items)
    of_captures = Counter(item.key for item in items)
    both = {f"x:{post['id']}" for post in capture(X[0])["data"]} & {f"x:{post['id']}" for post in capture(X[1])["data"]}
    assert {key for key, times in of_captures.items() if times > 1} == both


def test_no_address_leads_to_a_site_that_could_be_real() -> None:
    files = ["heard.toml", *(f"captures/x/{name}.json" for name in X)]
    files += [f"captures/reddit/{name}.json" for name in ("search", "comments")]
    files += [f"captures/feeds/{host}.xml" for host in FEEDS]
    hosts = {host.lower() for file in files for host in re.findall(r"https?://([^/\s\"'<>()\\\]]+)", text_of(file))}
    assert {host for host in hosts if not host.endswith(".example")} <= PLATFORMS_OWN | NAMESPACES
    linked = {host for item in all_items() for link in item.links for host in re.findall(r"//([^/]+)", link)}
    assert all(host.endswith(".example") or host == "x.com" for host in linked)


def test_the_query_keeps_the_brand_and_drops_what_only_sounds_like_it(settings: Settings) -> None:
    matcher = Matcher([parse_query(subject.id, subject.query) for subject in settings.subjects])
    about = Counter(subject for item in all_items() for subject, _ in matcher.match(item))
    assert about["velvet-crumb"] > 100
    assert 15 < about["cocoa-lantern"] < 60
    lookalikes = [item for item in all_items() if re.search(r"red velvet crumb|green sofa", item.text, re.IGNORECASE)]
    assert len(lookalikes) >= 4
    assert not any(matcher.match(item) for item in lookalikes)


def test_each_x_capture_is_led_to_by_the_query_of_its_subject_alone(settings: Settings) -> None:
    words = {name: name.split("-")[0] for name in X}
    for subject in settings.subjects:
        assert [name for name in X if words[name] in subject.query.casefold()] == [subject.id]


def test_one_feed_turns_into_a_log_in_page_on_the_second_thursday() -> None:
    marked = [host for host in FEEDS if "shows a log-in page -->" in text_of(f"captures/feeds/{host}.xml")]
    assert marked == ["crumbsandcorners.example"]
    assert "from 2026-03-12T06:00:00+00:00 on" in text_of("captures/feeds/crumbsandcorners.example.xml")


def test_redemptions_are_in_order_and_start_slowly() -> None:
    moments = [datetime.fromisoformat(row["at"]) for row in redemptions()]
    assert all(moment.tzinfo is not None for moment in moments)
    assert moments == sorted(set(moments))
    a_day = Counter(moment.date().day for moment in moments)
    assert max(a_day[day] for day in range(2, 7)) <= 3
    assert min(a_day[day] for day in range(10, 16)) >= 6


def test_redemptions_are_typed_as_people_type_with_a_few_wrong_ones(settings: Settings) -> None:
    offer, cards = settings.offers
    typed = [row["code"] for row in redemptions() if row["placement"] not in cards.placements]
    right = [code for code in typed if code_key(code) == code_key(offer.code or "")]
    assert len(set(right)) >= 5
    assert 3 <= len(typed) - len(right) <= 8
    assert {row["placement"] for row in redemptions()} == {*offer.placements, *cards.placements}


def test_every_card_that_is_redeemed_was_issued_and_one_of_them_is_in_a_post(settings: Settings) -> None:
    issued = [row["code"] for row in csv.DictReader(text_of("codes.csv").splitlines())]
    used = {code_key(row["code"]) for row in redemptions() if row["placement"] in settings.offers[1].placements}
    assert used < {code_key(code) for code in issued}
    assert [code for code in issued if any(code in item.text for item in all_items())] == ["VCQ7-6YDK-6P3"]
