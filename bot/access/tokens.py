"""Random tokens: what a browser holds, and what is kept of it.

Tokens have 256 random bits, so their plain SHA-256 gives nothing away: a slow hash protects what people choose, and
nobody can guess through 2^256.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """A fresh token, safe in cookies and forms."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(secret: str) -> str:
    """What is kept of a token or a key's secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def form_token(token: str) -> str:
    """The token of the forms that belong to a session: derived from its own, so that nobody else's fits."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"heard form", hashlib.sha256).hexdigest()


def feed_token(secret: str, report: str, turn: int) -> str:
    """The token in a report's feed address: derived, so that it need not be kept; another ``turn``, another token."""
    named = f"heard feed\0{report}\0{turn}".encode()
    return hmac.new(secret.encode(), named, hashlib.sha256).hexdigest()[:40]


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))
