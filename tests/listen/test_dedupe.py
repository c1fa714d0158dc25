"""Stories: copies come together, others stay apart, and the same input gives the same stories."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.listen.dedupe import StoryIndex, StoryRules, normalise, story_id
from bot.model import Item, ItemKind
from tests.support.shared import shared_path

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAID = "The little chocolate maker on Mill Street gives away a free truffle to everyone who says the word"


def an_item(key: str, text: str = SAID, url: str | None = None, **changes: object) -> Item:
    return replace(Item(key, ItemKind.POST, url, "", text, None, "x.com"), **changes)


def stories(*items: Item) -> list[str]:
    index = StoryIndex()
    return [index.place(item, NOW) for item in items]


def test_a_story_is_named_after_its_first_item() -> None:
    assert stories(an_item("x:1"), an_item("x:2")) == [story_id("x:1")] * 2
    assert story_id("x:1").startswith("s_")


def test_an_item_seen_again_keeps_its_story_even_when_its_words_changed() -> None:
    first, again, copy = stories(
        an_item("x:1"),
        an_item("x:1", "Something else altogether, and quite long enough to be compared"),
        an_item("x:2", "Something else altogether, and quite long enough to be compared!"),
    )
    assert first == again == copy


def test_a_repost_belongs_to_its_original_whatever_it_says() -> None:
    first, repost = stories(an_item("x:1"), an_item("x:2", "!", kind=ItemKind.REPOST, refers_to="x:1"))
    assert repost == first


def test_reposts_seen_before_their_original_wait_for_it() -> None:
    one, other, original = stories(
        an_item("x:2", "RT", kind=ItemKind.REPOST, refers_to="x:1"),
        an_item("x:3", "look", kind=ItemKind.REPOST, refers_to="x:1"),
        an_item("x:1"),
    )
    assert one == other == original == story_id("x:1")


@pytest.mark.parametrize("kind", [ItemKind.QUOTE, ItemKind.COMMENT])
def test_a_quote_or_an_answer_in_words_of_its_own_is_a_story_of_its_own(kind: ItemKind) -> None:
    first, answer = stories(
        an_item("x:1"), an_item("x:2", "I think this is a great idea, well done", kind=kind, refers_to="x:1")
    )
    assert answer != first


def test_one_page_under_two_addresses_is_one_story() -> None:
    first, second = stories(
        an_item("rss:1", "Free truffles on Mill Street", "http://www.acme.example/news/1?utm_source=rss"),
        an_item("rss:2", "An altogether different headline for it", "https://acme.example/news/1/#top"),
    )
    assert first == second


def test_items_that_only_link_to_a_home_page_are_not_one_page() -> None:
    first, second = stories(
        an_item("rss:1", "Free truffles on Mill Street are back", "https://acme.example/"),
        an_item("rss:2", "Our opening hours over the holidays", "https://acme.example"),
    )
    assert first != second


@pytest.mark.parametrize(
    "copy",
    [
        SAID.upper(),
        f"RT @someone: {SAID}",
        f"{SAID} via @x #truffle",
        SAID.replace("little", "small"),
        SAID[: int(len(SAID) * 0.85)],
        f"{SAID} https://t.example/a1B2",
        SAID.replace("free truffle", "“free truffle”…"),
    ],
)
def test_a_lightly_edited_copy_joins(copy: str) -> None:
    first, second = stories(an_item("x:1"), an_item("x:2", copy))
    assert first == second


def test_another_text_on_the_same_matter_stays_apart() -> None:
    first, second = stories(
        an_item("x:1"), an_item("x:2", "Went to Mill Street today and yes, the free truffle is real, say the word")
    )
    assert first != second


def test_long_texts_need_to_be_more_alike_than_short_ones() -> None:
    rng = random.Random(7)
    words = ["".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(400)]
    short, long = words[:40], words[100:300]
    for source, joins in ((short, True), (long, False)):
        changed = [*source[: int(len(source) * 0.82)], *words[320 : 320 + len(source) - int(len(source) * 0.82)]]
        first, second = stories(an_item("x:1", " ".join(source)), an_item("x:2", " ".join(changed)))
        assert (first == second) is joins


def test_very_short_texts_join_only_when_equal() -> None:
    one, equal, near = stories(
        an_item("x:1", "Nice truffle!"), an_item("x:2", "nice truffle"), an_item("x:3", "nice truffles")
    )
    assert one == equal
    assert near != one


def test_texts_without_a_word_never_join() -> None:
    first, second = stories(an_item("x:1", "https://a.example !!"), an_item("x:2", "@someone"))
    assert first != second


def test_half_surrogates_and_huge_texts_do_no_harm() -> None:
    huge = "truffle \ud800 " * 200_000
    first, second = stories(an_item("x:\ud800", huge), an_item("x:2", huge + "!"))
    assert first == second


def test_after_a_fortnight_a_copy_begins_a_new_story_and_memory_is_given_back() -> None:
    index = StoryIndex()
    for day in range(60):
        for number in range(5):
            text = f"{SAID} {random.Random(day * 10 + number).random()} {day} {number}" if number else f"day {day}"
            index.place(
                an_item(f"x:{day}-{number}", text, f"https://acme.example/{day}/{number}"), NOW + timedelta(days=day)
            )
    held = (len(index._keys._entries), len(index._addresses._entries), len(index._texts._entries), len(index._numbered))
    assert all(15 <= size <= 75 for size in held)
    first = StoryIndex()
    story = first.place(an_item("x:1"), NOW)
    assert first.place(an_item("x:2"), NOW + timedelta(days=13)) == story
    assert first.place(an_item("x:3"), NOW + timedelta(days=26)) == story
    assert first.place(an_item("x:4"), NOW + timedelta(days=41)) == story_id("x:4")


def test_a_warmed_index_goes_on_where_the_other_stopped() -> None:
    items = [an_item(f"x:{n}", text, f"https://acme.example/{n}") for n, text in enumerate(_some_texts())]
    items += [replace(item, key=f"{item.key}b", text=f"RT @a: {item.text}", url=None) for item in items[::3]]
    whole, before = StoryIndex(), StoryIndex()
    expected = [whole.place(item, NOW) for item in items]
    half = len(items) // 2
    rows = [(before.place(item, NOW), item) for item in items[:half]]
    warmed = StoryIndex()
    for story, item in rows:
        warmed.remember(story, item.key, item.url, item.text, NOW)
    assert [story for story, _ in rows] + [warmed.place(item, NOW) for item in items[half:]] == expected


def test_of_long_texts_the_beginning_tells_whether_they_are_copies() -> None:
    rng = random.Random(5)
    words = ["".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(3000)]
    beginning, end, other_end = (" ".join(part) for part in (words[:1000], words[1000:2000], words[2000:]))
    first, second, third = stories(
        an_item("x:1", f"{beginning} {end}"),
        an_item("x:2", f"RT @a: {beginning} {other_end}"),
        an_item("x:3", other_end),
    )
    assert first == second != third


def test_the_thresholds_can_be_set() -> None:
    index = StoryIndex(StoryRules(short=0.99))
    assert index.place(an_item("x:1"), NOW) != index.place(an_item("x:2", SAID.replace("little", "small")), NOW)


def test_normalised_text_is_what_copies_share() -> None:
    assert normalise("RT @acme: The “Crème” Truffle… https://t.example/x #free via @you") == "the creme truffle free"


def test_edited_copies_of_real_posts_are_recalled() -> None:
    rng = random.Random(11)
    texts = [text for text in _real_posts() if len(normalise(text)) >= StoryRules().exact_under][:1500]
    joined = 0
    for text in texts:
        index = StoryIndex()
        story = index.place(an_item("x:0", text), NOW)
        joined += index.place(an_item("x:1", rng.choice(_edits(text, rng))), NOW) == story
    assert joined / len(texts) >= 0.97


def test_random_pairs_of_real_posts_do_not_join() -> None:
    rng = random.Random(12)
    texts = sorted({normalise(text): text for text in _real_posts()}.values())
    joined = 0
    for _ in range(1500):
        first, second = stories(*(an_item(f"x:{n}", text) for n, text in enumerate(rng.sample(texts, 2))))
        joined += first == second
    assert joined == 0


def _edits(text: str, rng: random.Random) -> list[str]:
    """The synthetic edits of measurement §2.3."""
    words = text.split()
    words[rng.randrange(len(words))] = "something"
    return [f"RT @someone: {text}", f"{text} via @x #tag", " ".join(words), text[: int(len(text) * 0.85)]]


def _real_posts() -> list[str]:
    with shared_path("corpus/mentions/airline_tweets_2015.csv").open(encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file)]


def _some_texts() -> list[str]:
    rng = random.Random(3)
    words = ["".join(rng.choices("abcdefghij", k=5)) for _ in range(200)]
    return [" ".join(rng.choices(words, k=12)) for _ in range(40)]
