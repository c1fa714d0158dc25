from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Alignment, KeyMessage, Outcome, ScoringContext
from bot.score.alignment import LexicalMatcher
from bot.score.context import build_context
from bot.score.similarity import StatementIndex, weigher
from bot.score.words import words_of
from tests.score.made import FAIR, FREE, ORGANIC
from tests.support.shared import shared_path

NO_POOL = ScoringContext("none")
MESSAGES = (FAIR, ORGANIC, FREE)
MATCHER = LexicalMatcher()


def align(text: str, message: KeyMessage, context: ScoringContext = NO_POOL) -> Alignment:
    found = dict(zip((one.id for one in MESSAGES), MATCHER.align(text, MESSAGES, context), strict=True))
    assert found[message.id].message == message.id
    return found[message.id]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (FAIR, "Truth is, all their cocoa is bought directly from farmers!"),
        (FAIR, "Marzipan & Moon buys all its cocoa straight from growers, which I love."),
        (FAIR, "No doubt all their cocoa is bought directly from farmers."),
        (FAIR, "I don't know about you, but all their cocoa is bought directly from farmers"),
        (ORGANIC, "Love that the chocolate is 100% organic"),
        (FREE, "two people a day get a free truffle, be early"),
    ],
)
def test_what_says_the_statement_carries_it_in_full(message: KeyMessage, text: str) -> None:
    assert align(text, message).outcome is Outcome.FULL


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (FAIR, "They know all of their cocoa farmers by name"),
        (ORGANIC, "The chocolate is organic, they say."),
    ],
)
def test_what_says_a_part_or_leaves_the_number_out_carries_a_part(message: KeyMessage, text: str) -> None:
    assert align(text, message).outcome is Outcome.PARTIAL


@pytest.mark.parametrize(
    ("message", "text", "detail"),
    [
        (ORGANIC, "Our chocolate is 80 % organic.", '"80 %" for "100 %"'),
        (FREE, "Three people a day get a free truffle there", '"3" for "2"'),
        (FAIR, "Most of their cocoa is bought directly from farmers", '"most" for "all"'),
        (FAIR, "Is all of their cocoa really bought directly from farmers?", "a question"),
        (FAIR, "Supposedly all their cocoa is bought directly from farmers", "supposedly"),
    ],
)
def test_another_detail_a_question_or_a_doubt_misframes_it_and_needs_review(
    message: KeyMessage, text: str, detail: str
) -> None:
    found = align(text, message)
    assert found.outcome is Outcome.MISFRAMED
    assert detail in found.reason
    assert "needs review" in found.reason


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (FAIR, "Their cocoa isn't bought directly from farmers at all!"),
        (FAIR, "Their cocoa isn’t bought directly from farmers at all!"),
        (FAIR, "It is a myth that all their cocoa is bought directly from farmers"),
        (FAIR, "I was told their cocoa comes from middlemen"),
        (ORGANIC, "Our chocolate is not 100 % organic."),
        (ORGANIC, "Turns out the chocolate is full of pesticides, gross"),
    ],
)
def test_a_denial_or_a_counter_statement_contradicts_it(message: KeyMessage, text: str) -> None:
    assert align(text, message).outcome is Outcome.CONTRARY


@pytest.mark.parametrize(
    "text",
    [
        "Marzipan & Moon chocolate is delicious",
        "The bus was late.",
        "Cocoa prices are up because farmers had a bad harvest",
        "It is not true that their cocoa comes from middlemen.",
        "I hate Marzipan & Moon, the worst shop in town",
        "",
        "😍😍😍",
    ],
)
def test_talk_of_the_same_things_carries_nothing(text: str) -> None:
    assert {align(text, message).outcome for message in MESSAGES} == {Outcome.NONE}


def test_polarity_does_not_come_from_sentiment() -> None:
    assert align("Sadly for the haters, all their cocoa is bought directly from farmers", FAIR).outcome is Outcome.FULL
    assert align("I adore that their cocoa isn't bought directly from farmers", FAIR).outcome is Outcome.CONTRARY


def test_the_reason_says_how_near_it_is_in_words() -> None:
    found = align("All our cocoa is bought directly from farmers!", FAIR)
    assert found.reason == "says the statement nearly word for word (100 of 100)"


def test_a_contradiction_elsewhere_in_the_text_wins_at_equal_strength() -> None:
    text = "Our chocolate is 100 % organic. Our chocolate is not 100 % organic."
    assert align(text, ORGANIC).outcome in {Outcome.CONTRARY, Outcome.FULL}
    even = KeyMessage("even", "The shop opens at dawn.", counter=("The shop closes at dawn.",))
    (found,) = MATCHER.align("The shop opens at dawn. The shop closes at dawn.", (even,), NO_POOL)
    assert found.outcome is Outcome.CONTRARY


def test_of_a_long_sentence_the_clause_that_says_it_is_quoted() -> None:
    text = (
        "After a long morning at the fair with far too many people and not nearly enough coffee for any of us, "
        "I finally met the founders of the little shop that my sister keeps writing to me about every single week; "
        "all our cocoa is bought directly from farmers, they told me"
    )
    found = align(text, FAIR)
    assert found.outcome is Outcome.FULL
    assert found.quote == "all our cocoa is bought directly from farmers"
    assert text[found.start : found.end] == found.quote


PARTS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                FAIR.statement,
                ORGANIC.statement,
                "not ",
                "80 % ",
                "? ",
                "😍 ",
                "\n",
                ", but ",
                "’",
                "\ud800",
                "..",
                *FAIR.counter,
            ]
        ),
        st.text(max_size=10),
    ),
    max_size=8,
)


@given(PARTS)
def test_a_quote_is_verbatim_at_its_offsets_whatever_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    found = MATCHER.align(text, MESSAGES, NO_POOL)
    assert [one.message for one in found] == [message.id for message in MESSAGES]
    for one in found:
        assert text[one.start : one.end] == one.quote
        assert bool(one.quote) is (one.outcome is not Outcome.NONE)
        assert 0 <= one.confidence <= 1
        assert one.reason


def test_no_messages_give_no_alignments() -> None:
    assert MATCHER.align("text", (), NO_POOL) == ()


def test_a_message_without_words_matches_nothing() -> None:
    (found,) = MATCHER.align("anything 😍", (KeyMessage("odd", "😍 !"),), NO_POOL)
    assert found.outcome is Outcome.NONE


def test_contexts_do_not_leak_into_each_other() -> None:
    text = "Organic chocolate from here is lovely"
    pool = build_context("pool", ["organic chocolate again"] * 200, {})
    assert align(text, ORGANIC, pool).reason != align(text, ORGANIC).reason
    assert align(text, ORGANIC).reason == align(text, ORGANIC, ScoringContext("other")).reason


def test_ranking_on_the_key_point_development_file_holds_its_figure() -> None:
    """Official score on decided pairs (ArgKP dev, the topics' own texts behind the idf): .58 when it was built."""
    with shared_path("eval/align/argkp_dev.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[row["topic"], row["stance"]].append(row)
    figures = [_official(group) for group in groups.values()]
    assert sum(figures) / len(figures) >= 0.55


def _official(rows: list[dict[str, str]]) -> float:
    texts, messages = sorted({row["text"] for row in rows}), sorted({row["message"] for row in rows})
    stems = {text: [word.stem for word in words_of(text)] for text in (*texts, *messages)}
    context = build_context("topic", texts, {})
    index = StatementIndex([stems[one] for one in messages], weigher(context, [stems[one] for one in messages]))
    scores = {text: index.similarities(stems[text]) for text in texts}
    best: dict[str, tuple[float, bool]] = {}
    for row in rows:
        score = scores[row["text"]][messages.index(row["message"])]
        best[row["arg_id"]] = max(best.get(row["arg_id"], (-1.0, False)), (score, row["match"] == "1"))
    top = [match for _, match in sorted(best.values(), key=lambda pair: -pair[0])[: len(best) // 2]]
    precisions = [sum(top[:at]) / at for at, match in enumerate(top, 1) if match]
    return sum(precisions) / max(1, len(precisions)) * sum(top) / len(top)


def test_a_word_that_stands_in_every_text_counts_less_than_a_rare_one() -> None:
    weigh = weigher(build_context("c", ["cocoa here", "cocoa there", "cocoa farmers", "farmers"], {}), [["cocoa"]])
    assert weigh("cocoa") < weigh("farmer") < weigh("never-seen")
    assert weigh("the") < weigh("cocoa")


def test_the_idf_counts_words_of_more_than_one_text_only() -> None:
    context = build_context("c", ["jane doe likes cocoa", "cocoa again"], {})
    assert context.idf == {"cocoa": pytest.approx(math.log(3 / 3) + 1)}
    assert Counter(context.idf).total() == pytest.approx(1)
