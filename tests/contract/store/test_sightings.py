"""What looking for codes may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.errors import Outdated
from bot.model import Item, Named, Notice, NoticeKind, Page, ReachBasis, Sighting, Standing
from bot.ports import Store
from tests.support.samples import BLOGS, HOUR, NOON, a_mention, a_score, an_item

TEXT = "Say MOONLIGHT42 at the till"


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS], NOON)


def save(store: Store, item: Item, *subjects: str, now: datetime = NOON) -> None:
    mentions = [a_mention(item, subject, now) for subject in subjects or ("moon",)]
    store.save_page(BLOGS, Page(items=(item,)), mentions, now, now + HOUR)


def a_sighting(item: Item, **changes: object) -> Sighting:
    made = Sighting(
        offer="truffle",
        named=Named.CODE,
        code="MOONLIGHT42",
        item=item.key,
        outlet=item.outlet,
        at=item.published_at or NOON,
        seen_at=NOON,
        start=4,
        end=15,
        quote="MOONLIGHT42",
        url=item.url,
        handle=item.author.handle,
        voice=item.voice,
        headline="Say",
        standing=Standing.OUTSIDE,
    )
    return replace(made, **changes)


def test_an_item_is_to_be_looked_at_until_it_was_and_again_by_other_rules(store: Store) -> None:
    item, other = an_item(1, TEXT), an_item(2)
    save(store, item)
    save(store, other)
    assert [(one.key, at) for one, at in store.unlooked("a", 10)] == [("rss:2", NOON), ("rss:1", NOON)]
    assert len(store.unlooked("a", 1)) == 1
    store.save_sightings([item, other], [], "a")
    assert store.unlooked("a", 10) == ()
    assert len(store.unlooked("b", 10)) == 2


def test_a_sighting_comes_back_with_its_mention_its_story_and_its_reach(store: Store) -> None:
    item = an_item(1, TEXT)
    save(store, item)
    store.save_scores([a_score(a_mention(item))], NOON)
    store.save_sightings([item], [a_sighting(item)], "a")
    (seen,) = store.sightings()
    assert seen.reach.basis is ReachBasis.ESTIMATED
    assert seen == a_sighting(item, mention=a_mention(item).id, story="s1", reach=seen.reach)
    assert list(store.sightings("other")) == []


def test_an_item_that_is_looked_at_again_is_seen_once(store: Store) -> None:
    item = an_item(1, TEXT)
    save(store, item, "moon", "rival")
    for by in ("a", "b"):
        store.save_sightings([item], [a_sighting(item)], by)
    assert len(list(store.sightings())) == 1


def test_an_edit_that_takes_the_code_out_keeps_that_it_was_seen(store: Store) -> None:
    item = an_item(1, TEXT)
    save(store, item)
    store.save_sightings([item], [a_sighting(item)], "a")
    edited = replace(item, text="Say nothing at the till")
    save(store, edited, now=NOON + HOUR)
    assert [one for one, _ in store.unlooked("a", 10)] == [edited]
    store.save_sightings([edited], [], "a")
    (seen,) = store.sightings()
    assert (seen.start, seen.end, seen.quote) == (None, None, "MOONLIGHT42")


def test_what_changed_while_it_was_looked_at_is_looked_at_again(store: Store) -> None:
    item = an_item(1, TEXT)
    save(store, replace(item, text="Say nothing at the till"))
    store.save_sightings([item], [a_sighting(item)], "a")
    assert list(store.sightings()) == []
    assert len(store.unlooked("a", 10)) == 1


def test_figures_alone_have_nothing_looked_at_again(store: Store) -> None:
    item = an_item(1, TEXT)
    save(store, item)
    store.save_sightings([item], [], "a")
    save(store, replace(item, metrics={"score": 99.0}), now=NOON + HOUR)
    assert store.unlooked("a", 10) == ()


def gone(seen: Sighting) -> bool:
    return (seen.quote, seen.url, seen.handle, seen.voice, seen.headline, seen.start) == (
        None,
        None,
        None,
        None,
        "",
        None,
    )


def test_what_the_platform_took_back_leaves_that_a_code_stood_there_and_no_words(store: Store) -> None:
    item = an_item(1, TEXT)
    save(store, item)
    store.save_sightings([item], [a_sighting(item)], "a")
    save(store, replace(item, removed=True))
    (seen,) = store.sightings()
    assert gone(seen)
    assert (seen.code, seen.outlet, seen.at, seen.standing) == (
        "MOONLIGHT42",
        "example.org",
        item.published_at,
        Standing.OUTSIDE,
    )
    assert store.unlooked("b", 10) == ()


@pytest.mark.parametrize("erase", [{"removed": ("rss:1",)}, {"removed_under": ("rss:",)}])
def test_a_deletion_reaches_sightings_in_items_that_are_no_longer_kept(store: Store, erase: dict) -> None:
    item = an_item(1, TEXT)
    save(store, item)
    store.save_sightings([item], [a_sighting(item)], "a")
    store.save_page(BLOGS, Page(items=(replace(item, text="About something else"),)), [], NOON, NOON + HOUR)
    assert list(store.mentions()) == []
    (seen,) = store.sightings()
    assert (seen.quote, seen.start, seen.mention, seen.story) == ("MOONLIGHT42", None, "", "")
    store.save_page(BLOGS, Page(**erase), [], NOON, NOON + HOUR)
    (seen,) = store.sightings()
    assert gone(seen)


def test_issued_codes_are_found_by_their_keys(store: Store) -> None:
    store.issue("truffle", [("k7qf", "blog"), ("m2xr", None)], NOON)
    assert store.issued_codes(["k7qf", "m2xr", "nope"]) == {
        "k7qf": ("truffle", "blog", NOON),
        "m2xr": ("truffle", None, NOON),
    }
    assert store.issued_codes([]) == {}


def test_a_leak_is_told_once(store: Store) -> None:
    notice = Notice("leak-1", NoticeKind.LEAK, "truffle", "Seen", {"targets": []}, NOON)
    told = [("truffle", "MOONLIGHT42", "example.org")]
    store.tell_leaks(notice, told, [])
    assert store.leaks_told() == frozenset(told)
    with pytest.raises(Outdated):
        store.tell_leaks(replace(notice, id="leak-2"), told, [])
    assert [one.id for one, _ in store.notices(5)] == ["leak-1"]
