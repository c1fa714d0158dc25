"""Stories, measured on labelled pairs of real posts and articles; the floors are asserted (docs/measurement.md)."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.listen.copies import normalise
from bot.listen.dedupe import StoryIndex
from bot.model import Item, ItemKind, with_headline
from tests.support.counts import FULL
from tests.support.pairs import Pair, entries, labelled_pairs
from tests.support.shared import shared_path

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DRAWN_FROM = {
    "mentions": (10487, 4626, 2972, 3086, 2208, 1013, 359),
    "feeds": (257, 138, 50, 38, 30, 14, 5),
}
"""How many pairs of the corpus there are from .3 on, by tenth of the similarity."""


def are_joined(one: Item, other: Item) -> bool:
    first, second = StoryIndex().place([one, other], NOW)
    return first == second


def precision_and_recall(pairs: Sequence[Pair], weights: dict[tuple[str, int], float]) -> tuple[float, float]:
    joined = [(pair, are_joined(pair.left, pair.right)) for pair in pairs]
    right = sum(weights[pair.stratum] for pair, found in joined if found and pair.same)
    found = sum(weights[pair.stratum] for pair, found in joined if found)
    wanted = sum(weights[pair.stratum] for pair in pairs if pair.same)
    return right / found, right / wanted


@pytest.mark.parametrize("part", ["development", "test"])
def test_of_labelled_pairs_nearly_all_that_are_joined_are_one_piece(
    part: str, record_property: Callable[[str, object], None]
) -> None:
    pairs = [pair for pair in labelled_pairs() if pair.part == part]
    drawn = Counter(pair.stratum for pair in pairs)
    even = precision_and_recall(pairs, dict.fromkeys(drawn, 1.0))
    weights = {(group, tenth): DRAWN_FROM[group][min(tenth, 9) - 3] / count for (group, tenth), count in drawn.items()}
    weighted = precision_and_recall(pairs, weights)
    record_property("pairs", len(pairs))
    record_property("precision and recall, as drawn", even)
    record_property("precision and recall, weighted", weighted)
    assert len(pairs) >= 180
    assert even[0] >= 0.95
    assert even[1] >= 0.75
    assert weighted[0] >= 0.95
    assert weighted[1] >= 0.60


def articles() -> list[Item]:
    """Articles of some length, one of each text; in short runs, of every fourth capture."""
    found: dict[str, Item] = {}
    for file in sorted(shared_path("corpus/feeds/captures").iterdir())[:: 1 if FULL else 4]:
        for number, (headline, body, outlet) in enumerate(entries(f"feeds/captures/{file.name}")):
            title, text = with_headline(headline, body)
            if len(normalise(body)) >= 600 and len(normalise(title)) >= 15:
                key = f"{file.name}/{number}"
                found.setdefault(
                    normalise(body)[:200],
                    Item(key, ItemKind.ARTICLE, f"https://a.example/{key}", title, text, None, outlet),
                )
    return random.Random(4).sample(list(found.values()), min(len(found), 300 if FULL else 80))


def reprinted(article: Item, title: str, body: str) -> Item:
    title, text = with_headline(title, body)
    return replace(
        article,
        key=f"{article.key}/b",
        url=f"https://b.example/{article.key}",
        title=title,
        text=text,
        outlet="b.example",
    )


def another_headline(article: Item) -> Item:
    return reprinted(article, "What we know about it so far", article.body)


def byline_and_dateline(article: Item) -> Item:
    return reprinted(
        article, f"{article.title} - The Mill Street Daily", f"SPRINGFIELD (Wire) — By our staff. {article.body}"
    )


def rewritten_lead(article: Item) -> Item:
    lead, _, rest = article.body.partition(". ")
    return reprinted(article, "A first look at the news", f"As was reported earlier today by several. {rest or lead}")


def cut(article: Item) -> Item:
    return reprinted(article, article.title, article.body[: int(len(article.body) * 0.65)])


def other_figures(article: Item) -> Item:
    """The same template, told of another quarter: each number and each name is another, as are a third of the words."""
    rng = random.Random(article.key)
    words = [
        f"{rng.randrange(2, 900)}" if re.search(r"\d", word) else rng.choice(["Astra", "Borealis", "Corvus"])
        if word[:1].isupper() else rng.choice(["ledger", "harbour", "window"]) if rng.random() < 0.15 else word
        for word in article.body.split()
    ]  # fmt: skip
    return reprinted(article, article.title, " ".join(words))


@pytest.mark.full
@pytest.mark.parametrize(
    ("edit", "floor"),
    [(another_headline, 0.95), (byline_and_dateline, 0.95), (rewritten_lead, 0.80), (cut, 0.95)],
)
def test_reprints_of_real_articles_join_the_article(edit: Callable[[Item], Item], floor: float) -> None:
    joined = [are_joined(article, edit(article)) for article in articles()]
    assert sum(joined) / len(joined) >= floor


def test_articles_on_one_template_with_other_facts_stay_apart() -> None:
    joined = [are_joined(article, other_figures(article)) for article in articles()[:: 1 if FULL else 4]]
    assert sum(joined) / len(joined) <= 0.05


@pytest.mark.full
def test_real_articles_do_not_join_each_other() -> None:
    pieces = articles()
    stories = StoryIndex().place(pieces, NOW)
    assert len(set(stories)) >= 0.98 * len(pieces)
