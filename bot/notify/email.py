"""Notifier ``email``: one letter to one recipient in one SMTP transaction, over the standard library's smtplib."""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.errors import ConfigError, DeliveryError
from bot.model import Letter
from bot.notify.message import Envelope, compose_message, needs_utf8, one_line, parse_address
from bot.notify.retry import worth_retrying_reply
from bot.options import Options, read_options
from bot.ports import Deps

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_GO_AHEAD, _DONE = 354, 250


def _address(text: str) -> str:
    parse_address(text)
    return text


def _host(text: str) -> str:
    try:
        sound = bool(text.encode("idna")) and not any(char.isspace() for char in text)
    except UnicodeError:
        sound = False
    if not sound:
        raise ValueError("give the mail server's name, like smtp.example.org")
    return text


def _unsubscribe(text: str) -> str:
    if not re.fullmatch(r"(mailto:|https://)[!-;=?-~]{1,900}", text):
        raise ValueError("give an address that begins with mailto: or https://")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


AddressText = Annotated[str, AfterValidator(_address)]


class EmailOptions(Options):
    """The table of an ``email`` channel. ``security`` "none" is for a mail server on this machine only."""

    host: Annotated[str, AfterValidator(_host)]
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str | None = None
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    sender: AddressText = Field(alias="from")
    to: list[AddressText] = Field(min_length=1)
    reply_to: AddressText | None = None
    unsubscribe: Annotated[str, AfterValidator(_unsubscribe)] | None = None
    timeout: float = Field(default=30.0, gt=0, le=300)

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError('security = "none" is allowed only for localhost; use "starttls" or "tls"')
        if self.username and not (self.password_env or self.password_file):
            raise ValueError("a username needs password_env or password_file")
        return self


def connect(channel_id: str, options: Mapping[str, Any], deps: Deps) -> EmailNotifier:
    """The notifier of an ``email`` channel. Raises ConfigError, naming the key; nothing is sent or connected yet."""
    read = read_options(EmailOptions, options, f"channel '{channel_id}'")
    password = deps.secret(options, "password") if read.username else None
    if not f"{read.username}{password}".isascii():
        raise ConfigError(f"channel '{channel_id}': username and password must be ASCII for SMTP logins")
    try:
        trust = None if read.security == "none" else ssl.create_default_context(cafile=read.ca_file)
    except OSError as error:
        raise ConfigError(f"channel '{channel_id}': key 'ca_file': cannot read certificates there: {error}") from error
    return EmailNotifier(read, password, trust)


class EmailNotifier:
    """Sends letters through one mail server."""

    def __init__(self, options: EmailOptions, password: str | None, trust: ssl.SSLContext | None) -> None:
        self._options = options
        self._password = password
        self._trust = trust
        self._port = options.port or _PORTS[options.security]
        self._server = f"mail server {options.host}:{self._port}"
        self._envelope = Envelope(
            sender=parse_address(options.sender),
            reply_to=parse_address(options.reply_to) if options.reply_to else None,
            unsubscribe=options.unsubscribe,
        )

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom this channel reaches, one delivery each."""
        return tuple(dict.fromkeys(self._options.to))

    def send(self, letter: Letter) -> None:
        """Returns when the server has taken the letter. Raises DeliveryError; ``in_doubt`` when the connection broke
        between the last byte and the answer.
        """
        try:
            recipient = parse_address(letter.recipient)
        except ValueError as error:
            raise DeliveryError(f"the recipient's address cannot be used: {error}", retry=False) from error
        message = compose_message(letter, self._envelope, recipient)
        with self._connection() as smtp:
            self._login(smtp)
            self._transact(smtp, recipient, message)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        options, name = self._options, self._envelope.sender.domain
        smtp: smtplib.SMTP | None = None
        try:
            if options.security == "tls":
                smtp = smtplib.SMTP_SSL(options.host, self._port, name, timeout=options.timeout, context=self._trust)
            else:
                smtp = smtplib.SMTP(options.host, self._port, name, timeout=options.timeout)
            smtp.ehlo_or_helo_if_needed()
            if options.security == "starttls":
                smtp.starttls(context=self._trust)
                smtp.ehlo_or_helo_if_needed()
            yield smtp
            with suppress(smtplib.SMTPException, OSError):  # the letter is taken; a rude goodbye changes nothing
                smtp.quit()
        except ssl.SSLCertVerificationError as error:
            why = f"{self._server} shows a certificate that is not trusted ({error.verify_message})"
            raise DeliveryError(f"{why}: check host, or set ca_file", retry=True) from error
        except smtplib.SMTPResponseException as error:
            raise self._refused("will not talk to us", error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPServerDisconnected as error:
            raise self._no_answer(error) from error
        except smtplib.SMTPException as error:
            why = f"{self._server} does not offer what the channel asks for ({error}): check port and security"
            raise DeliveryError(why, retry=False) from error
        except OSError as error:
            raise self._no_answer(error) from error
        finally:
            if smtp is not None:
                smtp.close()

    def _login(self, smtp: smtplib.SMTP) -> None:
        if self._options.username is None or self._password is None:
            return
        try:
            smtp.login(self._options.username, self._password)
        except smtplib.SMTPAuthenticationError as error:
            # What the server says is not repeated: it may echo what it was sent.
            why = f"{self._server} refused the login ({error.smtp_code}): check username and password"
            raise DeliveryError(why, retry=worth_retrying_reply(error.smtp_code)) from error

    def _transact(self, smtp: smtplib.SMTP, recipient: Address, message: EmailMessage) -> None:
        extras = []
        if needs_utf8(message):
            if not smtp.has_extn("smtputf8"):
                raise DeliveryError(f"{self._server} takes only addresses in plain ASCII letters", retry=False)
            extras = ["SMTPUTF8", "BODY=8BITMIME"]
        self._expect(smtp.mail(self._envelope.sender.addr_spec, extras), "refused the sender")
        self._expect(smtp.rcpt(recipient.addr_spec), "refused the recipient")
        self._expect(smtp.docmd("DATA"), "refused the letter", _GO_AHEAD)
        smtp.send(re.sub(rb"(?m)^\.", b"..", message.as_bytes()) + b".\r\n")
        why = f"{self._server} broke off before it said whether it took the letter; it may have arrived"
        try:
            answer = smtp.getreply()
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException) as error:
            raise DeliveryError(why, retry=True, in_doubt=True) from error
        if answer[0] < 0:  # not a reply at all
            raise DeliveryError(why, retry=True, in_doubt=True)
        self._expect(answer, "refused the letter")

    def _expect(self, answer: tuple[int, bytes], what: str, code: int = _DONE) -> None:
        if answer[0] // 100 != code // 100:
            raise self._refused(what, *answer)

    def _no_answer(self, error: OSError) -> DeliveryError:
        said = one_line(str(error)) or type(error).__name__
        return DeliveryError(f"{self._server} did not answer ({said}): check host and port", retry=True)

    def _refused(self, what: str, code: int, said: bytes | str) -> DeliveryError:
        text = one_line(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)[:200]
        return DeliveryError(f"{self._server} {what}: {code} {text}".rstrip(), retry=worth_retrying_reply(code))
