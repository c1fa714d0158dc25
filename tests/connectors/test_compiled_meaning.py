"""What is sent to a platform finds what the local evaluator keeps; without a note it finds nothing else.

The platforms are small evaluators of their own (``tests/support/platforms``). Differences that are known and left: a
handle with a dot and a word right behind it (``@acme.example``) is a mention for X and none for us, and a word with an
underscore is one token for both.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.listen.matching import Matcher
from bot.listen.query import conjunction, disjunction, negation, parse_query, unparse
from bot.model import Author, Item, ItemKind, Near, Node, Or, Query, Term, TermKind, with_headline
from connectors.reddit.compile import compile_query as for_reddit
from connectors.trees import READ_MORE
from connectors.twitter.compile import compile_query as for_x
from tests.support.counts import examples
from tests.support.platforms import reddit_finds, x_finds
from tests.support.shared import shared_path

ACCOUNTS = ("acme", "truffle_fan", "jane", "deltapilot")
LANGUAGES = ("en", "de", "id", None)
SUBREDDITS = ("chocolate", "Tea", "Baking")
HOSTS = ("acme.example", "shop.acme.example", "example.org")
MADE = (
    "Free TRUFFLE at the shop, no strings",
    "the free dark truffle from @acme #truffles",
    "Café acme.example L’Oréal AT&T c++ co-op",
    "Target practice near the target store",
    "free, free truffles! Don't panic",
    "@jane: a dark, dark store",
)


@cache
def _posts() -> tuple[Item, ...]:
    with shared_path("corpus/mentions/airline_tweets_2015.csv").open(encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file)][::90]
    with shared_path("corpus/mentions/sanders_apple_google_microsoft_twitter_2011.csv").open(encoding="utf-8") as file:
        texts += [row["TweetText"] for row in csv.DictReader(file)][::31]
    texts = [text for text in (*MADE, *texts) if not re.search(r"@\w+\.\w", text)]
    return tuple(
        Item(
            key=f"x:{number}",
            kind=ItemKind.POST,
            url=f"https://x.com/{ACCOUNTS[number % 4]}/status/{number}",
            title="",
            text=text,
            published_at=None,
            outlet="x.com",
            author=Author(name="Jane Doe", handle=ACCOUNTS[number % 4]),
            language=LANGUAGES[number % 3 if number % 5 else 3],
            links=(f"https://{HOSTS[number % 3]}/page/{number}",) if number % 4 == 0 else (),
        )
        for number, text in enumerate(texts)
    )


@cache
def _threads() -> tuple[Item, ...]:
    rows: list[tuple[str, str]] = [(text, "") for text in MADE]
    with shared_path("corpus/mentions/reddit_tea_top_2013.csv").open(encoding="utf-8") as file:
        rows += [(row["title"], row["selftext"][:500]) for row in csv.DictReader(file)][::12]
    made = []
    for number, row in enumerate(rows):
        title, text = with_headline(*row)
        made.append(
            replace(
                _posts()[number],
                url=f"https://www.reddit.com/r/{SUBREDDITS[number % 3]}/comments/{number}/",
                title=title,
                text=text,
                outlet=f"r/{SUBREDDITS[number % 3]}",
                author=Author(handle=ACCOUNTS[number % 4]),
                language=None,
            )
        )
    return tuple(made)


WORDS = [
    "free",
    "truffle",
    "the",
    "store",
    "target",
    "Café",
    "AT&T",
    "c++",
    "co-op",
    "L'Oréal",
    "flight",
    "tea",
    "apple",
]
PHRASES = [
    "free truffle",
    "the store",
    "dark truffle",
    "free * truffle",
    "free truffl*",
    "my flight",
    "a * of",
    "the *",
]
TEXT_TERMS = st.one_of(
    st.sampled_from(WORDS).map(lambda value: Term(TermKind.WORD, value)),
    st.sampled_from(PHRASES).map(lambda value: Term(TermKind.PHRASE, value)),
    st.sampled_from(["truffl", "fli", "t"]).map(lambda value: Term(TermKind.PREFIX, value)),
    st.sampled_from(["Target", "Apple", "TRUFFLE"]).map(lambda value: Term(TermKind.WORD, value, exact=True)),
    st.sampled_from(["acme", "jane", "united"]).map(lambda value: Term(TermKind.HANDLE, value)),
    st.sampled_from(["truffles", "apple", "2015"]).map(lambda value: Term(TermKind.TAG, value)),
    st.sampled_from(["acme.example", "example.org"]).map(lambda value: Term(TermKind.DOMAIN, value)),
)
FIELD_TERMS = st.one_of(
    st.sampled_from(["acme", "Jane Doe", "no-account"]).map(lambda value: Term(TermKind.AUTHOR, value)),
    st.sampled_from(["en", "de", "id"]).map(lambda value: Term(TermKind.LANGUAGE, value)),
    st.sampled_from(["chocolate", "tea"]).map(lambda value: Term(TermKind.SUBREDDIT, value)),
    st.sampled_from(["x.com", "reddit.com", "example.org"]).map(lambda value: Term(TermKind.SITE, value)),
    TEXT_TERMS.map(lambda term: replace(term, in_title=True)),
)
NEARS = st.builds(
    Near,
    TEXT_TERMS,
    st.one_of(TEXT_TERMS, st.lists(TEXT_TERMS, min_size=2, max_size=3, unique=True).map(lambda t: Or(tuple(t)))),
    st.integers(1, 8),
)
NODES: st.SearchStrategy[Node] = st.recursive(
    st.one_of(TEXT_TERMS, TEXT_TERMS, FIELD_TERMS, NEARS),
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, inner.map(negation)), min_size=2, max_size=4).map(conjunction),
        st.lists(inner, min_size=2, max_size=4).map(disjunction),
    ),
    max_leaves=8,
)


def accepted(node: Node) -> Query:
    try:
        return parse_query("s", unparse(node))
    except QueryError:
        assume(False)
        raise


def kept(query: Query, items: tuple[Item, ...]) -> list[bool]:
    matcher = Matcher([query])
    return [bool(matcher.match(item)) for item in items]


@given(NODES, st.sampled_from([128, 512]))
@settings(max_examples=examples(80), deadline=None)
def test_x_finds_what_the_evaluator_keeps_and_no_more_unless_it_is_said(node: Node, limit: int) -> None:
    query = accepted(node)
    compiled = for_x(query, limit=limit)
    for post, keeps in zip(_posts(), kept(query, _posts()), strict=True):
        found = any(x_finds(search.text, post) for search in compiled.sent)
        if keeps and not any(note.loses for note in compiled.notes):
            assert found, (compiled, post.text)
        if found and not any(READ_MORE in note.cost for note in compiled.notes):
            assert keeps, (compiled, post.text)


@given(NODES)
@settings(max_examples=examples(80), deadline=None)
def test_reddit_finds_what_the_evaluator_keeps_and_no_more_unless_it_is_said(node: Node) -> None:
    query = accepted(node)
    compiled = for_reddit(query)
    for post, keeps in zip(_threads(), kept(query, _threads()), strict=True):
        found = any(reddit_finds(search.text, search.where, post) for search in compiled.sent)
        if keeps:
            assert found, (compiled, post.text)
        if found and not any("more is read" in note.cost for note in compiled.notes):
            assert keeps, (compiled, post.text)


@pytest.mark.parametrize(
    ("text", "posts"),
    [
        ("free truffle", 1),
        ("the lang:de -flight", 1),
        ('"my flight" OR @united', 20),
        ("from OR lang:de the author:jane", 5),
    ],
)
def test_the_models_do_find_something_so_that_equality_says_something(text: str, posts: int) -> None:
    query = parse_query("s", text)
    compiled = for_x(query)
    found = [any(x_finds(search.text, post) for search in compiled.sent) for post in _posts()]
    assert found == kept(query, _posts())
    assert sum(found) >= posts
