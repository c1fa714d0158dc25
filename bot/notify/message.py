"""A letter as an e-mail, with headers that no text can break out of. Pure.

``multipart/alternative`` of the text and the HTML; the HTML with its pictures is ``multipart/related`` (RFC 2387). The
letters of one digest are a list (RFC 2919) and a thread: each answers the same root, which is never sent itself.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from email.utils import formataddr
from typing import Any
from urllib.parse import quote

from bot.model import Letter
from bot.model.digest import Picture
from bot.notify.pictures import with_pictures_at

_ATOM = r"""[^\s<>@,;:"\\()\[\]]+"""
_ADDRESS = re.compile(
    rf"""(?P<name>[^<>]*(?=<))?(?P<open><)?(?P<local>{_ATOM})@(?P<domain>{_ATOM})(?(open)>)""",
)

_LONGEST_ATOM = 60
"""Longer ids would make header lines that some servers fold or cut."""

_FOR_PROGRAMS = frozenset({"list-id", "list-unsubscribe", "in-reply-to", "references", "content-id"})
"""Headers of ids and addresses, all ASCII."""


class _WholeHeaders(EmailPolicy):
    """Encodes a header that is not ASCII as one text, and never one that programs read.

    The library encodes word by word, and Pythons before 3.12.4 lose the space between two such words (python/cpython
    issue 92081). A long id or address it encodes too, and then nothing knows it again.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header as it is sent."""
        if name.lower() in _FOR_PROGRAMS:
            text = str(value).replace(", ", f",{self.linesep} ")
        elif str(value).isascii() or self.utf8:
            return super().fold_binary(name, value)
        elif hasattr(value, "addresses"):
            pairs = [(address.display_name, address.addr_spec) for address in value.addresses]
            text = ", ".join(formataddr(pair, "utf-8") for pair in pairs)
        else:
            text = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {text}{self.linesep}".encode("ascii")


_PLAIN = _WholeHeaders(linesep="\r\n")
_UTF8 = _WholeHeaders(linesep="\r\n", utf8=True)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stays the same in every message of a channel. ``unsubscribe`` is an https or mailto address; a letter to who
    sends it is a way out in any case.
    """

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
    message = EmailMessage(policy=_PLAIN if plain else _UTF8)
    message["From"] = envelope.sender
    message["To"] = recipient
    message["Subject"] = one_line(letter.subject_line)
    message["Date"] = letter.created_at
    message["Message-ID"] = message_id(letter.key, envelope.sender.domain)
    if envelope.reply_to:
        message["Reply-To"] = envelope.reply_to
    for name, value in _list_headers(letter, envelope):
        message[name] = value
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps out-of-office replies away
    _add_parts(message, letter, envelope.sender.domain)
    return message


def _list_headers(letter: Letter, envelope: Envelope) -> Iterator[tuple[str, str]]:
    """What makes the letters of a digest a list that can be left, and a thread."""
    # A notice is its own report: it stands alone, in one list with the other notices.
    series = "notices" if letter.report == letter.key else _dot_atom(letter.report)
    domain = envelope.sender.domain
    yield "List-Id", f"<{series}.heard.{domain}>"
    ways = [envelope.unsubscribe] if envelope.unsubscribe else []
    if not ways or not ways[0].startswith("mailto:"):
        answers = (envelope.reply_to or envelope.sender).addr_spec
        ways.append(
            f"mailto:{quote(answers, safe='@')}?subject={quote(f'Unsubscribe from {one_line(letter.report)[:60]}')}"
        )
    yield "List-Unsubscribe", ", ".join(f"<{way}>" for way in ways)
    if ways[0].startswith("https:"):
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"  # RFC 8058
    if letter.report != letter.key:
        root = message_id(f"heard-{series}", domain)
        yield "In-Reply-To", root
        yield "References", root


def _add_parts(message: EmailMessage, letter: Letter, domain: str) -> None:
    ids = {picture.name: f"{_dot_atom(picture.name)}.{_dot_atom(letter.key)}@{domain}" for picture in letter.pictures}
    html = with_pictures_at(letter.html, letter.pictures, lambda picture: f"cid:{ids[picture.name]}")
    message.set_content(_encodable(letter.text), cte="quoted-printable")
    message.add_alternative(_encodable(html), subtype="html", cte="quoted-printable")
    # Neither quoted-printable, which writes every "=" as "=3D", nor base64 can contain such a boundary.
    mark = hashlib.sha256(letter.key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    message.set_boundary(f"=_{mark}")
    if letter.pictures:
        _text, page = message.iter_parts()
        for picture in letter.pictures:
            _attach(page, picture, ids[picture.name])
        page.set_boundary(f"=_r_{mark}")
        page.set_param("type", "text/html")


def _attach(page: MIMEPart, picture: Picture, content_id: str) -> None:
    page.add_related(
        picture.png,
        maintype="image",
        subtype="png",
        cid=f"<{content_id}>",
        disposition="inline",
        filename=f"{_dot_atom(picture.name)}.png",
    )


def needs_utf8(message: EmailMessage) -> bool:
    """Whether one of its addresses can only be written with SMTPUTF8 (RFC 6531)."""
    return message.policy is _UTF8


def one_line(text: str) -> str:
    """``text`` without line breaks and control characters, fit for a header."""
    spaced = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    return _encodable(" ".join(spaced.split()))


def _encodable(text: str) -> str:
    """Half a surrogate pair cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def _dot_atom(key: str) -> str:
    """``key`` itself where it is plain, else what stands for it."""
    if len(key) <= _LONGEST_ATOM and key.isascii() and key.replace("-", "").replace("_", "").isalnum():
        return key
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
