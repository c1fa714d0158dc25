"""Stories: copies come together, others stay apart, and the same input gives the same stories."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.listen.copies import StoryRules, normalise, normalised
from bot.listen.dedupe import StoryIndex, story_id
from bot.model import Item, ItemKind, with_headline
from tests.support.counts import FULL, examples
from tests.support.shared import shared_path

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAID = "The little chocolate maker on Mill Street gives away a free truffle to everyone who says the word"


def an_item(key: str, text: str = SAID, url: str | None = None, **changes: object) -> Item:
    return replace(Item(key, ItemKind.POST, url, "", text, None, "x.com"), **changes)


def stories(*items: Item) -> list[str]:
    index = StoryIndex()
    return [place(index, item) for item in items]


def place(index: StoryIndex, item: Item, now: datetime = NOW) -> str:
    return index.place([item], now)[0]


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


def test_very_short_texts_are_no_copies_even_when_they_are_equal() -> None:
    one, equal, near = stories(
        an_item("x:1", "Nice truffle!"), an_item("x:2", "nice truffle"), an_item("x:3", "nice truffles")
    )
    assert len({one, equal, near}) == 3


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
            place(
                index,
                an_item(f"x:{day}-{number}", text, f"https://acme.example/{day}/{number}"),
                NOW + timedelta(days=day),
            )
    held = (len(index._keys), len(index._addresses), len(index._texts), len(index._stories), len(index._indexed))
    assert all(15 <= size <= 75 for size in held)
    first = StoryIndex()
    story = place(first, an_item("x:1"), NOW)
    assert place(first, an_item("x:2"), NOW + timedelta(days=13)) == story
    assert place(first, an_item("x:3"), NOW + timedelta(days=26)) == story
    assert place(first, an_item("x:4"), NOW + timedelta(days=41)) == story_id("x:4")


def test_a_warmed_index_goes_on_where_the_other_stopped() -> None:
    items = [an_item(f"x:{n}", text, f"https://acme.example/{n}") for n, text in enumerate(_some_texts())]
    items += [replace(item, key=f"{item.key}b", text=f"RT @a: {item.text}", url=None) for item in items[::3]]
    whole, before = StoryIndex(), StoryIndex()
    expected = [place(whole, item, NOW) for item in items]
    half = len(items) // 2
    rows = [(place(before, item, NOW), item) for item in items[:half]]
    warmed = StoryIndex()
    warmed.remember([(story, item, NOW) for story, item in rows])
    assert [story for story, _ in rows] + [place(warmed, item, NOW) for item in items[half:]] == expected


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
    assert place(index, an_item("x:1"), NOW) != place(index, an_item("x:2", SAID.replace("little", "small")), NOW)


def test_normalised_text_is_what_copies_share() -> None:
    assert normalise("RT @acme: The “Crème” Truffle… https://t.example/x #free via @you") == "the creme truffle free"


def test_edited_copies_of_real_posts_are_recalled() -> None:
    rng = random.Random(11)
    texts = [text for text in _real_posts() if len(normalise(text)) >= StoryRules().compared_from][
        : 1500 if FULL else 300
    ]
    joined = 0
    for text in texts:
        index = StoryIndex()
        story = place(index, an_item("x:0", text), NOW)
        joined += place(index, an_item("x:1", rng.choice(_edits(text, rng))), NOW) == story
    assert joined / len(texts) >= 0.97


def test_random_pairs_of_real_posts_do_not_join() -> None:
    rng = random.Random(12)
    texts = sorted({normalise(text): text for text in _real_posts()}.values())
    joined = 0
    for _ in range(1500 if FULL else 300):
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


def an_article(key: str, title: str, body: str = "", outlet: str = "") -> Item:
    title, text = with_headline(title, body)
    outlet = outlet or f"{key.partition(':')[2]}.example"
    return Item(key, ItemKind.ARTICLE, f"https://{outlet}/{key}", title, text, None, outlet)


NEWS = "Chocolate maker opens a second shop on Mill Street"
BODY = "The maker of the little truffle said on Monday that it would open its doors in spring. " * 6


@pytest.mark.parametrize("publisher", [" - The Guardian", " | Reuters", " — Mill Street Daily", " – heise online"])
def test_a_headline_alone_is_the_article_whatever_publisher_is_named_after_it(publisher: str) -> None:
    article, headline = stories(an_article("rss:1", NEWS, BODY), an_article("rss:2", NEWS + publisher))
    headline_first, article_later = stories(an_article("rss:2", NEWS + publisher), an_article("rss:1", NEWS, BODY))
    assert article == headline
    assert headline_first == article_later


def test_a_headline_that_comes_back_later_is_another_piece() -> None:
    index = StoryIndex()
    first = place(index, an_article("rss:1", NEWS))
    assert place(index, an_article("rss:2", NEWS), NOW + timedelta(days=2)) == first
    assert place(index, an_article("rss:3", NEWS), NOW + timedelta(days=6)) != first


def test_a_column_is_another_piece_each_day_under_the_same_headline() -> None:
    index = StoryIndex()
    days = [
        place(index, an_article(f"rss:{day}", "What you need to know this morning", outlet="a.example"), at)
        for day, at in enumerate(NOW + timedelta(days=day) for day in range(4))
    ]
    assert len(set(days)) == 4


def test_two_full_articles_under_one_headline_are_two() -> None:
    first, second = stories(an_article("rss:1", NEWS, BODY), an_article("rss:2", NEWS, "Quite other words. " * 40))
    assert first != second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme reports results for Q1 2026: sales up 4 %", "Acme reports results for Q2 2026: sales up 4 %"),
        ("An introduction to the art of truffles, part 1", "An introduction to the art of truffles, part 2"),
        ("Weather in Springfield now: 12 degrees, wind 8 mph", "Weather in Springfield now: 17 degrees, wind 8 mph"),
        (
            "We are hiring: baker, shop 14, apply by 3 March please",
            "We are hiring: baker, shop 15, apply by 3 March please",
        ),
    ],
)
def test_texts_on_one_template_with_other_figures_stay_apart(one: str, other: str) -> None:
    assert len(set(stories(an_item("x:1", one), an_item("x:2", other)))) == 2


def test_a_figure_that_only_one_of_two_copies_has_is_an_addition() -> None:
    first, second = stories(an_item("x:1", SAID), an_item("x:2", f"{SAID} 2"))
    assert first == second


def test_answers_that_are_alike_are_several_unless_they_are_long_and_nearly_the_same() -> None:
    short, again = stories(
        an_item("x:1", "We look forward to seeing you again very soon", kind=ItemKind.COMMENT),
        an_item("x:2", "We look forward to seeing you again very soon", kind=ItemKind.COMMENT),
    )
    long, copy, edited = stories(
        an_item("x:3", SAID, kind=ItemKind.COMMENT),
        an_item("x:4", SAID.replace("gives", "give"), kind=ItemKind.COMMENT),
        an_item("x:5", SAID.replace("a free truffle to everyone", "nothing to anybody"), kind=ItemKind.COMMENT),
    )
    assert short != again
    assert long == copy != edited


def test_a_chain_of_small_changes_does_not_glue_two_pieces_together() -> None:
    rng = random.Random(6)
    words = ["".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(60)]
    chain = [an_item(f"x:{step}", " ".join(words[step * 2 : step * 2 + 20])) for step in range(20)]
    joined = stories(*chain)
    assert joined[0] == joined[1]
    assert joined[0] not in joined[10:]


def test_a_flood_of_variants_keeps_the_index_small() -> None:
    rng = random.Random(8)
    index = StoryIndex()
    flood = [an_item(f"x:{n}", f"{SAID} {''.join(rng.choices('abcdefghij', k=7))}") for n in range(500)]
    assert len(set(index.place(flood, NOW))) == 1
    assert len(index._indexed) < 20


def test_two_stories_that_turn_out_to_be_one_go_on_under_the_older_name() -> None:
    index = StoryIndex()
    other = "Our opening hours over the holidays are posted at the door of the shop"
    older = place(index, an_item("rss:1", SAID, "https://acme.example/news/1"))
    younger = place(index, an_item("rss:2", other, "https://acme.example/news/2"))
    bridge = place(index, an_item("rss:3", other, "https://acme.example/news/1"))
    assert (bridge, index.take_joined()) == (older, ((younger, older),))
    assert index.take_joined() == ()
    assert place(index, an_item("rss:2", other)) == older
    assert place(index, an_item("rss:4", other, "https://acme.example/news/2")) == older


def test_an_index_learns_that_another_process_joined_two_stories() -> None:
    index = StoryIndex()
    first, second = an_item("x:1", SAID), an_item("x:2", "Our opening hours over the holidays are at the door")
    older, younger = index.place([first, second], NOW)
    assert older != younger
    index.remember([(older, second, NOW)])
    assert place(index, an_item("x:3", second.text)) == older


WELL_APART = st.permutations(
    [(text, edit) for text in range(6) for edit in ("{}", "RT @someone: {}", "{} https://t.example/a", "so true: {}")]
)


@settings(max_examples=examples(40), deadline=None)
@given(WELL_APART, st.integers(1, 24))
def test_in_whatever_order_and_pages_items_come_the_same_ones_share_a_story(
    order: list[tuple[int, str]], size: int
) -> None:
    texts = _some_texts()
    items = [an_item(f"x:{n}", edit.format(texts[text])) for n, (text, edit) in enumerate(order)]
    index = StoryIndex()
    placed = [story for at in range(0, len(items), size) for story in index.place(items[at : at + size], NOW)]
    found: dict[str, set[int]] = {}
    for story, (text, _) in zip(placed, order, strict=True):
        found.setdefault(story, set()).add(text)
    assert sorted(map(sorted, found.values())) == [[text] for text in range(6)]


@given(st.lists(st.text(max_size=60), max_size=8))
def test_texts_normalised_together_are_as_they_are_alone(texts: list[str]) -> None:
    assert normalised(texts) == [normalise(text) for text in texts]


@given(st.text(max_size=80))
def test_normalising_again_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert once == " ".join(once.split())
    assert "@" not in once


def test_hostile_texts_do_no_harm() -> None:
    hostile = [
        "",
        " ",
        "@",
        "\x1e" * 50,
        "a\x1eb" * 40,
        "日本語" * 30,
        "a" * 60,
        "\ud800" * 60,
        "@ rt @ via @ " * 30,
        "0" * 10_000,
    ]
    placed = StoryIndex().place([an_item(f"x:{n}", text) for n, text in enumerate(hostile)], NOW)
    assert len(set(placed)) == len(hostile)
