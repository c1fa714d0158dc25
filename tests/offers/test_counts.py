from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from bot.model import CountStatus, EventKind, Match, Offer, OfferCount, OfferEvent, OfferKind, Reason, Window
from bot.offers.counting.counts import NOT_SAID, as_of, cap_remaining, count_offers, todays_windows
from bot.offers.counting.rates import poisson_interval, rate_in_words
from tests.support.fold import fold

ZONE = "Europe/Berlin"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


START = local("2026-03-01")
WINDOW = Window(local("2026-03-30"), local("2026-03-31"), ZONE)  # a Monday, the day after the clock changed
PREVIOUS = Window(local("2026-03-29"), local("2026-03-30"), ZONE)
AFTER = WINDOW.end + timedelta(hours=8)
OFFER = Offer(
    id="t", name="Truffle", kind=OfferKind.CODE_PHRASE, code="t", placements=("blog", "shop"), starts=START, cap=100
)


def event(
    number: int, at: datetime, kind: EventKind = EventKind.REDEEMED, placement: str | None = "shop", **more
) -> OfferEvent:
    return OfferEvent(
        id=f"e{number}", offer=more.pop("offer", "t"), kind=kind, at=at, code="t", placement=placement, **more
    )


def rows(
    events: list[OfferEvent], *, now: datetime = AFTER, offer: Offer = OFFER, **more: Any
) -> dict[str | None, OfferCount]:
    tallies = fold(events, ZoneInfo(ZONE), as_of(WINDOW, now))
    counted = count_offers([offer], tallies, window=WINDOW, previous=PREVIOUS, now=now, **more)
    return {row.placement: row for row in counted}


@pytest.mark.parametrize(
    ("count", "days", "rate", "low", "high"),
    [(61, 30, 2.03, 1.58, 2.61), (9, 14, 0.64, 0.29, 1.22), (0, 14, 0.0, 0.0, 0.26)],
)
def test_the_interval_gives_the_worked_examples_of_the_specification(count, days, rate, low, high) -> None:
    found = poisson_interval(count, days)
    assert (round(count / days, 2), round(found[0], 2), round(found[1], 2)) == (rate, low, high)


@pytest.mark.parametrize("mean", [0.5, 1, 2, 5, 8, 12, 20, 40, 60])
def test_the_interval_covers_what_it_promises(mean: float) -> None:
    covered = 0.0
    for count in range(300):
        low, high = poisson_interval(count, 1)
        covered += float(poisson.pmf(count, mean)) * (low <= mean <= high)
    assert covered >= 0.92


@given(st.integers(0, 10_000), st.integers(1, 1000))
def test_an_interval_holds_its_rate_and_grows_with_the_count(count: int, days: int) -> None:
    low, high = poisson_interval(count, days)
    assert 0 <= low <= count / days < high
    assert poisson_interval(count + 1, days)[1] > high or count == 9  # where exact hands over to score


@pytest.mark.parametrize(
    ("count", "days", "words"),
    [
        (0, 3, "none yet"),
        (0, 14, "none in 14 days, at most 0.26 a day"),
        (4, 30, "too few to say"),
        (50, 6, "too few to say"),
        (9, 14, "0.64 a day [0.29, 1.22]"),
        (61, 30, "2.0 a day [1.6, 2.6]"),
    ],
)
def test_the_verdict_says_no_more_than_the_count_bears(count: int, days: int, words: str) -> None:
    assert rate_in_words(count, days) == words


def test_counts_stand_as_of_the_windows_end_and_tell_day_week_and_before_apart() -> None:
    events = [
        event(1, local("2026-03-05T10:00")),
        event(2, local("2026-03-29T00:00")),  # the first instant of the day before
        event(3, local("2026-03-29T23:59")),
        event(4, local("2026-03-30T00:00")),  # the first instant of the window
        event(5, local("2026-03-30T23:59"), placement="blog"),
        event(6, local("2026-03-31T00:00")),  # tomorrow's
    ]
    found = rows(events)
    whole = found[None]
    assert (whole.today, whole.this_week, whole.in_window, whole.previous_window, whole.total) == (2, 2, 2, 2, 5)
    assert (found["shop"].total, found["blog"].total) == (4, 1)
    assert whole.cap_remaining == 95
    assert found["shop"].cap_remaining is None
    assert whole.days_live == 30
    assert whole.per_day == pytest.approx(5 / 30)
    assert whole.verdict == "0.17 a day [0.05, 0.39]"


def test_a_count_is_provisional_until_its_last_local_day_is_over() -> None:
    assert rows([], now=WINDOW.end - timedelta(seconds=1))[None].status == "provisional"
    assert rows([], now=WINDOW.end)[None].status == "final"


def test_while_the_window_is_open_what_happened_this_very_moment_counts() -> None:
    now = local("2026-03-30T12:00")
    found = rows([event(1, now), event(2, now + timedelta(seconds=1))], now=now)
    assert found[None].today == found[None].total == 1


def test_what_was_given_back_does_not_count_and_frees_the_cap() -> None:
    at = local("2026-03-30T10:00")
    found = rows(
        [
            event(1, at),
            event(2, at),
            event(3, at + timedelta(hours=1), EventKind.ROLLED_BACK, refers_to="e1"),
            event(4, at, EventKind.REFUSED, reason=Reason.DAY_CAP),
        ]
    )
    assert (found[None].total, found[None].rolled_back, found[None].refused) == (1, 1, 1)
    assert found[None].cap_remaining == 99


def test_redemptions_without_a_placement_have_a_row_of_their_own() -> None:
    found = rows([event(1, local("2026-03-30T10:00"), placement=None)])
    assert found[NOT_SAID].total == 1
    assert found["shop"].total == 0
    assert NOT_SAID not in rows([event(1, local("2026-03-30T10:00"))])


def test_an_offer_without_placements_is_one_row() -> None:
    plain = Offer(id="t", name="T", kind=OfferKind.CODE_PHRASE, code="t")
    assert list(rows([event(1, local("2026-03-30T10:00"), placement=None)], offer=plain)) == [None]


def test_a_made_up_placement_gets_no_row_for_being_refused() -> None:
    found = rows([event(number, START, EventKind.REFUSED, placement=f"moon {number}") for number in range(5)])
    assert set(found) == {None, "blog", "shop", NOT_SAID}
    assert found[NOT_SAID].refused == found[None].refused == 5


def test_events_of_other_offers_and_of_nobodys_codes_are_left_out() -> None:
    found = rows([event(1, START, offer="other"), event(2, START, EventKind.REFUSED, offer="")])
    assert (found[None].total, found[None].refused) == (0, 0)


@pytest.mark.parametrize(
    ("starts", "ends", "days", "verdict"),
    [
        (WINDOW.end, None, 0, "not started"),
        (WINDOW.start, None, 1, "none yet"),
        (local("2026-03-30T23:30"), None, 1, "none yet"),
        (START, START + timedelta(days=7), 7, "none in 7 days, at most 0.53 a day"),
        (START, None, 30, "none in 30 days, at most 0.12 a day"),
    ],
)
def test_days_live_are_local_days_from_start_to_end(starts, ends, days, verdict) -> None:
    offer = Offer(id="t", name="T", kind=OfferKind.CODE_PHRASE, code="t", starts=starts, ends=ends)
    row = rows([], offer=offer)[None]
    assert (row.days_live, row.verdict) == (days, verdict)
    assert (row.per_day is None) == (days == 0)


@pytest.mark.parametrize("events", [[], [event(1, local("2026-03-10T23:00"), placement=None)]])
def test_an_offer_without_a_start_has_no_rate_for_nobody_knows_its_idle_days(events: list[OfferEvent]) -> None:
    offer = Offer(id="t", name="T", kind=OfferKind.CODE_PHRASE, code="t")
    row = rows(events, offer=offer)[None]
    assert (row.total, row.days_live, row.per_day, row.low, row.high) == (len(events), None, None, None, None)
    assert row.verdict == "set ‘starts’ for a rate"


def test_today_is_as_long_as_its_clock_says() -> None:
    today, yesterday = todays_windows(local("2026-03-29T12:00"), ZONE)
    assert (today.start, today.end) == (local("2026-03-29"), local("2026-03-30"))
    assert today.end - today.start == timedelta(hours=23)
    assert (yesterday.start, yesterday.end) == (local("2026-03-28"), today.start)


MOMENTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 2), timezones=st.just(UTC))  # noqa: DTZ001 bounds are naive
PLACES = st.sampled_from(["blog", "shop", "moon", None])
HAPPENED = st.lists(st.tuples(MOMENTS, PLACES, st.sampled_from(["redeemed", "refused", "back"])), max_size=40)


@given(HAPPENED, MOMENTS)
def test_a_total_is_the_sum_of_its_placements_and_the_fold_of_its_events(happened, now: datetime) -> None:
    events: list[OfferEvent] = []
    for number, (at, place, what) in enumerate(sorted(happened, key=lambda entry: entry[0])):
        given_back = {entry.refers_to for entry in events}
        open_ones = [e for e in events if e.kind is EventKind.REDEEMED and e.id not in given_back]
        if what == "back" and open_ones:
            events.append(event(number, at, EventKind.ROLLED_BACK, open_ones[0].placement, refers_to=open_ones[0].id))
        elif what != "back":
            events.append(event(number, at, EventKind(what), place))
    found = rows(events, now=now)
    whole = found.pop(None)
    for figure in ("today", "this_week", "total", "in_window", "previous_window", "refused", "rolled_back"):
        assert sum(getattr(row, figure) for row in found.values()) == getattr(whole, figure)
    returned = {entry.refers_to for entry in events}
    told = [e for e in events if e.at <= now and e.at < WINDOW.end and e.kind is EventKind.REDEEMED]
    assert whole.total == sum(e.id not in returned for e in told)
    assert whole.rolled_back == sum(e.id in returned for e in told)
    assert whole.today <= whole.this_week <= whole.total


# What a shop counted itself, and what may still change.


def match(day: str, status: CountStatus, mismatch: int | None = None, placement: str | None = None) -> Match:
    return Match("t", "crumbs", date.fromisoformat(day), 0, 0, status, placement=placement, mismatch=mismatch)


MONDAY = [event(1, local("2026-03-30T10:00")), event(2, local("2026-03-30T10:00"), placement="blog")]
SUNDAY = event(3, local("2026-03-29T10:00"))


def test_today_is_provisional_while_it_lasts_and_the_days_before_are_not() -> None:
    whole = rows([*MONDAY, SUNDAY], now=local("2026-03-30T12:00"))[None]
    assert (whole.status, whole.provisional, whole.total, whole.mismatch) == ("provisional", 2, 3, None)
    assert [(day.day.day, day.redeemed, day.status) for day in whole.days] == [(29, 1, "final"), (30, 2, "provisional")]


def test_a_shop_that_lags_makes_its_days_provisional_where_it_counts() -> None:
    found = rows([*MONDAY, SUNDAY], matches=[match("2026-03-30", CountStatus.PROVISIONAL, 1, "shop")])
    assert {name: (row.status, row.provisional) for name, row in found.items()} == {
        None: ("provisional", 2), "shop": ("provisional", 1), "blog": ("final", 0),
    }  # fmt: skip
    assert found[None].window_status == "provisional"


def test_a_mismatch_outweighs_all_and_says_how_many() -> None:
    found = rows(
        [*MONDAY, SUNDAY],
        matches=[
            match("2026-03-29", CountStatus.MISMATCH, 2, "shop"),
            match("2026-03-29", CountStatus.MISMATCH, 1, "blog"),
            match("2026-03-30", CountStatus.PROVISIONAL, 1, "shop"),
        ],
    )
    assert {name: (row.status, row.mismatch) for name, row in found.items()} == {
        None: ("mismatch", 3), "shop": ("mismatch", 2), "blog": ("mismatch", 1),
    }  # fmt: skip
    assert found["blog"].days[0].redeemed == 0  # the shop counted one where we have none
    assert {name: row.window_status for name, row in found.items()} == {
        None: "provisional", "shop": "provisional", "blog": "final",
    }  # fmt: skip


def test_a_shop_that_does_not_say_where_leaves_every_placement_open() -> None:
    found = rows(MONDAY, matches=[match("2026-03-30", CountStatus.MISMATCH, 1)])
    assert {name: (row.status, row.mismatch) for name, row in found.items()} == {
        None: ("mismatch", 1), "shop": ("provisional", None), "blog": ("provisional", None),
    }  # fmt: skip


def test_what_a_shop_says_of_days_after_the_window_or_of_other_offers_changes_no_word() -> None:
    others = replace(match("2026-03-30", CountStatus.MISMATCH, 5), offer="other")
    whole = rows(MONDAY, matches=[match("2026-03-31", CountStatus.MISMATCH, 4), others])[None]
    assert (whole.status, whole.mismatch) == ("final", None)


def test_an_agreement_about_a_day_without_redemptions_is_no_row() -> None:
    assert rows([], matches=[match("2026-03-30", CountStatus.FINAL)])[None].days == ()


def test_what_is_held_takes_from_what_is_left_and_counts_as_nothing_else() -> None:
    found = rows(MONDAY, held={("t", "shop"): 3, ("t", None): 1, ("gone", None): 9})
    whole = found[None]
    assert (whole.held, whole.total, whole.cap_remaining) == (4, 2, 94)
    assert (found["shop"].held, found["blog"].held, found[NOT_SAID].held) == (3, 0, 1)


WORDS = st.sampled_from(list(CountStatus))
MATCHES = st.lists(
    st.tuples(st.dates(date(2026, 3, 25), date(2026, 4, 1)), WORDS, st.sampled_from([None, "shop", "blog"])), max_size=6
)


@given(HAPPENED, MATCHES, MOMENTS)
def test_a_row_is_the_sum_of_its_days_and_has_the_word_of_the_worst(happened, told, now: datetime) -> None:
    events = [event(n, at, EventKind(what), place) for n, (at, place, what) in enumerate(happened) if what != "back"]
    matches = [
        Match("t", "crumbs", day, 0, 0, status, placement=place, mismatch=2 if status == "mismatch" else None)
        for day, status, place in told
    ]
    for row in rows(events, now=now, matches=matches).values():
        words = [day.status for day in row.days]
        assert sum(day.redeemed for day in row.days) == row.total
        assert sum(day.redeemed for day in row.days if day.status == "provisional") == row.provisional
        assert (row.mismatch is None) == ("mismatch" not in words) == (row.status != "mismatch")
        if now < WINDOW.end:
            assert row.status != "final"
        elif row.status == "final":
            assert set(words) <= {CountStatus.FINAL}


GAPS = (date(2026, 3, 10), date(2026, 3, 30))
"""Days of which not all was told: one long ago, and the window's own."""


def test_days_with_a_gap_in_reporting_are_no_part_of_the_rate_and_what_was_told_of_them_is_in_the_count() -> None:
    each_day = [event(day, local(f"2026-03-{day:02}T12:00")) for day in range(1, 31)]
    more = [event(100 + number, local("2026-03-10T13:00")) for number in range(20)]
    whole = rows([*each_day, *more], offer=replace(OFFER, gaps=GAPS))[None]
    assert (whole.total, whole.cap_remaining, whole.days_live, whole.gap_days) == (50, 50, 30, 2)
    assert whole.per_day == pytest.approx(28 / 28)
    assert (whole.low, whole.high) == pytest.approx(poisson_interval(28, 28))
    assert whole.verdict == rate_in_words(28, 28)


def test_a_window_with_a_gap_is_not_final_however_little_was_told_of_it() -> None:
    offer = replace(OFFER, gaps=GAPS)
    for row in rows([], offer=offer).values():
        assert (row.in_window, row.window_status, row.status) == (0, "provisional", "provisional")
        assert [(day.day, day.redeemed, day.status, day.gap) for day in row.days] == [
            (day, 0, CountStatus.PROVISIONAL, True) for day in GAPS
        ]
    before = rows([], offer=replace(OFFER, gaps=GAPS[:1]))[None]
    assert (before.window_status, before.status, before.provisional) == ("final", "provisional", 0)


def test_a_gap_while_the_offer_was_not_live_is_none_and_a_mismatch_outweighs_one() -> None:
    outside = replace(OFFER, gaps=(date(2026, 2, 28), date(2026, 3, 31)))
    assert [(row.gap_days, row.status) for row in rows([], offer=outside).values()] == [(0, "final")] * 3
    ended = replace(OFFER, ends=local("2026-03-30"), gaps=GAPS)
    assert rows([], offer=ended)[None].gap_days == 1
    future = replace(OFFER, starts=local("2026-05-01"), gaps=GAPS)
    assert rows([], offer=future)[None].gap_days == 0
    alone = replace(OFFER, starts=local("2026-03-30"), gaps=GAPS[1:])
    assert (rows([], offer=alone)[None].per_day, rows([], offer=alone)[None].verdict) == (
        None,
        "no day was told in full",
    )
    theirs = Match("t", "pos", GAPS[1], 0, 3, CountStatus.MISMATCH, mismatch=3)
    assert rows([], offer=replace(OFFER, gaps=GAPS), matches=[theirs])[None].window_status == "mismatch"


@pytest.mark.parametrize(("used", "held", "left"), [(0, 0, 5), (2, 1, 2), (4, 1, 0), (5, 3, 0)])
def test_what_is_left_of_a_cap_is_without_what_is_held_and_never_under_nought(used: int, held: int, left: int) -> None:
    assert cap_remaining(5, used, held) == left
