from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Hit, ItemKind, MatchField
from bot.score.naming import merged
from bot.score.passages import concerning
from tests.score.made import OWN, RIVAL, mention

ARTICLE = {"kind": ItemKind.ARTICLE, "outlet": "paper.example"}


def texts(*args: object, **kwargs: object) -> list[str]:
    return [passage.text for passage in concerning(mention(*args, **kwargs), OWN, (RIVAL,))]  # type: ignore[arg-type]


def test_of_an_article_the_sentences_that_name_the_subject_concern_it() -> None:
    found = texts("The fair was loud. Marzipan & Moon won a prize. The weather was awful.", **ARTICLE)
    assert found == ["Marzipan & Moon won a prize."]


def test_the_next_sentence_counts_when_it_refers_back_by_a_pronoun() -> None:
    found = texts("Marzipan & Moon closed early. They never answered. It rained. Traffic was bad.", **ARTICLE)
    assert found == ["Marzipan & Moon closed early.", "They never answered."]


def test_a_short_post_is_about_what_it_names() -> None:
    assert texts("Went to Marzipan & Moon. Service was awful. Never again.") == [
        "Went to Marzipan & Moon.",
        "Service was awful.",
        "Never again.",
    ]


def test_a_sentence_about_a_rival_does_not_concern_the_subject() -> None:
    found = texts("Choco Hut is terrible. It stinks. Marzipan & Moon is lovely.")
    assert found == ["Marzipan & Moon is lovely."]


def test_without_a_naming_in_the_text_all_of_it_is_its_concern() -> None:
    hit = (Hit("marzipanmoon.example", MatchField.URL, 0, 5),)
    assert texts("What a day. So good.", hits=hit, **ARTICLE) == ["What a day.", "So good."]


def test_names_handles_links_and_neutral_phrases_are_masked() -> None:
    subject = replace(OWN, neutral_phrases=("free truffle",))
    text = "Marzipan & Moon and @friend gave me a Free  truffle https://marzipanmoon.example/x today"
    (passage,) = concerning(mention(text), subject)
    shown = [passage.text[start:end] for start, end in passage.masked]
    assert shown == ["Marzipan & Moon", "@friend", "Free  truffle", "https://marzipanmoon.example/x"]


def test_a_query_term_that_is_no_name_keeps_its_tone() -> None:
    (passage,) = concerning(mention("Marzipan & Moon is overpriced", names="marzipan & moon|overpriced"), OWN)
    assert [passage.text[start:end] for start, end in passage.masked] == ["Marzipan & Moon"]


def test_a_name_in_two_cases_and_a_nickname_of_it_are_masked() -> None:
    (passage,) = concerning(mention("MARZIPAN & MOON, the Moon shop", names="moon"), OWN)
    assert [passage.text[start:end] for start, end in passage.masked] == ["MARZIPAN & MOON", "Moon"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_merged_spans_are_ordered_disjoint_and_cover_the_same(spans: list[tuple[int, int]]) -> None:
    joined = merged(spans)
    assert all(left[1] <= right[0] for left, right in pairwise(joined))
    assert {at for start, end in joined for at in range(start, end)} == {
        at for start, end in spans for at in range(start, end)
    }


@given(
    st.lists(
        st.sampled_from(["Marzipan & Moon", "They left.", "Choco Hut.", "ok! ", "\n", " 😍 ", "it. "]), max_size=12
    )
)
def test_a_passage_is_verbatim_at_its_offset_and_its_masks_lie_inside(parts: list[str]) -> None:
    made = mention("".join(parts), **ARTICLE)
    for passage in concerning(made, OWN, (RIVAL,)):
        assert made.item.text[passage.start : passage.start + len(passage.text)] == passage.text
        assert all(0 <= start < end <= len(passage.text) for start, end in passage.masked)
