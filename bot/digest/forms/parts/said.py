"""The sections of what was said: stories, messages, tone, the score, and what waits for an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.digest.content.messages import KEYS
from bot.digest.figures import count
from bot.digest.forms.page import Group, Linked, Piece, Quote, Row, Section, filled, lines
from bot.digest.wording import DASH, OUTCOMES
from bot.model import HURTS, Audience, Outcome

_COLUMNS = {outcome: key for outcome, key in KEYS.items() if outcome is not Outcome.NONE}
"""Counts that have a column; the others of the stories leave the message out."""
_IN_BRIEF = (Audience.EXECUTIVE, Audience.COMMUNITY)
"""Who reads of a story what it is and why it is here, without its words and figures."""
_KINDS = {"complaint": "Complaint", "question": "Question", "thanks": "Thanks"}


def stories(body: Mapping[str, Any]) -> Section:
    """The stories that matter, each with its why."""
    brief = body["audience"] in _IN_BRIEF
    pieces = [
        Piece(
            mark=str(place),
            headline=story["headline"],
            url=story["url"],
            why=story.get("brief", story["why"]) if brief else story["why"],
            facts="" if brief else story["facts"],
            quote=None if brief else _quote_of(story),
            mention=story["lead"],
            evidence=None if brief else story.get("evidence"),
        )
        for place, story in enumerate(body["stories"], start=1)
    ]
    title = "The story that matters" if len(pieces) == 1 else "The stories that matter"
    return Section("stories", title, tuple(pieces), lines=lines(body["more"], url=body.get("more_evidence")))


def messages(body: Mapping[str, Any]) -> Section:
    """Whether each message is heard, in counts of this period and the one before, with quotes."""
    quoted = {quote.text for story in body["stories"] if (quote := _quote_of(story))}
    period = body["period"]
    groups = []
    for message in body["messages"]:
        before = message["previous"]
        label = f"{period['label']} ({period['before']})" if before else period["label"]
        evidence = [piece for piece in message["evidence"] if piece["quote"] not in quoted]
        groups.append(
            Group(
                title=message["statement"],
                facts=message["text"],
                rows=(Row(label, _counts(message, before, body["coverage"]), strong=True),),
                quotes=tuple(_quote(piece, piece["quote"]) for piece in evidence[:1]),
                shares=tuple((OUTCOMES[outcome], message[KEYS[outcome]]) for outcome in KEYS),
                url=message.get("addresses", {}).get("relevant"),
            )
        )
    columns = (*(OUTCOMES[outcome].capitalize() for outcome in _COLUMNS), "Of")
    broken = body.get("series_break")
    told = lines(broken["text"], broken["mixed"]) if broken and groups and not body["tone"] else ()
    heading = "Is the message heard?"
    return Section("messages", heading, columns=columns if groups else (), groups=tuple(groups), lines=told)


def tone(body: Mapping[str, Any]) -> Section | None:
    """Counts by tone beside those before, the net tone, and what competitors were said to be."""
    row = body["tone"]
    if not row:
        return None
    counted = " ".join(filled(row["text"], row["before"], row["net_text"]))
    told = lines(counted, row["drift_text"], row["competitors_text"], url=row.get("evidence"))
    return Section("tone", "Tone", lines=told, run_in=True)


def score(body: Mapping[str, Any]) -> Section | None:
    """The period's score with its parts."""
    row = body.get("period_score")
    if not row:
        return None
    first = " ".join(filled(row["text"], row["mean_text"]))
    told = lines(first, row["channels_text"], row["change_text"], row["reach_text"], url=row.get("evidence"))
    return Section("score", "The score", lines=told)


def answer(body: Mapping[str, Any]) -> Section:
    """What people asked, complained of and thanked for."""
    pieces = [
        Piece(_KINDS[row["kind"]], row["text"], row["url"], "", row["where"], mention=row["mention"])
        for row in body["answer"]
    ]
    return Section(
        "answer",
        "Waiting for an answer",
        tuple(pieces),
        lines=lines(body["more_to_answer"], url=body.get("answer_evidence")),
    )


def _counts(
    message: Mapping[str, Any], before: Mapping[str, Any] | None, coverage: Mapping[str, Any]
) -> tuple[Linked, ...]:
    """Each count, and in brackets that of the period before; no nought where nothing was looked at."""
    addresses = message.get("addresses", {})
    keys = (*_COLUMNS.values(), "relevant")
    now = _figures(message, keys, looked=coverage.get("looked", True))
    then = _figures(before, keys, looked=coverage.get("looked_before", True)) if before else ()
    told = [f"{one} ({other})" for one, other in zip(now, then, strict=True)] if then else now
    return tuple(Linked(figure, addresses.get(key)) for key, figure in zip(keys, told, strict=True))


def _figures(counts: Mapping[str, Any], keys: Sequence[str], *, looked: bool) -> list[str]:
    known = looked or counts["relevant"]
    return [count(counts[key]) if known else DASH for key in keys]


def _quote_of(story: Mapping[str, Any]) -> Quote | None:
    """The words against us, unless the headline says them; where they stand goes without saying in its own item."""
    quote = story["quote"]
    if quote is None or Outcome(quote["outcome"]) not in HURTS or quote["text"].rstrip("….!?") in story["headline"]:
        return None
    here = quote["mention"] == story["lead"]
    return _quote(quote | ({"where": "", "url": None} if here else {}), quote["text"], told=True)


def _quote(piece: Mapping[str, Any], text: str, *, told: bool = False) -> Quote:
    """``told``: the line above says already what the words do to the message."""
    outcome = Outcome(piece["outcome"]) if piece["outcome"] else None
    word = OUTCOMES[outcome].capitalize() if outcome and not told else ""
    return Quote(text, ", ".join(filled(word, piece["where"])), piece["url"], outcome in HURTS)
