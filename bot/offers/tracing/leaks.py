"""Leaks: active codes that were seen outside their places, and what was redeemed before and after. Pure.

Source: measurement §8.5. A leak is a fact about places, not about people. Redemptions after it are kept; they are told
apart, and whoever compares offers shows both figures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bot.model import Leak, Named, Offer, Sighting, Standing
from bot.ports import Switch

OFFER_STARTS = "offer starts"
FIRST_ALLOWED = "first seen at an allowed place"
ISSUED = "issued"
SHARED_CHANNELS = {"x": "x.com", "bluesky": "bsky.app"}
"""Channels in which a hundred accounts are one place: whoever passes a code on there makes no second leak."""

Code = tuple[str, str]
"""An offer's id, and a code as the ledger keeps it."""
Around = Callable[[str, str, datetime], tuple[int, int]]
"""How many redemptions of an offer's code stand before a moment, and how many at or after it."""


def seen_outside(
    offers: Sequence[Offer], sightings: Iterable[Sighting], switches: Sequence[Switch]
) -> Mapping[Code, Sequence[Sighting]]:
    """The codes that were active when they were seen outside their places, each with those sightings, oldest first.

    The first of them is the leak. ``switches`` are those of these offers. A code that was no more to be redeemed when
    it was seen has not leaked.
    """
    known = {offer.id: offer for offer in offers}
    by_code: dict[Code, list[Sighting]] = defaultdict(list)
    for one in sightings:
        if one.named is Named.CODE and one.standing is Standing.OUTSIDE and one.offer in known:
            by_code[one.offer, one.code].append(one)
    found = {}
    for (offer, code), seen in by_code.items():
        active = [one for one in seen if _was_active(known[offer], code, one.at, switches)]
        if active:
            found[offer, code] = sorted(active, key=lambda one: (one.at, one.item))
    return found


def find_leaks(
    offers: Sequence[Offer],
    sightings: Sequence[Sighting],
    switches: Sequence[Switch],
    around: Around,
    issued: Mapping[str, datetime],
    now: datetime,
) -> tuple[Leak, ...]:
    """Every leak of these offers, the latest first, with what was redeemed before and since.

    ``issued`` says when unique codes were issued, by code.
    """
    known = {offer.id: offer for offer in offers}
    found = []
    for (name, code), outside in seen_outside(offers, sightings, switches).items():
        offer, first = known[name], outside[0]
        seen = [one for one in sightings if (one.offer, one.code) == (name, code) and one.named is Named.CODE]
        released, basis = _released(offer, first.at, seen, issued.get(code))
        before, after = around(name, code, first.at)
        found.append(
            Leak(
                offer=name,
                code=code,
                issued_for=first.issued_for,
                first=first,
                places=tuple(dict.fromkeys(map(cluster, outside))),
                sightings=len(outside),
                released_at=released,
                basis=basis,
                before=before,
                after=after,
                active=is_active(offer, now) and _was_active(offer, code, now, switches),
            )
        )
    return tuple(sorted(found, key=lambda leak: (leak.since, leak.offer, leak.code), reverse=True))


def cluster(sighting: Sighting) -> str:
    """The place as one is told of it once: a host, ``r/name``, or the whole of X."""
    return SHARED_CHANNELS.get(sighting.channel, sighting.outlet)


def is_active(offer: Offer, now: datetime) -> bool:
    """Whether an offer runs, or will: not ended and not disabled."""
    return not offer.disabled and (offer.ends is None or now < offer.ends)


def _released(
    offer: Offer, leaked: datetime, seen: Sequence[Sighting], issued: datetime | None
) -> tuple[datetime | None, str]:
    """When the code was first given out, as far as that is known; nobody has a code before it is made."""
    if offer.starts is not None:
        if issued is not None and issued > offer.starts:
            return issued, ISSUED
        return offer.starts, OFFER_STARTS
    at_home = {Standing.ALLOWED, Standing.OWN}
    allowed = min((one.at for one in seen if one.standing in at_home and one.at <= leaked), default=None)
    if allowed is not None:
        return allowed, FIRST_ALLOWED
    return issued, ISSUED if issued is not None else ""


def _was_active(offer: Offer, code: str, at: datetime, switches: Iterable[Switch]) -> bool:
    """Whether the code could still be redeemed then: neither over, nor switched off by itself or with its offer.

    A switch in the configuration has no time, so that it takes no leak back.
    """
    if offer.ends is not None and at >= offer.ends:
        return False
    state = {"": True, code: True}
    for switch in switches:
        if switch.offer == offer.id and switch.code in state and switch.at <= at:
            state[switch.code] = switch.on
    return all(state.values())
