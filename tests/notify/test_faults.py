"""One table of what goes wrong on the way out, by mail and by HTTP: the next state, and that nobody gets it twice.

Real servers on loopback, the real notifiers, the real outbox. Of a letter that its server took and then broke off over,
one copy more is right: with the same Message-ID or key, and to that recipient alone.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.clock import ManualClock
from bot.digest.sending.deliver import Forms, deliver
from bot.digest.sending.publish import Draft, publish
from bot.model import Audience, Delivery, DeliveryState, Report, Window
from bot.notify import email
from bot.ports import Notifier
from bot.store.sqlite import SqliteStore
from tests.support.chats import CHATS, ChatDesk, chat_desk
from tests.support.counts import FULL
from tests.support.database import store_in_memory
from tests.support.feedserver import Reply
from tests.support.smtp import Mailbox, smtp_server

WINDOW = Window(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC), "Europe/Berlin")
NOW = WINDOW.end + timedelta(hours=8)
PENDING, DOUBT, SENT, FAILED = (
    DeliveryState.PENDING,
    DeliveryState.IN_DOUBT,
    DeliveryState.SENT,
    DeliveryState.FAILED,
)
FIVE = tuple(f"{name}@example.org" for name in ("ada", "ben", "cleo", "dan", "eve"))


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = store_in_memory()
    yield opened
    opened.close()


def rounds(store: SqliteStore, notifier: Notifier, clock: ManualClock) -> list[tuple[Delivery, ...]]:
    """Publishes and delivers until nothing waits any more: what was settled, round by round."""
    pairs = [("way-out", to) for to in notifier.recipients]
    draft = Draft({"subject_line": "Loved on 3 blogs", "verdict": "All is well.", "stories": []})
    publish(store, Report("pr", Audience.PR), WINDOW, compose=lambda: draft, recipients=pairs, now=clock.now())
    done: list[tuple[Delivery, ...]] = []
    for _round in range(20):
        settled = deliver(store, {"way-out": notifier}, lambda digest, _to: Forms("text", "<p>html</p>", "{}"), clock)
        done += [settled] if settled else []
        waiting = [one.next_attempt_at for _, kept in store.digests(9) for one in kept if one.next_attempt_at]
        if not waiting:
            return done
        clock.set(min(waiting))
    raise AssertionError("it is never settled")


# By mail


@dataclass(frozen=True)
class MailFault:
    """What the server does to the first of five letters, and what has to come of that letter."""

    name: str
    first: DeliveryState
    last: DeliveryState = SENT
    copies: int = 1
    rcpt: str | None = None
    data: str | None = None

    def __str__(self) -> str:
        return self.name


MAIL_FAULTS = (
    MailFault("stalls at the recipient", PENDING, rcpt="stall"),
    MailFault("stalls after DATA without taking it", DOUBT, data="stall"),
    MailFault("takes it and stalls", DOUBT, copies=2, data="take, then stall"),
    MailFault("drops after DATA without taking it", DOUBT, data="hang up"),
    MailFault("takes it and drops", DOUBT, copies=2, data="take, then hang up"),
    MailFault("answers nonsense after DATA", DOUBT, data="what?"),
    MailFault("refuses one recipient for now", PENDING, rcpt="451 4.7.1 greylisted"),
    MailFault("refuses one recipient for good", FAILED, FAILED, copies=0, rcpt="550 5.1.1 no such user"),
    MailFault("closes at the recipient", PENDING, rcpt="421 4.3.2 shutting down"),
    MailFault("has a full disk", PENDING, data="452 4.3.1 disk full"),
    MailFault("takes it for spam", FAILED, FAILED, copies=0, data="554 5.7.1 looks like spam"),
    MailFault("has a mailbox that is full for good", FAILED, FAILED, copies=0, data="552 5.2.2 over quota"),
)


@dataclass
class Moody(Mailbox):
    """A mailbox that can also stall: it holds the line until the client has had enough."""

    async def handle_RCPT(  # noqa: N802 aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt and self.rcpt[0] == "stall":
            self.rcpt.pop(0)
            await asyncio.sleep(1)
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd calls it so
        if self.data and self.data[0].endswith("stall"):
            if self.data.pop(0) != "stall":
                await super().handle_DATA(server, session, envelope)
            await asyncio.sleep(1)
            return "250 too late"
        return await super().handle_DATA(server, session, envelope)


def mail_to(port: int) -> Notifier:
    options = {"host": "127.0.0.1", "port": port, "security": "none", "from": "heard@example.org", "timeout": 0.6}
    return email.connect("way-out", options | {"to": list(FIVE)}, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", MAIL_FAULTS, ids=str)
def test_by_mail_each_fault_has_its_next_state_and_the_other_four_get_it_once(
    store: SqliteStore, fault: MailFault
) -> None:
    answers = {"rcpt": [fault.rcpt] if fault.rcpt else [], "data": [fault.data] if fault.data else []}
    with smtp_server(Moody(**answers)) as mailbox:
        done = rounds(store, mail_to(mailbox.port), ManualClock(NOW))
    (hit,) = [one for one in done[0] if one.state is not SENT]
    assert hit.state is fault.first
    assert len(done[0]) == len(FIVE)
    last = {one.recipient: one.state for settled in done for one in settled}
    assert last == dict.fromkeys(FIVE, SENT) | {hit.recipient: fault.last}
    copies = Counter(to for _sender, recipients, _content in mailbox.envelopes for to in recipients)
    assert copies == Counter(dict.fromkeys(FIVE, 1) | {hit.recipient: fault.copies}) - Counter()
    assert len({message["Message-ID"] for message in mailbox.messages}) == 1


# By HTTP


@dataclass(frozen=True)
class HttpFault:
    """What the service does to the first message, and the state that follows for a signed webhook and for a chat.

    ``wait``: the soonest that the service will be asked again. ``taken``: the service has it, and does not say so.
    """

    name: str
    reply: Reply | None
    webhook: DeliveryState
    chat: DeliveryState
    wait: timedelta | None = None
    taken: bool = False
    at: Mapping[str, DeliveryState] = field(default_factory=dict)

    def first(self, kind: str) -> DeliveryState:
        return self.at.get(kind, self.webhook if kind == "webhook" else self.chat)

    def __str__(self) -> str:
        return self.name


class Late:
    """An answer that comes when nobody waits any more, each time anew."""

    def __iter__(self) -> Iterator[bytes]:
        time.sleep(0.8)
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


TEN_MINUTES = timedelta(minutes=10)
PAGE = "<!doctype html><html><title>Sign in</title></html>"
HTML = {"Content-Type": "text/html"}
DATE = format_datetime(NOW + timedelta(hours=1), usegmt=True)
HTTP_FAULTS = (
    HttpFault("429 for ten minutes", Reply(429, {"Retry-After": "600"}), PENDING, PENDING, TEN_MINUTES),
    HttpFault("429 until a date", Reply(429, {"Retry-After": DATE}), PENDING, PENDING, timedelta(hours=1)),
    HttpFault("429 in its body", Reply(429, {}, '{"retry_after": 600.5}'), PENDING, PENDING, TEN_MINUTES),
    HttpFault("429 until nonsense", Reply(429, {"Retry-After": "soon"}), PENDING, PENDING),
    HttpFault("408", Reply(408), PENDING, PENDING),
    HttpFault("425", Reply(425), PENDING, PENDING),
    HttpFault("500", Reply(500, body="oops"), PENDING, PENDING),
    HttpFault("502 as a page", Reply(502, HTML, PAGE), PENDING, PENDING),
    HttpFault("503 for ten minutes", Reply(503, {"Retry-After": "600"}, PAGE), PENDING, PENDING, TEN_MINUTES),
    HttpFault("400", Reply(400, body="invalid_payload"), FAILED, FAILED),
    HttpFault("401", Reply(401), FAILED, FAILED),
    HttpFault("403", Reply(403, body='{"error": "action_prohibited"}'), FAILED, FAILED),
    HttpFault("404", Reply(404, body="no_service"), FAILED, FAILED),
    HttpFault("410", Reply(410), FAILED, FAILED),
    HttpFault("a redirect inward", Reply(302, {"Location": "http://169.254.169.254/"}), FAILED, FAILED),
    # a receiver of webhooks says with its status alone that it took it; a service's page is not the service
    HttpFault("200 as a page", Reply(200, HTML, PAGE), SENT, PENDING),
    # a repetition is told by its key at a webhook, and by nothing in a chat
    HttpFault("an answer that is late", Reply(raw=Late()), PENDING, DOUBT, taken=True),
    HttpFault("hangs up", Reply(raw=[b""]), DOUBT, DOUBT),
    HttpFault("takes it and hangs up", Reply(raw=[b""]), DOUBT, DOUBT, taken=True),
    HttpFault("a body that breaks off", Reply(200, {}, "o", length=50), SENT, DOUBT, taken=True),
    HttpFault("speaks no HTTP", Reply(raw=[b"SSH-2.0-OpenSSH_9.2\r\n"]), DOUBT, DOUBT),
    HttpFault("nobody is there", None, PENDING, PENDING),
)  # fmt: skip
TELLING = {"429 for ten minutes", "500", "404", "200 as a page", "takes it and hangs up"}
"""The faults that each service is tried with in the short run; a webhook is tried with all."""
CASES = [
    pytest.param(fault, kind, id=f"{fault} {kind}")
    for kind in ("webhook", *CHATS)
    for fault in HTTP_FAULTS
    if FULL or kind == "webhook" or fault.name in TELLING
]


@pytest.fixture(scope="module")
def desk() -> Iterator[ChatDesk]:
    with chat_desk(ManualClock(NOW), read_timeout=0.6, total_timeout=2.0) as desk:
        yield desk


@pytest.mark.parametrize(("fault", "kind"), CASES)
def test_by_http_each_fault_has_its_next_state_and_the_others_get_it_once(
    store: SqliteStore, desk: ChatDesk, fault: HttpFault, kind: str
) -> None:
    clock = desk.clock
    assert isinstance(clock, ManualClock)
    clock.set(NOW)
    notifier = desk.notifier(kind, count=1 if kind in ("webhook", "matrix") else 2)
    desk.answers = [fault.reply] if fault.reply else []
    desk.absent = 0 if fault.reply else 1
    desk.keeps = lambda reply: reply is fault.reply and (fault.taken or fault.first(kind) is SENT)
    done = rounds(store, notifier, clock)
    hit = next((one for one in done[0] if one.state is not SENT), done[0][0])
    assert hit.state is fault.first(kind), hit.error
    if fault.wait and hit.next_attempt_at:
        assert hit.next_attempt_at >= NOW + fault.wait
    settled = {one.recipient: one.state for one in (one for part in done for one in part)}
    lost = fault.first(kind) is FAILED
    assert settled == dict.fromkeys(notifier.recipients, SENT) | {hit.recipient: FAILED if lost else SENT}
    again = fault.taken and fault.first(kind) is not SENT
    assert sum(desk.kept.values()) == len(notifier.recipients) - lost + again
    assert sorted(desk.kept.values())[-1:] == [2 if again else 1] or lost
    assert "hooks" not in (hit.error or "")
    assert "token" not in (hit.error or "").replace("check the token", "")
