"""What every notifier must do, whatever it delivers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.errors import ConfigError, DeliveryError
from bot.model import Letter
from bot.notify import apprise, email, file, webhook
from bot.ports import Deps, Notifier
from tests.support.chats import CHATS, NOBODY, SECRET, chat_desk
from tests.support.letters import letter
from tests.support.smtp import Mailbox, smtp_server

DEPS = Deps(
    session=lambda **_settings: pytest.fail("no HTTP"), clock=SystemClock(), secret=lambda _options, _name: "s3cret"
)  # type: ignore[arg-type,return-value]


@dataclass
class Channel:
    """A way out under test: options that work, the same but out of order, and what has arrived.

    ``deps`` are what it is given with each of them.
    """

    connect: Callable[..., Notifier]
    options: dict[str, Any]
    broken: dict[str, Any]
    arrived: Callable[[], set[str]]
    deps: tuple[Deps, Deps] = (DEPS, DEPS)

    def notifier(self) -> Notifier:
        return self.connect("way-out", self.options, self.deps[0])

    def broken_notifier(self) -> Notifier:
        return self.connect("way-out", self.broken, self.deps[1])


def _email() -> Iterator[Channel]:
    with smtp_server() as mailbox:
        working = {
            "host": "127.0.0.1",
            "port": mailbox.port,
            "security": "none",
            "from": "heard@example.org",
            "to": ["pat@example.org", "sam@example.org"],
            "timeout": 5.0,
        }
        yield Channel(email.connect, working, working | {"port": 1}, lambda: _subjects(mailbox))


def _subjects(mailbox: Mailbox) -> set[str]:
    return {f"{message['Message-ID']} {message['Subject']}" for message in mailbox.messages}


def _file(folder: Path) -> Iterator[Channel]:
    (folder / "in-the-way").write_text("a file where a folder should be")
    out = folder / "out"
    yield Channel(
        file.connect,
        {"folder": str(out)},
        {"folder": str(folder / "in-the-way")},
        lambda: {path.name for path in out.glob("*")},
    )


def _webhook() -> Iterator[Channel]:
    with chat_desk() as desk:
        desk.notifier("webhook")
        deps = desk.deps(SECRET)
        yield Channel(
            webhook.connect,
            {"url": desk.server.url("/webhook"), "secret_env": "S"},
            {"url": f"{NOBODY}/webhook", "secret_env": "S"},
            lambda: {request.headers["webhook-id"] for request in desk.messages},
            (deps, deps),
        )


def _apprise() -> Iterator[Channel]:
    with chat_desk() as desk:
        desk.notifier("slack")
        working, broken = (desk.deps(url) for url in (CHATS["slack"].address.format(n=1), "json://127.0.0.1:1/hook"))
        options = {"url_env": "CHAT"}
        yield Channel(
            apprise.connect, options, options, lambda: {request.path for request in desk.messages}, (working, broken)
        )


@pytest.fixture(params=["email", "file", "webhook", "apprise"])
def channel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Channel]:
    ways = {"email": _email, "webhook": _webhook, "apprise": _apprise}
    yield from _file(tmp_path) if request.param == "file" else ways[request.param]()


def send(channel: Channel, sent: Letter) -> None:
    notifier = channel.notifier()
    for recipient in notifier.recipients:
        notifier.send(letter(key=sent.key, subject_line=sent.subject_line, report=sent.report, recipient=recipient))


def test_it_says_whom_it_reaches(channel: Channel) -> None:
    recipients = channel.notifier().recipients
    assert recipients
    assert all(recipients)
    assert recipients == channel.notifier().recipients


def test_what_was_sent_has_arrived_when_send_returns(channel: Channel) -> None:
    send(channel, letter())
    assert channel.arrived()


def test_sending_twice_is_seen_as_one(channel: Channel) -> None:
    send(channel, letter())
    once = channel.arrived()
    send(channel, letter())
    assert channel.arrived() == once


def test_connecting_touches_nothing(channel: Channel) -> None:
    channel.broken_notifier()
    assert not channel.arrived()


def test_a_way_that_is_blocked_raises_a_delivery_error_that_keeps_its_cause(channel: Channel) -> None:
    notifier = channel.broken_notifier()
    with pytest.raises(DeliveryError) as caught:
        notifier.send(letter(recipient=notifier.recipients[0]))
    assert caught.value.__cause__ is not None
    assert len(str(caught.value).splitlines()) == 1
    assert not caught.value.in_doubt
    assert not channel.arrived()


@pytest.mark.parametrize("text", ["", "\x00\r\n.\r\nQUIT\r\n", "\ud800", "../../etc/passwd", "x" * 5000, "ünï🍫"])
def test_hostile_words_arrive_or_are_refused_but_never_break_it(channel: Channel, text: str) -> None:
    notifier = channel.notifier()
    hostile = letter(recipient=notifier.recipients[0], subject_line=text, text=text, html=text, json=text, report=text)
    notifier.send(hostile)
    assert channel.arrived()


def test_an_unknown_option_is_named(channel: Channel) -> None:
    with pytest.raises(ConfigError, match=r"way-out.*unknown key 'colour'"):
        channel.connect("way-out", channel.options | {"colour": "green"}, channel.deps[0])
