"""The query language: what it reads, what it refuses and in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.listen.query import conjunction, disjunction, holds, negation, parse_query, positive_terms, unparse
from bot.model import And, Near, Node, Not, Or, Term, TermKind
from tests.support.counts import examples


def word(value: str) -> Term:
    return Term(TermKind.WORD, value)


A, B, C, D = word("a"), word("b"), word("c"), word("d")


def titled(term: Term) -> Term:
    return replace(term, in_title=True)


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
        ('"free * truffl*"', Term(TermKind.PHRASE, "free * truffl*")),
        ("=Target", Term(TermKind.WORD, "Target", exact=True)),
        ('="Delta Air"', Term(TermKind.PHRASE, "Delta Air", exact=True)),
        ("=Truffl*", Term(TermKind.PREFIX, "Truffl", exact=True)),
        ("=Booking.com", Term(TermKind.WORD, "Booking.com", exact=True)),
        ("a=b", word("a=b")),
        ("title:truffle", Term(TermKind.WORD, "truffle", in_title=True)),
        ('TITLE:="Delta Air"', Term(TermKind.PHRASE, "Delta Air", exact=True, in_title=True)),
        ("author:@acme", Term(TermKind.AUTHOR, "acme")),
        ("author:u/acme", Term(TermKind.AUTHOR, "acme")),
        ('author:"Jane Doe"', Term(TermKind.AUTHOR, "Jane Doe")),
        ("site:www.acme.example", Term(TermKind.SITE, "www.acme.example")),
        ("in:r/chocolate", Term(TermKind.SUBREDDIT, "chocolate")),
        ("in:chocolate", Term(TermKind.SUBREDDIT, "chocolate")),
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
        ("a NEAR/5 b c", And((Near(A, B, 5), C))),
        ("a OR b NEAR/5 c", Or((A, Near(B, C, 5)))),
        ("(a OR b) NEAR/12 c", Near(Or((A, B)), C, 12)),
        ("c NOT a NEAR/5 b", And((C, Not(Near(A, B, 5))))),
        ("near AND a", And((word("near"), A))),
        ("a lang:en-GB", And((A, Term(TermKind.LANGUAGE, "en")))),
        ("title:(a OR b)", Or((titled(A), titled(B)))),
        ("title:(a NEAR/2 b)", Near(titled(A), titled(B), 2)),
        ("title:(a -b)", And((titled(A), Not(titled(B))))),
        ("a in:(x1 OR r/y1)", And((A, Or((Term(TermKind.SUBREDDIT, "x1"), Term(TermKind.SUBREDDIT, "y1")))))),
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
        ("titel:truffle", 0, "did you mean title:?"),
        ("a from:acme", 2, "did you mean author:?"),
        ("foo:truffle", 0, "there are title:, author:, site:, lang:, in:"),
        ("url:acme.example", 0, "bare domain"),
        ("a title: b", 2, "title: needs, right after it and without a blank"),
        ("title:-a", 0, "title: needs right after it a term"),
        ("title:lang:en", 0, "title: needs right after it a term"),
        ("author:(a title:b)", 0, "fields do not stand inside each other"),
        ("a author:=b", 2, "'=' goes with words of the text"),
        ("author:#b", 0, "author: takes an account or a name"),
        ("a site:acme", 2, "site: takes a domain"),
        ("a lang:english", 2, "two-letter code"),
        ("in:choc*", 0, "in: takes the name of a subreddit"),
        ("a =@b", 2, "= needs right after it a word or a phrase"),
        ("lang:en", 0, "a language alone would match nearly everything"),
        ("a OR lang:en -b", 5, "a language alone would match nearly everything"),
        ("a OR NOT in:tea", 5, "'NOT in:tea' as one side of OR"),
        ("a OR NOT in:r/tea", 5, "'NOT in:tea' as one side of OR"),
        ("tru*le", 0, "end of a word"),
        ("*", 0, "end of a word"),
        ('"* *"', 0, "nothing to look for"),
        ("a NEAR b", 2, "how many words apart: NEAR/5"),
        ("a NEAR/x b", 2, "how many words apart: NEAR/5"),
        ("a NEAR/0 b", 2, "NEAR/0 needs a number of words from 1 to 99"),
        ("a NEAR/100 b", 2, "from 1 to 99"),
        ("a NEAR/99999 b", 2, "from 1 to 99"),
        ("c site:(a.example NEAR/2 b.example)", 2, "NEAR/2 is about words of the text; write site:… beside it"),
        ("a NEAR/3", 2, "NEAR/3 needs something on both sides"),
        ("NEAR/3 a", 0, "NEAR/3 needs something on both sides"),
        ("a NEAR/3 b NEAR/3 c", 11, "write (a NEAR/3 b) (b NEAR/3 c)"),
        ("(a b) NEAR/3 c", 6, "each side of NEAR/3 is one term"),
        ("a NEAR/3 in:tea", 2, "each side of NEAR/3 is one term"),
        ("a NEAR/3 -b", 2, "NEAR/3 needs something on both sides"),
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


PIECES = st.lists(
    st.one_of(
        st.text(st.sampled_from('ab ()"“”@#*:-.=\n\té…'), max_size=4),
        st.sampled_from(
            [" AND ", " OR ", " NOT ", " NEAR/2 ", " NEAR/0 ", "title:", "author:", "site:", "lang:", "in:"]
        ),
        st.sampled_from(["en", "acme.example", "r/tea", '"a * b"', "(", ")", "tea"]),
    ),
    max_size=9,
).map("".join)


@given(PIECES)
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
    assert "is no field" not in str(refused) or ":" in text[refused.position :].split(maxsplit=1)[0]


TERMS = st.one_of(
    st.sampled_from(["a", "bé", "c++", "AT&T", "not", "🍫", "x-y"]).map(word),
    st.sampled_from(["free truffle", "AND", "e*trade", "title: x", "(a)"]).map(lambda v: Term(TermKind.PHRASE, v)),
    st.sampled_from(["ab", "é", "x-y"]).map(lambda v: Term(TermKind.PREFIX, v)),
    st.sampled_from(["acme", "a.b", "a@b.example"]).map(lambda v: Term(TermKind.HANDLE, v)),
    st.sampled_from(["tag", "größe", "1a"]).map(lambda v: Term(TermKind.TAG, v)),
    st.sampled_from(["acme.example", "a.b-c.org"]).map(lambda v: Term(TermKind.DOMAIN, v)),
    st.sampled_from(["Target", "Booking.com", "="]).map(lambda v: Term(TermKind.WORD, v, exact=True)),
    st.sampled_from(["Delta * Air", "a b*"]).map(lambda v: Term(TermKind.PHRASE, v, exact=True)),
)
TEXT_TERMS = st.one_of(TERMS, TERMS.map(titled))
FIELD_TERMS = st.one_of(
    st.sampled_from(["acme", "Jane Doe", "AND", "NEAR/3", "a.b", "=x", "-x"]).map(lambda v: Term(TermKind.AUTHOR, v)),
    st.sampled_from(["acme.example"]).map(lambda v: Term(TermKind.SITE, v)),
    st.sampled_from(["en", "de"]).map(lambda v: Term(TermKind.LANGUAGE, v)),
    st.sampled_from(["tea", "u_acme"]).map(lambda v: Term(TermKind.SUBREDDIT, v)),
)
SIDES = st.one_of(TEXT_TERMS, st.lists(TEXT_TERMS, min_size=2, max_size=3).map(lambda terms: Or(tuple(terms))))
NODES = st.recursive(
    st.one_of(TEXT_TERMS, FIELD_TERMS, st.builds(Near, SIDES, SIDES, st.integers(1, 99))),
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
