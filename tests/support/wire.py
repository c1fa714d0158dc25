"""Answers for the real client libraries without a socket: an adapter under ``requests``, for long simulations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from tests.support.replay import Answer, Request


class Wire(BaseAdapter):
    """Gives each request to the answer of its host. ``session`` is a :class:`bot.ports.SessionFactory`."""

    def __init__(self, hosts: Mapping[str, Callable[[Request], Answer]]) -> None:
        super().__init__()
        self._hosts = hosts

    def session(self, *, rebase: Mapping[str, str] | None = None) -> requests.Session:
        """A session that reaches only these hosts, under their own names: ``rebase`` has nothing to change."""
        del rebase
        made = requests.Session()
        made.trust_env = False
        made.adapters.clear()
        made.mount("https://", self)
        return made

    def send(self, request: requests.PreparedRequest, *_args: Any, **_more: Any) -> requests.Response:
        """The answer."""
        parts = urlsplit(request.url or "")
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        asked = Request(request.method or "", parts.path, dict(parse_qsl(parts.query)), headers, b"")
        answer = self._hosts[parts.hostname or ""](asked)
        response = requests.Response()
        sent, body = answer.encoded()
        response.status_code, response.url, response.request = answer.status, request.url or "", request
        response.headers = CaseInsensitiveDict(sent)
        response._content = body
        return response

    def close(self) -> None:
        """Nothing is open."""
