"""Notifier ``apprise``: a short form of a letter to chat services, through the plug-ins of the library Apprise.

The plug-ins know where and how each service wants a message; what is sent, over what and what its answer means, is
ours: the text by :mod:`bot.notify.layouts`, the guarded session by :mod:`bot.notify.courier`, the retry by
:mod:`bot.notify.retry`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from apprise import Apprise, AppriseAsset
from apprise.common import NotifyFormat, PersistentStoreMode
from apprise.plugins.base import NotifyBase
from pydantic import model_validator

from bot.errors import ConfigError, DeliveryError
from bot.model import Letter
from bot.notify.answers import is_page, not_taken, refusal, silence
from bot.notify.brief import brief_of
from bot.notify.courier import Exchange, exchange_over, guard, say_goodbye
from bot.notify.layouts import LAYOUTS, Layout, lay_out, plain_layout
from bot.options import Options, read_options
from bot.ports import Deps

_SUCCESS = range(200, 300)
_PLAIN = "text"
_MOST = 30_000
_PLAINLY = {"use_blocks": True, "include_image": False, "include_footer": False, "avatar": False, "preview": False}
"""What plug-ins would add of their own: Slack's blocks are wanted, logos, footers and previews are not."""

log = logging.getLogger("heard.notify")


class AppriseOptions(Options):
    """The table of an ``apprise`` channel: where its addresses are, one a line. They hold tokens: they are secrets."""

    url_env: str | None = None
    url_file: str | None = None

    @model_validator(mode="after")
    def _has_addresses(self) -> Self:
        if not (self.url_env or self.url_file):
            raise ValueError('say where the addresses are: url_env = "NAME" or url_file = "PATH"')
        return self


def connect(channel_id: str, options: Mapping[str, Any], deps: Deps) -> AppriseNotifier:
    """The notifier of an ``apprise`` channel. Raises ConfigError that shows no address; nothing is sent yet."""
    where = f"channel '{channel_id}'"
    read_options(AppriseOptions, options, where)
    lines = [line.strip() for line in deps.secret(options, "url").splitlines()]
    wanted = [line for line in lines if line and not line.startswith("#")]
    targets = [_target(url, f"{where}: address {place}") for place, url in enumerate(wanted, 1)]
    if not targets:
        raise ConfigError(f"{where}: there is no address in url_env or url_file")
    return AppriseNotifier(targets, deps)


@dataclass(frozen=True, slots=True)
class _Target:
    """One address: what it is called where people read, its service's name, and how a message to it is laid out."""

    called: str
    service: str
    url: str
    layout: Layout


class AppriseNotifier:
    """Sends letters to chat services, one message an address."""

    def __init__(self, targets: Sequence[_Target], deps: Deps) -> None:
        self._targets = {target.called: target for target in targets}
        self._deps = deps

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom this channel reaches: each address as its service's name and six digits of its hash."""
        return tuple(self._targets)

    def send(self, letter: Letter) -> None:
        """Returns when the service has taken the message.

        Raises DeliveryError; ``in_doubt`` when it gave no answer, or one that is none.
        """
        target = self._targets.get(letter.recipient)
        if target is None:
            why = (
                f"{letter.recipient} is not among this channel's addresses any more; it has {', '.join(self._targets)}"
            )
            raise DeliveryError(why, retry=False)
        plugin = _plugin(target.url)
        if plugin is None or not guard(plugin):
            raise DeliveryError(f"{target.service}: Apprise does not take this address any more", retry=False)
        message = lay_out(brief_of(letter), target.layout)
        with self._deps.session() as session, exchange_over(session) as exchange:
            _hand_over(plugin, message, target, exchange)
        with self._deps.session() as session:
            say_goodbye(plugin, session)
        if error := self._trouble(target, exchange):
            raise error from exchange.error or exchange.cause

    def _trouble(self, target: _Target, exchange: Exchange) -> DeliveryError | None:
        """What became of a message, from the last answer and the plug-in's own word; None when it was taken."""
        name, answer = target.service, exchange.answer
        if exchange.error is not None:
            return silence(name, exchange.error, safe_to_repeat=False)
        if answer is None:
            return DeliveryError(f"{name}: Apprise would not send to this address; check it", retry=False)
        if answer.status_code not in _SUCCESS:
            return refusal(name, answer, self._deps.clock.now())
        if is_page(answer.content):
            why = f"{name} answered with a page for people; something stands between it and Heard"
            return DeliveryError(why, retry=True)
        return None if exchange.taken else not_taken(name, answer)


def _hand_over(plugin: NotifyBase, message: str, target: _Target, exchange: Exchange) -> None:
    """Lets the plug-in send: what is laid out for its service goes as it is, plain words are fitted by Apprise."""
    try:
        if target.layout.format == _PLAIN:
            exchange.taken = plugin.notify(body=message, body_format=NotifyFormat.TEXT)
        else:
            exchange.taken = plugin.send(body=message, title="", body_format=NotifyFormat(target.layout.format))
    except Exception as error:  # noqa: BLE001 a plug-in stumbles over an answer that it does not expect: the answer itself tells
        exchange.cause = error
        log.warning("the plug-in for %s broke off: %s", target.service, type(error).__name__)


def _target(url: str, where: str) -> _Target:
    """One address, looked at. Raises ConfigError that does not show it."""
    plugin = _plugin(url)
    if plugin is None:
        scheme, found, _ = url.partition("://")
        known = f" of '{scheme}'" if found and scheme.isalnum() else ""
        raise ConfigError(f"{where}: Apprise cannot read this address{known}; see https://appriseit.com/services/")
    service = str(plugin.service_name)
    if not guard(plugin):
        raise ConfigError(f"{where}: {service} opens connections of its own, past Heard's guard; it is not used")
    if len(plugin) != 1:
        raise ConfigError(
            f"{where}: it names {len(plugin)} targets; write an address for each, so that who has a letter is not sent "
            "it again when another one is"
        )
    mark = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:6]
    layout = next((LAYOUTS[name] for name in _names_of(plugin) if name in LAYOUTS), None)
    return _Target(f"{service} #{mark}", service, url, layout or plain_layout(_room_of(plugin)))


def _names_of(plugin: NotifyBase) -> Iterator[str]:
    """Under which names Apprise knows a service: one, or several, for each way to reach it."""
    for way in ("secure_protocol", "protocol"):
        names = getattr(plugin, way)
        yield from (names,) if isinstance(names, str) else names or ()


def _room_of(plugin: NotifyBase) -> int:
    """How many characters a message may have: 0 stands for no limit."""
    return min(int(plugin.body_maxlen) or _MOST, _MOST)


def _plugin(url: str) -> NotifyBase | None:
    """A fresh plug-in for an address: it never waits, retries, decorates, or remembers; None when there is none."""
    try:
        plugin = Apprise.instantiate(url, asset=_asset())
    except Exception:  # noqa: BLE001 whatever a plug-in trips over in an address, the address is what is wrong
        return None
    if plugin is None:
        return None
    plugin.request_rate_per_sec = 0
    plugin.retry = 0
    for name, value in _PLAINLY.items():
        if hasattr(plugin, name):
            setattr(plugin, name, value)
    return plugin


@cache
def _asset() -> AppriseAsset:
    """Apprise's settings; its log, which shows whole addresses, is shut, whatever level somebody sets."""
    logging.getLogger("apprise").disabled = True
    return AppriseAsset(
        app_id="Heard",
        app_desc="Heard",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        storage_mode=PersistentStoreMode.MEMORY,
        allow_templates=False,
        http_redirects=False,
        secure_logging=True,
    )
