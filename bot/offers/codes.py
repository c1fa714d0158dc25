"""Codes as people write them: one key for every spelling, and new codes that survive being copied by hand.

Source: measurement §8.1 (normalise: casefold, NFKC, no spaces or hyphens). A key keeps nothing but letters and digits,
and look-alikes fall together (O and 0; I, L and 1; Z and 2; S and 5; B and 8; U and V). What is left of Latin letters
and digits are 29 characters; 29 is prime, so one check character over them finds every wrong character and every swap
of neighbours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection

from bot.errors import ConfigError

CODE_LENGTH = 10
"""Random characters of a new code: 25^10 is 95 million million."""
LONGEST = 64
"""Characters of a typed code that are looked at and kept; nobody's code is longer."""

_CHECK_ALPHABET = "0123456789acdefghjkmnpqrtvwxy"
_VALUES = {char: value for value, char in enumerate(_CHECK_ALPHABET)}
_ALPHABET = "23456789cdfghjkmnpqrtvwxy"
"""What new codes are made of: no 0 and 1, which people read as letters, and no vowels, so that no words appear."""
_LOOK_ALIKES = str.maketrans("oilzsbu", "011258v")
_STROKED = str.maketrans("øłđħŧı", "oldhti")  # letters with a stroke or without a dot, which do not decompose
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼʹ`´′"))  # they stand inside words and part nothing
_ACCENTS_FROM = 200  # canonical combining classes from here on are European accents
_POINTS = range(10, 37)  # and these are Hebrew and Arabic vowel points; both are left out when people type
_VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # they ride on emoji


def tidy(text: str) -> str:
    """A code as it is shown and kept: capitals without separators, or, where it has several words and no digit, the
    words in small letters. At most :data:`LONGEST` characters; empty when there is no letter or digit in it.
    """
    words = "".join(char if _counts(char) else " " for char in _plain(text)).split()
    is_phrase = len(words) > 1 and not any(char.isdigit() for word in words for char in word)
    return " ".join(words)[:LONGEST].strip() if is_phrase else "".join(words).upper()[:LONGEST]


def code_key(text: str) -> str:
    """What all spellings of one code have in common; empty when there is no letter or digit in it."""
    return "".join(char for char in _plain(text) if _counts(char)).translate(_LOOK_ALIKES)[:LONGEST]


def check_character(key: str) -> str:
    """The character that ends a code whose other characters have this ``key``.

    A sum weighted by position, modulo the prime 29. Raises ConfigError for characters other than Latin letters and
    digits.
    """
    total = 0
    for weight, char in enumerate(reversed(key), start=2):
        value = _VALUES.get(char)
        if value is None:
            raise ConfigError(f"codes are made of the letters A to Z and digits; {char!r} is neither")
        total += weight * value
    return _CHECK_ALPHABET[-total % len(_CHECK_ALPHABET)]


def new_codes(
    count: int,
    pick: Callable[[str], str],
    *,
    prefix: str = "",
    length: int = CODE_LENGTH,
    taken: Collection[str] = (),
) -> tuple[str, ...]:
    """``count`` codes, all different and none of ``taken`` (keys), as they are printed: prefix, random part, check.

    ``pick`` chooses one character of a string: ``secrets.choice``, or a seeded generator's ``choice`` in a demo.
    ``length`` is that of the random part. Raises ConfigError when the prefix holds other than Latin letters and digits,
    or when so many codes of that length could be guessed (more than one in 10,000 would be valid).
    """
    room = len(_ALPHABET) ** length // 10_000
    if count + len(taken) > room:
        raise ConfigError(f"{count} codes of {length} random characters could be guessed; take a greater length")
    printed_prefix = tidy(prefix).replace(" ", "").upper()
    prefix_key = code_key(prefix)
    check_character(prefix_key)  # refuses a prefix that cannot be checked
    used = set(taken)
    codes: list[str] = []
    while len(codes) < count:
        body = "".join(pick(_ALPHABET) for _ in range(length))
        key = prefix_key + body
        check = check_character(key)
        if check in _ALPHABET and key + check not in used:
            used.add(key + check)
            codes.append(printed_prefix + (body + check).upper())
    return tuple(codes)


def grouped(code: str, size: int = 4) -> str:
    """A one-word code in groups, for print: ``K7QF-M2XR-9CT``."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def _plain(text: str) -> str:
    """Small letters without apostrophes, accents or other ways of writing the same."""
    bare = text[: 4 * LONGEST].translate(_APOSTROPHES)
    if bare.isascii():
        return bare.casefold()
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", bare).casefold()).casefold()
    kept = "".join(str(unicodedata.decimal(char, char)) for char in folded if not _is_accent(char))
    return unicodedata.normalize("NFKC", kept).translate(_STROKED)


def _is_accent(char: str) -> bool:
    place = unicodedata.combining(char)
    return place >= _ACCENTS_FROM or place in _POINTS or char in _VARIATION_SELECTORS


def _counts(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"
