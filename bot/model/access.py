"""Who may come in: programs with keys, people with accounts, and what each may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Scope(StrEnum):
    """What a caller may do; public names, written in commands and read by programs."""

    READ = "read"
    REDEEM = "redeem"
    LABEL = "label"
    ADMIN = "admin"


class Role(StrEnum):
    """What a person is in the team."""

    VIEWER = "viewer"
    COMMUNITY = "community"
    PR = "pr"
    ADMIN = "admin"


MAY: Mapping[Role, frozenset[Scope]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Scope.READ}),
        Role.COMMUNITY: frozenset({Scope.READ, Scope.REDEEM}),
        Role.PR: frozenset({Scope.READ, Scope.LABEL}),
        Role.ADMIN: frozenset(Scope),
    }
)
"""The scopes of each role; the table that people read is in docs/access.md, and a test holds the two together."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for the length of one request.

    ``id`` is ``key:…`` or ``user:…``; it stands as the actor of what they do. ``role`` None: not a person's account.
    ``placement``: where a key was made for, and so where its redemptions happen unless they say otherwise.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    role: Role | None = None
    placement: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether they may do that; ``admin`` is everything."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed; the key itself is nowhere. ``till``: it may be opened as a link on a phone at the till.

    ``last_used_at`` is at most an hour behind.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    created_by: str
    till: bool = False
    placement: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it opens anything at that time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def caller(self) -> Caller:
        """Who calls with it."""
        return Caller(f"key:{self.id}", self.name, self.scopes, None, self.placement)


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. ``name`` is as it was typed; two names that differ only by case are one."""

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
    last_sign_in: datetime | None = None
    password_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who they are, once signed in."""
        return Caller(f"user:{fold_name(self.name)}", self.name, MAY[self.role], self.role)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has come in: a person with an account, or a phone at the till with a key link.

    ``ends_at`` is the latest end; a person's session also ends when it lies idle. Exactly one of account and key is
    set.
    """

    account: Account | None
    key: ApiKey | None
    began_at: datetime
    seen_at: datetime
    ends_at: datetime

    @property
    def caller(self) -> Caller:
        """Whose it is. A till's session may redeem and nothing else, whatever else its key may do."""
        if self.account is not None:
            return self.account.caller
        if self.key is None:
            raise ValueError("a session without account and key")
        key = self.key
        return Caller(f"key:{key.id}", key.name, frozenset({Scope.REDEEM}), None, key.placement)


@dataclass(frozen=True, slots=True)
class AccessEvent:
    """One line of the access log: who changed what about whom, and when. ``detail`` holds no secret."""

    at: datetime
    actor: str
    kind: str
    about: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Tries:
    """How often somebody failed to sign in of late, and until when they wait. ``known``: got in from there before."""

    failures: int = 0
    last: datetime | None = None
    until: datetime | None = None
    known: bool = False


def fold_name(name: str) -> str:
    """A name as accounts are told apart: case does not count."""
    return name.casefold()
