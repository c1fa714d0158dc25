"""Made-up nouns for tests of the store and of what stands on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.model import (
    Alignment,
    Audience,
    Author,
    Delivery,
    Digest,
    EventKind,
    Factor,
    Hit,
    Item,
    ItemKind,
    MatchField,
    Mention,
    OfferEvent,
    Outcome,
    Reach,
    ReachBasis,
    Score,
    Span,
    Target,
    ToneLabel,
    ToneReading,
    Window,
    mention_id,
)
from bot.ports import LedgerView, Store

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BLOGS = Target("blogs", "https://example.org/feed.xml")
OTHER = Target("blogs", "https://example.net/feed.xml")


def an_item(number: int = 1, text: str = "Marzipan & Moon opened today", **changes: object) -> Item:
    made = Item(
        key=f"rss:{number}",
        kind=ItemKind.ARTICLE,
        url=f"https://example.org/{number}",
        title="",
        text=text,
        published_at=NOON - HOUR,
        outlet="example.org",
        author=Author("Ada Writer", "ada", "a1", "https://example.org/ada", 120),
        language="en",
        metrics={"score": 3.0, "upvote_ratio": 0.1 + 0.2},
        links=("https://example.org/shop",),
        refers_to="rss:0",
    )
    return replace(made, **changes)


def a_mention(item: Item, subject: str = "moon", collected_at: datetime = NOON, story: str = "s1") -> Mention:
    hits = (Hit("moon", MatchField.TEXT, 0, 4),)
    return Mention(mention_id(item.key, subject), subject, item, hits, "blogs", collected_at, story)


def a_score(mention: Mention, rules_version: str = "1", **changes: object) -> Score:
    made = Score(
        mention=mention.id,
        rules_version=rules_version,
        context_id="2026-03",
        tone=ToneReading(0.1 + 0.2, ToneLabel.POSITIVE, 2 / 3, (Span(0, 8, "Marzipan", 0.7),), "lexicon"),
        reach=Reach(1234.5, 10.0, 99999.25, ReachBasis.ESTIMATED, "x.fol.taper"),
        prominence=0.85,
        advocacy=0.0,
        weight=1 / 3,
        quality=None,
        score=-0.0625,
        language="en",
        factors=(
            Factor("tone", 0.1 + 0.2, "vader", "compound"),
            Factor("voice", None, "x", "y"),
            Factor("a", "b", "", ""),
        ),
        formula="10·w·q",
        alignments=(
            Alignment("hand-made", Outcome.FULL, 0.9, "Marzipan", 0, 8, "statement"),
            Alignment("free-truffle", Outcome.NONE, 0.4),
        ),
        flags=("default-reach",),
    )
    return replace(made, **changes)


def a_window(day: int = 0) -> Window:
    start = datetime(2026, 3, 10, tzinfo=UTC) + day * DAY
    return Window(start, start + DAY, "UTC")


def a_digest(window: Window, mentions: tuple[str, ...] = (), name: str = "", report: str = "pr") -> Digest:
    return Digest(
        id=name or f"{report}-{window.start:%Y%m%d}",
        report=report,
        audience=Audience.PR,
        window=window,
        subject_line="All quiet",
        body={"stories": [{"why": "é\u2028"}], "late": 0, "cost": {"usd": 0.1 + 0.2}},
        created_at=window.end + 8 * HOUR,
        mentions=mentions,
    )


def a_delivery(digest: Digest, recipient: str = "pr@example.org") -> Delivery:
    return Delivery(f"{digest.id}:{recipient}", digest.id, "mail", recipient, f"{digest.id}.key")


def an_event(name: str, *, key: str | None = None, customer: str | None = None, at: datetime = NOON) -> OfferEvent:
    return OfferEvent(name, "truffle", EventKind.REDEEMED, at, "moonlight", "shop", customer, key, told_at=at)


def given_back(store: Store, redemption: str, name: str, at: datetime) -> OfferEvent:
    """The event that gives a redemption back, written."""

    def decide(ledger: LedgerView) -> OfferEvent:
        return replace(
            ledger.event(redemption),
            id=name,
            kind=EventKind.ROLLED_BACK,
            at=at,
            told_at=at,
            key=None,
            refers_to=redemption,
        )

    return store.record(None, decide).event
