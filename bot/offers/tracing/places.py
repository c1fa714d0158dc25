"""Where a code belongs: how the place of an item stands to the places of an offer's placements. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.model import Item, Named, Offer, OfferKind, Standing

DEAL_HOSTS = (
    "couponfollow.com",
    "coupons.com",
    "dealnews.com",
    "groupon.com",
    "honey.com",
    "hotukdeals.com",
    "joinhoney.com",
    "mydealz.de",
    "ozbargain.com.au",
    "pepper.com",
    "retailmenot.com",
    "simplycodes.com",
    "slickdeals.net",
    "vouchercodes.co.uk",
    "wethrift.com",
    "r/coupons",
    "r/deals",
    "r/freebies",
)
"""Places that collect codes; ``[leaks] deal_hosts`` takes the place of this list."""


@dataclass(frozen=True, slots=True)
class Home:
    """What is at home everywhere: the own subjects' handles and domains; and the ``deal_hosts``, which never are."""

    handles: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    deal_hosts: tuple[str, ...] = DEAL_HOSTS


NO_HOME = Home()
"""Nobody's own."""


def standing(offer: Offer, named: Named, issued_for: str | None, item: Item, home: Home) -> Standing:
    """How the place of an item stands to a code of the offer.

    A code that was issued for a placement belongs to that placement's places only, a phrase to all of the offer's. A
    unique code, and a phrase with declared places, stand ``outside`` everywhere else; so does any code on a deal host.
    A phrase without places is public, and so is an offer's name: who says it names it.
    """
    if stands_at(item, (*(f"@{handle.removeprefix('@')}" for handle in home.handles), *home.domains)):
        return Standing.OWN
    if named is Named.NAME:
        return Standing.NAMED
    declared = (
        offer.places.get(issued_for, ())
        if issued_for is not None
        else [place for places in offer.places.values() for place in places]
    )
    if stands_at(item, declared):
        return Standing.ALLOWED
    if stands_at(item, home.deal_hosts):
        return Standing.OUTSIDE
    return Standing.NAMED if offer.kind is OfferKind.CODE_PHRASE and not offer.places else Standing.OUTSIDE


def stands_at(item: Item, places: Iterable[str]) -> bool:
    """Whether an item stands at one of these: its author's ``@handle``, ``r/name``, or a host with its subdomains."""
    handle = (item.author.handle or "").removeprefix("@").casefold()
    where = {item.outlet.casefold().removeprefix("www."), _host(item.url)} - {""}
    return any(_is_at(place.strip().casefold().removeprefix("www."), handle, where) for place in places)


def _is_at(place: str, handle: str, where: Collection[str]) -> bool:
    if place.startswith("@"):
        return bool(handle) and place[1:] == handle
    return bool(place) and any(one == place or one.endswith(f".{place}") for one in where)


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").casefold().removeprefix("www.")
    except ValueError:  # a broken address is no place
        return ""
