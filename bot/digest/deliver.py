"""The use case of delivering: what is due in the outbox goes out once, and how it went is written down."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.digest.backoff import wait_after
from bot.digest.notices import notice_html, notice_json, notice_text, notice_window
from bot.errors import ConfigError, DeliveryError
from bot.model import Delivery, DeliveryState, Digest, Letter, Notice
from bot.ports import Clock, DigestStore, Notifier

STALE_AFTER = timedelta(minutes=15)
"""A delivery that has been ``sending`` for so long belongs to a process that died; no attempt takes half of it."""

_MOST = 10_000  # deliveries a call: far more than a team has recipients, so only a fault gets there

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")

log = logging.getLogger("heard.deliver")


@dataclass(frozen=True, slots=True)
class Forms:
    """The finished forms of a digest, equal in content."""

    text: str
    html: str
    json: str


def deliver(
    store: DigestStore,
    notifiers: Mapping[str, Notifier],
    render: Callable[[Digest], Forms],
    clock: Clock,
    *,
    stop: Callable[[], bool] = lambda: False,
    stale_after: timedelta = STALE_AFTER,
) -> tuple[Delivery, ...]:
    """Sends every delivery that is due, each in a transaction of its own, and returns them as they then stand.

    ``notifiers`` are by channel id; one that raises ConfigError when it is asked for fails its own deliveries only.
    ``clock`` is read for each, because a letter may take minutes; ``stop`` is asked before each. Each delivery is marked before it is sent and settled after: ``sent``; ``pending``
    with the time of the next attempt; ``in_doubt`` when the far side broke off without an answer, to be sent once more
    with the same key; or ``failed``. One that a process left behind while sending comes back in doubt. A channel that
    fails holds up no other.
    """
    rendered: dict[str, Forms] = {}

    def forms(digest: Digest) -> Forms:
        if digest.id not in rendered:
            rendered[digest.id] = render(digest)
        return rendered[digest.id]

    settled: list[Delivery] = []
    # One at a time: should this process die, one delivery at most is in doubt.
    while len(settled) < _MOST and not stop():
        now = clock.now()
        claimed = store.claim_deliveries(now, 1, now - stale_after)
        if not claimed:
            break
        delivery = _attempt(claimed[0], store, notifiers, forms, clock)
        store.settle_delivery(delivery)
        _log(delivery)
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
    forms: Callable[[Digest], Forms],
    clock: Clock,
) -> Delivery:
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
    forms: Callable[[Digest], Forms],
) -> None:
    what = store.digest(delivery.digest) if delivery.notice is None else store.notice(delivery.notice)
    if what is None:
        raise DeliveryError(f"the {'digest' if delivery.notice is None else 'notice'} is gone", retry=False)
    notifier = notifiers.get(delivery.channel)
    if notifier is None:
        raise DeliveryError(f"channel '{delivery.channel}' is not in the configuration", retry=True)
    if isinstance(what, Notice):
        notifier.send(_notice_letter(what, delivery))
    else:
        notifier.send(_letter(what, delivery, forms(what)))


def _after_failure(delivery: Delivery, error: DeliveryError, now: datetime) -> Delivery:
    attempts = delivery.attempts + 1
    wait = wait_after(attempts, delivery.id) if error.retry else None
    state = DeliveryState.PENDING
    if error.in_doubt:
        state = DeliveryState.IN_DOUBT
        if delivery.state is DeliveryState.IN_DOUBT:
            wait = None  # it was sent once more already; a third copy helps nobody
    if wait is None:
        state = DeliveryState.FAILED
    return replace(
        delivery,
        state=state,
        attempts=attempts,
        next_attempt_at=None if wait is None else now + wait,
        error=str(error),
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
    )


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
        _ADDRESS.sub(lambda found: masked(found[0]), delivery.error or ""),
    )
