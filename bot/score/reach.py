"""How many people an item reached, estimated per channel with a band. Pure.

Each estimator is a method of :mod:`bot.score.methods`, and its id stands in the result; the first that applies is
taken. What no method can tell stays unknown: it is never 0 and never made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import urlsplit

from bot.model import (
    SETTLED,
    UNKNOWN_REACH,
    Calibration,
    Item,
    ItemKind,
    Known,
    Outlet,
    Reach,
    ReachBasis,
)
from bot.score.methods import CALIBRATED, METHODS

TAPER = ((100_000.0, 0.15), (10_000_000.0, 0.06))
"""Share of followers who see a post: at most the first size .15, from the second on .06, linear between."""

VOTERS = 0.03
"""Share of those who see a Reddit post that vote on it."""

LEAST_RATIO = 0.55
"""Upvote ratio under which votes cannot be told from a score."""

COMMENTERS = 0.005
"""Share of those who see a Reddit post that comment on it."""

TOP_LEVEL, NESTED = 0.3, 0.1
"""Share of a post's readers who read a comment on it, and one deeper down."""

SUBSCRIBERS_WHO_READ = 0.3
VISITORS_A_READER = 1_000

RANK_BUCKETS = ((1_000, 30_000.0), (10_000, 6_000.0), (100_000, 1_200.0), (1_000_000, 250.0))
"""Readers of an article on a site that ranks so high or higher."""
UNLISTED = 40.0

_X_OUTLETS = frozenset({"x.com", "twitter.com"})
_YOUTUBE = "youtube.com"
_THREAD = re.compile(r"/comments/([a-z0-9]+)(?:/|$)", re.IGNORECASE)
_NO_CALIBRATION: Mapping[str, Calibration] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Ranks:
    """How high sites rank: host in lower case without ``www.`` to rank, 1 the highest. ``version`` names the list."""

    of: Mapping[str, int]
    version: str


@dataclass(frozen=True, slots=True)
class Places:
    """What the desk knows of places: its outlets, and a list of ranks where it gave one."""

    outlets: tuple[Outlet, ...] = ()
    ranks: Ranks | None = None


NOWHERE = Places()


def estimate(
    known: Known,
    places: Places = NOWHERE,
    thread: Known | None = None,
    calibration: Mapping[str, Calibration] = _NO_CALIBRATION,
) -> Reach:
    """The reach of one item: what was measured, else the first estimate that applies, else ``UNKNOWN_REACH``.

    ``thread`` is the post that a Reddit comment stands under, where it is kept. An estimate whose method was calibrated
    is replaced by the fitted figure and band.
    """
    seen = known.measured
    if seen is not None and seen.value is not None:
        method = f"{seen.method_id} ({seen.provider})"
        return Reach(seen.value, seen.low, seen.high, ReachBasis.MEASURED, method)
    found = next(candidates(known, places, thread), UNKNOWN_REACH)
    fit = calibration.get(found.method)
    if fit is None or found.value is None or found.basis is not ReachBasis.ESTIMATED:
        return found
    value = found.value
    method = f"{found.method}{CALIBRATED}{fit.id}"
    return Reach(value * fit.factor, value * fit.low, value * fit.high, ReachBasis.ESTIMATED, method)


def candidates(known: Known, places: Places = NOWHERE, thread: Known | None = None) -> Iterator[Reach]:
    """Every estimate that applies to an item, the preferred one first, uncalibrated; nothing that was measured."""
    item = figures_of(known)
    place = item.outlet.casefold()
    if place in _X_OUTLETS:
        found = _on_x(item)
    elif place.startswith("r/"):
        found = _on_reddit(item, thread)
    elif place == _YOUTUBE:
        found = _on_youtube(item)
    else:
        found = iter(())
    yield from found
    yield from _of_outlet(item, places.outlets)
    yield from _elsewhere(item, places.ranks)


def figures_of(known: Known) -> Item:
    """The item with the figures that its score uses: those of the seven-day snapshot, else the latest."""
    for snapshot in known.snapshots:
        if snapshot.age == SETTLED:
            author = replace(known.item.author, followers=snapshot.followers)
            return replace(known.item, metrics=snapshot.metrics, author=author)
    return known.item


def has_settled(known: Known) -> bool:
    """Whether the item's figures were read at seven days or after."""
    return any(snapshot.settled for snapshot in known.snapshots)


def thread_of(item: Item) -> str | None:
    """The key of the post that a Reddit comment stands under; None for anything else, and where nothing tells."""
    if item.kind is not ItemKind.COMMENT or not item.outlet.casefold().startswith("r/"):
        return None
    if (item.refers_to or "").startswith("reddit:t3_"):
        return item.refers_to
    found = _THREAD.search(item.url or "")
    return f"reddit:t3_{found[1].lower()}" if found else None


def outlet_of(item: Item, outlets: Iterable[Outlet]) -> Outlet | None:
    """The configured outlet that the item ran in: by @handle, r/name or host (its subdomains included), first match."""
    handle = (item.author.handle or "").removeprefix("@").casefold()
    place = item.outlet.casefold().removeprefix("www.")
    for outlet in outlets:
        match = outlet.match.casefold().removeprefix("www.")
        if match.startswith("@"):
            if handle and match[1:] == handle:
                return outlet
        elif place == match or place.endswith(f".{match}"):
            return outlet
    return None


def host_of(address: str | None) -> str:
    """The host of a link in lower case without ``www.``; empty when it has none."""
    if not address:
        return ""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:  # a broken IPv6 address or port: no host
        return ""


def _on_x(item: Item) -> Iterator[Reach]:
    impressions = item.metrics.get("impression_count")
    if impressions:  # the platform says 0 where it does not count, and before it has begun to
        yield _told(impressions, "x.impr")
    followers = item.author.followers
    if followers is not None:
        yield _told(followers * _taper(followers), "x.fol.taper")


def _taper(followers: float) -> float:
    (small, most), (large, least) = TAPER
    if followers <= small:
        return most
    return max(least, most - (most - least) * (followers - small) / (large - small))


def _on_youtube(item: Item) -> Iterator[Reach]:
    """Views as the platform counts them; before a video is shown it says 0."""
    views = item.metrics.get("views")
    if views:
        yield _told(views, "yt.views")


def _on_reddit(item: Item, thread: Known | None) -> Iterator[Reach]:
    if item.kind is ItemKind.COMMENT:
        yield from _comment(item, thread)
    else:
        yield from _post(item)
    subscribers = item.metrics.get("subreddit_subscribers")
    if subscribers:
        yield _told(subscribers, "rd.sub")


def _post(item: Item) -> Iterator[Reach]:
    score, ratio = item.metrics.get("score"), item.metrics.get("upvote_ratio")
    if score is not None and ratio is not None and score > 1 and ratio >= LEAST_RATIO:
        yield _told(score / (2 * ratio - 1) / VOTERS, "rd.votes")
    comments = item.metrics.get("num_comments")
    if comments:
        yield _told(comments / COMMENTERS, "rd.votes.comments")


def _comment(item: Item, thread: Known | None) -> Iterator[Reach]:
    """A share of the readers of the post; who could have read it tells nothing of who did."""
    reach = estimate(thread) if thread is not None and thread.item.kind is not ItemKind.COMMENT else UNKNOWN_REACH
    if reach.value is not None and reach.basis is not ReachBasis.POTENTIAL:
        top_level = (item.refers_to or "").startswith("reddit:t3_")
        yield _told(reach.value * (TOP_LEVEL if top_level else NESTED), "rd.cmt")


def _of_outlet(item: Item, outlets: Iterable[Outlet]) -> Iterator[Reach]:
    """The configured audience, by what its ``method`` says it is; a site's traffic is not an article's readership."""
    outlet = outlet_of(item, outlets)
    if outlet is None or not outlet.audience:
        return
    said = (outlet.method or "").casefold()
    value = {
        "bl.feedly": outlet.audience * SUBSCRIBERS_WHO_READ,
        "fo.site": outlet.audience / VISITORS_A_READER,
    }.get(said, outlet.audience)
    provider = outlet.provider or "no provider named"
    if said in _OUTLET_METHODS:
        yield replace(_told(value, said), method=f"{said} ({provider})")
    else:
        method = f"outlet ({provider}: {outlet.method or 'no method named'})"
        yield replace(_told(value, "outlet"), method=method)


_OUTLET_METHODS = frozenset({"measured", "estimated", "bl.own", "bl.feedly", "bl.rank", "fo.site"})
"""What ``method`` of an ``[[outlet]]`` may say that gives its audience a meaning of its own."""


def _elsewhere(item: Item, ranks: Ranks | None) -> Iterator[Reach]:
    """An article by its site's rank; a post on a network by its author's followers."""
    if item.kind is not ItemKind.ARTICLE:
        place = item.outlet.casefold()
        if item.author.followers and place not in _X_OUTLETS and not place.startswith("r/"):
            yield _told(item.author.followers, "net.fol")
    elif ranks is not None and item.outlet:
        rank = ranks.of.get(item.outlet.casefold().removeprefix("www."))
        readers = UNLISTED if rank is None else next((most for top, most in RANK_BUCKETS if rank <= top), UNLISTED)
        yield _told(readers, "bl.rank")


def _told(value: float, method: str) -> Reach:
    """A figure with its method's basis and band; what is potential has no lower end."""
    basis, band = METHODS[method].basis, METHODS[method].band
    if band is not None:
        return Reach(value, value * band[0], value * band[1], basis, method)
    return Reach(value, None if basis is ReachBasis.POTENTIAL else value, value, basis, method)
