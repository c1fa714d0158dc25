"""Words as the matching rules see them: folded, lightly stemmed, with offsets into the text; pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from bot.score.finding import Finder

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ADDRESS = Finder(
    re.compile(r"[hHwW@](?:(?<=@)|(?=[tTwW]))"), re.compile(r"(?:https?://|www\.)\S+|(?<!\w)@\w+", re.IGNORECASE)
)
_SUFFIX_FROM = 6
"""Letters. Shorter words keep -ing and -ed: 'bring', 'need'."""


def word_set(words: str) -> frozenset[str]:
    """The words of a list written as one string, which is how such lists are best read."""
    return frozenset(words.split())


FUNCTION_WORDS = word_set(
    "a about after all also am an and any are as at be because been before being but by can could did do does doing "
    "don't for from had has have he her here hers him his how i if in into is it it's its just like me more most my no "
    "not now of on one only or our out over own she should so some such than that the their them then there these they "
    "this those to too under up us very was we were what when where which while who will with would you your"
)
"""Words that carry grammar rather than content, in English."""


class Word(NamedTuple):
    """A word of a text: its stem, as it was written (folded), and its half-open span."""

    stem: str
    form: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of ``text`` in order; addresses and @handles are left out."""
    found = []
    for match in _WORD.finditer(_without_addresses(text)):
        form, stem = _folded(match[0])
        found.append(Word(stem, form, match.start(), match.end()))
    return found


def stems_of(text: str) -> list[str]:
    """The stems of :func:`words_of` alone, which is all that comparing needs and sooner done."""
    return list(map(_stem, _WORD.findall(_without_addresses(text))))


def _without_addresses(text: str) -> str:
    if not ("http" in text or "@" in text or "www." in text):
        return text
    pieces: list[str] = []
    at = 0
    for found in _ADDRESS.finditer(text, 0, len(text)):
        start, end = found.span()
        pieces += text[at:start], " " * (end - start)
        at = end
    return "".join((*pieces, text[at:]))


@lru_cache(maxsize=32_768)
def _stem(word: str) -> str:
    return _folded(word)[1]


@lru_cache(maxsize=32_768)
def _folded(word: str) -> tuple[str, str]:
    """``(form, stem)`` of a word as written: no case, no diacritics, a straight apostrophe."""
    form = word.replace("’", "'").casefold()
    if not form.isascii():
        form = "".join(sign for sign in unicodedata.normalize("NFKD", form) if not unicodedata.combining(sign))
    return form, stem_of(form)


def stem_of(form: str) -> str:
    """A word without its English plural, possessive, -ing, -ed and mute e: enough for 'farmers' to meet 'farmer'."""
    form = form.removesuffix("'s")
    if len(form) > 4:  # noqa: PLR2004 short words end in s by nature
        if form.endswith("ies"):
            return form[:-3] + "y"
        if form.endswith("sses"):
            return form[:-2]
        if form.endswith("s") and not form.endswith(("ss", "us", "is")):
            form = form[:-1]
    if len(form) >= _SUFFIX_FROM:
        for suffix in ("ing", "ed"):
            if form.endswith(suffix):
                return _undoubled(form[: -len(suffix)])
    return form.rstrip("e") if len(form) > 4 else form  # noqa: PLR2004 as above


def _undoubled(base: str) -> str:
    """'stopp' is 'stop'; 'pass', 'sell' and 'buzz' stay."""
    if base[-1] == base[-2] and base[-1] not in "lsz":
        return base[:-1]
    return base.rstrip("e")
