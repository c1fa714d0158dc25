from __future__ import annotations

import pytest

from bot.model import Mention
from bot.score.advocacy import advocacy
from bot.score.passages import concerning
from tests.score.made import OWN, mention


def advice(made: Mention) -> float:
    return advocacy(concerning(made, OWN), made.item, OWN)[0]


@pytest.mark.parametrize(
    "text",
    [
        "I highly recommend Marzipan & Moon.",
        "Marzipan & Moon: recommended!",
        "Can’t recommend Marzipan & Moon highly enough",
        "I wouldn't hesitate to recommend Marzipan & Moon",
        "You should try Marzipan & Moon's truffles, try them!",
        "Marzipan & Moon is a must-visit",
        "Go get it at Marzipan & Moon",
        "Marzipan & Moon was worth every penny",
        "Lovely Marzipan & Moon. Check them out!",
    ],
)
def test_a_recommendation_counts_for_it(text: str) -> None:
    assert advice(mention(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Avoid Marzipan & Moon.",
        "Marzipan & Moon? No thanks. Stay away!",
        "I would not recommend Marzipan & Moon",
        "I can't recommend Marzipan & Moon",
        "Please don't buy from Marzipan & Moon",
        "Marzipan & Moon is a rip-off, save your money",
        "I'd avoid Marzipan & Moon",
        "#boycottMarzipanMoon Marzipan & Moon lies",
    ],
)
def test_a_warning_counts_against_it(text: str) -> None:
    assert advice(mention(text)) == -1


@pytest.mark.parametrize(
    "text",
    [
        "I love Marzipan & Moon",
        "Would you recommend Marzipan & Moon?",
        "Any recommendations like Marzipan & Moon?",
        "To avoid queues, Marzipan & Moon opens early",
        "My doctor recommended less sugar, says Marzipan & Moon fan",
        "Avoid Italy in August, says Marzipan & Moon's founder",
        "Marzipan & Moon hired a boycott expert",
    ],
)
def test_liking_asking_and_other_peoples_advice_count_nothing(text: str) -> None:
    assert advice(mention(text)) == 0


def test_advice_both_ways_counts_nothing() -> None:
    assert advice(mention("I recommend Marzipan & Moon's bars. Avoid it on Sundays.")) == 0


def test_a_link_counts_only_with_its_call_and_only_to_the_subject() -> None:
    call = "Free truffle at Marzipan & Moon, get yours"
    assert advice(mention(call, links=("https://shop.marzipanmoon.example/x",))) == 1
    assert advice(mention(call, links=("https://marzipanmoon.example.evil.example/",))) == 0
    assert advice(mention("Marzipan & Moon opened", links=("https://marzipanmoon.example/",))) == 0
    assert advice(mention(call, links=("https://[broken",))) == 0


def test_advice_about_something_else_in_an_article_does_not_reach_the_subject() -> None:
    from bot.model import ItemKind

    text = "Marzipan & Moon opened today. " + "The fair was loud. " * 5 + "I highly recommend the sausages."
    assert advice(mention(text, kind=ItemKind.ARTICLE)) == 0
