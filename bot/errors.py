"""The error tree, sorted by what happens next.

Code matches on these types, never on texts. Whatever a library raises is turned into one of them at the border where it
enters, with the original kept as ``__cause__``; anything else that surfaces is a bug and is logged with its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


class HeardError(Exception):
    """Root of every error that Heard raises on purpose."""


class SourceError(HeardError):
    """A source could not be read; the only family that a connector may raise."""


class RateLimited(SourceError):
    """The platform asks us to wait; not a failure. ``retry_at`` is aware UTC."""

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class BudgetSpent(SourceError):
    """Credits or the configured budget are used up until ``until`` (aware UTC; None: until a person acts)."""

    def __init__(self, message: str, *, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class Unavailable(SourceError):
    """The source did not answer, or answered that it is down: back off and try again.

    ``retry_at`` is the earliest time that the server named (aware UTC), or None.
    """

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Unreachable(Unavailable):
    """The host kept us waiting and gave nothing: what else it serves is not worth a wait just now."""


class BadResponse(SourceError):
    """An answer came that makes no sense (HTML for JSON, no feed); ``sample`` keeps its first characters."""

    def __init__(self, message: str, *, sample: str = "") -> None:
        super().__init__(message)
        self.sample = sample[:200]


class AccessDenied(SourceError):
    """Permission or address was refused, or the feed is gone: not asked again until a person acts."""


class Unauthorised(AccessDenied):
    """The credentials were refused: not asked again until a person gives others."""


class DeliveryError(HeardError):
    """A channel did not take a delivery. ``retry``: whether trying again can help, from ``retry_at`` (aware UTC) on
    where the channel named a time. ``in_doubt``: it may have taken it, but broke off before it said so.
    """

    def __init__(self, message: str, *, retry: bool, in_doubt: bool = False, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry = retry
        self.in_doubt = in_doubt
        self.retry_at = retry_at


class Outdated(HeardError):
    """A digest was composed from mentions that have been told or removed meanwhile: compose it again."""


class RedemptionRefused(HeardError):
    """A code was not redeemed; ``reason`` is one of the public refusal reasons."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class BadClaim(HeardError):
    """What was said about a redemption cannot be: an amount below nothing, a time to come, an unknown currency.

    Nothing was done and nothing is recorded (a bad request, HTTP 422).
    """


class KeyReused(HeardError):
    """An idempotency key came back with another request; nothing was done (a bad request, HTTP 422)."""


class GuessedTooOften(HeardError):
    """Somebody named too many codes that there are not (``limit`` of them); nothing was written (HTTP 429).

    ``retry_after``: seconds until one more is allowed.
    """

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(f"too many codes were tried that there are not; try again in {retry_after} seconds")
        self.limit = limit
        self.retry_after = retry_after


class SignInRefused(HeardError):
    """Somebody could not come in: unknown name, wrong password, shut out, or too many tries (``retry_at``, aware UTC).

    Which of the first three it was is nobody's business.
    """

    def __init__(self, message: str = "", *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class PasswordRefused(HeardError):
    """A new password is too short, too long or too common; the text says which, for people."""


class BadDelivery(HeardError):
    """A shop's signed message that is not taken: it makes no sense, or its time is not of now. Nothing was done."""


class QueryError(HeardError):
    """A query that cannot be parsed; ``position`` is the 0-based character where reading stopped."""

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message)
        self.position = position


class ConfigError(HeardError):
    """The configuration is wrong. The text names file, key, value and what is allowed."""


def unknown(kind: str, name: str, known: Iterable[str]) -> ConfigError:
    """For a name of a ``kind`` of things that the configuration has no such thing of: says which there are."""
    return ConfigError(f"there is no {kind} '{name}'; configured: {', '.join(known) or 'none'}")


class StoreError(HeardError):
    """The database cannot be used: full disk, newer than the code, damaged, locked for too long."""


class StoreAway(StoreError):
    """The database as a whole cannot be used just now: its server does not answer or has no connection left, its disk
    is full or fails, another keeps it locked. What comes next tries again.
    """


class Overtaken(StoreError):
    """The database is not the one that this process opened: a newer Heard has moved its schema on, or another file has
    its name. The process has to be started anew.
    """
