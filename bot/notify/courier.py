"""The seam between Apprise and the one guarded way out: what a plug-in of Apprise asks of ``requests``, Heard's session
does.

Apprise takes no session: each of its plug-ins calls the functions of the module ``requests`` that it imported. So that
name is replaced, in the plug-in's own modules only, by a stand-in that sends over the session of the letter in hand,
with Heard's time limits, and writes down every answer; Apprise itself says no more than yes or no. A plug-in that opens
connections of its own (mail, MQTT, IRC, sockets) has no such seam and is not used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import ModuleType
from typing import Any

import requests
from apprise.attachment import http as attachments
from apprise.plugins.base import NotifyBase
from requests.adapters import BaseAdapter

from bot.notify.retry import worth_retrying_status

_PLUGINS = "apprise.plugins."
_NO_SEAM = frozenset({"aiohttp", "asyncio", "slixmpp", "smtplib", "socket", "ssl", "subprocess"})
"""Modules that a plug-in with connections of its own has imported …"""
_SOCKETS = "apprise.utils.socket"
"""… or Apprise's own sockets, of which it takes classes."""
_VERBS = frozenset({"delete", "get", "head", "options", "patch", "post", "put"})

_in_hand: ContextVar[Exchange] = ContextVar("_in_hand")


class Halt(BaseException):
    """Ends a plug-in's work where going on would mean waiting or asking again: that is the outbox's business.

    No ``Exception``, because plug-ins catch all of those.
    """


class Exchange(BaseAdapter):
    """One letter's requests: each goes through the guarded adapter below it, and its answer is kept.

    ``answer`` is the last one, ``error`` what came in place of it; ``taken`` is the plug-in's own word, ``cause`` what
    it stumbled over.
    """

    def __init__(self, session: requests.Session) -> None:
        super().__init__()
        self.answer: requests.Response | None = None
        self.error: requests.RequestException | None = None
        self.taken = False
        self.cause: Exception | None = None
        self.session = session
        self._below = {scheme: session.get_adapter(f"{scheme}://") for scheme in ("http", "https")}
        for scheme in self._below:
            session.mount(f"{scheme}://", self)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends, and reads the whole answer. Raises Halt where the letter must wait, whatever the plug-in would do."""
        kwargs |= {"timeout": None, "stream": False}  # the guarded adapter's own limits
        self.answer = self.error = None
        try:
            answer = self._below[(request.url or "").partition(":")[0]].send(request, *args, **kwargs)
            _ = answer.content
        except requests.RequestException as error:
            self.error = error
            raise Halt from error
        self.answer = answer
        if worth_retrying_status(answer.status_code):
            raise Halt
        return answer

    def close(self) -> None:
        """Closes nothing: the connections are everybody's."""


class _Requests(ModuleType):
    """Stands where a plug-in looks for the module ``requests``."""

    def __getattr__(self, name: str) -> Any:
        if name in _VERBS:
            return lambda url, **how: self.request(name, url, **how)
        if name in ("Session", "session"):
            raise requests.ConnectionError("a session of its own is not given to a plug-in")
        return getattr(requests, name)

    def request(self, method: str, url: str, **how: Any) -> requests.Response:
        """As ``requests.request``, over the session in hand. Raises requests' ConnectionError where there is none."""
        exchange = _in_hand.get(None)
        if exchange is None:
            raise requests.ConnectionError("no letter is being sent")
        return exchange.session.request(method, url, **how | {"proxies": None, "allow_redirects": False})


_REQUESTS = _Requests("requests")


def guard(plugin: NotifyBase) -> bool:
    """Puts the stand-in in place; False for a plug-in that has no seam.

    Plug-ins that log in (Matrix, for one) log out when they are thrown away, which would go over the session of
    whatever letter is in hand then: that is taken from them, and :func:`say_goodbye` does it in its place.
    """
    modules = _modules_of(plugin)
    if any(map(_connects_by_itself, modules)):
        return False
    found = [module for module in modules if vars(module).get("requests") in (requests, _REQUESTS)]
    for module in (*found, attachments):  # an address may name a key file or a template that is somewhere else
        module.__dict__["requests"] = _REQUESTS
    if hasattr(type(plugin), "__del__"):
        kind = type(plugin)
        plugin.__class__ = type(kind.__name__, (kind,), {"__module__": kind.__module__, "__del__": lambda _self: None})
    return bool(found)


def say_goodbye(plugin: NotifyBase, session: requests.Session) -> None:
    """Lets a guarded plug-in that logged in log out, over ``session``; what comes of that changes nothing."""
    leave = getattr(super(type(plugin), plugin), "__del__", None)
    if leave is not None:
        with exchange_over(session), suppress(Exception):  # a plug-in's own code, after its work is done
            leave()


@contextmanager
def exchange_over(session: requests.Session) -> Iterator[Exchange]:
    """Within the block, what guarded plug-ins ask for goes over ``session``; a Halt ends the block."""
    exchange = Exchange(session)
    token = _in_hand.set(exchange)
    try:
        yield exchange
    except Halt:
        pass
    finally:
        _in_hand.reset(token)


def _connects_by_itself(module: ModuleType) -> bool:
    return any(
        name in _NO_SEAM or getattr(value, "__module__", None) == _SOCKETS for name, value in vars(module).items()
    )


def _modules_of(plugin: NotifyBase) -> list[ModuleType]:
    """The modules that a plug-in is written in; of one that is a package, all."""
    own = {kind.__module__ for kind in type(plugin).__mro__ if kind.__module__.startswith(_PLUGINS)}
    homes = {".".join(name.split(".")[:3]) for name in own} - {NotifyBase.__module__}
    return [
        module
        for name, module in list(sys.modules.items())
        if any(name == home or name.startswith(f"{home}.") for home in homes)
    ]
