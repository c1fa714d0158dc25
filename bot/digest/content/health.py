"""Whether we looked: the collectors' state and the share of the window that they covered, in words. Pure.

A silent source is never a quiet one: "nothing was said" may be printed only where :attr:`Coverage.allows_quiet` holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.digest import wording
from bot.digest.content.lasting import lasting
from bot.digest.figures import count, dollars, duration, percent
from bot.digest.plain import shorten
from bot.model import Gap, GapCause, Interval, State, Target, TargetState, Window
from bot.phrases import joined, plural

_SEVERITY = (
    *(State.UNAUTHORISED, State.BLOCKED, State.OUT_OF_CREDIT, State.FAILING, State.SILENT, State.PAUSED),
    *(State.NEW, State.RATE_LIMITED, State.THIN, State.OK),
)
_TROUBLE = frozenset({*(state for state in State if state.is_broken), State.PAUSED, State.NEW})
_NAMED = 2  # so many feeds in trouble are named; more are only counted
_NAME = 40
_FULL = 0.9995
FULLY = "fully covered"


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known about looking: states now, and what the window's polls covered. ``now`` dates the words.

    ``money`` says of a source what want of money left out, ``polls`` its polls, those that failed, billable reads and
    US dollars.
    """

    targets: Sequence[TargetState]
    covered: Mapping[Target, tuple[Interval, ...]]
    gaps: Mapping[Target, tuple[Gap, ...]]
    connectors: Mapping[str, str]
    window: Window
    now: datetime
    money: Mapping[str, str] = field(default_factory=dict)
    polls: Mapping[str, tuple[int, int, int, float]] = field(default_factory=dict)

    @property
    def feed_sources(self) -> int:
        """How many sources read feeds: only then must their feeds be told apart by name."""
        return len({state.target.source for state in self.targets if state.target.feed})


@dataclass(frozen=True, slots=True)
class Coverage:
    """The share of the window that was looked at, each source counting alike.

    ``troubles`` say in words what was not looked at, worst first; ``brief`` says the same for a subject line.
    """

    share: float
    text: str
    allows_quiet: bool
    troubles: tuple[str, ...]
    brief: tuple[str, ...]


def health_rows(looked: Looked) -> list[dict[str, Any]]:
    """One row a source, in trouble first; feeds of one source are told together."""
    sources: dict[str, list[TargetState]] = {}
    for state in looked.targets:
        sources.setdefault(state.target.source, []).append(state)
    rows = [_row(source, states, looked) for source, states in sources.items()]
    return sorted(rows, key=lambda row: (_SEVERITY.index(State(row["state"])), row["source"]))


def coverage_of(rows: Sequence[Mapping[str, Any]], quiet_coverage: float) -> Coverage:
    """The whole picture from the rows; ``quiet_coverage`` is every source's least share that allows a quiet day."""
    if not rows:
        return Coverage(
            0.0, "No source is set up, so nothing was looked at.", allows_quiet=False, troubles=(), brief=()
        )
    share = sum(row["coverage"] for row in rows) / len(rows)
    quiet = all(row["coverage"] >= quiet_coverage for row in rows)
    troubled = [row for row in rows if row["trouble"] or row["coverage"] < quiet_coverage]
    missing = [f"{row['name']} only {percent(row['coverage'])} covered" for row in troubled]
    troubles = tuple(row["trouble"] or words for row, words in zip(troubled, missing, strict=True))
    brief = tuple(row["brief"] or words for row, words in zip(troubled, missing, strict=True))
    if share >= _FULL and not troubles:
        text = "Every source was looked at throughout."
    elif troubles:
        text = f"{joined(troubles)}; {percent(share)} of the window was covered."
    else:
        text = f"{percent(share)} of the window was covered."
    return Coverage(share, text, quiet, troubles, brief)


def cost_of(polls: Mapping[str, tuple[int, int, int, float]], connectors: Mapping[str, str]) -> dict[str, Any]:
    """What looking cost: per source (polls, failed, billable reads, US dollars), added up and in one line."""
    done = sum(polled for polled, _, _, _ in polls.values())
    failed = sum(failing for _, failing, _, _ in polls.values())
    reads = sum(read for _, _, read, spent in polls.values() if spent)  # what costs nothing is not billed
    usd = sum(spent for _, _, _, spent in polls.values())
    # X charges a post once a day however often it is read; what we count is the most that it can have been.
    text = f"{'at most ' if usd else ''}{dollars(usd)} for {plural(reads, 'billable read')}, {plural(done, 'poll')}"
    text += f", {count(failed)} of them failed" if failed else ""
    paid = [
        f"{wording.source_name(shorten(source, _NAME), connectors.get(source))} {dollars(entry[3])}"
        for source, entry in sorted(polls.items())
        if entry[3]
    ]
    text += f" ({', '.join(paid)})" if len(paid) > 1 else ""
    return {"usd": round(usd, 4), "reads": reads, "polls": done, "failed": failed, "text": text + "."}


def stamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with ``Z``; unknown stays None."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _row(source: str, states: Sequence[TargetState], looked: Looked) -> dict[str, Any]:
    worst = min((state.state for state in states), key=_SEVERITY.index)
    leading = [state for state in states if state.state is worst]
    name = wording.source_name(shorten(source, _NAME), looked.connectors.get(source))
    coverage = sum(covered_share(looked.covered.get(state.target, ()), looked.window) for state in states) / len(states)
    gaps = [gap for state in states for gap in looked.gaps.get(state.target, ())]
    begun = [state.since for state in leading if state.since]
    successes = [state.last_success for state in states if state.last_success]
    upcoming = [state.next_poll_at for state in states if state.next_poll_at]
    since = min(begun, default=None)
    found = _trouble(name, states, worst, looked)
    old = lasting(states[0], looked.now, looked.window.timezone) if len(states) == 1 else None
    brief = f"{name} {old.brief}" if old else found
    trouble = f"{name} {old.text}" if old else found and found + _where(states, since, looked)
    covered, missed = _covered(coverage), _missed(gaps) if len(states) == 1 else ""
    money = looked.money.get(source, "")
    detail = "; ".join(filter(None, (", ".join(filter(None, (covered, missed))), money)))
    polls, failed, reads, usd = looked.polls.get(source, (0, 0, 0, 0.0))
    error = next((state for state in leading if state.error or state.error_kind), None)
    return {
        "source": source,
        "name": name,
        "state": worst.value,
        "since": stamp(since),
        "last_success": stamp(max(successes, default=None)),
        "next_poll_at": stamp(min(upcoming, default=None)),
        "coverage": round(coverage, 4),
        "gaps": [_gap(gap) for gap in gaps] if len(states) == 1 else [],
        "failures": max(state.failures for state in states),
        "error": None if error is None else {"kind": error.error_kind, "message": shorten(error.error or "", 200)},
        "targets": len(states),
        "trouble": trouble,
        "brief": brief,
        "lasting": old.text if old and old.long else "",
        "detail": f"{name} {detail}",
        "matter": "; ".join(filter(None, ((trouble or "fine").removeprefix(f"{name} "), missed, money))),
        "polls": {"polls": polls, "failed": failed, "reads": reads if usd else 0, "usd": round(usd, 4)},
        "text": f"{trouble or f'{name} fine'}; {detail}",
    }


def covered_share(covered: Iterable[Interval], window: Window | Interval) -> float:
    """How much of the window the intervals cover, from 0 to 1; overlaps count once."""
    length = (window.end - window.start).total_seconds()
    seen, reached = 0.0, window.start
    for interval in sorted(covered, key=lambda entry: entry.start):
        start, end = max(interval.start, reached), min(interval.end, window.end)
        if end > start:
            seen += (end - start).total_seconds()
            reached = end
    return min(1.0, seen / length) if length > 0 else 0.0


def looked_share(targets: Iterable[Target], covered: Mapping[Target, Sequence[Interval]], window: Window) -> float:
    """How much of the window was looked at, each source counting alike, and in it each of its targets."""
    shares: dict[str, list[float]] = {}
    for target in targets:
        shares.setdefault(target.source, []).append(covered_share(covered.get(target, ()), window))
    return sum(sum(found) / len(found) for found in shares.values()) / len(shares) if shares else 0.0


def _trouble(name: str, states: Sequence[TargetState], worst: State, looked: Looked) -> str | None:
    """What is wrong now: ``Reddit blocked``, ``3 of 41 feeds failing``; None when all is well."""
    if worst not in _TROUBLE:
        return None
    if len(states) == 1:
        return f"{name} {wording.STATES[worst]}"
    found = Counter(state.state for state in states if state.state in _TROUBLE)
    kinds = [(state, found[state]) for state in _SEVERITY if found[state]]
    unit = "feeds" if any(state.target.feed for state in states) else "targets"
    whole = f"of {count(len(states))} {unit}"
    if looked.feed_sources > 1:
        whole += f" of {name}"
    if kinds == [(State.NEW, len(states))]:
        return f"{name} {wording.STATES[State.NEW]}"
    if len(kinds) == 1:
        return f"{count(kinds[0][1])} {whole} {wording.STATES[kinds[0][0]]}"
    parts = joined([f"{count(number)} {wording.STATES[state]}" for state, number in kinds])
    return f"{count(found.total())} {whole} not read: {parts}"


def _where(states: Sequence[TargetState], since: datetime | None, looked: Looked) -> str:
    """Since when, and for a source of many feeds which: `` (blog.example since Thu 07:00)``; many are only counted."""
    if len(states) == 1:
        return wording.since(since, looked.now, looked.window.timezone)
    troubled = [state for state in states if state.state in _TROUBLE]
    if len(troubled) > _NAMED or all(state.state is State.NEW for state in states):
        return ""
    named = [
        shorten(urlsplit(state.target.feed).hostname or state.target.feed, _NAME)
        + wording.since(state.since, looked.now, looked.window.timezone)
        for state in troubled
    ]
    return f" ({', '.join(named)})"


def _covered(coverage: float) -> str:
    return FULLY if coverage >= _FULL else f"{percent(coverage)} covered"


def _missed(gaps: Sequence[Gap]) -> str:
    """What was missed and why: ``missed 9 h 5 min (access refused)``; empty where nothing was."""
    missed: dict[GapCause, timedelta] = {}
    for gap in gaps:
        missed[gap.cause] = missed.get(gap.cause, timedelta(0)) + (gap.interval.end - gap.interval.start)
    parts = [f"{duration(length)} ({wording.CAUSES[cause]})" for cause, length in missed.items()]
    return f"missed {joined(parts)}" if parts else ""


def _gap(gap: Gap) -> dict[str, Any]:
    return {"start": stamp(gap.interval.start), "end": stamp(gap.interval.end), "cause": gap.cause.value}
