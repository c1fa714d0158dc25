"""Tells whether two texts are copies of one piece (measurement §2.3). Pure: values in, values out.

A copy shares its five-character shingles with the original; how large a part it must share depends on what the two are.
Whoever answers or quotes says something of their own; a publisher's headlines resemble each other; and two texts that
differ in their figures (Q1 and Q2, part 1 and part 2) are two pieces however alike they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from bot.listen.folding import fold
from bot.model import Item, ItemKind

_SHINGLE = 5

_ADDRESS, _BARE_ADDRESS = re.compile(r"https?://\S+"), re.compile(r"www\.\S+")
_NAME = re.compile(r"@[\w.]+")
_NAMES_SAID = (" rt @", " rt@", " via @", " @", "@")
_NOT_A_WORD = re.compile(r"[^\w\s@]+")
_GAP = re.compile(r"  +")
_BETWEEN = "\x1e"
_PUNCTUATION = bytes(
    code for code in range(128) if not (chr(code).isalnum() or chr(code).isspace() or chr(code) in "_@")
)
_SPACES = bytes.maketrans(b"\t\n\v\f\r\x1c\x1d\x1f", b"        ")
_FIGURE = re.compile(r"\d+")
_PUBLISHER = re.compile(r"^(?P<headline>.{25,}?)\s+[-|–—·]\s+(?P<publisher>[^-|–—·]{2,40})$")


class Sort(Enum):
    """What a text is, as far as copying goes."""

    POST = "post"
    ANSWER = "answer"
    ARTICLE = "article"


_SORTS = {ItemKind.COMMENT: Sort.ANSWER, ItemKind.QUOTE: Sort.ANSWER}


@dataclass(frozen=True, slots=True)
class StoryRules:
    """When two texts are copies. Lengths are code points of the normalised text, the others least Jaccard similarities.

    ``short`` is for two texts under ``long_from``, ``long`` for longer ones, ``headline`` for articles of which less
    than ``headline_to`` is known, ``same_outlet`` and ``same_outlet_long`` for two longer articles of one outlet (which
    has its templates), ``answer`` for answers and quotes of ``answer_from`` and more. ``drift`` is the least that a
    text must share with the first text of the story it joins. ``same_figures`` is the part of their numbers that long
    texts must share; short ones must not contradict each other. Texts under ``compared_from`` are never copies by their
    words alone. Only the first ``compared`` code points of a text as it was written are looked at, some 800 words:
    copies share their beginning, and the cost is bounded.

    A headline alone is the same piece as another of that wording only for ``headline_memory``, and only for
    ``column_memory`` at the same outlet, where a regular column comes back under its name.
    """

    short: float = 0.55
    long: float = 0.70
    headline: float = 0.85
    same_outlet: float = 0.75
    same_outlet_long: float = 0.90
    answer: float = 0.90
    drift: float = 0.40
    same_figures: float = 0.60
    compared_from: int = 25
    headline_to: int = 150
    long_from: int = 400
    answer_from: int = 60
    compared: int = 5_000
    memory: timedelta = timedelta(days=14)
    headline_memory: timedelta = timedelta(days=3)
    column_memory: timedelta = timedelta(hours=12)

    def within(self, *, column: bool) -> timedelta:
        """How long a headline alone tells the piece; ``column``: it comes back at the outlet where it was seen."""
        return self.column_memory if column else self.headline_memory


@dataclass(slots=True)
class Words:
    """A text as it is compared. ``headline`` (normalised) and ``outlet`` matter of articles and are empty of others."""

    text: str
    sort: Sort
    headline: str = ""
    outlet: str = ""

    @property
    def bare(self) -> bool:
        """Whether nothing but the headline of an article is known."""
        return self.text == self.headline


def words_of(items: Sequence[Item], rules: StoryRules) -> list[Words]:
    """The items' texts as they are compared; the publisher's name after an article's headline is left out."""
    parts: list[str] = []
    for item in items:
        if item.kind is ItemKind.ARTICLE:
            parts += (without_publisher(item.title), item.body[: rules.compared])
        else:
            parts.append(item.text[: rules.compared])
    normal = iter(normalised(parts))
    words = []
    for item in items:
        if item.kind is ItemKind.ARTICLE:
            headline, body = next(normal), next(normal)
            words.append(Words(f"{headline} {body}".strip(), Sort.ARTICLE, headline, item.outlet))
        else:
            words.append(Words(next(normal), _SORTS.get(item.kind, Sort.POST)))
    return words


def without_publisher(headline: str) -> str:
    """``Acme opens a shop`` of ``Acme opens a shop - The Daily``: news aggregators append who ran it."""
    named = _PUBLISHER.match(headline)
    return named["headline"] if named else headline


def normalise(text: str) -> str:
    """The words as copies share them: folded, without addresses, punctuation, @names (and RT or via before them)."""
    return normalised((text,))[0]


def normalised(texts: Sequence[str]) -> list[str]:
    """Each text normalised; all of them are worked on together, which costs a third of doing so one by one."""
    folded = [fold(text).replace(_BETWEEN, " ") for text in texts]
    plain = [text for text in folded if text.isascii()]
    if len(plain) == len(folded):
        return _words_alone(plain, ascii_only=True)
    ready = iter(_words_alone(plain, ascii_only=True))
    others = iter(_words_alone([text for text in folded if not text.isascii()], ascii_only=False))
    return [next(ready if text.isascii() else others) for text in folded]


def _words_alone(folded: Sequence[str], *, ascii_only: bool) -> list[str]:
    joined = f" {_BETWEEN} ".join(folded)
    if "://" in joined:
        joined = _ADDRESS.sub(" ", joined)
    if "www." in joined:
        joined = _BARE_ADDRESS.sub(" ", joined)
    if "@" in joined:
        joined = _NAME.sub("@", joined)
    if ascii_only:  # nearly all texts once they are folded, and bytes are deleted much faster
        joined = joined.encode("ascii").translate(_SPACES, _PUNCTUATION).decode("ascii")
        joined = _GAP.sub(" ", joined)
    else:
        joined = f" {_BETWEEN} ".join(" ".join(text.split()) for text in _NOT_A_WORD.sub("", joined).split(_BETWEEN))
    if "@" in joined:
        joined = f" {joined}"
        for name in _NAMES_SAID:
            joined = joined.replace(name, "")
    return [text.strip() for text in joined.split(_BETWEEN)] if folded else []


def is_comparable(words: Words, rules: StoryRules) -> bool:
    """Whether the text is long enough to be known again by its words alone."""
    return len(words.text) >= (rules.answer_from if words.sort is Sort.ANSWER else rules.compared_from)


def similarity(one: Words, other: Words, rules: StoryRules) -> float:
    """The part of all their five-character stretches that both texts have, in [0, 1] (Jaccard).

    Long texts are compared as far as the shorter goes: whoever reprints an article cuts it from its end.
    """
    shorter = min(len(one.text), len(other.text))
    end = shorter if shorter >= rules.long_from else None
    some, others = _shingles(one.text[:end]), _shingles(other.text[:end])
    shared = len(some & others)
    return shared / (len(some) + len(others) - shared)


def least_similarity(one: Words, other: Words, rules: StoryRules) -> float:
    """How alike two comparable texts must at least be to be copies."""
    if Sort.ANSWER in (one.sort, other.sort):
        return rules.answer
    longer = max(len(one.text), len(other.text))
    if one.sort is other.sort is Sort.ARTICLE:
        if longer < rules.headline_to:
            return rules.headline
        if one.outlet == other.outlet:
            return rules.same_outlet if longer < rules.long_from else rules.same_outlet_long
    return rules.short if longer < rules.long_from else rules.long


def figures_agree(one: Words, other: Words, rules: StoryRules) -> bool:
    """Whether the numbers in two texts allow that they are one piece; a number only one has may be its addition."""
    some, others = set(_FIGURE.findall(one.text)), set(_FIGURE.findall(other.text))
    if some <= others or others <= some:
        return True
    if max(len(one.text), len(other.text)) < rules.long_from:
        return False
    return len(some & others) >= rules.same_figures * len(some | others)


def _shingles(text: str) -> set[str]:
    return {text[at : at + _SHINGLE] for at in range(max(1, len(text) - _SHINGLE + 1))}
