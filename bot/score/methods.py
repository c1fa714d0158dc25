"""The methods by which a reach is told (measurement §3): formula, basis, band and source of each, in one table. Pure.

The estimators take their bands from here, and so do the words in which a receipt and ``heard explain`` put them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.model import Reach, ReachBasis

WIDE = (1 / 3, 3.0)
"""Around an estimate of this very item."""

WIDER = (1 / 5, 5.0)
"""Around what an article of such a place usually reaches."""

Band = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Method:
    """One way to tell a reach. ``band`` is the factors from the figure to its ends; None: it has none."""

    id: str
    formula: str
    basis: ReachBasis
    band: Band | None
    source: str


_TABLE = (
    Method("x.impr", "impressions as X counts them", ReachBasis.PLATFORM_REPORTED, None, "X API, public_metrics"),
    Method(
        "x.fol.taper",
        "followers × 0.15 up to 100,000, × 0.06 from 10 million, linear between",
        ReachBasis.ESTIMATED,
        WIDE,
        "a vendor's published taper; the band is a placeholder",
    ),
    Method("x.fol", "followers as such", ReachBasis.POTENTIAL, None, "X API; not used where the taper can be"),
    Method("rd.own", "views from the author's own statistics", ReachBasis.MEASURED, None, "Reddit, creator statistics"),
    Method(
        "rd.votes",
        "votes ÷ 0.03, where votes = score ÷ (2 × upvote ratio − 1)",
        ReachBasis.ESTIMATED,
        (0.03 / 0.10, 0.03 / 0.01),
        "placeholder: 1 to 10 views in a hundred vote; Reddit blurs score and ratio",
    ),
    Method(
        "rd.votes.comments", "comments ÷ 0.005", ReachBasis.ESTIMATED, WIDE, "placeholder, where votes cannot be told"
    ),
    Method("rd.sub", "subscribers of the subreddit", ReachBasis.POTENTIAL, None, "Reddit API"),
    Method(
        "rd.cmt",
        "the post's reach × 0.3 for a comment on it, × 0.1 deeper down",
        ReachBasis.ESTIMATED,
        WIDE,
        "placeholder",
    ),
    Method("yt.views", "views of the video, from its channel's feed", ReachBasis.PLATFORM_REPORTED, None, "YouTube"),
    Method("net.fol", "followers of the account", ReachBasis.POTENTIAL, None, "the network's own count"),
    Method("bl.own", "views from the owner's own analytics", ReachBasis.MEASURED, None, "the owner"),
    Method(
        "bl.feedly",
        "subscribers of the feed at an aggregator × 0.3",
        ReachBasis.ESTIMATED,
        WIDE,
        "placeholder: a part of the subscribers reads",
    ),
    Method(
        "bl.rank",
        "by the site's rank: to 1,000 30,000; to 10,000 6,000; to 100,000 1,200; to 1 million 250; unlisted 40 an article",
        ReachBasis.ESTIMATED,
        WIDER,
        "placeholders, good for the order only until calibrated; ranks from the list you give (CrUX or Tranco)",
    ),
    Method("fo.site", "the site's daily visitors ÷ 1,000", ReachBasis.POTENTIAL, None, "a vendor's rule"),
    Method("outlet", "the audience that [[outlet]] gives", ReachBasis.POTENTIAL, None, "your configuration"),
    Method("measured", "the audience that [[outlet]] gives, counted", ReachBasis.MEASURED, None, "your configuration"),
    Method("estimated", "the audience that [[outlet]] gives", ReachBasis.ESTIMATED, WIDER, "your configuration"),
    Method(
        "story.bracket",
        "between the largest placement and the sum of the voices, each once; the geometric mean of both ends",
        ReachBasis.ESTIMATED,
        None,
        "media planning's random-duplication (Sainsbury) formula bounds it where the audience universe is known",
    ),
)

METHODS: Mapping[str, Method] = {method.id: method for method in _TABLE}

CALIBRATED = "@"
"""In a reach's method, between the method's id and the calibration's."""


def method_id(method: str) -> str:
    """The id in a reach's method, which may go on with a calibration or a provider: ``x.fol.taper@ab12``."""
    return method.partition("@")[0].partition(" ")[0]


def method_words(reach: Reach) -> str:
    """How a reach was told, in words: method, formula, band and whether it was calibrated.

    ``x.fol.taper: followers × 0.15 …; from 95 to 855 (÷3 … ×3); not calibrated``
    """
    method = METHODS.get(method_id(reach.method))
    if reach.basis is ReachBasis.UNKNOWN or method is None:
        return "no method applies" if reach.basis is ReachBasis.UNKNOWN else reach.method
    calibrated = CALIBRATED in reach.method
    parts = [f"{reach.method}: {method.formula}"]
    if reach.low is not None and reach.high is not None and reach.low < reach.high:
        usual = f" ({_band_words(method.band)})" if method.band and not calibrated else ""
        parts.append(f"from {reach.low:,.0f} to {reach.high:,.0f}{usual}")
    if method.basis is ReachBasis.ESTIMATED:
        parts.append("calibrated on own posts" if calibrated else "not calibrated")
    return "; ".join(parts)


@lru_cache
def _band_words(band: Band) -> str:
    low, high = band
    return f"÷{1 / low:.2g} … ×{high:.2g}"
