"""Chat services and a webhook's receiver on loopback: real Apprise, real HTTP, made-up answers."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.clock import SystemClock
from bot.http import Http, HttpLimits
from bot.notify import apprise, webhook
from bot.ports import Clock, Deps, Notifier
from tests.support.feedserver import FeedServer, Reply, Request

JSON = {"Content-Type": "application/json"}
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
MATRIX = {"user_id": "@heard:example.org", "room_id": "!room:example.org", "event_id": "$one", "versions": ["v1.1"]}
TEAMS = "prod-00.westus.logic.azure.com"


@dataclass(frozen=True)
class Chat:
    """A service: its address with a place for a target's number, where a message comes to, and what a yes looks like."""

    address: str
    path: str
    yes: Reply

    def is_message(self, request: Request) -> bool:
        """Whether this request carries the message, and does not only prepare for it."""
        return self.path in request.path


CHATS: Mapping[str, Chat] = {
    "slack": Chat("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F{n}/", "/services/", Reply(body="ok")),
    "discord": Chat("discord://417421629{n}/JHMHI8qBe7bk2ZwO5U711o3dV_js", "/api/webhooks/", Reply(204)),
    "telegram": Chat(
        "tgram://123456789:abcdefg_hijklmnop/1231554{n}/", "/sendMessage", Reply(body='{"ok": true}', headers=JSON)
    ),
    "teams": Chat(
        f"workflows://{TEAMS}:443/abcdef0123456789abcdef012345678{{n}}/signature-{{n}}/", "/invoke", Reply(202)
    ),
    "matrix": Chat(
        "matrix://heard:token@127.0.0.1:{port}/!room{n}:example.org",
        "/send/m.room.message/",
        Reply(body=json.dumps(MATRIX | {"access_token": "t", "home_server": "example.org"}), headers=JSON),
    ),
    "mattermost": Chat("mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd{n}", "/hooks/", Reply(body="ok")),
    "rocketchat": Chat(
        "rocket://3ccdd113474722377935511fc85d3dd4/abcdefghijklmnopqrs{n}@127.0.0.1:{port}/",
        "/hooks/",
        Reply(body='{"success": true}', headers=JSON),
    ),
    "plain": Chat("json://127.0.0.1:{port}/hook/{n}", "/hook/", Reply(body="taken")),
}
REBASED = ("https://hooks.slack.com", "https://discord.com", "https://api.telegram.org", f"https://{TEAMS}")
NOBODY = "http://127.0.0.1:1"


@dataclass
class ChatDesk:
    """One server that plays every service. ``answers`` are given to messages, in turn, then yes.

    ``kept`` counts by where it came to what the server took as a message, whatever it answered after. For the next
    ``absent`` letters nobody is there.
    """

    server: FeedServer
    http: Http
    clock: Clock
    answers: list[Reply] = field(default_factory=list)
    keeps: Callable[[Reply], bool] = lambda _reply: False
    absent: int = 0
    messages: list[Request] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)
    _kind: str = "slack"

    def notifier(self, kind: str, count: int = 1) -> Notifier:
        """The channel of that kind, with so many targets; what was there before is forgotten."""
        self._kind, self.answers = kind, []
        self.messages, self.kept = [], Counter()
        if kind == "webhook":
            return webhook.connect(
                "way-out", {"url": self.server.url("/webhook"), "secret_env": "S"}, self.deps(SECRET)
            )
        addresses = [CHATS[kind].address.format(n=place, port=self.server.port) for place in range(1, count + 1)]
        return apprise.connect("way-out", {"url_env": "CHAT"}, self.deps("\n".join(addresses)))

    def deps(self, secret: str) -> Deps:
        """What a notifier is given; services' own hosts lead here, and all else is as it is in earnest."""

        def session(*, rebase: Mapping[str, str] | None = None) -> Any:
            base = NOBODY if self.absent else self.server.url("")
            self.absent = max(0, self.absent - 1)
            return self.http.session(rebase=dict.fromkeys((*REBASED, self.server.url("")), base) | dict(rebase or {}))

        return Deps(session=session, clock=self.clock, secret=lambda _options, _name: secret)

    def answer(self, request: Request) -> Reply:
        """What the service in hand says."""
        chat = CHATS.get(self._kind)
        if chat is not None and not chat.is_message(request):
            return chat.yes
        self.messages.append(request)
        yes = Reply(204) if chat is None else chat.yes
        reply = self.answers.pop(0) if self.answers else yes
        if reply is yes or self.keeps(reply):
            self.kept[request.path.rpartition("/m.room.message/")[0] or f"{request.path} {self._target(request)}"] += 1
        return reply

    def _target(self, request: Request) -> str:
        if self._kind != "telegram":
            return ""
        return str(json.loads(request.body)["chat_id"])


@contextmanager
def chat_desk(clock: Clock | None = None, **limits: Any) -> Iterator[ChatDesk]:
    """A desk that lives as long as the block. ``limits`` are of HTTP."""
    with FeedServer() as server, Http(HttpLimits(allow_networks=("127.0.0.0/8",), **limits)) as http:
        desk = ChatDesk(server, http, clock or SystemClock())
        server.answer = desk.answer  # type: ignore[method-assign]
        yield desk
