"""Which offer works better: what is compared, what is refused, and what is said."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from bot.model import Answer, Comparison, EventKind, Exposure, Offer, OfferEvent, OfferKind, Reason
from bot.offers.verdicts.arms import NO_LEAKS, Leaks, Side
from bot.offers.verdicts.comparison import compare
from bot.offers.verdicts.shapes import comparison_shape
from tests.offers.verdicts.ledgers import (
    START,
    ZONE,
    A,
    B,
    after,
    given_back,
    histories,
    local,
    offer,
    redemptions,
    refused,
    with_purchases,
)

DAY = timedelta(days=1)


def compared(
    events: list[OfferEvent], days: int, a: Offer = A, b: Offer = B, *, leaks: Leaks = NO_LEAKS, pairs: int = 1
) -> Comparison:
    held = histories(events, after(days), leaks)
    return compare(Side(a), Side(b), held, now=after(days), zone=ZONE, pairs=pairs, leaks=leaks)


def drawn(rate: float, days: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).poisson(rate, days).tolist()


def both(rate_a: float, rate_b: float, days: int = 200) -> list[OfferEvent]:
    return redemptions("truffle", drawn(rate_a, days, 1)) + redemptions("brownie", drawn(rate_b, days, 2))


def test_a_clear_winner_is_named_and_stays_named_while_figures_go_on() -> None:
    events = both(4, 1)
    first = compared(events, 30)
    later = compared(events, 120)
    assert (first.answer, first.better, first.settled_on) == (Answer.BETTER, "truffle", later.settled_on)
    assert first.p <= 0.05
    assert later.days == 120
    assert first.sentences[0] == "Truffle works better than Brownie."
    assert "at most once in 20 times, however often one looks" in first.sentences[1]


def test_the_winner_is_the_same_from_either_side() -> None:
    events = both(4, 1)
    one, other = compared(events, 60), compared(events, 60, B, A)
    assert (one.better, one.settled_on, one.evidence) == (other.better, other.settled_on, pytest.approx(other.evidence))
    assert one.difference is not None
    assert other.difference is not None
    assert one.difference.value == -other.difference.value


def test_where_nothing_is_settled_it_says_cannot_tell_and_never_no_difference() -> None:
    found = compared(both(2, 1.8), 40)
    text = " ".join(found.sentences)
    assert found.answer is Answer.CANNOT_TELL
    assert found.sentences[0] == "Cannot tell yet whether Truffle or Brownie works better."
    assert "no difference" not in text.lower()
    assert re.search(r"about [\d,]+ more days to tell|not be settled within two years", text)


def test_no_ratio_is_told_before_the_planned_end_and_the_reason_is() -> None:
    a, b = (replace(one, review_after=30 * DAY) for one in (A, B))
    events = both(2, 1)
    before, at_end = compared(events, 29, a, b), compared(events, 30, a, b)
    assert before.at_end is None
    assert any("How many times better is told when the plan ends, on 31 Mar 2026" in line for line in before.sentences)
    assert at_end.at_end is not None
    assert at_end.at_end.days == 30
    assert compared(events, 90, a, b).at_end == at_end.at_end, "later days are not of the plan"


def test_too_few_are_not_judged_and_more_days_are_named() -> None:
    found = compared(redemptions("truffle", [1, 0, 1, 0] * 5) + redemptions("brownie", [0, 0, 0, 1] * 5), 12)
    assert found.answer is Answer.TOO_FEW
    assert (found.why, found.better) == ("only 9 redemptions so far on both sides together", None)
    assert found.more_days is not None
    assert any(f"about {found.more_days:,} more days" in line for line in found.sentences)
    assert compared(both(20, 18), 3).why == "only 3 days so far"


def test_nothing_at_all_is_too_few_and_names_no_time() -> None:
    found = compared([], 30)
    assert (found.answer, found.more_days, found.evidence, found.p) == (Answer.TOO_FEW, None, 1.0, 1.0)
    assert found.a.per_redemption.value is None
    assert found.a.per_redemption.why == "nothing was redeemed"


def test_today_does_not_count_before_it_is_over() -> None:
    events = redemptions("truffle", [0] * 30 + [500]) + redemptions("brownie", [1] * 31)
    now = after(30, hour=23)
    found = compare(Side(A), Side(B), histories(events, now), now=now, zone=ZONE)
    assert (found.days, found.a.redeemed) == (30, 0)


def test_one_after_the_other_is_not_a_comparison() -> None:
    a = replace(A, ends=local(START + 31 * DAY))
    b = replace(B, starts=local(START + 31 * DAY))
    found = compared(both(4, 1), 90, a, b)
    assert found.answer is Answer.NOT_COMPARABLE
    assert "Truffle ran from 1 Mar 2026 to 31 Mar 2026; Brownie ran from 1 Apr 2026 to 29 May 2026" in found.why
    assert "One after the other is not a comparison" in found.why
    assert (found.better, found.difference, found.at_end, len(found.sentences)) == (None, None, None, 1)


def test_one_after_the_other_is_said_before_what_was_not_declared() -> None:
    a = replace(A, ends=local(START + 31 * DAY), exposure=None)
    b = replace(B, starts=local(START + 31 * DAY), experiment="april")
    assert "One after the other is not a comparison" in compared(both(4, 1), 90, a, b).why


def test_an_offer_that_is_used_up_ends_the_comparison_at_its_placements_too() -> None:
    a = replace(A, cap=20, placements=("counter",))
    events = redemptions("truffle", [2] * 10, placement="counter") + redemptions(
        "brownie", [1] * 60, placement="counter"
    )
    found = compare(Side(a, "counter"), Side(B, "counter"), histories(events, after(60)), now=after(60), zone=ZONE)
    assert found.last_day == START + 8 * DAY


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (replace(A, exposure=None), B, 'set exposure = "parallel" or "blocks" for \'truffle\''),
        (replace(A, exposure=None), replace(B, exposure=None), "for 'brownie' and 'truffle'"),
        (replace(A, exposure=Exposure.BLOCKS), B, "exposure or block_days differ"),
        (replace(A, experiment="spring"), B, "different experiments"),
        (replace(A, starts=None), B, "not known since when 'truffle' is live"),
        (replace(A, disabled=True), B, "'truffle' is switched off, and not known since when"),
        (A, A, "cannot be compared with itself"),
    ],
)
def test_what_was_not_declared_comparable_is_refused_with_the_reason(a: Offer, b: Offer, why: str) -> None:
    found = compared(both(4, 1), 60, a, b)
    assert found.answer is Answer.NOT_COMPARABLE
    assert why in found.why


def test_an_offer_that_has_not_started_is_too_few() -> None:
    found = compared([], 60, A, replace(B, starts=after(90)))
    assert (found.answer, found.why) == (Answer.TOO_FEW, "'brownie' has not been live for a whole day yet")


def test_only_days_on_which_both_were_live_count() -> None:
    a, b = replace(A, starts=local(START + 5 * DAY, 15)), replace(B, ends=local(START + 50 * DAY))
    found = compared(both(2, 2), 60, a, b)
    assert (found.first_day, found.last_day, found.days) == (START + 6 * DAY, START + 49 * DAY, 44)
    assert dict(found.left_out)["when only one of them was live"] == 16


def test_days_with_a_gap_in_reporting_or_switched_off_are_left_out_for_both() -> None:
    off = OfferEvent(id="off", offer="brownie", kind=EventKind.DISABLED, at=after(10, 15), code="")
    on = replace(off, id="on", kind=EventKind.ENABLED, at=after(12, 9))
    a = replace(A, gaps=(START + 3 * DAY, START + 11 * DAY))
    events = sorted([*both(2, 2), off, on], key=lambda event: event.at)
    found = compared(events, 30, a)
    assert found.days == 30 - 2 - 2
    assert dict(found.left_out) == {"with a gap in reporting": 2, "when one of them was switched off": 2}
    kept = sum(drawn(2, 30, 1)[day] for day in range(30) if day not in {3, 10, 11, 12})
    assert found.a.redeemed == kept


def test_days_since_a_leak_are_left_out_and_the_figures_with_them_stand_beside() -> None:
    events = redemptions("truffle", drawn(2, 30, 1) + [12] * 30) + redemptions("brownie", drawn(2, 60, 2))
    found = compared(events, 60, leaks=Leaks({"truffle": after(30, 12)}))
    assert (found.days, found.a.after_leak, dict(found.left_out)["since a code leaked"]) == (30, 360, 30)
    assert found.better is None
    assert found.with_leaked is not None
    assert (found.with_leaked.better, found.with_leaked.days) == ("truffle", 60)
    assert any(line.startswith("With the days since the leak counted in") for line in found.sentences)


def test_single_codes_that_leaked_are_left_out_one_by_one() -> None:
    events = both(2, 2)
    clean = next(event.id for event in events if event.offer == "truffle")
    events = [event if event.id == clean else replace(event, code="out") for event in events]
    found = compared(events, 30, leaks=Leaks(codes={"truffle": {"out": local(START)}}))
    assert found.days == 30
    assert found.a.redeemed + found.a.after_leak == sum(drawn(2, 200, 1)[:30])
    assert found.a.redeemed == 1
    assert found.with_leaked is not None


def test_what_was_given_back_never_counted() -> None:
    events = both(2, 2)
    undone = [given_back(event, after(40)) for event in events if event.offer == "truffle"]
    assert compared(sorted(events + undone, key=lambda event: event.at), 60).a.redeemed == 0


def test_what_is_told_for_later_than_now_does_not_count() -> None:
    assert compared(both(2, 2), 10).days == 10


def test_a_reached_cap_spoils_the_comparison_only_where_the_other_has_another() -> None:
    capped = replace(A, per_day=2)
    events = [*both(2, 2), refused("truffle", 4), refused("truffle", 9)]
    assert "reached its cap on 2 of these days" in compared(events, 30, capped).why
    assert compared(events, 30, capped, replace(B, per_day=2)).answer is not Answer.NOT_COMPARABLE
    other = [*both(2, 2), refused("truffle", 4, Reason.CUSTOMER_CAP)]
    assert compared(other, 30, capped).answer is not Answer.NOT_COMPARABLE


def test_an_offer_that_is_used_up_is_no_longer_live() -> None:
    a = replace(A, cap=30)
    events = redemptions("truffle", [3] * 10) + redemptions("brownie", [1] * 60)
    found = compared(events, 60, a)
    assert (found.days, found.last_day) == (9, START + 8 * DAY)


def test_blocks_are_compared_whole() -> None:
    a, b = (replace(one, exposure=Exposure.BLOCKS, block_days=2) for one in (A, B))
    events = redemptions("truffle", [4, 0] * 40) + redemptions("brownie", [0, 1, 2, 0] * 20)
    found = compared(events, 61, a, b)
    assert (found.days, found.days_in_block, found.better) == (60, 2, "truffle")
    assert dict(found.left_out) == {"in a block that is not complete": 1}
    assert found.difference is not None
    assert found.difference.value == pytest.approx((4 - 1.5) / 2)
    with_gap = compared(events, 61, replace(a, gaps=(START + DAY,)), b)
    assert with_gap.days == 58
    apart = compared(events, 61, a, replace(b, starts=local(START + DAY)))
    assert "in blocks both must start on the same day" in apart.why


def test_the_one_look_at_the_end_counts_in_blocks_where_the_comparison_does() -> None:
    a, b = (replace(one, exposure=Exposure.BLOCKS, review_after=31 * DAY) for one in (A, B))
    events = redemptions("truffle", [4, 0] * 40) + redemptions("brownie", [0, 2] * 40)
    found = compared(events, 60, a, b).at_end
    assert found is not None
    assert (found.days, found.a, found.b) == (30, 60, 30)
    assert found.dispersion == 0, "by the day they would seem to vary wildly"
    assert found.e_test is not None


def test_a_code_that_was_out_before_the_start_leaves_nothing_to_compare() -> None:
    found = compared(both(2, 2), 30, leaks=Leaks({"brownie": local(START)}))
    assert (found.answer, found.days) == (Answer.TOO_FEW, 0)
    assert found.sentences[1:] == (
        "Left out: 30 days since a code leaked.",
        *(line for line in found.sentences if line.startswith("With the days since the leak counted in")),
    )


def test_placements_of_one_offer_are_compared_where_they_are_alike() -> None:
    here = redemptions("truffle", drawn(4, 60, 1), placement="counter")
    there = redemptions("truffle", drawn(1, 60, 2), placement="market") + redemptions("truffle", [1] * 5)
    sides = [Side(replace(A, placements=("counter", "market")), place) for place in ("counter", "market")]
    refusal = compare(*sides, histories(here + there, after(60)), now=after(60), zone=ZONE)
    assert "set placements_alike = true for 'truffle'" in refusal.why
    alike = [replace(side, offer=replace(side.offer, placements_alike=True, exposure=None)) for side in sides]
    found = compare(*alike, histories(here + there, after(60)), now=after(60), zone=ZONE)
    assert (found.better, found.a.undecided, found.a.name) == ("truffle:counter", 5, "Truffle at counter")
    assert any("5 more without a placement are in neither count" in line for line in found.sentences)


def test_costs_and_shares_are_told_or_why_not() -> None:
    events = with_purchases(redemptions("truffle", [2] * 30), 3, new=True) + redemptions("brownie", [1] * 30)
    found = compared(events, 30, A, replace(B, unit_cost=None))
    assert found.a.per_redemption.value == pytest.approx((0.8 * 60 + 30) / 60)
    assert found.a.per_new_customer.value == pytest.approx((0.8 * 60 + 30) / 60)
    assert found.b.per_redemption.why == "unit_cost is not set"
    assert found.b.new is None
    told = compared(events, 30)
    assert told.b.per_new_customer.why == "whether a customer was new was said for 0 of 30 redemptions"


def test_customers_who_came_again_are_a_share_of_those_that_are_known() -> None:
    events = redemptions("truffle", [1] * 30)
    named = [replace(event, customer=f"c{number // 2}") for number, event in enumerate(events[:10])]
    named += [replace(event, customer=f"d{number}") for number, event in enumerate(events[10:15])] + events[15:]
    found = compared(named + redemptions("brownie", [1] * 30), 30)
    assert found.a.repeat is not None
    assert found.a.repeat.value == 0.5
    assert found.b.repeat is None


def test_one_look_or_many_the_verdict_is_the_same_and_so_are_its_words() -> None:
    events = both(2, 1.5)
    assert compared(events, 50) == compared(list(events), 50)


def test_more_pairs_settle_later() -> None:
    events = both(4, 1)
    one, many = compared(events, 60), compared(events, 60, pairs=45)
    assert one.settled_on is not None
    assert many.settled_on is not None
    assert one.settled_on < many.settled_on
    assert many.p == pytest.approx(min(1, one.p * 45))


def test_hostile_names_and_huge_counts_do_no_harm() -> None:
    a = replace(A, name="{why} <script> \u202e %s", currency=None)
    rows = redemptions("truffle", [3000, 1, 2500]) + redemptions("brownie", [1, 3000, 1])
    found = compared(rows, 3, a)
    assert np.isfinite([found.evidence, found.p]).all()
    assert "{why} <script>" in " ".join(found.sentences)


def test_unique_codes_of_an_offer_do_not_switch_it_off_one_by_one() -> None:
    a = replace(A, kind=OfferKind.UNIQUE_CODES, code=None)
    one_code = OfferEvent(id="off", offer="truffle", kind=EventKind.DISABLED, at=after(3), code="abc")
    events = sorted([*both(2, 2), one_code], key=lambda event: event.at)
    assert compared(events, 30, a).days == 30


def test_the_json_shape_is_plain() -> None:
    found = compared(both(2, 1.5), 200, leaks=Leaks({"truffle": after(190)}))
    shape = json.loads(json.dumps(comparison_shape(found), allow_nan=False))
    assert shape["verdict"] in {"better", "cannot_tell_yet"}
    assert shape["first_day"] == "2026-03-01"
    assert shape["left_out"] == [{"why": "since a code leaked", "days": 10}]
    assert set(shape["difference"]) == {"value", "low", "high"}


def test_lines_for_people_are_few() -> None:
    for days in (3, 10, 40, 100, 200):
        assert len(compared(both(2, 1.5), days).sentences) <= 12


def test_an_offer_of_another_experiment_in_the_ledger_changes_nothing() -> None:
    events = both(2, 1.5)
    noise = redemptions("cake", [50] * 60)
    assert compared(events, 60) == compared(events + noise, 60)


def test_offers_made_by_the_helper_are_comparable() -> None:
    assert compared(both(2, 2), 30, offer("truffle"), offer("brownie")).answer is not Answer.NOT_COMPARABLE
