"""The chain of an offer: what was said of it over a window, whom that reached, and what was redeemed. Pure.

Joined by code, placement and time alone. No person is ever matched: who wrote a post and who redeemed a code stay
strangers to each other here, as the platforms' terms demand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from bot.model import (
    Chain,
    ChainDay,
    ChainStory,
    Interval,
    Leak,
    Named,
    Offer,
    Reach,
    ReachBasis,
    Sighting,
    Standing,
)
from bot.offers.tracing.leaks import cluster
from bot.ports import DayGroup

DayWord = Callable[[date, str | None], str]
"""How the count of a local day at a placement stands: final, provisional or mismatch."""
ReachOf = Callable[[Iterable[tuple[str, Reach]]], tuple[Reach, int]]
"""The reach of (voice, reach) placements of one kind, and of how many voices it is made."""

PREFERRED = (ReachBasis.MEASURED, ReachBasis.PLATFORM_REPORTED, ReachBasis.ESTIMATED, ReachBasis.POTENTIAL)
"""Where several kinds of figures are known of one voice, the first of these counts."""

NO_CONTROL = (
    "Not causal: nothing ran beside it without the offer, so that nobody knows how many would have come anyway. "
    "Joined by code, placement and day, never by people."
)
WITH_CONTROL = (
    "Not causal: it shows what came together, joined by code, placement and day, never by people. A control is named, "
    "'{control}', but nothing is held against it yet, so that nobody knows how many would have come anyway."
)


def trace(
    offer: Offer,
    sightings: Iterable[Sighting],
    redeemed: Iterable[DayGroup],
    leaks: Sequence[Leak],
    *,
    window: Interval,
    word: DayWord,
    reach_of: ReachOf,
) -> Chain:
    """The chain of one offer over ``window``.

    ``sightings`` are all that were ever seen of it, so that a new place is known from an old one; ``redeemed``
    what stands in the ledger within the window. ``word`` says how a day's count stands.
    """
    known = [one for one in sightings if one.offer == offer.id]
    inside = [one for one in known if window.start <= one.at < window.end]
    stories = _stories(inside, reach_of)
    earned = [one for one in inside if one.standing is not Standing.OWN]
    days = _days(redeemed, word)
    places = dict.fromkeys(cluster(one) for one in sorted(earned, key=lambda one: one.at))
    before = {cluster(one) for one in known if one.at < window.start and one.standing is not Standing.OWN}
    new_places = tuple(place for place in places if place not in before)
    reach, unknown = reach_by_kind(earned, reach_of)
    return Chain(
        offer=offer.id,
        name=offer.name,
        window=window,
        stories=stories,
        days=days,
        reach=reach,
        unknown_voices=unknown,
        new_places=new_places,
        leaks=tuple(leak for leak in leaks if leak.offer == offer.id and leak.since < window.end),
        line=_line(days, stories, new_places),
        caveat=WITH_CONTROL.format(control=offer.control) if offer.control else NO_CONTROL,
    )


def reach_by_kind(sightings: Sequence[Sighting], reach_of: ReachOf) -> tuple[Mapping[ReachBasis, Reach], int]:
    """The reach of these sightings' voices, each kind of figure by itself; and how many voices have none.

    A voice counts once: with its best kind, and there with its largest placement.
    """
    by_voice: dict[str, list[Reach]] = defaultdict(list)
    for one in sightings:
        by_voice[one.voice or one.item].append(one.reach)
    placements: dict[ReachBasis, list[tuple[str, Reach]]] = defaultdict(list)
    unknown = 0
    for voice, reaches in by_voice.items():
        kinds = {reach.basis for reach in reaches if reach.value is not None}
        best = next((kind for kind in PREFERRED if kind in kinds), None)
        if best is None:
            unknown += 1
        else:
            placements[best] += [(voice, reach) for reach in reaches if reach.basis is best]
    return {kind: reach_of(placements[kind])[0] for kind in PREFERRED if kind in placements}, unknown


def _stories(sightings: Sequence[Sighting], reach_of: ReachOf) -> tuple[ChainStory, ...]:
    """Copies told as one, the earliest first."""
    groups: dict[str, list[Sighting]] = defaultdict(list)
    for one in sorted(sightings, key=lambda one: (one.at, one.item)):
        groups[one.story or one.item].append(one)
    return tuple(_story(name, told, reach_of) for name, told in groups.items())


def _story(name: str, told: Sequence[Sighting], reach_of: ReachOf) -> ChainStory:
    by_others = [one for one in told if one.standing is not Standing.OWN]
    first = (by_others or told)[0]
    return ChainStory(
        story=name,
        headline=first.headline,
        url=first.url,
        first_at=told[0].at,
        posts=len({one.item for one in told}),
        voices=len({one.voice or one.item for one in told}),
        places=tuple(dict.fromkeys(one.place for one in told)),
        named=tuple(kind for kind in Named if any(one.named is kind for one in told)),
        standings=tuple(kind for kind in Standing if any(one.standing is kind for one in told)),
        reach=reach_by_kind(by_others, reach_of)[0],
        mention=first.mention,
    )


def _days(redeemed: Iterable[DayGroup], word: DayWord) -> tuple[ChainDay, ...]:
    """Redemptions by local day and placement; days without any have no row."""
    counted: Counter[tuple[date, str]] = Counter()
    leaked: Counter[tuple[date, str]] = Counter()
    for one in redeemed:
        at = one.day, one.placement or ""
        counted[at] += one.number
        leaked[at] += one.number if one.leaked else 0
    return tuple(
        ChainDay(day, place or None, count, word(day, place or None), leaked[day, place])
        for (day, place), count in sorted(counted.items())
    )


def _line(days: Sequence[ChainDay], stories: Sequence[ChainStory], new_places: Sequence[str]) -> str:
    """``41 redeemed (2 provisional), 6 stories named it, 1 new place``."""
    words = {
        status: sum(row.redeemed for row in days if row.status == status) for status in ("provisional", "mismatch")
    }
    stand = [f"{count:,} in days that do not match" if status == "mismatch" else f"{count:,} {status}"
             for status, count in words.items() if count]  # fmt: skip
    earned = sum(not story.owned for story in stories)
    parts = [f"{sum(row.redeemed for row in days):,} redeemed" + (f" ({', '.join(stand)})" if stand else "")]
    parts.append(f"{earned or 'no'} {'story' if earned == 1 else 'stories'} named it")
    parts.append(f"{len(new_places) or 'no'} new place{'' if len(new_places) == 1 else 's'}")
    leaked = sum(row.after_leak for row in days)
    return ", ".join([*parts, *([f"{leaked:,} redeemed after a leak"] if leaked else [])])
