"""Finds codes in texts: exact on the normalised form, as words of the text and not across unrelated words. Pure.

A text is folded as codes are (:func:`bot.offers.ledger.codes.code_key`) into one string of letters and digits that
remembers where each came from; what is found there must begin and end where a word of the text does. So capitals,
accents, hashtags, quotes, line breaks and invisible characters inside a code do not matter, and ``the rapist`` is not
found in ``therapist``. A look-alike from another alphabet matters: such a code cannot be redeemed either.

- A **phrase** of several words is found wherever these words follow each other; one of two or three words only within
  a sentence. What is short or a single ordinary word (:func:`is_ordinary`) is found only where the text shows that a
  code is meant: in the very letters that are configured, in quotes or after a word such as "code".
- A **unique code** is found in any grouping. Candidates are what has the right check character and either stands
  without white space or ends as codes do (no vowels, 0 or 1 in the last seven characters); the caller looks these few
  up in the ledger.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ahocorasick_rs import AhoCorasick

from bot.model import Named, Offer, OfferKind
from bot.offers.ledger.codes import LONGEST, checked_tails, code_key, tidy

SHORTEST = 4
"""A phrase of fewer letters and digits is not looked for: it is in every text."""
ORDINARY = 6
"""A code of fewer letters and digits is ordinary, however many words it has."""
LONG_PHRASE = 4
"""Words from which on a phrase is found across the ends of sentences, too."""
SHORTEST_CODE = 7
"""Letters and digits of the shortest unique code without its prefix: six at random and the check character."""

_TAIL = re.compile(rf"[2-9cdfghjkmnpqrtvwxy]{{{SHORTEST_CODE},}}")
_CHUNK = re.compile(rf"\S{{{SHORTEST_CODE},}}")
_JOINT = 3  # characters between two groups of a unique code
_GAP = 40  # characters between two words of a phrase: some emoji, a quote mark and a line break
_CUES = frozenset(
    {"code", "codes", "codeword", "coupon", "voucher", "promo", "password", "passphrase", "phrase", "say"}
)
_QUOTES = "\"'“”„‟«»‹›‘’‚‛「」『』`"
_SENTENCE_END = re.compile(r"[.!?…。！？;:]|\n\s*\n")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u10ff\u1780-\u17ff\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A phrase that is looked for: ``text`` as it is configured, and its folded letters."""

    offer: str
    named: Named
    text: str
    letters: str

    @property
    def code(self) -> str:
        """As the ledger keeps it; a name is no code."""
        return tidy(self.text) if self.named is Named.CODE else ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at ``[start, end)`` of the text; for a unique code's candidate ``wanted`` is None."""

    start: int
    end: int
    key: str
    wanted: Wanted | None = None


def wanted_phrases(offers: Sequence[Offer]) -> tuple[Wanted, ...]:
    """The phrases of code-phrase offers, and the names of all; what is too short to find is left out."""
    found = [(offer, Named.CODE, offer.code or "") for offer in offers if offer.kind is OfferKind.CODE_PHRASE]
    found += [(offer, Named.NAME, offer.name) for offer in offers if code_key(offer.name) != code_key(offer.code or "")]
    return tuple(
        Wanted(offer.id, named, text, letters)
        for offer, named, text in found
        if len(letters := Letters(text).folded) >= SHORTEST
    )


def is_ordinary(text: str) -> bool:
    """Whether a phrase could stand in any text by chance: short, or one word without a digit."""
    words, key = _words(text), code_key(text)
    syllables = len(_UNSPACED.findall(key))  # each says as much as two letters, and they are written without spaces
    if len(key) + syllables < ORDINARY:
        return True
    return len(words) == 1 and not _is_mixed(words[0]) and syllables < ORDINARY


class Finder:
    """Looks for all phrases at once; the cost is that of the text, however many there are."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self._wanted = tuple(wanted)
        self._automaton = AhoCorasick([one.letters for one in self._wanted])

    def phrases(self, letters: Letters) -> Iterator[Found]:
        """Every place at which a phrase is named, in the order of the text."""
        if not self._wanted:
            return
        for number, first, last in self._automaton.find_matches_as_indexes(letters.folded, overlapping=True):
            wanted = self._wanted[number]
            found = letters.stretch(first, last)
            if found is not None and _is_meant(letters.text, *found, wanted):
                yield Found(*found, code_key(wanted.text), wanted)


class Letters:
    """A text's letters and digits, folded as in codes, with the place of each in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        if text.isascii():
            self.folded = text.encode().translate(_ASCII, _NO_LETTERS).decode()
        else:
            self.folded = text.translate(_FOLDS)

    @cached_property
    def places(self) -> list[int]:
        """Where in the text each folded character comes from."""
        if self.text.isascii():
            return [at for at, char in enumerate(self.text) if char.isalnum()]
        return [at for at, char in enumerate(self.text) for _ in _FOLDS[ord(char)]]

    def stretch(self, first: int, last: int) -> tuple[int, int] | None:
        """The text's ``[start, end)`` for the folded ``[first, last)``, if words begin and end there; else None.

        Accents and invisible characters after the last letter belong to it.
        """
        places, text = self.places, self.text
        start, end = places[first], places[last - 1] + 1
        if (first and places[first - 1] == start) or (last < len(places) and places[last] == end - 1):
            return None  # half of a ligature
        while end < len(text) and unicodedata.category(text[end])[0] == "M" and not _FOLDS[ord(text[end])]:
            end += 1
        before = places[first - 1] if first else None
        after = places[last] if last < len(places) else None
        parted = _parts(text, before, start) and _parts(text, end - 1, after)
        return (start, end) if parted else None

    def candidates(self) -> Iterator[Found]:
        """Stretches that are written like unique codes and have the right check character, in any grouping.

        What has vowels, as only codes of an alphabet of one's own have, is taken in words without white space.
        """
        for chunk in _CHUNK.finditer(self.text):
            first, last = bisect_left(self.places, chunk.start()), bisect_left(self.places, chunk.end())
            for end in range(first + SHORTEST_CODE, last + 1):
                yield from self._ending_at(end, first)
        for tail in _TAIL.finditer(self.folded):
            for end in range(tail.start() + SHORTEST_CODE, tail.end() + 1):
                loose = bisect_right(self._loose, end - 1)
                yield from self._ending_at(end, self._loose[loose - 1] if loose else 0)

    def _ending_at(self, last: int, earliest: int) -> Iterator[Found]:
        """Candidates that end there and begin at ``earliest`` or later."""
        places = self.places
        if last < len(places) and not _parts(self.text, places[last - 1], places[last]):
            return
        for length in checked_tails(self.folded[max(last - LONGEST, earliest) : last]):
            found = self.stretch(last - length, last) if length >= SHORTEST_CODE else None
            if found is not None:
                yield Found(*found, self.folded[last - length : last])

    @cached_property
    def _loose(self) -> list[int]:
        """The letters before which there is more than a joint."""
        pairs = enumerate(pairwise(self.places), start=1)
        return [at for at, (before, after) in pairs if after - before - 1 > _JOINT]


def _is_meant(text: str, start: int, end: int, wanted: Wanted) -> bool:
    written = text[start:end]
    if code_key(written) != code_key(wanted.text):
        return False
    words, said = _words(wanted.text), _words(written)
    if is_ordinary(wanted.text):
        return len(said) <= len(words) and _is_marked(text, start, end, wanted.text)
    if len(said) == 1 < len(words):  # a hashtag, or so long that it is no other word
        return len(words) >= LONG_PHRASE or text[max(0, start - 1) : start] == "#"
    if len(words) == 1:  # with a digit: MOON-42 may be written apart, but not as words of a sentence
        return not re.search(r"\s", written)
    if len(words) < LONG_PHRASE and (_SENTENCE_END.search(written) or len(said) > len(words)):
        return False
    return not any(len(gap) > _GAP for gap in _GAPS.findall(written))


def _is_marked(text: str, start: int, end: int, configured: str) -> bool:
    """Whether the text shows that an ordinary word is meant as a code: as configured, and in quotes or after a cue.

    Capitals alone show nothing: FREE is a code in one text and a shout in the next.
    """
    if text[start:end] != configured.strip():
        return False
    if start and end < len(text) and text[start - 1] in _QUOTES and text[end] in _QUOTES:
        return True
    cues = [word.casefold() for word in _PLAIN_WORDS.findall(text, max(0, start - 40), start)[-2:]]
    return bool(_CUES.intersection(cues[-1:]) or (cues[-1:] == ["is"] and _CUES.intersection(cues)))


def _is_mixed(word: str) -> bool:
    return any(char.isdigit() for char in word) and any(char.isalpha() for char in word)


def _words(text: str) -> list[str]:
    return [word for word in _WORDS.findall(text) if code_key(word)]


def _parts(text: str, before: int | None, after: int | None) -> bool:
    """Whether a word may end at ``before`` and the next begin at ``after`` (None: the text's ends)."""
    if before is None or after is None:
        return True
    if after == before + 1 and text[before].isascii() and text[after].isascii():
        return False
    between = text[before + 1 : after]
    if any(unicodedata.category(char)[0] not in "MC" or char in "\n\r\t" for char in between):
        return True
    return bool(_UNSPACED.match(text[before]) or _UNSPACED.match(text[after]))


class _Folds(dict[int, str]):
    """What each character becomes in a code's key; worked out once, when it is first seen."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = unicodedata.normalize("NFKD", code_key(chr(code)))
        return folded


_FOLDS = _Folds()
_ASCII = bytes(ord(_FOLDS[code] or " ") if code < 128 else code for code in range(256))  # noqa: PLR2004 ASCII's end
_NO_LETTERS = bytes(code for code in range(128) if not _FOLDS[code])
_WORDS = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u200b-\u200f\u2060\ufeff\u00ad'’])+")
_PLAIN_WORDS = re.compile(r"\w+")
_GAPS = re.compile(r"[\W_]+")
