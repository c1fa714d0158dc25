"""Numbers and degrees: whether a sentence gives the statement's own, others, or leaves them out; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.score.words import stem_of, word_set

_NUMBER = re.compile(
    r"(?P<sign>[$€£¥])?\s?(?<![\w.])(?P<value>\d+(?:[.,]\d+)*)\s?"
    r"(?:(?P<percent>%|per\s?cent\b)|(?P<unit>[$€£¥]|euros?\b|dollars?\b|pounds?\b|cents?\b|usd\b|eur\b))?",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_NEXT = re.compile(r"[\s-]*([^\W\d_]+)")
_BEFORE = re.compile(r"([^\W\d_]+)\s*$")
_SPELT = {
    word: str(value)
    for value, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 2
    )
} | {"twenty": "20", "thirty": "30", "fifty": "50", "hundred": "100", "thousand": "1000", "dozen": "12"}
_SPELT_WORD = re.compile(rf"\b(?:a )?(?P<word>{'|'.join(_SPELT)})\b(?=[\s-]+[^\W\d_]|\s*%)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[@#]\w+", re.IGNORECASE)

_ALL = 100.0
_YEARS = range(1800, 2100)
_WHOLE = word_set("all every each always only entirely completely fully purely exclusively everything")
_PART = word_set("some few most mostly partly partially half sometimes occasionally almost nearly barely")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its kind: ``percent``, ``money``, ``year after <word>`` or a count of something."""

    value: float
    kind: str
    written: str


def differing_detail(sentence: str, statement: str) -> str:
    """What differs, in words (``"80 %" for "100 %"``); empty when nothing that both name differs."""
    ours, theirs = numbers_of(sentence), numbers_of(statement)
    for number in theirs:
        rivals = [other for other in ours if other.kind == number.kind]
        if rivals and all(other.value != number.value for other in rivals):
            return f'"{rivals[0].written}" for "{number.written}"'
    whole = _degree(statement, _WHOLE) or next(
        (n.written for n in theirs if n.kind == "percent" and n.value == _ALL), ""
    )
    part = _degree(sentence, _PART)
    if whole and part and not _degree(sentence, _WHOLE) and not _degree(statement, _PART):
        return f'"{part}" for "{whole}"'
    return ""


def missing_number(sentence: str, statement: str) -> str:
    """The first number of the statement that the sentence leaves out; empty when it has them all."""
    values = {number.value for number in numbers_of(sentence)}
    for number in numbers_of(statement):
        said_in_words = number.kind == "percent" and number.value == _ALL and _degree(sentence, _WHOLE)
        if number.value not in values and not said_in_words:
            return number.written
    return ""


@lru_cache(maxsize=256)
def numbers_of(text: str) -> Sequence[Number]:
    """The numbers of a text, from links, handles and tags none; spelt ones too, but not 'one', which seldom counts."""
    if not _might_hold_number(text):
        return ()
    text = _ADDRESS.sub(" ", text)
    text = _SPELT_WORD.sub(lambda found: _SPELT[found["word"].lower()], text)
    return tuple(_number(text, found) for found in _NUMBER.finditer(text))


def _might_hold_number(text: str) -> bool:
    return _DIGIT.search(text) is not None or _SPELT_WORD.search(text) is not None


def _number(text: str, found: re.Match[str]) -> Number:
    written = found["value"]
    value = _parsed(written)
    if found["percent"]:
        return Number(value, "percent", f"{written} %")
    if found["sign"] or found["unit"]:
        return Number(value, "money", found[0].strip())
    if len(written) == 4 and int(value) in _YEARS and written.isdigit():  # noqa: PLR2004 a year has four digits
        before = _BEFORE.search(text[max(0, found.start("value") - 24) : found.start("value")])
        return Number(value, f"year after {before[1].lower() if before else ''}", written)
    after = _NEXT.match(text, found.end())
    return Number(value, f"of {stem_of(after[1].lower()) if after else ''}", written)


def _parsed(written: str) -> float:
    """A number as English or continental writers set it: 1,000 and 1.000 are a thousand, 3.5 and 3,5 are not."""
    whole = re.fullmatch(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", written)
    if whole:
        return float(written.replace(whole[1], ""))
    last = max(written.rfind(","), written.rfind("."))
    if last < 0:
        return float(written)
    return float(re.sub(r"[.,]", "", written[:last]) + "." + written[last + 1 :])


def _degree(text: str, degrees: frozenset[str]) -> str:
    return next((word for word in _LETTERS.findall(text.lower()) if word in degrees), "")
