"""The signed webhook: what a receiver checks, told by its own arithmetic."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError, DeliveryError
from bot.notify import webhook
from bot.ports import Deps
from tests.support.chats import SECRET, ChatDesk, chat_desk
from tests.support.feedserver import Reply, Request
from tests.support.letters import letter

NOW = datetime(2026, 3, 2, 7, 0, 5, tzinfo=UTC)
OTHER = "whsec_" + base64.b64encode(bytes(range(100, 140))).decode()


@pytest.fixture
def desk() -> Iterator[ChatDesk]:
    with chat_desk(ManualClock(NOW)) as desk:
        yield desk


def is_signed(request: Request, secret: str) -> bool:
    """As a receiver checks it, after standardwebhooks.com."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in request.headers["webhook-signature"].split(" ")


def test_a_digest_comes_signed_with_its_id_and_the_time(desk: ChatDesk) -> None:
    desk.notifier("webhook").send(letter(machine='{"digest":"pr","stories":[]}'))
    (request,) = desk.messages
    assert request.headers["webhook-id"] == letter().key
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["content-type"] == "application/json"
    assert request.body == b'{"digest":"pr","stories":[]}'
    assert is_signed(request, SECRET)
    assert not is_signed(request, OTHER)
    assert not is_signed(replace(request, body=request.body + b" "), SECRET)


def test_a_letter_that_is_sent_again_has_the_same_id_and_a_new_time(desk: ChatDesk) -> None:
    notifier = desk.notifier("webhook")
    notifier.send(letter())
    desk.clock.advance(timedelta(minutes=5))  # type: ignore[attr-defined]
    notifier.send(letter())
    first, second = desk.messages
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 300
    assert is_signed(second, SECRET)


def test_while_secrets_change_each_of_them_signs(desk: ChatDesk) -> None:
    named = {"NEW": OTHER, "OLD": SECRET}
    given = Deps(desk.deps("").session, desk.clock, lambda options, _name: named[options["secret_env"]])
    desk.notifier("webhook")
    options = {"url": desk.server.url("/webhook"), "secret_env": ["NEW", "OLD"]}
    webhook.connect("way-out", options, given).send(letter())
    (request,) = desk.messages
    assert is_signed(request, OTHER)
    assert is_signed(request, SECRET)


def test_what_may_be_secret_in_its_address_is_not_shown_and_two_of_them_are_told_apart(desk: ChatDesk) -> None:
    shown = set()
    for secret in ("s3cret-one", "s3cret-two"):
        options = {"url": f"https://example.org/{secret}?k={secret}", "secret_env": "S"}
        shown |= set(webhook.connect("hook", options, desk.deps(SECRET)).recipients)
    assert len(shown) == 2
    assert all(one.startswith("https://example.org#") and "s3cret" not in one for one in shown)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_letter_goes_nowhere_that_its_receiver_points_to(desk: ChatDesk, status: int) -> None:
    notifier = desk.notifier("webhook")
    desk.answers = [Reply(status, {"Location": desk.server.url("/elsewhere")})]
    with pytest.raises(DeliveryError, match="points elsewhere") as caught:
        notifier.send(letter())
    assert not caught.value.retry
    assert [request.path for request in desk.messages] == ["/webhook"]


@pytest.mark.parametrize("key", ["", "a b", "ünï", "x\r\nwebhook-id: y", "\ud800"])
def test_no_key_breaks_a_header(desk: ChatDesk, key: str) -> None:
    desk.notifier("webhook").send(letter(key=key))
    (request,) = desk.messages
    assert request.headers["webhook-id"].isascii()
    assert is_signed(request, SECRET)


@pytest.mark.parametrize("secret", ["whsec_", "short", "whsec_" + "A" * 8, "not base64 at all!", "whsec_" + "A" * 400])
def test_a_secret_that_is_none_is_refused_and_not_shown(desk: ChatDesk, secret: str) -> None:
    with pytest.raises(ConfigError, match=r"channel 'hook'.*SECRET.*openssl rand") as caught:
        webhook.connect("hook", {"url": "https://example.org/h", "secret_env": "SECRET"}, desk.deps(secret))
    assert secret not in str(caught.value).replace("whsec_ and", "").replace("echo whsec_", "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"secret_env": "S"}, "'url' is missing"),
        ({"url": "https://example.org"}, "say where the secret is"),
        ({"url": "ftp://example.org", "secret_env": "S"}, "write the address"),
        ({"url": "https://user:pw@example.org", "secret_env": "S"}, "write the address"),
        ({"url": "https://:pw@example.org", "secret_env": "S"}, "write the address"),
        ({"url": "https://@example.org", "secret_env": "S"}, "write the address"),
        ({"url": "https:///hook", "secret_env": "S"}, "write the address"),
        ({"url": "https://example.org/#s", "secret_env": "S"}, "write the address"),
        ({"url": "https://example.org", "secret_env": "S", "secrett": 1}, "did you mean"),
    ],
)
def test_a_wrong_option_is_named(desk: ChatDesk, options, why) -> None:
    with pytest.raises(ConfigError, match=why):
        webhook.connect("hook", options, desk.deps(SECRET))


def test_what_is_sent_of_a_notice_is_its_json(desk: ChatDesk) -> None:
    desk.notifier("webhook").send(letter(json='{"notice": "broke"}'))
    assert json.loads(desk.messages[0].body) == {"notice": "broke"}
