"""Listening for codes, wired: a live phrase is searched for, so that posts that name nothing but it are collected.

What is found so is a mention of ``offer:<id>``, a subject of its own and nobody's brand: the brand's counts, shares and
scores stay comparable from before the offer to after it. What the brand's own query finds is not found twice.
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.listen.matching import Matcher
from bot.listen.query import parse_query
from bot.model import Offer, OfferKind, Query
from bot.offers.ledger.codes import code_key
from bot.offers.tracing.leaks import is_active
from bot.offers.tracing.sightings import SHORTEST, is_ordinary
from bot.wiring.listen.asking import item_of
from config.settings import Settings

PREFIX = "offer:"
"""What the subject of a mention that was found by its code alone begins with, before the offer's id."""


def code_queries(settings: Settings, now: datetime) -> tuple[Query, ...]:
    """A query for each offer whose phrase is listened for at ``now``."""
    found = (code_query(settings, offer) for offer in settings.offers if _is_live(offer, now))
    return tuple(query for query in found if query is not None)


def code_query(settings: Settings, offer: Offer) -> Query | None:
    """What finds posts that name the offer's phrase and none of the own subjects; None with nothing to listen for.

    That is so where the offer says ``listen = false``, for unique codes (no platform searches by a pattern), for
    ordinary words, and where the own subjects' queries find the phrase by themselves.
    """
    phrase = " ".join(re.findall(r"[^\W_]+(?:['’][^\W_]+)*", offer.code or ""))
    if not offer.listen or offer.kind is not OfferKind.CODE_PHRASE or len(code_key(phrase)) < SHORTEST:
        return None
    own = [subject for subject in settings.subjects if subject.own]
    heard = Matcher([parse_query(subject.id, subject.query) for subject in own]).match(item_of(phrase))
    if is_ordinary(phrase) or heard:
        return None
    tag = "".join(phrase.split()).replace("'", "").replace("’", "")
    named = f'("{phrase}" OR #{tag})' if " " in phrase else f'"{phrase}"'
    others = " OR ".join(f"({subject.query})" for subject in own)
    return parse_query(f"{PREFIX}{offer.id}", f"{named} NOT ({others})" if others else named)


def _is_live(offer: Offer, now: datetime) -> bool:
    return is_active(offer, now) and (offer.starts is None or offer.starts <= now)
