"""What a digest would say today beside what it said when it was sent; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.digest.wording import undated
from bot.phrases import plural

Body = Mapping[str, Any]


def since_sent(sent: Body, today: Body) -> tuple[str, ...]:
    """What a digest's body says today otherwise than when it was ``sent``, a sentence each; empty: nothing told.

    Compared is what was said and heard: verdict, stories, mentions, messages and redemptions. How the sources do now,
    what they cost and when the preview was made are left out; so a trouble of a source is the same on whatever day it is
    told of.
    """
    changes = tuple(_changes(sent, today))
    # A subject line holds what fits; all that is in it is compared, and a longer word for an old trouble is no change.
    if not changes or undated(str(sent.get("subject_line"))) == undated(str(today.get("subject_line"))):
        return changes
    return (f"the subject line was: {sent.get('subject_line')}", *changes)


def _changes(sent: Body, today: Body) -> Iterator[str]:
    if undated(str(sent.get("verdict"))) != undated(str(today.get("verdict"))):
        yield f"the verdict was: {sent.get('verdict')}"
    if sent.get("mentions") != today.get("mentions"):
        told = plural(int(today.get("mentions") or 0), "mention", "mentions")
        yield f"{told} now, {sent.get('mentions') or 0} then"
    old, new = _stories(sent), _stories(today)
    for said, stories, others in (("told now, not then", new, old), ("told then, not now", old, new)):
        for story, headline in stories.items():
            if story not in others:
                yield f"{said}: {headline}"
    for name, (then, now) in _counts(sent, today).items():
        if then != now:
            yield f"{name}: {then} then, {now} now"


def _stories(body: Body) -> Mapping[str, str]:
    return {str(story["story"]): str(story["headline"]) for story in body.get("stories", ())}


def _counts(sent: Body, today: Body) -> Mapping[str, tuple[str, str]]:
    """What is counted of each message and offer, as words that can be compared."""
    sides = [
        {f"message {row['message']}": _carried(row) for row in body.get("messages", ())}
        | {f"offer {row['offer']}": _redeemed(row) for row in body.get("redemptions", ()) if not row.get("placement")}
        for body in (sent, today)
    ]
    return {name: (sides[0].get(name, "not there"), sides[1].get(name, "not there")) for name in sides[0] | sides[1]}


def _carried(row: Body) -> str:
    return f"carried {row.get('full', 0)}, partly {row.get('partial', 0)}, contradicted {row.get('contrary', 0)}"


def _redeemed(row: Body) -> str:
    return f"{row.get('in_window', 0)} redeemed"
