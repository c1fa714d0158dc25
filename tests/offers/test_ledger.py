from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Offer, OfferKind, Reason, Usage
from bot.offers.ledger.judge import judge, resolve_placement, since_in_zone

START = datetime(2026, 3, 1, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
OFFER = Offer(
    id="truffle",
    name="Free truffle",
    kind=OfferKind.CODE_PHRASE,
    code="the truffle's on us",
    placements=("blog", "shop"),
    starts=START,
    ends=END,
    cap=100,
    per_customer=1,
    per_code=50,
    per_day=10,
    per_week=40,
)
UNUSED = Usage()
SPENT = Usage(offer=100, code=50, customer=1, day=10, week=40)


def verdict(
    offer: Offer = OFFER,
    usage: Usage = UNUSED,
    now: datetime = NOON,
    placement: str | None = "shop",
    issued_for: str | None = None,
    customer: str | None = "c",
) -> Reason | None:
    return judge(offer, usage, placement=placement, issued_for=issued_for, customer=customer, at=now)


def test_an_offer_that_runs_and_has_room_is_redeemed() -> None:
    assert verdict() is None


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (START - timedelta(microseconds=1), Reason.NOT_STARTED),
        (START, None),
        (END - timedelta(microseconds=1), None),
        (END, Reason.EXPIRED),
    ],
)
def test_it_runs_from_its_start_up_to_but_not_including_its_end(now: datetime, reason: Reason | None) -> None:
    assert verdict(now=now) is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"offer": 100}, Reason.OFFER_CAP),
        ({"code": 50}, Reason.USED_UP),
        ({"customer": 1}, Reason.CUSTOMER_CAP),
        ({"day": 10}, Reason.DAY_CAP),
        ({"week": 40}, Reason.WEEK_CAP),
        ({"offer": 99, "code": 49, "customer": 0, "day": 9, "week": 39}, None),
    ],
)
def test_each_cap_refuses_the_use_after_the_last(changes: dict[str, int], reason: Reason | None) -> None:
    assert verdict(usage=replace(Usage(), **changes)) is reason


def test_what_lasts_is_named_before_what_passes() -> None:
    wrong = {"usage": SPENT, "placement": "moon"}
    assert verdict(replace(OFFER, disabled=True), now=END, **wrong) is Reason.DISABLED
    assert verdict(now=END, **wrong) is Reason.EXPIRED
    assert verdict(now=START - timedelta(days=1), **wrong) is Reason.NOT_STARTED
    assert verdict(**wrong) is Reason.WRONG_PLACEMENT
    assert verdict(usage=SPENT) is Reason.USED_UP
    assert verdict(usage=replace(SPENT, code=0)) is Reason.OFFER_CAP
    assert verdict(usage=replace(SPENT, code=0, offer=0)) is Reason.CUSTOMER_CAP
    assert verdict(usage=replace(SPENT, code=0, offer=0, customer=0)) is Reason.WEEK_CAP
    assert verdict(usage=Usage(day=10)) is Reason.DAY_CAP


def test_caps_that_are_not_set_do_not_limit() -> None:
    open_offer = Offer(id="o", name="O", kind=OfferKind.CODE_PHRASE, code="o")
    assert verdict(open_offer, Usage(*[10**9] * 5), placement=None, customer=None) is None


def test_a_unique_code_works_once_unless_it_says_otherwise() -> None:
    offer = Offer(id="o", name="O", kind=OfferKind.UNIQUE_CODES)
    assert verdict(offer, Usage(code=1)) is Reason.USED_UP
    assert verdict(replace(offer, per_code=2), Usage(code=1)) is None


def test_a_cap_of_zero_lets_nobody_in() -> None:
    assert verdict(replace(OFFER, cap=0)) is Reason.OFFER_CAP


def test_a_customer_who_is_not_known_cannot_have_had_his_share() -> None:
    assert verdict(usage=Usage(customer=5), customer=None) is None


def test_a_code_issued_for_one_placement_is_refused_at_another() -> None:
    assert verdict(placement="blog", issued_for="shop") is Reason.WRONG_PLACEMENT
    assert verdict(placement="shop", issued_for="shop") is None


def test_the_placement_is_what_was_said_in_its_configured_spelling_else_what_is_known() -> None:
    assert resolve_placement(OFFER, " SHOP ", None) == "shop"
    assert resolve_placement(OFFER, "moon", None) == "moon"
    assert resolve_placement(OFFER, None, "blog") == "blog"
    assert resolve_placement(OFFER, "", None) is None
    assert resolve_placement(replace(OFFER, placements=("shop",)), None, None) == "shop"


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "day", "week"),
    [
        # Sunday 29 March 2026: the clock jumps from 2 to 3; the week began in winter time
        ("2026-03-29T12:00+00:00", "2026-03-28T23:00+00:00", "2026-03-22T23:00+00:00"),
        ("2026-03-30T12:00+00:00", "2026-03-29T22:00+00:00", "2026-03-29T22:00+00:00"),
        # Sunday 25 October 2026: 3 becomes 2; both 02:30s are the same day
        ("2026-10-25T00:30+00:00", "2026-10-24T22:00+00:00", "2026-10-18T22:00+00:00"),
        ("2026-10-25T01:30+00:00", "2026-10-24T22:00+00:00", "2026-10-18T22:00+00:00"),
        ("2026-10-26T00:00+00:00", "2026-10-25T23:00+00:00", "2026-10-25T23:00+00:00"),
    ],
)
def test_days_and_weeks_begin_at_local_midnight_over_clock_changes(now: str, day: str, week: str) -> None:
    since = since_in_zone(datetime.fromisoformat(now), BERLIN)
    assert (since.day, since.week) == (datetime.fromisoformat(day), datetime.fromisoformat(week))


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 bounds are naive
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"]),
)
def test_now_is_in_its_day_and_its_day_in_its_week(now: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    since = since_in_zone(now, zone)
    assert since.week <= since.day <= now
    assert now - since.day <= timedelta(hours=25)
    assert since.day.astimezone(zone).date() == now.astimezone(zone).date()
    assert since.week.astimezone(zone).weekday() == 0
    before = (since.day - timedelta(microseconds=1)).astimezone(zone).date()
    assert before < now.astimezone(zone).date()
