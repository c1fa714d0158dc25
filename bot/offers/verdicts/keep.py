"""Whether to keep an offer up: a rule that looks ahead, on check days that were fixed before (pure).

Checked on day 28 (``min_run``) and every 14 days from then on; the verdict of the last check day stands until the next.
Judged by their first weeks, nine in ten programmes that start slowly and pay would be stopped. Source: measurement
§8.4.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, tzinfo

from bot.model import Basis, Estimate, KeepVerdict, KeepWord, Offer
from bot.offers.counting.rates import poisson_interval
from bot.offers.verdicts import costs, figures
from bot.offers.verdicts.arms import NO_LEAKS, History, Leaks, Redeemed, Side, Tally, number_of, tally
from bot.offers.verdicts.netting import Money, chance_of_gain, middle_ninety
from bot.offers.verdicts.outlook import keep_sentences
from bot.offers.verdicts.power import seed_of
from bot.offers.verdicts.prospect import Ground, net_ahead, turning_point, word_of
from bot.offers.verdicts.saturation import saturation
from bot.offers.verdicts.schedule import Schedule, schedule
from bot.phrases import joined
from bot.rates import wilson

FEWEST = 5
"""Redemptions under which nothing but a stop is said."""
SUPPORT = 0.2
"""An offer is scaled up only if new customers, or those who come again and buy, are surely more than this share."""


def keep(
    offer: Offer,
    history: History,
    *,
    now: datetime,
    zone: tzinfo,
    leaks: Leaks = NO_LEAKS,
) -> KeepVerdict:
    """The verdict of the last check day up to now. Days since a leak, and days with a reporting gap, do not count."""
    of = tally(Side(offer), history, zone)
    today = now.astimezone(zone).date()
    plan = schedule(offer, today, zone)
    since = leaks.since.get(offer.id)
    verdict = _verdict(offer, of, plan, since.astimezone(zone).date() if since else None)
    if (offer.disabled or of.is_off(today)) and plan is not None:
        verdict = replace(verdict, word=KeepWord.CANNOT_SAY, why="it is switched off")
    elif verdict.after_leak:
        verdict = replace(verdict, with_leaked=_verdict(offer, of, plan, None, with_leaked=True).word)
    return replace(verdict, sentences=keep_sentences(verdict, today))


def _verdict(
    offer: Offer, of: Tally, plan: Schedule | None, leaked: date | None, *, with_leaked: bool = False
) -> KeepVerdict:
    """The verdict without days from ``leaked`` on, and without redemptions with a leaked code but ``with_leaked``."""
    unsaid = KeepVerdict(offer.id, offer.name, KeepWord.CANNOT_SAY, currency=offer.currency)
    if plan is None:
        return replace(unsaid, why="it is not known since when it runs: set its starts")
    dated = replace(
        unsaid,
        day=plan.day,
        checked_on=None if plan.checked is None else plan.date_of(plan.checked),
        next_check=None if plan.next_day is None else plan.date_of(plan.next_day),
        review_on=plan.date_of(plan.review_day),
        days_left=plan.days_left,
    )
    if plan.checked is None:
        return replace(dated, word=KeepWord.TOO_EARLY, why=f"it has run for {figures.days(plan.day)}")
    days = tuple(
        number
        for number in range(plan.checked)
        if (day := plan.date_of(number)) not in offer.gaps and not of.is_off(day) and (leaked is None or day < leaked)
    )
    redeemed = of.within((plan.date_of(number) for number in days), leaked=with_leaked)
    number = number_of(redeemed)
    basis, attached, told = _purchases(redeemed)
    described = replace(
        dated,
        redeemed=number,
        per_day=Estimate(number / len(days), *poisson_interval(number, len(days))) if days else None,
        attach=Estimate(*wilson(attached, told)) if told else None,
        basis=basis,
        per_redemption=costs.per_redemption(offer, number, len(days)),
        per_new_customer=costs.per_new_customer(offer, redeemed, len(days)),
        after_leak=sum(one.number for one in of.redeemed if one.leaked or (leaked is not None and one.day >= leaked)),
        saturation=saturation(redeemed, plan.first, plan.checked) if len(days) == plan.checked else None,
        missing=_missing(offer),
    )
    money = _money(offer)
    obstacle = _obstacle(described, len(days), plan.checked, told)
    if money is None or obstacle:
        return replace(described, why=obstacle)
    counts = of.counts([plan.date_of(number) for number in days], leaked=with_leaked)
    return _judged(described, Ground(days, tuple(counts.tolist()), attached, told), money, plan, redeemed)


def _judged(known: KeepVerdict, ground: Ground, money: Money, plan: Schedule, redeemed: Redeemed) -> KeepVerdict:
    """The rule itself, where everything that it needs is known."""
    checked = len(ground.days) if plan.checked is None else plan.checked
    seed = seed_of(known.offer, checked)
    trend = ground.trend()
    net = net_ahead(trend, (ground.attached, ground.told), money, plan.ahead_of(checked), seed)
    chance, forecast = float(chance_of_gain(net)), middle_ninety(net)
    word, why = word_of(chance, trend.falling()), ""
    if word is not KeepWord.STOP and number_of(redeemed) < FEWEST:
        word, why = KeepWord.CANNOT_SAY, _too_few(number_of(redeemed))
    elif word is KeepWord.KEEP and plan.is_review and forecast.low > 0 and _is_supported(redeemed):
        word = KeepWord.SCALE
    return replace(
        known,
        word=word,
        why=why,
        forecast=forecast,
        chance=chance,
        net_so_far=_sunk(ground, money, number_of(redeemed)),
        turns_at=turning_point(ground, trend, money, plan, seed),
    )


def _purchases(redeemed: Redeemed) -> tuple[Basis, int, int]:
    """What counts as a purchase that the offer brought, how many there were, and of how many redemptions it is known.

    Where it is known who is new, a purchase counts if a new customer made it; else any does, and is called gross.
    """
    told = [one for one in redeemed if one.attached is not None]
    both = sum(one.number for one in told if one.new is not None)
    if both and both >= costs.ENOUGH_SAID * number_of(redeemed):
        return Basis.INCREMENTAL, sum(one.number for one in told if one.attached and one.new), both
    return Basis.GROSS, sum(one.number for one in told if one.attached), sum(one.number for one in told)


def _missing(offer: Offer) -> tuple[str, ...]:
    parts = ("margin", "unit_cost", "fixed_cost_per_day", "currency")
    return tuple(name for name in parts if getattr(offer, name) is None)


def _money(offer: Offer) -> Money | None:
    if offer.margin is None or offer.unit_cost is None or offer.fixed_cost_per_day is None or offer.currency is None:
        return None
    return Money(offer.margin, offer.unit_cost, offer.fixed_cost_per_day)


def _obstacle(known: KeepVerdict, days: int, checked: int, told: int) -> str:
    """Why nothing can be said of the money; empty where it can."""
    if known.missing:
        return f"net value unknown: {joined(known.missing)} {'is' if len(known.missing) == 1 else 'are'} missing"
    if told < costs.ENOUGH_SAID * known.redeemed:
        return (
            f"net value unknown: whether a purchase went with it was said for {told} of {known.redeemed} redemptions "
            "(tell the order's value, 0 for none, or set orders_all_told = true)"
        )
    if 2 * days < checked:
        return f"only {figures.days(days)} of {checked} can be counted: the others have a gap in reporting or follow a leak"
    return ""


def _sunk(ground: Ground, money: Money, redeemed: int) -> float | None:
    """What the days that count netted, where it is known of every redemption whether a purchase went with it."""
    if ground.told < redeemed:
        return None
    earned = money.margin * ground.attached
    return earned - money.unit_cost * redeemed - money.fixed_cost_per_day * len(ground.days)


def _is_supported(redeemed: Redeemed) -> bool:
    """Whether new customers, or those who come again and buy, are surely more than a few."""
    shares = (costs.new_share(redeemed), costs.repeat_paid_share(redeemed))
    return any(share is not None and share.low > SUPPORT for share in shares)


def _too_few(number: int) -> str:
    return "1 redemption is too few to say" if number == 1 else f"{number} redemptions are too few to say"
