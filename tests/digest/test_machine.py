"""What programs of others get of a digest: no text of a post on X, wherever in the body it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.digest.compose import compose
from bot.digest.sending.machine import machine_body, machine_json
from tests.digest.sample import given

POST = "They hand you a truffle if you ask for the moon"


def body_with(url: str | None, **more: Any) -> dict[str, Any]:
    return {
        "verdict": f"One voice says “{POST}”.",
        "stories": [{"lead": "m1", "headline": POST, "url": url, "score": 2.6, "quote": {"text": POST, "url": url}}],
        "messages": [{"statement": "Ours", "evidence": [{"mention": "m1", "quote": POST, "url": url}]}],
        "answer": [{"mention": "m1", "text": f"{POST}?", "url": url, "kind": "question"}],
    } | more


@pytest.mark.parametrize(
    "url",
    ["https://x.com/a/status/1", "https://twitter.com/a/status/1", "https://mobile.twitter.com/a", "https://X.COM./a"],
)
def test_texts_of_posts_on_x_are_left_out_and_ids_addresses_and_scores_stay(url: str) -> None:
    told = machine_json(body_with(url))
    assert POST not in told
    found = json.loads(told)
    assert found["verdict"] == "One voice says “[…]”."
    assert found["stories"] == [
        {"lead": "m1", "headline": None, "url": url, "score": 2.6, "quote": {"text": None, "url": url}}
    ]
    assert found["messages"][0] == {"statement": "Ours", "evidence": [{"mention": "m1", "quote": None, "url": url}]}


@pytest.mark.parametrize(
    "url", ["https://blog.example/x.com", "https://notx.com/a", "https://x.com.evil.example/", None]
)
def test_what_others_wrote_elsewhere_stays(url: str | None) -> None:
    assert machine_body(body_with(url)) == body_with(url)


def test_a_cut_text_is_found_in_longer_sentences_too() -> None:
    cut = POST[:30] + "…"
    body = {"stories": [{"headline": cut, "url": "https://x.com/1"}], "more": f"again: {POST}"}
    assert POST[:30] not in machine_json(body)


def test_a_place_without_an_address_is_told_by_its_name() -> None:
    assert machine_body({"answer": [{"text": POST, "where": "X", "url": None}]})["answer"][0]["text"] is None


@pytest.mark.parametrize("place", ["x.com", "X", "twitter.com"])
def test_an_alert_gives_away_neither_words_nor_authors_of_x(place: str) -> None:
    story = {"headline": POST, "place": place, "author": "@moon", "url": None, "told": 2}
    alert = {"stories": [story], "first": story, "contrary": {"quote": POST[5:], "place": place, "mention": "m"}}
    told = machine_body({"paragraphs": [f"- “{POST}”, {place}", f"in these words: “{POST[5:]}” (90 % sure)"], **alert})
    assert POST[5:] not in json.dumps(told)
    assert told["first"]["author"] is None
    assert told["stories"][0] == story | {"headline": None, "author": None}


@pytest.mark.parametrize("key", ["headline", "text", "quote", "title", "author"])
def test_each_field_that_may_hold_words_of_x_is_emptied(key: str) -> None:
    assert machine_body({"rows": [{key: "short", "url": "https://x.com/1"}]})["rows"] == [
        {key: None, "url": "https://x.com/1"}
    ]


def test_tuples_are_looked_through_and_the_longer_of_two_texts_goes_whole() -> None:
    rows = tuple({"text": one, "url": "https://x.com/1"} for one in (POST, f"{POST}, and more"))
    told = machine_body({"rows": rows, "lines": (f"said: {POST}, and more", "well, moon and stars")})
    assert told["lines"] == ["said: […]", "well, moon and stars"]


def test_a_word_or_two_that_a_post_says_stay_in_our_sentences() -> None:
    body = {"rows": [{"text": "truffle", "url": "https://x.com/1"}], "more": "One truffle was told of."}
    assert machine_body(body)["more"] == body["more"]


@pytest.mark.parametrize("url", ["https://[x.com", "https://evilx.com/1"])
def test_what_only_looks_like_x_or_like_an_address_is_neither(url: str) -> None:
    assert machine_body({"rows": [{"text": POST, "url": url}]})["rows"][0]["text"] == POST


def test_no_post_blots_out_what_programs_go_by() -> None:
    names = {
        "kind": "contrary-message",
        "evidence": "https://heard.example/mentions?subject=crumb",
        "id": "told-abcdefgh",
    }
    posts = [{"headline": one, "url": "https://x.com/1"} for one in names.values()]
    assert machine_body({"stories": posts, **names}) | {"stories": []} == {"stories": [], **names}


def test_a_real_body_keeps_its_figures_and_loses_only_words_of_x() -> None:
    body = compose(given())
    told = machine_body(body)
    assert told["counts"] == body["counts"]
    assert len(told["stories"]) == len(body["stories"])
    for before, after in zip(body["stories"], told["stories"], strict=True):
        assert (after["headline"] is None) == ("x.com" in (before["url"] or ""))
        assert after["score"] == before["score"]
