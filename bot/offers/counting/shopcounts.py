"""What a shop's own counter says, as an observation, which is the only way that a figure enters, and back. Pure.

The subject of such an observation is an offer, or one placement or code of it; its provider is the shop, its window a
local day, its basis what a platform reports. The orders that were counted, where they are listed, are its raw
reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from bot.model import METRICS, Door, Observation, ReachBasis, Shop, ShopCount

METRIC = METRICS["redemptions"]
DEFAULT_METHOD = "shop.counter"
"""The method of a count whose list does not name one."""

_SCHEME = "offer"


def subject_of(offer: str, placement: str | None = None, code: str | None = None) -> str:
    """The subject of an observation about an offer, one placement of it, or one (normalised) code."""
    return f"{_SCHEME}:{'/'.join(quote(part or '', safe='') for part in (offer, placement, code))}"


def to_observation(count: ShopCount, *, method: str, timezone: str, now: datetime) -> Observation:
    """A shop's count as it is kept."""
    value = None if count.count is None else float(count.count)
    return Observation(
        metric_id=METRIC.id,
        subject_id=subject_of(count.offer, count.placement, count.code),
        provider=count.provider,
        method_id=method,
        method_version="1",
        unit=METRIC.unit,
        window_start=count.start,
        window_end=count.end,
        tz=timezone,
        value=value,
        low=value,
        high=value,
        basis=ReachBasis.UNKNOWN if value is None else ReachBasis.PLATFORM_REPORTED,
        collected_at=now,
        raw_ref="" if count.orders is None else json.dumps(count.orders, ensure_ascii=False),
    )


def shop_counts(observations: Iterable[Observation], shops: Mapping[str, Shop]) -> tuple[ShopCount, ...]:
    """The shops' counts among observations, oldest day first.

    Where a count does not say what placement it is about, it is the shop's own; a shop without one that goes by a
    door's name counts what came in by that door.
    """
    found = [_count_of(one, shops.get(one.provider)) for one in observations if _is_count(one)]
    return tuple(sorted(found, key=lambda one: (one.day, one.offer, one.provider, one.placement or "", one.code or "")))


def _is_count(observation: Observation) -> bool:
    return observation.metric_id == METRIC.id and observation.subject_id.startswith(f"{_SCHEME}:")


def _count_of(observation: Observation, shop: Shop | None) -> ShopCount:
    parts = observation.subject_id.removeprefix(f"{_SCHEME}:").split("/")
    offer, placement, code = (unquote(part) or None for part in parts)
    placement = placement or (shop.placement if shop else None)
    kind = str(shop.kind) if shop else observation.provider
    return ShopCount(
        offer=offer or "",
        provider=observation.provider,
        day=observation.window_start.astimezone(ZoneInfo(observation.tz)).date(),
        start=observation.window_start,
        end=observation.window_end,
        count=None if observation.value is None else round(observation.value),
        placement=placement,
        code=code,
        door=Door(kind) if kind in set(Door) else None,
        orders=tuple(json.loads(observation.raw_ref)) if observation.raw_ref else None,
        at=observation.collected_at,
    )
