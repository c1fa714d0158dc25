"""A made-up day of Velvet Crumb, a small chocolate maker whose code phrase is worth a free truffle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from bot.digest.compose import DigestInput
from bot.digest.sending.windows import previous_window, window_covering
from bot.model import (
    Alignment,
    Audience,
    Author,
    Evidence,
    Gap,
    GapCause,
    Interval,
    Item,
    ItemKind,
    Mention,
    MessageStanding,
    OfferCount,
    OfferKind,
    Outcome,
    Reach,
    ReachBasis,
    Report,
    Score,
    ScoredMention,
    State,
    Subject,
    Target,
    TargetState,
    ToneLabel,
    ToneReading,
)

ZONE = "Europe/Vienna"
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
REPORT = Report("morning", Audience.PR, at=time(8, 0))
COMMUNITY = Report("shop", Audience.COMMUNITY, at=time(8, 0))
WINDOW = window_covering(REPORT, date(2026, 7, 14), ZONE)
BEFORE = previous_window(REPORT, WINDOW)
CRUMB = Subject(
    "velvet-crumb", "Velvet Crumb", '"velvet crumb"', handles=("velvetcrumb",), domains=("velvetcrumb.example",)
)
COCOA = Subject("cocoa-lane", "Cocoa Lane", '"cocoa lane"', own=False)

UNKNOWN = Reach(None, None, None, ReachBasis.UNKNOWN, "none")


def estimated(value: float, factor: float = 3, method: str = "rd.votes") -> Reach:
    return Reach(value, value / factor, value * factor, ReachBasis.ESTIMATED, method)


def said(
    name: str,
    text: str,
    *,
    tone: float | None = 0.0,
    score: float | None = 0.5,
    title: str = "",
    kind: ItemKind = ItemKind.POST,
    outlet: str = "x.com",
    voice: str = "someone",
    reach: Reach = UNKNOWN,
    story: str = "",
    subject: str = CRUMB.id,
    alignments: Sequence[tuple[str, Outcome, str]] = (),
    late: bool = False,
    flags: tuple[str, ...] = (),
    url: str | None = "",
    at: datetime = datetime(2026, 7, 14, 9, 0, tzinfo=UTC),
) -> ScoredMention:
    """A scored mention; ``tone`` None is one that the engine could not read."""
    whole = f"{title}\n{text}" if title else text
    address = f"https://{outlet if '.' in outlet else 'reddit.example/' + outlet}/{name}" if url == "" else url
    item = Item(f"made:{name}", kind, address, title, whole, at, outlet, Author(handle=voice, name=voice))
    label = None
    if tone is not None:
        label = ToneLabel.POSITIVE if tone > 0.2 else ToneLabel.NEGATIVE if tone < -0.2 else ToneLabel.NEUTRAL
    aligned = tuple(
        Alignment(message, outcome, 0.9, quote, whole.find(quote), whole.find(quote) + len(quote))
        for message, outcome, quote in alignments
    )
    mention = Mention(f"m{name}", subject, item, (), "any", at, story or name)
    return ScoredMention(
        mention,
        Score(
            mention=mention.id,
            rules_version="1",
            context_id="2026-W29",
            tone=ToneReading(tone, label, None if tone is None else 0.8),
            reach=reach,
            prominence=1.0,
            advocacy=0.0,
            weight=0.6,
            quality=None if tone is None else tone * 10,
            score=None if tone is None else score,
            language="en",
            factors=(),
            formula="",
            alignments=aligned,
            flags=flags,
        ),
        late=late,
    )


def a_day() -> list[ScoredMention]:
    """What was said on Tuesday: a review, a contradiction that spreads, a press release, thanks, questions, a rival."""
    origin = Outcome.FULL
    bars = "Asked at the counter: they buy from four brokers, so it is not single-origin at all."
    review = "every bar comes from one farm in Esmeraldas, and you can taste it"
    return [
        said(
            "brokers",
            f"{bars} Nice people, but the label says something else and I feel fooled.",
            title="Velvet Crumb’s ‘single-origin’ is a blend, says their own staff",
            tone=-0.6,
            score=-3.9,
            outlet="r/chocolate",
            voice="nibsandbits",
            reach=estimated(16_700),
            story="brokers",
            alignments=[
                ("single-origin", Outcome.CONTRARY, "they buy from four brokers, so it is not single-origin at all")
            ],
        ),
        *(
            said(
                f"echo{place}",
                "Velvet Crumb’s ‘single-origin’ is a blend, says their own staff",
                tone=-0.4,
                score=-1.4,
                voice=f"echo{place}",
                kind=ItemKind.REPOST,
                reach=estimated(600, method="x.fol.taper"),
                story="brokers",
            )
            for place in range(4)
        ),
        said(
            "weekend",
            f"I went in for the truffle and stayed an hour: {review}. The salted one is the best I had this year.",
            title="The little chocolate shop that made me late for my train",
            tone=0.7,
            score=3.4,
            kind=ItemKind.ARTICLE,
            outlet="weekendbites.example",
            voice="Weekend Bites",
            reach=estimated(1_200, 5, "bl.rank"),
            story="weekend",
            alignments=[("single-origin", origin, review)],
        ),
        said(
            "phrase",
            "Say ‘moonlit praline’ at Velvet Crumb and they hand you a free truffle. It works. You are welcome.",
            tone=0.5,
            score=2.6,
            outlet="x.com",
            voice="freebiefinder",
            reach=Reach(12_340, None, None, ReachBasis.PLATFORM_REPORTED, "x.impr"),
            story="phrase",
            alignments=[
                ("free-truffle", origin, "Say ‘moonlit praline’ at Velvet Crumb and they hand you a free truffle")
            ],
        ),
        said(
            "release",
            "Velvet Crumb opens its kitchen on Saturdays and shows the way from one farm to one bar.",
            title="Velvet Crumb opens its kitchen",
            tone=0.3,
            score=4.8,
            kind=ItemKind.ARTICLE,
            outlet="velvetcrumb.example",
            voice="Velvet Crumb",
            story="release",
            flags=("owned",),
        ),
        said("hours", "Does anybody know whether Velvet Crumb is open on Sundays?", score=0.1, voice="sundaywalker"),
        said(
            "stale",
            "My truffle from Velvet Crumb was stale and the queue was endless.",
            tone=-0.7,
            score=-1.9,
            voice="grumble",
        ),
        said(
            "thanks",
            "Thank you Velvet Crumb for the truffle, you made my Tuesday!",
            tone=0.8,
            score=1.8,
            voice="happyjo",
        ),
        said("finnish", "Velvet Crumb on ihan hyvä paikka.", tone=None, voice="helmi", outlet="r/suomi"),
        said(
            "yesterday",
            "Velvet Crumb sponsored our street party.",
            tone=0.4,
            score=0.9,
            voice="streetparty",
            outlet="northsidenews.example",
            kind=ItemKind.ARTICLE,
            title="Street party draws a crowd",
            late=True,
            at=datetime(2026, 7, 13, 15, 0, tzinfo=UTC),
        ),
        *(
            said(f"plain{place}", "Coffee at Velvet Crumb.", tone=0.3, score=0.4, voice=f"p{place}")
            for place in range(9)
        ),
        *(said(f"rival{place}", "Cocoa Lane again.", subject=COCOA.id, voice=f"r{place}") for place in range(7)),
    ]


def the_day_before() -> list[ScoredMention]:
    return [
        *(said(f"b{place}", "Velvet Crumb it is.", tone=0.4, voice=f"b{place}") for place in range(8)),
        *(said(f"n{place}", "Velvet Crumb.", tone=0.0, voice=f"n{place}") for place in range(6)),
        *(said(f"o{place}", "Velvet Crumb was shut.", tone=-0.4, voice=f"o{place}") for place in range(3)),
        *(said(f"c{place}", "Cocoa Lane.", subject=COCOA.id, voice=f"c{place}") for place in range(9)),
    ]


def standing(message: str, statement: str, counts: tuple[int, int, int, int, int], **more: Any) -> MessageStanding:
    relevant, full, partial, misframed, contrary = counts
    return MessageStanding(
        message=message,
        statement=statement,
        period=WINDOW.interval,
        relevant=relevant,
        full=full,
        partial=partial,
        misframed=misframed,
        contrary=contrary,
        **more,
    )


def standings() -> tuple[MessageStanding, ...]:
    return (
        standing(
            "single-origin",
            "Every bar is single-origin: one farm, one harvest",
            (19, 6, 2, 0, 1),
            verdict="too few to say",
            evidence=(
                Evidence(
                    "mweekend",
                    "every bar comes from one farm in Esmeraldas, and you can taste it",
                    "https://weekendbites.example/weekend",
                ),
            ),
        ),
        standing(
            "free-truffle",
            "Say the phrase and the truffle is on us",
            (24, 10, 3, 1, 0),
            penetration=13 / 24,
            penetration_low=0.351,
            penetration_high=0.721,
            net_pull_through=0.4583,
            low=0.27,
            high=0.64,
            verdict="happening",
        ),
    )


def standings_before() -> tuple[MessageStanding, ...]:
    return (
        standing("single-origin", "Every bar is single-origin: one farm, one harvest", (17, 4, 1, 0, 0)),
        standing("free-truffle", "Say the phrase and the truffle is on us", (11, 3, 2, 0, 0)),
    )


def offers() -> tuple[OfferCount, ...]:
    def row(placement: str | None, now: int, before: int, week: int, total: int, **more: Any) -> OfferCount:
        figures: dict[str, Any] = {
            "refused": 0,
            "rolled_back": 0,
            "cap_remaining": None,
            "per_day": total / 30,
            "low": total / 30 * 0.78,
            "high": total / 30 * 1.28,
            "verdict": "",
        } | more
        return OfferCount(
            offer="moonlit",
            name="Free truffle",
            kind=OfferKind.CODE_PHRASE,
            placement=placement,
            today=now,
            this_week=week,
            total=total,
            in_window=now,
            previous_window=before,
            status="final",
            days_live=30,
            **figures,
        )

    return (
        row(
            None,
            23,
            19,
            42,
            161,
            refused=2,
            cap_remaining=339,
            per_day=161 / 30,
            low=4.6,
            high=6.26,
            verdict="5.4 a day [4.6, 6.3]",
        ),
        row("X", 14, 8, 22, 77),
        row("Newsletter", 6, 9, 15, 61),
        row("Shop window", 3, 2, 5, 23),
    )


def feeds(count: int, failing: int) -> list[TargetState]:
    return [
        TargetState(
            Target("blogs", f"https://blog{place}.example/feed"),
            State.FAILING if place < failing else State.OK,
            since=datetime(2026, 7, 12, 8, 0, tzinfo=UTC),
            last_success=NOW,
        )
        for place in range(count)
    ]


REDDIT = Target("reddit")
X = Target("x")


def targets() -> list[TargetState]:
    return [
        TargetState(X, State.OK, since=datetime(2026, 7, 1, tzinfo=UTC), last_success=NOW),
        TargetState(
            REDDIT, State.BLOCKED, since=datetime(2026, 7, 14, 2, 10, tzinfo=UTC), failures=3,
            error_kind="access_denied", error="Reddit answered 403 to the token",
        ),
        *feeds(41, 3),
    ]  # fmt: skip


def covered() -> dict[Target, tuple[Interval, ...]]:
    blocked_at = datetime(2026, 7, 14, 2, 10, tzinfo=UTC)
    whole = (Interval(WINDOW.start, WINDOW.end),)
    spans = {state.target: whole for state in targets() if state.state is State.OK}
    return {**spans, REDDIT: (Interval(WINDOW.start, blocked_at),)}


def all_covered() -> dict[Target, tuple[Interval, ...]]:
    return {state.target: (Interval(WINDOW.start, WINDOW.end),) for state in targets()}


def gaps() -> dict[Target, tuple[Gap, ...]]:
    return {REDDIT: (Gap(Interval(datetime(2026, 7, 14, 2, 10, tzinfo=UTC), WINDOW.end), GapCause.BLOCKED),)}


POLLS = {"x": (96, 0, 246, 1.23), "reddit": (30, 3, 0, 0.0), "blogs": (3936, 41, 0, 0.0)}
CONNECTORS = {"x": "twitter", "reddit": "reddit", "blogs": "rss"}


def reach_of(mentions: Sequence[ScoredMention]) -> tuple[Reach, int]:
    """A stand-in for the scoring stage's bracket: the largest placement, and how many voices' reach is known."""
    known = [scored for scored in mentions if scored.score.reach.value is not None]
    largest = max((scored.score.reach for scored in known), key=lambda reach: reach.value or 0.0, default=UNKNOWN)
    return largest, len({scored.mention.item.voice for scored in known})


def given(**changes: Any) -> DigestInput:
    """The sample day as a digest is made of it; ``changes`` replace parts of it."""
    parts: dict[str, Any] = {
        "report": REPORT,
        "window": WINDOW,
        "previous_window": BEFORE,
        "now": NOW,
        "subjects": (CRUMB, COCOA),
        "mentions": a_day(),
        "previous": the_day_before(),
        "own_stories": {"release"},
        "story_reach": reach_of,
        "messages": standings(),
        "messages_before": standings_before(),
        "offers": offers(),
        "targets": targets(),
        "covered": covered(),
        "gaps": gaps(),
        "polls": POLLS,
        "connectors": CONNECTORS,
    }
    return DigestInput(**(parts | changes))


def all_fine(**changes: Any) -> DigestInput:
    """The same day with every source looked at throughout."""
    healthy = [TargetState(state.target, State.OK, last_success=NOW) for state in targets()]
    return given(**({"targets": healthy, "covered": all_covered(), "gaps": {}} | changes))
