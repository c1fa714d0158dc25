"""A comparison in plain sentences: ready for the terminal, the page and the digest."""

from __future__ import annotations

from bot.model import Answer, Arm, Comparison, EndReport, Exposure
from bot.offers.verdicts import figures

_HEADS = {
    Answer.BETTER: "{better} works better than {other}.",
    Answer.CANNOT_TELL: "Cannot tell yet whether {a} or {b} works better.",
    Answer.TOO_FEW: "Too few to compare {a} with {b}: {why}.",
    Answer.NOT_COMPARABLE: "This is not a comparison: {why}.",
}


def comparison_sentences(found: Comparison) -> tuple[str, ...]:
    """The verdict first, then what it rests on, what it leaves out and what is still to come."""
    a_is_better = found.better == found.a.id
    head = _HEADS[found.answer].format(
        a=found.a.name,
        b=found.b.name,
        better=found.a.name if a_is_better else found.b.name,
        other=found.b.name if a_is_better else found.a.name,
        why=found.why,
    )
    lines = [head]
    if found.days:
        lines += [
            _how_sure(found),
            _shown(found),
            _counted(found.a),
            _counted(found.b),
            _difference(found),
            _to_go(found),
        ]
        lines += [_costs(found), _people(found)]
    lines += [_left_out(found), _with_leaked(found)]
    if found.days:
        lines.append(_ratio(found))
    return tuple(line for line in lines if line)


def _how_sure(found: Comparison) -> str:
    if found.settled_on is None:
        return ""
    among = f" among the {found.pairs} pairs compared" if found.pairs > 1 else ""
    return (
        f"Settled on {figures.day(found.settled_on)}: were they alike, a verdict like this would ever come up{among} at "
        f"most once in 20 times, however often one looks ({figures.p_value(found.p)})."
    )


def _shown(found: Comparison) -> str:
    if found.first_day is None or found.last_day is None:
        return ""
    how = "both shown alike every day" if found.exposure is Exposure.PARALLEL else (
        f"in blocks of {found.days_in_block} days whose order a coin decided"
    )  # fmt: skip
    span = f"{figures.day(found.first_day)} to {figures.day(found.last_day)}"
    return f"Compared on {figures.days(found.days)}, {span}: {how}."


def _counted(arm: Arm) -> str:
    if arm.per_day is None:
        return ""
    undecided = f"; {arm.undecided} more without a placement are in neither count" if arm.undecided else ""
    return (
        f"{arm.name}: {arm.redeemed:,} redeemed, {figures.number(arm.per_day.value)} a day "
        f"{figures.between(arm.per_day)}{undecided}."
    )


def _difference(found: Comparison) -> str:
    if found.difference is None:
        return "The difference a day is told once there are 14 days or blocks."
    return (
        f"Difference: {figures.signed(found.difference.value)} a day for {found.a.name}, "
        f"{figures.between(found.difference)} at 95 %, which holds for every day at once."
    )


def _to_go(found: Comparison) -> str:
    if found.answer is Answer.BETTER or not found.a.redeemed + found.b.redeemed:
        return ""
    if found.more_days is None:
        return "At the present rates it would not be settled within two years: if there is a difference, it is small."
    return f"At the present rates it would take about {found.more_days:,} more days to tell."


def _costs(found: Comparison) -> str:
    a, b = found.a, found.b
    one = " and ".join(figures.priced(arm.per_redemption, arm.currency) for arm in (a, b))
    new = " and ".join(figures.priced(arm.per_new_customer, arm.currency) for arm in (a, b))
    return f"Cost of a redemption: {one}; of a new customer: {new}."


def _people(found: Comparison) -> str:
    a, b = found.a, found.b
    parts = [
        f"{what}: {figures.share(one) if one else 'unknown'} and {figures.share(other) if other else 'unknown'}"
        for what, one, other in (("new customers", a.new, b.new), ("customers who came again", a.repeat, b.repeat))
        if one or other
    ]
    return f"Of {a.name} and {b.name}, {'; '.join(parts)}." if parts else ""


def _left_out(found: Comparison) -> str:
    parts = [f"{figures.days(number)} {why}" for why, number in found.left_out]
    return f"Left out: {', '.join(parts)}." if parts else ""


def _with_leaked(found: Comparison) -> str:
    leaked = found.with_leaked
    if leaked is None:
        return ""
    names = {found.a.id: found.a.name, found.b.id: found.b.name}
    says = f"{names[leaked.better]} works better" if leaked.better else "cannot tell yet"
    return (
        f"With the days since the leak counted in: {leaked.a:,} against {leaked.b:,} in {figures.days(leaked.days)}, "
        f"{says} ({figures.p_value(leaked.p)})."
    )


def _ratio(found: Comparison) -> str:
    if found.at_end is not None:
        return _at_end(found.at_end)
    if found.planned_end is None:
        return ""
    return (
        f"How many times better is told when the plan ends, on {figures.day(found.planned_end)}: read every day, such a "
        "ratio would name a winner among equals in one case of three."
    )


def _at_end(end: EndReport) -> str:
    if end.ratio is None:
        return "At the planned end nothing had been redeemed."
    suggestive = end.ratio.low > 1 or end.ratio.high < 1
    tests = f"; E-test {figures.p_value(end.e_test)}, exact test {figures.p_value(end.exact)}" if (
        end.e_test is not None and end.exact is not None
    ) else f"; days vary {end.dispersion:.1f} times as much as chance alone, so the interval is widened"  # fmt: skip
    share = f" Share of new customers: {figures.points(end.new_share)}." if end.new_share else ""
    return (
        f"At the planned end: {end.a:,} against {end.b:,} in {figures.days(end.days)}, {figures.number(end.ratio.value)} "
        f"times as many {figures.between(end.ratio)}{tests}. {'Suggestive' if suggestive else 'That alone cannot tell'}."
        f"{share}"
    )
