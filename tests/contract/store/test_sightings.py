"""What looking for codes may rely on, whatever the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.errors import Outdated
from bot.model import Author, Item, Named, Notice, NoticeKind, Page, ReachBasis, Sighting, Standing
from bot.model.keeping import Cause, Forgotten, Wanted
from bot.ports import Store
from bot.store.erasure.marks import Marks
from bot.store.migrations import STEPS
from bot.store.verbs import HeardStore
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
def test_a_deletion_reaches_sightings_in_items_that_name_nobody_any_more(store: Store, erase: dict) -> None:
    item = an_item(1, TEXT)
    save(store, item)
    store.save_sightings([item], [a_sighting(item)], "a")
    store.save_page(BLOGS, Page(items=(replace(item, text="About something else"),)), [], NOON, NOON + HOUR)
    assert list(store.mentions()) == []
    (seen,) = store.sightings()
    assert (seen.quote, seen.mention, seen.story) == ("MOONLIGHT42", "", "")
    store.save_page(BLOGS, Page(**erase), [], NOON, NOON + HOUR)
    (seen,) = store.sightings()
    assert gone(seen)


def names_nobody(store: Store) -> Item:
    """An item in which a code was seen, after an edit that took its only subject out."""
    item = an_item(1, TEXT)
    save(store, item)
    store.save_sightings([item], [a_sighting(item)], "a")
    edited = replace(item, text="About something else")
    store.save_page(BLOGS, Page(items=(edited,)), [], NOON + HOUR, NOON + 2 * HOUR)
    assert list(store.mentions()) == []
    return edited


def test_an_item_that_names_nobody_any_more_is_kept_while_a_code_was_seen_in_it(store: Store) -> None:
    edited = names_nobody(store)
    assert [key for key, _ in store.words_due(NOON + HOUR, 9)] == [edited.key], "so that its time comes"
    assert [one.key for _, one in store.asked_for(Wanted(author="@ada"), 0, 9)] == [edited.key]
    forget(store, edited.key)
    (seen,) = store.sightings()
    assert gone(seen)


def test_an_item_that_names_nobody_any_more_goes_where_nothing_was_seen_in_it(store: Store) -> None:
    save(store, item := an_item(1, TEXT))
    store.save_page(BLOGS, Page(items=(replace(item, text="Else"),)), [], NOON + HOUR, NOON + 2 * HOUR)
    assert store.words_due(NOON + HOUR, 9) == ()


def test_an_erasure_that_finds_sightings_alone_is_logged_and_counts_as_one(store: HeardStore) -> None:
    edited = names_nobody(store)
    with store._write() as db:
        db.execute("DELETE FROM items")  # as before codes that were seen kept their item
    known = store.erasures_known()
    assert forget(store, edited.key) == Forgotten()
    (line,) = store.erasures()
    assert (line.who, line.cause, line.source, line.forgotten) == ("ada", Cause.REQUEST, "rss", Forgotten())
    with store._read() as db:
        assert line.marks == (Marks(db).item(edited.key),)
    notice = Notice("leak-1", NoticeKind.LEAK, "truffle", "Seen", {"targets": []}, NOON)
    with pytest.raises(Outdated):
        store.tell_leaks(notice, [("truffle", "MOONLIGHT42", "example.org")], [], known)
    assert forget(store, edited.key) == Forgotten()
    assert len(list(store.erasures())) == 1, "there was nothing left"


def test_an_author_s_time_takes_them_out_of_the_addresses_of_sightings(store: Store) -> None:
    ours, theirs = (an_item(n, TEXT, url=f"https://x.com/ada/status/{n}", outlet="x.com") for n in (1, 2))
    for item in (ours, theirs):
        save(store, item, now=NOON + HOUR * (item is theirs))
        store.save_sightings([item], [a_sighting(item)], "a")
    store.forget_authors(NOON + HOUR, frozenset(), NOON + HOUR, 9)
    hidden, kept = store.sightings()
    assert (hidden.url, hidden.handle, hidden.voice) == ("https://x.com/i/status/1", None, None)
    assert (kept.url, kept.handle) == (theirs.url, "ada")
    assert hidden.quote == kept.quote == "MOONLIGHT42"


def test_an_author_s_time_takes_out_the_name_that_was_theirs_when_a_leak_was_told(store: Store) -> None:
    item = an_item(1, TEXT, url="https://x.com/ada/status/1", outlet="x.com")
    save(store, item)
    store.save_sightings([item], [a_sighting(item)], "a")
    told = {"paragraphs": ["“MOONLIGHT42” was seen at @ada. https://x.com/ada/status/1"]}
    notice = Notice("leak-1", NoticeKind.LEAK, "truffle", "MOONLIGHT42 was seen at @ada", told, NOON)
    store.tell_leaks(notice, [("truffle", "MOONLIGHT42", "@ada")], [])
    author = replace(item.author, handle="countess")
    save(store, replace(item, author=author, url="https://x.com/countess/status/1"), now=NOON)
    store.forget_authors(NOON + HOUR, frozenset(), NOON + HOUR, 9)
    ((left, _),) = store.notices(9)
    assert "ada" not in repr((left.subject_line, left.body, store.leaks_told(), list(store.sightings())))


def test_the_upgrade_takes_out_of_sightings_what_no_erasure_could_reach(open_again: Callable[[], HeardStore]) -> None:
    lost, hidden, whole, gone_before = (
        an_item(n, TEXT, url=f"https://x.com/{who}/status/{n}", outlet="x.com", author=Author(who, who, f"{who}1"))
        for n, who in enumerate(("eve", "bobby", "ada", "dan"), 1)
    )
    before = open_again()
    for item in (lost, hidden, whole, gone_before):
        save(before, item, now=NOON + HOUR * (item is whole))
        before.save_sightings([item], [a_sighting(item)], "a")
    forget(before, gone_before.key)
    before.forget_authors(NOON + HOUR, frozenset(), NOON + HOUR, 9)
    steps = "heard_steps" if before.path.startswith("postgresql") else "_sqlite_migrations"
    with before._write() as db:  # as the schema before had it
        db.execute("UPDATE sightings SET item = NULL, url = :url, handle = 'eve' WHERE key = :key", seen_of(lost))
        db.execute("UPDATE sightings SET url = :url WHERE key = :key", seen_of(hidden))
        db.execute("DROP TABLE never_again")
        for step in STEPS[35:]:
            db.execute(f"DELETE FROM {steps} WHERE name = :name", {"name": step})  # noqa: S608 names of our own
    before.close()
    store = open_again()
    assert store.schema_version() == len(STEPS)
    seen = {one.item: one for one in store.sightings()}
    assert gone(replace(seen[lost.key], start=None))
    assert (seen[hidden.key].url, seen[hidden.key].quote) == ("https://x.com/i/status/2", "MOONLIGHT42")
    assert (seen[whole.key].url, seen[whole.key].handle) == (whole.url, "ada")
    assert gone(seen[gone_before.key])
    store.close()


def seen_of(item: Item) -> dict[str, str | None]:
    return {"key": item.key, "url": item.url}


def forget(store: Store, key: str) -> Forgotten:
    return store.forget_items([key], cause=Cause.REQUEST, noticed_at=NOON, now=NOON + HOUR, who="ada")


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
