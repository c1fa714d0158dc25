"""Compiling queries: a search may find more than the query means, never less."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import And, Near, Node, Not, Or, Query, Search, Term, TermKind
from connectors.reddit.comments import comment_listings
from connectors.reddit.compile import LONGEST, compile_query
from connectors.reddit.search import search_listings
from tests.support.counts import examples


def word(value: str) -> Term:
    return Term(TermKind.WORD, value)


def searches(node: Node) -> tuple[str, ...]:
    return tuple(search.text for search in compile_query(Query("s", "", node)).sent)


@pytest.mark.parametrize(
    ("node", "search"),
    [
        (word("truffle"), "truffle"),
        (word("Müller"), "Müller"),
        (word("AT&T"), '"AT&T"'),
        (word("or"), '"or"'),
        (word("c++"), '"c++"'),
        (word("title:x"), '"title:x"'),
        (Term(TermKind.PHRASE, "dark truffle"), '"dark truffle"'),
        (Term(TermKind.PHRASE, 'say "cheese" \\now'), '"say cheese now"'),
        (Term(TermKind.PREFIX, "choc"), "choc*"),
        (Term(TermKind.TAG, "truffle"), "truffle"),
        (Term(TermKind.HANDLE, "tempting"), "(tempting OR author:tempting)"),
        (Term(TermKind.DOMAIN, "example.org"), '(url:"example.org" OR site:"example.org" OR "example.org")'),
        (And((word("a"), word("b"))), "(a AND b)"),
        (Or((word("a"), And((word("b"), word("c"))))), "(a OR (b AND c))"),
        (And((word("apple"), Not(word("fruit")))), "apple"),
        (And((Or((word("a"), word("a"))), word("b"))), "(a AND b)"),
        (Near(word("a"), Or((word("b"), word("c"))), 4), "(a AND (b OR c))"),
        (Term(TermKind.WORD, "Target", exact=True), "Target"),
        (Term(TermKind.PHRASE, "the best * in town"), '("the best" AND "in town")'),
        (Term(TermKind.PHRASE, "free truffl*"), "(free AND truffl*)"),
        (Term(TermKind.PHRASE, "dark truffle", in_title=True), 'title:"dark truffle"'),
        (Term(TermKind.AUTHOR, "jane"), "author:jane"),
        (And((word("a"), Term(TermKind.LANGUAGE, "en"))), "a"),
        (And((word("a"), Term(TermKind.SITE, "reddit.com"))), "a"),
        (Or((word("a"), Term(TermKind.SITE, "example.org"))), "a"),
        (Or((word("a"), Term(TermKind.SUBREDDIT, "tea"))), "(a OR subreddit:tea)"),
    ],
)
def test_a_query_is_compiled_to_reddits_syntax(node: Node, search: str) -> None:
    assert searches(node) == (search,)


@pytest.mark.parametrize(
    "node",
    [
        word("x" * 600),
        Or((word("a"), word("x" * 600))),
        Term(TermKind.PHRASE, "x" * 600),
        Not(word("a")),
        Or((word("a"), Not(word("b")))),
        Term(TermKind.PREFIX, "c++"),
        Term(TermKind.PHRASE, '" "'),
    ],
)
def test_what_reddit_cannot_narrow_asks_for_everything(node: Node) -> None:
    assert searches(node) == ("",)
    assert any("every new post is read" in note.cost for note in compile_query(Query("s", "", node)).notes)
    (listing,) = search_listings(["chocolate"], [Query("s", "", node)])
    assert (listing.path, listing.params) == ("r/chocolate/new/", {})


def test_a_long_list_of_words_becomes_several_searches_that_hold_all_of_them() -> None:
    words = [f"brandname{n:04d}" for n in range(200)]
    found = searches(Or(tuple(word(value) for value in words)))
    assert len(found) > 1
    assert all(len(search) <= LONGEST for search in found)
    assert sorted(part for search in found for part in search.split(" OR ")) == words


def test_a_long_conjunction_asks_for_its_cheapest_part() -> None:
    long = Or(tuple(word(f"brandname{n:04d}") for n in range(200)))
    assert searches(And((word("x" * 600), long, word("truffle"), Not(word("x"))))) == ("truffle",)


def test_a_phrase_beyond_the_limit_is_searched_by_its_beginning() -> None:
    (search,) = searches(Term(TermKind.PHRASE, "chocolate " * 100))
    assert len(search) <= LONGEST
    assert search.startswith('"chocolate chocolate')
    assert search.endswith('chocolate"')


TEA, COCOA = Term(TermKind.SUBREDDIT, "tea"), Term(TermKind.SUBREDDIT, "Cocoa")


@pytest.mark.parametrize(
    ("node", "sent"),
    [
        (And((word("a"), TEA)), [Search("a", "r/tea")]),
        (TEA, [Search("", "r/tea")]),
        (And((word("a"), Or((TEA, COCOA)))), [Search("(a AND (subreddit:tea OR subreddit:Cocoa))", "r/cocoa+tea")]),
        (
            Or((And((word("a"), TEA)), And((word("b"), COCOA)))),
            [Search("((a AND subreddit:tea) OR (b AND subreddit:Cocoa))", "r/cocoa+tea")],
        ),
        (Or((word("a"), TEA)), [Search("(a OR subreddit:tea)", "r/x+y")]),
        (And((word("a"), Not(TEA))), [Search("a", "r/x+y")]),
        (And((word("a"), TEA, COCOA)), []),
        (And((word("a"), Term(TermKind.SITE, "example.org"))), []),
        (Term(TermKind.AUTHOR, "Jane Doe"), []),
    ],
)
def test_what_a_query_demands_of_the_place_decides_where_is_searched(node: Node, sent: list[Search]) -> None:
    assert list(compile_query(Query("s", "", node), ["x", "y"]).sent) == sent


def test_equal_searches_are_made_once_and_all_means_all() -> None:
    queries = [Query("a", "x", word("x")), Query("b", "x", word("x")), Query("c", "y", word("y"))]
    listings = search_listings(["chocolate", "ALL"], queries)
    assert [listing.params["q"] for listing in listings] == ["x", "y"]
    assert {listing.path for listing in listings} == {"r/all/search/"}
    assert len({listing.key for listing in listings}) == 2


def test_comments_of_many_subreddits_are_read_together() -> None:
    names = [f"subreddit_{n:03d}" for n in range(250)]
    listings = comment_listings([*names, "subreddit_001"])
    joined = [listing.path.removeprefix("r/").removesuffix("/comments/").split("+") for listing in listings]
    assert [name for group in joined for name in group] == names
    assert all(len(group) <= 100 and len("+".join(group)) <= 1500 for group in joined)


_terms = st.builds(
    Term,
    st.sampled_from(TermKind),
    st.text(min_size=1, max_size=12),
    exact=st.booleans(),
    in_title=st.booleans(),
)
_nodes: st.SearchStrategy[Node] = st.recursive(
    st.one_of(_terms, st.builds(Near, _terms, _terms, st.integers(1, 9))),
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=1, max_size=4).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=4).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=25,
)


def test_a_query_that_rules_itself_out_is_not_asked_and_that_is_said() -> None:
    here = Term(TermKind.SUBREDDIT, "tea")
    compiled = compile_query(Query("s", "", And((here, Not(here)))))
    assert not compiled.sent
    assert "rules itself out" in compiled.notes[0].cost


@settings(max_examples=examples(100), deadline=None)
@given(_nodes)
def test_any_query_compiles_to_searches_that_reddit_can_take(node: Node) -> None:
    compiled = compile_query(Query("s", "", node))
    assert compiled.sent or compiled.notes
    for search in (search.text for search in compiled.sent):
        assert len(search) <= LONGEST
        assert search.count('"') % 2 == 0
        unquoted = "".join(search.split('"')[::2])
        assert unquoted.count("(") == unquoted.count(")")
        assert "NOT" not in unquoted.split()
