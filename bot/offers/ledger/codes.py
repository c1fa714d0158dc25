"""Codes as people write them: one key for every spelling, and new codes that survive being copied by hand.

Source: measurement §8.1 (normalise: casefold, NFKC, no spaces or hyphens). A key keeps nothing but letters and digits,
and look-alikes fall together (O and 0; I, L and 1; Z and 2; S and 5; B and 8; U and V). What is left of Latin letters
and digits are 29 characters; 29 is prime, so one check character over them finds every wrong character and every swap
of neighbours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count as counting
from operator import mul

from bot.errors import ConfigError

CODE_LENGTH = 10
"""Random characters of a new code: 25^10 is 95 million million."""
FEWEST = 8
"""Different characters that codes are made of, at least."""
LONGEST = 64
"""Characters of a typed code that are kept; nobody's code is longer."""
_LOOKED_AT = 4 * LONGEST
_REMEMBERED = 1024
"""Spellings whose key is remembered: a redemption asks for it a dozen times, and a phrase is the same in every one."""

KEY_ALPHABET = "0123456789acdefghjkmnpqrtvwxy"
"""What is left of Latin letters and digits when look-alikes fall together; 29 characters."""
_VALUES = {char: value for value, char in enumerate(KEY_ALPHABET)}
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
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
    return _tidied(text[:_LOOKED_AT])


def code_key(text: str) -> str:
    """What all spellings of one code have in common; empty when there is no letter or digit in it."""
    return _keyed(text[:_LOOKED_AT])


@lru_cache(_REMEMBERED)
def _tidied(text: str) -> str:
    words = "".join(char if _counts(char) else " " for char in _plain(text)).split()
    is_phrase = len(words) > 1 and not any(char.isdigit() for word in words for char in word)
    return " ".join(words)[:LONGEST].strip() if is_phrase else "".join(words).upper()[:LONGEST]


@lru_cache(_REMEMBERED)
def _keyed(text: str) -> str:
    return "".join(char for char in _plain(text) if _counts(char)).translate(_LOOK_ALIKES)[:LONGEST]


def check_character(key: str) -> str:
    """The character that ends a code whose other characters have this ``key``.

    A sum weighted by position, modulo the prime 29. Raises ConfigError for characters other than Latin letters and
    digits.
    """
    strange = next((char for char in key if char not in _VALUES), None)
    if strange is not None:
        raise ConfigError(f"codes are made of the letters A to Z and digits; {strange!r} is neither")
    return _check(_weighted(key, 2))


def printable_alphabet(chars: str) -> str:
    """The characters that new codes are to be made of, as they are printed.

    Raises ConfigError for other than Latin letters and digits, for two that are taken for each other (O and 0, S and
    5), and for fewer than eight.
    """
    alphabet = "".join(dict.fromkeys(chars.upper()))
    for number, char in enumerate(alphabet):
        if code_key(char) not in _VALUES:
            raise ConfigError(f"codes are made of the letters A to Z and digits; {char!r} is neither")
        twin = next((other for other in alphabet[:number] if code_key(other) == code_key(char)), None)
        if twin is not None:
            raise ConfigError(f"{twin} and {char} are taken for each other; leave one of them out")
    if len(alphabet) < FEWEST:
        raise ConfigError(f"codes need at least {FEWEST} different characters")
    return alphabet


def checked_tails(letters: str) -> Iterator[int]:
    """The lengths, shortest first, of the ends of folded ``letters`` that are keys with the right check character.

    Stops at a character that no checked code has.
    """
    total = 0
    for weight, char in enumerate(reversed(letters), start=1):
        value = _VALUES.get(char)
        if value is None:
            return
        total += weight * value
        if weight > 1 and total % len(KEY_ALPHABET) == 0:
            yield weight


def new_codes(
    count: int,
    random_bytes: Callable[[int], bytes],
    *,
    prefix: str = "",
    length: int = CODE_LENGTH,
    alphabet: str = ALPHABET,
    taken: int = 0,
) -> dict[str, str]:
    """``count`` codes, all different: their keys, and how they are printed (prefix, random part, check character).

    ``random_bytes`` gives as many bytes as it is asked for: ``secrets.token_bytes``, or a seeded generator's
    ``randbytes`` in a demo. ``length`` is that of the random part; ``alphabet`` as :func:`printable_alphabet` gives it;
    ``taken`` codes of the offer are out already. Raises ConfigError when the prefix holds other than Latin letters and
    digits, or when so many codes of that length could be guessed (more than one in 10,000 would be valid).
    """
    if count + taken > len(alphabet) ** length // 10_000:
        raise ConfigError(f"{count} codes of {length} random characters could be guessed; take a greater length")
    printed_prefix = tidy(prefix).replace(" ", "").upper()
    prefix_key = code_key(prefix)
    check_character(prefix_key)  # refuses a prefix that cannot be checked
    keys = "".join(map(code_key, alphabet))
    printed = dict(zip(keys, alphabet, strict=True))
    of_prefix, weights = _weighted(prefix_key, length + 2), range(length + 1, 1, -1)
    codes: dict[str, str] = {}
    while len(codes) < count:
        drawn = _drawn((count - len(codes)) * length, random_bytes, len(alphabet))
        as_key, as_printed = (drawn.translate(_table(chars.encode())).decode() for chars in (keys, alphabet))
        values = drawn.translate(_table(bytes(map(_VALUES.__getitem__, keys))))
        for start in range(0, len(drawn), length):
            part = slice(start, start + length)
            check = _check(of_prefix + sum(map(mul, weights, values[part])))
            if check in printed:  # the others would bring in a look-alike, or a character that is not wanted
                codes[prefix_key + as_key[part] + check] = printed_prefix + as_printed[part] + printed[check]
    return codes


def grouped(code: str) -> str:
    """A one-word code in groups of four, for print: ``K7QF-M2XR-9CT``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _weighted(key: str, weight: int) -> int:
    """The sum that a check character makes up for; ``weight`` is that of the last character."""
    return sum(map(mul, counting(weight), map(_VALUES.__getitem__, reversed(key))))


def _check(total: int) -> str:
    return KEY_ALPHABET[-total % len(KEY_ALPHABET)]


def _drawn(count: int, random_bytes: Callable[[int], bytes], sides: int) -> bytes:
    """``count`` numbers below ``sides``, each as likely as the other: bytes that would favour low ones are left out."""
    fair = 256 - 256 % sides
    wrapped, unfair = bytes(byte % sides for byte in range(256)), bytes(range(fair, 256))
    drawn = b""
    while len(drawn) < count:
        drawn += random_bytes(count - len(drawn)).translate(wrapped, unfair)
    return drawn


def _table(numbered: bytes) -> bytes:
    """A translation from number to the byte in that place."""
    return numbered.ljust(256)


def _plain(text: str) -> str:
    """Small letters without apostrophes, accents or other ways of writing the same."""
    bare = text.translate(_APOSTROPHES)
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
