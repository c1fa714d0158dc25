"""Links that carry their own right: signed, bound to what they are for, and of no use after a while.

The payload stands in the open (ids and a keyed hash, nothing else); the signature is HMAC-SHA-256 by itsdangerous, over
a key that is derived for this purpose alone.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from itsdangerous import BadSignature, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode

from bot.model.feedback import Judgement, Ticket

LONGEST = 300
"""Characters of a token that are looked at; ours are about 100 long."""
_PURPOSE = "heard feedback link"
_SEPARATOR = "."
_LETTERS = {judgement: judgement.value[0] for judgement in Judgement}


class _Signer(TimestampSigner):
    """Signs at a time that is given, and reads at one."""

    def __init__(self, secrets: Sequence[str], now: datetime) -> None:
        # The library signs with the last key and takes all of them.
        super().__init__(list(reversed(secrets)), salt=_PURPOSE, digest_method=hashlib.sha256)
        self._now = now

    def get_timestamp(self) -> int:
        return int(self._now.timestamp())


def write_ticket(ticket: Ticket, secrets: Sequence[str], now: datetime) -> str:
    """The token of a ticket, safe in addresses; signed with the first of ``secrets``."""
    parts = (ticket.digest, ticket.mention, _LETTERS[ticket.judgement], ticket.reader)
    return _Signer(secrets, now).sign(_SEPARATOR.join(parts)).decode("ascii")


def read_ticket(token: str, secrets: Sequence[str], now: datetime, lasts: timedelta) -> tuple[Ticket, bool] | None:
    """The ticket behind a token, and whether it still holds; None for whatever none of ``secrets`` has signed."""
    if len(token) > LONGEST or not token.isascii():
        return None
    try:
        payload, signed_at = _Signer(secrets, now).unsign(token, return_timestamp=True)
    except BadSignature:
        return None
    if not _is_canonical(token):
        return None
    digest, mention, letter, reader = payload.decode("ascii").rsplit(_SEPARATOR, 3)
    judgement = next(one for one, sign in _LETTERS.items() if sign == letter)
    return Ticket(digest, mention, judgement, reader), now - signed_at < lasts


def reader_of(recipient: str, salt: bytes) -> str:
    """What stands for a recipient wherever readers are told apart: 60 bits of a keyed hash, never the address."""
    told = f"reader\0{recipient.strip().casefold()}".encode("utf-8", "surrogatepass")
    return b32encode(hmac.digest(salt, told, hashlib.sha256)).decode().lower()[:12]


def _is_canonical(token: str) -> bool:
    """Whether the signature is written in its one way: decoding skips stray characters and spare bits."""
    signature = token.rpartition(_SEPARATOR)[2].encode("ascii")
    return base64_encode(base64_decode(signature)) == signature
