"""Passwords: what is taken for one, and how it is kept.

After NIST SP 800-63B: length counts, composition does not; the commonest are refused; the text is put in Unicode's
normal form KC, so that two keyboards that type the same give the same.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.access.common import COMMON
from bot.errors import PasswordRefused

SHORTEST = 12
LONGEST = 1024
"""Code points. Longer ones are refused before any work is done on them."""
CROWD = 6
"""Hashes worked out or waited for, beyond which nobody else waits: the threads are the till's too."""
AT_ONCE = 2
"""Hashes worked out at the same time: each takes 64 MiB and a good part of a core for tens of milliseconds."""
SYLLABLES = 5
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def check_password(password: str, name: str) -> None:
    """Raises PasswordRefused, in words, for a new password that should not be one."""
    if len(password) > LONGEST:
        raise PasswordRefused(f"A password may have {LONGEST:,} characters at most.")
    text = _normal(password)
    if len(text) < SHORTEST:
        raise PasswordRefused(f"A password needs at least {SHORTEST} characters. A few words in a row are good.")
    folded = text.casefold()
    if folded in COMMON or folded.strip("0123456789!.?*#$ ") in COMMON or len(set(folded)) <= len("ab"):
        raise PasswordRefused("That password is among the first that anybody tries. Choose another.")
    if folded == _normal(name).casefold() * (len(folded) // max(1, len(_normal(name)))):
        raise PasswordRefused("The password must not be made of the name alone.")


def generate() -> str:
    """A password for somebody to be given: about 99 bits, without look-alikes, readable aloud."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(SYLLABLES))


class Passwords:
    """Hashes and checks with argon2id in its library's default profile (RFC 9106, low memory)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._inside: set[object] = set()
        self._nobody = ""

    def hash(self, password: str) -> str:
        """The hash that is kept, with its parameters and salt."""
        with self._turn():
            return self._hasher.hash(_normal(password))

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether it is the password behind the hash. None, for a name that nobody has, takes the same work."""
        if len(password) > LONGEST:
            return False
        if not self._nobody:
            self._nobody = self.hash(generate())
        try:
            with self._turn():
                self._hasher.verify(kept or self._nobody, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    @property
    def crowded(self) -> bool:
        """Whether so many wait already that another should come back in a moment."""
        return len(self._inside) >= CROWD

    @contextmanager
    def _turn(self) -> Iterator[None]:
        ticket = object()
        self._inside.add(ticket)
        try:
            with self._turns:
                yield
        finally:
            self._inside.discard(ticket)

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode("utf-8")
