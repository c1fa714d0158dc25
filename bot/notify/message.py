"""A letter as an e-mail: multipart/alternative, with headers that no text can break out of. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8, EmailPolicy
from email.utils import formataddr
from typing import Any

from bot.model import Letter

_ATOM = r"""[^\s<>@,;:"\\()\[\]]+"""
_ADDRESS = re.compile(
    rf"""(?P<name>[^<>]*(?=<))?(?P<open><)?(?P<local>{_ATOM})@(?P<domain>{_ATOM})(?(open)>)""",
)


class _WholeHeaders(EmailPolicy):
    """Encodes a header that is not ASCII as one text. The library encodes it word by word, and Pythons before 3.12.4
    lose the space between two such words (python/cpython issue 92081).
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header as it is sent."""
        if str(value).isascii() or self.utf8:
            return super().fold_binary(name, value)
        if hasattr(value, "addresses"):
            pairs = [(address.display_name, address.addr_spec) for address in value.addresses]
            text = ", ".join(formataddr(pair, "utf-8") for pair in pairs)
        else:
            text = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {text}{self.linesep}".encode("ascii")


_PLAIN = _WholeHeaders(linesep="\r\n")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stays the same in every message of a channel."""

    sender: Address
    reply_to: Address | None = None
    unsubscribe: str | None = None


def parse_address(text: str) -> Address:
    """``Name <who@example.org>`` or the bare address. Raises ValueError, in words for a person."""
    if any(unicodedata.category(char).startswith("C") for char in text):
        raise ValueError("an address has no line breaks or control characters")
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        raise ValueError("write an address like who@example.org or Name <who@example.org>")
    try:
        domain = found["domain"].encode("idna").decode()
    except UnicodeError as error:
        raise ValueError(f"{found['domain']!r} cannot be a mail domain") from error
    return Address((found["name"] or "").strip().strip('"'), found["local"], domain)


def message_id(key: str, domain: str) -> str:
    """``<key@domain>``: stable, so that a letter sent twice is the same letter to whoever receives it."""
    return f"<{_dot_atom(key)}@{domain}>"


def compose_message(letter: Letter, envelope: Envelope, recipient: Address) -> EmailMessage:
    """The e-mail of ``letter`` to one recipient; the same letter gives the same bytes."""
    addresses = (envelope.sender, recipient, envelope.reply_to)
    plain = all(address.addr_spec.isascii() for address in addresses if address)
    message = EmailMessage(policy=_PLAIN if plain else SMTPUTF8)
    message["From"] = envelope.sender
    message["To"] = recipient
    message["Subject"] = one_line(letter.subject_line)
    message["Date"] = letter.created_at
    message["Message-ID"] = message_id(letter.key, envelope.sender.domain)
    if envelope.reply_to:
        message["Reply-To"] = envelope.reply_to
    if envelope.unsubscribe:
        message["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps out-of-office replies away
    message.set_content(_encodable(letter.text), cte="quoted-printable")
    message.add_alternative(_encodable(letter.html), subtype="html", cte="quoted-printable")
    # Quoted-printable writes every "=" as "=3D", so that this boundary can stand in no part.
    message.set_boundary("=_" + hashlib.sha256(letter.key.encode()).hexdigest()[:32])
    return message


def needs_utf8(message: EmailMessage) -> bool:
    """Whether one of its addresses can only be written with SMTPUTF8 (RFC 6531)."""
    return message.policy is SMTPUTF8


def one_line(text: str) -> str:
    """``text`` without line breaks and control characters, fit for a header."""
    spaced = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    return _encodable(" ".join(spaced.split()))


def _encodable(text: str) -> str:
    """Half a surrogate pair cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _dot_atom(key: str) -> str:
    if key.isascii() and key.replace("-", "").replace("_", "").isalnum():
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
