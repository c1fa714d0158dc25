"""Posts of Bluesky as items, and the glance that passes over most of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listen.matching import Matcher
from bot.listen.query import parse_query
from bot.listen.sieve import sieve
from bot.model import Item, ItemKind
from connectors.bluesky.normalise import item_of, key_of, said
from connectors.bluesky.replay import Names, Replay, moment
from tests.support.jetstream import ALICE, BOB, NOW, event, post, us

KEY = f"bsky:{ALICE}/abc"
OTHER = f"at://{BOB}/app.bsky.feed.post/xyz"


def item(**record: Any) -> Item:
    record = {"text": "acme", "createdAt": NOW.isoformat(), **record}
    return item_of(KEY, record, said(record), None, NOW)


def test_words_links_and_language_come_from_the_whole_record() -> None:
    found = item(
        text="see acme.example/lo...",
        langs=["en-GB"],
        facets=[
            {"features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://acme.example/long"}]},
            {"features": [{"$type": "app.bsky.richtext.facet#mention", "did": BOB}]},
            {"features": [{"uri": "javascript:alert(1)"}, 7]},
            None,
        ],
        embed={"external": {"uri": "https://news.example/a", "title": "Acme opens", "description": "boilerplate"}},
    )
    assert found.text == "see acme.example/lo...\nAcme opens"
    assert found.links == ("https://acme.example/long", "https://news.example/a")
    assert found.language == "en"
    assert found.url == f"https://bsky.app/profile/{ALICE}/post/abc"
    assert (found.author.id, found.author.handle, found.author.followers) == (ALICE, None, None)
    assert dict(found.metrics) == {}


def test_descriptions_of_pictures_are_said_too() -> None:
    embed = {"media": {"images": [{"alt": "an Acme shop"}, {"alt": ""}, {}]}, "record": {"record": {"uri": OTHER}}}
    found = item(embed=embed)
    assert found.text == "acme\nan Acme shop"
    assert (found.kind, found.refers_to) == (ItemKind.QUOTE, f"bsky:{BOB}/xyz")


def test_a_quote_and_a_reply_say_what_they_refer_to() -> None:
    reply = {"parent": {"uri": OTHER}, "root": {"uri": OTHER}}
    assert (item(reply=reply).kind, item(reply=reply).refers_to) == (ItemKind.POST, f"bsky:{BOB}/xyz")
    assert item(reply=reply, embed={"record": {"uri": OTHER}}).kind is ItemKind.QUOTE
    assert item(embed={"record": {"uri": f"at://{BOB}/app.bsky.feed.generator/x"}}).kind is ItemKind.POST
    assert item(reply=[], embed="x", facets=7).refers_to is None


@pytest.mark.parametrize(
    ("told", "published"),
    [
        ((NOW - timedelta(hours=1)).isoformat(), NOW - timedelta(hours=1)),
        ("2026-11-20T13:00:00+02:00", NOW - timedelta(hours=1)),
        ("2014-05-01T00:00:00Z", datetime(2014, 5, 1, tzinfo=UTC)),
        ((NOW + timedelta(days=9)).isoformat(), NOW),
        ("0001-01-01T00:00:00Z", NOW),
        ("0001-01-01T00:00:00+23:00", NOW),
        ("yesterday", NOW),
        (None, NOW),
        (7, NOW),
    ],
)
def test_no_post_is_younger_than_it_was_seen(told: object, published: datetime) -> None:
    assert item(createdAt=told).published_at == published


@pytest.mark.parametrize("langs", [[], ["en", "de"], ["x"], ["english"], "en", None, [7]])
def test_a_language_that_is_not_clear_is_unknown(langs: object) -> None:
    assert item(langs=langs).language is None


@pytest.mark.parametrize(
    ("did", "rkey"), [("did:plc:a", "../x"), ("did:plc:a/b", "x"), ("plc:a", "x"), (7, "x"), ("did:plc:a", "")]
)
def test_what_names_no_record_has_no_key(did: object, rkey: object) -> None:
    assert key_of(did, rkey) is None


QUERIES = [
    [parse_query("s", query)]
    for query in ('acme OR "free chocolate"', "@acme", "acme.example", "a\\b", "n", "bsky.app")
]
TEXTS = st.lists(
    st.sampled_from(["acme", "Ácme", "ac\u200bme", "ac\x85me", "ac\x7fme", "free", "chocolate", "\n", "\\", '"', 'a"b', "a\\b", "\u2028", "🍫",
                     "n", "<", "/", "acme.example", "@acme", "x"]),
    max_size=7,
).map(" ".join)  # fmt: skip


@given(
    text=TEXTS,
    ascii_only=st.booleans(),
    which=st.sampled_from(QUERIES),
    handle=st.sampled_from([None, "acme"]),
    tight=st.booleans(),
)
def test_the_glance_passes_over_nothing_that_matches(
    text: str, ascii_only: bool, which: list[Any], handle: str | None, tight: bool
) -> None:
    names = Names()
    replay = Replay(names, sieve(which), us(NOW) - 10, us(NOW) - 10, us(NOW) + 10)
    if handle:
        replay.take(json.dumps(event(NOW, ALICE, "identity", handle=handle)).encode())
    made = post(
        NOW, text, rkey="k", facets=[{"features": [{"uri": "https://www.acme.example/"}]}] if "<" in text else []
    )
    commit = made["commit"]
    made["commit"] = {name: commit[name] for name in ("rev", "operation", "collection", "rkey", "record")}
    replay.take(json.dumps(made, ensure_ascii=ascii_only, separators=(",", ":") if tight else None).encode())
    record = commit["record"]
    whole = item_of(f"bsky:{ALICE}/k", record, said(record), handle, moment(us(NOW)))
    page = replay.page()
    assert page.cursor == {"version": 1, "time_us": us(NOW)}
    if Matcher(which).match(whole):
        assert page.items == (whole,)
