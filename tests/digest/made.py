"""What came of the made-up brand's work: objectives of two departments, activities, voices, a lift, alerts, the days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.digest.compose import DigestInput
from bot.digest.content.feedback import Changes
from bot.digest.content.volume import History
from bot.model import Audience, ChannelScore, Interval, Period, PeriodScore, Report, ToneLabel
from bot.model.aims import Funnel, FunnelStage, StageRate, Tally
from bot.model.alert import Alert, AlertKind, Severity
from bot.model.digest import ToneCount
from bot.model.impact import (
    Activity,
    Design,
    Lift,
    Measured,
    Objective,
    ObjectiveStanding,
    ObjectiveVerdict,
    ShareOfVoice,
    VoiceShare,
)
from bot.model.value import Amount, Column, Count, Return, ValueLedger
from tests.digest import sample

DAY = timedelta(days=1)
WEEK = 7 * DAY
PUBLIC = "https://heard.example"
RELEASE = Activity("release", "Kitchen opens", "press release", sample.WINDOW.start - 6 * DAY)
MARKET = Activity("market", "Summer market", "event", sample.WINDOW.start - 30 * DAY, sample.WINDOW.start - 20 * DAY)


def standing(
    name: str, verdict: ObjectiveVerdict, value: float | None, *, unit: str = "share", rule: str | None = None
) -> ObjectiveStanding:
    """An objective as it stands on the sample's day: four weeks, the last of which is the present one."""
    weeks = [
        Interval(sample.WINDOW.end - place * WEEK, sample.WINDOW.end - (place - 1) * WEEK) for place in (4, 3, 2, 1)
    ]
    points = [
        Measured(week, None, why="nobody looked") if value is None
        else Measured(week, value - place / 100, value - place / 100 - 0.04, value - place / 100 + 0.04, n=60 + place)
        for place, week in zip((3, 2, 1, 0), weeks, strict=True)
    ]  # fmt: skip
    objective = Objective(
        name, f"People know about {name}", "Press", "Ann", {"metric": "penetration"}, baseline=0.05, target=0.15,
        by=datetime(2026, 9, 30, tzinfo=UTC), decision_rule=rule,
    )  # fmt: skip
    projected = None if value is None else replace(points[-1], value=value + 0.02, low=value - 0.03, high=value + 0.07)
    return ObjectiveStanding(
        objective, points[-1], verdict, unit, "counted over stories", "a line", tuple(points[:-1]), projected
    )


def objectives() -> tuple[ObjectiveStanding, ...]:
    return (
        standing("growers", ObjectiveVerdict.MET, 0.3),
        standing("wrapper", ObjectiveVerdict.OFF_TRACK, 0.08, rule="Below 10 % after eight weeks: say it otherwise."),
        standing("school", ObjectiveVerdict.CANNOT_TELL, None),
        standing("truffle", ObjectiveVerdict.ON_TRACK, 0.14),
    )


def days(last: datetime, *, number: int = 28, unseen: frozenset[int] = frozenset()) -> tuple[ToneCount, ...]:
    """So many days up to ``last``, of 10 and a few stories each; ``unseen`` count back from the last one."""
    return tuple(
        ToneCount(Interval(last - (back + 1) * DAY, last - back * DAY), back % 3, 4, 6, 0, back not in unseen)
        for back in reversed(range(number))
    )


def history(*, weeks_seen: int = 4) -> History:
    window = sample.WINDOW
    weeks = tuple(
        ToneCount(
            Interval(window.start - week * WEEK, window.end - week * WEEK), week, 5, 8 + week, 0, week <= weeks_seen
        )
        for week in (1, 2, 3, 4)
    )
    now = ToneCount(window.interval, 6, 3, 16, 1)
    return History(
        now, ToneCount(sample.BEFORE.interval, 3, 6, 11, 0), weeks, days(window.end, unseen=frozenset({5, 9}))
    )


def voices() -> ShareOfVoice:
    return ShareOfVoice(
        sample.WINDOW.interval,
        (
            VoiceShare("velvet-crumb", "Velvet Crumb", True, 21, 0.75, 0.57, 0.87, 0.1, -0.08, 0.28),
            VoiceShare("cocoa-lane", "Cocoa Lane", False, 7, 0.25, 0.13, 0.43, -0.1, -0.28, 0.08),
        ),
        alike=True,
        why="",
        sources=("x", "reddit"),
    )


def renamed(one: ObjectiveStanding, text: str) -> ObjectiveStanding:
    """The standing of an objective in which all words are ``text``."""
    objective = replace(one.objective, statement=text, department=text, owner=text, decision_rule=text)
    return replace(one, objective=objective, measured=replace(one.measured, why=text), method=text, text=text)


def renamed_voices(text: str) -> ShareOfVoice:
    return replace(voices(), shares=tuple(replace(one, name=text) for one in voices().shares), why=text, text=text)


def alert(number: int = 1, severity: Severity = Severity.HIGH) -> Alert:
    judged = {"day": "2026-07-14", "since": "2026-07-14", "tail": "upper", "count": 20, "expected": 9.0, "low": 3,
              "high": 16, "p": 0.001, "days": 1, "whole": True}  # fmt: skip
    return Alert(
        f"a{number}", "spikes", AlertKind.SPIKE, "velvet-crumb", "2026-07-14", date(2026, 7, 14), date(2026, 7, 14),
        severity, 20, 20, sample.WINDOW.start + number * timedelta(hours=1), sample.NOW, 9.0, 0.001, {"judged": judged},
    )  # fmt: skip


def funnel() -> Funnel:
    return Funnel(
        sample.WINDOW.interval,
        (
            FunnelStage("exposure", (Tally("stories", "stories", "Heard", "m", "whole", "measured", 21.0),)),
            FunnelStage(
                "click",
                (
                    Tally("clicks", "clicks", "Shortener", "m", "whole", "measured", 140.0),
                    Tally("clicks", "clicks", "Mail tool", "m", "campaign:spring", "measured", None, why="not told"),
                ),
                rate=StageRate(None, why="no provider counted both"),
            ),
        ),
        linked=3,
        own_posts=4,
        cta=StageRate(0.75, 0.3, 0.95),
        caveat="Figures of different providers are not added.",
    )


def value() -> ValueLedger:
    return ValueLedger(
        window=sample.WINDOW.interval,
        earned=(Amount("margin", "EUR", 300.0, 250.0, 360.0, source="till, orders"),),
        spent=(Amount("cost of Free truffle", "EUR", 100.0),),
        turnover=(),
        associated=(Count(Column.ASSOCIATED, "Leads, assisted", 12.0, "leads"),),
        indirect=(Count(Column.INDIRECT, "net tone", 0.12, "net share", 0.03, 0.21),),
        result=Return(2.0, 1.5, 2.6),
        lines=(
            "Earned: margin 300.00 EUR.",
            "Spent: 100.00 EUR.",
            Return(2.0, 1.5, 2.6).text,
            "Leads, assisted: 12 leads.",
        ),
    )


def world() -> dict[str, Any]:
    """What a digest of the sample's day is given beside what was said and redeemed."""
    return {
        "public_url": PUBLIC,
        "activities": (RELEASE, MARKET),
        "objectives": objectives(),
        "charts": tuple(
            {"name": f"objective-{one.objective.id}", "kind": "trend", "title": "t", "alt": "Where it stood", "points": []}
            for one in objectives()
        ),
        "voices": voices(),
        "lifts": (
            Lift("market", "stories", Design.NO_CONTROL, "its", "the weeks before", 0.3, 0.1, 0.5, 20, 8,
                 text="Summer market: 30 % more stories [10, 50] than without; consistent with it.", name="Summer market"),
            Lift("release", "stories", Design.NO_CONTROL, "its", "", refused="too early", name="Kitchen opens"),
        ),
        "funnel": funnel(),
        "value": value(),
        "alerts": (alert(),),
        "history": history(),
        "score": PeriodScore(20, 14.0, 0.7, 0.6, 5.6, 0.7, 0.1, 1.3, (ChannelScore("x", 20, 14.0),), 1, 2, 3, "1"),
        "feedback": Changes(
            corrections=2, set_aside=1, mentions=-1, tones={ToneLabel.NEGATIVE: -1},
            text="2 corrections by readers since the last digest: 1 mention set aside as not about us.",
        ),
    }  # fmt: skip


def report(audience: Audience, *sections: str, period: Period = Period.DAY) -> Report:
    return Report(f"{audience}-{period}", audience, period, sections=sections)


def given(audience: Audience, *sections: str, **changes: Any) -> DigestInput:
    """The sample's day for an audience, with all that came of the work."""
    return sample.given(**({"report": report(audience, *sections), **world()} | changes))
