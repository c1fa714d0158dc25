"""The verdict on keeping an offer up, and a plan, in plain sentences."""

from __future__ import annotations

from datetime import date

from bot.model import Basis, KeepVerdict, KeepWord, Plan
from bot.offers.verdicts import figures

_HEADS = {
    KeepWord.KEEP: "Keep {name} up.",
    KeepWord.STOP: "Stop {name}: the days left are very unlikely to pay (chance of a gain {chance}).",
    KeepWord.CHANGE: "Keep {name}, but change it: redemptions are wearing out.",
    KeepWord.SCALE: "Scale {name} up: it pays, and it brings new people or brings them back to buy.",
    KeepWord.TOO_EARLY: "Too early to judge {name}: {why}.",
    KeepWord.CANNOT_SAY: "Cannot say whether to keep {name} up: {why}.",
}
_IN_DOUBT = "Keep {name} up for now: a loss looks likelier, but a gain is not ruled out yet (chance {chance})."


def keep_sentences(verdict: KeepVerdict, today: date) -> tuple[str, ...]:
    """The word first, then the forecast, what it rests on and what would change it. ``today`` is the local day."""
    chance = "" if verdict.chance is None else "under 1 %" if verdict.chance < 0.01 else f"{100 * verdict.chance:.0f} %"  # noqa: PLR2004 a percent
    head = _HEADS[verdict.word]
    if verdict.word is KeepWord.KEEP and verdict.forecast is not None and verdict.forecast.value < 0:
        head = _IN_DOUBT
    lines = [head.format(name=verdict.name, why=verdict.why, chance=chance), _when(verdict, today)]
    if verdict.checked_on is not None:
        lines += [_forecast(verdict), _counted(verdict), _turn(verdict), _sunk(verdict), _costs(verdict)]
        lines += [_left(verdict), _leaked(verdict)]
        lines.append("Talk, reviews and other indirect effects are not priced.")
    return tuple(line for line in lines if line)


def plan_sentences(plan: Plan) -> tuple[str, ...]:
    """What to expect of a comparison, before it starts."""
    more = f"{figures.number(plan.rate)} against {figures.number(plan.rate * plan.lift)} redemptions a day"
    found, target = plan.found, f"{100 * plan.power:.0f} %"
    several = f" Each of the {plan.arms * (plan.arms - 1) // 2} pairs of {plan.arms} offers is held to a higher bar." if (
        plan.arms > 2  # noqa: PLR2004 two are one pair
    ) else ""  # fmt: skip
    needed = (
        f"For a chance of {target} it takes {figures.days(plan.days_needed)}."
        if plan.days_needed
        else f"A chance of {target} is not reached within {figures.days(plan.horizon)}."
    )
    least = (
        f"In {figures.days(plan.days)} the smallest difference that is found with {target} is {plan.detectable:.2f} times."
        if plan.detectable
        else f"In {figures.days(plan.days)} not even ten times as many would be found with {target}."
    )
    spread = "varying as chance alone does" if plan.dispersion is None else (
        f"varying more than chance alone (k = {plan.dispersion:g})"
    )  # fmt: skip
    return (
        f"Planned: {more} ({plan.lift:g} times), {spread}, looked at every day.",
        f"By day {plan.days} it is found with a chance of {figures.share(found)}.",
        needed,
        least,
        f"Were the offers alike, one would ever be called better at most once in 20 times.{several}",
        f"Worked out from {plan.simulated:,} simulated campaigns, shown in parallel or in equal shares.",
    )


def _when(verdict: KeepVerdict, today: date) -> str:
    parts = []
    if verdict.checked_on is not None:
        parts.append(f"as of {figures.day(verdict.checked_on)}")
    if verdict.next_check is not None:
        last = " and last" if verdict.next_check == verdict.review_on else ""
        first = "first" if verdict.checked_on is None else "next"
        parts.append(f"{first}{last} check on {figures.day(verdict.next_check)}")
    if verdict.review_on is not None:
        due = figures.day(verdict.review_on)
        parts.append(f"the review date, {due}, has passed" if today > verdict.review_on else f"review on {due}")
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _forecast(verdict: KeepVerdict) -> str:
    if verdict.forecast is None:
        return ""
    span = f"The {figures.days(verdict.days_left)} left" if verdict.days_left else "The next 28 days"
    gross = (
        "gross, cannibalisation unknown" if verdict.basis is Basis.GROSS else "only what new customers bought counts"
    )
    return (
        f"{span} should net {figures.money(verdict.forecast.value, verdict.currency)} "
        f"{figures.between(verdict.forecast)} at 90 % ({gross})."
    )


def _counted(verdict: KeepVerdict) -> str:
    if verdict.per_day is None:
        return ""
    whose = "a new customer's purchase" if verdict.basis is Basis.INCREMENTAL else "a purchase"
    attach = f"; {whose} went with {figures.share(verdict.attach)}" if verdict.attach else ""
    rate = f"{figures.number(verdict.per_day.value)} a day {figures.between(verdict.per_day)}"
    return f"It rests on {verdict.redeemed:,} redemptions, {rate}{attach}."


def _turn(verdict: KeepVerdict) -> str:
    if verdict.forecast is None or verdict.next_check is None or verdict.word is KeepWord.CANNOT_SAY:
        return ""
    stopped = verdict.word is KeepWord.STOP
    if verdict.turns_at is None:
        verdict_then = "keep it" if stopped else "stop it"
        return (
            f"Nothing that the days to the next check can bring would {verdict_then}, if redemptions go on as they do."
        )
    purchases, days = verdict.turns_at
    kind = "purchases by new customers" if verdict.basis is Basis.INCREMENTAL else "attached purchases"
    what = f"{purchases} {kind} in the next {figures.days(days)} ({purchases / days:.1f} a day)"
    return f"Keep it after all if there are at least {what}." if stopped else f"Stop it if there are fewer than {what}."


def _sunk(verdict: KeepVerdict) -> str:
    if verdict.net_so_far is None:
        return ""
    return (
        f"So far it has netted {figures.money(verdict.net_so_far, verdict.currency)}; that is past and decides nothing."
    )


def _costs(verdict: KeepVerdict) -> str:
    one, new = (figures.priced(cost, verdict.currency) for cost in (verdict.per_redemption, verdict.per_new_customer))
    return f"Cost of a redemption: {one}; of a new customer: {new}."


def _left(verdict: KeepVerdict) -> str:
    if verdict.saturation is None:
        return ""
    left = verdict.saturation.people_left
    if left.high < 1:
        return "First visits have thinned out: hardly anybody more is left to reach."
    return f"About {left.value:,.0f} more people are left to reach [{left.low:,.0f}, {left.high:,.0f}]."


def _leaked(verdict: KeepVerdict) -> str:
    if verdict.with_leaked is None:
        return ""
    word = verdict.with_leaked.value.replace("_", " ")
    return f"{verdict.after_leak:,} redemptions since the leak are left out; with them the verdict would be: {word}."
