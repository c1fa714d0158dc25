"""Matching: which subjects an item names, by which words, and where exactly."""

from __future__ import annotations

import csv
import re
import time
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
        # wildcards in phrases: one word, or any ending
        ('"free * truffle"', "free dark truffle free truffle free very dark truffle free don't-truffle",
         ["free dark truffle", "free don't-truffle"]),
        ('"free truffl*"', "free truffles, free (Trüffl) freetruffles", ["free truffl", "free (Trüffl"]),
        ('"truffl* oil"', "truffles oil truffle-oil untruffle oil truffloil", ["truffles oil", "truffle-oil"]),
        ('"* truffle"', "truffle the truffle… don't truffle", ["the truffle", "don't truffle"]),
        ('"truffle *"', "truffle! oil truffle", ["truffle! oil"]),
        ('"a* b* tea"', "apple bread tea, a b tea a tea", ["apple bread tea", "a b tea"]),
        ('"e*trade"', "e*trade eXtrade", ["e*trade"]),
        # exact: case and accents as written; quotes and dashes are what they are anywhere
        ("=Target", "Target target TARGET Targets #Target", ["Target", "Target"]),
        ("=café", "café cafe cafe\u0301 Café", ["café", "cafe\u0301"]),
        ('="Delta Air"', "Delta Air, delta air; Delta-Air Delta AIR", ["Delta Air", "Delta-Air"]),
        ('="don\'t Panic"', "don’t Panic don’t panic", ["don’t Panic"]),
        ('="Free * T*"', "Free dark Truffle free dark Truffle Free dark truffle", ["Free dark T"]),
        ("=Truffl*", "Truffles truffles", ["Truffl"]),
        ("=Booking.com", "Booking.com booking.com", ["Booking.com"]),
        # NEAR: both sides, in either order, no more than so many words apart
        ("free NEAR/2 truffle", "free dark truffle", ["free", "truffle"]),
        ("free NEAR/1 truffle", "free dark truffle", []),
        ("free NEAR/1 truffle", "a truffle: free! And free again", ["truffle", "free"]),
        ("free NEAR/3 truffle", "free " + "x " * 9 + "truffle x x free", ["truffle", "free"]),
        ("(free OR gratis) NEAR/2 truffle*", "gratis the truffles free", ["gratis", "truffle", "free"]),
        ("tea NEAR/5 tea", "tea", []),
        ("tea NEAR/5 te*", "tea or tea", ["te", "tea", "te", "tea"]),
        ('"free truffle" NEAR/2 oil', "oil, a free truffle", ["oil", "free truffle"]),
        ("a NEAR/1 don't", "a don't b", ["a", "don't"]),
        ("茶 NEAR/3 店", "茶の店", ["茶", "店"]),
        ("a -(b NEAR/1 c)", "a b x c", ["a"]),
        ("a -(b NEAR/1 c)", "a b c", []),
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
        ("a (b NEAR/2 c OR d)", "a b c", True),
        ("a (b NEAR/2 c OR d)", "a b x x c", False),
        ("title:a", "a", False),
        ("a NOT title:a", "a", True),
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


def test_a_display_name_is_anybodys_where_the_platform_has_accounts() -> None:
    assert hits_of("@acme OR author:acme", an_item("hello", author=Author(name="acme", handle="other"))) == ()


@pytest.mark.parametrize(
    ("query", "author", "where"),
    [
        ("author:acme", Author(handle="@Acme"), (0, 5)),
        ("author:u/acme", Author(handle="acme"), (0, 4)),
        ("author:doe", Author(name="By Jane Doe, Editor"), (8, 11)),
        ('author:"Jane Doe"', Author(name="By Jane Doe, Editor"), (3, 11)),
        ('author:"jane doe"', Author(name="Jané Doe", handle="jd_99"), (0, 8)),
        ("author:doe", Author(name="Jane Doe", handle="jd_99"), None),
        ("author:jane", Author(name="Janet"), None),
        ("author:acme", Author(), None),
    ],
)
def test_an_author_is_an_account_or_else_a_name(query: str, author: Author, where: tuple[int, int] | None) -> None:
    expected = () if where is None else (Hit(str(parse_query("x", query).node), MatchField.AUTHOR, *where),)
    assert hits_of(query, an_item("acme jane doe", author=author)) == expected


@pytest.mark.parametrize(
    ("query", "outlet", "url", "matches"),
    [
        ("site:acme.example", "acme.example", None, True),
        ("site:acme.example", "news", "https://blog.acme.example/x", True),
        ("site:www.acme.example", "ACME.example", None, True),
        ("site:acme.example", "notacme.example", "https://acme.example.org/", False),
        ("tea -site:acme.example", "acme.example", None, False),
        ("in:chocolate", "r/Chocolate", None, True),
        ("in:r/chocolate", "r/chocolate", None, True),
        ("in:chocolate", "r/darkchocolate", None, False),
        ("in:chocolate", "chocolate", None, False),
        ("in:u_acme", "u/acme", None, True),
        ("tea -in:chocolate", "r/chocolate", None, False),
    ],
)
def test_a_site_or_subreddit_is_where_it_ran(query: str, outlet: str, url: str | None, matches: bool) -> None:
    item = replace(an_item("tea", url=url, links=("https://acme.example/linked",)), outlet=outlet)
    assert bool(hits_of(query, item)) is matches


@pytest.mark.parametrize(
    ("query", "language", "matches"),
    [
        ("tea lang:en", "en", True),
        ("tea lang:en", "en-GB", True),
        ("tea lang:en", "de", False),
        ("tea lang:en", None, False),
        ("tea -lang:en", None, True),
        ("tea -lang:en", "EN", False),
        ("tea (lang:en OR lang:de)", "de", True),
    ],
)
def test_a_language_is_what_the_source_says(query: str, language: str | None, matches: bool) -> None:
    assert bool(hits_of(query, replace(an_item("tea"), language=language))) is matches


def test_a_language_that_the_source_does_not_say_is_told_from_the_text_and_only_when_asked_for() -> None:
    asked: list[str] = []

    def identify(text: str) -> str:
        asked.append(text)
        return "en"

    matcher = Matcher([parse_query("a", "tea lang:en"), parse_query("b", "cocoa")], identify)
    assert [subject for subject, _ in matcher.match(an_item("tea"))] == ["a"]
    assert matcher.match(an_item("cocoa"))
    assert not matcher.match(replace(an_item("tea"), language="de"))
    assert asked == ["tea"]


def test_a_title_term_counts_in_the_headline_only() -> None:
    item = an_item("A truffle, free", title="Free truffle")
    assert hits_of("title:truffle", item) == (Hit("title:truffle", MatchField.TITLE, 5, 12),)
    assert [hit.start for hit in hits_of("title:truffle free", item)] == [0, 5, 24]
    assert hits_of('title:"a truffle"', item) == ()
    assert hits_of("title:(free NEAR/1 truffle)", item)


def test_terms_near_each_other_are_hits_and_those_that_are_not_are_none() -> None:
    hits = hits_of("free NEAR/2 truffle OR oil", an_item("free " + "x " * 5 + "free truffle oil"))
    assert [(hit.term, hit.start) for hit in hits] == [("free", 15), ("truffle", 20), ("oil", 28)]


@given(st.lists(st.sampled_from(["a", "b", "x"]), max_size=12), st.integers(1, 5))
def test_near_is_what_trying_every_pair_says(words: list[str], within: int) -> None:
    text = " ".join(words)
    hits = {hit.start // 2 for hit in hits_of(f"a NEAR/{within} b", an_item(text))}
    pairs = [
        (left, right)
        for left, one in enumerate(words)
        for right, other in enumerate(words)
        if one == "a" and other == "b" and abs(left - right) <= within
    ]
    assert hits == {place for pair in pairs for place in pair}


@pytest.mark.parametrize("query", ["a NEAR/9 b", '"a * b"', '"a* b* c"', '"* b"', '="a* b* c* D"'])
def test_a_hostile_text_costs_no_more_than_its_length(query: str) -> None:
    matcher = Matcher([parse_query("acme", query)])
    for part, end, times in (("a b ", "", 750), ("a'", "", 1_000), ("aaaa", " b", 1_000), ("a ", "b", 1_000)):
        _is_in_proportion(matcher, part * times + end, part * 4 * times + end)
    _is_in_proportion(matcher, ("!" * 500).join("abcd"), ("!" * 2_000).join("abcd"))


def _is_in_proportion(matcher: Matcher, text: str, longer: str) -> None:
    """Four times the text takes about four times as long; it would be sixteen times where it grows with the square."""
    took = [(_seconds(matcher, text), _seconds(matcher, longer)) for _ in range(3)]  # others use the machine too
    once, fourfold = map(min, zip(*took, strict=True))
    assert fourfold < 10 * once + 0.001, (text[:12], once, fourfold)


def _seconds(matcher: Matcher, text: str) -> float:
    item = an_item(text)
    began = time.process_time()
    matcher.match(item)
    return time.process_time() - began


def test_a_vowel_sign_or_a_point_does_not_part_a_word() -> None:
    assert hits_of("चाय NEAR/2 दूध", an_item("चाय हिन्दी दूध"))
    assert hits_of("tea NEAR/2 milk", an_item("tea שָׁלוֹם milk"))
    assert not hits_of("चाय NEAR/2 दूध", an_item("चाय हिन्दी हिन्दी दूध"))


@pytest.mark.parametrize(
    ("query", "text", "matches"),
    [
        ('="Big App* Shop"', "the Big Apple-Shop", True),
        ('="Big App* Shop"', "the Big apple Shop", False),
        ('="Big * Shop"', "Big … Don't, Shop", True),
        ('="a Foo Foo"', "a foo Foo", False),
        ('="हि* चाय"', "हिन्दी चाय", True),
    ],
)
def test_the_case_of_every_word_of_an_exact_phrase_counts(query: str, text: str, matches: bool) -> None:
    assert bool(hits_of(query, an_item(text))) is matches


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
