"""Forgetting on either database: what goes, what stays, and the log of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.clock import ManualClock
from bot.errors import Outdated
from bot.model import Author, Item, ItemKind, Mention, Notice, NoticeKind, Page, ScoredMention, ScoringContext
from bot.model.alert import Alert, AlertKind, Severity
from bot.model.keeping import Cause, Erasure, Forgotten, Held, Retention, Wanted
from bot.ports import Store
from bot.stewardship.audit import verified
from bot.stewardship.forgetting import forget_due, forget_keys, reapply
from bot.store.erasure.marks import Marks
from bot.store.verbs import HeardStore
from tests.support.samples import BLOGS, DAY, HOUR, NOON, a_digest, a_mention, a_score, a_window, an_item

LATER = NOON + 100 * DAY


def keep(store: Store, *items: Item, at=NOON) -> list[Mention]:
    store.add_targets([BLOGS], NOON)
    mentions = [a_mention(item, collected_at=at) for item in items]
    store.save_page(BLOGS, Page(items=items), mentions, at, at + HOUR, trainable=True)
    store.save_scores([a_score(one) for one in mentions], at)
    return mentions


def kept(store: Store) -> dict[str, Item]:
    return {
        one.item.key: one.item
        for one in (found.mention if isinstance(found, ScoredMention) else found for found in store.mentions())
    }


def forget(store: Store, *keys: str, cause: Cause = Cause.REQUEST, under=()) -> Forgotten:
    return store.forget_items(keys, cause=cause, noticed_at=NOON, now=NOON + HOUR, under=under, who="ada")


@pytest.mark.parametrize("cause", Cause)
def test_what_is_forgotten_keeps_its_mention_and_nothing_that_was_said(store: Store, cause: Cause):
    keep(store, an_item(1), an_item(2))
    assert forget(store, "rss:1", cause=cause) == Forgotten(1, 1, 0)
    gone, stays = kept(store)["rss:1"], kept(store)["rss:2"]
    assert (gone.text, gone.title, gone.url, gone.links, gone.author.name, gone.removed) == (
        "",
        "",
        None,
        (),
        None,
        True,
    )
    assert (gone.published_at, gone.outlet) == (NOON - HOUR, "example.org")
    assert stays == replace(an_item(2))


def test_a_score_stays_as_a_number_when_only_its_time_was_up(store: Store):
    (timed, asked) = keep(store, an_item(1), an_item(2))
    forget(store, "rss:1", cause=Cause.RETENTION)
    forget(store, "rss:2", cause=Cause.REQUEST)
    number = store.mention(timed.id)
    assert isinstance(number, ScoredMention)
    assert (number.score.score, number.score.tone.tone) == (-0.0625, 0.1 + 0.2)
    assert (number.score.tone.spans, number.score.alignments[0].quote) == ((), "")
    assert [(one.name, one.value, one.method) for one in number.score.factors] == [
        ("tone", 0.1 + 0.2, ""), ("voice", None, ""), ("a", None, ""),
    ]  # fmt: skip
    assert not isinstance(store.mention(asked.id), ScoredMention)
    assert store.unscored(10) == ()


@pytest.mark.parametrize(("cause", "back"), [(Cause.UPSTREAM, True), (Cause.RETENTION, False), (Cause.REQUEST, False)])
def test_only_what_its_platform_removed_comes_back_when_it_is_there_again(store: Store, cause: Cause, back: bool):
    keep(store, an_item(1))
    forget(store, "rss:1", cause=cause)
    keep(store, an_item(1), at=NOON + 2 * HOUR)
    assert (kept(store)["rss:1"].text != "") is back


def test_a_repost_goes_with_what_it_repeats_and_a_reply_stays(store: Store):
    repost = an_item(2, kind=ItemKind.REPOST, refers_to="rss:1")
    reply = an_item(3, kind=ItemKind.COMMENT, refers_to="rss:1")
    keep(store, an_item(1), repost, reply)
    assert forget(store, "rss:1").items == 2
    assert {key: item.removed for key, item in kept(store).items()} == {"rss:1": True, "rss:2": True, "rss:3": False}


def test_a_key_that_names_its_author_changes_and_is_known_again(store: Store):
    item = an_item(1, key="bsky:did:plc:abc/1", author=Author(id="did:plc:abc"))
    (mention,) = keep(store, item)
    forget(store, item.key, cause=Cause.UPSTREAM)
    (hidden,) = kept(store)
    assert "plc" not in hidden
    assert hidden.startswith("bsky:~")
    keep(store, item, at=NOON + 2 * HOUR)
    assert kept(store)[item.key].text == item.text
    assert store.mention(mention.id) is not None


def test_everything_under_a_beginning_goes_and_unknown_keys_leave_no_trace(store: Store):
    keep(store, an_item(1), an_item(10), an_item(2))
    assert forget(store, under=("rss:1",)).items == 2
    assert forget(store, "rss:404", under=("nobody/", "")) == Forgotten()
    assert len(list(store.erasures())) == 1


@pytest.mark.parametrize("hidden_from_the_beginning", [True, False])
def test_an_account_that_goes_takes_its_posts_under_a_pseudonym_along(store: Store, hidden_from_the_beginning: bool):
    if hidden_from_the_beginning:
        store.hide_authors([])
    posts = [
        an_item(number, key=f"bsky:did:plc:{who}/3k{number}", author=Author(id=f"did:plc:{who}", handle=who))
        for number, who in enumerate(["aaaa", "aaaa", "bbbb"])
    ]
    keep(store, *posts)
    if not hidden_from_the_beginning:
        store.forget_authors(NOON + HOUR, frozenset(), NOON + HOUR, 9)
    assert all(key.startswith("bsky:~") for key in kept(store))
    store.save_page(BLOGS, Page(removed_under=("bsky:did:plc:aaaa/",)), (), NOON + HOUR, NOON + 2 * HOUR)
    assert [one.text for one in kept(store).values() if one.text] == [posts[2].text]


def test_what_was_erased_while_it_was_composed_is_not_told(store: Store):
    first, second = keep(store, an_item(1), an_item(2))
    digest = replace(
        a_digest(a_window(), (first.id,)), body={"stories": [{"lead": first.id, "headline": "It was said"}]}
    )
    known = store.erasures_known()
    forget(store, "rss:1", cause=Cause.UPSTREAM)
    with pytest.raises(Outdated):
        store.publish(digest, (), known)
    assert store.digest(digest.id) is None
    other = replace(digest, mentions=(second.id,), body={"stories": [{"lead": second.id, "headline": "And that"}]})
    assert store.publish(other, (), known) == other, "what was erased is not in it"


def test_an_alert_or_notice_of_what_was_erased_meanwhile_is_not_kept(store: Store):
    (mention,) = keep(store, an_item(1))
    known = store.erasures_known()
    facts = {"contrary": {"mention": mention.id, "quote": "It was said"}}
    alert = Alert("a1", "against", AlertKind.CONTRARY_MESSAGE, mention.subject, "e1", NOON.date(), NOON.date(), Severity.HIGH,
                  1, 1, NOON, NOON, body=facts)  # fmt: skip
    notice = Notice("n1", NoticeKind.ALERT, "crumb", "It was said", {"paragraphs": ["It was said"]}, NOON)
    store.raise_alert(alert, known)
    forget(store, "rss:1", cause=Cause.UPSTREAM)
    with pytest.raises(Outdated):
        store.raise_alert(replace(alert, count=9), known)
    with pytest.raises(Outdated):
        store.tell_alerts(notice, [alert], (), None, erasures=known)
    with pytest.raises(Outdated):
        store.tell_leaks(notice, [("truffle", "moon", "@nobody")], (), known)
    assert store.notices(9) == ()
    kept_alert = store.alert(alert.id)
    assert kept_alert is not None
    assert kept_alert.body == {"contrary": {"mention": mention.id, "quote": "removed at source"}}


def alarm(store: Store, mention: Mention, *, then: Mention | None = None) -> None:
    """An alert and a notice that tell a mention; ``then`` is what the alert tells by now."""
    facts = {"stories": [{"mention": mention.id, "headline": "Marzipan & Moon opened today", "author": "ada"}]}
    alert = Alert("a1", "many", AlertKind.SPIKE, mention.subject, "e1", NOON.date(), NOON.date(), Severity.HIGH,
                  1, 1, NOON, NOON, body=facts)  # fmt: skip
    body = {"paragraphs": ["Marzipan & Moon opened today (@ada)"], "alerts": [{"id": "a1", **facts}]}
    notice = Notice("n1", NoticeKind.ALERT, "many", "moon: Marzipan & Moon opened today", body, NOON)
    store.tell_alerts(notice, [store.raise_alert(alert)], (), None)
    if then is not None:
        store.raise_alert(replace(alert, count=2, body={"stories": [{"mention": then.id, "headline": "Then"}]}))


def told_of(store: Store) -> str:
    (alert,), ((notice, _),) = store.alerts(), store.notices(9)
    return repr((alert.body, notice.subject_line, notice.body))


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("grown", [False, True])
def test_what_alerts_and_notices_told_goes_whatever_happened_since(store: Store, edited: bool, grown: bool):
    mention, other = keep(store, an_item(1), an_item(2))
    alarm(store, mention, then=other if grown else None)
    assert "Marzipan" in told_of(store)
    if edited:
        words = replace(an_item(1), text="About something else")
        store.save_page(BLOGS, Page(items=(words,)), [], NOON + HOUR, NOON + 2 * HOUR)
        (left,) = (one for one in map(mention_of, store.mentions()) if one.item.key == "rss:1")
        assert (left.id, left.matched) == (mention.id, ()), "what was told can be taken back"
    forget(store, "rss:1")
    assert "Marzipan" not in told_of(store)
    assert "ada" not in told_of(store)


def mention_of(found: ScoredMention | Mention) -> Mention:
    return found.mention if isinstance(found, ScoredMention) else found


def test_each_erasure_is_a_sealed_line_without_what_was_erased(store: Store):
    keep(store, an_item(1), an_item(2))
    forget(store, "rss:1")
    forget(store, "rss:2", cause=Cause.UPSTREAM)
    first, second = store.erasures()
    assert (first.who, first.cause, first.what, first.source, first.forgotten) == (
        "ada", Cause.REQUEST, Held.WORDS, "blogs", Forgotten(1, 1, 0),
    )  # fmt: skip
    assert first.lag == HOUR
    assert "rss:1" not in repr(first)
    assert second.before == first.seal
    assert verified(store.erasures()).wrong is None
    assert store.last_erasure() == second


def test_a_digest_that_told_it_says_so_and_keeps_its_numbers(store: Store):
    (mention, other) = keep(store, an_item(1, title="Marzipan"), an_item(2))
    rows = [
        {"lead": mention.id, "headline": "Marzipan & Moon opened today", "url": mention.item.url, "score": 2.5,
         "quote": {"text": "opened today", "mention": mention.id}, "why": "Positive; on example.org."},
        {"lead": other.id, "headline": "Marzipan & Moon opened today", "url": other.item.url, "quote": None},
    ]  # fmt: skip
    digest = replace(a_digest(a_window(), (mention.id, other.id)), body={"stories": rows, "mentions": 2})
    store.publish(digest, ())
    assert forget(store, "rss:1", cause=Cause.UPSTREAM).digests == 1
    told = store.digest(digest.id)
    assert told is not None
    first, second = told.body["stories"]
    assert first == {"lead": mention.id, "headline": "removed at source", "url": None, "score": 2.5, "quote": None,
                     "why": "Positive; on example.org."}  # fmt: skip
    assert second == rows[1]
    assert told.body["mentions"] == 2
    ((stale, _),) = store.stale()
    store.fresh_again(stale)
    assert store.stale() == ()


def test_what_is_due_goes_and_the_rest_stays(store: Store):
    keep(store, an_item(1), at=NOON)
    keep(store, an_item(2), at=NOON + 50 * DAY)
    clock = ManualClock(LATER)
    done = forget_due(store, Retention(text=60 * DAY), frozenset(), clock, lambda: False)
    assert done.items == 1
    assert {key: item.removed for key, item in kept(store).items()} == {"rss:1": True, "rss:2": False}
    assert next(store.erasures()).lag == 40 * DAY
    assert forget_due(store, Retention(text=60 * DAY), frozenset(), clock, lambda: False) == Forgotten()


def test_authors_become_pseudonyms_and_stay_apart(store: Store):
    ada, bob = (
        an_item(1, url="https://x.com/ada/status/1").author,
        Author("Bob", "bob", "b1", "https://example.org/bob", 7),
    )
    keep(
        store, an_item(1, url="https://x.com/ada/status/1"), an_item(2), an_item(3, author=bob),
        an_item(4, author=Author("Moon", "Moon", "m1")),
    )  # fmt: skip
    forget_due(store, Retention(authors=60 * DAY), frozenset({"moon"}), ManualClock(LATER), lambda: False)
    found = kept(store)
    one, two, three, four = (found[f"rss:{number}"] for number in (1, 2, 3, 4))
    assert one.author == two.author == Author(id=one.author.id, followers=ada.followers)
    assert one.voice == two.voice != three.voice
    assert one.url == "https://x.com/i/status/1"
    assert four.author.handle == "Moon"
    assert one.text == an_item(1).text
    again = forget_due(store, Retention(authors=60 * DAY), frozenset({"moon"}), ManualClock(LATER), lambda: False)
    assert again == Forgotten()


@pytest.mark.parametrize("edit", ["", " and more"])
@pytest.mark.parametrize("key", ["rss:1", "bsky:did:plc:abc/1"])
def test_an_author_whose_time_was_up_does_not_come_back_with_the_next_read(store: Store, key: str, edit: str):
    """The feed shows the item for longer than its author is kept: what was scored stays so, unless the words change."""
    item = an_item(1, key=key, author=Author("Ada", "ada", "did:plc:abc", "https://example.org/ada"))
    keep(store, item)
    rules = Retention(authors=DAY)
    assert forget_due(store, rules, frozenset(), ManualClock(NOON + 2 * DAY), lambda: False).items == 1
    (hidden,) = kept(store).values()
    read = replace(item, text=item.text + edit)
    store.save_page(BLOGS, Page(items=(read,)), [a_mention(read)], NOON + 3 * DAY, NOON + 4 * DAY)
    (again,) = kept(store).values()
    assert (again.key, again.author, again.url) == (hidden.key, hidden.author, hidden.url)
    assert again.text == read.text
    assert len(store.unscored(9)) == bool(edit)
    later = ManualClock(NOON + 4 * DAY)
    assert forget_due(store, rules, frozenset(), later, lambda: False) == Forgotten(), "there is nobody left to hide"


def test_hidden_authors_are_never_stored(store: Store):
    store.hide_authors(["@moon"])
    keep(store, an_item(1), an_item(2, author=Author("Moon", "moon", "m1")))
    pseudonym = kept(store)["rss:1"].author
    assert (pseudonym.name, pseudonym.handle, pseudonym.url, pseudonym.followers) == (None, None, None, 120)
    assert kept(store)["rss:2"].author.handle == "moon"
    keep(store, an_item(1), at=NOON + HOUR)
    assert kept(store)["rss:1"].author == pseudonym
    assert list(store.asked_for(Wanted(author="@nobody"), 0, 9)) == []


def test_numbers_go_last_and_leave_only_that_something_was_there(store: Store):
    (mention,) = keep(store, an_item(1))
    store.publish(a_digest(a_window(), (mention.id,)), ())
    rules = Retention(text=10 * DAY, rollups=20 * DAY)
    forget_due(store, rules, frozenset(), ManualClock(LATER), lambda: False)
    assert list(store.mentions()) == []
    assert [line.what for line in store.erasures()] == [Held.WORDS, Held.NUMBERS]
    keep(store, an_item(1), at=LATER)
    assert list(store.mentions()) == [], "and it does not come back"


@pytest.mark.parametrize("cause", [Cause.UPSTREAM, Cause.REQUEST, None])
def test_the_words_that_a_day_counted_go_with_its_last_score(store: Store, cause: Cause | None):
    one, other = keep(store, an_item(1), an_item(2))
    counted = store.save_context(ScoringContext("2026-03", 12, {"moon": 1.5}, {"rss": 0.25}))
    store.save_scores([a_score(one), a_score(other)], NOON)

    def forget(key: str) -> None:
        if cause is not None:
            store.forget_items([key], cause=cause, noticed_at=LATER, now=LATER)
        else:
            store.forget_items([key], cause=Cause.RETENTION, noticed_at=LATER, now=LATER)
            assert store.context(counted.id) is not None, "the numbers stay, and what they were made by"
            store.forget_numbers(LATER, LATER, 9)

    forget("rss:1")
    assert store.context(counted.id) == counted
    forget("rss:2")
    assert store.context(counted.id) is None


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (Wanted(author="@ADA"), {"rss:1"}),
        (Wanted(author="Ada Writer"), {"rss:1"}),
        (Wanted(author="a1"), {"rss:1"}),
        (Wanted(url="https://example.org/2"), {"rss:2"}),
        (Wanted(before=NOON + DAY), {"rss:1", "rss:2"}),
        (Wanted(before=NOON + DAY, subject="sun"), set()),
        (Wanted(author="ada", source="other"), set()),
    ],
)
def test_what_a_person_asks_for_is_found(store: Store, wanted: Wanted, keys: set[str]):
    keep(store, an_item(1), an_item(2, author=Author("Bob", "bob")))
    keep(store, an_item(3, author=Author("Eve", "eve")), at=NOON + 2 * DAY)
    assert {sample.key for _, sample in store.asked_for(wanted, 0, 100)} == keys


def test_a_handle_also_finds_what_is_older_and_hidden_while_its_account_still_stands_somewhere(store: Store):
    eve = Author("Eve", "eve", "e1", "https://example.org/eve")
    keep(store, an_item(1, author=eve), an_item(2, author=Author("Bob", "bob", "b1")))
    keep(store, an_item(3, author=eve), at=NOON + 40 * DAY)
    forget_due(store, Retention(authors=30 * DAY), frozenset(), ManualClock(NOON + 41 * DAY), lambda: False)
    assert kept(store)["rss:1"].author.handle is None

    def found(author: str) -> set[str]:
        return {sample.key for _, sample in store.asked_for(Wanted(author=author), 0, 100)}

    for author in ("@eve", "EVE", "e1", "https://www.example.org/eve/"):
        assert found(author) == {"rss:1", "rss:3"}, author
    assert found("b1") == {"rss:2"}
    assert found("@bob") == set(), "nothing of Bob says any more what his id was"
    forget_keys(store, ["rss:3"], who="ada", clock=ManualClock(NOON + 42 * DAY))
    assert found("@eve") == set()


def test_what_was_erased_since_a_backup_is_erased_again_after_its_restore(store: Store):
    keep(store, an_item(1), an_item(2))
    clock = ManualClock(NOON + HOUR)
    forget_keys(store, ["rss:1"], who="ada", clock=clock)
    lines = list(store.erasures())
    assert store.marked(set(lines[0].marks)) == {}, "it has no words any more"
    keep(store, an_item(3), at=NOON + 2 * HOUR)
    newer = [replace(lines[0], seq=2, seal="x", marks=store_marks(store, "rss:3"))]
    assert reapply(store, newer, clock).items == 1
    assert kept(store)["rss:3"].removed


def test_what_was_erased_under_a_pseudonym_is_known_by_its_own_key_after_a_restore(store: Store):
    keep(store, an_item(1, key="bsky:did:plc:aaaa/3k1", author=Author(id="did:plc:aaaa")))
    (mark,) = store_marks(store, f"bsky:~{store_marks(store, 'bsky:did:plc:aaaa/3k1')[0]}")
    assert store.marked({mark}) == {mark: "bsky:did:plc:aaaa/3k1"}


@pytest.mark.parametrize(("cause", "back"), [(Cause.UPSTREAM, True), (Cause.RETENTION, False), (Cause.REQUEST, False)])
@pytest.mark.parametrize("veiled", [False, True])
def test_what_a_restored_database_never_had_is_kept_out_where_it_was_forgotten_for_good(
    store: Store, cause: Cause, back: bool, veiled: bool
):
    item, other = (
        an_item(number, key=f"bsky:did:plc:abcd/3k{number}", author=Author(id="did:plc:abcd")) for number in (1, 2)
    )
    newer = [a_line(cause, store_marks(store, item.key))]
    assert reapply(store, newer, ManualClock(NOON + DAY)) == Forgotten()
    lines = list(store.erasures())
    assert [(line.who, line.cause, line.source, line.forgotten, line.marks) for line in lines] == (
        [] if back else [("bob", cause, "blogs", Forgotten(), newer[0].marks)]
    )
    assert verified(lines).wrong is None
    if veiled:
        store.hide_authors([])
    store.add_targets([BLOGS], NOON)
    saved = store.save_page(BLOGS, Page(items=(item, other)), [a_mention(item), a_mention(other)], NOON, NOON + HOUR)
    assert (saved.new, saved.duplicates) == ((2, 0) if back else (1, 1))
    assert len(kept(store)) == saved.new


def test_what_its_platform_removed_before_a_backup_and_a_person_since_stays_out(store: Store):
    keep(store, an_item(1), an_item(2))
    forget(store, "rss:1", cause=Cause.UPSTREAM)
    marks = [store_marks(store, key) for key in ("rss:1", "rss:2")]
    newer = [a_line(cause, of) for of in marks for cause in (Cause.UPSTREAM, Cause.REQUEST)]
    assert reapply(store, newer, ManualClock(NOON + DAY)).items == 1
    assert list(store.erasures())[1].who == "bob"
    keep(store, an_item(1), an_item(2), at=NOON + 2 * DAY)
    assert [one.text for one in kept(store).values()] == ["", ""]


def a_line(cause: Cause, marks: tuple[str, ...]) -> Erasure:
    return Erasure(
        9, "bob", cause, Held.WORDS, "blogs", NOON, NOON + HOUR, Forgotten(1, 1), marks, seal=f"{cause}{marks}"
    )


def store_marks(store: Store, key: str) -> tuple[str, ...]:
    assert isinstance(store, HeardStore)
    with store._read() as db:
        return (Marks(db).item(key),)
