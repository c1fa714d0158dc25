"""Blocks whose order a coin decides: the plan that two offers are announced by, where they cannot be shown at once.

Each block is halved: one offer has the first days, the other the rest. The coin is thrown once for all: it is a hash of
both offers and the block, so that everybody reads the same plan and nobody can wait for a better throw.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from bot.errors import ConfigError
from bot.model import Block, Exposure, Offer
from bot.offers.verdicts.power import seed_of
from bot.offers.verdicts.validity import DAY, first_whole_day


def blocks(a: Offer, b: Offer, *, count: int, now: datetime, zone: tzinfo) -> tuple[Block, ...]:
    """The next ``count`` blocks of two offers, the present one first. Raises ConfigError where they have no blocks."""
    if a.id == b.id:
        raise ConfigError("name two different offers")
    for offer in (a, b):
        if offer.exposure is not Exposure.BLOCKS or offer.starts is None:
            raise ConfigError(f"offer '{offer.id}' is not shown in blocks: set exposure = \"blocks\" and its starts")
    firsts = {first_whole_day(offer.starts, zone) for offer in (a, b) if offer.starts is not None}
    if len(firsts) > 1 or a.block_days != b.block_days:
        raise ConfigError("in blocks both offers start on the same day and have the same block_days")
    start, size = firsts.pop(), a.block_days
    over = max(0, (now.astimezone(zone).date() - start).days // size)
    return tuple(_block(a, b, start + number * size * DAY, size) for number in range(over, over + count))


def _block(a: Offer, b: Offer, first: date, size: int) -> Block:
    one, other = sorted((a.id, b.id))
    heads = seed_of("coin", one, other, first.isoformat()) % 2 == 0
    return Block(
        first_day=first,
        turn=first + timedelta(days=size // 2),
        last_day=first + timedelta(days=size - 1),
        leads=one if heads else other,
        follows=other if heads else one,
    )
