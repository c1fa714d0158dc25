"""What else is to be known of an offer, in a line: who named it, whether its code leaked, whether to keep it up.
Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.digest import wording
from bot.digest.plain import shorten
from bot.model import Chain, KeepVerdict, KeepWord
from bot.phrases import plural
from bot.words import KEEP

_NAME = 48
_PLACE = 32

_SAYS_NOTHING = frozenset({KeepWord.TOO_EARLY, KeepWord.CANNOT_SAY})
"""Verdicts for those who ask; the others are told."""


def offer_news(chains: Sequence[Chain], keeps: Sequence[KeepVerdict], timezone: str) -> list[dict[str, Any]]:
    """A line for each offer there is something to say of. Stories and redemptions stand beside each other only."""
    verdicts = {keep.offer: keep for keep in keeps}
    lines = []
    for chain in chains:
        keep = verdicts.get(chain.offer)
        parts = [*_named(chain), *_leaked(chain, timezone), *_kept(keep)]
        if parts:
            lines.append(
                {
                    "offer": chain.offer,
                    "named_by": len(chain.named_by),
                    "new_places": [shorten(place, _PLACE) for place in chain.new_places],
                    "leaks": sum(leak.active for leak in chain.leaks),
                    "keep": None if keep is None else keep.word.value,
                    "said": "; ".join(parts),
                    "text": f"{shorten(chain.name, _NAME)}: {'; '.join(parts)}.",
                }
            )
    return lines


def _named(chain: Chain) -> Iterator[str]:
    if chain.named_by:
        stories = plural(len(chain.named_by), "story", "stories")
        yield f"{stories} named it, {plural(len(chain.new_places), 'new place')}"


def _leaked(chain: Chain, timezone: str) -> Iterator[str]:
    """The first leak that still matters: a code that can be redeemed."""
    active = sorted((leak for leak in chain.leaks if leak.active), key=lambda leak: leak.since)
    if active:
        first = active[0]
        day = wording.day_label(first.since.astimezone(ZoneInfo(timezone)).date())
        more = f" and {plural(len(active) - 1, 'more leak')}" if active[1:] else ""
        yield f"leaked: seen at {shorten(first.places[0], _PLACE)} since {day}{more}"


def _kept(keep: KeepVerdict | None) -> Iterator[str]:
    if keep is not None and keep.word not in _SAYS_NOTHING:
        until = f" (until the check on {wording.day_label(keep.next_check)})" if keep.next_check else ""
        yield f"verdict: {KEEP[keep.word]}{until}"
