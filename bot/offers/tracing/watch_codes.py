"""The use case: looks through what was collected for codes, and keeps what it saw.

Each item is looked at once, and again when its words, the offers or their places change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot.model import Item, Named, Offer, OfferKind, Sighting
from bot.offers.tracing.places import NO_HOME, Home, standing
from bot.offers.tracing.sightings import Finder, Found, Letters, wanted_phrases
from bot.ports import SightingStore

BATCH = 500
"""Items that are read, and saved, at a time."""
RULES = "1"
"""Of the finding itself: another number has everything looked at again."""


@dataclass(frozen=True)
class CodeWatch:
    """What is watched for: the offers, and where their codes are at home."""

    offers: tuple[Offer, ...]
    home: Home = NO_HOME

    @cached_property
    def by(self) -> str:
        """A name for these very rules."""
        told = [RULES, repr(self.home)]
        told += [repr((one.id, one.name, one.kind, one.code, sorted(one.places.items()))) for one in self.offers]
        return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @cached_property
    def finder(self) -> Finder:
        """Looks for all phrases and names."""
        return Finder(wanted_phrases(self.offers))

    @cached_property
    def by_id(self) -> dict[str, Offer]:
        """The offers by id."""
        return {offer.id: offer for offer in self.offers}

    @property
    def has_unique(self) -> bool:
        """Whether there are codes to be looked up."""
        return any(offer.kind is OfferKind.UNIQUE_CODES for offer in self.offers)


def watch_codes(
    store: SightingStore, watch: CodeWatch, *, batch: int = BATCH, stop: Callable[[], bool] = lambda: False
) -> int:
    """Looks at what is new, newest first; how many sightings were kept. ``stop`` is asked before each batch.

    A batch that brings back only items of this run ends it: they changed meanwhile, and the next run takes them.
    """
    kept = 0
    looked: set[str] = set()
    while watch.offers and not stop():
        items = [pair for pair in store.unlooked(watch.by, batch) if pair[0].key not in looked]
        if not items:
            break
        seen = see(store, watch, items)
        store.save_sightings([item for item, _ in items], seen, watch.by)
        looked.update(item.key for item, _ in items)
        kept += len(seen)
    return kept


def see(store: SightingStore, watch: CodeWatch, items: Sequence[tuple[Item, datetime]]) -> list[Sighting]:
    """What is seen in these items, each (offer, code) once an item, at its first place in the text."""
    read = [(item, collected, Letters(item.text)) for item, collected in items]
    found = [list(letters.candidates()) if watch.has_unique else [] for _, _, letters in read]
    issued = store.issued_codes({one.key for those in found for one in those})
    seen: list[Sighting] = []
    for (item, collected, letters), candidates in zip(read, found, strict=True):
        first: dict[tuple[str, Named, str], Sighting] = {}
        named = [*_phrases(watch, item, collected, letters)]
        for one in candidates:
            if one.key in issued and issued[one.key][0] in watch.by_id:
                offer, placement, _ = issued[one.key]
                named.append(_sighting(watch, item, collected, one, (offer, Named.CODE, one.key, placement)))
        for sighting in sorted(named, key=lambda one: one.start or 0):
            first.setdefault((sighting.offer, sighting.named, sighting.code), sighting)
        seen += first.values()
    return seen


def _phrases(watch: CodeWatch, item: Item, collected: datetime, letters: Letters) -> Iterator[Sighting]:
    for one in watch.finder.phrases(letters):
        if one.wanted is not None:
            yield _sighting(watch, item, collected, one, (one.wanted.offer, one.wanted.named, one.wanted.code, None))


def _sighting(
    watch: CodeWatch, item: Item, collected: datetime, found: Found, of: tuple[str, Named, str, str | None]
) -> Sighting:
    offer, named, code, issued_for = of
    return Sighting(
        offer=offer,
        named=named,
        code=code,
        item=item.key,
        outlet=item.outlet,
        at=item.published_at or collected,
        seen_at=collected,
        issued_for=issued_for,
        start=found.start,
        end=found.end,
        quote=item.text[found.start : found.end],
        url=item.url,
        handle=item.author.handle,
        voice=item.voice,
        headline=item.title,
        standing=standing(watch.by_id[offer], named, issued_for, item, watch.home),
    )
