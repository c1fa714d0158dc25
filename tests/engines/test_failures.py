"""What lexicons get wrong, as made-up sentences: what the default engine reads right, and what it is known not to."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from bot.engines.heard import engine
from bot.model import Genre, ToneLabel
from bot.ports import Passage

HEARD = engine({"abstain_below": 0})
NEGATIVE, NEUTRAL, POSITIVE = ToneLabel
POST, DISCUSSION, ARTICLE = Genre


class Case(NamedTuple):
    """A text, the name in it that is masked (or none), its genre, and the tone that a person reads."""

    what: str
    text: str
    name: str
    genre: Genre
    right: ToneLabel


READ_RIGHT = (
    Case("a name that praises", "United lost my bag again and nobody answers", "United", POST, NEGATIVE),
    Case("a name that blames", "Fire opened a new shop in the city today", "Fire", POST, NEUTRAL),
    Case("a recall", "Moonbar recalls 50,000 bars after complaints", "Moonbar", ARTICLE, NEGATIVE),
    Case("an outage", "Another outage at Moonbar, shop down for hours", "Moonbar", POST, NEGATIVE),
    Case("a price", "Moonbar is so overpriced", "Moonbar", POST, NEGATIVE),
    Case("a refund", "still waiting for my refund from Moonbar", "Moonbar", POST, NEGATIVE),
    Case("a typographic apostrophe", "I don’t like the new Moonbar at all", "Moonbar", POST, NEGATIVE),
    Case("stretched words", "this bar is soooo goooood", "", POST, POSITIVE),
    Case("a heart", "the new bar ❤️", "", POST, POSITIVE),
    Case("a thumb", "Moonbar 👍🏽", "Moonbar", POST, POSITIVE),
    Case("another target", "love the bar, hate that Moonbar is down", "Moonbar", POST, NEGATIVE),
)

KNOWN = (
    (
        Case("politeness", "@moonbar please help, my order never arrived", "@moonbar", POST, NEGATIVE),
        "reads the request",
    ),
    (
        Case("trade praise", "Their app is reliable and seamless", "", DISCUSSION, POSITIVE),
        "reviews of 2004 lack the words",
    ),
    (
        Case("far negation", "This was not by any stretch of the word a great bar", "", DISCUSSION, NEGATIVE),
        "the word outweighs the negation",
    ),
    (Case("great...not", "ok! great...not", "", POST, NEGATIVE), "negation after the word"),
    (
        Case("irony", "Oh great, another broken bar from Moonbar. Love it.", "Moonbar", POST, NEGATIVE),
        "words taken at face value",
    ),
    (Case("a question", "Is the new Moonbar any good?", "Moonbar", POST, NEUTRAL), "the word outweighs the question"),
    (Case("a comparative", "Starbar is much better than Moonbar", "Moonbar", POST, NEGATIVE), "credits what it names"),
    (
        Case("a rebuttal", "Some say Moonbar is awful and greedy. That is false.", "Moonbar", DISCUSSION, POSITIVE),
        "does not follow who says what",
    ),
    (
        Case("a bad event", "Moonbar sent food to the victims of the deadly earthquake", "Moonbar", ARTICLE, POSITIVE),
        "the event colours the sentence",
    ),
    (Case("slang", "The new bar is sick, absolute killer", "", POST, POSITIVE), "words taken at face value"),
    (
        Case("trade words", "Crude futures and free float fell in thin trade", "", ARTICLE, NEUTRAL),
        "words taken at face value",
    ),
    (Case("no outage", "No outage today", "", POST, NEUTRAL), "the negation is one more bad word"),
    (
        Case("a hypothetical", "If it were cheaper I would love it", "", POST, NEUTRAL),
        "the word outweighs the condition",
    ),
)


def label(case: Case) -> ToneLabel | None:
    at = case.text.index(case.name)
    masked = ((at, at + len(case.name)),) if case.name else ()
    return HEARD.read([Passage(case.text, 0, masked, masked)], {}, case.genre).label


@pytest.mark.parametrize("case", READ_RIGHT, ids=lambda case: case.what)
def test_it_reads_right_what_a_lexicon_reads_wrong(case: Case) -> None:
    assert label(case) is case.right


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.what, marks=pytest.mark.xfail(strict=True, reason=f"known: {reason}"))
        for case, reason in KNOWN
    ],
)
def test_what_it_is_known_to_read_wrong(case: Case) -> None:
    assert label(case) is case.right
