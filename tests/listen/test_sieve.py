"""The first look never says no to what the matcher would find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listen.matching import Matcher
from bot.listen.query import parse_query
from bot.listen.sieve import sieve
from bot.model import Author, Item, ItemKind

TERMS = ["acme", "Straße", '"free chocolate"', '"café crème"', "truf*", "@acme", "#acme", "acme.example", "bücher.example",
         "コーラ", "=Apple", '"big * sale"', "co-op", "C++", "title:acme", "author:pg", "site:acme.example",
         "acme NEAR/3 launch", "acme AND lang:en"]  # fmt: skip
QUERIES = st.recursive(
    st.sampled_from(TERMS),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) AND ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) OR ({pair[1]})"),
        st.tuples(inner, st.sampled_from(["recipe", "sale"])).map(lambda pair: f"({pair[0]}) NOT {pair[1]}"),
    ),
    max_leaves=4,
)
WORDS = st.sampled_from(
    ["ACME", "a\u0301cme", "\uff41cme", "ac\u00adme", "STRASSE", "free", "chocolate", "free-chocolate", "Café", "creme", "truffles", "@acme",
     "@ACME.", "#Acme", "acme.example", "https://www.acme.example/x", "acme[.]example", "xn--bcher-kva.example", "飲むコーラは",
     "Apple", "big", "red", "sale", "co op", "c++", "launch", "recipe", "🍫"]
)  # fmt: skip


@given(
    queries=st.lists(QUERIES, min_size=1, max_size=3),
    words=st.lists(WORDS, max_size=8),
    handle=st.sampled_from([None, "acme", "pg", "Ácme"]),
    link=st.sampled_from([(), ("https://sub.acme.example/a",), ("https://xn--bcher-kva.example/",)]),
)
def test_what_the_matcher_finds_passes(
    queries: list[str], words: list[str], handle: str | None, link: tuple[str, ...]
) -> None:
    parsed = [parse_query(str(number), query) for number, query in enumerate(queries)]
    item = Item(
        "k", ItemKind.POST, None, "", " ".join(words), None, "acme.example", Author(handle=handle), "en", links=link
    )
    if Matcher(parsed).match(item):
        assert sieve(parsed)("\n".join((item.text, handle or "", item.outlet, *link)))


@pytest.mark.parametrize(
    ("query", "text", "passes"),
    [
        ("acme", "Åcmé!", True),
        ("acme", "nothing of it", False),
        ("acme AND launch", "acme alone", False),
        ("acme OR launch", "a launch", True),
        ("acme AND lang:en", "nothing", False),
        ("acme OR author:pg", "nothing", True),
        ("acme NOT recipe", "recipe", False),
        ("@acme", "acme", True),
    ],
)
def test_what_passes(query: str, text: str, passes: bool) -> None:
    assert sieve([parse_query("s", query)])(text) is passes


def test_without_queries_nothing_passes() -> None:
    assert not sieve([])("acme")
