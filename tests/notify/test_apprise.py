"""Chat messages by real Apprise to services on loopback: what stands in them, and what hostile posts cannot do there."""

from __future__ import annotations

import gc
import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import quote

import pytest
from apprise import Apprise
from apprise.plugins.base import NotifyBase
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.errors import ConfigError, DeliveryError
from bot.http import Http, HttpLimits
from bot.model import Letter
from bot.notify import apprise
from bot.notify.brief import Brief, Linked, brief_of
from bot.notify.courier import guard
from bot.notify.layouts import LAYOUTS, lay_out, plain_layout
from bot.ports import Deps, Notifier
from tests.support.chats import CHATS, ChatDesk, chat_desk
from tests.support.counts import examples
from tests.support.feedserver import Reply
from tests.support.letters import letter

HOSTILE = (
    "<!channel> <!here|here> <@U123> @everyone @here @room @all <users/all> <at>Pat</at> [click](javascript:alert(1)) "
    "*bold* _it_ ~gone~ `code` ||hidden|| # head > quote <b>html</b> </a><script>alert(1)</script> &lt;!channel&gt; "
    "\u202egnp.exe\u2066 zero\u200bwidth\u2060 \x1b[31m\x00 \ud800 <https://evil.example|our page>"
)
PAGE = "https://heard.example/digests/20260301-abcdefgh2345"


def digest(**changes: object) -> Letter:
    """A digest's letter with three stories; ``changes`` are of its body."""
    body = {
        "verdict": "“Single-origin” was contradicted once and carried by 6 of 19 stories.",
        "stories": [
            {"headline": f"Story {place}", "why": f"Reason {place}.", "url": f"https://news.example/{place}"}
            for place in (1, 2, 3)
        ],
        "redemptions": [
            {"placement": None, "name": "Free truffle", "in_window": 23},
            {"placement": "counter", "name": "Free truffle", "in_window": 9},
        ],
        "tone": {"text": "4 positive, 2 negative."},
        "coverage": {"text": "70 % of the window was covered."},
    } | changes
    return letter(json=json.dumps(body), page=PAGE)


HOSTILE_DIGEST = digest(
    verdict=HOSTILE,
    stories=[
        {"headline": HOSTILE, "why": "- why", "url": "https://fine.example/a_(b)/@pat?q=1&r=2"},
        {"headline": HOSTILE, "why": HOSTILE, "url": "javascript:alert(1)"},
        {"headline": HOSTILE, "why": "x" * 5000, "url": "https://evil.example/a_(b)_c/@pat|x>y?q=<1>"},
    ],
)


@pytest.fixture(scope="module")
def desk() -> Iterator[ChatDesk]:
    with chat_desk() as desk:
        yield desk


def said(desk: ChatDesk, kind: str, sent: Letter) -> str:
    """What the service got as the message."""
    notifier = desk.notifier(kind)
    notifier.send(replace(sent, recipient=notifier.recipients[0]))
    (request,) = desk.messages
    body = json.loads(request.body)
    match kind:
        case "slack":
            (block,) = body["attachments"][0]["blocks"]
            return str(block["text"]["text"])
        case "discord":
            return str(body["content"])
        case "teams":
            (block,) = body["attachments"][0]["content"]["body"]
            assert body["attachments"][0]["content"]["msteams"] == {"width": "full"}, "nobody is named"
            return str(block["text"])
        case "matrix":
            return str(body["formatted_body"])
        case "plain":
            return str(body["message"])
    return str(body["text"])


@pytest.mark.parametrize("kind", CHATS)
def test_a_digest_is_its_verdict_three_stories_with_links_figures_and_the_way_to_the_whole(
    desk: ChatDesk, kind: str
) -> None:
    message = said(desk, kind, digest())
    order = ["Pralinenwerk", "contradicted once", "Story 1", "Story 2", "Story 3", "23 redeemed", "4 positive", "70 %"]
    plain = re.sub(r"<[^>]*>", lambda tag: tag[0] if "|" in tag[0] else "", message)
    places = [plain.index(part) for part in order]
    assert places == sorted(places)
    assert all(f"https://news.example/{place}" in message for place in (1, 2, 3))
    assert PAGE in message
    assert "counter" not in message


@pytest.mark.parametrize("kind", CHATS)
def test_hostile_posts_neither_ping_nor_format_nor_link(desk: ChatDesk, kind: str) -> None:
    message = said(desk, kind, HOSTILE_DIGEST)
    assert not re.search(r"[\x00-\x08\x0e-\x1f\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff]", message)
    assert not re.search(r"@(everyone|here|room|all|channel)", message)
    assert "<!" not in message
    assert "<@" not in message
    assert "<at>" not in message
    assert "<script" not in message
    assert "<users/" not in message
    assert max(map(len, re.sub(r"https?://\S+", "", message).split())) < 400
    match kind:
        case "slack":
            links = re.findall(r"<([^|>]*)\|", message)
            assert not re.search(r"[*_~`]", re.sub(r"<[^>]*>", "", message).strip().split("\n", 1)[1])
        case "telegram" | "matrix":
            assert set(re.findall(r"</?(\w+)", message)) <= {"a", "b", "br"}
            links = re.findall(r'href="([^"]*)"', message)
        case "plain":
            links = re.findall(r"^https?://\S+$", message, re.MULTILINE)
        case _:
            assert not re.search(r"(?<!\\)(?:\*bold|_it_|~gone|`code|\|\|hidden)", message)
            links = re.findall(r"(?<!\\)\]\(([^)]*)\)", message)
    assert {link.replace("&amp;", "&").partition("a_")[0].partition("a%5F")[0] for link in links} == {
        "https://fine.example/",
        PAGE,
    }


@pytest.mark.parametrize("kind", CHATS)
def test_a_message_keeps_within_what_the_service_takes(desk: ChatDesk, kind: str) -> None:
    words = " ".join(f"word{number}" for number in range(20_000))
    message = said(desk, kind, digest(verdict=words))
    names = {"telegram": "tgram", "teams": "workflow", "mattermost": "mmost", "rocketchat": "rocket"}
    limit = LAYOUTS[names.get(kind, kind)].limit if kind != "plain" else 32768
    assert len(message) <= limit
    assert "word0" in message
    assert "…" in message
    assert PAGE in message


def test_a_notice_is_its_paragraphs_and_any_other_letter_its_text() -> None:
    notice = letter(json=json.dumps({"notice": "broke", "paragraphs": ["The reason: 403", "What to do: resume"]}))
    assert brief_of(notice).verdict == ("The reason: 403", "What to do: resume")
    for odd in ("", "[]", "null", "{", "[" * 10_000, '{"verdict": 1}'):
        assert brief_of(letter(json=odd, text="One.\n\nTwo.")).verdict == ("One.", "Two.")


def test_why_it_comes_this_way_stands_under_the_title() -> None:
    told = brief_of(replace(digest(), note="This comes by chat, because mail failed."))
    assert lay_out(told, LAYOUTS["slack"]).splitlines()[1] == "This comes by chat, because mail failed."


TEXTS = st.text(alphabet=st.sampled_from(list("ab <>|&*_~`[]()\\@#!-.1\n\u202e\u200b\"'é🍫")), max_size=60)


@settings(max_examples=examples(400), deadline=None)
@given(TEXTS, st.lists(TEXTS, max_size=3), st.sampled_from([*LAYOUTS, "plain"]), st.integers(30, 400))
def test_whatever_is_said_fits_and_leaves_no_half_of_a_sign(title: str, words: list[str], kind: str, room: int) -> None:
    layout = replace(LAYOUTS[kind], limit=room) if kind != "plain" else plain_layout(room)
    stories = tuple(Linked(one, one, "https://news.example/x") for one in words)
    message = lay_out(Brief(title, (*words,), stories, (*words,), page="https://h.example/1"), layout)
    assert len(message) <= room
    assert "<!" not in message
    if kind == "slack":
        assert not re.search(r"&(?!amp;|lt;|gt;)", message)
        assert message.count("<") == message.count(">") == len(re.findall(r"<https://[^|>]*\|[^<>]*>", message))
    if kind in ("tgram", "matrix"):
        assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#x27;)", message)
        assert message.count("<a ") == message.count("</a>")


def deps(secret: str, http: Http | None = None) -> Deps:
    session = http.session if http else None
    return Deps(session=session, clock=SystemClock(), secret=lambda _options, _name: secret)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        ("", "no address"),
        ("# only a remark\n\n", "no address"),
        ("slack://T1JJ3T3L2/short/", "address 1: Apprise cannot read this address of 'slack'"),
        ("nowhere://at/all-s3cret", "address 1: Apprise cannot read"),
        ("s3cret", "address 1: Apprise cannot read"),
        ("json://127.0.0.1/ok\nmailto://user:s3cret@example.org", "address 2: .*opens connections of its own"),
        (f"nostr://{'5' * 64}", "opens connections of its own"),
        ("tgram://123456789:abcdefg_hijklmnop/1/2/", "it names 2 targets"),
    ],
)
def test_an_address_that_cannot_be_used_is_named_by_its_place_and_never_shown(addresses: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        apprise.connect("chat", {"url_env": "CHAT"}, deps(addresses))
    assert "channel 'chat'" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_an_address_is_shown_as_its_service_and_a_mark_and_is_no_secret_any_more(desk: ChatDesk) -> None:
    notifier = desk.notifier("slack", count=2)
    assert len(set(notifier.recipients)) == 2
    assert all(re.fullmatch(r"Slack #[0-9a-f]{6}", one) for one in notifier.recipients)


def test_an_address_that_left_the_channel_is_not_sent_to(desk: ChatDesk) -> None:
    with pytest.raises(DeliveryError, match="not among this channel's addresses") as caught:
        desk.notifier("slack").send(replace(digest(), recipient="Slack #000000"))
    assert not caught.value.retry
    assert not desk.messages


def test_apprise_goes_past_no_guard() -> None:
    with Http(HttpLimits()) as http:
        notifier = apprise.connect("chat", {"url_env": "X"}, deps("json://127.0.0.1:9/hook", http))
        with pytest.raises(DeliveryError, match="not a public address") as caught:
            notifier.send(replace(digest(), recipient=notifier.recipients[0]))
    assert not caught.value.retry
    assert not caught.value.in_doubt


def test_a_file_that_an_address_names_is_fetched_past_no_guard(desk: ChatDesk) -> None:
    desk.notifier("plain")
    address = f"slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F1/?template={quote(desk.server.url('/hook/t'))}"
    with Http(HttpLimits()) as http:
        notifier = apprise.connect("chat", {"url_env": "X"}, deps(address, http))
        with pytest.raises(DeliveryError, match="not a public address"):
            notifier.send(replace(digest(), recipient=notifier.recipients[0]))
    assert not desk.messages


def test_two_letters_at_once_go_over_their_own_sessions(desk: ChatDesk) -> None:
    """One over a session that may reach this machine, one over a session that may not; the module is the same."""
    allowed = desk.notifier("plain")
    with Http(HttpLimits()) as http, ThreadPoolExecutor(2) as threads:
        refused = apprise.connect("chat", {"url_env": "X"}, deps(f"json://127.0.0.1:{desk.server.port}/hook/no", http))

        def outcome(notifier: Notifier) -> str:
            try:
                notifier.send(replace(digest(), recipient=notifier.recipients[0]))
            except DeliveryError as error:
                return str(error)
            return "taken"

        said = list(threads.map(outcome, [allowed, refused] * 10))
    assert said[::2] == ["taken"] * 10
    assert all("not a public address" in one for one in said[1::2])
    assert {request.path for request in desk.messages} == {"/hook/1"}


def test_a_plug_in_sends_nothing_outside_of_a_letter(desk: ChatDesk) -> None:
    desk.notifier("plain")
    plugin = Apprise.instantiate(f"json://127.0.0.1:{desk.server.port}/hook/1")
    assert isinstance(plugin, NotifyBase)
    assert guard(plugin)
    assert plugin.send(body="x", title="") is False
    assert not desk.messages


@pytest.mark.parametrize(
    "words", ["no route {path}", "unknown hook {token}", "Bad token: xoxb-12345678-abcdef", "{cut}"]
)
@pytest.mark.parametrize("kind", ["slack", "discord", "telegram", "mattermost", "rocketchat"])
def test_an_answer_that_repeats_its_address_is_not_repeated(desk: ChatDesk, kind: str, words: str) -> None:
    notifier = desk.notifier(kind)
    address = CHATS[kind].address.format(n=1, port=desk.server.port).rstrip("/")
    token = address.rpartition("/")[2].partition("@")[0] if kind != "telegram" else "123456789:abcdefg_hijklmnop"
    path = {"telegram": f"/bot{token}/sendMessage", "slack": f"/services/T1JJ3T3L2/A1BRTD4JD/{token}"}.get(
        kind, f"/x/{token}"
    )
    said = words.format(path=path, token=token, cut=f"{'word ' * 22}{token}")
    for reply in (Reply(404, body=said), Reply(400, {"Content-Type": "application/json"}, json.dumps({"error": said}))):
        desk.answers = [reply]
        with pytest.raises(DeliveryError) as caught:
            notifier.send(replace(digest(), recipient=notifier.recipients[0]))
        assert str(caught.value).rpartition(" answered ")[2] in ("404: the address is not known there any more", "400")


def test_nothing_secret_is_logged_nor_told_and_apprise_never_waits(
    desk: ChatDesk, caplog: pytest.LogCaptureFixture
) -> None:
    shown = ""
    with caplog.at_level(logging.DEBUG):
        for kind in CHATS:
            notifier = desk.notifier(kind)
            desk.answers = [Reply(429, {"Retry-After": "3600"})] * 5
            with pytest.raises(DeliveryError) as caught:
                notifier.send(replace(digest(), recipient=notifier.recipients[0]))
            assert caught.value.retry_at is not None
            assert len(desk.messages) == 1, "asked once, not again"
            shown += f"{caught.value!r}{caught.value.__cause__!r}"
        gc.collect()  # what is thrown away may have a last word
    shown += caplog.text
    for secret in (
        "TIiajkdnlazk",
        "JHMHI8qBe7",
        "abcdefg_hijk",
        "signature-",
        "3ccdd1134",
        "abcdefghijklmnopqrs",
    ):
        assert secret not in shown, secret
