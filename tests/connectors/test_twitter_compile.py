"""Queries in X's language: short enough, well-formed, and never narrower than the query without saying so."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import And, Item, ItemKind, Near, Node, Not, Or, Query, Term, TermKind
from connectors.twitter.compile import compile_query
from tests.support.counts import examples
from tests.support.platforms import x_finds


def word(value: str) -> Term:
    return Term(TermKind.WORD, value)


A, B, C, D = map(word, "abcd")


def searches(node: Node, **options) -> tuple[str, ...]:
    return tuple(search.text for search in compile_query(Query("s", "", node), **options).sent)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (A, "a -is:retweet"),
        (Term(TermKind.PHRASE, 'free  "choc"\nbar'), '"free choc bar" -is:retweet'),
        (Term(TermKind.HANDLE, "acme"), "(@acme OR from:acme) -is:retweet"),
        (Term(TermKind.AUTHOR, "acme"), "from:acme -is:retweet"),
        (And((A, Term(TermKind.LANGUAGE, "en"))), "a lang:en -is:retweet"),
        (And((A, Term(TermKind.LANGUAGE, "id"))), "a lang:in -is:retweet"),
        (And((A, Not(Term(TermKind.LANGUAGE, "en")))), "a -lang:en -is:retweet"),
        (And((A, Term(TermKind.SITE, "x.com"))), "a -is:retweet"),
        (Or((A, Term(TermKind.SUBREDDIT, "tea"))), "a -is:retweet"),
        (And((A, Not(Term(TermKind.WORD, "b", in_title=True)))), "a -is:retweet"),
        (Near(A, Or((B, C)), 5), "a (b OR c) -is:retweet"),
        (And((A, Not(Near(B, C, 5)))), "a -is:retweet"),
        (Term(TermKind.PHRASE, "the best * in town"), '"the best" "in town" -is:retweet'),
        (Term(TermKind.PHRASE, "free truffl*"), "free -is:retweet"),
        (Term(TermKind.WORD, "Target", exact=True), "Target -is:retweet"),
        (And((A, Not(Term(TermKind.WORD, "Target", exact=True)))), "a -is:retweet"),
        (And((A, Term(TermKind.PREFIX, "choc"))), "a -is:retweet"),
        (And((A, Or((B, Term(TermKind.PREFIX, "choc"))))), "a -is:retweet"),
        (Term(TermKind.HANDLE, "acme.example.org"), '"acme.example.org" -is:retweet'),
        (Term(TermKind.TAG, "acme2"), "#acme2 -is:retweet"),
        (Term(TermKind.TAG, "2026"), '"2026" -is:retweet'),
        (Term(TermKind.DOMAIN, "WWW.acme.example"), '(url:"acme.example" OR "acme.example") -is:retweet'),
        (Term(TermKind.PREFIX, "truffle"), "truffle -is:retweet"),
        (word("café"), "café -is:retweet"),
        (word("co-op"), '"co-op" -is:retweet'),
        (word("from:me"), '"from:me" -is:retweet'),
        (word("OR"), '"OR" -is:retweet'),
        (word("🍫"), '"🍫" -is:retweet'),
        (Or((A, B)), "(a OR b) -is:retweet"),
        (And((A, Or((B, C)))), "a (b OR c) -is:retweet"),
        (Or((And((A, B)), C)), "((a b) OR c) -is:retweet"),
        (And((A, Not(B))), "a -b -is:retweet"),
        (And((Not(B), A)), "a -b -is:retweet"),
        (And((A, Not(Or((B, Or((C, D))))))), "a -b -c -d -is:retweet"),
        (And((A, Not(And((B, C))))), "a -is:retweet"),
        (And((A, Not(Not(B)))), "a b -is:retweet"),
        (And((A, And((B, Not(C))), Not(D))), "a b -c -d -is:retweet"),
        (And((A, Not(Term(TermKind.HANDLE, "acme")))), "a -@acme -from:acme -is:retweet"),
        (And((A, Not(Term(TermKind.PHRASE, "b c")))), 'a -"b c" -is:retweet'),
        (And((A, Not(word("C++")))), "a -is:retweet"),
        (And((A, word("!!"))), "a -is:retweet"),
        (Or((A, A)), "a -is:retweet"),
    ],
)
def test_what_a_query_becomes_on_x(node, expected):
    assert searches(node) == (expected,)


@pytest.mark.parametrize(
    ("node", "expected", "note"),
    [
        (Or((A, Not(B))), ("a -is:retweet",), "NOT b"),
        (Or((A, word("!!"))), ("a -is:retweet",), "!!"),
        (Or((A, Term(TermKind.PREFIX, "choc"))), ("(a OR choc) -is:retweet",), "choc*"),
        (And((Term(TermKind.LANGUAGE, "en"), Term(TermKind.PREFIX, "choc"))), ("choc lang:en -is:retweet",), "choc*"),
        (Not(A), (), "NOT a"),
        (And((Not(A), Not(B))), (), "NOT a AND NOT b"),
        (Term(TermKind.LANGUAGE, "en"), (), "lang:en"),
        (Term(TermKind.SITE, "x.com"), (), "site:x.com"),
        (Term(TermKind.AUTHOR, "Jane Doe"), (), 'author:"Jane Doe"'),
        (word("チョコ"), ("チョコ -is:retweet",), "チョコ"),
    ],
)
def test_what_x_cannot_find_is_said(node, expected, note):
    compiled = compile_query(Query("s", "", node))
    assert tuple(search.text for search in compiled.sent) == expected
    assert [note.what for note in compiled.notes if note.loses] == [note]


@pytest.mark.parametrize(
    ("node", "notes"),
    [
        (And((A, Not(And((B, C))), word("!!"))), [("NOT (b AND c)", ""), ("!!", "")]),
        (word("C++"), [("C++", '"C++"')]),
        (word("co-op"), []),
        (Near(A, B, 3), [("a NEAR/3 b", "a b")]),
        (Term(TermKind.WORD, "Target", exact=True), [("=Target", "Target")]),
        (Term(TermKind.PHRASE, "a * b"), [('"a * b"', "a b")]),
        (And((A, Or((B, Term(TermKind.PREFIX, "choc"))))), [("b OR choc*", "")]),
        (And((A, Term(TermKind.LANGUAGE, "en"), Not(Or((B, Term(TermKind.HANDLE, "c")))))), []),
    ],
)
def test_what_is_asked_more_widely_is_said_with_what_is_asked_instead(node, notes):
    compiled = compile_query(Query("s", "", node))
    assert sorted((note.what, note.instead) for note in compiled.notes) == sorted(notes)
    assert not any(note.loses for note in compiled.notes)


@pytest.mark.parametrize(
    "node",
    [
        Term(TermKind.WORD, "a", in_title=True),
        And((A, Term(TermKind.SITE, "acme.example"))),
        And((A, Term(TermKind.SUBREDDIT, "tea"))),
        And((A, Term(TermKind.AUTHOR, "no-account"))),
        Near(A, Term(TermKind.WORD, "b", in_title=True), 3),
    ],
)
def test_nothing_is_asked_where_no_post_on_x_can_match_and_nothing_is_lost(node):
    compiled = compile_query(Query("s", "", node))
    assert compiled.sent == ()
    assert [note.loses for note in compiled.notes] == [False]


def test_without_authors_nothing_is_asked_by_author_and_the_loss_is_said():
    compiled = compile_query(Query("s", "", Or((A, Term(TermKind.AUTHOR, "acme")))), authors=False)
    assert [search.text for search in compiled.sent] == ["a -is:retweet"]
    assert [(note.what, note.loses) for note in compiled.notes] == [("author:acme", True)]


def test_languages_are_asked_for():
    assert searches(A, languages=("en",)) == ("a lang:en -is:retweet",)
    assert searches(A, languages=("en", "de")) == ("a (lang:en OR lang:de) -is:retweet",)


def test_many_aliases_become_several_searches_that_share_the_exclusions():
    aliases = tuple(word(f"acmechocolate{n:03}") for n in range(60))
    found = searches(And((Or(aliases), Not(word("recipe")))))
    assert 2 <= len(found) <= 4
    assert all(len(text) <= 512 and text.endswith(" -recipe -is:retweet") for text in found)
    assert [name for text in found for name in re.findall(r"acmechocolate\d+", text)] == [a.value for a in aliases]


def test_more_exclusions_than_fit_are_left_to_the_evaluator():
    [text] = searches(And((A, *(Not(word(f"unwanted{n:03}")) for n in range(60)))))
    assert text.startswith("a -unwanted000 ")
    assert 450 < len(text) <= 512


def test_a_term_that_is_too_long_is_left_out_and_said():
    compiled = compile_query(Query("s", "", Or((A, word("x" * 600)))))
    assert [search.text for search in compiled.sent] == ["a -is:retweet"]
    assert "too long" in compiled.notes[0].cost
    assert compiled.notes[0].loses


values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.sampled_from(["acme", "OR", "and", 'a"b', "(", ")", "-x", "a (b)", "🍫🍫", "C++", "from:x", "x" * 300]),
)
terms = st.builds(Term, st.sampled_from(TermKind), values, exact=st.booleans(), in_title=st.booleans())
sides = st.one_of(terms, st.lists(terms, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))))
nodes = st.recursive(
    st.one_of(terms, st.builds(Near, sides, sides, st.integers(1, 9))),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=8).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=8).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=40,
)


@given(nodes, st.sampled_from([128, 512, 1024]), st.sampled_from([(), ("en",), ("en", "de", "fr")]))
@settings(max_examples=examples(100), deadline=None)
def test_every_search_is_one_that_x_takes(node, limit, languages):
    for text in searches(node, limit=limit, languages=languages):
        assert len(text.encode("utf-16-le")) // 2 <= limit
        bare = re.sub(r"(?:@|#|from:)\w+", "word", re.sub(r'"[^"]*"', "word", text))
        assert '"' not in bare
        assert "-(" not in bare
        assert "--" not in bare
        assert "()" not in bare
        depth = 0
        for char in bare:
            depth += {"(": 1, ")": -1}.get(char, 0)
            assert depth >= 0
        assert depth == 0
        tokens = re.findall(r"[^\s()]+", bare)
        asked = [t for t in tokens if not t.startswith("-") and t != "OR" and not t.startswith("lang:")]
        assert asked, "a search of exclusions only is refused"
        assert not re.search(r"(^|\()\s*OR\b|\bOR\s*(\)|$)|\bOR\s+OR\b", bare)
        assert not re.search(r"(?<![^\s(])OR -|(?<![^\s(])-[^\s()]+ OR(?=\s)", bare), "an exclusion is no alternative"
        assert text.endswith(" -is:retweet")
        assert all(char.isprintable() or not char.isascii() for char in text)


def holds(node: Node, present: frozenset[str]) -> bool:
    match node:
        case Term(_, value):
            return value in present
        case And(parts):
            return all(holds(part, present) for part in parts)
        case Or(parts):
            return any(holds(part, present) for part in parts)
        case Not(part):
            return not holds(part, present)


names = [f"w{n:02}" + "y" * 20 for n in range(8)]
plain_terms = st.sampled_from(names).map(word)
plain_nodes = st.recursive(
    plain_terms,
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, inner.map(Not)), min_size=1, max_size=5).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=6).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=25,
)


@given(plain_nodes, st.frozensets(st.sampled_from(names)), st.sampled_from([128, 512]))
@settings(max_examples=examples(150), deadline=None)
def test_what_the_query_means_is_found_by_one_of_its_searches(node, present, limit):
    compiled = compile_query(Query("s", "", node), limit=limit)
    post = Item("x:1", ItemKind.POST, None, "", ". ".join(present), None, "x.com")
    if holds(node, present) and not any(note.loses for note in compiled.notes):
        assert any(x_finds(search.text, post) for search in compiled.sent)


def test_thousands_of_terms_in_one_and_are_left_out_one_by_one():
    sent = searches(And(tuple(word(f"word{n}") for n in range(3_000))))
    assert len(sent) == 1
    assert 400 < len(sent[0]) <= 512


def test_many_choices_that_all_must_hold_do_not_multiply_without_end():
    sent = searches(And(tuple(Or((word(f"abcdefgh{n}"), word(f"ijklmnop{n}"))) for n in range(60))))
    assert 1 <= len(sent) <= 128
    assert all(len(text) <= 512 for text in sent)
