"""How the talk sounds: plain counts of own mentions against the period before, competitors kept apart. Pure.

Counted is what was said in the period; what came too late for its own digest would stand in two periods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.digest import wording
from bot.digest.content.stories import earned, own
from bot.digest.figures import count, index, index_between, to_interval
from bot.digest.plain import clean, shorten
from bot.model import ENOUGH, ScoredMention, Subject, ToneLabel, ToneStanding
from bot.phrases import joined, plural

_NAME = 40
_ORDER = (ToneLabel.POSITIVE, ToneLabel.NEUTRAL, ToneLabel.NEGATIVE, None)
_KEYS = {
    ToneLabel.POSITIVE: "positive",
    ToneLabel.NEUTRAL: "neutral",
    ToneLabel.NEGATIVE: "negative",
    None: "not_scored",
}


def tone_counts(
    mentions: Sequence[ScoredMention],
    previous: Sequence[ScoredMention],
    subjects: Mapping[str, Subject],
    own_stories: Collection[str],
    before: str,
    *,
    unlooked: str = "",
    unlooked_before: str = "",
) -> dict[str, Any]:
    """Counts by tone now and before; one's own words (press releases, own accounts) are counted apart.

    ``unlooked`` and ``unlooked_before`` say of a time that hardly any of it was looked at: that nothing was found then
    says nothing.
    """
    now, then = earned(mentions, subjects, own_stories), earned(previous, subjects, own_stories)
    ours = len(own(mentions, subjects)) - len(now)
    counts, earlier = _by_tone(now), _by_tone(then)
    shares = _competitors(mentions, previous, subjects)
    unlooked, unlooked_before = "" if mentions else unlooked, "" if previous else unlooked_before
    return {
        **counts,
        "earned": len(now),
        "own_text": ours,
        "previous": earlier,
        "text": _sentence(counts, ours, unlooked),
        "before": f"{before}: {unlooked_before or _listed(earlier)}.",
        "competitors": shares,
        "competitors_text": _competitor_sentence(shares, known=not unlooked, known_before=not unlooked_before),
    }


def net_tone(standing: ToneStanding | None, drifts: Sequence[str]) -> dict[str, Any]:
    """The net tone over stories: as people's labels correct it, with its interval, or as the model counts it."""
    text = "" if standing is None else _net_sentence(standing)
    shape = (
        None
        if standing is None or not text
        else {
            "value": to_interval(standing.value, standing.low, standing.high),
            "low": to_interval(standing.low, standing.low, standing.high),
            "high": to_interval(standing.high, standing.low, standing.high),
            "counted": to_interval(standing.counted, None, None),
            "stories": standing.stories,
            "not_scored": standing.unscored,
            "labels": standing.labels,
            "corrected": standing.corrected,
            "basis": clean(standing.basis),
        }
    )
    return {"net": shape, "net_text": text, "drift_text": " ".join(drifts)}


def _net_sentence(standing: ToneStanding) -> str:
    """``Net tone over 240 stories: −0.13 [−0.26, 0.01]; corrected by 100 labels; the model counts +0.09.``

    A model's count is over the stories that have a tone; how many have none is said. Empty where there are too few
    stories for any figure.
    """
    basis = clean(standing.basis) + (f"; {count(standing.unscored)} not scored" if standing.unscored else "")
    if standing.value is not None and standing.low is not None and standing.high is not None:
        return f"{_over(standing.stories)}: {index_between(standing.value, standing.low, standing.high)}; {basis}."
    if standing.counted is not None:
        return f"{_over(standing.scored)}: {index(standing.counted)}; {basis}."
    return f"{_over(standing.stories)}: {basis}." if standing.scored >= ENOUGH else ""


def _over(stories: int) -> str:
    return f"Net tone over {plural(stories, 'story', 'stories')}"


def _by_tone(mentions: Sequence[ScoredMention]) -> dict[str, int]:
    found = Counter(scored.score.tone.label if scored.score.score is not None else None for scored in mentions)
    return {_KEYS[label]: found[label] for label in _ORDER}


def _listed(counts: Mapping[str, int]) -> str:
    words = [f"{count(counts[_KEYS[label]])} {wording.TONES[label]}" for label in _ORDER[:3]]
    if counts["not_scored"]:
        words.append(f"{count(counts['not_scored'])} not scored")
    return joined(words)


def _sentence(counts: Mapping[str, int], ours: int, unlooked: str) -> str:
    total = sum(counts.values())
    if not total and unlooked:
        text = f"{unlooked.capitalize()}, so nothing is known."
    elif not total:
        text = "No mention by others was found."
    else:
        text = f"{plural(total, 'mention')} by others: {_listed(counts)}."
    if ours:
        text += f" Our own text ran in {plural(ours, 'more place')}, counted apart."
    return text


def _competitors(
    mentions: Sequence[ScoredMention], previous: Sequence[ScoredMention], subjects: Mapping[str, Subject]
) -> list[dict[str, Any]]:
    now = Counter(scored.mention.subject for scored in mentions)
    then = Counter(scored.mention.subject for scored in previous)
    rows = [
        {
            "subject": subject.id,
            "name": shorten(subject.name, _NAME),
            "mentions": now[subject.id],
            "previous": then[subject.id],
        }
        for subject in subjects.values()
        if not subject.own
    ]
    return sorted(rows, key=lambda row: (-row["mentions"], row["subject"]))


def _competitor_sentence(rows: Sequence[Mapping[str, Any]], *, known: bool, known_before: bool) -> str:
    if not rows or not (known or known_before):
        return ""
    named = [
        f"{row['name']} {count(row['mentions']) if known else wording.DASH}"
        f" (before {count(row['previous']) if known_before else wording.DASH})"
        for row in rows
    ]
    return f"Competitors, mentions: {', '.join(named)}. Counts only: their searches may not be as wide as ours."
