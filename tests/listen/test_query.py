"""The query language: what it reads, what it refuses and in which words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.listen.query import conjunction, disjunction, holds, negation, parse_query, positive_terms, unparse
from bot.model import And, Node, Not, Or, Term, TermKind
from tests.support.counts import examples


def word(value: str) -> Term:
    return Term(TermKind.WORD, value)


A, B, C, D = word("a"), word("b"), word("c"), word("d")


def read(text: str) -> Node:
    return parse_query("acme", text).node


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("truffle", word("truffle")),
        ("AT&T", word("AT&T")),
        ("C++", word("C++")),
        ("C#", word("C#")),
        ("U.S.", word("U.S.")),
        ("L'Oréal", word("L'Oréal")),
        ("Coca-Cola", word("Coca-Cola")),
        ("🍫", word("🍫")),
        ("not", word("not")),
        ("ORacle", word("ORacle")),
        ('"free  truffle"', Term(TermKind.PHRASE, "free truffle")),
        ("“free\ntruffle”", Term(TermKind.PHRASE, "free truffle")),
        ('"AND"', Term(TermKind.PHRASE, "AND")),
        ("truffl*", Term(TermKind.PREFIX, "truffl")),
        ("@acme", Term(TermKind.HANDLE, "acme")),
        ("@acme@social.example", Term(TermKind.HANDLE, "acme@social.example")),
        ("#acme", Term(TermKind.TAG, "acme")),
        ("#größe", Term(TermKind.TAG, "größe")),
        ("acme.example", Term(TermKind.DOMAIN, "acme.example")),
        ("shop.my-acme.co.uk", Term(TermKind.DOMAIN, "shop.my-acme.co.uk")),
        ("bücher.de", Term(TermKind.DOMAIN, "bücher.de")),
        ("acme.xn--p1ai", Term(TermKind.DOMAIN, "acme.xn--p1ai")),
    ],
)
def test_each_kind_of_term_is_told_by_how_it_is_written(text: str, term: Term) -> None:
    assert read(text) == term


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a b OR c d", Or((And((A, B)), And((C, D))))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("a -b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a AND NOT (b OR c)", And((A, Not(Or((B, C)))))),
        ("a (b (c d))", And((A, B, C, D))),
        ("a OR (b OR (c OR d))", Or((A, B, C, D))),
        ("a NOT NOT b", And((A, B))),
        ("a --b", And((A, B))),
        ("a NOT (NOT b)", And((A, B))),
        ("((a))", A),
        ("a(b)c", And((A, B, C))),
        ('a"b"', And((A, Term(TermKind.PHRASE, "b")))),
        ("a\n  OR\tb", Or((A, B))),
    ],
)
def test_and_binds_closer_than_or_and_the_tree_is_flat(text: str, node: Node) -> None:
    assert read(text) == node


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "empty"),
        ("  \n", 0, "empty"),
        ("truffle AND (free OR gratis", 12, "a closing parenthesis is missing"),
        ("(a (b) c", 0, "a closing parenthesis is missing"),
        ("a)", 1, "has no opening one"),
        ("a ()", 2, "nothing between these parentheses"),
        ("a OR", 2, "OR needs something on both sides"),
        ("OR a", 0, "OR needs something on both sides"),
        ("a OR OR b", 5, "OR needs something on both sides"),
        ("(a AND) b", 3, "AND needs something on both sides"),
        ("a NOT", 2, "NOT needs something after it"),
        ("a - b", 2, "a minus sign needs"),
        ('a "free truffle', 2, "closing quotation mark is missing"),
        ("a @", 2, "a handle is written @name"),
        ("@acme, b", 0, "a handle is written @name"),
        ("#free-truffle", 0, "a tag is written #name"),
        ("https://acme.example/shop", 0, "bare domain"),
        ("title:truffle", 0, "':' is no operator yet"),
        ("tru*le", 0, "end of a word"),
        ("*", 0, "end of a word"),
        ('"truffl* oil"', 0, "no meaning inside quotation marks yet"),
        ("a NEAR/3 b", 2, "NEAR is no operator yet"),
        ("a …", 2, "nothing to look for"),
        ('a ""', 2, "nothing to look for"),
        ("NOT a", 0, "exclusions only would match everything"),
        ("-a -b", 0, "exclusions only would match everything"),
        ("NOT (a OR b)", 0, "exclusions only would match everything"),
        ("a OR NOT b", 5, "'NOT b' as one side of OR would match nearly everything"),
        ("a OR (b -c) OR -d", 15, "'NOT d' as one side of OR would match nearly everything"),
        ("(a OR NOT (c OR d)) -e", 6, "'NOT (c OR d)' as one side of OR would match nearly everything"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_points_at_it(text: str, position: int, says: str) -> None:
    with pytest.raises(QueryError) as refused:
        read(text)
    assert says in str(refused.value)
    assert refused.value.position == position


def test_the_caret_stands_under_the_place() -> None:
    with pytest.raises(QueryError) as refused:
        read("truffle\n  AND (free OR gratis")
    assert str(refused.value).splitlines()[1:] == ["    AND (free OR gratis", "        ^"]


def test_a_long_line_is_cut_around_the_place() -> None:
    with pytest.raises(QueryError) as refused:
        read("word " * 100 + "tru*le" + " word" * 100)
    _, line, caret = str(refused.value).splitlines()
    assert len(line) < 80
    assert line[caret.index("^") :].startswith("tru*le")


@pytest.mark.parametrize("text", ["(" * 60 + "a" + ")" * 60, "(" * 5000 + "a", "a " * 20_000])
def test_an_absurd_query_is_refused_rather_than_overflowing(text: str) -> None:
    with pytest.raises(QueryError):
        read(text)


def test_a_thousand_terms_are_fine() -> None:
    node = read(" OR ".join(f"word{number}" for number in range(1000)))
    assert isinstance(node, Or)
    assert len(node.parts) == 1000


@given(st.text(st.sampled_from('ab ()"“”@#*:-.AND OR NOT\n\té…'), max_size=30))
@settings(max_examples=examples(300))
def test_any_text_is_either_a_query_or_refused_in_words(text: str) -> None:
    try:
        node = read(text)
    except QueryError as error:
        refused = error
    else:
        assert read(unparse(node)) == node
        return
    assert 0 <= refused.position <= len(text)
    assert "':' is no operator" not in str(refused) or ":" in text[refused.position :].split(maxsplit=1)[0]


TERMS = st.one_of(
    st.sampled_from(["a", "bé", "c++", "AT&T", "not", "🍫", "x-y"]).map(word),
    st.sampled_from(["free truffle", "AND", "e*trade", "title: x", "(a)"]).map(lambda v: Term(TermKind.PHRASE, v)),
    st.sampled_from(["ab", "é", "x-y"]).map(lambda v: Term(TermKind.PREFIX, v)),
    st.sampled_from(["acme", "a.b", "a@b.example"]).map(lambda v: Term(TermKind.HANDLE, v)),
    st.sampled_from(["tag", "größe", "1a"]).map(lambda v: Term(TermKind.TAG, v)),
    st.sampled_from(["acme.example", "a.b-c.org"]).map(lambda v: Term(TermKind.DOMAIN, v)),
)
NODES = st.recursive(
    TERMS,
    lambda nodes: st.one_of(
        st.lists(nodes, min_size=2, max_size=4).map(conjunction),
        st.lists(nodes, min_size=2, max_size=4).map(disjunction),
        nodes.map(negation),
    ),
    max_leaves=12,
)


@given(NODES)
def test_what_is_written_out_reads_back_the_same(node: Node) -> None:
    node = conjunction([word("must"), node])
    if not holds(node, frozenset()):
        assert read(unparse(node)) == node


@given(NODES)
def test_an_accepted_query_matches_nothing_without_a_positive_term(node: Node) -> None:
    try:
        node = read(unparse(node))
    except QueryError:
        return
    against = set(positive_terms(node, wanted=False)) - set(positive_terms(node))
    assert not holds(node, set())
    assert not holds(node, against)


def test_positive_terms_are_those_that_speak_for_a_match() -> None:
    node = read("a (b OR c) NOT (d NOT e)")
    assert positive_terms(node) == (A, B, C, word("e"))
    assert positive_terms(node, wanted=False) == (D,)
