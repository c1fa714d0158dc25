"""Notifier ``webhook``: a digest's JSON, posted and signed as Standard Webhooks have it.

``webhook-id`` is the digest's key, the same however often it is sent, so that receivers drop what they have.
``webhook-timestamp`` is the attempt's time in seconds. ``webhook-signature`` holds ``v1,`` and the base64 of
HMAC-SHA256 over ``id.timestamp.body``, once for each secret while secrets change. Source: standardwebhooks.com, version
1.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

import requests
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.errors import ConfigError
from bot.model import Letter
from bot.notify.answers import refusal, silence
from bot.options import Options, one_or_several, read_options
from bot.ports import Deps

_PREFIX = "whsec_"
_SHORTEST = 24  # bytes; the standard asks for 24 to 64
_LONGEST = 64
_TAKEN = range(200, 300)


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError("write the address that takes the digest, such as 'https://example.org/hooks/heard'")
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(one_or_several)]


class WebhookOptions(Options):
    """The table of a ``webhook`` channel. Of several secrets each signs, so that a receiver may change to a new one."""

    url: Annotated[str, AfterValidator(_address)]
    secret_env: Names = Field(default=())
    secret_file: Names = Field(default=())

    @model_validator(mode="after")
    def _has_a_secret(self) -> Self:
        if not (self.secret_env or self.secret_file):
            raise ValueError('say where the secret is that signs: secret_env = "NAME" or secret_file = "PATH"')
        return self


def connect(channel_id: str, options: Mapping[str, Any], deps: Deps) -> WebhookNotifier:
    """The notifier of a ``webhook`` channel. Raises ConfigError, naming the key; nothing is sent yet."""
    where = f"channel '{channel_id}'"
    read = read_options(WebhookOptions, options, where)
    named = [("secret_env", name) for name in read.secret_env] + [("secret_file", name) for name in read.secret_file]
    secrets = [_secret(deps.secret({key: name}, "secret"), f"{where}: key '{key}': {name}") for key, name in named]
    return WebhookNotifier(read.url, secrets, deps)


class WebhookNotifier:
    """Posts letters to one address."""

    def __init__(self, url: str, secrets: Sequence[bytes], deps: Deps) -> None:
        self._url = url
        self._secrets = secrets
        self._deps = deps
        self._name = urlsplit(url).hostname or url

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom this channel reaches: its address, without what may be secret in it."""
        parts = urlsplit(self._url)
        mark = hashlib.sha256(self._url.encode()).hexdigest()[:6]
        return (f"{parts.scheme}://{parts.netloc}#{mark}",)

    def send(self, letter: Letter) -> None:
        """Returns when the receiver has said that it took the letter. Raises DeliveryError; ``in_doubt`` when the
        connection broke before it said anything.
        """
        body = (letter.machine or letter.json).encode("utf-8", "replace")
        headers = self._headers(letter.key, body)
        try:
            # The status is the answer; what else the receiver says cannot make it untaken.
            with (
                self._deps.session() as session,
                session.post(self._url, data=body, headers=headers, allow_redirects=False, stream=True) as answer,
            ):
                if answer.status_code not in _TAKEN:
                    raise refusal(self._name, answer, self._deps.clock.now())
        except requests.RequestException as error:
            raise silence(self._name, error, safe_to_repeat=True) from error

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        name = key if key.isascii() and key.isprintable() and " " not in key else hashlib.sha256(
            key.encode("utf-8", "surrogatepass")
        ).hexdigest()  # fmt: skip
        at = str(int(self._deps.clock.now().timestamp()))
        signed = b".".join((name.encode(), at.encode(), body))
        return {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": at,
            "webhook-signature": " ".join(_signature(secret, signed) for secret in self._secrets),
        }


def _signature(secret: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def _secret(written: str, where: str) -> bytes:
    """The bytes of a secret as the standard writes it: ``whsec_`` and base64. Raises ConfigError, not showing it."""
    try:
        secret = base64.b64decode(written.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not _SHORTEST <= len(secret) <= _LONGEST:
        raise ConfigError(
            f"{where}: a secret is {_PREFIX} and {_SHORTEST} to {_LONGEST} random bytes in base64; "
            "make one with: echo whsec_$(openssl rand -base64 32)"
        )
    return secret
