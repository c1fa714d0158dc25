"""How many people an item reached, estimated per channel with a band; and a whole story's reach. Pure.

Each estimator is a method of measurement §3 and its id stands in the result. What no method can tell stays unknown: it
is never 0 and never made up. ``x.fol`` (followers as such) has no case of its own, because where followers are known
``x.fol.taper`` is the better figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bot.model import UNKNOWN_REACH, Item, ItemKind, Outlet, Reach, ReachBasis

TAPER = ((100_000.0, 0.15), (10_000_000.0, 0.06))
"""Share of followers who see a post: at most the first size .15, from the second on .06, linear between."""

VIEWS_PER_VOTE = 1 / 0.03
VIEWS_PER_VOTE_BAND = (1 / 0.10, 1 / 0.01)
LEAST_RATIO = 0.55
"""Upvote ratio under which votes cannot be told from a score."""

VIEWS_PER_COMMENT = 1 / 0.005
TOP_LEVEL, NESTED = 0.3, 0.1
"""Share of a thread's readers who read a comment on the post, and one deeper down."""

SUBSCRIBERS_WHO_READ = 0.3
WIDE, WIDER = 3.0, 5.0
"""Bands: ÷3 … ×3 around an estimate of this item, ÷5 … ×5 around an outlet's typical article."""

_X_OUTLETS = frozenset({"x.com", "twitter.com"})
_YOUTUBE = "youtube.com"


def estimate(item: Item, outlets: Sequence[Outlet] = ()) -> Reach:
    """The reach of one item by the first method that applies, else ``UNKNOWN_REACH``; ``outlets`` as configured."""
    if item.outlet.casefold() in _X_OUTLETS:
        return _on_x(item) or _of_outlet(item, outlets)
    if item.outlet.casefold().startswith("r/"):
        return _on_reddit(item) or _of_outlet(item, outlets)
    if item.outlet.casefold() == _YOUTUBE:
        return _on_youtube(item) or _of_outlet(item, outlets)
    return _of_outlet(item, outlets)


def story_reach(placements: Iterable[tuple[str, Reach]], universe: float | None = None) -> tuple[Reach, int]:
    """The reach of a story from its (voice, reach) placements, and of how many voices it is made.

    The bracket of measurement §2.4 as a model of its own. Each voice counts once, with its largest placement; unknown ones are left out, and ``potential`` ones wherever a
    better figure stands. From the largest single placement up to their sum, or up to the random-duplication formula
    where ``universe`` (people there are to reach) is given; the value is the geometric mean. One voice alone keeps
    its own figure, and its basis too unless there are voices that nothing is known of: then nobody measured the story.
    """
    placements = list(placements)
    known = [(voice, reach) for voice, reach in placements if reach.value is not None]
    better = [pair for pair in known if pair[1].basis is not ReachBasis.POTENTIAL]
    largest: dict[str, Reach] = {}
    for voice, reach in better or known:
        if voice not in largest or (reach.value or 0.0) > (largest[voice].value or 0.0):
            largest[voice] = reach
    if not largest:
        return UNKNOWN_REACH, 0
    basis = ReachBasis.ESTIMATED if better else ReachBasis.POTENTIAL
    if len(largest) == 1:
        (reach,) = largest.values()
        alone = len({voice for voice, _ in placements}) == 1
        return (reach if alone or reach.basis is basis else replace(reach, basis=basis)), 1
    values = [reach.value or 0.0 for reach in largest.values()]
    low, high = max(values), math.fsum(values)
    if universe:
        unreached = math.prod(max(0.0, 1 - value / universe) for value in values)
        high = max(low, min(high, universe * (1 - unreached)))
    return Reach(math.sqrt(low) * math.sqrt(high), low, high, basis, "story.bracket"), len(largest)


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
    try:
        return (urlsplit(address or "").hostname or "").removeprefix("www.")
    except ValueError:  # a broken IPv6 address or port: no host
        return ""


def _on_x(item: Item) -> Reach | None:
    impressions = item.metrics.get("impression_count")
    if impressions:  # the platform says 0 where it does not count
        return Reach(impressions, impressions, impressions, ReachBasis.PLATFORM_REPORTED, "x.impr")
    followers = item.author.followers
    return None if followers is None else _banded(followers * _taper(followers), WIDE, "x.fol.taper")


def _taper(followers: float) -> float:
    (small, most), (large, least) = TAPER
    if followers <= small:
        return most
    return max(least, most - (most - least) * (followers - small) / (large - small))


def _on_youtube(item: Item) -> Reach | None:
    """Views as the platform counts them; before a video is shown it says 0."""
    views = item.metrics.get("views")
    return Reach(views, views, views, ReachBasis.PLATFORM_REPORTED, "yt.views") if views else None


def _on_reddit(item: Item) -> Reach | None:
    reach = _comment(item) if item.kind is ItemKind.COMMENT else _post(item)
    subscribers = item.metrics.get("subreddit_subscribers")
    if reach is None and subscribers:
        return Reach(subscribers, None, subscribers, ReachBasis.POTENTIAL, "rd.sub")
    return reach


def _post(item: Item) -> Reach | None:
    score, ratio = item.metrics.get("score"), item.metrics.get("upvote_ratio")
    if score is not None and ratio is not None and score > 1 and ratio >= LEAST_RATIO:
        votes = score / (2 * ratio - 1)
        low, high = (votes * views for views in VIEWS_PER_VOTE_BAND)
        return Reach(votes * VIEWS_PER_VOTE, low, high, ReachBasis.ESTIMATED, "rd.votes")
    return _thread(item)


def _thread(item: Item) -> Reach | None:
    comments = item.metrics.get("num_comments")
    return _banded(comments * VIEWS_PER_COMMENT, WIDE, "rd.votes.comments") if comments else None


def _comment(item: Item) -> Reach | None:
    """A share of the thread's readers; the thread is known by the count of its comments."""
    thread = _thread(item)
    if thread is None or thread.value is None:
        return None
    share = TOP_LEVEL if (item.refers_to or "").startswith("reddit:t3_") else NESTED
    return _banded(thread.value * share, WIDE, "rd.cmt")


def _of_outlet(item: Item, outlets: Iterable[Outlet]) -> Reach:
    """The configured audience, by what its ``method`` says it is; a site's traffic is not an article's readership."""
    outlet = outlet_of(item, outlets)
    if outlet is None or not outlet.audience:
        return UNKNOWN_REACH
    said = (outlet.method or "").casefold()
    method = f"outlet ({outlet.provider or 'no provider named'}: {outlet.method or 'no method named'})"
    if said in {"measured", "bl.own"}:
        return Reach(outlet.audience, outlet.audience, outlet.audience, ReachBasis.MEASURED, method)
    if said == "bl.feedly":
        return _banded(outlet.audience * SUBSCRIBERS_WHO_READ, WIDE, method)
    if said in {"estimated", "bl.rank"}:
        return _banded(outlet.audience, WIDER, method)
    return Reach(outlet.audience, None, outlet.audience, ReachBasis.POTENTIAL, method)


def _banded(value: float, factor: float, method: str) -> Reach:
    return Reach(value, value / factor, value * factor, ReachBasis.ESTIMATED, method)
