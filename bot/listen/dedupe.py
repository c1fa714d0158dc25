"""Groups copies of one piece into a story: reposts, one page under several addresses, near-identical texts.

Candidates come from MinHash signatures in a banded index (locality-sensitive hashing), so that the cost of placing an
item does not depend on how much is remembered; each is verified by the exact Jaccard similarity before it counts
(measurement §2.3).
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from rensa import RMinHash, RMinHashLSH

from bot.listen.folding import fold
from bot.listen.urls import canonical_url
from bot.model import Item, ItemKind

_SHINGLE = 5
_PERMUTATIONS = 128
_BANDS = 32
"""Bands of 4: a pair at Jaccard .60 becomes a candidate with probability .988, one at .20 with .050."""
_SEED = 42
_VERIFIED = 16
"""Of the candidates, the most alike by signature are compared exactly: a flood of look-alikes costs no more."""

Value = TypeVar("Value")

_NOT_SAID = re.compile(r"https?://\S+|www\.\S+|(?:\b(?:rt|via)\s+)?@[\w.]+")
_MARKS_NOT_SAID = ("://", "www.", "@")
_NOT_A_WORD = re.compile(r"[^\w\s]+")


@dataclass(frozen=True, slots=True)
class StoryRules:
    """When two texts are copies (measurement §2.3). Lengths are code points of the normalised text.

    ``short`` is the least Jaccard similarity of texts under ``long_from``, ``long`` that of longer ones. Texts under
    ``exact_under`` are copies only when equal. Only the first ``compared`` code points of a text as it was written are
    looked at, some 800 words: copies share their beginning, and the cost of a long text is bounded.
    """

    short: float = 0.60
    long: float = 0.80
    long_from: int = 400
    exact_under: int = 25
    compared: int = 5_000
    memory: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class _Words:
    """A text as it is compared; ``signature`` is None where only an equal text is a copy."""

    text: str
    signature: RMinHash | None


@dataclass(frozen=True, slots=True)
class _Known:
    """Words that belong to a story; ``number`` is their place in the index of signatures."""

    story: str
    words: _Words
    number: int


class StoryIndex:
    """Remembers a fortnight of items and says which story a new one belongs to.

    Deterministic: the same items in the same order get the same stories. Not for several threads at once.
    """

    def __init__(self, rules: StoryRules | None = None) -> None:
        self._rules = rules or StoryRules()
        self._keys: _Memory[str] = _Memory()
        self._addresses: _Memory[str] = _Memory()
        self._texts: _Memory[_Known] = _Memory()
        self._numbered: dict[int, _Known] = {}
        self._signatures = RMinHashLSH(self._rules.short, _PERMUTATIONS, _BANDS)
        self._next_number = 0

    def remember(self, story: str, key: str, url: str | None, text: str, now: datetime) -> None:
        """Takes in an item whose story is known; ``now`` (aware UTC) is when its fortnight begins."""
        self._take_in(story, key, _address(url), self._words(text), now)

    def place(self, item: Item, now: datetime) -> str:
        """The item's story, by the first that holds: its own key or the one it reposts, its address, its words.

        A new story is named after the item, or after the original where a repost is seen first. The item is
        remembered; what was last seen longer before ``now`` (aware UTC) than the rules' memory is forgotten.
        """
        self._forget(now - self._rules.memory)
        original = item.refers_to if item.kind is ItemKind.REPOST else None
        address, words = _address(item.url), self._words(item.text)
        story = (
            self._keys.get(item.key)
            or self._keys.get(original)
            or self._addresses.get(address)
            or self._story_of(words)
            or story_id(original or item.key)
        )
        self._take_in(story, item.key, address, words, now)
        if original:
            self._keys.put(original, story, now)
        return story

    def _words(self, text: str) -> _Words:
        compared = normalise(text[: self._rules.compared])
        known = self._texts.get(compared)
        if known is not None:
            return known.words
        return _Words(compared, _signature(compared) if len(compared) >= self._rules.exact_under else None)

    def _story_of(self, words: _Words) -> str | None:
        same = self._texts.get(words.text)
        if same is not None:
            return same.story
        signature = words.signature
        if signature is None:
            return None
        candidates = [self._numbered[number] for number in self._signatures.query(signature)]
        if not candidates:  # the usual case, and the sets below cost more than all the rest
            return None
        candidates.sort(key=lambda known: (-signature.jaccard(known.words.signature), known.number))
        shingles = frozenset(_shingles(words.text))
        copies = []
        for known in candidates[:_VERIFIED]:
            similarity = _jaccard(shingles, frozenset(_shingles(known.words.text)))
            if similarity >= self._least(words, known.words):
                copies.append((similarity, -known.number, known.story))
        return max(copies)[-1] if copies else None

    def _least(self, words: _Words, other: _Words) -> float:
        longer = max(len(words.text), len(other.text))
        return self._rules.short if longer < self._rules.long_from else self._rules.long

    def _take_in(self, story: str, key: str, address: str | None, words: _Words, now: datetime) -> None:
        self._keys.put(key, story, now)
        if address:
            self._addresses.put(address, story, now)
        if not words.text:
            return
        known = self._texts.get(words.text)
        if known is None:
            known = _Known(story, words, self._next_number)
            self._next_number += 1
            if words.signature is not None:
                self._signatures.insert(known.number, words.signature)
                self._numbered[known.number] = known
        self._texts.put(words.text, known, now)

    def _forget(self, before: datetime) -> None:
        self._keys.forget(before)
        self._addresses.forget(before)
        for known in self._texts.forget(before):
            if self._numbered.pop(known.number, None) is not None:
                self._signatures.remove(known.number)


class _Memory(Generic[Value]):
    """What was seen and when it was last seen, longest ago first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, tuple[Value, datetime]] = OrderedDict()

    def get(self, key: str | None) -> Value | None:
        entry = self._entries.get(key) if key else None
        return entry[0] if entry else None

    def put(self, key: str, value: Value, now: datetime) -> None:
        self._entries[key] = value, now
        self._entries.move_to_end(key)

    def forget(self, before: datetime) -> list[Value]:
        """Drops what was last seen before then; what it was."""
        dropped = []
        while self._entries and next(iter(self._entries.values()))[1] < before:
            dropped.append(self._entries.popitem(last=False)[1][0])
        return dropped


def story_id(key: str) -> str:
    """The id of the story that the item with this key begins; 48 bits of SHA-256."""
    return "s_" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def normalise(text: str) -> str:
    """The words alone, as copies share them: folded, without addresses, @names (nor the RT or via before them) and punctuation."""
    folded = fold(text)
    if any(sign in folded for sign in _MARKS_NOT_SAID):  # which most texts lack, and the pattern is a slow one
        folded = _NOT_SAID.sub(" ", folded)
    return " ".join(_NOT_A_WORD.sub("", folded).split())


def _address(url: str | None) -> str | None:
    """The canonical address where it tells a page; a bare home page is what feeds give that link to none."""
    canonical = canonical_url(url) if url else None
    if canonical is None:
        return None
    parts = urlsplit(canonical)
    return canonical if parts.path != "/" or parts.query else None


def _shingles(text: str) -> list[str]:
    return [text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1)]


def _signature(text: str) -> RMinHash:
    signature = RMinHash(_PERMUTATIONS, _SEED)
    signature.update(_shingles(text))
    return signature


def _jaccard(some: frozenset[str], others: frozenset[str]) -> float:
    shared = len(some & others)
    return shared / (len(some) + len(others) - shared)
