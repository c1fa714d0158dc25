"""Matching: which subjects an item names, by which words, and where exactly."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listen.folding import fold
from bot.listen.matching import Matcher, mentions_of
from bot.listen.query import parse_query
from bot.model import Author, Hit, Item, ItemKind, MatchField, mention_id, with_headline
from tests.support.shared import shared_path


def an_item(
    body: str, title: str = "", author: Author | None = None, url: str | None = None, links: tuple[str, ...] = ()
) -> Item:
    title, text = with_headline(title, body)
    return Item("x:1", ItemKind.POST, url, title, text, None, "x.com", author or Author(), links=links)


def hits_of(query: str, item: Item) -> tuple[Hit, ...]:
    return dict(Matcher([parse_query("acme", query)]).match(item)).get("acme", ())


def found(query: str, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in hits_of(query, replace(an_item(""), text=text))]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        # words
        ("tea", "team steam tea, TEA's #tea @tea tea_ 2tea", ["tea", "TEA", "tea", "tea"]),
        ("cafe", "CAFÉ cafe\u0301 cafes", ["CAFÉ", "cafe\u0301"]),
        ("café", "Cafe", ["Cafe"]),
        ("strasse", "Hauptstraße, Straße", ["Straße"]),
        ("fi", "ﬁne ﬁ", ["ﬁ"]),
        ("istanbul", "İSTANBUL", ["İSTANBUL"]),
        ("truffle", "tru\u00adffle \ud800", ["tru\u00adffle"]),
        ("AT&T", "at&t At & T", ["at&t"]),
        ("C++", "C++ c++11 c", ["C++", "c++"]),
        ("C#", "in C#, not C", ["C#"]),
        ("Coca-Cola", "coca cola coca‑cola CocaCola", ["coca cola", "coca‑cola"]),
        ("L'Oréal", "l’oreal", ["l’oreal"]),
        ("U.S.", "the U.S. economy", ["U.S"]),
        ("🍫", "mmm🍫\ufe0fyes", ["🍫\ufe0f"]),
        # scripts without spaces
        ("iPhone", "新しいiPhoneを買った", ["iPhone"]),
        ("チョコ", "生チョコレート", ["チョコ"]),
        ("か", "が か\u3099 か", ["か"]),
        ("삼성", "삼성은", ["삼성"]),
        ("가", "각 가", ["가"]),
        ("ไทย", "ภาษาไทยคือ", ["ไทย"]),
        # phrases
        ('"free truffle"', "Free\n\n truffle; free-truffle freetruffle", ["Free\n\n truffle", "free-truffle"]),
        ('"free truffle"', "free (truffle) free the truffle truffle free", ["free (truffle"]),
        ('"tea for tea"', "tea for tea for tea", ["tea for tea", "tea for tea"]),
        ('"new iPhone"', "New\u00a0iPhone, newiPhone", ["New\u00a0iPhone"]),
        ('"don\'t panic"', "Don’t panic!", ["Don’t panic"]),
        ('"free truffle"', "free truffles", []),
        # prefixes
        ("truffl*", "Truffles untruffle TRUFFLÉ", ["Truffl", "TRUFFL"]),
        ("coca-col*", "Coca Colas", ["Coca Col"]),
        # handles and tags
        ("@acme", "@Acme! me@acme.com @acme_x @acme.social ＠ACME .@acme", ["@Acme", "＠ACME", "@acme"]),
        ("@acme", "acme #acme", []),
        ("#acme", "#Acme acme #acmes x#acme @acme (#acme)", ["#Acme", "#acme"]),
        # domains
        ("acme.example", "https://www.Acme.example/x?y acme[.]example", ["Acme.example", "acme[.]example"]),
        ("acme.example", "notacme.example my-acme.example acme.example.uk acme.example-x", []),
        ("acme.example", "me@acme.example. (acme.example)", ["acme.example", "acme.example"]),
        ("shop.acme.example", "acme.example shop[.]acme[.]example", ["shop[.]acme[.]example"]),
        ("bücher.example", "xn--bcher-kva.example BÜCHER.example", ["xn--bcher-kva.example", "BÜCHER.example"]),
    ],
)  # fmt: skip
def test_a_term_is_found_where_a_reader_would_find_it(query: str, text: str, expected: list[str]) -> None:
    assert found(query, text) == expected


@pytest.mark.parametrize(
    ("query", "text", "matches"),
    [
        ("truffle -recipe", "a truffle", True),
        ("truffle -recipe", "a truffle recipe", False),
        ("truffle (free OR gratis)", "free truffle", True),
        ("truffle (free OR gratis)", "truffle", False),
        ("truffle NOT (free gratis)", "free truffle", True),
        ("truffle NOT (free gratis)", "free gratis truffle", False),
        ("a OR (b -c)", "b c", False),
        ("a OR (b -c)", "a b c", True),
        ("truffle", "", False),
    ],
)
def test_the_boolean_tree_decides(query: str, text: str, matches: bool) -> None:
    assert bool(hits_of(query, an_item(text))) is matches


def test_excluded_terms_give_no_hits() -> None:
    assert [hit.term for hit in hits_of("truffle NOT (recipe free)", an_item("truffle recipe"))] == ["truffle"]


def test_a_hit_in_the_headline_says_so_and_offsets_count_from_the_start_of_the_text() -> None:
    item = an_item("More of the truffle. Truffle", title="A truffle")
    assert hits_of("truffle", item) == (
        Hit("truffle", MatchField.TITLE, 2, 9),
        Hit("truffle", MatchField.TEXT, 22, 29),
        Hit("truffle", MatchField.TEXT, 31, 38),
    )
    assert hits_of('"truffle more"', item) == (Hit('"truffle more"', MatchField.TEXT, 2, 14),)


@pytest.mark.parametrize(
    ("author", "end"),
    [(Author(handle="@ACME"), 5), (Author(handle="acme"), 4), (Author(name="Acme"), 4), (Author(handle="u/acme"), 6)],
)
def test_a_handle_also_matches_the_author(author: Author, end: int) -> None:
    assert hits_of("@acme", an_item("hello", author=author)) == (Hit("@acme", MatchField.AUTHOR, 0, end),)


def test_a_word_does_not_match_the_author() -> None:
    assert hits_of("acme", an_item("hello", author=Author(name="acme", handle="acme"))) == ()


def test_a_domain_also_matches_addresses_on_its_host_and_below() -> None:
    item = an_item(
        "hello",
        url="https://Shop.acme.example/x",
        links=(
            "https://acme.example:8080/",
            "https://notacme.example/",
            "https://acme.example.org/",
            "nonsense",
            "http://[::1",
        ),
    )
    assert hits_of("acme.example", item) == (
        Hit("acme.example", MatchField.URL, 8, 20),
        Hit("acme.example", MatchField.URL, 8, 25),
    )
    assert hits_of("www.acme.example", item)


def test_an_item_that_names_two_subjects_is_two_mentions() -> None:
    matcher = Matcher([parse_query("b", "truffle"), parse_query("a", "acme OR @acme"), parse_query("c", "tea")])
    now = datetime(2026, 1, 2, tzinfo=UTC)
    item = an_item("Acme truffle")
    first, second = mentions_of(matcher, item, "rss", now)
    assert (first.subject, second.subject) == ("b", "a")
    assert first.id == mention_id("x:1", "b")
    assert (second.item, second.source, second.collected_at) == (item, "rss", now)
    assert second.matched == (Hit("acme", MatchField.TEXT, 0, 4),)


def test_no_queries_match_nothing() -> None:
    assert Matcher([]).match(an_item("truffle")) == ()


WORDS = ["tea", "te", "ab", "aba", "tea_x", "é", "ß", "チ", "1a"]
TEXTS = st.lists(
    st.sampled_from([*WORDS, " ", "-", ".", "\n", "_", "#", "@", "s", "\u0301", "ﬁ", "TEA", "\u00ad"]), max_size=14
).map("".join)


@given(TEXTS, st.sampled_from(WORDS))
def test_every_hit_cuts_out_a_slice_that_folds_to_the_term(text: str, term: str) -> None:
    assert all(fold(cut) == fold(term) for cut in found(term, text))


@given(st.lists(st.sampled_from(["tea", "steam", "TEA", " ", "-", "_", "1", ".", "#"]), max_size=12).map("".join))
def test_words_are_found_as_a_regular_expression_with_boundaries_finds_them(text: str) -> None:
    expected = [match.span() for match in re.finditer(r"(?<!\w)tea(?!\w)", text.lower())]
    assert [(hit.start, hit.end) for hit in hits_of("tea", replace(an_item(""), text=text))] == expected


@given(TEXTS)
def test_many_subjects_at_once_match_as_each_alone(text: str) -> None:
    writings = ["tea", "te", "tea te", '"tea te"', "te*", "#tea", "@tea", "aba -tea", "é OR チ", '"aba aba"', "ss"]
    queries = [parse_query(f"s{number}", writing) for number, writing in enumerate(writings)]
    item = replace(an_item(""), text=text)
    alone = tuple(match for query in queries for match in Matcher([query]).match(item))
    assert Matcher(queries).match(item) == alone


def test_on_real_posts_the_automaton_agrees_with_a_regular_expression() -> None:
    with shared_path("corpus/mentions/airline_tweets_2015.csv").open(encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)][:2000]
    terms = ["united", "delta", "air", "the", "late", "plane", "no"]
    matcher = Matcher([parse_query(term, term) for term in terms])
    checked = 0
    for text in filter(str.isascii, texts):
        matched = {
            subject: [(hit.start, hit.end) for hit in hits]
            for subject, hits in matcher.match(replace(an_item(""), text=text))
        }
        for term in terms:
            spans = [match.span() for match in re.finditer(rf"(?<!\w){term}(?!\w)", text.lower())]
            assert matched.get(term, []) == spans
            checked += len(spans)
    assert checked > 1000
