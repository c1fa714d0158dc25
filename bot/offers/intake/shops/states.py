"""What a shop's own word for an order means; pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.errors import ConfigError
from bot.model import OrderState, Shop


@dataclass(frozen=True, slots=True)
class Words:
    """A platform's words: ``ladder`` from ordered to done, ``back`` for what was undone, ``usual`` for what counts."""

    ladder: Sequence[str]
    back: Collection[str]
    usual: str


def state_of(word: str, shop: Shop, words: Words) -> OrderState:
    """The state that ``word`` stands for. A word above one that counts on the ladder counts too, so that an order whose
    deliveries overtake each other is not missed; a word of the shop's own (a plug-in's) counts when it is named.
    """
    if word in words.back:
        return OrderState.GIVEN_BACK
    counts = shop.counts or (words.usual,)
    lowest = min((words.ladder.index(one) for one in counts if one in words.ladder), default=len(words.ladder))
    paid = word in counts or word in words.ladder[lowest:]
    return OrderState.PAID if paid else OrderState.OPEN


def check_counts(shop: Shop, words: Words) -> None:
    """Raises ConfigError when a word that undoes an order is configured to count."""
    for word in shop.counts:
        if word in words.back:
            raise ConfigError(f"counts names '{word}', which gives a code's use back; choose from {list(words.ladder)}")
