"""The use case of delivering: what is due in the outbox goes out once, and how it went is written down."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

from bot.digest.notices.sources import notice_html, notice_json, notice_text, notice_window
from bot.digest.sending.backoff import WAITS, wait_after
from bot.digest.sending.machine import machine_json
from bot.digest.sending.publish import delivery_id
from bot.errors import ConfigError, DeliveryError, StoreError
from bot.model import Delivery, DeliveryState, Digest, Letter, Notice
from bot.model.digest import LONGEST_WAIT, Attempt, Picture
from bot.ports import Clock, DigestStore, Notifier

STALE_AFTER = timedelta(minutes=15)
"""A delivery that has been ``sending`` for so long belongs to a process that died; no attempt takes half of it."""

_MOST = 10_000  # deliveries a call: far more than a team has recipients, so only a fault gets there

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)

log = logging.getLogger("heard.deliver")


@dataclass(frozen=True, slots=True)
class Forms:
    """The finished forms of a digest, equal in content; ``page`` is its address on the web, where it has one."""

    text: str
    html: str
    json: str
    pictures: tuple[Picture, ...] = ()
    page: str | None = None


def deliver(
    store: DigestStore,
    notifiers: Mapping[str, Notifier],
    render: Callable[[Digest, str], Forms],
    clock: Clock,
    *,
    otherwise: Mapping[str, str] | None = None,
    stop: Callable[[], bool] = lambda: False,
    stale_after: timedelta = STALE_AFTER,
) -> tuple[Delivery, ...]:
    """Sends every delivery that is due, each in a transaction of its own, and returns them as they then stand.

    ``render`` makes a digest's forms for a recipient. ``notifiers`` are by channel id; one that raises ConfigError when
    it is asked for fails its own deliveries only. ``clock`` is read for each, because a letter may take minutes;
    ``stop`` is asked before each.

    Each delivery is marked before it is sent and settled after: ``sent``; ``pending`` with the time of the next
    attempt; ``in_doubt`` when the far side broke off without an answer, to be sent once more with the same key; or
    ``failed``. What failed is handed to the channel that ``otherwise`` names for its own, in the transaction that
    settles it. One that a process left behind while sending comes back in doubt, until that happened too often. A
    channel that fails holds up no other. Raises StoreError when the database cannot be used.
    """
    settled: list[Delivery] = []
    # One at a time: should this process die, one delivery at most is in doubt.
    while len(settled) < _MOST and not stop():
        now = clock.now()
        claimed = store.claim_deliveries(now, 1, now - stale_after)
        if not claimed:
            break
        delivery = _attempt(claimed[0], store, notifiers, render, clock)
        now = clock.now()
        attempt = Attempt(now, delivery.state, delivery.error)
        instead = tuple(_instead(delivery, notifiers, (otherwise or {}).get(delivery.channel), now))
        handed_on = _settle(store, delivery, attempt, instead)
        _log(delivery)
        for one in handed_on:
            log.warning("delivery digest=%s channel=%s instead=%s", one.key, delivery.channel, one.channel)
        settled.append(delivery)
    return tuple(settled)


def masked(recipient: str) -> str:
    """A recipient for logs and listings: of an address only the first letter and the domain."""
    local, at, domain = recipient.rpartition("@")
    return f"{local.rpartition('<')[2][:1]}***@{domain.rstrip('>')}" if at else recipient


def _attempt(
    delivery: Delivery,
    store: DigestStore,
    notifiers: Mapping[str, Notifier],
    forms: Callable[[Digest, str], Forms],
    clock: Clock,
) -> Delivery:
    if delivery.attempts > len(WAITS):  # each time, whoever sent it died: it may be the letter that kills them
        why = f"{delivery.attempts} times the program ended while it sent this; the log may say why"
        return replace(delivery, state=DeliveryState.FAILED, next_attempt_at=None, error=why)
    try:
        _send(delivery, store, notifiers, forms)
    except DeliveryError as error:
        return _after_failure(delivery, error, clock.now())
    except ConfigError as error:  # this channel cannot be built; the others can
        return _after_failure(delivery, DeliveryError(str(error), retry=True), clock.now())
    except Exception as error:  # a bug in a plug-in or a template must not hold up the other deliveries
        log.exception("delivery broke off digest=%s channel=%s", delivery.key, delivery.channel)
        why = f"a fault in the program: {type(error).__name__}; the log has it in full"
        return _after_failure(delivery, DeliveryError(why, retry=True), clock.now())
    return replace(
        delivery,
        state=DeliveryState.SENT,
        attempts=delivery.attempts + 1,
        next_attempt_at=None,
        sent_at=clock.now(),
        error=None,
    )


def _send(
    delivery: Delivery,
    store: DigestStore,
    notifiers: Mapping[str, Notifier],
    forms: Callable[[Digest, str], Forms],
) -> None:
    what = store.digest(delivery.digest) if delivery.notice is None else store.notice(delivery.notice)
    if what is None:
        raise DeliveryError(f"the {'digest' if delivery.notice is None else 'notice'} is gone", retry=False)
    notifier = notifiers.get(delivery.channel)
    if notifier is None:
        raise DeliveryError(f"channel '{delivery.channel}' is not in the configuration", retry=True)
    notifier.send(letter_of(what, delivery, forms))


def letter_of(what: Digest | Notice, delivery: Delivery, forms: Callable[[Digest, str], Forms]) -> Letter:
    """The letter of a delivery, as it goes out."""
    letter = (
        _notice_letter(what, delivery)
        if isinstance(what, Notice)
        else _letter(what, delivery, forms(what, delivery.recipient))
    )
    return _with_note(letter, delivery.instead) if delivery.instead else letter


def _settle(
    store: DigestStore, delivery: Delivery, attempt: Attempt, instead: tuple[Delivery, ...]
) -> tuple[Delivery, ...]:
    """Writes down how a delivery went, even where the database is locked for a while or its disk almost full: a letter
    that is out, and not written down, would go out again. In the end the line in the log of attempts is left out.
    """
    for line in (attempt, attempt):
        try:
            return store.settle_delivery(delivery, line, instead)
        except StoreError as error:
            log.warning("delivery digest=%s not written down yet: %s", delivery.key, error)
    return store.settle_delivery(delivery, None, instead)


def _after_failure(delivery: Delivery, error: DeliveryError, now: datetime) -> Delivery:
    attempts = delivery.attempts + 1
    wait = wait_after(attempts, delivery.id) if error.retry else None
    doubted = delivery.state is DeliveryState.IN_DOUBT
    if error.in_doubt and doubted:
        wait = None  # it was sent once more already; a third copy helps nobody
    next_attempt_at = None if wait is None else min(max(now + wait, error.retry_at or now), now + LONGEST_WAIT)
    state = DeliveryState.IN_DOUBT if error.in_doubt or doubted else DeliveryState.PENDING
    return replace(
        delivery,
        state=DeliveryState.FAILED if next_attempt_at is None else state,
        attempts=attempts,
        next_attempt_at=next_attempt_at,
        error=str(error),
    )


def _instead(
    failed: Delivery, notifiers: Mapping[str, Notifier], channel: str | None, now: datetime
) -> Iterator[Delivery]:
    """Deliveries by another channel: to the same recipient where it reaches them too, else to all whom it reaches.

    Their key is the same, so that whoever has both can tell.
    """
    if failed.state is not DeliveryState.FAILED or channel is None:
        return
    try:
        reached = notifiers[channel].recipients
    except (KeyError, ConfigError) as error:
        log.warning("delivery digest=%s instead=%s cannot be used: %s", failed.key, channel, error)
        return
    except Exception:  # a bug in a plug-in: that it failed has to be written down all the same
        log.exception("delivery digest=%s instead=%s cannot be used", failed.key, channel)
        return
    why = _masked_within(failed.error or "no reason was given").rstrip(".")
    for recipient in (failed.recipient,) if failed.recipient in reached else reached:
        yield Delivery(
            id=delivery_id(failed.digest or failed.notice or "", channel, recipient),
            digest=failed.digest,
            notice=failed.notice,
            channel=channel,
            recipient=recipient,
            key=failed.key,
            next_attempt_at=now,
            instead=(
                f"This comes by channel '{channel}', because '{failed.channel}' could not deliver it to "
                f"{masked(failed.recipient)}: {why}."
            ),
        )


def _letter(digest: Digest, delivery: Delivery, forms: Forms) -> Letter:
    return Letter(
        key=delivery.key,
        recipient=delivery.recipient,
        subject_line=digest.subject_line,
        text=forms.text,
        html=forms.html,
        json=forms.json,
        report=digest.report,
        created_at=digest.created_at,
        window=digest.window,
        pictures=forms.pictures,
        machine=machine_json(digest.body),
        page=forms.page,
    )


def _notice_letter(notice: Notice, delivery: Delivery) -> Letter:
    return Letter(
        key=delivery.key,
        recipient=delivery.recipient,
        subject_line=notice.subject_line,
        text=notice_text(notice),
        html=notice_html(notice),
        json=notice_json(notice),
        report=notice.id,
        created_at=notice.created_at,
        window=notice_window(notice),
        machine=machine_json(notice.body),
    )


def _with_note(letter: Letter, note: str) -> Letter:
    """The letter with a first line that says why it comes this way."""
    said = f'<p style="font-family:sans-serif">{escape(note)}</p>'
    html, found = _BODY.subn(lambda body: body[0] + said, letter.html, count=1)
    return replace(letter, note=note, text=f"{note}\n\n{letter.text}", html=html if found else said + letter.html)


def _log(delivery: Delivery) -> None:
    level = logging.INFO if delivery.state is DeliveryState.SENT else logging.WARNING
    log.log(
        level,
        "delivery digest=%s channel=%s recipient=%s state=%s attempts=%d next=%s error=%r",
        delivery.key,
        delivery.channel,
        masked(delivery.recipient),
        delivery.state.value,
        delivery.attempts,
        delivery.next_attempt_at.isoformat() if delivery.next_attempt_at else "-",
        _masked_within(delivery.error or ""),
    )


def _masked_within(text: str) -> str:
    return _ADDRESS.sub(lambda found: masked(found[0]), text)
