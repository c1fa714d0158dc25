"""A real SMTP server on loopback that can be told to misbehave."""

from __future__ import annotations

import email
import email.policy
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """What arrived, and what the server answers instead of "yes". Each list gives one answer a time, then yes."""

    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    port: int = 0
    wants_login: bool = False
    envelopes: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.wants_login and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt and (answer := self.rcpt.pop(0)) != "yes":
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd calls it so
        answer = self.data.pop(0) if self.data else "yes"
        if answer in {"yes", "take, then hang up"}:
            assert isinstance(envelope.content, bytes)
            self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content))
        if answer.endswith("hang up"):
            server.transport.abort()
        return "250 taken" if answer == "yes" else answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"correct horse", handled=False)

    @property
    def messages(self) -> list[EmailMessage]:
        """What arrived, parsed."""
        return [parse(content) for _sender, _to, content in self.envelopes]


def parse(content: bytes) -> EmailMessage:
    """The bytes as a message."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


class _FreePort(Controller):
    """A controller that listens on a port of the system's choice."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp_server(mailbox: Mailbox | None = None, **settings: Any) -> Iterator[Mailbox]:
    """Serves on a free port until the end of the block. ``settings`` go to aiosmtpd's SMTP."""
    mailbox = mailbox or Mailbox()
    if settings.pop("login", False):
        mailbox.wants_login = True
        settings |= {"authenticator": mailbox.authenticate, "auth_require_tls": False}
    controller = _FreePort(mailbox, hostname="127.0.0.1", port=0, **settings)
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    """TLS for the server's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
