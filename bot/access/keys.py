"""API keys: their form, made so that secret scanners know them and a slip of the pen is seen without the database.

``heard_`` + an id of 10 letters and digits + ``_`` + 256 random bits in base 62 + a CRC-32 of all that in base 62.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib

PREFIX = "heard_"
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_BITS = 256
SECRET_LENGTH = 43
"""Base-62 digits of 256 bits."""
CHECK_LENGTH = 6
"""Base-62 digits of 32 bits."""
ID_LENGTH = 10
FORM = re.compile(
    rf"({PREFIX}([0-9a-z]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}}))([0-9A-Za-z]{{{CHECK_LENGTH}}})"
)


def make_key() -> tuple[str, str, str]:
    """A new key: its id, its secret, and the whole as it is shown once."""
    key_id = "".join(secrets.choice(ALPHABET[:10] + ALPHABET[36:]) for _ in range(ID_LENGTH))
    secret = _base62(secrets.randbits(SECRET_BITS), SECRET_LENGTH)
    body = f"{PREFIX}{key_id}_{secret}"
    return key_id, secret, body + _check(body)


def parse_key(text: str) -> tuple[str, str] | None:
    """Id and secret of a well-formed key; None for everything else."""
    found = FORM.fullmatch(text)
    if found is None or found[4] != _check(found[1]):
        return None
    return found[2], found[3]


def _check(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), CHECK_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
