"""What listening may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import (
    Cost,
    Gap,
    GapCause,
    Interval,
    Page,
    PollReport,
    Saved,
    ScoredMention,
    State,
    Target,
    TargetState,
)
from bot.ports import Store
from tests.support.counts import examples
from tests.support.database import store_in_memory
from tests.support.samples import BLOGS, DAY, HOUR, NOON, OTHER, a_digest, a_mention, a_score, a_window, an_item


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS, OTHER], NOON)


def save(store: Store, *items, subjects=("moon",), target=BLOGS, now=NOON, **page) -> Saved:
    mentions = [a_mention(item, subject, now) for item in items for subject in subjects]
    return store.save_page(target, Page(items=items, **page), mentions, now, now + HOUR)


def all_of(store: Store) -> list:
    return list(store.mentions())


def state_of(store: Store, target: Target = BLOGS) -> TargetState:
    return next(state for state in store.target_states() if state.target == target)


def gaps_of(store: Store, target: Target = BLOGS) -> tuple[Gap, ...]:
    return tuple(store.gaps(NOON - 9 * DAY, NOON + 9 * DAY).get(target, ()))


def test_a_new_target_is_due_at_once_and_a_known_one_is_left_alone(store: Store):
    held = store.lease(BLOGS, "a", NOON, NOON + HOUR)
    store.add_targets([BLOGS, Target("x")], NOON + DAY)
    assert held == TargetState(BLOGS, State.NEW, next_poll_at=NOON)
    assert [(s.target, s.next_poll_at) for s in store.target_states()] == [
        (OTHER, NOON),
        (BLOGS, NOON),
        (Target("x"), NOON + DAY),
    ]


def test_a_lease_keeps_others_out_until_it_has_run_out(store: Store, open_again):
    other = open_again()
    assert store.lease(BLOGS, "a", NOON, NOON + HOUR) is not None
    assert other.lease(BLOGS, "b", NOON + HOUR / 2, NOON + 2 * HOUR) is None
    assert other.lease(OTHER, "b", NOON, NOON + HOUR) is not None
    assert other.lease(BLOGS, "b", NOON + HOUR, NOON + 2 * HOUR) is not None
    assert store.lease(BLOGS, "a", NOON + HOUR, NOON + 2 * HOUR) is None
    assert store.lease(Target("nobody", "knows"), "a", NOON, NOON + HOUR) is None
    other.close()


def test_whoever_gives_all_leases_back_loses_none_of_another_and_moves_nothing_any_more(store: Store):
    for target in (BLOGS, OTHER):
        store.lease(target, "a" if target == BLOGS else "b", NOON, NOON + HOUR)
    assert store.give_back_all("a") == 1
    assert store.lease(OTHER, "c", NOON, NOON + HOUR) is None
    assert store.lease(BLOGS, "c", NOON, NOON + HOUR) is not None
    store.finish_poll(PollReport(BLOGS, NOON, State.OK), TargetState(BLOGS, State.FAILING), (), owner="a")
    assert state_of(store).state is State.NEW, "a straggler's word does not count"


def test_a_lease_of_a_clock_that_ran_ahead_is_overtaken_and_one_of_a_clock_a_little_ahead_is_not(store: Store):
    minute = HOUR / 60
    store.lease(BLOGS, "ahead", NOON + 900 * DAY, NOON + 900 * DAY + 10 * minute)
    store.lease(OTHER, "skewed", NOON + minute, NOON + 11 * minute)
    assert store.lease(BLOGS, "b", NOON, NOON + 10 * minute) is not None
    assert store.lease(OTHER, "b", NOON, NOON + 10 * minute) is None


def test_coverage_of_a_clock_that_ran_ahead_ends_with_the_last_poll_before(store: Store):
    for at in (NOON - 3 * HOUR, NOON - 2 * HOUR, NOON - HOUR, NOON + 900 * DAY):
        save(store, covered=Interval(NOON - DAY, at), now=at)
        store.finish_poll(PollReport(BLOGS, at, State.OK), TargetState(BLOGS, State.OK), ())
    save(store, covered=Interval(NOON + 800 * DAY, NOON + 900 * DAY), target=OTHER)
    for target in (BLOGS, OTHER):
        store.lease(target, "me", NOON, NOON + HOUR)
    assert store.covered(NOON - 2 * DAY, NOON + 999 * DAY) == {BLOGS: (Interval(NOON - DAY, NOON - HOUR),), OTHER: ()}


def test_polls_are_kept_for_thirteen_months_and_dropped_a_few_at_a_time(store: Store):
    def poll_at(at):
        store.finish_poll(PollReport(BLOGS, at, State.OK), TargetState(BLOGS, State.OK), ())

    for day in range(30):
        poll_at(NOON - 430 * DAY + day * DAY)
    always = NOON - 999 * DAY, NOON + 9 * DAY
    assert store.polls(*always)["blogs"][0] == 30
    poll_at(NOON - DAY)
    assert store.polls(*always)["blogs"][0] == 29
    for _ in range(16):
        poll_at(NOON)
    assert store.polls(NOON - 999 * DAY, NOON - 400 * DAY) == {}
    assert store.polls(*always)["blogs"][0] == 17


def test_a_saved_page_holds_the_lease_on(store: Store):
    store.lease(BLOGS, "a", NOON, NOON + HOUR)
    store.save_page(BLOGS, Page(), (), NOON + HOUR, NOON + 3 * HOUR, owner="a")
    assert store.lease(BLOGS, "b", NOON + 2 * HOUR, NOON + 9 * HOUR) is None


def test_a_worker_whose_lease_was_overtaken_saves_what_it_read_but_moves_nothing(store: Store):
    store.lease(BLOGS, "slow", NOON, NOON + HOUR)
    store.lease(BLOGS, "quick", NOON + 2 * HOUR, NOON + 3 * HOUR)
    item = an_item()
    page = Page(items=(item,), cursor={"at": 1})
    assert store.save_page(BLOGS, page, [a_mention(item)], NOON, NOON + 9 * HOUR, owner="slow") == Saved(new=1)
    late = TargetState(BLOGS, State.FAILING, failures=3, next_poll_at=NOON + DAY)
    store.finish_poll(PollReport(BLOGS, NOON, State.FAILING), late, (), owner="slow")
    state = state_of(store)
    assert (state.cursor, state.state, state.failures) == (None, State.NEW, 0)
    assert store.lease(BLOGS, "third", NOON + 2.5 * HOUR, NOON + 9 * HOUR) is None
    assert store.polls(NOON, NOON + DAY)["blogs"][0] == 1


def test_what_was_saved_is_read_back_equal(store: Store):
    item = an_item(title="Marzipan", text="Marzipan\nand Moon \u2028 🍫 end")
    mention = a_mention(item)
    store.save_page(BLOGS, Page(items=(item,)), [mention], NOON, NOON + HOUR)
    assert all_of(store) == [mention]
    assert store.mention(mention.id) == mention
    assert store.mention("nothing") is None


def test_what_a_database_cannot_hold_is_replaced_one_for_one(store: Store):
    save(store, an_item(title="Marzipan", text="Marzipan\nMoon \0 and \ud800 end"))
    (mention,) = all_of(store)
    assert mention.item.text == "Marzipan\nMoon \ufffd and \ufffd end"


def test_an_item_that_names_nobody_is_not_kept(store: Store):
    assert save(store, an_item(1), an_item(2), subjects=()) == Saved()
    assert all_of(store) == []
    assert list(store.story_candidates(NOON - DAY)) == []


def test_a_page_saved_twice_is_a_page_saved_once(store: Store):
    items = an_item(1), an_item(2), an_item(1)
    assert save(store, *items, subjects=("moon", "sun")) == Saved(new=4)
    before = all_of(store)
    assert save(store, *items, subjects=("moon", "sun"), now=NOON + HOUR) == Saved(duplicates=4)
    assert all_of(store) == before


def test_the_cursor_travels_with_the_items_and_none_leaves_it(store: Store):
    save(store, an_item(), cursor={"since": "12", "deep": [1, {"a": None}]})
    save(store, an_item())
    assert state_of(store).cursor == {"since": "12", "deep": [1, {"a": None}]}


def test_a_page_that_cannot_be_saved_leaves_nothing_behind(store: Store):
    broken = replace(an_item(2), published_at=NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="without a zone"):
        save(store, an_item(1), broken, cursor={"a": 1}, cost=Cost(5, 0.1))
    assert all_of(store) == []
    assert state_of(store).cursor is None
    assert store.spent("blogs", NOON) == Cost()


def test_changed_words_replace_the_old_and_are_scored_again(store: Store):
    mention = a_mention(an_item())
    save(store, an_item())
    store.save_scores([a_score(mention)], NOON)
    edited = an_item(text="Moon closed today", title="Moon closed today")
    assert save(store, edited, now=NOON + HOUR) == Saved(edited=1)
    (found,) = all_of(store)
    assert found.item == edited
    assert found.collected_at == NOON
    assert store.unscored(9) == (found,)


def test_changed_figures_keep_the_score_and_ask_for_a_new_one(store: Store):
    mention = a_mention(an_item())
    save(store, an_item())
    store.save_scores([a_score(mention)], NOON)
    newer = an_item(metrics={"score": 40.0})
    assert save(store, newer, now=NOON + HOUR) == Saved(duplicates=1)
    (found,) = all_of(store)
    assert isinstance(found, ScoredMention)
    assert found.mention.item.metrics == {"score": 40.0, "upvote_ratio": 0.1 + 0.2}
    assert store.unscored(9) == (found.mention,)


def test_a_subject_that_is_no_longer_named_goes_unless_it_was_told(store: Store):
    item = an_item()
    save(store, item, subjects=("moon", "sun"))
    told = a_mention(item, "sun")
    store.publish(a_digest(a_window(), (told.id,)), ())
    edited = an_item(text="Nothing of the kind")
    assert save(store, edited, subjects=(), now=NOON + HOUR) == Saved(edited=2)
    assert all_of(store) == [replace(told, item=edited, matched=())]


def test_an_item_that_no_longer_names_anybody_is_forgotten(store: Store):
    save(store, an_item())
    save(store, an_item(text="Nothing of the kind"), subjects=())
    assert all_of(store) == []
    assert save(store, an_item()) == Saved(new=1)


def test_a_told_time_never_moves(store: Store):
    save(store, an_item(1), an_item(2, published_at=None))
    save(store, an_item(1, published_at=NOON + DAY), an_item(2, published_at=NOON - DAY))
    assert [m.told_at for m in all_of(store)] == [NOON, NOON - HOUR]


def test_a_feed_that_redates_its_entries_changes_nothing_and_asks_for_no_new_score(store: Store):
    mention = a_mention(an_item())
    save(store, an_item())
    store.save_scores([a_score(mention)], NOON)
    save(store, an_item(published_at=NOON + DAY), subjects=("moon", "sun"))
    waiting = store.unscored(9)
    assert [(m.subject, m.told_at, m.item.published_at) for m in waiting] == [("sun", NOON - HOUR, NOON - HOUR)]


def test_a_removed_item_loses_its_words_everywhere(store: Store):
    item = an_item()
    mention = a_mention(item)
    save(store, item)
    store.save_scores([a_score(mention)], NOON)
    gone = an_item(text="", removed=True)
    assert save(store, gone, subjects=()) == Saved(edited=1)
    assert save(store, gone, subjects=()) == Saved()
    (found,) = all_of(store)
    assert (found.id, found.item.removed, found.item.text, found.item.url, found.item.author.name, found.matched) == (
        mention.id, True, "", None, None, (),
    )  # fmt: skip
    assert list(store.mentions(search="marzipan")) == []
    assert store.unscored(9) == ()
    assert list(store.pool_texts(NOON - DAY, NOON + DAY, 9)) == []
    assert list(store.story_candidates(NOON - DAY)) == []


def items_of(store: Store) -> list:
    return [getattr(found, "mention", found).item for found in all_of(store)]


def test_what_a_page_says_is_deleted_is_erased_and_nothing_else(store: Store):
    keys = ("bsky:did:plc:a/1", "bsky:did:plc:a/2", "bsky:did:plc:ab/1", "bsky:did:plc:b%/1", "bsky:did:plc:b0/1")
    for key in keys:
        item = an_item(key=key)
        save(store, item)
        store.save_scores([a_score(a_mention(item))], NOON)
    page = Page(removed=("bsky:did:plc:b0/1", "bsky:unknown/1"), removed_under=("bsky:did:plc:a/", "bsky:nobody/", ""))
    for again in (False, True):
        saved = store.save_page(BLOGS, page, (), NOON, NOON + HOUR)
        assert saved == (Saved() if again else Saved(edited=3))
        removed = {item.key: item.removed for item in items_of(store)}
        assert removed == dict(zip(keys, (True, True, False, False, True), strict=True))
    gone = next(item for item in items_of(store) if item.key == keys[0])
    assert (gone.text, gone.url, gone.author.name, gone.links) == ("", None, None, ())
    assert len(list(store.mentions(search="marzipan"))) == 2


def test_an_item_that_comes_with_its_own_removal_is_kept(store: Store):
    save(store, an_item())
    mention = a_mention(an_item())
    store.save_page(BLOGS, Page(items=(an_item(),), removed=(an_item().key,)), (mention,), NOON, NOON + HOUR)
    assert all_of(store)[0].item == an_item()


def test_a_stale_copy_elsewhere_does_not_bring_removed_words_back_but_the_source_does(store: Store):
    save(store, an_item())
    save(store, an_item(removed=True), subjects=())
    save(store, an_item(text="Moon, longer than ever before, from a stale copy"), target=OTHER)
    gone = all_of(store)[0].item
    assert (gone.text, gone.metrics, gone.author.followers, gone.removed) == ("", {}, None, True)
    save(store, an_item())
    assert all_of(store)[0].item == an_item()


def test_an_item_from_two_feeds_is_one_and_settles_on_the_fuller_text(store: Store):
    teaser, full = an_item(text="Moon opened"), an_item(text="Moon opened, and here is all of it")
    assert save(store, teaser, target=BLOGS) == Saved(new=1)
    assert save(store, full, target=OTHER) == Saved(edited=1)
    for _ in range(2):
        assert save(store, teaser, target=BLOGS) == Saved(duplicates=1)
        assert save(store, full, target=OTHER) == Saved(duplicates=1)
    (found,) = all_of(store)
    assert found.item.text == full.text
    assert save(store, an_item(text="Moon: short now"), target=OTHER) == Saved(edited=1)


def test_offsets_are_dropped_where_other_words_were_kept(store: Store):
    save(store, an_item(text="Moon opened, and here is all of it"), target=BLOGS)
    save(store, an_item(text="Sun opened"), target=OTHER, subjects=("sun",))
    assert {m.subject: bool(m.matched) for m in all_of(store)} == {"moon": True, "sun": False}


def test_hostile_text_and_figures_are_stored(store: Store):
    item = an_item(text="Moon \ud800 \U0010ffff '; DROP TABLE items; --", metrics={"huge": 1e308, "neg": -0.0})
    item = replace(item, author=replace(item.author, followers=10**30, name="\udfff"))
    save(store, item)
    assert save(store, item) == Saved(duplicates=1)
    (found,) = all_of(store)
    assert found.item.text == "Moon \ufffd \U0010ffff '; DROP TABLE items; --"
    assert (found.item.author.followers, found.item.author.name) == (2**63 - 1, "\ufffd")


def test_what_was_covered_is_merged_and_fills_gaps(store: Store):
    def at(hour: float):
        return NOON + hour * HOUR

    down = Gap(Interval(at(0), at(10)), GapCause.DOWN)
    state = TargetState(BLOGS, State.FAILING)
    store.finish_poll(PollReport(BLOGS, NOON, State.FAILING), state, [down])
    store.finish_poll(PollReport(BLOGS, NOON, State.FAILING), state, [Gap(Interval(at(5), at(12)), GapCause.BLOCKED)])
    assert gaps_of(store) == (down, Gap(Interval(at(10), at(12)), GapCause.BLOCKED))
    save(store, covered=Interval(at(2), at(4)))
    save(store, covered=Interval(at(4), at(6)), gaps=(Gap(Interval(at(1), at(3)), GapCause.OVERFLOW),))
    gaps = [(g.interval.start, g.interval.end, g.cause) for g in gaps_of(store)]
    assert gaps == [
        (at(0), at(2), GapCause.DOWN),
        (at(6), at(10), GapCause.DOWN),
        (at(10), at(12), GapCause.BLOCKED),
    ]
    assert store.covered(at(3), at(20)) == {BLOGS: (Interval(at(3), at(6)),), OTHER: ()}
    assert store.gaps(at(1), at(7)) == {
        BLOGS: (Gap(Interval(at(1), at(2)), GapCause.DOWN), Gap(Interval(at(6), at(7)), GapCause.DOWN))
    }


SPANS = st.tuples(st.integers(0, 20), st.integers(0, 20), st.sampled_from(["cover", "down", "budget"]))


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(SPANS, max_size=12))
def test_every_hour_is_covered_or_in_one_gap_or_in_neither_as_it_was_told(spans):
    store = store_in_memory()
    store.add_targets([BLOGS], NOON)
    covered, missing = set(), {}
    for start, end, what in spans:
        interval, hours = Interval(NOON + start * HOUR, NOON + end * HOUR), set(range(start, end))
        if what == "cover":
            save(store, covered=interval)
            covered |= hours
            missing = {hour: cause for hour, cause in missing.items() if hour not in hours}
        else:
            save(store, gaps=(Gap(interval, GapCause(what)),))
            missing = dict.fromkeys(hours - covered, what) | missing
    found = store.covered(NOON, NOON + DAY)[BLOGS]
    gaps = gaps_of(store)
    assert [h for h in range(20) if any(i.start <= NOON + h * HOUR < i.end for i in found)] == sorted(covered)
    for hour in range(20):
        causes = [g.cause.value for g in gaps if g.interval.start <= NOON + hour * HOUR < g.interval.end]
        assert causes == ([missing[hour]] if hour in missing else [])
    store.close()


def test_a_finished_poll_writes_its_row_and_state_and_gives_the_lease_back(store: Store):
    store.lease(BLOGS, "a", NOON, NOON + HOUR)
    save(store, cursor={"a": 1}, cost=Cost(7, 0.035))
    covered = Interval(NOON - HOUR, NOON)
    report = PollReport(BLOGS, NOON, State.FAILING, 5, 4, 3, 1, Cost(7, 0.035), covered, "Unavailable", "down", NOON)
    state = TargetState(BLOGS, State.FAILING, NOON, {"stale": 1}, NOON + DAY, NOON - DAY, 2, "Unavailable", "down")
    store.finish_poll(report, state, (), owner="a")
    assert state_of(store) == replace(state, cursor={"a": 1}, first_polled=NOON)
    assert store.lease(BLOGS, "b", NOON, NOON + HOUR) is not None
    assert store.polls(NOON, NOON + HOUR) == {"blogs": (1, 1, 7, 0.035)}
    assert store.polls(NOON + HOUR, NOON + DAY) == {}


def test_a_rate_limit_is_not_a_failed_poll(store: Store):
    for state in (State.OK, State.RATE_LIMITED, State.BLOCKED, State.OUT_OF_CREDIT):
        store.finish_poll(PollReport(BLOGS, NOON, state), TargetState(BLOGS, state), ())
    assert store.polls(NOON, NOON + HOUR) == {"blogs": (4, 2, 0, 0.0)}


def test_costs_are_summed_by_source_from_a_time_on(store: Store):
    save(store, cost=Cost(3, 0.1), now=NOON)
    save(store, cost=Cost(4, 0.2), now=NOON + HOUR, target=OTHER)
    assert store.spent("blogs", NOON) == Cost(7, pytest.approx(0.3))
    assert store.spent("blogs", NOON + HOUR) == Cost(4, 0.2)
    assert store.spent("x", NOON) == Cost()


def test_a_source_is_paused_and_resumed_with_all_its_targets(store: Store):
    assert store.set_paused("blogs", True, NOON) == 2
    assert store.set_paused("blogs", True, NOON + HOUR) == 2
    store.finish_poll(PollReport(BLOGS, NOON, State.OK), TargetState(BLOGS, State.OK, last_success=NOON), ())
    assert {(s.state, s.since) for s in store.target_states()} == {(State.PAUSED, NOON)}
    assert store.set_paused("blogs", False, NOON + DAY) == 2
    assert [(s.state, s.next_poll_at) for s in store.target_states()] == [
        (State.NEW, NOON + DAY),
        (State.OK, NOON + DAY),
    ]
    assert store.set_paused("nobody", True, NOON) == 0


def test_story_candidates_are_recent_items_with_their_story_oldest_first(store: Store):
    save(store, an_item(1), now=NOON - 20 * DAY)
    save(store, an_item(3), an_item(2), subjects=("moon", "sun"), now=NOON)
    assert list(store.story_candidates(NOON - DAY)) == [("s1", an_item(3), NOON), ("s1", an_item(2), NOON)]


def test_story_candidates_come_once_each_however_many_pages_and_subjects_they_fill(store: Store):
    polls = [(NOON + n * HOUR, range(n * 300, n * 300 + 300)) for n in range(5)]
    for at, numbers in polls:
        save(store, *map(an_item, numbers), subjects=("moon", "sun"), now=at)
    again = an_item(7)  # found for a third subject later: it was collected when it was first found
    store.save_page(BLOGS, Page(items=(again,)), [a_mention(again, "star", NOON + 9 * HOUR)], NOON, NOON + HOUR)
    store.save_page(BLOGS, Page(items=(replace(an_item(3), removed=True),)), [], NOON, NOON + HOUR)
    found = [(item.key, seen) for _, item, seen in store.story_candidates(NOON - DAY)]
    assert found == [(an_item(n).key, at) for at, numbers in polls for n in numbers if n != 3]
    late = [item.key for _, item, _ in store.story_candidates(NOON + 4 * HOUR)]
    assert late == [*(an_item(n).key for n in polls[-1][1]), again.key]


def test_a_story_that_was_joined_to_another_gives_it_its_mentions(store: Store):
    mentions = [replace(a_mention(an_item(n), "moon", NOON), story=f"s{n}") for n in (1, 2, 3)]
    store.save_page(BLOGS, Page(items=tuple(mention.item for mention in mentions)), mentions, NOON, NOON + HOUR)
    for _ in range(2):
        store.join_stories([("s3", "s2"), ("s2", "s1")])
        assert [story for story, _, _ in store.story_candidates(NOON - DAY)] == ["s1", "s1", "s1"]
    store.join_stories([])


ACTIONS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["Moon rises", "Moon falls again", "Sun"]), st.sampled_from([BLOGS, OTHER])),
    min_size=1,
    max_size=8,
)  # fmt: skip


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ACTIONS)
def test_repeating_any_page_at_once_changes_nothing(pages):
    store = store_in_memory()
    store.add_targets([BLOGS, OTHER], NOON)
    for number, text, target in pages:
        subjects = [s for s in ("moon", "sun") if s in text.casefold()]
        save(store, an_item(number, text=text), subjects=subjects, target=target)
        once = all_of(store)
        assert save(store, an_item(number, text=text), subjects=subjects, target=target).new == 0
        assert all_of(store) == once
    assert len({m.item.key for m in all_of(store)}) <= 3
    store.close()
