"""The use case of telling that a source broke or recovered: due notices go into the outbox, each once."""

from __future__ import annotations

import hashlib
import json
import logging
from base64 import b32encode
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import urlsplit

from bot.digest import wording
from bot.digest.content.health import stamp
from bot.digest.notices.incidents import Due, due_notices
from bot.digest.plain import shorten
from bot.digest.sending.publish import delivery_id
from bot.errors import Outdated
from bot.model import Delivery, Incident, Notice, NoticeKind, State, Window
from bot.phrases import joined, plural
from bot.ports import DigestStore

_RECENT = 100  # notices that are looked through for the last one of a source
_NAMED = 20  # feeds named in a notice; of more, how many there are
_NAME = 60
_SAID = 300

log = logging.getLogger("heard.notices")

_TO_DO: dict[State, str] = {
    State.FAILING: "Heard tries again by itself, ever later, at most a day apart. If it lasts, open the address in a "
    "browser and check it.",
    State.BLOCKED: "See to it that it lets Heard in, or give its new address; then run: heard sources resume {source}",
    State.UNAUTHORISED: "Put working credentials where the configuration says; then run: heard sources resume {source}",
    State.OUT_OF_CREDIT: "Buy credits or raise the budget and run: heard sources resume {source}. Else it rests until "
    "its period ends.",
    State.SILENT: "Open it in a browser. If there is more than Heard has, it has moved or is stuck. If not, there is "
    "nothing to do.",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """For whom notices are written: ``names`` is what people call the sources, ``recipients`` (channel, recipient)."""

    names: Mapping[str, str]
    recipients: Sequence[tuple[str, str]]
    timezone: str


def announce_due(store: DigestStore, desk: Desk, now: datetime) -> tuple[Notice, ...]:
    """Writes each notice that is due into the outbox with one delivery a recipient, and marks what it tells of.

    That is one transaction, so a crash at any point, or two processes at once, end with one notice. Each is also a line
    in the log, whether there is anybody to send it to or not.
    """
    made: list[Notice] = []
    incidents = store.incidents()
    if not incidents:
        return ()
    recent = [notice for notice, _ in store.notices(_RECENT)]
    for due in due_notices(incidents, recent, now):
        with suppress(Outdated):  # another process was quicker, or it changed just now: the next look tells
            if due.joins is not None:
                store.join_notice(due.joins, [one.id for one in due.incidents])
                continue
            notice = compose_notice(due, desk, now)
            store.announce(notice, [delivery_of(notice, *pair, now) for pair in dict.fromkeys(desk.recipients)])
            level = logging.WARNING if due.kind is NoticeKind.BROKE else logging.INFO
            log.log(level, "notice=%s source=%s: %s", notice.id, notice.source, notice.subject_line)
            made.append(notice)
    return tuple(made)


def compose_notice(due: Due, desk: Desk, now: datetime) -> Notice:
    """What happened, where, since when, what it means and what to do, as facts and as sentences."""
    name = desk.names.get(due.source, due.source)
    words = _broke if due.kind is NoticeKind.BROKE else _recovered
    subject_line, paragraphs = words(due, name, desk.timezone, now)
    ids = tuple(one.id for one in due.incidents)
    mark = hashlib.sha256(f"{due.kind}\0{due.source}\0{ids}".encode()).digest()
    body = {
        "notice": due.kind.value,
        "source": due.source,
        "subject_line": subject_line,
        "paragraphs": paragraphs,
        "targets": [_target(one) for one in due.incidents],
    }
    return Notice(
        id=f"notice-{b32encode(mark).decode().lower()[:12]}",
        kind=due.kind,
        source=due.source,
        subject_line=subject_line,
        body=body,
        created_at=now,
        incidents=ids,
    )


def notice_text(notice: Notice) -> str:
    """The notice as plain text."""
    named = [f"- {row['feed']} ({row['state']})" for row in _feeds(notice)]
    more = len(notice.body["targets"]) - _NAMED
    named += [f"- and {more} more"] if named and more > 0 else []
    return "\n\n".join([notice.subject_line, *notice.body["paragraphs"], *(["\n".join(named)] if named else [])]) + "\n"


def notice_html(notice: Notice) -> str:
    """The notice as a plain HTML document; everything is escaped."""
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in notice_text(notice).strip().split("\n\n")[1:])
    title = escape(notice.subject_line)
    body = paragraphs.replace("\n", "<br>")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body style="font-family:sans-serif"><h1 style="font-size:1.2em">{title}</h1>{body}</body></html>'
    )


def notice_json(notice: Notice) -> str:
    """The facts, on one line."""
    return json.dumps(notice.body, ensure_ascii=False, separators=(",", ":"))


def notice_window(notice: Notice) -> Window:
    """A letter's window: a notice is of the moment in which it was made."""
    return Window(notice.created_at, notice.created_at + timedelta(microseconds=1), "UTC")


def _broke(due: Due, name: str, zone: str, now: datetime) -> tuple[str, list[str]]:
    first = min(due.incidents, key=lambda one: one.began)
    found = Counter(one.state for one in due.incidents)
    states = sorted(found, key=list(_TO_DO)[::-1].index)
    worst = states[0]
    since = wording.since(first.began, now, zone)
    who = _who(due.incidents, name)
    if len(states) == 1:
        subject_line = f"{who} {wording.STATES[worst]}{since}"
    else:
        subject_line = f"{who}: {joined([f'{found[one]} {wording.STATES[one]}' for one in states])}{since}"
    said = next((one.error for one in due.incidents if one.state is worst and one.error), None)
    if worst is State.SILENT:
        verb = "answer" if _many(due.incidents) else "answers"
        means = f"{who} {verb}, but nothing new has come for longer than ever before. Mentions may be missing."
    else:
        read, lists = ("they are", "they still list") if _many(due.incidents) else ("it is", "it still lists")
        means = f"Mentions on {who}{since} are missing until {read} read again; what {lists} then is caught up."
    paragraphs = [means, "What to do: " + _TO_DO[worst].format(source=due.source)]
    return subject_line, ([f"The reason given: {shorten(said, _SAID)}"] if said else []) + paragraphs


def _recovered(due: Due, name: str, zone: str, now: datetime) -> tuple[str, list[str]]:
    first = min(due.incidents, key=lambda one: one.began)
    well = max((one.well_since for one in due.incidents if one.well_since), default=now)
    who = _who(due.incidents, name)
    verb = "are" if _many(due.incidents) else "is"
    subject_line = f"{who} {verb} well again{wording.since(well, now, zone)}"
    began = wording.since(first.began, now, zone).strip()
    return subject_line, [
        f"The trouble was: {wording.STATES[first.state]} {began}.",
        "What was missed and could not be caught up is shown by: heard sources coverage",
    ]


def _who(incidents: Sequence[Incident], name: str) -> str:
    """``Reddit``, ``blog.example (Blogs)``, ``50 feeds of Blogs``."""
    if _many(incidents):
        return f"{plural(len(incidents), 'feed')} of {name}"
    feed = incidents[0].target.feed
    return f"{shorten(urlsplit(feed).hostname or feed, _NAME)} ({name})" if feed else name


def _many(incidents: Sequence[Incident]) -> bool:
    return len(incidents) > 1


def _feeds(notice: Notice) -> list[Mapping[str, Any]]:
    return [row for row in notice.body["targets"] if row["feed"]][:_NAMED]


def _target(incident: Incident) -> dict[str, Any]:
    return {
        "feed": shorten(incident.target.feed, 200) or None,
        "state": incident.state.value,
        "since": stamp(incident.began),
        "error": shorten(incident.error, _SAID) if incident.error else None,
    }


def delivery_of(notice: Notice, channel: str, recipient: str, now: datetime) -> Delivery:
    """A notice's pending delivery to one recipient."""
    return Delivery(
        id=delivery_id(notice.id, channel, recipient),
        digest="",
        notice=notice.id,
        channel=channel,
        recipient=recipient,
        key=notice.id,
        next_attempt_at=now,
    )
