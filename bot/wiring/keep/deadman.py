"""The dead-man's switch, wired: an address outside that is asked while all is well, and raises the alarm when it is
not.
"""

from __future__ import annotations

import logging
from datetime import datetime
from urllib.parse import urlsplit

import requests

from bot.errors import ConfigError, DeliveryError
from bot.http import private_address
from bot.ports import Deps
from bot.stewardship.deadman import is_time, not_well
from bot.stewardship.vitals import GRACE, Pulse
from config.settings import Settings

log = logging.getLogger("heard.deadman")


class DeadMan:
    """The switch of one configuration; without ``[deadman]`` it does nothing."""

    def __init__(self, settings: Settings, deps: Deps) -> None:
        self._table = settings.deadman
        self._where = f"{settings.path}: [deadman]"
        self._deps = deps
        self._began: datetime | None = None
        self._last: datetime | None = None
        self._mute = False

    @property
    def name(self) -> str | None:
        """The address as it may be shown: it is a secret as a whole. None where there is none. Raises ConfigError."""
        address = self._address()
        return None if address is None else private_address(address)

    def look(self, pulse: Pulse, now: datetime) -> bool:
        """Pings when it is time and all is well; whether it did. What fails is logged once, and again when over."""
        if not self._table.is_set or not is_time(self._last, self._table.every, now):
            return False
        self._began = self._began or now
        if tasks := not_well(pulse.marks(), now):
            if abs(now - self._began) >= GRACE:  # until then a first round may only not have come yet
                self._say("no ping: not well tasks=%s", ",".join(tasks))
            return False
        self._last = now  # tried, whatever comes of it: the next try is at its time
        try:
            self.ping()
        except (DeliveryError, ConfigError) as error:
            self._say("ping failed: %s", error)
            return False
        if self._mute:
            log.info("pings again")
        self._mute = False
        return True

    def ping(self) -> None:
        """Asks the address once. Raises DeliveryError, without the address, when it does not answer with success."""
        address = self._address()
        if address is None:
            return
        try:
            with self._deps.session() as session, session.get(address, allow_redirects=False) as answer:
                status = answer.status_code
        except requests.RequestException as error:
            raise DeliveryError(
                f"{private_address(address)} does not answer ({type(error).__name__})", retry=True
            ) from error
        if status not in range(200, 300):
            raise DeliveryError(f"{private_address(address)} answers with {status}", retry=True)

    def _address(self) -> str | None:
        if not self._table.is_set:
            return None
        address = self._deps.secret(self._table.model_dump(), "url")
        if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
            raise ConfigError(f"{self._where}: url: write an address that begins with https://")
        return address

    def _say(self, words: str, what: object) -> None:
        if not self._mute:
            log.warning(words, what)
        self._mute = True
