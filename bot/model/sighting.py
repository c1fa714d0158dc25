"""Where a code was seen in what others say, what leaked, and how words and redemptions hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.model.score import UNKNOWN_REACH, Reach, ReachBasis
from bot.model.source import Interval


class Named(StrEnum):
    """What of an offer a text names: the code that redeems it, or the offer by its name."""

    CODE = "code"
    NAME = "name"


class Standing(StrEnum):
    """How a place that shows a code stands to where the code belongs.

    ``own``: the subject's own account or site. ``allowed``: one of the places of its placement. ``outside``: any other
    place. ``named``: a public phrase for which no places were declared is at home everywhere.
    """

    OWN = "own"
    ALLOWED = "allowed"
    OUTSIDE = "outside"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A code or an offer's name found in an item.

    ``code`` is as the ledger keeps it (empty for a name), ``issued_for`` the placement that a unique code was issued
    for. ``item`` is the item's key. ``quote`` is what stood at ``[start, end)`` of the item's text, code points; the
    two are None once the words are gone, and so is ``quote`` once the platform took the item back, with everything that
    leads to its author. ``at`` is when it was published (else seen), ``seen_at`` when it was collected. ``mention`` and
    ``story`` are empty where the item is kept no more. ``standing`` is what the place was when the item was last read.
    """

    offer: str
    named: Named
    code: str
    item: str
    outlet: str
    at: datetime
    seen_at: datetime
    issued_for: str | None = None
    start: int | None = None
    end: int | None = None
    quote: str | None = None
    url: str | None = None
    handle: str | None = None
    voice: str | None = None
    headline: str = ""
    standing: Standing = Standing.NAMED
    mention: str = ""
    story: str = ""
    reach: Reach = UNKNOWN_REACH

    @property
    def channel(self) -> str:
        """The kind of place: the part of the item's key before the colon, ``x``, ``reddit``, ``rss``."""
        return self.item.partition(":")[0]

    @property
    def place(self) -> str:
        """The place that people know it by: ``@handle`` on X, else the host or ``r/name``."""
        return f"@{self.handle}" if self.handle and self.outlet == "x.com" else self.outlet


@dataclass(frozen=True, slots=True)
class Leak:
    """An active code that was seen outside its places. A fact, and nobody's fault.

    ``first`` is the earliest such sighting, ``places`` are those where it was seen outside, in order of time.
    ``released_at`` is when the code was first given out, ``basis`` how that is known: "offer starts", "first seen at an
    allowed place", "issued" or "" (unknown). ``before`` and ``after`` are its redemptions, those given back left out.
    ``active``: whether it can still be redeemed.
    """

    offer: str
    code: str
    issued_for: str | None
    first: Sighting
    places: tuple[str, ...]
    sightings: int
    released_at: datetime | None
    basis: str
    before: int
    after: int
    active: bool

    @property
    def since(self) -> datetime:
        """From when on its redemptions may come from those who were not meant."""
        return self.first.at

    @property
    def time_to_leak(self) -> timedelta | None:
        """From the first giving out to the first sighting outside; None where the former is not known."""
        return None if self.released_at is None else max(timedelta(0), self.first.at - self.released_at)


class FlagKind(StrEnum):
    """Other things that stand out in the ledger (measurement §8.5)."""

    VELOCITY = "velocity"
    SHAPE = "shape"
    GUESS = "guess"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that stands out: what was counted, against what, over which time; a fact and no accusation.

    ``value`` is the count (or share) that was seen, ``limit`` what it was held against, ``p`` the probability of it by
    chance where that was worked out, ``who`` the door's account or key where one is concerned.
    """

    kind: FlagKind
    offer: str
    period: Interval
    value: float
    limit: float | None
    p: float | None
    words: str
    who: str | None = None


@dataclass(frozen=True, slots=True)
class ChainStory:
    """One story that named the code or the offer: ``places`` and ``voices`` of its posts, which of both it named, how
    its places stand, and the reach of its voices by kind.
    """

    story: str
    headline: str
    url: str | None
    first_at: datetime
    posts: int
    voices: int
    places: tuple[str, ...]
    named: tuple[Named, ...]
    standings: tuple[Standing, ...]
    reach: Mapping[ReachBasis, Reach]
    mention: str = ""

    @property
    def owned(self) -> bool:
        """Whether only the subject itself tells it."""
        return set(self.standings) == {Standing.OWN}

    @property
    def title(self) -> str:
        """Its headline; of a post, which has none, where it stands."""
        if self.headline:
            return self.headline
        if not self.url:
            return "A post whose words are gone"
        return f"A post at {self.places[0]}" if self.places else self.url


@dataclass(frozen=True, slots=True)
class ChainDay:
    """Redemptions of one local day at one placement (None: not said). ``after_leak`` of them came after a leak."""

    day: date
    placement: str | None
    redeemed: int
    status: str
    after_leak: int = 0


@dataclass(frozen=True, slots=True)
class Chain:
    """What was said of an offer over a window, beside what was redeemed.

    They are joined by code, placement and time alone, never by matching people. ``reach`` is that of all stories of
    others, each kind of figure by itself: a voice counts once, with its best kind; ``unknown_voices`` have none.
    ``new_places`` named it in the window and never before. ``caveat`` says what this does not show.
    """

    offer: str
    name: str
    window: Interval
    stories: tuple[ChainStory, ...]
    days: tuple[ChainDay, ...]
    reach: Mapping[ReachBasis, Reach]
    unknown_voices: int
    new_places: tuple[str, ...]
    leaks: tuple[Leak, ...]
    line: str
    caveat: str

    @property
    def redeemed(self) -> int:
        """Redemptions in the window, those given back left out."""
        return sum(row.redeemed for row in self.days)

    @property
    def provisional(self) -> int:
        """How many of them stand in days that are not final."""
        return sum(row.redeemed for row in self.days if row.status != "final")

    @property
    def named_by(self) -> tuple[ChainStory, ...]:
        """The stories that others told."""
        return tuple(story for story in self.stories if not story.owned)
