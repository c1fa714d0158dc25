"""Groups copies of one piece into a story: reposts, one page under several addresses, near-identical texts.

Candidates come from MinHash signatures in a banded index (locality-sensitive hashing), so that the cost of placing an
item does not depend on how much is remembered; each is verified exactly before it counts (:mod:`bot.listen.copies`).
A text that is seen again needs neither. A story grows around its first text and never away from it: whatever joins by
its words must be like that text too, so that no chain of small changes glues two pieces together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from rensa import RMinHash, RMinHashLSH

from bot.listen.copies import (
    StoryRules,
    Words,
    figures_agree,
    is_comparable,
    least_similarity,
    similarity,
    words_of,
)
from bot.listen.memory import Memory
from bot.listen.urls import canonical_url
from bot.model import Item, ItemKind

PERMUTATIONS = 48
"""Numbers in a signature."""
BANDS = 16
"""Bands of 3: a pair whose tokens have Jaccard .60 becomes a candidate with probability .98, one at .02 with .0001."""
_LIKELY = 0.25
"""Candidates whose signatures are less alike than this are not compared: their texts are not."""
_VERIFIED = 8
"""Of the candidates, the most alike by signature are compared exactly: a flood of look-alikes costs no more."""
_CONSIDERED = 64
"""Of more candidates than this, the latest are considered."""
_REPRESENTED = 0.85
"""A copy as like as this to a text in the index is found through it, and needs no place of its own there."""


@dataclass(slots=True)
class _Story:
    """A story as the index holds it; ``into`` is the older one that it turned out to be."""

    id: str
    number: int
    into: _Story | None = None

    def now(self) -> _Story:
        story = self
        while story.into is not None:
            story = story.into
        return story


@dataclass(slots=True)
class _Known:
    """Words that belong to a story. ``first`` is the text around which it grew, None where it is this one; ``number``
    is the place in the index of signatures, None where the words have none.
    """

    story: _Story
    words: Words
    signature: RMinHash | None = None
    number: int | None = None
    first: Words | None = None


@dataclass(slots=True)
class _Headline:
    story: _Story
    outlet: str
    bare: bool


@dataclass(slots=True)
class _Likeness:
    """What the index makes of a text: the words that it is a copy of and how alike the two are; its own signature."""

    story: _Story | None = None
    known: _Known | None = None
    similarity: float = 0.0
    signature: RMinHash | None = None


class StoryIndex:
    """Remembers a fortnight of items and says which story a new one belongs to.

    Deterministic: the same items in the same order get the same stories. Not for several threads at once.
    """

    def __init__(self, rules: StoryRules | None = None) -> None:
        self._rules = rules or StoryRules()
        self._stories: Memory[_Story] = Memory()
        self._keys: Memory[_Story] = Memory()
        self._addresses: Memory[_Story] = Memory()
        self._headlines: Memory[_Headline] = Memory()
        self._texts: Memory[_Known] = Memory()
        self._indexed: dict[int, _Known] = {}
        self._signatures = RMinHashLSH(self._rules.short, PERMUTATIONS, BANDS)
        self._next_number = 0
        self._joined: list[tuple[str, str]] = []

    def remember(self, rows: Sequence[tuple[str, Item, datetime]]) -> None:
        """Takes in ``(story, item, since when)`` of items whose story is known, oldest first; times are aware UTC.

        An item that was known under another story shows that another process has joined the two.
        """
        items = [item for _, item, _ in rows]
        for (name, item, since), words, signature in zip(rows, *self._compared(items), strict=True):
            story = self._story(name, since)
            before = self._keys.get(item.key)
            if before is not None and before.now() is not story:
                before.now().into = story
            self._take_in(story, item, words, _address(item.url), self._likeness(words, signature, since), since)

    def place(self, items: Sequence[Item], now: datetime) -> list[str]:
        """The items' stories, each by the first that holds: its own key or the one it reposts, its address, its words.

        A new story is named after the item, or after the original where a repost is seen first. Where what it reposts,
        its address and its words lead to several stories, these are one, and go on under the oldest's name. The items
        are remembered; what was last seen longer before ``now`` (aware UTC) than the rules' memory is forgotten.
        """
        self._forget(now - self._rules.memory)
        stories = []
        for item, words, signature in zip(items, *self._compared(items), strict=True):
            address = _address(item.url)
            likeness = self._likeness(words, signature, now)
            story = self._keys.get(item.key)
            if story is None:
                story = self._one_of(self._keys.get(_original(item)), self._addresses.get(address), likeness.story)
            story = story.now() if story else self._story(story_id(_original(item) or item.key), now)
            self._take_in(story, item, words, address, likeness, now)
            stories.append(story.id)
        return stories

    def take_joined(self) -> tuple[tuple[str, str], ...]:
        """``(younger, older)`` of the stories that turned out to be one since this was last asked, in that order."""
        joined = tuple(self._joined)
        self._joined.clear()
        return joined

    def _compared(self, items: Sequence[Item]) -> tuple[list[Words], list[RMinHash | None]]:
        """The items' words, and the signatures of those that are not known already and long enough to be compared."""
        from bot.listen.signatures import signatures  # noqa: PLC0415 brings numpy, which most commands do without

        all_words = words_of(items, self._rules)
        new = {
            words.text: None
            for words in all_words
            if is_comparable(words, self._rules) and self._texts.get(words.text) is None
        }
        signed = dict(zip(new, signatures(tuple(new), PERMUTATIONS), strict=True))
        return all_words, [signed.get(words.text) for words in all_words]

    def _one_of(self, *found: _Story | None) -> _Story | None:
        stories = [story.now() for story in found if story is not None]
        if not stories:
            return None
        oldest = min(stories, key=lambda story: story.number)
        for story in stories:
            if story is not oldest and story.into is None:
                story.into = oldest
                self._joined.append((story.id, oldest.id))
        return oldest

    def _story(self, name: str, now: datetime) -> _Story:
        story = self._stories.get(name) or _Story(name, self._number())
        self._stories.put(name, story, now)
        return story.now()

    def _number(self) -> int:
        self._next_number += 1
        return self._next_number

    def _likeness(self, words: Words, signature: RMinHash | None, now: datetime) -> _Likeness:
        """The story the words belong to: by the headline alone, by the same text, by one that is nearly the same."""
        if not is_comparable(words, self._rules):
            return _Likeness()
        same = self._texts.get(words.text)
        if same is not None and not words.bare:
            return _Likeness(same.story, same, 1.0)
        by_headline = self._by_headline(words, now)
        if same is not None:
            return _Likeness(by_headline, same, 1.0)
        if by_headline is not None:
            return _Likeness(by_headline, signature=signature)
        return _Likeness() if signature is None else self._nearest(words, signature)

    def _by_headline(self, words: Words, now: datetime) -> _Story | None:
        same = self._headlines.get(words.headline)
        seen = self._headlines.last_seen(words.headline)
        if same is None or seen is None or not (words.bare or same.bare):
            return None
        column = same.outlet == words.outlet
        return same.story if now - seen <= self._rules.within(column=column) else None

    def _nearest(self, words: Words, signature: RMinHash) -> _Likeness:
        numbers = self._signatures.query(signature)
        if not numbers:  # the usual case
            return _Likeness(signature=signature)
        if len(numbers) > _CONSIDERED:
            numbers = nlargest(_CONSIDERED, numbers)
        ranked = sorted((-signature.jaccard(self._indexed[number].signature), number) for number in numbers)
        best = _Likeness(signature=signature)
        for unlike, number in ranked[:_VERIFIED]:
            if -unlike < _LIKELY:
                break
            known = self._indexed[number]
            alike = similarity(words, known.words, self._rules)
            if alike > best.similarity and self._is_copy(words, known, alike):
                best = _Likeness(known.story, known, alike, signature)
        return best

    def _is_copy(self, words: Words, known: _Known, alike: float) -> bool:
        if alike < least_similarity(words, known.words, self._rules):
            return False
        if not figures_agree(words, known.words, self._rules):
            return False
        return known.first is None or similarity(words, known.first, self._rules) >= self._rules.drift

    def _take_in(
        self, story: _Story, item: Item, words: Words, address: str | None, likeness: _Likeness, now: datetime
    ) -> None:
        self._keys.put(item.key, story, now)
        if original := _original(item):
            self._keys.put(original, story, now)
        if address:
            self._addresses.put(address, story, now)
        if not is_comparable(words, self._rules):
            return
        if len(words.headline) >= self._rules.compared_from:
            self._headlines.put(words.headline, _Headline(story, words.outlet, words.bare), now)
        like = likeness.known
        if like is not None and like.words.text == words.text:
            like.story = story  # a column's name that has come back belongs to its latest piece
            self._texts.put(words.text, like, now)
            return
        known = _Known(story, words)
        if like is not None:
            self._texts.put(like.words.text, like, now)  # as long as copies come, what they are found through stays
            known.first = like.first or like.words
        if likeness.similarity < _REPRESENTED and likeness.signature is not None:
            known.signature, known.number = likeness.signature, self._number()
            self._signatures.insert(known.number, known.signature)
            self._indexed[known.number] = known
        self._texts.put(words.text, known, now)

    def _forget(self, before: datetime) -> None:
        self._stories.forget(before)
        self._keys.forget(before)
        self._addresses.forget(before)
        self._headlines.forget(before)
        for known in self._texts.forget(before):
            if known.number is not None:
                self._signatures.remove(known.number)
                del self._indexed[known.number]


def story_id(key: str) -> str:
    """The id of the story that the item with this key begins; 48 bits of SHA-256."""
    return "s_" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _original(item: Item) -> str | None:
    """The key of what a repost hands on."""
    return item.refers_to if item.kind is ItemKind.REPOST else None


def _address(url: str | None) -> str | None:
    """The canonical address where it tells a page; a bare home page is what feeds give that link to none."""
    canonical = canonical_url(url) if url else None
    return None if canonical is None or canonical.endswith("/") else canonical
