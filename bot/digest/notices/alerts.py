"""The notice of an alert: it explains itself, and says something else when it has to come again. Pure."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from bot.digest import wording
from bot.digest.figures import about, percent
from bot.digest.plain import clean, shorten
from bot.model import Notice, NoticeKind
from bot.model.alert import Alert, AlertKind, Tail
from bot.phrases import joined, plural

_DAY = timedelta(days=1)
_DATES = 6
_TOGETHER = 5
_NAME = 60

TO_DO: Mapping[AlertKind, str] = {
    AlertKind.SPIKE: "Read the first story and what people say to it, and decide whether to answer, to share it, or to "
    "leave it alone.",
    AlertKind.SILENCE: "See whether the sources are well (heard sources coverage) and whether the query still finds what "
    "it should (heard query test). If both are, it is the world that is quiet.",
    AlertKind.NEGATIVE_SURGE: "Read the stories before the numbers: what are they about, and is it true? Agree who "
    "answers, and where.",
    AlertKind.CONTRARY_MESSAGE: "Check what it says against the facts. If it is wrong, ask for a correction and say it "
    "right where it was said; if it is right, the message needs changing.",
    AlertKind.CODE_LEAK: "If the place is welcome, add it to the offer's 'places'; if not: heard offers disable.",
}
"""What somebody who gets the alert may do."""


@dataclass(frozen=True, slots=True)
class AlertDesk:
    """For whom alerts are written: the subjects' ``names``, the zone, and the pages' address where there is one."""

    names: Mapping[str, str]
    timezone: str
    public_url: str | None = None


def compose_alert_notice(alerts: Sequence[Alert], desk: AlertDesk, now: datetime) -> Notice:
    """One notice for what is to be told of one rule and subject, the most severe and latest first."""
    ordered = sorted(alerts, key=lambda one: (-one.severity.rank, -one.raised_at.timestamp(), one.id))
    lead = ordered[0]
    said = headline(lead, desk, again=lead.told_size is not None)
    if len(ordered) > 1:
        said += f", and {len(ordered) - 1} more"
    paragraphs = explain(lead, desk)
    for other in ordered[1:_TOGETHER]:
        paragraphs.append(f"Also: {headline(other, desk)}. {_story_lines(other)}".strip())
    if len(ordered) > _TOGETHER:
        paragraphs.append(f"And {len(ordered) - _TOGETHER} more; all are shown by: heard alerts")
    paragraphs.append(f"What to do: {TO_DO[lead.kind]}")
    if desk.public_url:
        paragraphs.append(f"All alerts: {desk.public_url}/alerts")
    told = sorted((one.id, len(one.notices)) for one in alerts)
    mark = hashlib.sha256(repr(told).encode()).digest()
    return Notice(
        id=f"told-{b32encode(mark).decode().lower()[:12]}",
        kind=NoticeKind.ALERT,
        source=lead.rule,
        subject_line=said,
        body={
            "notice": NoticeKind.ALERT.value,
            "source": lead.rule,
            "subject_line": said,
            "paragraphs": paragraphs,
            "targets": [],
            "alerts": [{"id": one.id, "kind": one.kind.value, "subject": one.subject, "event": one.event,
                        "severity": one.severity.value, **one.body} for one in ordered[:_TOGETHER]],
        },
        created_at=now,
    )  # fmt: skip


def headline(alert: Alert, desk: AlertDesk, *, again: bool = False) -> str:
    """What happened, in one line; in other words to people who are told of it ``again``."""
    name = shorten(clean(desk.names.get(alert.subject, alert.subject)), _NAME)
    if alert.kind is AlertKind.CONTRARY_MESSAGE:
        return f"{name}: {_contrary(alert, again=again)}"
    if alert.kind is AlertKind.CODE_LEAK:
        return str(alert.body.get("headline", f"{name}: a code has leaked"))
    judged = alert.body["judged"]
    if alert.kind is AlertKind.SILENCE:
        return f"{name}: {'still quiet, ' if again else ''}{_silent(alert, judged)}"
    unit = _unit(alert, alert.count)
    day = _days(alert, judged)
    if again:
        return f"{name}: still growing, {unit} {day}; it was {alert.told_size:,} when you were told"
    return f"{name}: {unit} {day}, {_usual(judged)}"


def explain(alert: Alert, desk: AlertDesk) -> list[str]:
    """The explanation, a paragraph a matter; what is not known is left out."""
    body, found = alert.body, []
    if alert.kind is AlertKind.CODE_LEAK:
        return [str(line) for line in body.get("paragraphs", ())]
    if judged := body.get("judged"):
        found.append(_reckoning(alert, judged))
    if alert.kind is AlertKind.CONTRARY_MESSAGE:
        found.append(_against(body["contrary"]))
    if share := body.get("share"):
        found.append(
            f"{share['negative']} of {share['of']} stories with a tone are negative ({percent(share['now'])}); before it "
            f"was {percent(share['usual'])}."
        )
    if terms := body.get("terms"):
        found.append(f"Words that stand out: {joined([f'“{term}”' for term in terms])}.")
    if lines := _story_lines(alert):
        found.append(lines)
    if body.get("places"):
        found.append(_where(body))
    if body.get("last_story"):
        found.append(f"The last that was heard: {_story(body['last_story'])}.")
    found += [str(note) for note in body.get("notes", ())]
    if tested := body.get("backtest"):
        found.append(backtest_line(tested))
    if desk.public_url and alert.kind is not AlertKind.SILENCE:
        found.append(f"The evidence: {evidence_url(alert, desk.public_url)}")
    return found


def evidence_url(alert: Alert, public_url: str) -> str:
    """The page of the mentions behind an alert."""
    asked = {"subject": alert.subject}
    if alert.kind is AlertKind.CONTRARY_MESSAGE:
        asked["story"] = alert.event
    else:
        first, last = alert.day, alert.last_day + _DAY
        days = int(alert.body.get("judged", {}).get("days", 1))
        asked |= {"since": min(first, alert.last_day - (days - 1) * _DAY).isoformat(), "until": last.isoformat()}
    if alert.kind is AlertKind.NEGATIVE_SURGE:
        asked["tone"] = "negative"
    return f"{public_url}/mentions?{urlencode(asked)}"


def backtest_line(tested: Mapping[str, Any]) -> str:
    """``In the 90 days before it would have fired twice: 3 Mar and 9 Apr; by chance about 0.7 times.``"""
    fired = [wording.day_label(date.fromisoformat(day)) for day in tested["fired"]]
    dates = joined([*fired[-_DATES:], *([f"{len(fired) - _DATES} earlier"] if len(fired) > _DATES else [])])
    said = f"Back-test: on the {plural(tested['judged'], 'day')} before that could be judged it would "
    said += f"have fired {wording.times(len(fired))} ({dates})" if fired else "not have fired"
    if tested["by_chance"] is not None:
        said += f"; chance alone gives up to about {tested['by_chance']:g} in that time"
    return said + "."


def _reckoning(alert: Alert, judged: Mapping[str, Any]) -> str:
    count, expected = _unit(alert, judged["count"]), judged["expected"]
    day = _days(alert, judged)
    parts = [f"{count[:1].upper()}{count[1:]} {day}; {about(expected) if expected >= 1 else 'under 1'} expected"]
    parts.append(f"(19 of 20 such {'weeks' if judged['tail'] == Tail.WEEK else 'days'} bring {_range(judged)})")
    since = date.fromisoformat(judged["since"])
    if since.isoformat() != judged["day"]:
        parts.append(f"since {wording.day_label(since)}")
    said = " ".join(parts)
    chance = judged["p"]
    odds = "less than once in a million" if chance < 1e-6 else f"about once in {about(1 / chance)}"  # noqa: PLR2004 beyond that a number says nothing
    said += f". By chance that comes {odds} such days."
    if (covered := alert.body.get("coverage")) is not None:
        so_far = "" if judged["whole"] else " so far"
        said += f" {percent(covered)} of the day was looked at{so_far}."
    return said


def _silent(alert: Alert, judged: Mapping[str, Any]) -> str:
    days = alert.size
    what = (
        f"nothing said for {days} days"
        if judged["count"] == 0 and days > 1
        else f"only {_unit(alert, judged['count'])}"
    )
    if judged["count"] == 0 and days == 1:
        what = "nothing said"
    return f"{what} {_days(alert, judged)}, {_usual(judged)}"


def _contrary(alert: Alert, *, again: bool) -> str:
    found = alert.body["contrary"]
    verb = "contradicts" if found["outcome"] == "contrary" else "misframes"
    story = alert.body["stories"][0] if alert.body.get("stories") else None
    where = f" at {story['place']}" if story else ""
    if again:
        return f"the story that {verb} “{found['statement']}” is spreading: told {alert.size} times now"
    return f"a story{where} {verb} “{found['statement']}”"


def against_together(alerts: Sequence[Alert], desk: AlertDesk) -> str:
    """What several stories do to one message, in one line."""
    one = alerts[0]
    name = shorten(clean(desk.names.get(one.subject, one.subject)), _NAME)
    found = one.body["contrary"]
    verb = "contradict" if found["outcome"] == "contrary" else "misframe"
    return f"{name}: {plural(len(alerts), 'story', 'stories')} {verb} “{found['statement'].rstrip('.')}”"


def _against(found: Mapping[str, Any]) -> str:
    quote = f" in these words: “{found['quote']}”" if found["quote"] else ""
    verb = "contradicts" if found["outcome"] == "contrary" else "misframes"
    return f"It {verb} the message “{found['statement']}”{quote} ({percent(found['confidence'])} sure)."


def _story_lines(alert: Alert) -> str:
    stories = alert.body.get("stories") or ()
    if not stories:
        return ""
    lines = [f"- {_story(one)}" for one in stories]
    if more := alert.body.get("more_stories"):
        lines.append(f"- and {plural(more, 'more story', 'more stories')}")
    return "\n".join(["The stories told most:", *lines])


def _story(one: Mapping[str, Any]) -> str:
    by = f" by {one['author']}" if one.get("author") else ""
    told = f", told {wording.times(one['told'])}" if one.get("told", 1) > 1 else ""
    link = f": {one['url']}" if one.get("url") else ""
    return f"“{one['headline']}”, {one['place']}{by}{told}{link}"


def _where(body: Mapping[str, Any]) -> str:
    places = joined([f"{place} ({number})" for place, number in body["places"]])
    said = f"Said by {plural(body['voices'], 'voice')} at {places}."
    if first := body.get("first"):
        who = f"{first['author']} at {first['place']}" if first.get("author") else first["place"]
        said += f" First: {who}."
    return said


def _unit(alert: Alert, number: int) -> str:
    negative = "negative " if alert.kind is AlertKind.NEGATIVE_SURGE else ""
    if alert.body.get("counting") == "mentions" and not negative:
        return plural(number, "mention")
    return plural(number, f"{negative}story", f"{negative}stories")


def _days(alert: Alert, judged: Mapping[str, Any]) -> str:
    day = wording.day_label(date.fromisoformat(judged["day"]))
    if judged["tail"] == Tail.WEEK:
        return f"in the week to {day}"
    if judged["tail"] == Tail.GAP and alert.size > 1:
        return f"up to {day}"
    return f"on {day}" if judged["whole"] else f"on {day} so far"


def _usual(judged: Mapping[str, Any]) -> str:
    return "where none is usual" if judged["high"] == 0 else f"where {_range(judged)} are usual"


def _range(judged: Mapping[str, Any]) -> str:
    return str(judged["low"]) if judged["low"] == judged["high"] else f"{judged['low']} to {judged['high']}"
