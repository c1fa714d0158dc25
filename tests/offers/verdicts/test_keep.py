"""Whether to keep an offer up: when it is judged, by what, and what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from bot.model import Basis, Estimate, EventKind, KeepVerdict, KeepWord, Offer, OfferEvent, Saturation
from bot.offers.verdicts.arms import NO_LEAKS, History, Leaks, Redeemed
from bot.offers.verdicts.costs import repeat_paid_share
from bot.offers.verdicts.keep import keep
from bot.offers.verdicts.outlook import keep_sentences
from bot.offers.verdicts.saturation import saturation
from bot.offers.verdicts.shapes import keep_shape
from bot.offers.verdicts.validity import planned_end
from bot.ports import DayGroup
from tests.offers.verdicts.ledgers import (
    START,
    ZONE,
    A,
    after,
    given_back,
    histories,
    local,
    redemptions,
    with_purchases,
)

DAY = timedelta(days=1)


def judged(events: list[OfferEvent], days: int, of: Offer = A, leaks: Leaks = NO_LEAKS) -> KeepVerdict:
    return keep(of, histories(events, after(days), leaks)[of.id], now=after(days), zone=ZONE, leaks=leaks)


def paying(every: int, rate: float = 2, days: int = 260, new: bool | None = None) -> list[OfferEvent]:
    return with_purchases(redemptions("truffle", np.random.default_rng(7).poisson(rate, days).tolist()), every, new)


@pytest.mark.parametrize(
    ("day", "checked", "following"), [(28, 28, 42), (41, 28, 42), (42, 42, 56), (181, 168, 182), (182, 182, None)]
)
def test_it_is_judged_on_check_days_and_the_verdict_stands_until_the_next(day: int, checked: int, following) -> None:
    found = judged(paying(3), day)
    assert (found.checked_on, found.next_check) == (
        START + checked * DAY, None if following is None else START + following * DAY
    )  # fmt: skip
    assert found.review_on == START + 182 * DAY
    same = replace(judged(paying(3), checked), day=found.day, sentences=found.sentences)
    assert same == found, "what came after the check day is not looked at"


def test_before_the_first_check_it_is_too_early_however_bad_it_looks() -> None:
    found = judged(redemptions("truffle", []), 27)
    assert (found.word, found.forecast) == (KeepWord.TOO_EARLY, None)
    assert found.sentences == (
        "Too early to judge Truffle: it has run for 27 days.",
        "First check on 29 Mar 2026, review on 30 Aug 2026.",
    )


def test_a_review_date_that_has_passed_is_said_to_have_passed() -> None:
    on_the_day, months_later = judged(paying(3), 182), judged(paying(3), 250)
    assert on_the_day.sentences[1] == "As of 30 Aug 2026, review on 30 Aug 2026."
    assert months_later.sentences[1] == "As of 30 Aug 2026, the review date, 30 Aug 2026, has passed."


def test_nobody_left_is_no_number_of_people_with_a_range() -> None:
    done = replace(judged(paying(3), 182), saturation=Saturation(Estimate(0.2, 0, 0.4)))
    told = keep_sentences(done, START + 182 * DAY)
    assert "First visits have thinned out: hardly anybody more is left to reach." in told
    assert not any("about 0" in one.lower() for one in told)


def test_what_pays_is_kept_and_what_does_not_is_stopped() -> None:
    good, bad = judged(paying(3), 60), judged(paying(40), 60)
    assert (good.word, bad.word) == (KeepWord.KEEP, KeepWord.STOP)
    assert good.forecast is not None
    assert bad.forecast is not None
    assert good.forecast.low < good.forecast.value < good.forecast.high
    assert bad.forecast.value < 0
    assert bad.chance is not None
    assert bad.chance < 0.05
    assert bad.sentences[0].startswith("Stop Truffle: the days left are very unlikely to pay")


def test_a_fading_offer_that_still_pays_is_changed() -> None:
    rates = 9 * np.exp(-0.012 * np.arange(120))
    counts = np.random.default_rng(3).poisson(rates).tolist()
    found = judged(with_purchases(redemptions("truffle", counts), 2), 70)
    assert found.word is KeepWord.CHANGE
    assert "wearing out" in found.sentences[0]


def test_it_is_scaled_up_only_at_the_review_and_only_if_it_brings_new_people() -> None:
    assert judged(paying(2, new=True), 168).word is KeepWord.KEEP
    assert judged(paying(2, new=True), 182).word is KeepWord.SCALE
    assert judged(paying(2), 182).word is KeepWord.KEEP
    assert judged(paying(40), 182).word is KeepWord.STOP


def visits(again: Decimal | None, days_later: int = 7) -> list[OfferEvent]:
    """Nobody is known to be new; each customer comes with a purchase, and again later with this order or none said."""
    events = redemptions("truffle", [2] * 190)
    named = [replace(event, value=Decimal(12), customer=f"c{number // 2}") for number, event in enumerate(events)]
    for number in range(1, len(named), 2):
        later = named[number - 1].at + timedelta(days=days_later, minutes=1)
        named[number] = replace(named[number], at=later, value=again)
    return sorted(named, key=lambda event: event.at)


@pytest.mark.parametrize(
    ("again", "days_later", "word"),
    [
        (Decimal(9), 7, KeepWord.SCALE),
        (Decimal(0), 7, KeepWord.KEEP),
        (Decimal(9), 0, KeepWord.KEEP),
    ],
)
def test_who_comes_again_for_free_does_not_scale_an_offer_up(again: Decimal, days_later: int, word: KeepWord) -> None:
    """The same number come again each time; two redemptions on one day may be one order."""
    found = judged(visits(again, days_later), 182)
    assert found.forecast is not None
    assert found.forecast.low > 0
    assert found.word is word


def test_a_later_visit_without_a_word_of_a_purchase_is_no_purchase() -> None:
    day = START
    group = DayGroup(day, 1, attached=True, customers=("ada",))
    assert repeat_paid_share((group,)) == repeat_paid_share((group, group._replace(day=day + DAY, attached=None)))
    paid = repeat_paid_share((group, group._replace(day=day + DAY)))
    assert paid is not None
    assert paid.value == 1
    assert repeat_paid_share((group._replace(customers=()),)) is None


@pytest.mark.parametrize(("starts", "review"), [("2026-07-01", "2026-12-30"), ("2026-01-15", "2026-07-16")])
def test_the_plan_is_of_local_days_over_changes_of_the_clock(starts: str, review: str) -> None:
    """The 182nd local day, where the hours in between are one more or one fewer than those of 182 days."""
    first = date.fromisoformat(starts)
    found = keep(replace(A, starts=local(first)), History(), now=local(first + 200 * DAY), zone=ZONE)
    assert found.review_on == date.fromisoformat(review) == first + 182 * DAY
    assert planned_end([replace(A, starts=local(first))], ZONE) == first + 182 * DAY


def test_purchases_count_as_incremental_only_where_new_customers_made_them() -> None:
    gross, new, old = judged(paying(3), 60), judged(paying(3, new=True), 60), judged(paying(3, new=False), 60)
    assert (gross.basis, new.basis, old.basis) == (Basis.GROSS, Basis.INCREMENTAL, Basis.INCREMENTAL)
    assert (gross.word, new.word, old.word) == (KeepWord.KEEP, KeepWord.KEEP, KeepWord.STOP)
    assert any("gross, cannibalisation unknown" in line for line in gross.sentences)
    assert not any("gross" in line for line in new.sentences)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"margin": None}, "net value unknown: margin is missing"),
        ({"margin": None, "fixed_cost_per_day": None}, "net value unknown: margin and fixed_cost_per_day are missing"),
        ({"currency": None}, "net value unknown: currency is missing"),
        ({"unit_cost": None}, "net value unknown: unit_cost is missing"),
    ],
)
def test_money_is_never_invented(change: dict, missing: str) -> None:
    found = judged(paying(3), 60, replace(A, **change))
    assert (found.word, found.why, found.forecast, found.net_so_far) == (KeepWord.CANNOT_SAY, missing, None, None)
    assert found.per_day is not None, "what is known is told all the same"


def test_a_fixed_cost_of_nothing_is_a_value() -> None:
    assert judged(paying(3), 60, replace(A, fixed_cost_per_day=0.0)).forecast is not None


def test_untold_purchases_are_unknown_unless_the_desk_says_that_all_are_told() -> None:
    events = redemptions("truffle", [2] * 90)
    unknown = judged(events, 60)
    assert (unknown.word, unknown.forecast) == (KeepWord.CANNOT_SAY, None)
    assert "was said for 0 of 112 redemptions" in unknown.why
    assert judged(events, 60, replace(A, orders_all_told=True)).word is KeepWord.STOP
    partly = [replace(event, value=Decimal(10) if number % 2 else None) for number, event in enumerate(events)]
    assert judged(partly, 60).word is KeepWord.CANNOT_SAY


def test_an_order_number_without_a_value_is_a_purchase() -> None:
    events = [replace(event, order=f"o{number}") for number, event in enumerate(redemptions("truffle", [2] * 90))]
    found = judged(events, 60)
    assert found.attach is not None
    assert (found.attach.value, found.word) == (1.0, KeepWord.KEEP)


def test_nothing_redeemed_is_stopped_where_it_costs_and_too_few_where_it_does_not() -> None:
    assert judged([], 60).word is KeepWord.STOP
    rare = with_purchases(redemptions("truffle", [0] * 20 + [1]), 1)
    cheap = replace(A, fixed_cost_per_day=0.0, unit_cost=0.01)
    found = judged(rare, 60, cheap)
    assert (found.word, found.why) == (KeepWord.CANNOT_SAY, "1 redemption is too few to say")


def test_what_would_change_the_verdict_does_change_it() -> None:
    events = paying(8)
    found = judged(events, 28)
    assert found.word is KeepWord.KEEP
    assert found.turns_at is not None
    purchases, days = found.turns_at
    assert days == 14
    assert any(f"fewer than {purchases} attached purchase" in line for line in found.sentences)
    so_far = [event for event in events if event.at < local(START + 28 * DAY)]
    per_day = round(found.per_day.value) if found.per_day else 0
    later = redemptions("truffle", [per_day] * 14, START + 28 * DAY)

    def then(bought: int) -> KeepWord:
        told = [replace(event, id=f"l{n}", value=Decimal(9 if n < bought else 0)) for n, event in enumerate(later)]
        return judged(so_far + told, 42).word

    assert then(max(0, purchases - 2)) is KeepWord.STOP
    assert then(purchases + 2) is not KeepWord.STOP


def test_a_stopped_offer_hears_what_would_keep_it_after_all() -> None:
    found = judged(paying(11), 56)
    if found.word is KeepWord.STOP and found.turns_at:
        assert any(line.startswith("Keep it after all if there are at least") for line in found.sentences)
    certain = judged(paying(500), 100)
    assert certain.word is KeepWord.STOP


def test_days_since_a_leak_do_not_count_and_the_other_verdict_stands_beside() -> None:
    events = paying(20, days=28) + [
        replace(event, value=Decimal(9)) for event in redemptions("truffle", [9] * 60, START + 28 * DAY)
    ]
    found = judged(events, 56, leaks=Leaks({"truffle": local(START + 28 * DAY)}))
    assert found.after_leak == 9 * 28
    assert found.with_leaked is KeepWord.KEEP
    assert found.word is KeepWord.STOP
    assert any("since the leak are left out; with them the verdict would be: keep" in line for line in found.sentences)
    early = judged(events, 84, leaks=Leaks({"truffle": local(START + 28 * DAY)}))
    assert (early.word, "only 28 days of 84 can be counted" in early.why) == (KeepWord.CANNOT_SAY, True)


def test_a_gap_in_reporting_is_not_a_day_without_redemptions() -> None:
    counts = [2] * 20 + [0] * 8 + [2] * 40
    events = with_purchases(redemptions("truffle", counts), 3)
    gaps = tuple(START + number * DAY for number in range(20, 28))
    with_gaps, without = judged(events, 28, replace(A, gaps=gaps)), judged(events, 28)
    assert with_gaps.per_day is not None
    assert without.per_day is not None
    assert (with_gaps.per_day.value, round(without.per_day.value, 2)) == (2.0, 1.43)


def test_an_offer_that_is_switched_off_is_not_judged() -> None:
    off = OfferEvent(id="off", offer="truffle", kind=EventKind.DISABLED, at=after(50), code="")
    events = sorted([*paying(3), off], key=lambda event: event.at)
    assert judged(events, 60).why == "it is switched off"
    assert judged(paying(3), 60, replace(A, disabled=True)).why == "it is switched off"


def test_an_offer_without_a_start_cannot_be_judged() -> None:
    found = judged(paying(3), 60, replace(A, starts=None))
    assert (found.word, "set its starts" in found.why) == (KeepWord.CANNOT_SAY, True)


def test_an_offer_of_the_future_is_too_early() -> None:
    found = judged([], 60, replace(A, starts=after(90)))
    assert (found.word, found.day) == (KeepWord.TOO_EARLY, 0)


def test_a_short_offer_is_reviewed_when_it_ends() -> None:
    found = judged(paying(3), 25, replace(A, ends=local(START + 20 * DAY)))
    assert (found.checked_on, found.next_check, found.days_left) == (START + 20 * DAY, None, 0)
    assert found.forecast is not None


def test_a_longer_least_run_is_kept_to() -> None:
    assert judged(paying(40), 60, replace(A, min_run=90 * DAY)).word is KeepWord.TOO_EARLY


def test_what_was_given_back_did_not_pay() -> None:
    events = paying(3)
    undone = [given_back(event, after(30)) for event in events if event.value]
    assert judged(sorted(events + undone, key=lambda event: event.at), 60).word is KeepWord.STOP


def test_the_verdict_is_always_the_same_for_the_same_ledger() -> None:
    assert judged(paying(5), 60) == judged(paying(5), 60)


def test_the_json_shape_is_plain_and_lines_for_people_are_few() -> None:
    for days in (10, 30, 100, 200):
        found = judged(paying(4, new=True), days)
        shape = json.loads(json.dumps(keep_shape(found), allow_nan=False))
        assert shape["verdict"] == str(found.word)
        assert shape["turns_at"] is None or set(shape["turns_at"]) == {"purchases", "days"}
        assert len(found.sentences) <= 12


def test_absurd_money_does_no_harm() -> None:
    huge = replace(A, margin=1e12, unit_cost=1e12, fixed_cost_per_day=1e12)
    found = judged(with_purchases(redemptions("truffle", [90, 0] * 30), 2), 60, huge)
    assert found.forecast is not None
    assert np.isfinite([found.forecast.low, found.forecast.high]).all()


def visited(days: list[tuple[int, int]]) -> Redeemed:
    """Redemptions by these (day, customer), one each."""
    return tuple(DayGroup(START + day * DAY, 1, customers=(f"c{number}",)) for day, number in days)


def first_visits(people: int, pace: float, days: int, seed: int) -> Redeemed:
    times = np.random.default_rng(seed).exponential(1 / pace, people)
    seen = sorted((int(time), number) for number, time in enumerate(times) if time < days)
    return visited(seen)


def test_people_left_are_told_where_first_visits_thin_out() -> None:
    covered = 0
    for seed in range(50):
        visits = first_visits(200, 0.03, 60, seed)
        found = saturation(visits, START, 60)
        assert found is not None
        covered += found.people_left.low <= 200 - len(visits) <= found.people_left.high
    assert covered >= 43


def test_people_left_are_as_uncertain_as_the_curves_likelihood_says() -> None:
    visits, days = first_visits(400, 0.03, 60, 3), 60
    times = np.array([(one.day - START).days + 0.5 for one in visits])

    def log_likelihood(pace: float) -> float:
        return float(np.sum(np.log(pace) - pace * times - np.log(-np.expm1(-pace * days))))

    def people(pace: float) -> float:
        return len(times) / -np.expm1(-pace * days)

    paces = np.linspace(0.001, 0.2, 200_000)
    pace = paces[np.argmax(np.log(paces) - paces * times.mean() - np.log(-np.expm1(-paces * days)))]
    step = 1e-4
    information = (2 * log_likelihood(pace) - log_likelihood(pace + step) - log_likelihood(pace - step)) / step**2
    slope = (people(pace + step) - people(pace - step)) / (2 * step)
    unseen = np.exp(-pace * days)
    error = np.sqrt(people(pace) * unseen / (1 - unseen) + slope**2 / information)
    found = saturation(visits, START, days)
    assert found is not None
    left = found.people_left
    assert left.value == pytest.approx(people(pace) - len(times), rel=0.01)
    assert left.high - left.value == pytest.approx(1.96 * error, rel=0.01)


def test_people_left_are_not_told_where_visits_are_even_few_or_unnamed() -> None:
    even = visited([(day, day) for day in range(60)])
    assert saturation(even, START, 60) is None
    assert saturation(first_visits(9, 0.03, 60, 1), START, 60) is None
    unnamed = tuple(one._replace(customers=()) for one in first_visits(200, 0.03, 60, 1))
    assert saturation(unnamed, START, 60) is None
    growing = visited([(int(59 * (n / 80) ** 0.5), n) for n in range(80)])
    assert saturation(growing, START, 60) is None
    at_once = visited([(0, n) for n in range(50)])
    found = saturation(at_once, START, 60)
    assert found is None or found.people_left.high < 5
