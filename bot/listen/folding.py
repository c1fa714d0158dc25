"""Folds text so that spellings of one word compare equal, and remembers where each folded character came from.

Folding is compatibility decomposition (NFKD) without accents, case folding, and one form for typographic quotes and
dashes. It works on each code point by itself, so that a fold of a part is a part of the fold.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

_PLAIN = {
    **dict.fromkeys("‘’‚‛ʼʹ′´＇", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣", "-"),
    # letters that readers take for variants of a plain one, but that Unicode does not decompose
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
}

_NUKTA, _KANA_VOICING, _VIRAMA = 7, 8, 9
_FIRST_SCRIPT_MARK, _FIRST_ATTACHED_ACCENT = 84, 200


class _FoldTable(dict[int, str]):
    """A table for ``str.translate`` that works out each code point once, when it is first seen."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if unicodedata.category(character) == "Cs":
        return "\N{REPLACEMENT CHARACTER}"  # half a surrogate pair is no text, and native code refuses it
    if character in _PLAIN:
        return _PLAIN[character]
    lowered = unicodedata.normalize("NFKD", character).casefold()
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(_PLAIN.get(part, part) for part in decomposed if not _vanishes(part))


def _vanishes(character: str) -> bool:
    """Accents and invisible characters vanish; marks that make another letter stay.

    Kana voicing, nuktas, viramas and the tone marks of Thai and its neighbours (canonical combining classes 7-9 and
    84-199) tell words apart; a reader does not leave them out as one leaves out an accent.
    """
    combining = unicodedata.combining(character)
    if combining in {_NUKTA, _KANA_VOICING, _VIRAMA} or _FIRST_SCRIPT_MARK <= combining < _FIRST_ATTACHED_ACCENT:
        return False
    return combining > 0 or unicodedata.category(character) in {"Cf", "Me"} or "\ufe00" <= character <= "\ufe0f"


_TABLE = _FoldTable()
_FREQUENT = {character: _TABLE[ord(character)] for character in "’“”‘–—…\u00a0"}
_NOT_ASCII = re.compile(r"([^\x00-\x7f]+)")


_TYPOGRAPHY = {ord(character): plain for character, plain in _PLAIN.items() if plain in {"'", '"', "-"}}


def typeset(text: str) -> str:
    """``text`` with its case and accents, but one form for quotes, dashes and composed letters, nothing invisible."""
    if text.isascii():
        return text
    shown = (character for character in text if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFC", "".join(shown)).translate(_TYPOGRAPHY)


class Folded:
    """A text and its fold. ``text`` is the folded text; offsets into it lead back with :meth:`original_span`."""

    def __init__(self, original: str) -> None:
        self.original = original
        self.text = fold(original)

    def original_span(self, start: int, end: int) -> tuple[int, int] | None:
        """The code points of the original that fold to ``text[start:end]`` (non-empty, half-open).

        Accents written after the last letter belong to it. None when the stretch begins or ends inside the fold of
        one character (the ``f`` of ``ﬁ``), as no part of the original stands for it.
        """
        if self.original.isascii():
            return start, end
        first, last = self._origin(start), self._origin(end - 1)
        if start > 0 and self._origin(start - 1) == first:
            return None
        if end < len(self.text) and self._origin(end) == last:
            return None
        last += 1
        while last < len(self.original) and is_mark(self.original[last]) and not _TABLE[ord(self.original[last])]:
            last += 1
        return first, last

    def _origin(self, at: int) -> int:
        """The place of the code point that ``text[at]`` came from."""
        places, starts, ends = self._shifts
        nearest = bisect_right(starts, at) - 1
        if nearest < 0:
            return at
        return places[nearest] + (at - ends[nearest] + 1 if at >= ends[nearest] else 0)

    @cached_property
    def _shifts(self) -> tuple[list[int], list[int], list[int]]:
        """Where the code points stand that do not fold to one, and where their folds start and end; there are few."""
        uneven = {character for character in set(self.original) if len(_TABLE[ord(character)]) != 1}
        if not uneven:
            return [], [], []
        places = [found.start() for found in re.finditer(f"[{re.escape(''.join(sorted(uneven)))}]", self.original)]
        lengths = [len(_TABLE[ord(self.original[place])]) for place in places]
        grown = [0, *accumulate(length - 1 for length in lengths)]
        starts = [place + shift for place, shift in zip(places, grown, strict=False)]
        return places, starts, [start + length for start, length in zip(starts, lengths, strict=True)]


def fold(text: str) -> str:
    """``text`` folded. For ASCII that is lower case, and each character keeps its place."""
    if text.isascii():
        return text.lower()
    # Most texts are ASCII but for quotes and dashes, and the table is slow once it has met the first of those.
    for character, plain in _FREQUENT.items():
        text = text.replace(character, plain)
    if text.isascii():
        return text.lower()
    pieces = _NOT_ASCII.split(text)
    pieces[::2] = [piece.lower() for piece in pieces[::2]]
    pieces[1::2] = [piece.translate(_TABLE) for piece in pieces[1::2]]
    return "".join(pieces)


def is_mark(character: str) -> bool:
    """Whether it belongs to the letter before it: combining marks, and the later parts of a Korean syllable."""
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"


def is_word_character(character: str) -> bool:
    """Letters, digits, the underscore and combining marks make words; all else lies between them."""
    return character.isalnum() or character == "_" or (character > "\x7f" and is_mark(character))


_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul as it decomposes: particles are written onto the noun
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # Han radicals
    (0x3005, 0x3007),  # Han iteration mark and zero
    (0x3040, 0x30FF),  # Kana
    (0x31F0, 0x31FF),  # Kana extensions
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)


_UNSPACED_CLASS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _UNSPACED)
_COUNTED = re.compile(
    rf"[{_UNSPACED_CLASS}]|(?:(?![{_UNSPACED_CLASS}])[\w\u0300-\u036f\u00ad])+"
    rf"(?:['’](?:(?![{_UNSPACED_CLASS}])[\w\u0300-\u036f\u00ad])+)*"
)


def word_starts(text: str) -> list[int]:
    """Where the words of ``text`` begin, as a reader counts them: "don't" is one; in scripts without spaces each
    character is one.
    """
    starts = [found.start() for found in _COUNTED.finditer(text)]
    if text.isascii():
        return starts
    # A vowel sign or a point inside a word ends what the expression takes for one.
    return [at for at in starts if at == 0 or is_unspaced(text[at]) or not is_mark(text[at - 1])]


def is_unspaced(character: str) -> bool:
    """Whether it is of a script that writes words without spaces between them."""
    code = ord(character)
    return code >= _UNSPACED[0][0] and any(first <= code <= last for first, last in _UNSPACED)


def is_boundary(text: str, at: int) -> bool:
    """Whether a word may begin or end at ``at`` in folded ``text``.

    Between two word characters there is no boundary, unless one of them is of a script without spaces; a mark is
    never parted from its letter.
    """
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if not (is_word_character(before) and is_word_character(after)):
        return True
    return (is_unspaced(before) or is_unspaced(after)) and not is_mark(after)
