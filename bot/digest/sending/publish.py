"""The use case of publishing: one digest for a report and window, with one pending delivery a recipient."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.digest.sending.windows import days_in
from bot.errors import HeardError, Outdated
from bot.model import Delivery, DeliveryState, Digest, Report, Window
from bot.ports import DigestStore

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """What composing gives: the digest's body, and the ids of the mentions that it tells."""

    body: Mapping[str, Any]
    mentions: tuple[str, ...] = ()


def digest_id(report: str, window: Window) -> str:
    """The id of the digest of a report and window: last local day and 60 bits of SHA-256; also its Message-ID's key."""
    bounds = "\0".join(bound.astimezone(UTC).isoformat() for bound in (window.start, window.end))
    mark = b32encode(hashlib.sha256(f"{report}\0{bounds}".encode()).digest()).decode().lower()[:12]
    return f"{days_in(window)[1]:%Y%m%d}-{mark}"


def delivery_id(what: str, channel: str, recipient: str) -> str:
    """The id of the delivery of a digest or notice to a recipient by a channel: the same whoever writes it down."""
    return hashlib.sha256(f"{what}\0{channel}\0{recipient}".encode()).hexdigest()[:20]


def publish(
    store: DigestStore,
    report: Report,
    window: Window,
    *,
    compose: Callable[[], Draft],
    recipients: Sequence[tuple[str, str]],
    now: datetime,
    held: str | None = None,
) -> Digest:
    """The digest of ``report`` for ``window``: the one that was published before, else a new one.

    ``recipients`` are (channel id, recipient) pairs. Ids come from what they name, and digest, marks and deliveries are
    one transaction; so a crash at any point, or two processes at once, end with one digest, one Message-ID and one
    delivery a recipient. With ``when_empty = "skip"`` a digest that has nothing to tell is kept and sent to nobody.
    ``held`` says why its deliveries wait for a person, where they do.
    Raises HeardError for a window that is not over, which would be frozen half told; Outdated when what it tells went
    away each of three times that it was composed.
    """
    for _again in range(_ATTEMPTS - 1):
        with suppress(Outdated):
            return _publish_once(store, report, window, compose, recipients, now, held)
    return _publish_once(store, report, window, compose, recipients, now, held)


def _publish_once(
    store: DigestStore,
    report: Report,
    window: Window,
    compose: Callable[[], Draft],
    recipients: Sequence[tuple[str, str]],
    now: datetime,
    held: str | None,
) -> Digest:
    known = store.digest_for(report.id, window)
    if known is not None:
        return known
    if now < window.end:
        raise HeardError(
            f"this {report.period} is not over, so its digest cannot be sent yet; "
            f"to see what there is so far: heard digest preview {report.id} --date {days_in(window)[1]}"
        )
    erasures = store.erasures_known()
    draft = compose()
    digest = Digest(
        id=digest_id(report.id, window),
        report=report.id,
        audience=report.audience,
        window=window,
        subject_line=str(draft.body["subject_line"]),
        body=draft.body,
        created_at=now,
        mentions=draft.mentions,
    )
    to_nobody = report.when_empty == "skip" and _has_nothing_to_tell(draft)
    pairs = () if to_nobody else dict.fromkeys(recipients)
    deliveries = [_delivery(digest, channel, recipient, now, held) for channel, recipient in pairs]
    return store.publish(digest, deliveries, erasures)


def _delivery(digest: Digest, channel: str, recipient: str, now: datetime, held: str | None) -> Delivery:
    return Delivery(
        id=delivery_id(digest.id, channel, recipient),
        digest=digest.id,
        channel=channel,
        recipient=recipient,
        key=digest.id,
        state=DeliveryState.PENDING if held is None else DeliveryState.HELD,
        next_attempt_at=now if held is None else None,
        error=held,
    )


def _has_nothing_to_tell(draft: Draft) -> bool:
    """Nothing was said or redeemed or raised the alarm, no objective is to be judged, and we looked: silence with a
    hole in the coverage is news.
    """
    late = bool(draft.body.get("redemptions_late"))
    redeemed = late or any(row["in_window"] for row in draft.body.get("redemptions", ()))
    looked = bool(draft.body.get("coverage", {}).get("quiet"))
    judged = draft.body.get("objectives") or draft.body.get("alerts")
    return not draft.mentions and not redeemed and not judged and looked
