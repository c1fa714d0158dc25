"""Whether two offers can be compared at all, and on which days.

A comparison is fair where both were shown alike at the same time, or in blocks whose order a coin decided. One after
the other is none: whatever else changed meanwhile would count as the offer's work (measurement §7, design C; §8.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from bot.model import Answer, Exposure, Offer
from bot.offers.verdicts import figures
from bot.offers.verdicts.arms import Side, Tally

REVIEW_AFTER = timedelta(days=182)
"""When an offer is reviewed unless it says otherwise."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no comparison."""

    answer: Answer
    why: str


@dataclass(frozen=True, slots=True)
class FairDays:
    """The days that are compared, in blocks of ``days_in_block``, and why others are left out.

    ``with_leaked`` are the days if those after a leak are counted in; the same where there was none.
    """

    days: tuple[date, ...]
    with_leaked: tuple[date, ...]
    exposure: Exposure
    days_in_block: int
    left_out: tuple[tuple[str, int], ...]


def fair_days(
    a: tuple[Side, Tally],
    b: tuple[Side, Tally],
    *,
    today: date,
    zone: tzinfo,
    leaked_since: Mapping[str, datetime],
) -> FairDays | Refusal:
    """The days that a comparison may use, or why there is none. ``today`` is not over and does not count.

    ``leaked_since`` says per offer since when its code was seen outside its placements.
    """
    sides = (a[0], b[0])
    spans = [_live(side, of, today, zone) for side, of in (a, b)]
    lives = [span for span in spans if not isinstance(span, Refusal)]
    first, last = max((span[0] for span in lives), default=today), min((span[1] for span in lives), default=today)
    if first > last:
        return _apart(sides, lives)
    exposure = _exposure(*sides)
    if isinstance(exposure, Refusal):
        return exposure
    for span in spans:
        if isinstance(span, Refusal):
            return span
    if exposure is Exposure.BLOCKS and lives[0][0] != lives[1][0]:
        return Refusal(Answer.NOT_COMPARABLE, "in blocks both must start on the same day, and these do not")
    block = a[0].offer.block_days if exposure is Exposure.BLOCKS else 1
    calendar = [first + number * DAY for number in range((last - first).days + 1)]
    silent = {day for day in calendar if any(day in side.offer.gaps for side in sides)}
    off = {day for day in calendar if any(of.is_off(day) for _, of in (a, b))}
    found = [leaked_since[side.offer.id].astimezone(zone).date() for side in sides if side.offer.id in leaked_since]
    leaked = min(found, default=date.max)
    whole = _blocks(calendar, lambda _day: True, block)
    told = _blocks(calendar, lambda day: day not in silent, block)
    with_leaked = _blocks(calendar, lambda day: day not in silent and day not in off, block)
    days = tuple(_blocks(calendar, lambda day: day not in silent and day not in off and day < leaked, block))
    unequal = _unequally_capped(a, b, days)
    if unequal:
        return Refusal(Answer.NOT_COMPARABLE, unequal)
    lost = (
        ("in a block that is not complete", len(calendar) - len(whole)),
        ("with a gap in reporting", len(whole) - len(told)),
        ("when one of them was switched off", len(told) - len(with_leaked)),
        ("since a code leaked", len(with_leaked) - len(days)),
        ("when only one of them was live", sum((span[1] - span[0]).days + 1 - len(calendar) for span in lives)),
    )
    return FairDays(days, tuple(with_leaked), exposure, block, tuple((why, count) for why, count in lost if count))


def planned_end(offers: Sequence[Offer], zone: tzinfo) -> date | None:
    """The first local day after the plan of all of them: the earliest of their ends and reviews; None if not known."""
    ends = [
        end.astimezone(zone).date()
        for offer in offers
        for end in (review_of(offer, zone), offer.ends)
        if end is not None
    ]
    return min(ends, default=None)


def review_of(offer: Offer, zone: tzinfo) -> datetime | None:
    """When an offer is reviewed, at the local time at which it starts, also where the clock changed in between; None
    where nobody said when it starts.
    """
    return None if offer.starts is None else offer.starts.astimezone(zone) + (offer.review_after or REVIEW_AFTER)


def first_whole_day(starts: datetime, zone: tzinfo) -> date:
    """The first local day that is live from its first moment on."""
    start = starts.astimezone(zone)
    return start.date() if start.time() == time(0) else start.date() + DAY


def _exposure(a: Side, b: Side) -> Exposure | Refusal:
    """How both were shown, as the configuration declares it; nothing else is taken for granted."""
    one, other = a.offer, b.offer
    silent = _ids(offer for offer in (one, other) if offer.exposure is None)
    unlike = _ids(offer for offer in (one, other) if not offer.placements_alike)
    in_one_offer = one.id == other.id
    grounds = (
        (a.id == b.id, "an offer cannot be compared with itself"),
        (
            bool(unlike) and (in_one_offer or a.placement != b.placement),
            f"nothing says that as many people pass each placement: if so, set placements_alike = true for {unlike}",
        ),
        (
            one.experiment != other.experiment,
            "they belong to different experiments, so nobody planned to compare them",
        ),
        (
            bool(silent) and not in_one_offer,
            f'nothing says that both were shown alike: if so, set exposure = "parallel" or "blocks" for {silent}',
        ),
        (
            (one.exposure, one.block_days) != (other.exposure, other.block_days),
            "one was not shown as the other was: their exposure or block_days differ",
        ),
    )
    why = next((reason for holds, reason in grounds if holds), None)
    if why is not None:
        return Refusal(Answer.NOT_COMPARABLE, why)
    return Exposure.PARALLEL if in_one_offer or one.exposure is None else one.exposure


def _ids(offers: Iterable[Offer]) -> str:
    return " and ".join(sorted({f"'{offer.id}'" for offer in offers}))


def _live(side: Side, of: Tally, today: date, zone: tzinfo) -> tuple[date, date] | Refusal:
    """The first and last whole local days on which an offer could be redeemed."""
    offer = side.offer
    if offer.starts is None:
        return Refusal(Answer.NOT_COMPARABLE, f"it is not known since when '{offer.id}' is live: set its starts")
    if offer.disabled and offer.ends is None:
        return Refusal(Answer.NOT_COMPARABLE, f"'{offer.id}' is switched off, and not known since when: set its ends")
    first = first_whole_day(offer.starts, zone)
    last = today - DAY
    if offer.ends is not None:
        last = min(last, offer.ends.astimezone(zone).date() - DAY)
    if of.used_up is not None:
        last = min(last, of.used_up - DAY)
    if first > last and first >= today:
        return Refusal(Answer.TOO_FEW, f"'{offer.id}' has not been live for a whole day yet")
    if first > last:
        return Refusal(Answer.TOO_FEW, f"'{offer.id}' was not live for one whole day")
    return first, last


def _apart(sides: Sequence[Side], lives: Sequence[tuple[date, date]]) -> Refusal:
    ran = "; ".join(
        f"{side.name} ran from {figures.day(first)} to {figures.day(last)}"
        for side, (first, last) in zip(sides, lives, strict=True)
    )
    return Refusal(
        Answer.NOT_COMPARABLE,
        f"{ran}. One after the other is not a comparison: the season and whatever else changed would count as the offer's "
        "work. Run both at once, shown alike, or in blocks whose order a coin decides",
    )


def _blocks(calendar: Sequence[date], is_usable: Callable[[date], bool], block: int) -> list[date]:
    """The days of the blocks that are complete and usable throughout."""
    blocks = [calendar[start : start + block] for start in range(0, len(calendar), block)]
    return [day for days in blocks if len(days) == block and all(map(is_usable, days)) for day in days]


def _unequally_capped(a: tuple[Side, Tally], b: tuple[Side, Tally], days: Sequence[date]) -> str:
    """Why caps spoil the comparison: one side could not count what the other could; empty if they do not."""
    one, other = a[0].offer, b[0].offer
    if (one.per_day, one.per_week) == (other.per_day, other.per_week):
        return ""
    wanted = frozenset(days)
    for side, of in (a, b):
        turned_away = len(of.capped & wanted)
        if turned_away:
            return (
                f"{side.name} reached its cap on {turned_away} of these days and the other has another cap: "
                "what could not be redeemed cannot be compared"
            )
    return ""
