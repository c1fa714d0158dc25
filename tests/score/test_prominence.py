from __future__ import annotations

import pytest

from bot.model import Hit, ItemKind, MatchField
from bot.score.prominence import prominence
from tests.score.made import mention

FILLER = "The fair was loud and long. "


def p(text: str, **changes: object) -> float:
    return prominence(mention(text, **changes))[0]  # type: ignore[arg-type]


def test_a_headline_is_the_most() -> None:
    assert p(FILLER * 20, title="Marzipan & Moon opens", kind=ItemKind.ARTICLE) == 1.0


def test_a_short_post_is_all_about_it() -> None:
    assert p("Just had the best truffle at Marzipan & Moon") == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Marzipan & Moon won. " + FILLER * 20, 0.8),
        (FILLER * 20 + "Marzipan & Moon won. Marzipan & Moon grew.", 0.5),
        (FILLER * 20 + "Marzipan & Moon won.", 0.3),
        (FILLER * 20 + "\nMakers: Alpha, Beta, Gamma, Marzipan & Moon, Delta, Epsilon", 0.15),
        (FILLER * 20 + "\n-- \nJane, Marzipan & Moon", 0.15),
    ],
)
def test_an_article_is_weighed_by_where_and_how_often(text: str, expected: float) -> None:
    assert p(text, kind=ItemKind.ARTICLE) == expected


def test_a_block_of_tags_is_an_aside_but_a_tag_in_a_sentence_is_not() -> None:
    assert p("Lovely evening #chocolate #sweets #marzipanmoon #yum") == 0.15
    assert p("I love #marzipanmoon so much") == 1.0


def test_a_reply_to_one_is_about_it_and_a_reply_to_many_is_an_aside() -> None:
    assert p("@marzipanmoon are you open?") == 1.0
    assert p("@a @b @c @marzipanmoon lol") == 0.15


def test_a_link_alone_is_little_and_the_own_account_is_all() -> None:
    assert p("text", hits=(Hit("moon", MatchField.URL, 0, 4),)) == 0.3
    assert p("text", hits=(Hit("moon", MatchField.AUTHOR, 0, 4),)) == 1.0


def test_every_value_has_its_reason() -> None:
    assert prominence(mention("Marzipan & Moon!"))[1] == "a short post about it"
