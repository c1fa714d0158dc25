"""What exports may rely on, whatever the database."""

from __future__ import annotations

from datetime import date

from bot.model import Counted, Page
from bot.ports import Store
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_mention, a_score, an_item

TODAY, TOMORROW = date(2026, 3, 1), date(2026, 3, 2)


def test_posts_are_counted_for_each_account_and_day_up_to_the_cap(store: Store):
    assert store.take_posts("ada", TODAY, 300, 500) == 0
    assert store.take_posts("ada", TODAY, 300, 500) == 300, "refused: 600 would be too many"
    assert store.take_posts("ada", TODAY, 200, 500) == 300, "what was refused was not counted"
    assert store.take_posts("ada", TODAY, 1, 500) == 500
    assert store.take_posts("ada", TODAY, 0, 500) == 500
    assert (store.take_posts("bob", TODAY, 1, 500), store.take_posts("ada", TOMORROW, 1, 500)) == (0, 0)


def test_what_may_be_trained_on_is_what_its_source_allows(store: Store):
    store.add_targets([BLOGS], NOON)
    free, held = an_item(1), an_item(2)
    for item, trainable in ((free, True), (held, False)):
        store.save_page(BLOGS, Page(items=(item,)), [a_mention(item)], NOON, NOON, trainable=trainable)
    assert store.trainable_among([free.key, held.key, "rss:none"]) == {free.key}
    assert store.trainable_among([]) == frozenset()


def test_as_many_mentions_are_counted_as_are_listed(store: Store):
    store.add_targets([BLOGS], NOON)
    items = [
        an_item(number, f"Marzipan & Moon number {number}", published_at=NOON - number * HOUR) for number in range(5)
    ]
    mentions = [a_mention(item, story=f"s{number % 2}") for number, item in enumerate(items)]
    store.save_page(BLOGS, Page(items=tuple(items)), mentions, NOON, NOON)
    store.save_scores([a_score(mention) for mention in mentions[:3]], NOON)
    for filters in (
        {}, {"story": "s1"}, {"since": NOON - 2 * HOUR}, {"until": NOON - 2 * HOUR}, {"tone": "positive"},
        {"search": "number"}, {"search": " "}, {"subject": "none"}, {"source": "blogs", "since": NOON - DAY},
        {"counted": Counted.YES}, {"counted": Counted.ALL},
    ):  # fmt: skip
        assert store.count_mentions(**filters) == len(list(store.mentions(**filters))), filters
    assert store.count_mentions() == 5
