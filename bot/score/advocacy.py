"""Whether a mention advises others for or against the subject (measurement §4: a); pure phrase rules, in English.

Only advice counts, given by whoever speaks, toward the subject or what the passage is about: not liking, not a report
of others' advice, not a question for it. When in doubt it is 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Item, Subject
from bot.ports import Passage
from bot.score.reach import host_of

SUBJECT = "§"
"""Stands in a passage for each masked stretch: the subject's name and its like."""

_WHAT = rf"(?<!\w)(?:{SUBJECT}|it|them|this|these|those|that|here|there|one|this (?:place|shop|brand|company|product|app))(?!\w)"
_AT_START = rf"(?:^|[.!…;:,\-–—]\s?)(?:(?:so|and|but|just|please|pls|seriously|honestly|{SUBJECT}|you (?:should|must|have to|need to|gotta)|everyone (?:should|must))[\s:,]{{1,2}}){{0,4}}"
_SPEAKER = r"\b(?:i|we|i'd|we'd|i'll|i've|we've|i'm|we're)\s+(?:\w+\s+){0,3}?"


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns of phrase, and what each of them holds one of: where none of these ``cues`` is, none need be looked for."""

    cues: tuple[str, ...]
    pattern: re.Pattern[str]

    def search(self, text: str) -> re.Match[str] | None:
        """The first in a text in lower case."""
        return self.pattern.search(text) if any(cue in text for cue in self.cues) else None


PRAISE_DESPITE_NOT = Turns(
    ("recommend",),
    re.compile(
        r"\b(?:can(?:'t|not| not)|could(?:n't| not)) recommend\b[^.!?]{0,60}?\b(?:enough|more|highly)\b"
        r"|\b(?:would(?:n't| not)|don't|do not|never) hesitate to recommend\b"
        r"|\bno hesitation (?:in )?recommending\b",
    ),
)
FOR = Turns(
    (
        *("recommend", "endorse", "suggest", "try", "get yourself", "buy", "visit", "check ", "go get", "go see"),
        *("go and ", "don't miss", "do not miss", "do yourself", "must", "worth "),
    ),
    re.compile(
        rf"{_SPEAKER}(?:recommend|endorse|suggest (?:you )?try)\b"
        rf"|{_AT_START}(?:highly |strongly |definitely |totally |would |can |100 ?% ){{0,3}}recommend(?:ed)?\b(?! by\b)"
        rf"|\bhighly recommend(?:ed)?\b"
        rf"|{_AT_START}(?:go (?:and )?(?:get|try|buy|see|visit)|try|get yourself|buy|visit|check out|don't miss|do not miss|"
        rf"do yourself a favou?r)\b(?:(?!\bnot\b)[^.!?]){{0,60}}?{_WHAT}"
        rf"|{_AT_START}check {_WHAT} out\b"
        rf"|\b(?:must[- ](?:try|visit|buy|have|see)|well worth (?:it|a|the|every)|worth (?:every (?:penny|cent)|the trip|a visit|a try))\b",
    ),
)
AGAINST = Turns(
    (
        *("avoid", "boycott", "away", "steer clear", "beware", "don't ", "do not ", "dont ", "never "),
        *("think twice", "save your money", "elsewhere", "recommend"),
    ),
    re.compile(
        rf"{_AT_START}(?:avoid|boycott)(?: {_WHAT}|\s*[!.,]|$| at all costs)"
        rf"|{_AT_START}(?:stay (?:far )?away|steer clear|keep away|run away|beware)\b"
        rf"|{_AT_START}(?:don't|do not|dont|never(?: ever)?) (?:buy|go|bother|waste|trust|use|order|shop|eat|visit|fall for|give)\b"
        rf"|{_AT_START}(?:think twice|save your money|look elsewhere|go elsewhere)\b"
        rf"|{_SPEAKER}(?:would(?:n't| not)|can(?:'t|not| not)|could(?:n't| not)|do(?:n't| not)|never|no longer) (?:\w+ )?recommend\b"
        rf"|\b(?:would(?:n't| not)|can(?:'t|not| not)|do(?:n't| not)|no longer|not) recommend(?:ed)?\b"
        rf"|\b(?:i'd|i would|we'd) (?:avoid|stay away|steer clear)\b"
        rf"|#boycott|\b(?:i'm|we're|let's|let us|i am) boycott(?:ing)? {_WHAT}",
    ),
)
_ASKS = re.compile(r"\?\s*[\"'”’)]*\s*$")
_INVITES = re.compile(
    r"\b(?:get yours|sign up|book (?:now|yours|a|your)|order (?:now|yours|here)|join (?:us|now|in)|grab (?:one|yours|a)|"
    r"use (?:the )?code|try it|go get|pre-?order|claim yours)\b"
)


def advocacy(passages: Sequence[Passage], item: Item, subject: Subject) -> tuple[float, str]:
    """``(a, reason)``: +1 recommends the subject or passes on its call to action, -1 warns others off, else 0."""
    found_for = found_against = ""
    for passage in passages:
        text = _veiled(passage)
        if "?" in text and _ASKS.search(text):
            continue
        praise = PRAISE_DESPITE_NOT.search(text)
        warning = None if praise else AGAINST.search(text)
        advice = praise or (None if warning else FOR.search(text))
        found_for = found_for or (advice[0] if advice else "")
        found_against = found_against or (warning[0] if warning else "")
    if found_for and found_against:
        return 0.0, f"advises both ways ({_shown(found_for)}, {_shown(found_against)})"
    if found_against:
        return -1.0, f"warns others off ({_shown(found_against)})"
    if found_for:
        return 1.0, f"recommends it ({_shown(found_for)})"
    if _passes_on_the_call(passages, item, subject):
        return 1.0, "passes on its call to action with the link"
    return 0.0, "gives no advice"


def _veiled(passage: Passage) -> str:
    """The passage in lower case with plain apostrophes, each masked stretch as one sign."""
    text, at, pieces = passage.text, 0, []
    for start, end in passage.masked:
        pieces += [text[at:start], SUBJECT]
        at = end
    return "".join([*pieces, text[at:]]).replace("’", "'").lower()


def _passes_on_the_call(passages: Sequence[Passage], item: Item, subject: Subject) -> bool:
    """An invitation in the words and a link to one of the subject's own sites: a bare link is no advice."""
    own = {domain.casefold().removeprefix("www.") for domain in subject.domains}
    hosts = {host_of(link) for link in item.links} if own else set()
    linked = any(host == domain or host.endswith(f".{domain}") for host in hosts for domain in own)
    return linked and any(_INVITES.search(_veiled(passage)) for passage in passages)


def _shown(found: str) -> str:
    return f'"{found.replace(SUBJECT, "…").strip(" .,;:!-–—")}"'
