"""The coin that decides which of two offers is announced first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.errors import ConfigError
from bot.model import Exposure, Offer
from bot.offers.verdicts.blocks import blocks
from tests.offers.verdicts.ledgers import START, ZONE, A, B, after, local

DAY = timedelta(days=1)
C, D = (replace(one, exposure=Exposure.BLOCKS) for one in (A, B))


def test_the_coin_is_fair_and_thrown_once() -> None:
    found = blocks(C, D, count=1000, now=after(0), zone=ZONE)
    assert found == blocks(D, C, count=1000, now=after(0), zone=ZONE), "whoever asks, and whenever"
    heads = sum(block.leads == "truffle" for block in found)
    assert 440 <= heads <= 560
    changes = sum(one.leads != other.leads for one, other in pairwise(found))
    assert 440 <= changes <= 560
    assert all({block.leads, block.follows} == {"truffle", "brownie"} for block in found)


def test_blocks_follow_each_other_and_begin_with_the_present_one() -> None:
    found = blocks(replace(C, block_days=4), replace(D, block_days=4), count=3, now=after(6), zone=ZONE)
    assert [(block.first_day, block.turn, block.last_day) for block in found] == [
        (START + day * DAY, START + (day + 2) * DAY, START + (day + 3) * DAY) for day in (4, 8, 12)
    ]
    early = blocks(C, D, count=1, now=local(START - 9 * DAY), zone=ZONE)
    assert early[0].first_day == START


@pytest.mark.parametrize(
    ("one", "other"),
    [(C, B), (C, C), (C, replace(D, starts=None)), (C, replace(D, block_days=4)), (C, replace(D, starts=after(3)))],
)
def test_offers_that_are_not_shown_in_the_same_blocks_have_none(one: Offer, other: Offer) -> None:
    with pytest.raises(ConfigError):
        blocks(one, other, count=1, now=after(0), zone=ZONE)
